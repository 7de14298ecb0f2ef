#include "assistant/services/file_links.h"

#include <charconv>

#include "base/encoding.h"
#include "net/http/url.h"

namespace troupe::assistant::services {
namespace {

constexpr std::size_t kMaxTokenBytes = 4'096;
/// What else is sealed with the key begins otherwise.
constexpr std::string_view kMark = "file link ";

bool is_on_this_machine(std::string_view service_url) {
  const auto url = net::http::Url::parse(service_url);
  return url && (url->host == "localhost" || url->host == "::1" || url->host.starts_with("127."));
}

}  // namespace

Result<std::string> FileLinks::link(std::string_view reference, std::string_view service_url) const {
  const auto& base =
      uses_.public_base.empty() && is_on_this_machine(service_url) ? uses_.local_base : uses_.public_base;
  if (base.empty()) {
    return Error(
        Errc::unavailable,
        "it fetches the file by an address of this server, and nobody has said how it is reached from outside: "
        "an administrator sets server.public_base_url");
  }
  const auto until = std::to_string(uses_.clock.unix_ms() + kLifeMs);
  const auto sealed = uses_.key.seal(std::string(kMark) + until + " " + std::string(reference));
  return base + (base.ends_with('/') ? "" : "/") + std::string(kPath.substr(1)) + "/" +
         base::base64url(base::as_bytes(sealed));
}

std::optional<std::string> FileLinks::reference_of(std::string_view token) const {
  if (token.size() > kMaxTokenBytes) return std::nullopt;
  const auto sealed = base::base64_decode(token);
  const auto opened = sealed ? uses_.key.open(*sealed) : Result<std::string>(Error(Errc::not_found));
  if (!opened || !opened->starts_with(kMark)) return std::nullopt;
  const auto text = std::string_view(*opened).substr(kMark.size());
  const auto space = text.find(' ');
  if (space == text.npos) return std::nullopt;
  std::int64_t until = 0;
  const auto read = std::from_chars(text.data(), text.data() + space, until);
  if (read.ec != std::errc() || until < uses_.clock.unix_ms()) return std::nullopt;
  return std::string(text.substr(space + 1));
}

}  // namespace troupe::assistant::services
