// Asks application services to make users and rooms of theirs that somebody looks for
// (Application Service API #querying).
#pragma once
#include <functional>
#include <string>

#include "homeserver/appservice/service_client.h"
#include "homeserver/common/shared_lookups.h"
#include "net/route/rate_limit.h"

namespace troupe::homeserver::appservice {

/// Who looks for a name.
struct Asker {
  std::string who;                   ///< an account or an address; empty: one who is not slowed down
  const Service* service = nullptr;  ///< it knows its own names, and is not asked for them
};

/// One per server; callable from any I/O thread. Several who look for the same name ask once, together; that there is
/// no such thing is remembered for a while, so that a service is not asked as often as somebody likes to type.
class Queries {
 public:
  static constexpr std::size_t kMaxAtOnce = 64;    ///< names that are asked for
  static constexpr std::size_t kMaxKept = 10'000;  ///< names of which is known that nobody makes them
  static constexpr std::chrono::seconds kPatience{20};
  static constexpr std::chrono::seconds kNoIsKept{60};
  static constexpr std::chrono::seconds kFailureIsKept{10};  ///< of a service that does not answer
  /// New names that one account, or one address, may have services asked for.
  static constexpr net::route::RateClass kOfAsker{.per_s = 1, .burst = 30};

  Queries(const Services& services, ServiceClient& client, const base::Clock& clock, asio::any_io_executor home);

  /// Whether a thing is there by now. Owns what it uses: it outlives the request.
  using IsThere = std::function<Task<bool>()>;

  /// Whether the user is there, after the services whose namespace they are in were asked to make them. False for
  /// everybody else's names, at once. Errors: timed_out (408), limit_exceeded, unavailable.
  Task<bool> find_user(Asker asker, std::string user_id, IsThere is_there);
  Task<bool> find_alias(Asker asker, std::string alias, IsThere is_there);

  /// On the executor that was given.
  asio::awaitable<void> stop(std::chrono::milliseconds patience) { return lookups_.stop(patience); }

 private:
  using Owners = std::vector<const Service*>;
  using Has = bool (Service::*)(std::string_view) const;
  using Lookups = SharedLookups<bool>;
  /// Whose name it is, but for the one that asks.
  Owners owners_of(const Asker& asker, std::string_view name, Has has) const;
  Task<bool> find(Asker asker, std::string name, Owners owners, IsThere is_there);
  asio::awaitable<Lookups::Outcome> ask(std::string name, Owners owners, IsThere is_there);
  const Services& services_;
  ServiceClient& client_;
  const base::Clock& clock_;
  net::route::RateLimiter limiter_;
  Lookups lookups_;
};

}  // namespace troupe::homeserver::appservice
