// URLs and redirects: what is accepted can be written into a request's head, and means the same when read again.

// modules: net
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "net/http/url.h"

namespace {
bool is_clean(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

void check(const troupe::net::http::Url& url) {
  if (!is_clean(url.host) || !is_clean(url.target) || !url.target.starts_with('/') || url.port == 0) std::abort();
  const auto again = troupe::net::http::Url::parse(url.origin() + url.target);
  // Escaping makes a URL longer, so only the limit on length may refuse it.
  if (!again) {
    if (url.target.size() < 8000 && url.host.size() < 100) std::abort();
    return;
  }
  if (!again->same_origin(url) || again->target != url.target) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto url = troupe::net::http::Url::parse(text)) check(*url);
  static const auto base = troupe::net::http::Url::parse("https://example.org:8443/a/b?c=d").value();
  if (const auto url = base.resolve(text)) check(*url);
  return 0;
}
