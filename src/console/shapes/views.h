// How rows look as JSON: one function per schema of schemas.h. Pure.
#pragma once
#include <boost/json/object.hpp>
#include <string>

#include "fleet/types.h"
#include "identity/types.h"
#include "matrix/homeserver.h"

namespace troupe::console {

/// "2026-11-20T08:00:00.123Z"
std::string rfc3339(base::UnixMs time);
/// Seed 000's: "2026-11-20T08:00:00.123000", UTC without saying so.
std::string seed_time(base::UnixMs time);

boost::json::object user_view(const matrix::Account& account, const identity::Principal& principal);
/// Why somebody should look at a bot.
boost::json::object trouble_view(const fleet::Trouble& trouble);
boost::json::object bot_view(const fleet::BotView& view);
/// The same for members: without how it is set up (prompts, addresses, other people's names in rules) and without what
/// services said that stand behind it.
boost::json::object member_bot_view(const fleet::BotView& view);
boost::json::object log_view(const fleet::LogLine& line);
boost::json::object usage_view(const fleet::UsageHour& hour);
boost::json::object history_view(const fleet::HistoryRow& row);
boost::json::object api_key_view(const identity::ApiKey& key);
boost::json::object audit_view(const identity::AuditRecord& record);
boost::json::object room_view(const matrix::RoomSummary& room);

}  // namespace troupe::console
