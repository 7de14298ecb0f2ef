// SQL for what turns were answered from (turn_record.h). All functions run inside the caller's transaction and throw
// store::SqlError.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "fleet/types/turn.h"
#include "store/database.h"

namespace troupe::fleet::bots {

struct RecordRow {
  base::UnixMs at_ms = 0;
  std::int64_t config_version = 0;
  std::string event_id;  ///< the message that the answer answers
  std::string sealed;
};

/// `others`: further messages of the question. Written anew when it is there.
void insert_record(store::Tx& tx, BotKey bot, const RecordRow& row, const std::vector<std::string>& others);
/// By any message of the question.
std::optional<RecordRow> find_record(store::Connection& c, BotKey bot, std::string_view event_id);
/// The same, or by the answer; for a message that was removed.
void delete_record(store::Tx& tx, BotKey bot, std::string_view event_id);
/// All of a bot.
void delete_records(store::Tx& tx, BotKey bot);
/// Those from before a time, at most `limit`. Yields how many rows.
std::int64_t prune_records(store::Tx& tx, base::UnixMs before, std::int64_t limit);

}  // namespace troupe::fleet::bots
