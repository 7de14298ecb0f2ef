#include "net/server/request_facts.h"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <cstring>

#include "base/crypto.h"

namespace troupe::net::server {
namespace {

constexpr std::array<std::string_view, 16> kIdleFields{"Content-Type",
                                                       "Content-Length",
                                                       "Connection",
                                                       "Cache-Control",
                                                       "Pragma",
                                                       "Referer",
                                                       "Accept-Language",
                                                       "Sec-Fetch-Mode",
                                                       "Sec-Fetch-Dest",
                                                       "Sec-CH-UA",
                                                       "Sec-CH-UA-Mobile",
                                                       "Priority",
                                                       "DNT",
                                                       "Sec-GPC",
                                                       "TE",
                                                       "Sec-CH-UA-Platform"};

bool is_idle(std::string_view name) {
  return std::ranges::any_of(kIdleFields, [&](auto idle) { return http::equals_ignoring_case(idle, name); });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

std::string make_request_id() {
  thread_local std::uint64_t state = [] {
    std::uint64_t seed = 0;
    const auto random = base::random_bytes(sizeof seed);
    std::memcpy(&seed, random.data(), sizeof seed);
    return seed;
  }();
  std::uint64_t x = state += 0x9e3779b97f4a7c15ULL;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
  x ^= x >> 31;
  std::string id(13, '0');
  for (char& c : id) {
    c = "0123456789abcdefghjkmnpqrstvwxyz"[x & 31];
    x >>= 5;
  }
  return id;
}

bool is_trusted(const std::vector<http::AddressBlock>& proxies, std::string_view address) {
  boost::system::error_code failed;
  const auto parsed = asio::ip::make_address(std::string(address), failed);
  if (failed) return false;
  return std::ranges::any_of(proxies, [&](const http::AddressBlock& block) { return block.contains(parsed); });
}

void fill_request_facts(http::Request& request, const tls::Stream& stream,
                        const std::vector<http::AddressBlock>& trusted_proxies) {
  request.request_id = make_request_id();
  request.tls = stream.tls();
  request.remote_address = stream.remote_address();
  request.local = request.remote_address == "unix";
  if (trusted_proxies.empty()) return;
  auto forwarded = request.headers.get("X-Forwarded-For");
  while (!forwarded.empty() && is_trusted(trusted_proxies, request.remote_address)) {
    const auto comma = forwarded.rfind(',');
    boost::system::error_code failed;
    const auto address = asio::ip::make_address(std::string(trimmed(forwarded.substr(comma + 1))), failed);
    if (failed) break;
    request.remote_address = address.to_string();
    forwarded = comma == forwarded.npos ? std::string_view() : forwarded.substr(0, comma);
  }
  if (!request.tls && is_trusted(trusted_proxies, stream.remote_address())) {
    request.tls = request.headers.get("X-Forwarded-Proto") == "https";
  }
}

void forget_idle_fields(http::Headers& headers) {
  http::Headers kept;
  for (const auto& [name, value] : headers.all()) {
    if (!is_idle(name)) kept.add(name, value);
  }
  headers = std::move(kept);
}

}  // namespace troupe::net::server
