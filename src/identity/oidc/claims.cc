#include "identity/oidc/claims.h"

#include <algorithm>

namespace troupe::identity::oidc {
namespace {

using matrix::JsonObject;

constexpr std::string_view kLogoutEvent = "http://schemas.openid.net/event/backchannel-logout";
constexpr std::size_t kMaxTokenIdBytes = 512;
/// A logout token that wants to live longer is remembered, and taken, for so long.
constexpr std::chrono::hours kLongestLogout{1};
constexpr std::int64_t kMostSeconds = 253'402'300'799;  // the year 9999

Error not_believed(std::string detail) {
  return Error(Errc::forbidden, "The sign-in provider sent a token that is not valid.", std::move(detail));
}

/// A time in seconds; also with a fraction, as RFC 7519 allows. Nothing when it is missing or no sensible number.
std::optional<std::int64_t> seconds_of(const JsonObject& claims, std::string_view claim) {
  const auto* value = matrix::find(claims, claim);
  if (!value) return std::nullopt;
  if (const auto* d = value->if_double()) {
    if (!(*d >= 0 && *d <= static_cast<double>(kMostSeconds))) return std::nullopt;
    return static_cast<std::int64_t>(*d);
  }
  const auto whole = matrix::find_integer(claims, claim);
  return whole && *whole >= 0 && *whole <= kMostSeconds ? whole : std::nullopt;
}

bool is_for(const JsonObject& claims, std::string_view client_id) {
  const auto* audience = matrix::find(claims, "aud");
  if (!audience) return false;
  if (const auto* one = audience->if_string()) return matrix::view(*one) == client_id;
  const auto* list = audience->if_array();
  if (!list) return false;
  const bool named = std::ranges::any_of(*list, [client_id](const auto& entry) {
    const auto* text = entry.if_string();
    return text && matrix::view(*text) == client_id;
  });
  // One that is for others, too, must say that it was given to this client.
  return named && (list->size() == 1 || matrix::find_string(claims, "azp") == client_id);
}

/// What both kinds of token say alike.
Result<Unit> check_common(const JsonObject& claims, const ProviderSettings& settings, base::UnixMs now) {
  const auto now_s = now / 1000;
  const auto skew = std::int64_t{kClockSkew.count()};
  if (matrix::find_string(claims, "iss") != settings.issuer) return not_believed("another issuer");
  if (!is_for(claims, settings.client_id)) return not_believed("another audience");
  const auto azp = matrix::find(claims, "azp");
  if (azp && matrix::find_string(claims, "azp") != settings.client_id) return not_believed("another party");
  const auto ends = seconds_of(claims, "exp");
  if (!ends || *ends + skew <= now_s) return not_believed("expired");
  const auto made = seconds_of(claims, "iat");
  if (!made || *made > now_s + skew) return not_believed("made in the future");
  const auto from = seconds_of(claims, "nbf");
  if (from && *from > now_s + skew) return not_believed("not yet");
  return Unit{};
}

bool lists(const JsonObject* holder, std::string_view role) {
  const auto* roles = holder ? matrix::find_array(*holder, "roles") : nullptr;
  return roles && std::ranges::any_of(*roles, [role](const auto& entry) {
           const auto* text = entry.if_string();
           return text && matrix::view(*text) == role;
         });
}

}  // namespace

std::string line_of(const JsonObject& claims, std::string_view claim, std::size_t most) {
  const auto text = matrix::find_string(claims, claim).value_or("");
  const bool odd = std::ranges::any_of(text, [](unsigned char c) { return c < ' ' || c == 0x7f; });
  return text.size() > most || odd ? std::string() : std::string(text);
}

Result<IdToken> check_id_token(Jwt token, const ProviderSettings& settings, std::string_view nonce, base::UnixMs now) {
  auto& claims = token.claims;
  TRY(check_common(claims, settings, now));
  if (matrix::find_string(claims, "nonce") != nonce) return not_believed("another nonce");
  if (matrix::find(claims, "events")) return not_believed("about an event");
  IdToken read{.subject = line_of(claims, "sub", kMaxSubjectBytes),
               .session_id = line_of(claims, "sid", kMaxSubjectBytes),
               .claims = {}};
  if (read.subject.empty()) return not_believed("no subject");
  read.claims = std::move(claims);
  return read;
}

Result<Unit> check_signed_in_since(const JsonObject& claims, base::UnixMs since) {
  const auto proved = seconds_of(claims, "auth_time");
  if (!proved) return not_believed("it does not say when the person signed in");
  if (*proved + kClockSkew.count() < since / 1000) return not_believed("signed in before it was asked to");
  return Unit{};
}

Result<LogoutToken> check_logout_token(const Jwt& token, const ProviderSettings& settings, base::UnixMs now) {
  const auto& claims = token.claims;
  // What says that it is of another kind is no logout token; many providers write "JWT", or nothing.
  if (!token.type.empty() && token.type != "logout+jwt" && token.type != "jwt") return not_believed("another type");
  TRY(check_common(claims, settings, now));
  const auto* events = matrix::find_object(claims, "events");
  if (!events || !matrix::find_object(*events, kLogoutEvent)) return not_believed("not about a logout");
  if (matrix::find(claims, "nonce")) return not_believed("a nonce");
  const auto made = *seconds_of(claims, "iat");
  const auto lasts = made + std::chrono::seconds(kLongestLogout).count();
  if (lasts + kClockSkew.count() <= now / 1000) return not_believed("too old");
  LogoutToken read{.subject = line_of(claims, "sub", kMaxSubjectBytes),
                   .session_id = line_of(claims, "sid", kMaxSubjectBytes),
                   .token_id = line_of(claims, "jti", kMaxTokenIdBytes),
                   .ends_ms = 1000 * (std::min(*seconds_of(claims, "exp"), lasts) + kClockSkew.count())};
  if (read.subject.empty() && read.session_id.empty()) return not_believed("neither sub nor sid");
  if (read.token_id.empty()) return not_believed("no jti");
  return read;
}

bool has_role(const JsonObject& claims, std::string_view client_id, std::string_view role) {
  if (lists(matrix::find_object(claims, "realm_access"), role)) return true;
  const auto* clients = matrix::find_object(claims, "resource_access");
  return clients && lists(matrix::find_object(*clients, client_id), role);
}

}  // namespace troupe::identity::oidc
