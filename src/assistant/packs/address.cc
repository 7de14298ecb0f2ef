#include "assistant/packs/address.h"

#include <algorithm>

namespace troupe::assistant::packs {

std::optional<std::string> host_of(std::string_view url) {
  const auto scheme = url.starts_with("https://") ? 8U : url.starts_with("http://") ? 7U : 0U;
  if (scheme == 0 || url.find_first_of("?#@\\ \t\r\n\"<>") != std::string_view::npos) return std::nullopt;
  const auto host = url.substr(scheme, url.find('/', scheme) - scheme);
  const bool fits = !host.empty() && host.size() <= 260 && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".-:[]_").contains(c);
  });
  if (!fits || host.starts_with(':') || host.ends_with(':')) return std::nullopt;
  return std::string(host);
}

}  // namespace troupe::assistant::packs
