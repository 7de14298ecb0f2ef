// Lets so many coroutines through at once; a bounded number waits, more are refused.
#pragma once
#include <boost/asio/post.hpp>
#include <deque>
#include <optional>

#include "base/mutex.h"
#include "store/completion.h"

namespace troupe::store {

/// Callable from any thread.
class AsyncGate {
 public:
  AsyncGate(std::size_t places, std::size_t max_waiting) : places_(places), max_waiting_(max_waiting) {}

  /// A place; given back when it goes out of scope. Must not outlive the gate.
  class Pass {
   public:
    explicit Pass(AsyncGate& gate) : gate_(&gate) {}
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (gate_) gate_->leave();
    }

   private:
    AsyncGate* gate_;
  };

  /// First come, first served. Error: unavailable (too many wait; with retry_after).
  Task<Pass> enter() {
    {
      const base::Lock lock(mutex_);
      if (places_ > 0) {
        --places_;
        co_return Pass(*this);
      }
      if (waiting_.size() >= max_waiting_) {
        co_return Error(Errc::unavailable, "The server is busy; try again in a moment.")
            .with_retry_after(std::chrono::seconds(2));
      }
    }
    auto take_or_queue = [this](Waiter waiter) {
      base::Lock lock(mutex_);
      if (places_ == 0) {
        waiting_.push_back(std::move(waiter));
        return;
      }
      --places_;
      lock.unlock();
      wake(std::move(waiter));
    };
    co_await wait_for(take_or_queue);
    co_return Pass(*this);
  }

 private:
  static void wake(Waiter waiter) {
    auto executor = waiter.executor;
    asio::post(executor, std::move(waiter.resume));
  }
  void leave() {
    base::Lock lock(mutex_);
    if (waiting_.empty()) {
      ++places_;
      return;
    }
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    wake(std::move(next));
  }

  base::Mutex mutex_;
  std::size_t places_ GUARDED_BY(mutex_);
  const std::size_t max_waiting_;
  std::deque<Waiter> waiting_ GUARDED_BY(mutex_);
};

}  // namespace troupe::store
