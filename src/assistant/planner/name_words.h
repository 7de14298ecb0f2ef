// Names that stand beside the thing they belong to: "the Kelly project", "bot faq", "find Webb".
#pragma once
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/slots/slots.h"

namespace troupe::assistant::planner {

/// How many bytes at the beginning only say which service is meant ("ECI Bolt: ", "slack, "): 0 when none.
std::size_t opening_name(std::string_view text, const std::vector<std::string>& services);

/// The name that opens the text: "Tom Reyes, 555 0100".
std::optional<slots::Slot> leading_name(std::string_view text, const std::vector<std::string>& services);

/// Adds a name for the things, where there is none yet, and mends those that reach too far ("Ann Lee's AccuLynx").
/// Values keep clear of each other.
void add_named_things(std::string_view text, const std::set<std::string, std::less<>>& things,
                      const std::vector<std::string>& services, std::vector<slots::Slot>& found);

}  // namespace troupe::assistant::planner
