// Which bytes of a whole a request asks for. RFC 9110, section 14.
#pragma once
#include <cstdint>

#include "net/http/http.h"

namespace troupe::net::http {

/// What a Range field comes to for a whole of known length.
struct AskedRange {
  enum class Kind : std::uint8_t {
    whole,   ///< nothing is asked, or nothing that is served in parts: several ranges, other units, nonsense
    part,    ///< the bytes `first` to `last`, both within the whole
    beyond,  ///< nothing of what is asked is there: 416
  };
  Kind kind = Kind::whole;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

/// For `Range: bytes=a-b`, `bytes=a-` and `bytes=-n`; an end beyond the whole is cut.
AskedRange parse_range(std::string_view field, std::uint64_t whole_bytes);

/// What the request asks of an entity with this (strong) tag: only GET asks for parts, and with If-Range only while the
/// tag is the one that it names.
AskedRange asked_range(const Request& request, std::string_view entity_tag, std::uint64_t whole_bytes);

}  // namespace troupe::net::http
