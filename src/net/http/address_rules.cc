#include "net/http/address_rules.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <span>

#include "base/text.h"

namespace troupe::net::http {
namespace {
using boost::asio::ip::address;
using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;

struct V4Block {
  std::uint32_t prefix;
  unsigned bits;
};
constexpr std::uint32_t v4(unsigned a, unsigned b, unsigned c, unsigned d) { return a << 24 | b << 16 | c << 8 | d; }

// SPEC: the IANA special-purpose registry for IPv4 (RFC 6890 and successors), plus multicast and the old class E.
constexpr V4Block kSpecialV4[] = {
    {v4(0, 0, 0, 0), 8},         // this network
    {v4(10, 0, 0, 0), 8},        // private
    {v4(100, 64, 0, 0), 10},     // shared by carriers (CGNAT); some clouds' metadata
    {v4(127, 0, 0, 0), 8},       // loopback
    {v4(169, 254, 0, 0), 16},    // link-local; metadata services
    {v4(172, 16, 0, 0), 12},     // private
    {v4(192, 0, 0, 0), 24},      // protocol assignments; Oracle's metadata
    {v4(192, 0, 2, 0), 24},      // documentation
    {v4(192, 88, 99, 0), 24},    // 6to4 relays, retired
    {v4(192, 168, 0, 0), 16},    // private
    {v4(198, 18, 0, 0), 15},     // benchmarks
    {v4(198, 51, 100, 0), 24},   // documentation
    {v4(203, 0, 113, 0), 24},    // documentation
    {v4(224, 0, 0, 0), 4},       // multicast
    {v4(240, 0, 0, 0), 4},       // reserved, broadcast
    {v4(168, 63, 129, 16), 32},  // Azure's platform address: public on paper, the host in fact
};

bool is_public_v4(std::uint32_t ip) {
  for (const auto& block : kSpecialV4) {
    if ((ip ^ block.prefix) >> (32 - block.bits) == 0) return false;
  }
  return true;
}

std::uint32_t v4_at(const address_v6::bytes_type& bytes, std::size_t offset) {
  return v4(bytes[offset], bytes[offset + 1], bytes[offset + 2], bytes[offset + 3]);
}

bool is_zero(std::span<const std::uint8_t> bytes) {
  for (auto byte : bytes) {
    if (byte) return false;
  }
  return true;
}

bool is_public_v6(const address_v6& ip) {
  const auto bytes = ip.to_bytes();
  const std::span<const std::uint8_t> all(bytes);
  // ::/96 is unspecified, loopback and the retired IPv4-compatible form.
  if (is_zero(all.first(12))) return false;
  if (is_zero(all.first(10)) && bytes[10] == 0xff && bytes[11] == 0xff) return is_public_v4(v4_at(bytes, 12));
  if (v4_at(bytes, 0) == 0x0064ff9b) {  // NAT64: the well-known prefix ends in an IPv4 address, 64:ff9b:1::/48 is local
    return is_zero(all.subspan(4, 8)) && is_public_v4(v4_at(bytes, 12));
  }
  if (bytes[0] == 0x20 && bytes[1] == 0x02) return is_public_v4(v4_at(bytes, 2));  // 6to4
  if ((bytes[0] & 0xe0) != 0x20) return false;  // all global unicast so far is 2000::/3
  if (bytes[0] == 0x20 && bytes[1] == 0x01) {
    if (bytes[2] < 2) return false;                          // 2001::/23: Teredo, benchmarks, ORCHID
    if (bytes[2] == 0x0d && bytes[3] == 0xb8) return false;  // documentation
  }
  if (bytes[0] == 0x3f && bytes[1] == 0xff && bytes[2] < 0x10) return false;  // 3fff::/20: documentation
  return true;
}

address unmapped(const address& ip) {
  if (ip.is_v6() && ip.to_v6().is_v4_mapped()) {
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, ip.to_v6());
  }
  return ip;
}

std::vector<std::uint8_t> bytes_of(const address& ip) {
  if (ip.is_v4()) {
    const auto bytes = ip.to_v4().to_bytes();
    return {bytes.begin(), bytes.end()};
  }
  const auto bytes = ip.to_v6().to_bytes();
  return {bytes.begin(), bytes.end()};
}
}  // namespace

std::optional<address> address_named_by(std::string_view host) {
  auto text = base::ascii_lower(host);
  if (text.ends_with('.')) text.pop_back();
  if (text == "localhost" || text.ends_with(".localhost")) return address_v4::loopback();
  boost::system::error_code none;
  if (const auto literal = boost::asio::ip::make_address(text, none); !none) return literal;
  in_addr read{};  // what stands behind a space is not read
  if (text.find_first_not_of("0123456789abcdefx.") != text.npos || ::inet_aton(text.c_str(), &read) == 0)
    return std::nullopt;
  return address_v4(ntohl(read.s_addr));
}

Result<AddressBlock> AddressBlock::parse(std::string_view text) {
  const auto wrong = [&] {
    return Error(Errc::invalid_param, "\"" + std::string(text) + "\" is not an address or a block like 10.0.0.0/8");
  };
  const auto slash = text.find('/');
  boost::system::error_code ec;
  const auto ip = boost::asio::ip::make_address(std::string(text.substr(0, slash)), ec);
  if (ec) return wrong();
  AddressBlock block;
  block.prefix_ = bytes_of(ip);
  block.bits_ = static_cast<unsigned>(block.prefix_.size() * 8);
  if (slash != text.npos) {
    const auto digits = text.substr(slash + 1);
    unsigned bits = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc() || end != digits.data() + digits.size() || bits > block.bits_) return wrong();
    block.bits_ = bits;
  }
  if (ip.is_v6() && ip.to_v6().is_v4_mapped() && block.bits_ >= 96) {
    block.prefix_ = bytes_of(unmapped(ip));
    block.bits_ -= 96;
  }
  return block;
}

bool AddressBlock::contains(const address& address) const {
  const auto bytes = bytes_of(unmapped(address));
  if (bytes.size() != prefix_.size()) return false;
  for (unsigned bit = 0; bit < bits_; bit += 8) {
    const unsigned left = bits_ - bit;
    const unsigned mask = left >= 8 ? 0xffU : 0xffU << (8 - left) & 0xffU;
    if ((bytes[bit / 8] ^ prefix_[bit / 8]) & mask) return false;
  }
  return true;
}

bool is_public_address(const address& address) {
  return address.is_v4() ? is_public_v4(address.to_v4().to_uint()) : is_public_v6(address.to_v6());
}

Result<AddressRules> AddressRules::make(const std::vector<std::string>& allowed_private) {
  AddressRules rules;
  for (const auto& text : allowed_private) {
    TRY(auto block, AddressBlock::parse(text));
    rules.allowed_.push_back(std::move(block));
  }
  return rules;
}

bool AddressRules::allows(const address& address) const {
  if (is_public_address(address)) return true;
  for (const auto& block : allowed_) {
    if (block.contains(address)) return true;
  }
  return false;
}

}  // namespace troupe::net::http
