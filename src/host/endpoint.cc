#include "host/endpoint.h"

#include <fmt/format.h>

#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <limits>

namespace troupe::host {
namespace {

constexpr auto kMostPort = std::numeric_limits<std::uint16_t>::max();

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  const auto wrong = [&] {
    return Error(Errc::invalid_param, fmt::format("must be host:port, like 127.0.0.1:8001, not \"{}\"", text));
  };
  if (colon == text.npos || colon == 0) return wrong();
  auto host = text.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  const auto digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  boost::system::error_code failed;
  if (host != "localhost") boost::asio::ip::make_address(std::string(host), failed);
  if (bad == std::errc::result_out_of_range && end == digits.data() + digits.size() && !failed) {
    return Error(
        Errc::invalid_param,
        fmt::format("must be host:port, and in \"{}\" the port is too large: {} is the largest", text, kMostPort));
  }
  if (bad != std::errc{} || end != digits.data() + digits.size() || failed) return wrong();
  return Endpoint{.host = host == "localhost" ? "127.0.0.1" : std::string(host), .port = port};
}

bool is_loopback(std::string_view host) {
  boost::system::error_code failed;
  auto address = boost::asio::ip::make_address(std::string(host), failed);
  return !failed && address.is_loopback();
}

}  // namespace troupe::host
