// Which addresses an outgoing call may reach, decided on the resolved IP address and never on the name.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace troupe::net::http {

/// A block of addresses, "10.0.0.0/8" or "fd00::/8"; a single address is a block of one.
class AddressBlock {
 public:
  /// Errors: invalid_param, naming the text.
  static Result<AddressBlock> parse(std::string_view text);
  /// An IPv4-mapped IPv6 address counts as its IPv4 address, in the block and in `address`.
  bool contains(const boost::asio::ip::address& address) const;

 private:
  std::vector<std::uint8_t> prefix_;  ///< 4 or 16 bytes
  unsigned bits_ = 0;
};

/// Whether the address is one of the public internet: not loopback, private, shared (CGNAT), link-local (where clouds
/// keep their metadata service), unique local, multicast, documentation, benchmark, reserved or unspecified. Addresses
/// that carry an IPv4 address inside (mapped, compatible, NAT64, 6to4) are as public as that one; Teredo never is.
bool is_public_address(const boost::asio::ip::address& address);

/// The address that a URL's host names without a look-up: a literal one, an IPv4 address in one of the forms that
/// resolvers take, too (inet_aton(3): "127.1", "0x7f000001", "2130706433"), and `localhost` with the names below it
/// (RFC 6761).
std::optional<boost::asio::ip::address> address_named_by(std::string_view host);

/// What may be reached. Immutable, so any thread may ask.
class AddressRules {
 public:
  AddressRules() = default;
  /// `allowed_private`: addresses and blocks that may be reached although they are not public. Errors: invalid_param.
  static Result<AddressRules> make(const std::vector<std::string>& allowed_private);
  /// Public, or listed.
  bool allows(const boost::asio::ip::address& address) const;

 private:
  std::vector<AddressBlock> allowed_;
};

}  // namespace troupe::net::http
