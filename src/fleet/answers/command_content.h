// How rooms are told which commands a bot has, and how a client says one (MSC4391). Pure.
#pragma once
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "fleet/types/command.h"

namespace troupe::fleet::answers {

/// The type of the state events, one for each command.
inline constexpr std::string_view kCommandType = "org.matrix.msc4391.command_description";

/// Made from the command and the bot, so that nobody's descriptions meet: clients pass over others.
std::string command_state_key(std::string_view name, std::string_view bot_user_id);
boost::json::object command_content(const Command& command);

/// What a message with a command in it says, as a person would write it: "!name argument …". Nothing when there is none
/// in it that could be meant.
std::optional<std::string> command_text(const boost::json::object& content);

}  // namespace troupe::fleet::answers
