#include "net/http/url.h"

#include <algorithm>
#include <array>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <cctype>
#include <charconv>

#include "base/encoding.h"

namespace troupe::net::http {
namespace {
namespace urls = boost::urls;
constexpr std::size_t kMaxUrlBytes = 8 * 1024;

/// What RFC 3986 has no place for.
constexpr auto kForeign = [] {
  std::array<bool, 256> foreign{};
  for (std::size_t byte = 0; byte < foreign.size(); ++byte) foreign[byte] = byte <= 0x20 || byte >= 0x7f;
  for (const char c : std::string_view("\"<>\\^`{|}")) foreign[static_cast<unsigned char>(c)] = true;
  return foreign;
}();
bool is_foreign(char c) { return kForeign[static_cast<unsigned char>(c)]; }

/// Escapes that are there stay.
std::string escape_foreign(std::string_view text) {
  if (std::ranges::none_of(text, is_foreign)) return std::string(text);
  std::string out;
  for (char c : text) {
    if (is_foreign(c)) {
      out += base::percent_encode(std::string_view(&c, 1));
    } else {
      out += c;
    }
  }
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 &&
         std::ranges::all_of(host, [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '.' || c == '_'; });
}

/// RFC 3986 section 5.2.4 for an absolute or empty path; the result begins with "/".
std::string remove_dot_segments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const auto end = std::min(path.find('/', 1), path.size());
    const auto segment = path.substr(0, end);  // with its leading slash
    path.remove_prefix(end);
    if (segment == "/..") out.erase(std::min(out.rfind('/'), out.size()));
    if (segment != "/." && segment != "/..") {
      out += segment;
    } else if (path.empty()) {
      out += '/';
    }
  }
  return out.empty() ? "/" : out;
}

Result<Url> from_parsed(const urls::url_view_base& parsed) {
  Url url;
  if (parsed.scheme_id() == urls::scheme::https) {
    url.tls = true;
  } else if (parsed.scheme_id() != urls::scheme::http) {
    return Error(Errc::invalid_param, "the URL must begin with http:// or https://");
  }
  if (parsed.has_userinfo()) {
    return Error(Errc::invalid_param, "the URL may not hold a user name or password: give them as a header");
  }
  if (!parsed.has_authority()) return Error(Errc::invalid_param, "the URL has no host");
  url.host = parsed.host_address();
  std::ranges::transform(url.host, url.host.begin(), [](unsigned char c) { return std::tolower(c); });
  const bool ip_v6 = parsed.host_type() == urls::host_type::ipv6;
  if (!ip_v6 && !is_host_name(url.host)) {
    return Error(Errc::invalid_param, "the URL's host is not a name or an address (write international names as xn--)");
  }
  url.port = url.tls ? 443 : 80;
  if (parsed.has_port() && !parsed.port().empty()) {
    // Not port_number(): of 65616 it makes 80.
    const std::string_view digits = parsed.port();
    const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    if (wrong != std::errc() || url.port == 0) return Error(Errc::invalid_param, "the URL's port must be 1 to 65535");
  }
  const std::string path(parsed.encoded_path());
  // Boost.URL 1.81 takes "a:80x" for port 80 and path "x".
  if (!path.empty() && !path.starts_with('/')) return Error(Errc::invalid_param, "the URL's port is not a number");
  url.target = remove_dot_segments(path);
  if (parsed.has_query()) url.target += "?" + std::string(parsed.encoded_query());
  return url;
}
}  // namespace

Result<Url> Url::parse(std::string_view text) {
  if (text.size() > kMaxUrlBytes) return Error(Errc::invalid_param, "the URL is longer than 8192 bytes");
  const auto escaped = escape_foreign(trim(text));
  const auto parsed = urls::parse_uri(escaped);
  if (!parsed) return Error(Errc::invalid_param, "not a URL: give an absolute one, http://… or https://…");
  return from_parsed(*parsed);
}

Result<Url> Url::resolve(std::string_view location) const {
  if (location.size() > kMaxUrlBytes) return Error(Errc::invalid_param, "the redirect is longer than 8192 bytes");
  const auto escaped = escape_foreign(trim(location));
  const auto reference = urls::parse_uri_reference(escaped);
  const auto base_text = origin() + target;
  const auto base = urls::parse_uri(base_text);
  if (!reference || !base) return Error(Errc::invalid_param, "the redirect does not lead to a URL");
  urls::url joined;
  if (!urls::resolve(*base, *reference, joined)) {
    return Error(Errc::invalid_param, "the redirect does not lead to a URL");
  }
  return from_parsed(joined);
}

std::string Url::authority() const {
  auto text = host.contains(':') ? "[" + host + "]" : host;
  if (port != (tls ? 443 : 80)) text += ":" + std::to_string(port);
  return text;
}

std::string Url::origin() const { return (tls ? "https://" : "http://") + authority(); }

}  // namespace troupe::net::http
