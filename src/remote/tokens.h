// In whose name a call to the other homeserver is made: the access tokens of our accounts there.
#pragma once
#include <map>
#include <string>

#include "base/crypto.h"
#include "base/mutex.h"
#include "host/settings.h"
#include "remote/matrix_api.h"
#include "remote/remote_store.h"
#include "remote/settings.h"

namespace troupe::remote {

/// What makes a request act as a user.
struct Acting {
  std::string token;
  std::string as_user;  ///< `user_id` of the query; empty: the token's own user
};

/// Callable from any I/O thread.
class Tokens {
 public:
  Tokens(MatrixApi& api, store::Database& db, const base::SealingKey& key, const host::Settings& settings);

  /// A stored token, else the application service's, else one that the server's administrator lends (admin API
  /// "login as a user"). Error: forbidden, saying what to configure.
  Task<Acting> acting_as(std::string user_id);
  /// An administrator's token for the admin API; empty when there is none: neither configured nor to be had by the
  /// registration secret.
  Task<std::string> admin();
  /// Forgets a token that the server refused; the next call looks for another.
  Task<Unit> drop(std::string user_id);
  /// Keeps a token that was made just now.
  Task<Unit> keep(std::string user_id, std::string token);

  /// POST /_synapse/admin/v1/register: an account by the shared secret, with its first access token.
  struct Registered {
    std::string user_id;
    std::string token;
  };
  Task<Registered> register_by_secret(std::string localpart, std::string password, bool admin,
                                      std::string display_name);
  /// Somebody's token, for what any account may read (media). Error: forbidden, when we have none at all.
  Task<Acting> anybody();
  /// POST /login with a password; an empty device id makes a new device.
  Task<matrix::IssuedToken> log_in(std::string user_id, std::string password, std::string device_id);
  /// A new session of one of our accounts, beside the one that acting_as() uses. Error: forbidden, when neither its
  /// password is kept here nor an application service may act for it.
  Task<matrix::IssuedToken> open_session(std::string user_id, std::string device_id);

  bool has_application_service() const { return !settings_.of<RemoteSettings>().as_token.empty(); }
  bool has_registration_secret() const { return !settings_.of<RemoteSettings>().registration_secret.empty(); }

 private:
  Task<matrix::IssuedToken> log_in_with(matrix::JsonObject body, std::string token, std::string device_id);
  Task<std::string> borrow(std::string user_id);
  MatrixApi& api_;
  store::Database& db_;
  const base::SealingKey& key_;
  const host::Settings& settings_;
  base::Mutex mutex_;
  std::map<std::string, std::string, std::less<>> known_ GUARDED_BY(mutex_);
  std::string admin_ GUARDED_BY(mutex_);
};

}  // namespace troupe::remote
