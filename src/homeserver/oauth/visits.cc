#include "homeserver/oauth/visits.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "homeserver/accounts/account_store.h"
#include "homeserver/accounts/tokens.h"
#include "homeserver/common/public_address.h"
#include "homeserver/oauth/oauth_answers.h"
#include "homeserver/oauth/oauth_store.h"

namespace troupe::homeserver::oauth {
namespace {

constexpr std::string_view kCookiePrefix = "mcb_";
/// Browsers take the first only over TLS, from this very host, for all paths: no neighbour can plant one.
constexpr std::string_view kSecureName = "__Host-troupe_oauth";
constexpr std::string_view kPlainName = "troupe_oauth";

std::string_view cookie_name(bool secure) { return secure ? kSecureName : kPlainName; }

std::string_view cookie_value(const net::http::Request& request, std::string_view name) {
  for (const auto& [field, value] : request.headers.all()) {
    if (!net::http::equals_ignoring_case(field, "Cookie")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(';'), rest.size());
      auto pair = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      while (pair.starts_with(' ')) pair.remove_prefix(1);
      if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) return pair.substr(name.size() + 1);
    }
  }
  return {};
}

std::string hash_bytes(std::string_view text) { return accounts::token_hash(text); }

/// With another password it is another.
std::string password_mark(const accounts::AccountRow& account) {
  return hash_bytes(account.user_id + '\0' + account.password_hash.value_or(""));
}

bool may_stay(const std::optional<accounts::AccountRow>& account) {
  return account && !account->deactivated && !account->locked;
}

}  // namespace

std::string Visit::form_token() const {
  return base::base64url(base::as_bytes(base::hmac_sha256(cookie, "a form of the oauth pages")));
}

std::string Visit::set_cookie() const {
  const auto seconds = std::chrono::seconds(Visits::kLife).count();
  return std::string(cookie_name(secure)) + '=' + cookie +
         "; Path=/; HttpOnly; SameSite=Lax; Max-Age=" + std::to_string(seconds) + (secure ? "; Secure" : "");
}

Task<Visit> Visits::of(const net::http::Request& request) {
  Visit visit;
  visit.providers = &settings_.of<identity::oidc::OidcSettings>().providers;
  visit.secure = public_address(settings_, request).starts_with("https://");
  visit.cookie = cookie_value(request, cookie_name(visit.secure));
  if (!accounts::looks_like_token(visit.cookie, kCookiePrefix)) {
    visit.cookie = base::random_token(kCookiePrefix);
    visit.new_cookie = true;
    co_return visit;
  }
  const auto now = clock_.unix_ms();
  auto look = [&](store::Connection& connection) -> Result<Unit> {
    const auto row = oauth_store::find_browser(connection, hash_bytes(visit.cookie));
    if (!row || row->ends_ms <= now) return Unit{};
    const auto account = accounts::account_store::find_account(connection, row->user_id);
    const bool stays = may_stay(account) && base::constant_time_equal(password_mark(*account), row->password_mark);
    if (!stays) return Unit{};
    visit.user_id = row->user_id;
    visit.origin = row->origin;
    return Unit{};
  };
  CO_TRY(co_await db_.read(look));
  co_return visit;
}

Task<Visit> Visits::sign_in(Visit visit, std::string user, std::string password, std::string address) {
  CO_TRY(auto known, co_await accounts_.prove(std::move(user), std::move(password), std::move(address)));
  co_return co_await enter(std::move(visit), std::move(known.account.user_id), {}, std::move(known.password_hash));
}

Task<Visit> Visits::enter(Visit visit, std::string user_id, accounts::SsoOrigin origin,
                          std::optional<std::string> password_hash) {
  const auto old = hash_bytes(visit.cookie);
  visit.cookie = base::random_token(kCookiePrefix);
  visit.new_cookie = true;
  const auto ends = clock_.unix_ms() + std::chrono::milliseconds(kLife).count();
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    const auto account = accounts::account_store::find_account(tx, user_id);
    if (!may_stay(account)) return Error(Errc::forbidden, "This account cannot sign in.");
    if (password_hash && password_hash != account->password_hash) return accounts::wrong_password();
    oauth_store::delete_browser(tx, old);
    oauth_store::insert_browser(tx, {.token_hash = hash_bytes(visit.cookie),
                                     .user_id = user_id,
                                     .password_mark = password_mark(*account),
                                     .ends_ms = ends,
                                     .origin = origin});
    return Unit{};
  };
  CO_TRY(co_await db_.write(write));
  visit.user_id = std::move(user_id);
  visit.origin = std::move(origin);
  co_return visit;
}

Task<Visit> Visits::sign_out(Visit visit) {
  auto write = [hash = hash_bytes(visit.cookie)](store::Tx& tx) -> Result<Unit> {
    oauth_store::delete_browser(tx, hash);
    return Unit{};
  };
  CO_TRY(co_await db_.write(write));
  visit.cookie = base::random_token(kCookiePrefix);
  visit.new_cookie = true;
  visit.user_id.clear();
  visit.origin = {};
  co_return visit;
}

std::string Visits::issuer(const net::http::Request& request) const { return issuer_of(settings_, request); }

Result<Unit> Visits::check_form(const net::http::Request& request, const Visit& visit,
                                std::string_view form_token) const {
  const auto foreign = [] {
    return Error(Errc::forbidden,
                 "This form was not sent from a page of this server, or the page is too old. Go back to the app and "
                 "begin again; your browser must accept cookies.");
  };
  const auto site = request.headers.get("Sec-Fetch-Site");
  if (!site.empty() && site != "same-origin") return foreign();
  const auto origin = request.headers.get("Origin");
  if (site.empty() && !origin.empty()) {
    const auto own = public_address(settings_, request);
    const auto host = request.headers.get("Host");
    if (origin != own && origin != "http://" + std::string(host) && origin != "https://" + std::string(host))
      return foreign();
  }
  if (visit.new_cookie || !base::constant_time_equal(form_token, visit.form_token())) return foreign();
  return Unit{};
}

}  // namespace troupe::homeserver::oauth
