#include "meetings/life/keeper.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <set>

#include "base/log.h"
#include "meetings/life/keeper_live.h"

namespace troupe::meetings::life {
namespace {

constexpr std::chrono::milliseconds kLookForOthers{1'000};
constexpr std::chrono::milliseconds kTryAgain{1'000};
constexpr std::chrono::milliseconds kPatienceAtStop{3'000};

}  // namespace

Keeper::Keeper(const Uses& uses, Timing timing, BotProgram program)
    : uses_(uses),
      timing_(timing),
      program_(std::move(program)),
      stopping_(uses.home),
      tasks_(uses.home),
      look_(std::make_shared<base::Notify>(uses.home)) {}
Keeper::~Keeper() = default;

void Keeper::wake(MeetingId id) const {
  asio::post(uses_.home, [this, id, alive = std::weak_ptr(alive_)] {
    if (!alive.lock()) return;
    if (const auto found = live_.find(id); found != live_.end()) {
      found->second->wakeup.notify();
    } else {
      look_->notify();
    }
  });
}

Task<Unit> Keeper::start() {
  for (auto* driver : uses_.drivers.all()) {
    listening_.push_back(driver->on_event([this](const runtime::TaskEvent& event) { heard(event); }));
  }
  auto begin = [](Keeper* self) -> asio::awaitable<void> {
    self->tasks_.spawn("meetings", self->run());
    co_return;
  };
  co_await asio::co_spawn(uses_.home, begin(this), asio::use_awaitable);
  co_return Unit{};
}

Task<Unit> Keeper::stop() {
  listening_.clear();
  auto end = [](Keeper* self) -> asio::awaitable<void> {
    self->alive_.reset();
    self->stopping_.request_stop();
    self->look_->notify();
    for (const auto& [id, live] : self->live_) live->wakeup.notify();
    // A bot that is leaving takes its time: its driver goes on with that, and the next start asks again.
    if (!co_await self->tasks_.join(kPatienceAtStop)) {
      base::log_info("meetings", "Bots are still leaving; the next start goes on with them.");
    }
  };
  co_await asio::co_spawn(uses_.home, end(this), asio::use_awaitable);
  co_return Unit{};
}

bool Keeper::is_mine() const { return uses_.lease == nullptr || uses_.lease->held().has_value(); }

void Keeper::heard(const runtime::TaskEvent& event) const {
  if (const auto id = meeting_of(event.task_id)) wake(id);
}

runtime::TaskDriver* Keeper::driver_of(const Meeting& meeting) const { return uses_.drivers.find(meeting.driver); }

std::optional<runtime::TaskHandle> Keeper::handle_of(const Attempt& attempt) const {
  // What the driver finds is newer than what was stored: a kill may have come between the start and its row.
  if (const auto seen = found_.find(attempt.task_id); seen != found_.end()) return seen->second;
  boost::system::error_code ec;
  const auto stored = boost::json::parse(attempt.handle, ec);
  if (ec) return std::nullopt;
  auto handle = runtime::TaskHandle::from_json(stored);
  return handle ? std::optional(*std::move(handle)) : std::nullopt;
}

// ---- All of them. ----

asio::awaitable<void> Keeper::run() {
  while (!stopping_.stop_requested()) {
    if (!is_mine()) {
      has_taken_over_ = false;
    } else if (auto taken = co_await take_over(); !taken) {
      base::log_warning("meetings", "Meetings could not be looked after; that is tried again.",
                        {{"reason", taken.error().message()}});
    }
    (void)co_await look_->wait(kLookForOthers);
  }
}

Task<Unit> Keeper::take_over() {
  if (!has_taken_over_) {
    found_.clear();
    for (auto* driver : uses_.drivers.all()) {
      if (!driver->capabilities().adopts) continue;
      auto handles = co_await driver->list();
      if (!handles) {  // it is asked for each task by its stored handle
        base::log_warning("meetings", "A task driver cannot say what runs.",
                          {{"driver", driver->name()}, {"reason", handles.error().message()}});
        continue;
      }
      for (auto& handle : *handles) {
        if (meeting_of(handle.task_id) != 0) found_[handle.task_id] = std::move(handle);
      }
    }
  }
  auto look = [](store::Connection& c) -> Result<std::vector<MeetingId>> { return records::in_care(c); };
  CO_TRY(auto ids, co_await uses_.db.read(look));
  for (const auto id : ids) {
    if (live_.contains(id)) continue;
    auto live = std::make_shared<Live>(uses_.home);
    live_[id] = live;
    tasks_.spawn("meeting", keep(id, std::move(live)));
  }
  if (!std::exchange(has_taken_over_, true)) tasks_.spawn("stray bots", end_strays(std::move(ids)));
  co_return Unit{};
}

asio::awaitable<void> Keeper::end_strays(std::vector<MeetingId> cared_for) {
  const std::set<MeetingId> kept(cared_for.begin(), cared_for.end());
  const auto found = found_;  // it changes meanwhile
  for (const auto& [task_id, handle] : found) {
    auto* driver = uses_.drivers.find(handle.driver);
    if (kept.contains(meeting_of(task_id)) || !driver) continue;
    base::log_warning("meetings", "A bot was left of a meeting that has ended; it is taken away.", {{"task", task_id}});
    (void)co_await driver->recover(handle);
    if (auto gone = co_await driver->destroy(task_id); !gone) {
      base::log_error("meetings", "It could not be taken away.",
                      {{"task", task_id}, {"reason", gone.error().message()}});
    }
  }
}

// ---- One of them. ----

asio::awaitable<void> Keeper::keep(MeetingId id, LivePtr live) {
  while (!stopping_.stop_requested() && is_mine()) {
    auto look = [id](store::Connection& c) -> Result<std::optional<records::Kept>> {
      return records::find_meeting(c, id);
    };
    auto kept = co_await uses_.db.read(look);
    auto wait = kTryAgain;
    if (kept) {
      if (!*kept || !needs_care((*kept)->meeting.life)) break;
      wait = co_await attend(**std::move(kept), live);
    }
    if (wait > Wait(0) && !stopping_.stop_requested()) (void)co_await live->wakeup.wait(wait);
  }
  live_.erase(id);
}

asio::awaitable<Keeper::Wait> Keeper::attend(records::Kept kept, LivePtr live) {
  const auto& life = kept.meeting.life;
  if (life.state == State::requested) {
    return recorded(kept.meeting.id, {.input = {.kind = Input::Kind::launch},
                                      .actor = {.label = std::string(kOwnActor)},
                                      .cause = "its bot is being started on " + kept.meeting.driver});
  }
  if (life.container == Container::leaving) return take_away(std::move(kept), std::move(live));
  const auto deadline = deadline_of(kept.meeting, timing_);
  if (deadline && uses_.clock.unix_ms() >= deadline->at) {
    return recorded(kept.meeting.id, {.input = {.kind = Input::Kind::expired, .ending = deadline->ending},
                                      .actor = {.label = std::string(kOwnActor)},
                                      .cause = "its time is over: " + deadline->ending.raw,
                                      .attempt = life.attempts});
  }
  if (life.container == Container::wanted) return launch(std::move(kept), std::move(live));
  return watch(std::move(kept), std::move(live));
}

Task<Outcome> Keeper::record(MeetingId id, Happening happening) {
  const auto now = given(uses_.clock.unix_ms());
  const auto epoch = uses_.lease ? uses_.lease->held() : std::nullopt;
  if (uses_.lease && !epoch) co_return Error(Errc::conflict, "Another process looks after the meetings.");
  auto write = [&](store::Tx& tx) -> Result<Outcome> {
    if (epoch) TRY(uses_.lease->check(tx, *epoch));
    return life::record(tx, id, happening, timing_, now);
  };
  co_return co_await uses_.db.write(write);
}

asio::awaitable<Keeper::Wait> Keeper::recorded(MeetingId id, Happening happening) {
  const auto done = co_await record(id, std::move(happening));
  co_return done ? Wait(0) : kTryAgain;
}

}  // namespace troupe::meetings::life
