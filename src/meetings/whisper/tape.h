// The sound of one session that is still needed, and when in the session it was heard.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <vector>

#include "meetings/whisper/audio.h"

namespace troupe::meetings::whisper {

/// Times are samples from the session's begin. They follow what is heard, and where less of it came than time went by
/// (a bot that paused, a line that was cut), they move on with the time. Kept until released, and at most kMostKept;
/// what is dropped leaves a gap in the times, and moves nothing. Of one executor.
class Tape {
 public:
  static constexpr std::int64_t kMostKept = 45 * kRate;
  /// Of what was handed out and may be asked for again.
  static constexpr std::int64_t kMostBehind = 30 * kRate;

  struct Piece {
    std::int64_t at = 0;
    std::vector<float> samples{};
    std::int64_t end() const { return at + static_cast<std::int64_t>(samples.size()); }
  };

  /// `changed`: called after push() and end().
  explicit Tape(std::function<void()> changed) : changed_(std::move(changed)) {}

  /// `since_begin_ms`: how long the session lasts now.
  void push(std::span<const float> samples, std::int64_t since_begin_ms);
  /// Nothing more will come.
  void end();
  bool ended() const { return ended_; }

  /// The next that was not handed out, at most so many samples without a gap; empty: there is none now.
  Piece take(std::int64_t most);
  bool has_more() const { return next_ < kept_.size(); }
  std::int64_t waiting() const { return held_ - behind_; }  ///< samples that were not handed out
  /// It will not be needed again up to here.
  void release(std::int64_t until);
  /// All that is kept is to be handed out again.
  void rewind();

  std::int64_t head() const { return head_; }        ///< where the next sample will be
  std::int64_t dropped() const { return dropped_; }  ///< samples that nobody was handed

 private:
  void follow_time(std::int64_t count, std::int64_t now);
  void shrink();
  /// Takes off so many samples of the first piece.
  void cut_front(std::int64_t count);

  std::function<void()> changed_;
  std::deque<Piece> kept_;
  std::size_t next_ = 0;          ///< the piece that holds what is handed out next,
  std::int64_t next_offset_ = 0;  ///< and where in it
  std::int64_t held_ = 0;         ///< samples in `kept_`
  std::int64_t behind_ = 0;       ///< of them, those that were handed out
  std::int64_t head_ = 0;
  std::int64_t dropped_ = 0;
  std::int64_t window_ = 0;     ///< samples heard since the times were last compared,
  std::int64_t least_lag_ = 0;  ///< and how far behind the time they were at least
  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace troupe::meetings::whisper
