// gzip (RFC 1952) for bodies: compress whole, expand bounded.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace troupe::net::http {

/// The bytes as one gzip member. `level` 1 (fast) to 9 (small); 1 is right for answers made on the spot.
std::string gzip_compress(std::string_view bytes, int level = 1);

/// The same piece by piece, for who has other things to do in between. Not thread-safe.
class GzipEncoder {
 public:
  /// `size`: of all pieces together.
  explicit GzipEncoder(std::size_t size, int level = 1);
  ~GzipEncoder();
  GzipEncoder(const GzipEncoder&) = delete;
  GzipEncoder& operator=(const GzipEncoder&) = delete;

  void add(std::string_view piece);
  /// The whole member; nothing can be added any more.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Expands a whole gzip stream (several members in a row count as one).
/// Errors: too_large (more than `max_bytes` would come out; no more than that is ever held), invalid_param (not gzip,
/// cut off, wrong check sum).
Result<std::string> gzip_decompress(std::string_view bytes, std::size_t max_bytes);

/// Expands a gzip stream as it arrives. Not thread-safe.
class GzipDecoder {
 public:
  /// `max_bytes`: the most that may come out in all.
  explicit GzipDecoder(std::size_t max_bytes);
  ~GzipDecoder();
  GzipDecoder(GzipDecoder&&) noexcept;
  GzipDecoder& operator=(GzipDecoder&&) noexcept;

  /// What can be told from the bytes so far, new since the last call. Errors as gzip_decompress; then throw it away.
  Result<std::string> feed(std::string_view bytes);
  /// Whether the stream may end here: nothing fed, or after a whole member.
  bool at_end() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace troupe::net::http
