#include "net/http/log_path.h"

#include <algorithm>

namespace troupe::net::http {
namespace {

constexpr std::size_t kTokenBytes = 43;  ///< base64url of 256 bits

bool is_token(std::string_view segment) {
  return segment.size() == kTokenBytes && std::ranges::all_of(segment, [](unsigned char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

}  // namespace

std::string path_for_log(std::string_view path) {
  std::string shown;
  shown.reserve(path.size());
  while (true) {
    auto slash = path.find('/');
    auto segment = path.substr(0, slash);
    // A token may be a file's name.
    const auto name = segment.substr(0, segment.find('.'));
    shown += is_token(name) ? "…" : name;
    shown += segment.substr(name.size());
    if (slash == path.npos) return shown;
    shown += '/';
    path.remove_prefix(slash + 1);
  }
}

}  // namespace troupe::net::http
