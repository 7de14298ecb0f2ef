// User-interactive authentication: proving again who you are before a change that hurts, and the steps of registering.
// Client-Server API #user-interactive-authentication-api.
#pragma once
#include <list>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "homeserver/accounts/account_service.h"
#include "homeserver/accounts/registration.h"
#include "homeserver/mail/proofs.h"
#include "matrix/json.h"
#include "net/http/http.h"

namespace troupe::homeserver::accounts {

inline constexpr std::string_view kStagePassword = "m.login.password";
/// Proven at a provider of sign-in, through a page of this server (#single-sign-on).
inline constexpr std::string_view kStageSso = "m.login.sso";
/// Where a browser is sent to for that (#fallback).
inline constexpr std::string_view kSsoFallbackPath = "/_matrix/client/v3/auth/m.login.sso/fallback/web";
inline constexpr std::string_view kStageDummy = "m.login.dummy";
/// Proven on a page of this server (#oauth-authentication), and the name of the same from before it was specified.
inline constexpr std::string_view kStageOAuth = "m.oauth";
inline constexpr std::string_view kStageOAuthUnstable = "org.matrix.cross_signing_reset";
inline constexpr std::string_view kStageRegistrationToken = "m.login.registration_token";
inline constexpr std::string_view kStageMail = "m.login.email.identity";

/// What has to be proven for one request.
struct UiaRequest {
  std::string operation;  ///< what the session is good for: route and whatever else may not change under it
  std::string user_id;    ///< who must prove it by password; empty while registering
  std::string address;    ///< where the request comes from
  std::vector<std::vector<std::string>> flows;               ///< each a list of stages; any one complete flow will do
  matrix::JsonObject params = {};                            ///< what clients need to know of the stages
  std::vector<std::string> proven = {};                      ///< stages that have been passed elsewhere
  mail::Purpose mail_purpose = mail::Purpose::registration;  ///< of a proof by mail, where one is asked for
  /// Of the pages of OAuth: where the person goes on who has proved it at a provider; empty: in an app.
  std::string page = {};
};

/// A proof of an address that was shown; whoever acts on it uses it up in the same operation (mail::Proofs::spend).
struct MailProof {
  std::string sid;
  std::string address;
};

/// A session whose person may prove elsewhere who they are.
struct UiaElsewhere {
  std::string user_id;
  std::string operation;
  std::string page = {};  ///< as UiaRequest has it, with the session; empty: none
};

/// Either the request may go on, or the answer (401) that asks for more.
struct UiaOutcome {
  std::optional<net::http::Response> ask;
  std::string registration_token;  ///< the one that was accepted, to be counted when the account is made
  std::optional<MailProof> mail = {};
};

/// One per server; callable from any thread. Sessions live in memory: bounded, 15 minutes without use. A flood of new
/// ones pushes out its own only: those of its account or, while registering, of its address.
class Uia {
 public:
  static constexpr std::size_t kMaxSessions = 10'000;
  static constexpr std::size_t kMaxSessionsOfOne = 500;
  static constexpr std::chrono::minutes kLife{15};

  /// `proofs`: nullptr when the server sends no mail, so that no flow asks for any.
  Uia(AccountService& accounts, RegistrationRules& rules, const base::Clock& clock, mail::Proofs* proofs = nullptr)
      : accounts_(accounts), rules_(rules), clock_(clock), proofs_(proofs) {}

  /// `body`: the request's, whose member `auth` is looked at. A completed session is used up: who shows it again is
  /// asked anew. Errors: bad_json (auth), limit_exceeded, 400 M_UNKNOWN (no such session), forbidden (the session is
  /// for something else, or the password is said to be another account's); a failed stage is not an error but a 401
  /// with errcode in `ask`.
  Task<UiaOutcome> check(UiaRequest request, matrix::JsonObject body);
  /// Nothing when there is no such session, or single sign-on proves nothing for it.
  std::optional<UiaElsewhere> elsewhere(const std::string& session_id);
  /// The person has signed in at a provider. False when the session is not there any more, or another's.
  bool prove_elsewhere(const std::string& session_id, const std::string& user_id);

 private:
  struct Session {
    std::string id;
    std::string operation;
    std::string page;
    std::string owner;  ///< whose it counts as: an account's id, or an address
    std::set<std::string> completed;
    std::string registration_token;
    std::optional<MailProof> mail;
    bool sso = false;   ///< one of the flows has kStageSso
    bool used = false;  ///< it has proven its request; kept so that its id is not an unknown one
    base::UnixMs touched = 0;
  };
  /// What asks for a password asks for what the account has: also, or only, for single sign-on.
  Task<std::vector<std::vector<std::string>>> flows_of(UiaRequest request);
  /// The session of this id, or a new one without id. A copy: put() writes it back.
  Result<Session> take(const UiaRequest& request, const std::string& id);
  Session fresh(const UiaRequest& request) const;
  void put(Session session);
  void forget(std::list<Session>::iterator session) REQUIRES(mutex_);
  void use_up(const std::string& id);
  Result<Unit> check_own_account(const UiaRequest& request, const matrix::JsonObject& auth) const;
  Task<Unit> try_mail(const UiaRequest& request, const matrix::JsonObject& auth, Session& session);
  Task<Unit> try_stage(const UiaRequest& request, const matrix::JsonObject& auth, const std::string& type,
                       Session& session);
  static net::http::Response ask(const UiaRequest& request, const Session& session, const Error* failure);

  AccountService& accounts_;
  RegistrationRules& rules_;
  const base::Clock& clock_;
  mail::Proofs* proofs_;
  base::Mutex mutex_;
  std::list<Session> by_age_ GUARDED_BY(mutex_);  ///< least recently used first
  std::unordered_map<std::string, std::list<Session>::iterator> by_id_ GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::size_t> of_owner_ GUARDED_BY(mutex_);  ///< how many each has
};

}  // namespace troupe::homeserver::accounts
