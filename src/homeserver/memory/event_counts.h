// How many events of which type were stored, for the metrics.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace troupe::homeserver::memory {

/// Callable from any thread. Types that clients make up are counted together, so that nobody makes the metrics grow.
class EventCounts {
 public:
  static constexpr std::string_view kOther = "other";
  static constexpr std::array<std::string_view, 23> kTypes{"m.room.message",
                                                           "m.room.encrypted",
                                                           "m.room.member",
                                                           "m.reaction",
                                                           "m.room.redaction",
                                                           "m.sticker",
                                                           "m.room.create",
                                                           "m.room.power_levels",
                                                           "m.room.join_rules",
                                                           "m.room.history_visibility",
                                                           "m.room.guest_access",
                                                           "m.room.canonical_alias",
                                                           "m.room.name",
                                                           "m.room.topic",
                                                           "m.room.avatar",
                                                           "m.room.encryption",
                                                           "m.room.tombstone",
                                                           "m.room.pinned_events",
                                                           "m.room.server_acl",
                                                           "m.space.child",
                                                           "m.space.parent",
                                                           "org.matrix.msc3401.call.member",
                                                           kOther};

  void add(std::string_view type) {
    std::size_t at = 0;
    while (at + 1 < kTypes.size() && kTypes[at] != type) ++at;
    counts_[at].fetch_add(1, std::memory_order_relaxed);
  }
  /// Of kTypes[at].
  std::uint64_t of(std::size_t at) const { return counts_[at].load(std::memory_order_relaxed); }
  std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const auto& count : counts_) sum += count.load(std::memory_order_relaxed);
    return sum;
  }

 private:
  std::array<std::atomic<std::uint64_t>, kTypes.size()> counts_{};
};

}  // namespace troupe::homeserver::memory
