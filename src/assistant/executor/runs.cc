#include "assistant/executor/runs.h"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "assistant/executor/preview.h"
#include "base/async.h"
#include "base/log.h"

namespace troupe::assistant::executor {
namespace {

constexpr std::chrono::seconds kStopPatience{10};
constexpr std::chrono::milliseconds kLookAgain{50};
constexpr std::int64_t kHeldAtATime = 500;

Person person_of(const tasks::TaskRecord& task) { return {.tenant_id = task.tenant_id, .owner_id = task.owner_id}; }

}  // namespace

Runs::Runs(Uses uses)
    : meters_(uses.metrics),
      parts_{.tasks = uses.tasks,
             .services = uses.services,
             .caller = uses.caller,
             .own = uses.own,
             .may_act = std::move(uses.may_act),
             .bus = uses.bus,
             .clock = uses.clock,
             .commands = uses.commands,
             .lives = uses.lives,
             .meters = meters_,
             .probe = std::move(uses.probe),
             .under_way = under_way_},
      io_(uses.io),
      limits_(uses.limits) {}

void Runs::start(tasks::Taken taken) {
  {
    const base::Lock lock(mutex_);
    add(std::move(taken), false);
  }
  pump();
}

void Runs::add(tasks::Taken taken, bool taken_over) {
  if (stopping_) return;
  const auto [at, is_new] = slots_.try_emplace(taken.task.id);
  auto& slot = at->second;
  if (!is_new) {
    // A run that has just handed its claim back is still on its way out.
    if (taken.task.attempt > slot.attempt) slot.next = std::move(taken);
    return;
  }
  slot.claim = std::move(taken.claim);
  slot.person = person_of(taken.task);
  slot.attempt = taken.task.attempt;
  slot.taken_over = taken_over;
  slot.since = parts_.clock.steady();
  (taken_over ? taken_over_ : asked_).push(slot.person, taken.task.id);
  meters_.waiting.add(1);
}

std::optional<std::string> Runs::next_of(FairQueue& queue) {
  return queue.pop([this](const Person& person) REQUIRES(mutex_) {
    const auto found = of_person_.find(person);
    return found == of_person_.end() || found->second < limits_.of_person;
  });
}

void Runs::pump() {
  std::vector<std::string> begun;
  {
    const base::Lock lock(mutex_);
    while (!stopping_ && running_ < limits_.running) {
      auto next = next_of(asked_);
      if (!next && running_taken_over_ < limits_.taken_over) next = next_of(taken_over_);
      if (!next) break;
      take_place(slots_.at(*next));
      begun.push_back(*std::move(next));
    }
  }
  for (auto& task_id : begun) begin(std::move(task_id));
}

void Runs::take_place(Slot& slot) {
  slot.running = true;
  ++running_;
  if (slot.taken_over) ++running_taken_over_;
  ++of_person_[slot.person];
  meters_.waiting.add(-1);
  meters_.running.add(1);
}

void Runs::begin(std::string task_id) {
  tasks::Claim claim;
  std::shared_ptr<Control> control;
  {
    const base::Lock lock(mutex_);
    const auto& slot = slots_.at(task_id);
    claim = slot.claim;
    control = slot.control;
  }
  auto running = run(task_id, std::move(claim), std::move(control));
  asio::co_spawn(io_.next(), std::move(running), [task_id = std::move(task_id)](const std::exception_ptr& thrown) {
    if (thrown) base::log_error("assistant", "the run of task " + task_id + " ended in an exception");
  });
}

asio::awaitable<void> Runs::run(std::string task_id, tasks::Claim claim, std::shared_ptr<Control> control) {
  auto end = End::halted;
  bool thrown = false;
  try {
    end = co_await run_task(parts_, claim, std::move(control));
  } catch (const std::exception& what) {
    thrown = true;
    base::log_error("assistant", "task " + task_id + ": " + what.what());
  }
  if (thrown) {
    // Begun once more it would most likely throw again.
    const auto failed = co_await parts_.tasks.fail(
        claim, "It ended in an error of this program, which is in its log. What was under way may have been done.");
    if (failed) end = End::failed;
  }
  ended(task_id, end);
}

void Runs::ended(const std::string& task_id, End end) {
  meters_.tasks.with({std::string(kEnds[static_cast<std::size_t>(end)])}).add();
  std::map<std::uint64_t, std::function<void()>> waiters;
  {
    const base::Lock lock(mutex_);
    const auto at = slots_.find(task_id);
    auto& slot = at->second;
    --running_;
    meters_.running.add(-1);
    if (slot.taken_over) --running_taken_over_;
    if (--of_person_[slot.person] == 0) of_person_.erase(slot.person);
    auto next = std::move(slot.next);
    waiters = std::move(slot.waiters);
    slots_.erase(at);
    if (next) {
      add(*std::move(next), false);
      if (const auto again = slots_.find(task_id); again != slots_.end())
        again->second.waiters = std::exchange(waiters, {});
    }
  }
  for (const auto& [number, wake] : waiters) wake();
  pump();
}

Task<bool> Runs::settled(std::string task_id, std::chrono::milliseconds patience) {
  base::Notify over(co_await asio::this_coro::executor);
  std::uint64_t mine = 0;
  {
    const base::Lock lock(mutex_);
    const auto found = slots_.find(task_id);
    if (found == slots_.end()) co_return true;
    mine = ++waiters_;
    found->second.waiters.emplace(mine, over.notifier());
  }
  const bool is_over = co_await over.wait(patience);
  const base::Lock lock(mutex_);
  if (const auto found = slots_.find(task_id); found != slots_.end()) found->second.waiters.erase(mine);
  co_return is_over;
}

void Runs::wake(const std::string& task_id) {
  const base::Lock lock(mutex_);
  if (const auto found = slots_.find(task_id); found != slots_.end()) *found->second.control->cancelled = true;
}

Task<std::vector<Preview>> Runs::preview(tasks::Who who, tasks::TaskSpec spec) {
  CO_TRY(const auto offer, co_await parts_.services.offer(who.tenant_id));
  co_return preview_of(*offer, spec);
}

std::size_t Runs::room() const {
  const base::Lock lock(mutex_);
  if (stopping_) return 0;
  return limits_.waiting - std::min(limits_.waiting, taken_over_.size());
}

Task<Unit> Runs::take_over() {
  for (;;) {
    const auto most = std::min(limits_.at_a_time, static_cast<std::int64_t>(room()));
    if (most == 0) co_return Unit{};
    CO_TRY(auto all, co_await parts_.tasks.take_over(most));
    const bool more = static_cast<std::int64_t>(all.size()) == most;
    {
      const base::Lock lock(mutex_);
      for (auto& taken : all) add(std::move(taken), true);
    }
    pump();
    if (!more) co_return Unit{};
  }
}

Task<Unit> Runs::look_for_held() {
  for (std::string after;;) {
    CO_TRY(auto all, co_await parts_.tasks.held(after, kHeldAtATime));
    const bool more = static_cast<std::int64_t>(all.size()) == kHeldAtATime;
    if (!all.empty()) after = all.back().task.id;
    {
      const base::Lock lock(mutex_);
      for (auto& taken : all) add(std::move(taken), true);
    }
    pump();
    if (!more) co_return Unit{};
  }
}

Task<Unit> Runs::stop() {
  {
    const base::Lock lock(mutex_);
    stopping_ = true;
    for (auto& [id, slot] : slots_) {
      slot.control->stopping = true;
      *slot.control->cancelled = true;
    }
  }
  const auto until = std::chrono::steady_clock::now() + kStopPatience;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (running() > 0 && std::chrono::steady_clock::now() < until) {
    timer.expires_after(kLookAgain);
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_return Unit{};
}

std::size_t Runs::running() const {
  const base::Lock lock(mutex_);
  return running_;
}

std::optional<std::string> Runs::trouble() const {
  const base::Lock lock(mutex_);
  const auto now = parts_.clock.steady();
  std::size_t late = 0;
  for (const auto& [id, slot] : slots_) {
    if (!slot.running && !slot.taken_over && now - slot.since > limits_.wait_long) ++late;
  }
  if (late == 0) return std::nullopt;
  return fmt::format("{} of the assistant's tasks wait longer than {} s for a place: {} run", late,
                     limits_.wait_long.count(), running_);
}

}  // namespace troupe::assistant::executor
