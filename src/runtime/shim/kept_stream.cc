#include "runtime/shim/kept_stream.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace troupe::runtime::shim {
namespace {

constexpr std::size_t kPieceBytes = 32 * 1024;

}  // namespace

bool KeptStream::read(std::size_t most) {
  if (!pipe) return false;
  char piece[kPieceBytes];
  const auto count = ::read(pipe.get(), piece, sizeof piece);
  if (count < 0) return errno == EINTR;
  if (count == 0) {
    pipe.close();
    return false;
  }
  const auto room = most - bytes.size();
  const auto taken = std::min(room, static_cast<std::size_t>(count));
  bytes.append(piece, taken);
  truncated = truncated || taken < static_cast<std::size_t>(count);
  return true;
}

}  // namespace troupe::runtime::shim
