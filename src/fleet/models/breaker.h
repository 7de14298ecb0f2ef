// Circuit breakers of endpoints: one that fails again and again is left alone for a while, then tried by one question.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"
#include "fleet/models/endpoint.h"

namespace troupe::fleet::models {

class BreakerPass;

/// Of all endpoints in this process. Callable from any thread. An endpoint is closed (asked) until
/// kFailures in a row, then open (left alone) for kFirstPause, which doubles up to kLongestPause, then half-open: one
/// question is let through, and its outcome decides. At most kMost are remembered; the one that was used longest ago
/// goes.
class Breakers {
 public:
  static constexpr int kFailures = 3;
  static constexpr std::chrono::milliseconds kFirstPause{15'000};
  static constexpr std::chrono::milliseconds kLongestPause{300'000};
  /// However long a server asks to be left alone.
  static constexpr std::chrono::milliseconds kLongestAsked{3'600'000};
  /// A question that was let through and never came back is no reason to let none through any more.
  static constexpr std::chrono::milliseconds kLostProbe{900'000};
  static constexpr std::size_t kMost = 1'000;

  explicit Breakers(const base::Clock& clock) : clock_(clock) {}
  Breakers(const Breakers&) = delete;
  Breakers& operator=(const Breakers&) = delete;

  /// What an endpoint's breaker is known by: tenants do not share one, nor do keys.
  static std::string key_of(std::int64_t tenant_id, const Endpoint& endpoint);

  enum class State { closed, open, half_open };
  State state(const std::string& key) const;

  /// A pass for a question when the endpoint is closed, or when its time to be tried has come and nobody else tries it.
  std::optional<BreakerPass> enter(const std::string& key);
  /// A pass all the same: nothing else is left to ask.
  BreakerPass insist(const std::string& key);

 private:
  friend class BreakerPass;
  using Time = std::chrono::steady_clock::time_point;
  struct Entry {
    int failures = 0;           ///< in a row
    int opened = 0;             ///< times in a row that it opened
    std::optional<Time> until;  ///< open until; nothing: closed
    std::optional<Time> probed;
    std::uint64_t used = 0;
  };
  Entry& entry(const std::string& key) REQUIRES(mutex_);
  void end(const std::string& key, bool probe, std::optional<bool> good,
           std::optional<std::chrono::milliseconds> asked);

  const base::Clock& clock_;
  mutable base::Mutex mutex_;
  std::map<std::string, Entry> entries_ GUARDED_BY(mutex_);
  std::uint64_t uses_ GUARDED_BY(mutex_) = 0;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

/// A question on its way to an endpoint. One that is dropped without a word says nothing of the endpoint.
class BreakerPass {
 public:
  BreakerPass(BreakerPass&& other) noexcept
      : breakers_(std::exchange(other.breakers_, nullptr)),
        alive_(std::move(other.alive_)),
        key_(std::move(other.key_)),
        probe_(other.probe_) {}
  BreakerPass& operator=(BreakerPass&&) = delete;
  ~BreakerPass() { end(std::nullopt, std::nullopt); }

  void succeeded() { end(true, std::nullopt); }
  /// `asked`: the server wants to be left alone for so long: it opens at once.
  void failed(std::optional<std::chrono::milliseconds> asked = std::nullopt) { end(false, asked); }

 private:
  friend class Breakers;
  BreakerPass(Breakers& breakers, std::string key, bool probe)
      : breakers_(&breakers), alive_(breakers.alive_), key_(std::move(key)), probe_(probe) {}
  void end(std::optional<bool> good, std::optional<std::chrono::milliseconds> asked) {
    auto* breakers = std::exchange(breakers_, nullptr);
    if (breakers != nullptr && alive_.lock()) breakers->end(key_, probe_, good, asked);
  }

  Breakers* breakers_;
  std::weak_ptr<const bool> alive_;  ///< what is left of a program that ends may go after everything else
  std::string key_;
  bool probe_;
};

}  // namespace troupe::fleet::models
