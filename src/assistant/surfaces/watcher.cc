#include "assistant/surfaces/watcher.h"

#include "assistant/surfaces/reply_files.h"
#include "base/log.h"
#include "store/in_pieces.h"

namespace troupe::assistant::surfaces {
namespace {

constexpr std::int64_t kDueAtOnce = 100;
constexpr base::UnixMs kLookAtRunningMs = 3'000;
constexpr base::UnixMs kShortestPauseMs = 3'000;
constexpr base::UnixMs kLongestPauseMs = 600'000;
constexpr base::UnixMs kTroublePauseMs = 30'000;
constexpr base::UnixMs kWatchesKeptMs = 180LL * 86'400'000;

/// Who has not answered for an hour is not going to in the next second.
base::UnixMs pause_of(const Watch& watch, base::UnixMs now) {
  return std::clamp((now - watch.updated_ms) / 16, kShortestPauseMs, kLongestPauseMs);
}

}  // namespace

asio::awaitable<void> Teller::show_files(tasks::Who /*who*/, tasks::JsonObject /*place*/, const dialogue::Reply& reply,
                                         Shown& shown) {
  if (const auto where = where_files_are(reply, 0); !where.empty()) shown.text += "\n\n" + where;
  co_return;
}

Task<Unit> Watcher::round() {
  const auto now = uses_.clock.unix_ms();
  auto find = [now](store::Connection& c) -> Result<std::vector<Watch>> {
    return watch_store::due(c, now, kDueAtOnce);
  };
  CO_TRY(auto due, co_await uses_.db.read(find));
  for (auto& watch : due) {
    const auto task_id = watch.task_id;
    auto looked = co_await look(std::move(watch));
    if (!looked) {
      base::log_warning("assistant", "What became of a task could not be told.",
                        {{"task", task_id}, {"reason", looked.error().message()}});
    }
  }
  co_return Unit{};
}

Task<Unit> Watcher::look(Watch watch) {
  const auto teller = tellers_.find(watch.surface);
  if (teller == tellers_.end()) co_return co_await later(watch, kLongestPauseMs);
  auto reply = co_await uses_.assistant.look(watch.who(), watch.task_id);
  if (!reply) {
    if (reply.error().code() == Errc::not_found) co_return co_await forget(watch);
    co_return co_await later(watch, kTroublePauseMs);
  }
  const auto now = uses_.clock.unix_ms();
  const auto told = reply->view ? told_of(*reply->view) : watch.told;
  if (told.empty()) co_return co_await later(watch, kLookAtRunningMs);
  if (told == watch.told) co_return co_await later(watch, pause_of(watch, now));
  auto put = shown(*reply);
  co_await teller->second->show_files(watch.who(), watch.place, *reply, put);
  const auto key = "assistant:" + watch.task_id + ":" + told;
  auto tell = [&](store::Tx& tx) -> Result<bool> {
    auto row = watch_store::of_task(tx, watch.task_id);
    // Somebody acts on it just now, and tells.
    if (!row || row->told != watch.told || row->hold_ms > now || !row->look_ms) return false;
    TRY(teller->second->tell(tx, *row, put, key, now));
    row->told = told;
    row->about = key;
    row->digest = reply->view->approval && !put.picks.empty() ? reply->view->approval->digest : "";
    row->updated_ms = now;
    row->look_ms = now + kShortestPauseMs;
    if (is_end(told)) row->look_ms.reset();
    watch_store::put(tx, *row);
    return true;
  };
  auto done = co_await uses_.db.write(tell, {.savepoint = true});
  if (!done && done.error().code() == Errc::not_found) co_return co_await forget(watch);
  if (!done) {
    CO_TRY(co_await later(watch, kTroublePauseMs));
    co_return std::unexpected(std::move(done).error());
  }
  if (*done) teller->second->ring();
  co_return Unit{};
}

Task<Unit> Watcher::later(const Watch& watch, base::UnixMs pause) {
  const auto at = uses_.clock.unix_ms() + pause;
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    watch_store::look_at(tx, watch.task_id, at);
    return Unit{};
  };
  co_return co_await uses_.db.write(write);
}

Task<Unit> Watcher::forget(const Watch& watch) {
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    watch_store::remove(tx, watch.task_id);
    return Unit{};
  };
  co_return co_await uses_.db.write(write);
}

Task<Unit> Watcher::prune(base::UnixMs aged) {
  const auto before = aged - kWatchesKeptMs;
  auto piece = [before](store::Tx& tx) { return watch_store::prune(tx, before, std::int64_t{store::kPiece}); };
  co_return co_await store::write_in_pieces(uses_.db, piece);
}

}  // namespace troupe::assistant::surfaces
