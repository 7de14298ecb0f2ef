// Lets so many coroutines through at once, and those who wait in turn by whom they work for: nobody's crowd holds up
// the others.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/mutex.h"
#include "base/task.h"

namespace troupe::homeserver::sync {

/// Callable from any thread.
class FairGate {
 public:
  struct Limits {
    std::size_t places = 1;
    std::size_t waiting_of_one = 1;
    std::size_t waiting = 1;  ///< of all together
  };
  explicit FairGate(Limits limits) : limits_(limits), places_(limits.places) {}

  /// A place; given back when it goes out of scope. Must not outlive the gate.
  class Pass {
   public:
    explicit Pass(FairGate& gate) : gate_(&gate) {}
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Pass& operator=(Pass&& other) noexcept {
      std::swap(gate_, other.gate_);
      return *this;
    }
    ~Pass() {
      if (gate_) gate_->leave();
    }

   private:
    FairGate* gate_;
  };

  /// Those of one account in the order in which they came, accounts in turn. Whoever is cancelled (their client is
  /// gone, the request's time is over) leaves the queue at once. The executor is the caller's; it must run one handler
  /// at a time. Errors: limit_exceeded (too many of this account wait), unavailable (too many of all do, or the gate
  /// was stopped), both with retry_after; timed_out (cancelled).
  Task<Pass> enter(std::string who);

  /// Whoever waits is refused, and whoever comes: the server is about to close.
  void stop();

  std::size_t waiting() const;

 private:
  struct Waiter;
  using WaiterPtr = std::shared_ptr<Waiter>;

  /// Gives the place to the next one, or takes it back.
  void leave();
  /// Of one who waited: whether they got a place; if not, they are in no queue any more.
  bool settle(const WaiterPtr& waiter);
  void remove(const WaiterPtr& waiter) REQUIRES(mutex_);
  static void wake(WaiterPtr waiter);

  const Limits limits_;
  mutable base::Mutex mutex_;
  std::size_t places_ GUARDED_BY(mutex_);
  std::size_t waiting_ GUARDED_BY(mutex_) = 0;
  bool stopped_ GUARDED_BY(mutex_) = false;
  std::unordered_map<std::string, std::deque<WaiterPtr>> queues_ GUARDED_BY(mutex_);  ///< none is empty
  std::deque<std::string> turns_ GUARDED_BY(mutex_);  ///< who has a queue, in the order of their turns
};

}  // namespace troupe::homeserver::sync
