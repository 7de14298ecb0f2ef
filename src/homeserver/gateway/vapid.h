// Who we are to push services (VAPID, RFC 8292): subscriptions that were made for our public key take messages from
// nobody else.
#pragma once
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/p256.h"
#include "store/database.h"

namespace troupe::homeserver::gateway {

/// Immutable, so any thread may use it.
class Vapid {
 public:
  /// Push services take tokens of a day at most.
  static constexpr std::chrono::hours kTokenLife{12};

  /// `contact`: a mailto: or https: address of the operator; empty: it is not said.
  Vapid(base::P256Key key, std::string contact) : key_(std::move(key)), contact_(std::move(contact)) {}

  /// What clients subscribe with: the point, base64url.
  std::string public_key() const;
  /// The value of the header Authorization for a request to this origin ("https://push.example.org").
  std::string authorization(std::string_view origin, base::UnixMs now) const;

 private:
  base::P256Key key_;
  std::string contact_;
};

/// The server's key: made and sealed into the database when it is first asked for, the same ever after and in every
/// process. One that the sealing key does not open gives way to a new one: push services then refuse the subscriptions
/// that were made for the old, their pushers go, and clients subscribe anew. Blocks; before requests are served.
Result<base::P256Key> load_push_key(store::Database& db, const base::SealingKey& sealing);

}  // namespace troupe::homeserver::gateway
