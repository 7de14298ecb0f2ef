// People without an account (Client-Server API #guest-access): how they come, what they may, how they get an account,
// and when they are gone. Where they may join says the room: rooms/guest_rules.h.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "homeserver/accounts/account_service.h"
#include "host/settings.h"
#include "store/database.h"

namespace troupe::homeserver::accounts {

/// Whether a guest may make this request: what the specification lists, what a client needs to go on from there
/// (filters, capabilities, the relations of what it reads), and the way out. `path` as on the wire, without the query.
bool guest_may(std::string_view method, std::string_view path);

/// One per server; callable from any thread.
class Guests {
 public:
  static constexpr std::int64_t kMost = 10'000;       ///< at once, so that nobody fills the server with them
  static constexpr std::int64_t kMostOfNetwork = 50;  ///< at once, made by one address: nobody takes all of them
  static constexpr std::size_t kClosedAtOnce = 100;

  struct Parts {
    store::Database& db;
    AccountService& accounts;
    const host::Settings& settings;
    const base::Clock& clock;
    const base::Clock& ages;  ///< host::age_clock
  };
  explicit Guests(Parts parts) : parts_(parts) {}

  /// Yields the user id of a new one, made by somebody at this address (kMostOfNetwork counts all of an IPv6 /64);
  /// empty: by no address that could be counted. Errors: forbidden M_GUEST_ACCESS_FORBIDDEN (the server has none),
  /// limit_exceeded (kMost, kMostOfNetwork).
  Task<std::string> make(std::string address);
  /// Whose access token it is. Errors: forbidden (no guest's, or none that may still do anything), unknown_token
  /// M_USER_LOCKED.
  Task<std::string> guest_of(std::string access_token);
  /// The guest has an account from now on, with this password; whatever was signed in as the guest is signed out.
  /// `also` runs in the same transaction, before, and may refuse. Errors: those of AccountService::set_password;
  /// user_in_use (it is no guest any more).
  Task<Unit> upgrade(std::string user_id, std::string password, std::function<Result<Unit>(store::Tx&)> also);
  /// Closes those that nobody used for RegistrationSettings::guest_days; at most kClosedAtOnce. From a job.
  Task<Unit> sweep();

 private:
  Parts parts_;
};

}  // namespace troupe::homeserver::accounts
