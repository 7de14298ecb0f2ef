#include "meetings/whisper/seam.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace troupe::meetings::whisper {
namespace {

/// Heard once more, the same words begin a little earlier or later.
constexpr std::int64_t kSameBeginMs = 1'000;

}  // namespace

Speech Seam::piece_of(const Heard& heard) const {
  Speech piece{.start_ms = std::max(heard.start_ms, until_),
               .end_ms = heard.end_ms,
               .text = heard.text,
               .language = heard.language,
               .completed = heard.completed,
               .speaker = {},
               .speaker_key = {},
               .segment_id = fmt::format("{}:{}", name_, number_)};
  // Whoever merges by the begin must not see two.
  if (open_ && std::abs(open_->start_ms - piece.start_ms) < kSameBeginMs && open_->start_ms < piece.end_ms) {
    piece.start_ms = open_->start_ms;
  }
  return piece;
}

std::optional<Speech> Seam::complete(const Heard& heard) {
  if (last_start_ && heard.start_ms <= *last_start_) return std::nullopt;  // said before
  last_start_ = heard.start_ms;
  if (heard.end_ms <= until_) return std::nullopt;  // heard once more
  auto piece = piece_of(heard);
  until_ = piece.end_ms;
  open_.reset();
  ++number_;
  return piece;
}

std::optional<Speech> Seam::open(const Heard& heard) {
  if (heard.end_ms <= until_ || heard.text.empty()) return std::nullopt;
  auto piece = piece_of(heard);
  if (open_ && open_->text == piece.text && open_->language == piece.language && open_->end_ms == piece.end_ms) {
    return std::nullopt;
  }
  open_ = piece;
  return piece;
}

std::vector<Speech> Seam::take(const std::vector<Heard>& heard) {
  std::vector<Speech> out;
  for (const auto& one : heard) {
    if (last_start_ && one.completed && one.start_ms <= *last_start_) continue;
    // What was open and is spoken of no more, but something after it is: it stays as it was heard last.
    if (open_ && one.start_ms >= open_->end_ms && one.end_ms > until_) {
      if (auto kept = finish()) out.push_back(*std::move(kept));
    }
    auto piece = one.completed ? complete(one) : open(one);
    if (piece) out.push_back(*std::move(piece));
  }
  return out;
}

std::optional<Speech> Seam::finish() {
  if (!open_) return std::nullopt;
  auto piece = *std::exchange(open_, std::nullopt);
  piece.completed = true;
  until_ = std::max(until_, piece.end_ms);
  ++number_;
  return piece;
}

}  // namespace troupe::meetings::whisper
