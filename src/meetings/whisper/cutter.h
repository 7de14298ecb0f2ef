// Cuts sound where nobody speaks, for servers that take whole pieces.
#pragma once
#include <optional>

#include "meetings/whisper/tape.h"

namespace troupe::meetings::whisper {

/// By loudness: a piece begins with what is louder than the noise, and ends at the first pause that is long enough, or
/// when it is as long as may be. Not thread-safe.
class Cutter {
 public:
  static constexpr std::int64_t kLongest = 28 * kRate;
  static constexpr std::int64_t kPause = kRate * 7 / 10;

  /// The next sound; a gap before it ends the piece, too. Yields the piece that is over, if there is one.
  std::optional<Tape::Piece> push(const Tape::Piece& sound);
  /// What is left at the end.
  std::optional<Tape::Piece> finish();
  /// From here on the sound is needed still; what was before holds no speech, or was given out.
  std::int64_t needed_from() const { return piece_.at; }

 private:
  std::optional<Tape::Piece> give();

  Tape::Piece piece_;
  std::vector<float> window_;
  std::int64_t quiet_ = 0;   ///< samples of silence at the end of the piece
  std::int64_t spoken_ = 0;  ///< samples of speech in it
  double noise_ = 0.002;
};

}  // namespace troupe::meetings::whisper
