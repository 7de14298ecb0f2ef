// The chunked transfer coding, RFC 9112 section 7.1, byte by byte: keeps nothing but where it is.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace troupe::net::http {

/// Extensions and trailers are checked for form, limited and dropped.
class ChunkDecoder {
 public:
  static constexpr std::size_t kMaxLine = 4 * 1024;       ///< of a chunk's size line
  static constexpr std::size_t kMaxTrailers = 16 * 1024;  ///< all of them

  /// Consumes from the front of `bytes` up to the end of the body and says how many; data goes to the end of `data`
  /// (null: dropped). Errors: invalid_param (form), too_large (more than `limit` data bytes in all).
  Result<std::size_t> feed(std::string_view bytes, std::string* data, std::uint64_t limit);
  bool done() const { return state_ == State::done; }
  /// Data bytes so far.
  std::uint64_t seen() const { return seen_; }

 private:
  enum class State {
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer,
    trailer_line,
    trailer_lf,
    last_lf,
    done
  };
  Result<Unit> step(char c, std::uint64_t limit);

  State state_ = State::size;
  int digits_ = 0;
  std::uint64_t size_ = 0;  ///< of the chunk, counting down in its data
  std::uint64_t seen_ = 0;
  std::size_t line_ = 0;
  std::size_t trailers_ = 0;
};

}  // namespace troupe::net::http
