// SQL for what brains keep for each conversation. All functions run inside the caller's transaction and throw
// store::SqlError.
#pragma once
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "fleet/types/bot.h"
#include "store/database.h"

namespace troupe::fleet::bots {

/// Which conversation: a room, or a thread in it.
std::string session_place(std::string_view room_id, std::string_view thread_root);

/// How often the session was begun anew.
std::int64_t session_number(store::Connection& c, BotKey bot, std::string_view place);
std::optional<boost::json::value> session_value(store::Connection& c, BotKey bot, std::string_view place,
                                                std::string_view name);
/// Null removes the value.
void store_session_value(store::Tx& tx, BotKey bot, std::string_view place, std::string_view name,
                         const boost::json::value& value, base::UnixMs now);
/// Forgets the values and counts; yields the new number.
std::int64_t reset_session(store::Tx& tx, BotKey bot, std::string_view place, base::UnixMs now);
void delete_sessions(store::Tx& tx, BotKey bot);
/// Deletes values that were last written before a time; at most `limit`. Numbers stay: an old session must not come
/// back. Yields how many.
std::int64_t prune_sessions(store::Tx& tx, base::UnixMs before, std::int64_t limit);

}  // namespace troupe::fleet::bots
