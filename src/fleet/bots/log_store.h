// SQL for the bots' log lines and their usage by the hour. All functions run inside the caller's transaction and throw
// store::SqlError.
#pragma once
#include <vector>

#include "fleet/types/bot.h"
#include "fleet/types/log.h"
#include "store/database.h"

namespace troupe::fleet::bots {

void insert_log(store::Tx& tx, BotKey bot, std::int64_t tenant_id, const LogLine& line);
/// Keeps the newest `keep` lines of a bot.
void trim_log(store::Tx& tx, BotKey bot, std::int64_t keep);
LogPage log_page(store::Connection& c, BotKey bot, const LogQuery& query);
/// The highest number of all bots' lines; 0: none.
std::int64_t last_log(store::Connection& c);

/// Adds to the hour in which `now` lies.
void add_usage(store::Tx& tx, BotKey bot, std::int64_t tenant_id, base::UnixMs now, const UsageHour& more);
/// Oldest first; hours in which nothing happened are not there.
std::vector<UsageHour> usage_since(store::Connection& c, BotKey bot, base::UnixMs since);
std::int64_t prune_usage(store::Tx& tx, base::UnixMs before, std::int64_t limit);

}  // namespace troupe::fleet::bots
