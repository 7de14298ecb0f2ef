// What looks otherwise than its table (shape_tables.h) has it. Pure.
#pragma once
#include <boost/json/object.hpp>

#include "fleet/types/bot.h"
#include "fleet/types/turn.h"

namespace troupe::fleet::routes {

/// A bot as members see it: without how it is set up (prompts, addresses, other people's names in rules) and without
/// what services said that stand behind it.
boost::json::object member_bot_view(const BotView& view);
/// What a turn was answered from, as turn_record() made it, with when and by which version.
boost::json::object turn_record_view(std::string_view bot_id, TurnRecord kept);

}  // namespace troupe::fleet::routes
