// What a bot has offered to choose from, and what a person's message picks. Pure.
#pragma once
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/types/reply.h"

namespace troupe::fleet::answers {

/// The name under which a session's open choices are kept. Brains' own keys must not begin with an underscore.
inline constexpr std::string_view kChoicesKey = "_choices";

boost::json::value choices_to_json(const std::vector<Choice>& choices);
/// Empty for anything that is no list of choices.
std::vector<Choice> choices_from_json(const boost::json::value& json);
/// The id of the choice that a text names: its number, its label (without regard to case), its id or its reaction.
std::optional<std::string> picked_choice(const std::vector<Choice>& choices, std::string_view text);

}  // namespace troupe::fleet::answers
