// When a message that is being written is edited next: soon at first, then slower, so that a long answer makes a room a
// dozen edits, not hundreds. Pure.
#pragma once
#include <chrono>
#include <cstddef>
#include <optional>

namespace troupe::fleet::turns {

class EditPacer {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds kFirst{500};  ///< after the first text
  static constexpr std::chrono::milliseconds kSlowest{5'000};
  static constexpr std::chrono::milliseconds kRamp{15'000};  ///< until the slowest pace
  static constexpr std::chrono::milliseconds kFloor{350};    ///< never faster
  static constexpr std::chrono::milliseconds kIdle{2'000};   ///< without new text: show what there is
  static constexpr std::size_t kFewestBytes = 48;            ///< that call for an edit at first
  static constexpr std::size_t kMostBytes = 240;             ///< in the end

  explicit EditPacer(std::chrono::milliseconds first = kFirst) : first_(first) {}
  /// The whole text has this many bytes now.
  void grew(Time now, std::size_t bytes);
  /// The room has been shown (or could not be shown) this many bytes.
  void shown(Time now, std::size_t bytes);
  /// When to show the text; nothing when the room has seen all of it.
  std::optional<Time> due() const;

 private:
  std::chrono::milliseconds first_;
  std::optional<Time> began_;  ///< the first text
  Time changed_{};
  Time shown_at_{};
  bool shown_once_ = false;
  std::size_t bytes_ = 0;
  std::size_t shown_bytes_ = 0;
};

}  // namespace troupe::fleet::turns
