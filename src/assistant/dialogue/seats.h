// How many requests of one person are worked on at once.
#pragma once
#include <map>
#include <memory>
#include <utility>

#include "assistant/tasks/types.h"
#include "base/mutex.h"
#include "base/result.h"

namespace troupe::assistant::dialogue {

/// One per program; callable from any thread; outlives the seats.
class Seats {
 public:
  explicit Seats(std::size_t most) : most_(most) {}

  /// Held while a request is worked on.
  class Seat {
   public:
    Seat() = default;
    Seat(Seat&& other) noexcept : of_(std::exchange(other.of_, nullptr)), person_(other.person_) {}
    Seat& operator=(Seat&&) = delete;
    ~Seat() {
      if (of_ != nullptr) of_->leave(person_);
    }

   private:
    friend class Seats;
    Seat(Seats& of, std::pair<std::int64_t, std::int64_t> person) : of_(&of), person_(person) {}
    Seats* of_ = nullptr;
    std::pair<std::int64_t, std::int64_t> person_;
  };

  /// Error: limit_exceeded.
  base::Result<Seat> take(const tasks::Who& who) {
    const std::pair person(who.tenant_id, who.principal_id);
    const base::Lock lock(mutex_);
    auto& taken = taken_[person];
    if (taken >= most_) {
      return base::Error(base::Errc::limit_exceeded,
                         "Too many of your requests are worked on at once. Wait for an answer.")
          .with_retry_after(std::chrono::seconds(1));
    }
    ++taken;
    return Seat(*this, person);
  }

 private:
  void leave(const std::pair<std::int64_t, std::int64_t>& person) {
    const base::Lock lock(mutex_);
    const auto at = taken_.find(person);
    if (at != taken_.end() && --at->second == 0) taken_.erase(at);
  }

  std::size_t most_;
  base::Mutex mutex_;
  std::map<std::pair<std::int64_t, std::int64_t>, std::size_t> taken_ GUARDED_BY(mutex_);
};

}  // namespace troupe::assistant::dialogue
