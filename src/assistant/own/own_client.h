// Troupe itself as a service: what the pack `troupe` calls runs in this process, with the right of whoever asked,
// through the same routes, permissions and limits as their own requests.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "assistant/tasks/types.h"
#include "base/mutex.h"
#include "identity/acting_keys.h"
#include "identity/api_keys.h"
#include "identity/principals.h"
#include "matrix/accounts.h"
#include "net/client/client.h"
#include "net/route/router.h"

namespace troupe::assistant::own {

/// The service's name: a pack of this name, and of nobody else's making, is called here.
inline constexpr std::string_view kService = "troupe";

/// An HttpClient that takes requests with a key of its own making to the program's routes, and all others outside. One
/// per program; callable from any thread, like the client outside.
class OwnClient final : public net::client::HttpClient {
 public:
  struct Uses {
    net::route::Router& router;
    identity::ActingKeys& keys;
    identity::Principals& principals;
    identity::ApiKeys& api_keys;
    matrix::Accounts& accounts;
    const base::Clock& clock;
    net::client::HttpClient& outside;
    std::string matrix_listener;  ///< its name; empty: the homeserver is elsewhere, and rooms cannot be reached
  };
  explicit OwnClient(Uses uses) : uses_(std::move(uses)) {}

  /// The secret "key" for calls of the pack `troupe`: good for some minutes, and for what this person may do, with at
  /// most the role that they asked with. Errors: not_found (nobody any more), limit_exceeded, unavailable.
  Task<std::string> key_for(tasks::Who who, net::route::Role most);
  /// What it was made for is over.
  void end_key(std::string_view key) { uses_.keys.end(key); }

  /// Whether anything may still be done for this person, with the key that they asked with and in its role. Errors:
  /// not_found, with a sentence for people (nobody any more, another tenant's by now, closed, locked or suspended; the
  /// key is gone, or may less by now); unavailable.
  Task<Unit> may_act(tasks::Who who) const;

  Task<net::client::ClientResponse> send(net::client::ClientRequest request) override;
  Task<net::client::ClientResponse> stream_events(
      net::client::ClientRequest request, std::function<bool(const net::client::ServerSentEvent&)> receive) override;

  /// Ends what was made for Matrix requests and has not been used of late. From a job.
  Task<Unit> sweep();

 private:
  struct Session {
    matrix::IssuedToken token;
    base::UnixMs used_ms = 0;
  };

  Task<net::client::ClientResponse> inside(net::client::ClientRequest request, std::string key,
                                           identity::ActingKeys::Acting acting);
  Task<std::string> matrix_token(std::string user_id);
  asio::awaitable<net::http::Response> dispatch(const net::client::ClientRequest& request, std::string target,
                                                bool matrix, std::string credential) const;

  Uses uses_;
  base::Mutex mutex_;
  std::map<std::string, Session> sessions_ GUARDED_BY(mutex_);                 ///< by user id
  std::vector<std::pair<std::string, std::string>> ended_ GUARDED_BY(mutex_);  ///< user ids and devices to end
};

}  // namespace troupe::assistant::own
