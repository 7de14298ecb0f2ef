// How the fleet's rows look as JSON: one function per schema of shapes.h. Pure.
#pragma once
#include <boost/json/object.hpp>

#include "fleet/types.h"
#include "matrix/homeserver.h"

namespace troupe::fleet {

/// Why somebody should look at a bot.
boost::json::object trouble_view(const Trouble& trouble);
boost::json::object bot_view(const BotView& view);
/// The same for members: without how it is set up (prompts, addresses, other people's names in rules) and without what
/// services said that stand behind it.
boost::json::object member_bot_view(const BotView& view);
boost::json::object log_view(const LogLine& line);
boost::json::object usage_view(const UsageHour& hour);
boost::json::object history_view(const HistoryRow& row);
boost::json::object room_view(const matrix::RoomSummary& room);

}  // namespace troupe::fleet
