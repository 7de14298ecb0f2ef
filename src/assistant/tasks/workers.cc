#include "assistant/tasks/workers.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace troupe::assistant::tasks {

Workers::Workers(store::Database& db, const base::Clock& clock, std::string holder, bool alone)
    : db_(db), clock_(clock), holder_(std::move(holder)), alone_(alone) {}

std::optional<Workers::Self> Workers::self() const {
  const base::Lock lock(mutex_);
  if (epoch_ == 0) return std::nullopt;
  return Self{.holder = holder_, .epoch = epoch_};
}

Task<Unit> Workers::start() {
  // One whose row was swept away has no epoch again that it had before.
  const auto first = std::max<base::UnixMs>(clock_.unix_ms(), 1);
  auto take = [&](store::Tx& tx) -> Result<std::int64_t> { return worker_store::next_epoch(tx, holder_, first); };
  CO_TRY(const auto epoch, co_await db_.write(take));
  const base::Lock lock(mutex_);
  epoch_ = epoch;
  co_return Unit{};
}

std::vector<worker_store::Worker> Workers::overdue(const std::vector<worker_store::Worker>& all) {
  const auto now = clock_.steady();
  std::vector<worker_store::Worker> found;
  const base::Lock lock(mutex_);
  // Who did not look has seen no silence: the database may have been away, for the others as well.
  const bool looked_away = now - std::exchange(looked_, now) > kTerm / 2;
  for (const auto& worker : all) {
    if (worker.holder == holder_ || worker.beat == 0) continue;
    auto& seen = seen_[worker.holder];
    if (looked_away || seen.epoch != worker.epoch || seen.beat != worker.beat) {
      seen = {.epoch = worker.epoch, .beat = worker.beat, .since = now};
    } else if (now - seen.since >= kTerm) {
      found.push_back(worker);
    }
  }
  return found;
}

Task<Unit> Workers::beat() {
  const auto mine = self();
  if (!mine || alone_) co_return Unit{};
  auto look = [](store::Connection& c) -> Result<std::vector<worker_store::Worker>> { return worker_store::all(c); };
  CO_TRY(const auto all, co_await db_.read(look));
  const auto gone = overdue(all);
  auto beat = [&](store::Tx& tx) -> Result<bool> {
    const bool here = worker_store::beat(tx, mine->holder, mine->epoch);
    if (here) {
      for (const auto& worker : gone) worker_store::end(tx, worker);
    }
    return here;
  };
  CO_TRY(const bool here, co_await db_.write(beat));
  if (here) co_return Unit{};
  base::log_warning("assistant", "Another process took this one for gone: the tasks that it had go on there.");
  co_return co_await start();
}

Task<Unit> Workers::stop() {
  const auto mine = self();
  if (!mine) co_return Unit{};
  {
    const base::Lock lock(mutex_);
    epoch_ = 0;
  }
  auto give_back = [&](store::Tx& tx) -> Result<Unit> {
    worker_store::give_up(tx, mine->holder, mine->epoch);
    return Unit{};
  };
  co_return co_await db_.write(give_back);
}

}  // namespace troupe::assistant::tasks
