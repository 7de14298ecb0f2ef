// Devices and their tokens: signing in and out, refreshing, naming, removing.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "homeserver/accounts/account_service.h"
#include "homeserver/accounts/account_store.h"

namespace troupe::homeserver::accounts {

/// A new session, after the password (or whatever else) has been checked.
struct SignIn {
  std::string user_id;
  std::string device_id;  ///< an existing one is kept and its tokens replaced; empty: a new one
  std::optional<std::string> display_name;
  bool with_refresh_token = false;
  std::string remote_address;
  /// What the account's password was stored as when it was compared: the sign-in comes to nothing when another one has
  /// taken its place since. None: they did not come by a password.
  std::optional<std::string> password_hash = std::nullopt;
  /// How long an access token lasts that comes with a refresh token; none: DeviceService::kShortLife.
  std::optional<std::int64_t> access_life_ms = std::nullopt;
  /// Runs in the same transaction, after the device of this id has its tokens; an error undoes all of it.
  std::function<Result<Unit>(store::Tx&, const std::string& device_id)> also = {};
};

/// How devices refresh that did not sign in by password.
struct RefreshRules {
  std::int64_t access_life_ms = 0;
  /// Runs in the same transaction, before anything is changed, and may refuse.
  std::function<Result<Unit>(store::Tx&, const std::string& user_id, const std::string& device_id)> check;
};

struct Credentials {
  std::string user_id;
  std::string device_id;
  std::string access_token;
  std::optional<std::string> refresh_token;
  std::optional<std::int64_t> expires_in_ms;
};

/// One per server; callable from any thread.
class DeviceService {
 public:
  static constexpr std::size_t kMaxDeviceIdBytes = 255;
  static constexpr std::size_t kMaxDisplayNameBytes = 255;
  static constexpr std::size_t kMaxTokensWithoutDevice = 100;
  /// A device that may give way to a new one.
  static constexpr std::chrono::hours kUnused{30 * 24};
  /// How long an access token lasts that comes with a refresh token.
  static constexpr std::chrono::minutes kShortLife{5};
  /// How often a refresh token of OAuth is served: once more, for a client that lost the answer. A password client's is
  /// served until what it got is used, as the specification says (clients that retry through an outage stay signed in).
  static constexpr std::int64_t kServedAtMost = 2;

  struct Parts {
    store::Database& db;
    Sessions& sessions;
    const base::Clock& clock;
    AccountObserver& observer;
    const host::Settings& settings;
    const base::Clock& ages;  ///< host::age_clock
  };
  explicit DeviceService(Parts parts) : parts_(parts) {}

  /// Beyond the number of devices an account may have, a new one takes the place of the longest unused, when nobody has
  /// used that for kUnused. Errors: forbidden (the account went away meanwhile; too many devices), invalid_param
  /// (device id).
  Task<Credentials> sign_in(SignIn request);
  /// Errors: unknown_token, also for a device that signed in through OAuth where no rules are given; those of
  /// RefreshRules::check. The old pair works until the new access token is first used. A refresh token that was
  /// replaced by one that was used since, or (OAuth's) is shown too often, signs its device out.
  Task<Credentials> refresh(std::string refresh_token, std::optional<RefreshRules> rules = std::nullopt);
  Task<Unit> sign_out(Session session);  ///< this token and its device
  /// An access token that belongs to no device, for an administrator's program that acts as the user; it ends then, or
  /// with all sessions of the user. Of more than kMaxTokensWithoutDevice the oldest go. Errors: not_found, forbidden
  /// (deactivated).
  Task<std::string> issue_without_device(std::string user_id, std::optional<base::UnixMs> expires_ms);
  Task<Unit> sign_out_everywhere(std::string user_id);

  /// A device that nobody is signed in on; one that is there stays as it is. Errors: not_found (no such account),
  /// forbidden (deactivated; too many devices), invalid_param (device id).
  Task<Unit> create(std::string user_id, std::string device_id, std::optional<std::string> display_name);
  Task<std::vector<DeviceRow>> list(std::string user_id);
  Task<DeviceRow> find(std::string user_id, std::string device_id);  ///< not_found
  Task<Unit> rename(std::string user_id, std::string device_id,
                    std::optional<std::string> display_name);  ///< not_found
  /// Unknown ones are passed over. `when` is asked in the same transaction; without its yes nothing happens.
  Task<Unit> remove(std::string user_id, std::vector<std::string> device_ids,
                    std::function<bool(store::Tx&)> when = {});

  /// Signs out people's devices that nobody used for KeepSettings::unused_device_days, and removes tokens that nothing
  /// can renew. From a job; goes on where the last call ended, also after a restart.
  Task<Unit> sweep();

 private:
  /// Takes the longest unused device away when there are too many for one more. Error: forbidden.
  Result<Unit> make_place(store::Tx& tx, const std::string& user_id, base::UnixMs age_now);
  Task<Unit> sweep_tokens();
  Task<Unit> sweep_devices();
  Parts parts_;
};

}  // namespace troupe::homeserver::accounts
