// When a message that is being written is edited next, for those who do not follow its stream: soon at first, then at
// growing intervals, and a handful of times in all. Every edit stays in the room's history. Pure.
#pragma once
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

namespace troupe::fleet::turns {

class EditPacer {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// From one to the next; after the last of them the end alone.
  static constexpr std::array<std::chrono::milliseconds, 4> kPauses{
      std::chrono::milliseconds(500), std::chrono::milliseconds(2'000), std::chrono::milliseconds(5'000),
      std::chrono::milliseconds(12'000)};
  /// An answer that is whole by then needs no second event.
  static constexpr std::chrono::milliseconds kHurried{10};
  /// An edit that nobody needed is thought of again after this.
  static constexpr std::chrono::milliseconds kAskAgain{1'000};

  /// `first`: from the first text until the room has the message.
  explicit EditPacer(std::chrono::milliseconds first) : first_(first) {}
  /// The whole text has this many bytes now.
  void grew(Time now, std::size_t bytes);
  /// Somebody waits who will be told of the rest in another way: the message is wanted at once.
  void hurry() { first_ = std::min(first_, kHurried); }
  /// There will be something to show by then, if there is no text before.
  void expect(Time then);
  /// The room has been shown (or could not be shown) this many bytes.
  void shown(Time now, std::size_t bytes);
  /// What was due is not needed now.
  void put_off(Time now) { not_before_ = now + kAskAgain; }
  /// When to show the text; nothing when the room has seen all of it, or will see no more edits.
  std::optional<Time> due() const;

 private:
  std::chrono::milliseconds first_;
  std::optional<Time> began_;  ///< the first text
  Time shown_at_{};
  Time not_before_{};
  std::size_t times_shown_ = 0;
  std::size_t bytes_ = 0;
  std::size_t shown_bytes_ = 0;
};

}  // namespace troupe::fleet::turns
