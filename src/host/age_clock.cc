#include "host/age_clock.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "host/age_store.h"

namespace troupe::host {
namespace {

/// "3 days 4 hours", "2 hours".
std::string in_words(std::int64_t ms) {
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(std::chrono::milliseconds(ms)).count();
  const auto days = hours / 24;
  if (days == 0) return fmt::format("{} hours", hours);
  return hours % 24 == 0 ? fmt::format("{} days", days) : fmt::format("{} days {} hours", days, hours % 24);
}

/// The wall clock stands `offset` ms ahead of what the mark explains, and did so for `passed` ms.
void take_in(AgeMark& mark, std::int64_t offset, std::int64_t passed) {
  mark.held_ms += passed;
  if (mark.ahead_ms > 0 && offset > AgeClock::kSlack.count()) {
    mark.ahead_ms = std::min(mark.ahead_ms, offset);  // only what it held all the while counts
    if (mark.held_ms < AgeClock::kHeldFor.count()) return;
    base::log_info(
        "host", "The clock has kept the time that it stepped to for a day: it counts again for what is deleted by age.",
        {{"ahead", in_words(mark.ahead_ms)}});
    mark.time_ms += mark.ahead_ms;
    offset -= mark.ahead_ms;
  }
  mark.ahead_ms = 0;
  mark.held_ms = 0;
  if (offset <= AgeClock::kSlack.count()) {
    // What lies far behind leaves the mark: the clock of a machine that starts without one comes back to it.
    if (offset >= -AgeClock::kSlack.count()) mark.time_ms += offset;
    return;
  }
  mark.ahead_ms = offset;
  base::log_warning(
      "host",
      "The clock of this machine is ahead of the time that has passed. Until it has stood there for a day nothing "
      "is deleted by it.",
      {{"ahead", in_words(offset)}});
}

}  // namespace

AgeClock::AgeClock(store::Database& db, const base::Clock& clock, std::optional<AgeMark> last)
    : db_(db), clock_(clock), mark_(last.value_or(AgeMark{})), looked_at_(clock.steady()) {
  const auto wall = clock.unix_ms();
  // Nobody knows how long no process ran. A step that is not believed yet goes on not being believed.
  const auto offset = wall - mark_.time_ms;
  const bool believed = !last || (last->ahead_ms == 0 && offset >= 0 && offset <= kLongestRest.count());
  if (believed)
    mark_ = {.time_ms = wall};
  else
    take_in(mark_, offset, 0);
}

Result<std::unique_ptr<AgeClock>> AgeClock::open(store::Database& db, const base::Clock& clock) {
  std::unique_ptr<AgeClock> made;
  auto begin = [&](store::Tx& tx) -> Result<Unit> {
    made = std::make_unique<AgeClock>(db, clock, age_store::find(tx));
    age_store::put(tx, made->look());
    return Unit{};
  };
  TRY(db.write_now(begin));
  return made;
}

base::UnixMs AgeClock::unix_ms() const { return std::min(look().time_ms, clock_.unix_ms()); }

AgeMark AgeClock::look() const {
  const base::Lock lock(mutex_);
  const auto steady = clock_.steady();
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(steady - looked_at_);
  looked_at_ += passed;  // what is less than a millisecond counts next time
  mark_.time_ms += passed.count();
  take_in(mark_, clock_.unix_ms() - mark_.time_ms, passed.count());
  return mark_;
}

Task<Unit> AgeClock::note() {
  auto write = [mark = look()](store::Tx& tx) -> Result<Unit> {
    age_store::put(tx, mark);
    return Unit{};
  };
  co_return co_await db_.write(write, {.lane = store::Lane::bulk});
}

std::optional<std::string> AgeClock::trouble() const {
  const auto mark = look();
  if (mark.ahead_ms <= kLongestRest.count()) return std::nullopt;
  return fmt::format(
      "the clock of this machine stepped {} ahead; until it has stood there for {} more nothing is deleted by its "
      "time: set it right if it is wrong, else there is nothing to do",
      in_words(mark.ahead_ms), in_words(kHeldFor.count() - mark.held_ms + kSlack.count() - 1));
}

const base::Clock& age_clock(const Context& context) {
  if (const auto* found = context.find<AgeClock>()) return *found;
  return context.clock();
}

}  // namespace troupe::host
