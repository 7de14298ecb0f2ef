#include "homeserver/sync/fair_gate.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <vector>

namespace troupe::homeserver::sync {
namespace {

constexpr std::chrono::seconds kComeBackAfter{2};

Error busy() {
  return Error(Errc::unavailable, "The server is busy; try again in a moment.").with_retry_after(kComeBackAfter);
}

}  // namespace

struct FairGate::Waiter : std::enable_shared_from_this<Waiter> {
  Waiter(const asio::any_io_executor& on, std::string who) : executor(on), timer(on), who(std::move(who)) {}
  asio::any_io_executor executor;
  asio::steady_timer timer;  ///< never runs out; its cancellation wakes
  const std::string who;
  bool admitted = false;  ///< under the gate's mutex
};

Task<FairGate::Pass> FairGate::enter(std::string who) {
  auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor, std::move(who));
  {
    const base::Lock lock(mutex_);
    if (stopped_) co_return busy();
    if (places_ > 0) {
      --places_;
      co_return Pass(*this);
    }
    if (waiting_ >= limits_.waiting) co_return busy();
    auto& queue = queues_[waiter->who];
    if (queue.size() >= limits_.waiting_of_one) {
      co_return Error(Errc::limit_exceeded, "Too many requests of this account wait already; let them end first.")
          .with_retry_after(kComeBackAfter);
    }
    if (queue.empty()) turns_.push_back(waiter->who);
    queue.push_back(waiter);
    ++waiting_;
  }
  // A coroutine that is destroyed while it waits leaves, too, and gives back a place that it was given meanwhile.
  const auto end = [this](Waiter* gone) {
    if (gone && settle(gone->shared_from_this())) leave();
  };
  std::unique_ptr<Waiter, decltype(end)> guard(waiter.get(), end);
  waiter->timer.expires_at(asio::steady_timer::time_point::max());
  co_await waiter->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  guard.release();
  if (settle(waiter)) co_return Pass(*this);
  {
    const base::Lock lock(mutex_);
    if (stopped_) co_return busy();
  }
  co_return Error(Errc::timed_out, "The request was given up while it waited.");
}

void FairGate::stop() {
  std::vector<WaiterPtr> all;
  {
    const base::Lock lock(mutex_);
    stopped_ = true;
    for (auto& [who, queue] : queues_) all.insert(all.end(), queue.begin(), queue.end());
    queues_.clear();
    turns_.clear();
    waiting_ = 0;
  }
  for (auto& waiter : all) wake(std::move(waiter));
}

std::size_t FairGate::waiting() const {
  const base::Lock lock(mutex_);
  return waiting_;
}

void FairGate::leave() {
  WaiterPtr next;
  {
    const base::Lock lock(mutex_);
    if (turns_.empty()) {
      ++places_;
      return;
    }
    const auto found = queues_.find(turns_.front());
    turns_.pop_front();
    next = std::move(found->second.front());
    found->second.pop_front();
    --waiting_;
    if (found->second.empty())
      queues_.erase(found);
    else
      turns_.push_back(next->who);
    next->admitted = true;
  }
  wake(std::move(next));
}

bool FairGate::settle(const WaiterPtr& waiter) {
  const base::Lock lock(mutex_);
  if (!waiter->admitted) remove(waiter);
  return waiter->admitted;
}

void FairGate::remove(const WaiterPtr& waiter) {
  const auto found = queues_.find(waiter->who);
  if (found == queues_.end()) return;
  waiting_ -= std::erase(found->second, waiter);
  if (!found->second.empty()) return;
  queues_.erase(found);
  std::erase(turns_, waiter->who);
}

void FairGate::wake(WaiterPtr waiter) {
  // Posted: whoever waits has begun to when this runs, since their executor runs one handler at a time.
  auto executor = waiter->executor;
  asio::post(executor, [waiter = std::move(waiter)] { waiter->timer.cancel(); });
}

}  // namespace troupe::homeserver::sync
