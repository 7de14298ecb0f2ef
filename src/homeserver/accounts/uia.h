// User-interactive authentication: proving again who you are before a change that hurts, and the steps of registering.
// Client-Server API #user-interactive-authentication-api.
#pragma once
#include <list>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "homeserver/accounts/account_service.h"
#include "homeserver/accounts/registration.h"
#include "matrix/json.h"
#include "net/http/http.h"

namespace troupe::homeserver {

inline constexpr std::string_view kStagePassword = "m.login.password";
inline constexpr std::string_view kStageDummy = "m.login.dummy";
inline constexpr std::string_view kStageRegistrationToken = "m.login.registration_token";

/// What has to be proven for one request.
struct UiaRequest {
  std::string operation;  ///< what the session is good for: route and whatever else may not change under it
  std::string user_id;    ///< who must prove it by password; empty while registering
  std::string address;    ///< where the request comes from
  std::vector<std::vector<std::string>> flows;  ///< each a list of stages; any one complete flow will do
};

/// Either the request may go on, or the answer (401) that asks for more.
struct UiaOutcome {
  std::optional<net::Response> ask;
  std::string registration_token;  ///< the one that was accepted, to be counted when the account is made
};

/// One per server; callable from any thread. Sessions live in memory: bounded, 15 minutes without use.
class Uia {
 public:
  static constexpr std::size_t kMaxSessions = 10'000;
  static constexpr std::chrono::minutes kLife{15};

  Uia(AccountService& accounts, RegistrationRules& rules, const base::Clock& clock)
      : accounts_(accounts), rules_(rules), clock_(clock) {}

  /// `body`: the request's, whose member `auth` is looked at. A completed session is used up.
  /// Errors: bad_json (auth), limit_exceeded; a failed stage is not an error but a 401 with errcode in `ask`.
  Task<UiaOutcome> check(UiaRequest request, matrix::JsonObject body);

 private:
  struct Session {
    std::string id;
    std::string operation;
    std::set<std::string> completed;
    std::string registration_token;
    base::UnixMs touched = 0;
  };
  /// The session of this id when it fits the operation; else a new one. A copy: put() writes it back.
  Session take(const UiaRequest& request, const std::string& id);
  void put(Session session);
  Task<Unit> try_stage(const UiaRequest& request, const matrix::JsonObject& auth, const std::string& type,
                       Session& session);
  static net::Response ask(const UiaRequest& request, const Session& session, const Error* failure);

  AccountService& accounts_;
  RegistrationRules& rules_;
  const base::Clock& clock_;
  std::mutex mutex_;
  std::list<Session> by_age_;  ///< least recently used first
  std::unordered_map<std::string, std::list<Session>::iterator> by_id_;
};

}  // namespace troupe::homeserver
