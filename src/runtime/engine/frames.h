// What a container prints, as the engine's API sends it: frames of 8 bytes (stream, three zeros, length big-endian) and
// their payload.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace troupe::runtime::engine {

enum class Stream { out, err };

class FrameReader {
 public:
  static constexpr std::size_t kMostPayload = 1024 * 1024;  ///< engines cut at 16 KiB and a little

  /// Hands each whole frame's payload to `take`. Error: unavailable (no frames, or one beyond kMostPayload).
  Result<Unit> feed(std::string_view bytes, const std::function<void(Stream, std::string_view)>& take);

 private:
  std::string rest_;
};

}  // namespace troupe::runtime::engine
