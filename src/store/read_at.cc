#include "store/read_at.h"

#include <unistd.h>

#include <cerrno>

namespace troupe::store {

std::expected<std::string, int> read_at(int descriptor, std::uint64_t offset, std::size_t bytes) {
  std::string out(bytes, '\0');
  std::size_t got = 0;
  while (got < out.size()) {
    const auto n = ::pread(descriptor, out.data() + got, out.size() - got, static_cast<off_t>(offset + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(errno);
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  out.resize(got);
  return out;
}

}  // namespace troupe::store
