// A device that nobody is signed in on: it receives room keys while its owner is away, and a new device reads them
// (MSC3814).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "homeserver/accounts/account_observer.h"
#include "homeserver/accounts/account_store.h"
#include "homeserver/crypto/device_keys.h"
#include "homeserver/crypto/to_device_store.h"
#include "host/settings.h"

namespace troupe::homeserver::dehydrated {

/// Body of PUT …/dehydrated_device.
struct NewDehydrated {
  std::string device_id;
  std::string device_data;  ///< JSON
  std::optional<std::string> display_name;
  crypto::KeyUpload keys;
};

struct WaitingPage {
  std::vector<std::string> events;  ///< each as /sync shows it
  StreamPos upto = 0;               ///< a page after this one begins behind it
  bool more = false;
};

/// One per server; callable from any thread. Changes complete when they are durable. An account has one such device: it
/// stands among the others, with keys and a queue, and without a token. It ends like any device: removed by its owner,
/// by /logout/all, with the account; and when somebody signs in under its id it is a usual one from then on.
class DehydratedDevices {
 public:
  static constexpr std::size_t kMaxDataBytes = 64UL * 1024;
  static constexpr std::size_t kPage = 100;  ///< messages

  struct Parts {
    store::Database& db;
    crypto::DeviceKeys& keys;
    accounts::AccountObserver& observer;
    const host::Settings& settings;
    const base::Clock& clock;
  };
  explicit DehydratedDevices(Parts parts) : parts_(parts) {}

  /// In the place of the one before, which goes with its keys and messages in the same commit. Errors: invalid_param (a
  /// device that is signed in bears the id; those of keys), forbidden (too many devices; the account is gone).
  Task<Unit> replace(std::string user_id, NewDehydrated wanted);
  Task<accounts::DehydratedRow> find(std::string user_id);  ///< not_found
  /// Yields its id. Error: not_found.
  Task<std::string> remove(std::string user_id);
  /// Messages that came for it, the oldest first, behind the position; none is removed. Error: forbidden (that is not
  /// the one that the account has).
  Task<WaitingPage> waiting(std::string user_id, std::string device_id, StreamPos after);

 private:
  Parts parts_;
};

}  // namespace troupe::homeserver::dehydrated
