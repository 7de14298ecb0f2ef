// Signing in a device that has no browser: it shows a code, and a person types it on a page (RFC 8628; Client-Server
// API #device-authorization-flow).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "homeserver/oauth/grants.h"
#include "homeserver/oauth/visits.h"

namespace troupe::homeserver::oauth {

struct NewLink {
  std::string device_code;
  std::string user_code;  ///< "BCDF-GHJK"
};

/// A stored code as the device shows it: people compare the two.
std::string shown_code(std::string_view user_code);

/// One per server; callable from any thread.
class Links {
 public:
  static constexpr std::chrono::minutes kLife{20};
  /// How often a device may ask.
  static constexpr std::chrono::seconds kInterval{5};
  static constexpr std::int64_t kMaxWaiting = 10'000;

  Links(store::Database& db, Grants& grants, const base::Clock& clock) : db_(db), grants_(grants), clock_(clock) {}

  /// Error: limit_exceeded (too many wait).
  Task<NewLink> begin(std::string client_id, Scope scope);
  /// Errors: the refusals of RFC 8628 section 3.5, invalid_grant.
  Task<Tokens> exchange(std::string device_code, Client client, std::string address);

  /// The waiting device that shows this code, typed in any case, with or without what is between. Error: not_found.
  Task<LinkRow> find(std::string user_code);
  /// Error: not_found (somebody else was faster, or it has expired).
  Task<Unit> decide(LinkRow link, Visit visit, bool allowed);
  /// From a job.
  Task<Unit> sweep(base::UnixMs age_now);

 private:
  store::Database& db_;
  Grants& grants_;
  const base::Clock& clock_;
};

}  // namespace troupe::homeserver::oauth
