// What is heard of rooms on a channel of the fleet and holds only while it is said again.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/mutex.h"

namespace troupe::console::rooms {

/// Any thread. What is not said again for 45 s is over (its process died). Knows at most 10,000 rooms: of more nothing
/// is kept. `T` has a member `said`, which gets another number with each saying.
template <class T>
class HeardRooms {
 public:
  explicit HeardRooms(const base::Clock& clock) : clock_(clock) {}

  void put(std::string_view room_id, T value) {
    const auto now = clock_.steady();
    const base::Lock lock(mutex_);
    auto known = rooms_.find(room_id);
    if (known == rooms_.end()) {
      if (rooms_.size() >= kMostRooms)
        std::erase_if(rooms_, [&](const auto& room) { return now - room.second.at > kHolds; });
      if (rooms_.size() >= kMostRooms) return;
      known = rooms_.emplace(room_id, Heard{}).first;
    }
    value.said = ++last_;
    known->second = {.value = std::move(value), .at = now};
  }

  /// Forgets what `ends` says yes to.
  template <class Ends>
  void end(std::string_view room_id, const Ends& ends) {
    const base::Lock lock(mutex_);
    const auto known = rooms_.find(room_id);
    if (known != rooms_.end() && ends(known->second.value)) rooms_.erase(known);
  }

  std::optional<T> in(std::string_view room_id) const {
    const auto now = clock_.steady();
    const base::Lock lock(mutex_);
    const auto known = rooms_.find(room_id);
    if (known == rooms_.end() || now - known->second.at > kHolds) return std::nullopt;
    return known->second.value;
  }

 private:
  static constexpr std::chrono::seconds kHolds{45};
  static constexpr std::size_t kMostRooms = 10'000;
  struct Heard {
    T value;
    std::chrono::steady_clock::time_point at;
  };

  const base::Clock& clock_;
  mutable base::Mutex mutex_;
  std::map<std::string, Heard, std::less<>> rooms_ GUARDED_BY(mutex_);
  std::uint64_t last_ GUARDED_BY(mutex_) = 0;
};

}  // namespace troupe::console::rooms
