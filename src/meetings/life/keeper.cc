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
constexpr std::chrono::milliseconds kSureOfAnother{30'000};  ///< longer than the term of a lease
constexpr std::chrono::milliseconds kPatienceAtStop{3'000};

/// Runs at the end of a scope, whatever ends it, while its owner is there.
class AtEnd {
 public:
  AtEnd(std::weak_ptr<bool> owner, std::function<void()> action)
      : owner_(std::move(owner)), action_(std::move(action)) {}
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;
  ~AtEnd() {
    if (owner_.lock()) action_();
  }

 private:
  std::weak_ptr<bool> owner_;
  std::function<void()> action_;
};

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
  uses_.bell.ring(id);
  asio::post(uses_.home, [this, id, alive = still_there_] {
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

Result<Unit> Keeper::may_act() const {
  if (stopping_.stop_requested()) return Error(Errc::unavailable, "The program stops; the next start goes on.");
  if (is_mine()) return Unit{};
  return Error(Errc::unavailable, "Another process looks after the meetings.");
}

std::optional<std::string> Keeper::trouble() const {
  const base::Lock lock(trouble_mutex_);
  if (!trouble_.empty()) return "meetings are not looked after: " + trouble_;
  if (const int failing = failing_.load()) return std::to_string(failing) + " meetings cannot be looked after";
  return std::nullopt;
}

void Keeper::set_trouble(std::string text) {
  if (!text.empty()) {
    base::log_warning("meetings", "Meetings could not be looked after; that is tried again.", {{"reason", text}});
  }
  const base::Lock lock(trouble_mutex_);
  trouble_ = std::move(text);
}

void Keeper::set_failing(Live& live, bool is_failing) {
  if (live.is_failing == is_failing) return;
  live.is_failing = is_failing;
  failing_ += is_failing ? 1 : -1;
}

bool Keeper::is_mine() const { return uses_.lease == nullptr || uses_.lease->held().has_value(); }

void Keeper::heard(const runtime::TaskEvent& event) const {
  if (const auto id = meeting_of(event.task_id)) wake(id);
}

runtime::TaskDriver* Keeper::driver_of(const Meeting& meeting) const { return uses_.drivers.find(meeting.driver); }

std::optional<runtime::TaskHandle> Keeper::handle_of(const Attempt& attempt) const {
  boost::system::error_code ec;
  const auto stored = boost::json::parse(attempt.handle, ec);
  if (ec) return std::nullopt;
  auto handle = runtime::TaskHandle::from_json(stored);
  return handle ? std::optional(*std::move(handle)) : std::nullopt;
}

// ---- All of them. ----

asio::awaitable<void> Keeper::run() {
  while (!stopping_.stop_requested()) {
    if (is_mine()) {
      lets_go_at_.reset();
      Result<Unit> done = Unit{};
      try {
        done = co_await look_after();
      } catch (const std::exception& thrown) {
        done = Error(Errc::internal, thrown.what());
      }
      set_trouble(done ? std::string() : done.error().message());
    } else {
      watch_others();
    }
    (void)co_await look_->wait(kLookForOthers);
  }
}

Task<Unit> Keeper::look_after() {
  auto look = [](store::Connection& c) -> Result<std::pair<std::vector<MeetingId>, std::vector<std::string>>> {
    return std::pair(records::in_care(c), records::drivers_of(c));
  };
  CO_TRY(auto found, co_await uses_.db.read(look));
  for (const auto id : found.first) {
    if (live_.contains(id)) continue;
    auto live = std::make_shared<Live>(uses_.home);
    live_[id] = live;
    tasks_.spawn("meeting", keep(id, std::move(live)));
  }
  look_for_strays(std::move(found.second));
  co_return Unit{};
}

void Keeper::look_for_strays(std::vector<std::string> drivers) {
  const auto now = uses_.clock.steady();
  if (swept_ && now - *swept_ < timing_.sweep_every) return;
  swept_ = now;
  for (const auto& name : drivers) {
    auto* driver = uses_.drivers.find(name);
    // One that is slow to answer keeps nobody from the tasks of the others.
    if (!driver || !driver->capabilities().adopts || !sweeping_.insert(name).second) continue;
    tasks_.spawn("stray bots", end_strays(driver));
  }
}

asio::awaitable<void> Keeper::end_strays(runtime::TaskDriver* driver) {
  const std::string name(driver->name());
  const AtEnd done(still_there_, [this, name] { sweeping_.erase(name); });
  const auto handles = co_await driver->list();
  if (!handles) {
    base::log_warning("meetings", "A task driver cannot say what runs.",
                      {{"driver", name}, {"reason", handles.error().message()}});
    co_return;
  }
  // The rows are read after the list: what was started meanwhile is not in it.
  auto look = [&](store::Connection& c) -> Result<std::vector<std::string>> { return records::open_tasks(c, name); };
  const auto open = co_await uses_.db.read(look);
  if (!open) co_return;  // the next sweep tries again
  const std::set<std::string> wanted(open->begin(), open->end());
  for (const auto& handle : *handles) {
    if (meeting_of(handle.task_id) == 0 || wanted.contains(handle.task_id)) continue;
    base::log_warning("meetings", "A bot runs that no meeting has; it is taken away.", {{"task", handle.task_id}});
    if (stopping_.stop_requested() || !may_act()) co_return;
    (void)co_await driver->recover(handle);
    if (stopping_.stop_requested() || !may_act()) co_return;
    if (auto gone = co_await driver->destroy(handle.task_id); !gone) {
      base::log_error("meetings", "It could not be taken away; that is tried again.",
                      {{"task", handle.task_id}, {"reason", gone.error().message()}});
    }
  }
}

void Keeper::watch_others() {
  set_trouble({});
  swept_.reset();
  const auto loss = uses_.lease->loss();
  if (loss == host::LeaseLoss::overdue) return;  // nobody may have it, and it may come back
  const auto now = uses_.clock.steady();
  // One that has not held it since its start takes it in that time, unless another has it.
  if (!lets_go_at_) lets_go_at_ = loss == host::LeaseLoss::taken ? now : now + kSureOfAnother;
  if (now < *lets_go_at_ || is_letting_go_) return;
  lets_go_at_ = now + kSureOfAnother;
  is_letting_go_ = true;
  tasks_.spawn("meetings of another process", let_go());
}

asio::awaitable<void> Keeper::let_go() {
  const AtEnd done(still_there_, [this] { is_letting_go_ = false; });
  auto look = [](store::Connection& c) -> Result<std::vector<records::Kept>> {
    std::vector<records::Kept> all;
    for (const auto id : records::in_care(c)) {
      if (auto kept = records::find_meeting(c, id)) all.push_back(*std::move(kept));
    }
    return all;
  };
  const auto all = co_await uses_.db.read(look);
  if (!all) {
    base::log_error("meetings", "Bots of this machine go on, although another process looks after the meetings.",
                    {{"reason", all.error().message()}});
    co_return;
  }
  for (const auto& kept : *all) {
    if (stopping_.stop_requested() || is_mine()) co_return;
    const bool is_ours = kept.attempt && !uses_.name.empty() && kept.attempt->started_by == uses_.name &&
                         kept.attempt->state != Container::gone;
    if (!is_ours || !is_of_one_machine(driver_of(kept.meeting))) continue;
    if (const auto gone = co_await let_go_of(kept); !gone) {
      base::log_error("meetings", "A bot of this machine goes on, although another process looks after the meetings.",
                      {{"meeting", kept.meeting.id}, {"reason", gone.error().message()}});
    }
  }
}

Task<Unit> Keeper::let_go_of(records::Kept kept) {
  const auto& attempt = *kept.attempt;
  auto* driver = driver_of(kept.meeting);
  if (!driver) co_return Error(Errc::unavailable, "This server has no task driver '" + kept.meeting.driver + "'.");
  CO_TRY(const auto found, co_await find_task(kept, driver));
  if (found) {
    auto stopped = co_await driver->stop(attempt.task_id, timing_.grace);
    if (!stopped && stopped.error().code() != Errc::not_found) co_return std::unexpected(std::move(stopped).error());
  }
  // Whoever has the lease may believe now that it is gone.
  auto release = [&](store::Tx& tx) -> Result<Unit> {
    records::release_attempt(tx, attempt);
    return Unit{};
  };
  CO_TRY(co_await uses_.db.write(release));
  co_return Unit{};
}

// ---- One of them. ----

asio::awaitable<void> Keeper::keep(MeetingId id, LivePtr live) {
  const AtEnd done(still_there_, [this, id, live] {
    set_failing(*live, false);
    live_.erase(id);
  });
  while (!stopping_.stop_requested() && is_mine()) {
    std::optional<Wait> wait = timing_.ask_again;
    std::string broken;
    try {
      wait = co_await one_round(id, live);
    } catch (const std::exception& thrown) {
      broken = thrown.what();
    }
    set_failing(*live, !broken.empty());
    if (!broken.empty()) {
      base::log_error("meetings", "A meeting could not be looked after; that is tried again.",
                      {{"meeting", id}, {"reason", broken}});
    }
    if (!wait) co_return;
    if (*wait > Wait(0) && !stopping_.stop_requested()) (void)co_await live->wakeup.wait(*wait);
  }
}

asio::awaitable<std::optional<Keeper::Wait>> Keeper::one_round(MeetingId id, LivePtr live) {
  auto look = [id](store::Connection& c) -> Result<std::optional<records::Kept>> {
    return records::find_meeting(c, id);
  };
  auto kept = co_await uses_.db.read(look);
  if (!kept) co_return timing_.ask_again;
  if (!*kept || !needs_care((*kept)->meeting.life)) co_return std::nullopt;
  co_return co_await attend(**std::move(kept), std::move(live));
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
  if (life.state == State::reconfiguring) return reconfigure(std::move(kept), std::move(live));
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
  CO_TRY(auto outcome, co_await uses_.db.write(write));
  if (!outcome.ignored) uses_.bell.ring(id);
  announce(outcome);
  co_return outcome;
}

asio::awaitable<Keeper::Wait> Keeper::recorded(MeetingId id, Happening happening) {
  const auto done = co_await record(id, std::move(happening));
  if (done) co_return Wait(0);
  base::log_warning("meetings", "What happened to a meeting could not be written; that is tried again.",
                    {{"meeting", id}, {"reason", done.error().message()}});
  co_return timing_.ask_again;
}

}  // namespace troupe::meetings::life
