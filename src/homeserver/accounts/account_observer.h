// What accounts and devices tell the rest of the server when they change.
#pragma once
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/task.h"
#include "matrix/accounts.h"
#include "store/database.h"

namespace troupe::homeserver::accounts {

/// How somebody came to an account without an administrator.
struct Joined {
  enum class How { registered, linked };
  How how = How::registered;
  std::string_view by;   ///< "open", "token", "shared secret", or "provider"
  std::string provider;  ///< who vouched for them; empty: nobody
  bool admin = false;
};

/// One per server; must outlive the services that tell it. This one hears nothing, as a server of accounts alone needs.
/// What gets a transaction runs on the writer thread, in the transaction that makes the change; an error undoes it. The
/// others run after the change is durable.
class AccountObserver {
 public:
  virtual ~AccountObserver() = default;

  /// The display name or the avatar is another: it goes into the user's member events.
  virtual Task<Unit> profile_changed(std::string /*user_id*/) { co_return Unit{}; }
  /// The account is no more: it leaves all joined rooms and rejects all invites.
  virtual Task<Unit> deactivated(std::string /*user_id*/) { co_return Unit{}; }
  /// An account's flags have changed: what the platform has of it (console sessions, keys) follows. `now` was read
  /// before the transaction.
  virtual void account_changed(store::Tx&, const matrix::Account& /*account*/, base::UnixMs /*now*/) {}
  /// Somebody has made the account for themselves, or a provider was linked to it: that goes on record.
  virtual void joined(store::Tx&, std::string_view /*user_id*/, const Joined& /*how*/, base::UnixMs /*now*/) {}
  /// An account is signed out everywhere: its console sessions end, too.
  virtual void signed_out(store::Tx&, std::string_view /*user_id*/) {}
  /// A device goes: drop its keys and to-device messages, note the change of the user's device list.
  virtual Result<Unit> device_removed(store::Tx&, std::string_view /*user_id*/, std::string_view /*device_id*/) {
    return Unit{};
  }
  /// A device has another name.
  virtual Result<Unit> device_renamed(store::Tx&, std::string_view /*user_id*/, std::string_view /*device_id*/) {
    return Unit{};
  }
};

}  // namespace troupe::homeserver::accounts
