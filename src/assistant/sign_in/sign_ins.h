// Signing in to services: an administrator leaves for the service's own page, and comes back with a code that is worth
// tokens.
#pragma once
#include <string>
#include <vector>

#include "assistant/services/pack_services.h"
#include "assistant/sign_in/flow.h"
#include "net/client/client.h"
#include "store/also_write.h"

namespace troupe::assistant::sign_in {

/// Where somebody is to go.
struct Leaving {
  std::string address;       ///< the service's page
  std::string redirect_uri;  ///< the service has to know it, or it sends nobody there
  std::vector<std::string> scopes;
  base::UnixMs expires_ms = 0;
};

/// Somebody has signed in.
struct Arrived {
  std::string service;
  std::string title;
};

/// One per program; callable from any thread.
class SignIns {
 public:
  struct Uses {
    services::PackServices& packs;
    tasks::Secrets& secrets;
    store::Database& db;
    const base::SealingKey& sealing_key;
    net::client::HttpClient& http;
    const base::Clock& clock;
  };
  explicit SignIns(const Uses& uses) : uses_(uses) {}

  /// `origin`: where browsers reach this server. Errors: not_found (no such pack); conflict of status 400 (it has
  /// errors, takes no sign-in, or lacks its address or its client's id); unavailable. Durable when it completes.
  Task<Leaving> begin(Beginner who, std::string service, std::string origin, store::AlsoWrite also = {});
  /// Redeems the code, once, and keeps the tokens. Errors: not_found (no sign-in of theirs has begun, or it is over);
  /// forbidden (the service says no, or another one has answered); conflict of status 400 (the pack was changed
  /// meanwhile); unavailable, timed_out (the token address). No message holds a secret. The tokens are durable, and in
  /// use, when it completes.
  Task<Arrived> finish(Beginner who, std::string service, Return back, store::AlsoWrite also = {});
  /// A job: deletes what is over.
  Task<Unit> sweep();

 private:
  /// Finds where people sign in to an MCP server, and registers this program there where it has to be.
  Task<Unit> find_out(Beginner who, std::string service, std::string redirect_uri);
  Task<Begun> take(Beginner who, const std::string& service, const std::string& state);
  Task<services::SignedIn> redeem(std::int64_t tenant_id, calls::Service service, Begun begun, std::string code);
  /// What a service wrote, without the tenant's secrets.
  Error told(std::int64_t tenant_id, const std::string& message);

  Uses uses_;
};

}  // namespace troupe::assistant::sign_in
