// Who is at the pages: a cookie of their own, which no other part of the program looks at, and what their forms carry
// so that no other site can send them.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "homeserver/accounts/account_service.h"
#include "host/settings.h"
#include "identity/oidc/settings.h"
#include "net/http/http.h"
#include "store/database.h"

namespace troupe::homeserver::oauth {

/// One request for a page.
struct Visit {
  std::string cookie;               ///< its value; nobody else knows it
  bool new_cookie = false;          ///< the browser has yet to get it
  bool secure = false;              ///< people come here over TLS
  std::string user_id;              ///< who is signed in on the pages; empty: nobody
  accounts::SsoOrigin origin = {};  ///< who vouched for them
  /// Where else people may prove who they are; lives as long as the server.
  const std::vector<identity::oidc::ProviderSettings>* providers = nullptr;

  bool signed_in() const { return !user_id.empty(); }
  /// What a form carries: it fits this browser's cookie only.
  std::string form_token() const;
  /// The header field that hands out the cookie.
  std::string set_cookie() const;
};

/// One per server; callable from any thread.
class Visits {
 public:
  /// How long somebody stays signed in on the pages.
  static constexpr std::chrono::minutes kLife{30};

  Visits(store::Database& db, accounts::AccountService& accounts, const host::Settings& settings,
         const base::Clock& clock)
      : db_(db), accounts_(accounts), settings_(settings), clock_(clock) {}

  /// Whoever is locked, deactivated, or has another password since, is not signed in.
  Task<Visit> of(const net::http::Request& request);
  /// The same browser with somebody signed in: under a new cookie, so that one planted before is worth nothing. Wrong
  /// passwords are counted as at /login. Errors: those of AccountService::check_password.
  Task<Visit> sign_in(Visit visit, std::string user, std::string password, std::string address);
  /// The same for somebody whom a provider vouches for. Error: forbidden (the account may not be used).
  /// `password_hash`: ProvenAccount::password_hash, when they came by a password.
  Task<Visit> enter(Visit visit, std::string user_id, accounts::SsoOrigin origin,
                    std::optional<std::string> password_hash = std::nullopt);
  Task<Visit> sign_out(Visit visit);
  /// Who these pages are, to clients: RFC 9207.
  std::string issuer(const net::http::Request& request) const;
  /// A form that was sent must come from a page of ours in this browser. Error: forbidden.
  Result<Unit> check_form(const net::http::Request& request, const Visit& visit, std::string_view form_token) const;

 private:
  store::Database& db_;
  accounts::AccountService& accounts_;
  const host::Settings& settings_;
  const base::Clock& clock_;
};

}  // namespace troupe::homeserver::oauth
