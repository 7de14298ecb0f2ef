#include "runtime/engine/frames.h"

namespace troupe::runtime::engine {
namespace {

constexpr std::size_t kHead = 8;

std::size_t length_in(std::string_view head) {
  std::size_t length = 0;
  for (const char byte : head.substr(4, 4)) length = length << 8 | static_cast<unsigned char>(byte);
  return length;
}

}  // namespace

Result<Unit> FrameReader::feed(std::string_view bytes, const std::function<void(Stream, std::string_view)>& take) {
  rest_ += bytes;
  std::string_view left(rest_);
  while (left.size() >= kHead) {
    const auto length = length_in(left);
    const auto stream = static_cast<unsigned char>(left.front());
    if (stream > 2 || left[1] != 0 || left[2] != 0 || left[3] != 0 || length > kMostPayload) {
      rest_.clear();
      return Error(Errc::unavailable, "The engine's log is not in frames.");
    }
    if (left.size() < kHead + length) break;
    take(stream == 2 ? Stream::err : Stream::out, left.substr(kHead, length));
    left.remove_prefix(kHead + length);
  }
  rest_.erase(0, rest_.size() - left.size());
  return Unit{};
}

}  // namespace troupe::runtime::engine
