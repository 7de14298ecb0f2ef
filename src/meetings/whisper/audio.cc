#include "meetings/whisper/audio.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace troupe::meetings::whisper {
namespace {

static_assert(std::endian::native == std::endian::little, "samples are copied as they are on the wire");

std::size_t width_of(SampleForm form) {
  switch (form) {
    case SampleForm::float32:
      return sizeof(float);
    case SampleForm::int16:
      return sizeof(std::int16_t);
    case SampleForm::uint8:
      break;
  }
  return 1;
}

float sound(float value) { return std::isfinite(value) ? std::clamp(value, -1.0F, 1.0F) : 0.0F; }

template <class T>
void append_little(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace

Result<std::vector<float>> read_samples(std::string_view frame, SampleForm form) {
  const auto width = width_of(form);
  if (frame.size() % width != 0) {
    return Error(Errc::invalid_param, "A frame of audio holds no whole number of samples.");
  }
  std::vector<float> out(frame.size() / width);
  switch (form) {
    case SampleForm::float32:
      std::memcpy(out.data(), frame.data(), frame.size());
      std::ranges::transform(out, out.begin(), sound);
      break;
    case SampleForm::int16:
      for (std::size_t i = 0; i < out.size(); ++i) {
        std::int16_t one = 0;
        std::memcpy(&one, frame.data() + i * sizeof one, sizeof one);
        out[i] = static_cast<float>(one) / 32'768.0F;
      }
      break;
    case SampleForm::uint8:
      for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = (static_cast<float>(static_cast<unsigned char>(frame[i])) - 128.0F) / 128.0F;
      }
      break;
  }
  return out;
}

std::string float_bytes(std::span<const float> samples) {
  std::string out(samples.size_bytes(), '\0');
  std::memcpy(out.data(), samples.data(), out.size());
  return out;
}

double loudness(std::span<const float> samples) {
  if (samples.empty()) return 0;
  double sum = 0;
  for (const auto one : samples) sum += static_cast<double>(one) * static_cast<double>(one);
  return std::sqrt(sum / static_cast<double>(samples.size()));
}

std::string wav_of(std::span<const float> samples) {
  constexpr std::uint16_t kPcm = 1;
  constexpr std::uint16_t kChannels = 1;
  constexpr std::uint16_t kBits = 16;
  constexpr std::uint16_t kBlock = kChannels * kBits / 8;
  const auto bytes = static_cast<std::uint32_t>(samples.size() * kBlock);
  std::string out = "RIFF";
  append_little(out, std::uint32_t{36} + bytes);
  out += "WAVEfmt ";
  append_little(out, std::uint32_t{16});
  append_little(out, kPcm);
  append_little(out, kChannels);
  append_little(out, static_cast<std::uint32_t>(kRate));
  append_little(out, static_cast<std::uint32_t>(kRate * kBlock));
  append_little(out, kBlock);
  append_little(out, kBits);
  out += "data";
  append_little(out, bytes);
  for (const auto one : samples) append_little(out, static_cast<std::int16_t>(std::lround(sound(one) * 32'767.0F)));
  return out;
}

}  // namespace troupe::meetings::whisper
