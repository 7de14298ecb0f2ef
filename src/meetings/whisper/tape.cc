#include "meetings/whisper/tape.h"

#include <algorithm>
#include <limits>

namespace troupe::meetings::whisper {
namespace {

/// A line that stalls and then catches up is behind only for a while: what counts is the least lag of so much sound.
constexpr std::int64_t kWindow = 5 * kRate;
constexpr std::int64_t kTolerated = kRate;
constexpr std::int64_t kNothingYet = std::numeric_limits<std::int64_t>::max();

}  // namespace

void Tape::follow_time(std::int64_t count, std::int64_t now) {
  if (!begun_) {
    begun_ = true;
    head_ = std::max<std::int64_t>(0, now - count);
    least_lag_ = kNothingYet;
    return;
  }
  least_lag_ = std::min(least_lag_, now - (head_ + count));
  window_ += count;
  if (window_ < kWindow) return;
  if (least_lag_ > kTolerated) head_ += least_lag_;
  window_ = 0;
  least_lag_ = kNothingYet;
}

void Tape::push(std::span<const float> samples, std::int64_t since_begin_ms) {
  if (ended_ || samples.empty()) return;
  follow_time(static_cast<std::int64_t>(samples.size()), samples_of(since_begin_ms));
  kept_.push_back({.at = head_, .samples = {samples.begin(), samples.end()}});
  head_ = kept_.back().end();
  held_ += static_cast<std::int64_t>(samples.size());
  shrink();
  changed_();
}

void Tape::end() {
  ended_ = true;
  changed_();
}

Tape::Piece Tape::take(std::int64_t most) {
  Piece out;
  while (most > 0 && has_more()) {
    const auto& piece = kept_[next_];
    if (!out.samples.empty() && piece.at + next_offset_ != out.end()) break;
    if (out.samples.empty()) out.at = piece.at + next_offset_;
    const auto count = std::min(most, static_cast<std::int64_t>(piece.samples.size()) - next_offset_);
    const auto from = piece.samples.begin() + next_offset_;
    out.samples.insert(out.samples.end(), from, from + count);
    most -= count;
    behind_ += count;
    next_offset_ += count;
    if (next_offset_ == static_cast<std::int64_t>(piece.samples.size())) {
      ++next_;
      next_offset_ = 0;
    }
  }
  shrink();
  return out;
}

void Tape::cut_front(std::int64_t count) {
  auto& piece = kept_.front();
  const auto all = static_cast<std::int64_t>(piece.samples.size());
  const auto out = next_ > 0 ? all : next_offset_;  // of this piece, how much was handed out
  behind_ -= std::min(count, out);
  dropped_ += std::max<std::int64_t>(0, count - out);
  held_ -= count;
  if (count < all) {
    piece.samples.erase(piece.samples.begin(), piece.samples.begin() + count);
    piece.at += count;
    if (next_ == 0) next_offset_ = std::max<std::int64_t>(0, next_offset_ - count);
    return;
  }
  kept_.pop_front();
  if (next_ > 0) {
    --next_;
  } else {
    next_offset_ = 0;
  }
}

void Tape::shrink() {
  while (held_ > kMostKept || behind_ > kMostBehind) {
    const auto most = std::max(held_ - kMostKept, behind_ - kMostBehind);
    cut_front(std::min(most, static_cast<std::int64_t>(kept_.front().samples.size())));
  }
}

void Tape::release(std::int64_t until) {
  // Only what was handed out: a server that speaks of the future takes nothing away.
  while (behind_ > 0 && kept_.front().at < until) {
    const auto& piece = kept_.front();
    const auto out = next_ > 0 ? static_cast<std::int64_t>(piece.samples.size()) : next_offset_;
    cut_front(std::min(until - piece.at, out));
  }
}

void Tape::rewind() {
  next_ = 0;
  next_offset_ = 0;
  behind_ = 0;
}

}  // namespace troupe::meetings::whisper
