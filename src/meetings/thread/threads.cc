#include "meetings/thread/threads.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "meetings/thread/live.h"

namespace troupe::meetings::thread {
namespace {

constexpr std::chrono::milliseconds kPatienceAtStop{3'000};
constexpr std::size_t kMostUnheeded = 10'000;
constexpr std::int64_t kSweptAtOnce = 100;

}  // namespace

bool is_for_ever(const Error& error) {
  return error.code() == Errc::forbidden || error.code() == Errc::not_found || error.code() == Errc::too_large ||
         error.wire_code() == matrix::kEncryptedRoom;
}

Threads::Threads(const Uses& uses, Pace pace)
    : uses_(uses),
      pace_(pace),
      stopping_(uses.home),
      tasks_(uses.home),
      look_(std::make_shared<base::Notify>(uses.home)) {}
Threads::~Threads() = default;

Task<Unit> Threads::start() {
  listening_ = uses_.bell.listen_to_all([this, home = uses_.home, alive = std::weak_ptr(alive_)](MeetingId id) {
    asio::post(home, [this, id, alive] {
      if (!alive.lock()) return;
      if (const auto live = live_.find(id); live != live_.end()) {
        live->second->rung = true;
        live->second->wakeup.notify();
      } else if (!unheeded_.contains(id)) {
        rung_.insert(id);
        look_->notify();
      }
    });
  });
  auto begin = [](Threads* self) -> asio::awaitable<void> {
    self->tasks_.spawn("threads of transcripts", self->run());
    co_return;
  };
  co_await asio::co_spawn(uses_.home, begin(this), asio::use_awaitable);
  co_return Unit{};
}

Task<Unit> Threads::stop() {
  listening_.reset();
  auto end = [](Threads* self) -> asio::awaitable<void> {
    self->alive_.reset();
    self->stopping_.request_stop();
    self->look_->notify();
    for (const auto& [id, live] : self->live_) live->wakeup.notify();
    if (!co_await self->tasks_.join(kPatienceAtStop)) {
      base::log_info("meetings", "A room is slow to take a transcript; the next start goes on with it.");
    }
  };
  co_await asio::co_spawn(uses_.home, end(this), asio::use_awaitable);
  co_return Unit{};
}

bool Threads::is_mine() const {
  return !stopping_.stop_requested() && (uses_.lease == nullptr || uses_.lease->held().has_value());
}

asio::awaitable<void> Threads::run() {
  while (!stopping_.stop_requested()) {
    if (is_mine()) {
      auto looked = co_await look();
      if (looked) looked = co_await sweep();
      if (!looked) {
        base::log_warning("meetings", "Transcripts in rooms could not be looked after; that is tried again.",
                          {{"reason", looked.error().message()}});
        (void)co_await stopping_.sleep(pace_.first_retry);
      }
    } else {
      rung_.clear();
    }
    (void)co_await look_->wait(pace_.look_every);
  }
}

Task<Unit> Threads::look() {
  const auto rung = std::exchange(rung_, {});
  struct Found {
    std::vector<MeetingId> open{}, done{}, none{};
  };
  auto read = [&](store::Connection& c) -> Result<Found> {
    Found found{.open = records::open_threads(c)};
    for (const auto id : rung) {
      const auto thread = records::find_thread(c, id);
      if (!thread) {
        found.none.push_back(id);
      } else if (thread->state != records::ThreadState::erased) {
        found.done.push_back(id);
      }
    }
    return found;
  };
  auto found = co_await uses_.db.read(read);
  if (!found) {
    rung_.insert(rung.begin(), rung.end());
    co_return std::unexpected(std::move(found).error());
  }
  for (const auto id : found->open) take_up(id);
  for (const auto id : found->done) take_up(id);
  // A thread is made with its meeting or never.
  if (unheeded_.size() > kMostUnheeded) unheeded_.clear();
  unheeded_.insert(found->none.begin(), found->none.end());
  co_return Unit{};
}

Task<Unit> Threads::sweep() {
  const auto now = uses_.clock.steady();
  if (swept_at_ && now - *swept_at_ < pace_.sweep_every) co_return Unit{};
  swept_at_ = now;
  auto read = [](store::Connection& c) -> Result<std::vector<MeetingId>> {
    return records::erased_threads(c, kSweptAtOnce);
  };
  CO_TRY(const auto found, co_await uses_.db.read(read));
  for (const auto id : found) take_up(id);
  co_return Unit{};
}

void Threads::take_up(MeetingId id) {
  if (live_.contains(id)) return;
  auto live = std::make_shared<Live>(uses_.home);
  live_[id] = live;
  tasks_.spawn("thread of a transcript", follow(id, std::move(live)));
}

asio::awaitable<void> Threads::follow(MeetingId id, LivePtr live) {
  auto pause = pace_.first_retry;
  while (is_mine()) {
    live->rung = false;
    auto next = co_await round(id, live);
    if (stopping_.stop_requested()) break;
    if (next && !*next) {
      if (!live->rung) break;
      (void)co_await stopping_.sleep(pace_.rest);  // what came while it ended nobody else would look at
      continue;
    }
    if (next) {
      pause = pace_.first_retry;
      (void)co_await stopping_.sleep(pace_.rest);
      (void)co_await live->wakeup.wait(**next);
      continue;
    }
    const auto error = std::move(next).error();
    base::log_warning("meetings", "A transcript could not be told in its room.",
                      {{"meeting", id}, {"reason", error.message()}});
    if (is_for_ever(error)) {
      auto fail = [&](store::Tx& tx) {
        records::set_thread_state(tx, id, records::ThreadState::failed, error.message());
      };
      if (co_await write(fail)) break;
    }
    live->loaded = false;  // what was written is read anew: it may have been another process
    (void)co_await stopping_.sleep(std::max(pause, error.retry_after()));
    pause = std::min(pause * 2, pace_.longest_retry);
  }
  if (const auto found = live_.find(id); found != live_.end() && found->second == live) live_.erase(found);
}

}  // namespace troupe::meetings::thread
