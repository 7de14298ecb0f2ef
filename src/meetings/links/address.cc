#include "meetings/links/address.h"

#include <algorithm>

#include "base/encoding.h"
#include "net/http/url.h"

namespace troupe::meetings::links {
namespace {

constexpr int kHttpsPort = 443;
/// What no address has.
constexpr std::string_view kNever = " \\\"<>^`{|}";

Error wrong(std::string message) { return Error(Errc::invalid_param, std::move(message)); }

/// Also in the forms that browsers read as one: 0x7f000001, 2130706433, 127.1.
bool is_number(std::string_view host) {
  if (host.find(':') != std::string_view::npos) return true;
  const auto last = host.substr(host.rfind('.') == std::string_view::npos ? 0 : host.rfind('.') + 1);
  if (last.starts_with("0x")) return true;
  return std::ranges::all_of(last, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_private_name(std::string_view host) {
  constexpr std::string_view kTails[]{"localhost", "local",   "internal", "intranet", "lan",     "home",
                                      "corp",      "private", "test",     "invalid",  "example", "onion"};
  if (host.find('.') == std::string_view::npos) return true;
  const auto tail = host.substr(host.rfind('.') + 1);
  return std::ranges::find(kTails, tail) != std::end(kTails) || host.ends_with(".home.arpa");
}

}  // namespace

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

std::string Address::parameter(std::string_view name) const {
  std::string_view rest = query;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const auto one = rest.substr(0, end);
    const auto equals = one.find('=');
    if (one.substr(0, equals) == name && equals != std::string_view::npos) {
      return base::percent_decode(one.substr(equals + 1), true).value_or("");
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

Result<Address> read_address(std::string_view text) {
  const bool odd =
      std::ranges::any_of(text, [](char c) { return is_control(c) || kNever.find(c) != std::string_view::npos; });
  if (!base::is_utf8(text) || odd) return wrong("That is no link.");
  if (!text.starts_with("https://")) return wrong("A link of a meeting begins with https://");
  const auto server = text.substr(8, text.find_first_of("/?#", 8) - 8);
  if (server.find('@') != std::string_view::npos)
    return wrong("A link of a meeting has no user name or password in it: take out what stands before the @.");
  // Matrix writes '#' in fragments as it is: https://matrix.to/#/#alias:server
  const auto parsed = net::http::Url::parse(text.substr(0, text.find('#')));
  if (!parsed) return wrong("That is no link: " + parsed.error().message());
  Address address{.host = parsed->host, .target = parsed->target};
  while (address.host.ends_with('.')) address.host.pop_back();  // the same name, written out
  if (is_number(address.host)) return wrong("A link of a meeting names its server; an address in numbers is refused.");
  if (is_private_name(address.host)) return wrong("'" + address.host + "' is no server of a meeting platform.");
  if (parsed->port != kHttpsPort) return wrong("A link of a meeting has no port of its own.");
  if (const auto hash = text.find('#'); hash != std::string_view::npos) address.fragment = text.substr(hash + 1);
  const std::string_view target = address.target;
  const auto question = target.find('?');
  if (question != std::string_view::npos) address.query = target.substr(question + 1);
  auto path = target.substr(0, question);
  while (path.ends_with('/')) path.remove_suffix(1);
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    auto segment = base::percent_decode(path.substr(0, end));
    if (!segment || !base::is_utf8(*segment) || std::ranges::any_of(*segment, is_control))
      return wrong("That is no link.");
    if (*segment == "." || *segment == "..") return wrong("That is no link of a meeting.");
    address.segments.push_back(*std::move(segment));
    path.remove_prefix(end);
  }
  return address;
}

}  // namespace troupe::meetings::links
