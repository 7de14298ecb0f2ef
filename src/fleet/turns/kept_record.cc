#include "fleet/turns/kept_record.h"

#include "base/log.h"
#include "fleet/bots/record_store.h"
#include "fleet/bots/session_store.h"

namespace troupe::fleet::turns {

void write_record(store::Tx& tx, const term::PendingTurn& waiting, base::UnixMs now) {
  if (waiting.record.empty()) return;
  std::vector<std::string> messages{waiting.turn.event_id};
  for (const auto& more : waiting.joined) messages.push_back(more.turn.event_id);
  bots::RecordRow row{.at_ms = now,
                      .config_version = waiting.config_version,
                      .event_id = std::move(messages.back()),
                      .sealed = waiting.record};
  messages.pop_back();
  bots::insert_record(tx, waiting.turn.bot, row, messages);
}

asio::awaitable<void> drop_removed(term::Term& term, term::TermStore& store, term::Roster& roster,
                                   const term::PendingTurn& waiting) {
  const auto& turn = waiting.turn;
  auto bot = roster.find(turn.bot);
  if (!bot || waiting.record.empty()) co_return;
  auto session = bot->sessions.find(bots::session_place(turn.room_id, turn.thread_root));
  if (session == bot->sessions.end() || session->second.removed.empty()) co_return;
  auto drop = [bot = turn.bot, removed = session->second.removed](store::Tx& tx) -> Result<Unit> {
    for (const auto& event_id : removed) bots::delete_record(tx, bot, event_id);
    return Unit{};
  };
  auto dropped = co_await store.persist(drop);
  if (dropped || term.stopping()) co_return;
  base::log_error("fleet", "What a removed message was answered from could not be deleted.",
                  {{"event_id", turn.event_id}, {"reason", dropped.error().message()}});
}

}  // namespace troupe::fleet::turns
