// Work that several wait for.
#pragma once
#include <boost/asio/post.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/task.h"
#include "store/completion.h"

namespace troupe::homeserver {

/// Something that is being fetched or made, and who waits for it. Callable from any thread. T can be copied.
template <class T>
class Flight {
 public:
  /// What it brought, or why nothing. Waits for it.
  Task<T> wait() {
    auto queue = [this](store::Waiter waiter) {
      base::Lock lock(mutex_);
      if (!outcome_) {
        waiting_.push_back(std::move(waiter));
        return;
      }
      lock.unlock();
      wake(std::move(waiter));
    };
    co_await store::wait_for(queue);
    const base::Lock lock(mutex_);
    co_return *outcome_;
  }
  /// Once. Wakes all.
  void land(Result<T> outcome) {
    std::vector<store::Waiter> waiting;
    {
      const base::Lock lock(mutex_);
      outcome_ = std::move(outcome);
      waiting.swap(waiting_);
    }
    for (auto& waiter : waiting) wake(std::move(waiter));
  }

 private:
  static void wake(store::Waiter waiter) {
    auto executor = waiter.executor;
    asio::post(executor, std::move(waiter.resume));
  }

  base::Mutex mutex_;
  std::optional<Result<T>> outcome_ GUARDED_BY(mutex_);
  std::vector<store::Waiter> waiting_ GUARDED_BY(mutex_);
};

}  // namespace troupe::homeserver
