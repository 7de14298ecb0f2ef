// One provider of OpenID Connect as its client sees it: where to send people, what their codes are worth, and whether
// its tokens are to be believed. Discovery 1.0, Core 1.0 (authorization code), RFC 7636 (PKCE), RFC 9207 (mix-up).
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/task.h"
#include "identity/oidc/claims.h"
#include "net/client/client.h"
#include "store/async_gate.h"

namespace troupe::identity::oidc {

/// What the provider says of itself.
struct Endpoints {
  std::string authorization;
  std::string token;
  std::string userinfo;  ///< empty: none
  std::string keys;
  bool secret_in_body = false;  ///< it does not take the secret in the Authorization header
  bool says_issuer = false;     ///< it promises `iss` beside each code
};

/// What is sent along with a person.
struct Departure {
  std::string redirect_uri;
  std::string state;
  std::string nonce;
  std::string verifier;        ///< PKCE; its hash is sent
  bool sign_in_again = false;  ///< also somebody who is signed in there has to prove it
};

/// What a person comes back with.
struct Return {
  std::string code;
  std::optional<std::string> issuer;  ///< `iss`
  std::string redirect_uri;           ///< as in the departure
  std::string nonce;
  std::string verifier;
  std::optional<base::UnixMs> signed_in_since = {};  ///< so late the person must have proved it there
};

struct Person {
  std::string subject;
  std::string session_id;    ///< empty: not said
  std::string localpart;     ///< as the provider has it; empty: not said
  bool name_is_own = false;  ///< nobody else there has `localpart`; else it is no more than a suggestion
  std::string display_name;  ///< empty: not said
  bool has_role = true;      ///< the one that the settings want
};

/// How a provider answered when it was asked last.
struct ProviderState {
  enum class Kind { unknown, ready, failing };
  Kind kind = Kind::unknown;
  std::optional<base::UnixMs> asked_ms = {};
  std::string error = {};          ///< for administrators; empty: it answered as it must
  std::string authorization = {};  ///< where people are sent; empty: not known
};

/// One per configured provider; callable from any thread. What it fetched is kept for an hour; after a failure it is
/// asked again after ten seconds, for unknown keys once a minute, and whoever comes meanwhile waits for that one
/// answer. Addresses that the provider names elsewhere than at its own origin count as untrusted: they may not lead
/// into the private network.
class Provider {
 public:
  static constexpr std::chrono::hours kFresh{1};
  static constexpr std::chrono::seconds kAfterFailure{10};
  static constexpr std::chrono::minutes kBetweenKeys{1};
  static constexpr std::size_t kMaxAnswerBytes = 256UL * 1024;
  static constexpr std::size_t kMaxWaiting = 1000;  ///< for one answer

  Provider(ProviderSettings settings, net::client::HttpClient& http, const base::Clock& clock);

  const ProviderSettings& settings() const { return settings_; }

  /// Where to send a person. Error: unavailable (the provider does not answer, or not as it must).
  Task<std::string> departure_to(Departure departure);
  /// Redeems the code and checks what comes for it. Errors: forbidden (another issuer; the code or the token is not
  /// taken), unavailable.
  Task<Person> welcome(Return from);
  /// Errors: forbidden, unavailable.
  Task<LogoutToken> read_logout(Jwt token);

  ProviderState state() const;
  /// Asks it now, for its document and its keys, whatever is remembered; one after the other. Error: unavailable (too
  /// many wait); what is wrong with the provider stands in the state.
  Task<ProviderState> test();

 private:
  struct Keys {
    std::vector<PublicKey> list;
    std::chrono::steady_clock::time_point fetched;
  };
  struct KnownKeys {
    std::shared_ptr<const Keys> keys;  ///< fresh ones; nullptr: none
    bool may_ask = false;              ///< it is time to look for others
  };
  Task<Endpoints> endpoints();
  /// What may be said without asking the provider; nothing: it is time to ask.
  std::optional<Result<Endpoints>> known_endpoints();
  Task<Endpoints> discover();
  /// Asks, in its turn, and remembers what came of it.
  Task<Endpoints> ask();
  void note(const Result<Endpoints>& answer);
  void note_failure(std::string error);
  /// The answer of the token endpoint.
  Task<matrix::JsonObject> redeem(const Endpoints& at, const Return& from);
  Task<matrix::JsonObject> userinfo(const Endpoints& at, std::string access_token, std::string subject);
  /// Error: forbidden, when none of the provider's keys has signed it.
  Task<Unit> check_signature(Jwt token, std::string keys_url);
  Task<Unit> fetch_keys(std::string url);
  KnownKeys known_keys();
  /// A JSON object from the provider. Error: unavailable.
  Task<matrix::JsonObject> fetch(net::client::ClientRequest request, std::string what);
  net::client::ClientRequest request_to(std::string_view url) const;

  const ProviderSettings settings_;
  net::client::HttpClient& http_;
  const base::Clock& clock_;
  store::AsyncGate discovering_{1, kMaxWaiting};
  store::AsyncGate asking_keys_{1, kMaxWaiting};
  mutable base::Mutex mutex_;
  ProviderState state_ GUARDED_BY(mutex_);
  std::optional<Endpoints> endpoints_ GUARDED_BY(mutex_);
  std::chrono::steady_clock::time_point discovered_ GUARDED_BY(mutex_);
  std::optional<std::chrono::steady_clock::time_point> failed_ GUARDED_BY(mutex_);
  std::shared_ptr<const Keys> keys_ GUARDED_BY(mutex_);
  std::optional<std::chrono::steady_clock::time_point> ask_keys_from_ GUARDED_BY(mutex_);
};

/// All providers of the configuration, in its order. One per program.
class Providers {
 public:
  Providers(const OidcSettings& settings, net::client::HttpClient& http, const base::Clock& clock);
  const std::vector<std::unique_ptr<Provider>>& all() const { return all_; }
  /// By the id that clients have, or the configured one; nullptr: there is none.
  Provider* find(std::string_view id) const;
  /// Whose token it says it is; nullptr: nobody's here.
  Provider* find_issuer_of(const Jwt& token) const;

 private:
  std::vector<std::unique_ptr<Provider>> all_;
};

}  // namespace troupe::identity::oidc
