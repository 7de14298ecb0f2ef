// Questions to somebody far away that several ask at once: one goes out, all hear the answer, and it is remembered for
// a while.
#pragma once
#include <boost/asio/post.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/async.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/task.h"
#include "homeserver/common/flight.h"

namespace troupe::homeserver {

/// What these lookups may take.
struct LookupBounds {
  std::size_t kept = 1'000;            ///< answers; the oldest go
  std::size_t kept_bytes = 8UL << 20;  ///< of all; one that is larger than a hundredth is not kept
  std::size_t under_way = 64;          ///< questions
  std::size_t of_asker = 8;            ///< of these, of one asker
};

/// One per kind of question; callable from any thread. A question goes on when the one who asked first hangs up. T can
/// be copied.
template <class T>
class SharedLookups {
 public:
  /// What a question brought, and for how long that holds; zero: only for those who wait for it now.
  struct Outcome {
    Result<T> answer;
    std::chrono::milliseconds life{0};
    std::size_t bytes = 0;  ///< that keeping it takes
  };
  /// Owns all that it uses: it outlives the request.
  using Question = std::function<asio::awaitable<Outcome>()>;

  SharedLookups(asio::any_io_executor home, const base::Clock& clock, LookupBounds bounds = {})
      : home_(std::move(home)), clock_(clock), bounds_(bounds), tasks_(home_) {}

  /// What is remembered, if anything.
  std::optional<Result<T>> kept(const std::string& key) const {
    const base::Lock lock(mutex_);
    return find_kept(key);
  }
  /// The remembered answer, that of the same question under way, or a new one, which counts as `asker`'s (an account or
  /// an address; empty: nobody's in particular) until it is answered: whoever asks much, and slow ones, leaves room for
  /// others. Errors: the question's own; limit_exceeded (the asker's own are too many); unavailable (all are, or the
  /// server stops).
  Task<T> find(std::string asker, std::string key, Question question) {
    std::shared_ptr<Flight<T>> flight;
    bool first = false;
    {
      const base::Lock lock(mutex_);
      if (auto known = find_kept(key)) co_return *std::move(known);
      const auto found = flights_.find(key);
      if (found != flights_.end()) {
        flight = found->second;
      } else if (!asker.empty() && of_asker(asker) >= bounds_.of_asker) {
        co_return Error(Errc::limit_exceeded, "So much cannot be looked for at once. Wait for the answers.")
            .with_retry_after(std::chrono::seconds(1));
      } else if (!stopping_ && flights_.size() < bounds_.under_way) {
        flight = flights_.emplace(key, std::make_shared<Flight<T>>()).first->second;
        if (!asker.empty()) ++askers_[asker];
        first = true;
      }
    }
    if (!flight) co_return Error(Errc::unavailable, "So much cannot be asked at once. Try again in a moment.");
    if (first) {
      asio::post(home_, [this, asker = std::move(asker), key = std::move(key), question = std::move(question),
                         flight]() mutable {
        tasks_.spawn("a lookup", fly(std::move(asker), std::move(key), std::move(question), std::move(flight)));
      });
    }
    co_return co_await flight->wait();
  }
  /// On `home`: begins nothing more, and waits for what is under way, so long.
  asio::awaitable<void> stop(std::chrono::milliseconds patience) {
    {
      const base::Lock lock(mutex_);
      stopping_ = true;
    }
    co_await tasks_.join(patience);
  }

 private:
  struct Kept {
    Result<T> answer;
    std::chrono::steady_clock::time_point until;
    std::size_t bytes = 0;
  };

  std::optional<Result<T>> find_kept(const std::string& key) const REQUIRES(mutex_) {
    const auto found = kept_.find(key);
    if (found == kept_.end() || found->second.until <= clock_.steady()) return std::nullopt;
    return found->second.answer;
  }

  std::size_t of_asker(const std::string& asker) const REQUIRES(mutex_) {
    const auto found = askers_.find(asker);
    return found == askers_.end() ? 0 : found->second;
  }

  asio::awaitable<void> fly(std::string asker, std::string key, Question question, std::shared_ptr<Flight<T>> flight) {
    Outcome outcome{.answer = Error(Errc::internal, "The question could not be asked.")};
    try {
      outcome = co_await question();
    } catch (const std::exception& error) {
      outcome.answer = Error(Errc::internal, "The question could not be asked.", error.what());
    }
    {
      const base::Lock lock(mutex_);
      flights_.erase(key);
      if (const auto own = askers_.find(asker); own != askers_.end() && --own->second == 0) askers_.erase(own);
      if (outcome.life.count() > 0 && outcome.bytes <= bounds_.kept_bytes / 100) keep(std::move(key), outcome);
    }
    flight->land(std::move(outcome.answer));
  }

  void keep(std::string key, const Outcome& outcome) REQUIRES(mutex_) {
    Kept made{.answer = outcome.answer, .until = clock_.steady() + outcome.life, .bytes = outcome.bytes};
    bytes_ += outcome.bytes;
    const auto [entry, is_new] = kept_.try_emplace(key, made);
    if (is_new) {
      by_age_.push_back(std::move(key));
    } else {
      bytes_ -= entry->second.bytes;
      entry->second = std::move(made);
    }
    while (by_age_.size() > bounds_.kept || (bytes_ > bounds_.kept_bytes && by_age_.size() > 1)) {
      const auto oldest = kept_.find(by_age_.front());
      bytes_ -= oldest->second.bytes;
      kept_.erase(oldest);
      by_age_.pop_front();
    }
  }

  asio::any_io_executor home_;
  const base::Clock& clock_;
  LookupBounds bounds_;
  base::TaskGroup tasks_;
  mutable base::Mutex mutex_;
  std::map<std::string, std::shared_ptr<Flight<T>>> flights_ GUARDED_BY(mutex_);
  std::map<std::string, std::size_t> askers_ GUARDED_BY(mutex_);  ///< of flights_: how many are whose
  std::map<std::string, Kept> kept_ GUARDED_BY(mutex_);
  std::deque<std::string> by_age_ GUARDED_BY(mutex_);  ///< keys of kept_, the oldest first
  std::size_t bytes_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace troupe::homeserver
