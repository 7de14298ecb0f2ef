#include "homeserver/previews/picture_facts.h"

#include <cstddef>

namespace troupe::homeserver::previews {
namespace {

constexpr std::uint32_t kMostPixels = 1'000'000;  ///< of an edge; more is no picture's size
constexpr std::size_t kMostJpegParts = 1'000;

/// Numbers out of the bytes; 0 behind their end.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  std::size_t size() const { return bytes_.size(); }
  std::uint32_t at(std::size_t index) const {
    return index < bytes_.size() ? static_cast<unsigned char>(bytes_[index]) : 0U;
  }
  std::uint32_t big16(std::size_t index) const { return at(index) << 8 | at(index + 1); }
  std::uint32_t big32(std::size_t index) const { return big16(index) << 16 | big16(index + 2); }
  std::uint32_t little16(std::size_t index) const { return at(index + 1) << 8 | at(index); }
  std::uint32_t little24(std::size_t index) const { return at(index + 2) << 16 | little16(index); }
  bool has(std::size_t index, std::string_view text) const {
    return index <= bytes_.size() && bytes_.substr(index).starts_with(text);
  }

 private:
  std::string_view bytes_;
};

PictureFacts facts(std::string_view type, std::uint32_t width, std::uint32_t height) {
  if (width == 0 || height == 0 || width > kMostPixels || height > kMostPixels) return {.content_type = type};
  return {.content_type = type, .width = width, .height = height};
}

/// The frame's header is behind the other segments.
PictureFacts jpeg(const Bytes& bytes) {
  constexpr std::string_view kType = "image/jpeg";
  std::size_t at = 2;
  for (std::size_t part = 0; part < kMostJpegParts && at + 9 < bytes.size(); ++part) {
    if (bytes.at(at) != 0xff) break;
    const auto marker = bytes.at(at + 1);
    if (marker == 0xff) {
      ++at;
      continue;
    }
    const bool frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (frame) return facts(kType, bytes.big16(at + 7), bytes.big16(at + 5));
    const bool alone = marker == 0x01 || (marker >= 0xd0 && marker <= 0xd9);
    const auto length = alone ? 0U : bytes.big16(at + 2);
    if (!alone && length < 2) break;
    at += 2 + length;
  }
  return {.content_type = kType};
}

PictureFacts webp(const Bytes& bytes) {
  constexpr std::string_view kType = "image/webp";
  constexpr std::uint32_t k14Bits = 0x3fff;
  if (bytes.has(12, "VP8X")) return facts(kType, bytes.little24(24) + 1, bytes.little24(27) + 1);
  if (bytes.has(12, "VP8L")) {
    const auto bits = bytes.little24(21) | bytes.at(24) << 24;
    return facts(kType, (bits & k14Bits) + 1, (bits >> 14 & k14Bits) + 1);
  }
  if (bytes.has(12, "VP8 ")) return facts(kType, bytes.little16(26) & k14Bits, bytes.little16(28) & k14Bits);
  return {.content_type = kType};
}

}  // namespace

std::optional<PictureFacts> read_picture_facts(std::string_view text) {
  const Bytes bytes(text);
  if (bytes.has(0, "\x89PNG\r\n\x1a\n") && bytes.has(12, "IHDR"))
    return facts("image/png", bytes.big32(16), bytes.big32(20));
  if (bytes.has(0, "\xff\xd8\xff")) return jpeg(bytes);
  if (bytes.has(0, "GIF87a") || bytes.has(0, "GIF89a")) return facts("image/gif", bytes.little16(6), bytes.little16(8));
  if (bytes.has(0, "RIFF") && bytes.has(8, "WEBP")) return webp(bytes);
  if (bytes.has(4, "ftypavif") || bytes.has(4, "ftypavis")) return PictureFacts{.content_type = "image/avif"};
  return std::nullopt;
}

}  // namespace troupe::homeserver::previews
