#include "meetings/whisper/cutter.h"

#include <algorithm>
#include <utility>

namespace troupe::meetings::whisper {
namespace {

constexpr std::int64_t kLoudnessWindow = kRate / 50;  ///< 20 ms
constexpr std::int64_t kLead = kRate * 3 / 10;        ///< kept of the silence before speech
constexpr std::int64_t kLeastSpoken = kRate / 10;     ///< less is a click
constexpr double kQuietest = 0.004;
constexpr double kAboveNoise = 3;
constexpr double kNoiseFalls = 0.1;
constexpr double kNoiseRises = 0.0002;  ///< so slowly that a long sentence stays one

}  // namespace

std::optional<Tape::Piece> Cutter::give() {
  auto piece = std::exchange(piece_, {});
  piece_.at = piece.end();
  const bool has_speech = spoken_ >= kLeastSpoken;
  quiet_ = spoken_ = 0;
  if (!has_speech) return std::nullopt;
  return piece;
}

std::optional<Tape::Piece> Cutter::push(const Tape::Piece& sound) {
  std::optional<Tape::Piece> out;
  if (sound.samples.empty()) return out;
  if (piece_.samples.empty()) {
    piece_.at = sound.at;
  } else if (piece_.end() != sound.at) {
    out = give();
    piece_.at = sound.at;
  }
  for (std::size_t from = 0; from < sound.samples.size(); from += kLoudnessWindow) {
    const auto window =
        std::span(sound.samples).subspan(from, std::min<std::size_t>(kLoudnessWindow, sound.samples.size() - from));
    const auto loud = loudness(window);
    noise_ += (loud - noise_) * (loud < noise_ ? kNoiseFalls : kNoiseRises);
    const auto count = static_cast<std::int64_t>(window.size());
    piece_.samples.insert(piece_.samples.end(), window.begin(), window.end());
    if (loud > std::max(kQuietest, noise_ * kAboveNoise)) {
      spoken_ += count;
      quiet_ = 0;
    } else {
      quiet_ += count;
    }
    const auto length = static_cast<std::int64_t>(piece_.samples.size());
    if (spoken_ == 0 && length > kLead) {
      piece_.samples.erase(piece_.samples.begin(), piece_.samples.end() - kLead);
      piece_.at += length - kLead;
    } else if (!out && spoken_ > 0 && (quiet_ >= kPause || length >= kLongest)) {
      out = give();
    }
  }
  return out;
}

std::optional<Tape::Piece> Cutter::finish() { return give(); }

}  // namespace troupe::meetings::whisper
