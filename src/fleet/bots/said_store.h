// SQL of what bots said later to questions that they had answered before. All functions run inside the caller's
// transaction and throw store::SqlError.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "fleet/types/bot.h"
#include "store/database.h"

namespace troupe::fleet::bots {

/// A message of a bot that people answer as they answer an answer.
struct Said {
  BotKey bot = 0;
  std::string event_id;
  std::string about;        ///< Question::about of answers to it
  std::string thread_root;  ///< empty: not in a thread
};

/// One that is there already stays.
void insert_said(store::Tx& tx, const Said& said, base::UnixMs now);
std::optional<Said> said_as(store::Connection& c, BotKey bot, std::string_view event_id);
void delete_said(store::Tx& tx, BotKey bot);
/// Deletes what was said before a time; at most `limit`. Yields how many.
std::int64_t prune_said(store::Tx& tx, base::UnixMs before, std::int64_t limit);

}  // namespace troupe::fleet::bots
