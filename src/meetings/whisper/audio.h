// Sound as transcribers take it: one channel, 16000 samples a second, each a float from -1 to 1.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace troupe::meetings::whisper {

inline constexpr std::int64_t kRate = 16'000;  ///< samples a second

constexpr std::int64_t samples_of(std::int64_t ms) { return ms * kRate / 1'000; }
constexpr std::int64_t ms_of(std::int64_t samples) { return samples * 1'000 / kRate; }

/// How a client writes samples; little endian.
enum class SampleForm { float32, int16, uint8 };

/// What a frame holds: NaN and infinities are silence, what is louder than possible is as loud as possible.
/// Error: invalid_param (its length is no whole number of samples).
Result<std::vector<float>> read_samples(std::string_view frame, SampleForm form);
std::string float_bytes(std::span<const float> samples);

/// How loud they are, 0 to 1 (root mean square).
double loudness(std::span<const float> samples);

/// A whole WAV file of 16-bit samples.
std::string wav_of(std::span<const float> samples);

}  // namespace troupe::meetings::whisper
