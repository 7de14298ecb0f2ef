// Accounts: making, finding, passwords, flags, the end. Devices and tokens: device_service.h.
#pragma once
#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "bus/bus.h"
#include "homeserver/accounts/account_observer.h"
#include "homeserver/accounts/account_store.h"
#include "homeserver/accounts/failure_gate.h"
#include "homeserver/accounts/identifier_store.h"
#include "homeserver/accounts/password_pool.h"
#include "homeserver/accounts/session.h"
#include "homeserver/appservice/services.h"
#include "host/settings.h"
#include "matrix/accounts.h"

namespace troupe::homeserver::accounts {

/// Local parts that people may not register themselves: bots of the fleet and the names of gateways and bridges.
bool is_reserved_localpart(std::string_view localpart);
/// What whoever signs in to a locked account is told.
Error account_is_locked();
Error wrong_password();

/// What an account is known by elsewhere.
struct Identifiers {
  std::vector<ThirdPartyId> third_party;
  std::vector<ExternalId> external;
};

/// How somebody can prove that an account is theirs.
struct WaysToProve {
  bool password = false;
  std::vector<std::string> providers;  ///< of the configuration, that vouch for the account
};

/// An account whose password somebody knew.
struct ProvenAccount {
  matrix::Account account;
  /// As it was stored then. Whoever is let in by it compares in the transaction that does so: a change of the password
  /// that came between ends what the old one opens.
  std::optional<std::string> password_hash;
};

/// One per server; callable from any thread. Every change completes when it is durable and rings bus::Topic::users.
class AccountService {
 public:
  static constexpr std::size_t kMostAddresses = 20;  ///< that people may give an account

  /// Everything must outlive the service.
  struct Parts {
    store::Database& db;
    Sessions& sessions;
    PasswordPool& passwords;
    bus::Bus& bus;
    const host::Settings& settings;
    const base::Clock& clock;
    AccountObserver& observer;
    const base::Clock& ages;                         ///< by which an account's time has passed: host::age_clock
    const appservice::Services* services = nullptr;  ///< whose names nobody else gets
  };
  explicit AccountService(Parts parts);

  /// "@localpart:our server". Errors: invalid_param M_INVALID_USERNAME, user_in_use.
  Result<std::string> check_new_localpart(std::string_view localpart) const;
  /// The rule of every door for new passwords (password_rule.h): a route may ask before it begins something longer.
  Result<Unit> check_password_rule(std::string_view password) const;
  std::int64_t least_password() const;  ///< in characters
  /// The full id of a name as people type it: local part or full id, any ASCII case. Nothing for another server's user.
  std::optional<std::string> resolve_user(std::string_view user) const;

  /// An account without display name gets its local part as one. `also` runs in the same transaction, after the insert.
  /// `by`: the application service that makes it; only that one may make what it has for itself. Errors:
  /// M_INVALID_USERNAME, user_in_use, invalid_param M_EXCLUSIVE (a service's own name), invalid_param (password,
  /// display name), limit_exceeded (too many hash now).
  Task<matrix::Account> create(matrix::NewAccount account, std::function<Result<Unit>(store::Tx&)> also = {},
                               const appservice::Service* by = nullptr);
  /// For `also` of what makes an account without an administrator, or links one: does `also`, and puts it on record.
  std::function<Result<Unit>(store::Tx&)> on_record(std::string user_id, Joined how,
                                                    std::function<Result<Unit>(store::Tx&)> also = {}) const;
  /// Many accounts in few commits; names that exist are left as they are. At most 10,000. `done` gets the number
  /// finished so far, on the caller's executor. Yields for each whether it was made. Errors: invalid_param (too many),
  /// M_INVALID_USERNAME, M_EXCLUSIVE (before anything is written).
  Task<std::vector<bool>> create_many(std::vector<matrix::NewAccount> accounts, std::function<void(std::size_t)> done);
  /// Errors: user_in_use, M_INVALID_USERNAME, M_EXCLUSIVE.
  Task<Unit> check_available(std::string localpart, const appservice::Service* by = nullptr);

  Task<matrix::Account> find(std::string user_id);  ///< not_found
  Task<WaysToProve> ways_to_prove(std::string user_id);
  /// Whether a password opens it, and who it is at providers, those that are not configured any more too. Error:
  /// not_found.
  Task<matrix::WaysIn> ways_in(std::string user_id);
  Task<matrix::AccountPage> list(matrix::AccountQuery query);

  /// By local part or full id, for somebody at `address`. Errors: forbidden (wrong name or password, not told apart,
  /// same time), forbidden M_USER_DEACTIVATED and unknown_token M_USER_LOCKED (right password only), limit_exceeded
  /// (too many failures).
  Task<matrix::Account> check_password(std::string user, std::string password, std::string address = {});
  /// The same for who signs in by it. `counted_as`: what wrong tries are counted of in place of the account, for names
  /// that must not tell whose they are; they count of all such names of the account, too, but what is too many then is
  /// answered as a wrong password.
  Task<ProvenAccount> prove(std::string user, std::string password, std::string address = {},
                            std::string counted_as = {});

  /// `also` runs in the same transaction, before. With `logout_devices` all sessions but those of `keep_device` end;
  /// what was allowed through OAuth and not yet redeemed ends in any case. Error: not_found, invalid_param.
  Task<Unit> set_password(std::string user_id, std::string password, bool logout_devices, std::string keep_device = {},
                          std::function<Result<Unit>(store::Tx&)> also = {});
  // Whatever takes an administrator's powers is refused to the last one who has them: conflict.
  Task<Unit> set_admin(std::string user_id, bool admin);    ///< not_found, forbidden (a guest)
  Task<Unit> set_locked(std::string user_id, bool locked);  ///< not_found; a locked account keeps its sessions unusable
  /// From then on the account is locked; in the past: at once. One that was locked by this is opened by a later time,
  /// and one that set_locked opens has no end any more. Administrators' accounts stay open. Error: not_found.
  Task<Unit> set_valid_until(std::string user_id, base::UnixMs until);
  /// Locks accounts whose time has passed, so many at once. From a job.
  Task<Unit> lock_expired();
  /// Nothing: as for everybody. From the next request on. Error: not_found.
  Task<Unit> set_message_rate(std::string user_id, std::optional<MessageRate> rate);
  Task<Unit> set_suspended(std::string user_id, bool suspended);  ///< not_found
  /// What they send from now on is heard by nobody, and answered as if it were. Error: not_found.
  Task<Unit> set_shadow_banned(std::string user_id, bool banned);
  /// Of any user id. Does not ask the database while nobody at all is, on a server that runs alone.
  Task<bool> is_shadow_banned(std::string user_id);
  /// An empty name removes it. Errors: not_found, invalid_param.
  Task<Unit> set_display_name(std::string user_id, std::string name);
  /// Ends all sessions, removes profile, devices and pushers, leaves all rooms (what fails of that is done later, by
  /// finish_deactivations); the name stays taken. Doing it again is fine.
  /// `when` is asked in the same transaction, before anything else, and may refuse.
  Task<Unit> deactivate(std::string user_id, bool erase = false, std::function<Result<Unit>(store::Tx&)> when = {});
  /// A deactivated account may be used again with this password: without its profile, its devices and its rooms. An
  /// active one only gets the password. Errors: not_found, invalid_param.
  Task<Unit> reactivate(std::string user_id, std::string password);
  Task<Unit> set_type(std::string user_id, UserType type);  ///< not_found
  Task<Identifiers> identifiers(std::string user_id);
  /// These and no others; one that another account has comes to this one. Error: not_found.
  Task<Unit> set_third_party_ids(std::string user_id, std::vector<ThirdPartyId> ids);
  /// Whose address it is; nothing: nobody's here. `address` as canonical_mail_address() has it.
  Task<std::optional<std::string>> user_of_mail_address(std::string address);
  /// Inside an operation. An address that the account has stays as it is. Errors: M_THREEPID_IN_USE (another account
  /// has it), limit_exceeded (kMostAddresses).
  /// `with_missed`: mails about missed messages begin with it.
  static Result<Unit> add_mail_address(store::Tx& tx, std::string_view user_id, std::string address,
                                       base::UnixMs now_ms, bool with_missed);
  /// The same in one of its own, after `also`. Errors besides: not_found.
  Task<Unit> add_mail_address(std::string user_id, std::string address, std::function<Result<Unit>(store::Tx&)> also);
  /// Whether it was there. With an address go the proofs for a new password that are under way. Error: not_found.
  Task<bool> remove_third_party_id(std::string user_id, std::string medium, std::string address);
  /// These and no others. Errors: not_found, conflict (another account's).
  Task<Unit> set_external_ids(std::string user_id, std::vector<ExternalId> ids);
  /// Lets whoever this is at a provider in as this person; fine when they are let in so already. Errors: not_found,
  /// conflict (another account's; a bot's account, or one that was closed).
  Task<Unit> link_external_id(std::string user_id, ExternalId id);
  /// Lets them in no more, and yields whose it was: what came of it and is not redeemed yet ends, sessions stay. Error:
  /// not_found (nobody has it).
  Task<std::string> unlink_external_id(ExternalId id);
  /// Takes deactivated accounts out of rooms that they are still in because the program stopped in between. From a job.
  Task<Unit> finish_deactivations();

 private:
  Task<std::string> hash_new(std::string password);  ///< Errors: those of check_password_rule, of PasswordPool::hash
  /// As check_new_localpart; a service's own account has the name of its registration, which may hold capitals.
  Result<std::string> id_of_new(std::string_view localpart, const appservice::Service* by) const {
    if (by && by->registration().sender_localpart == localpart) return by->sender();
    return check_new_localpart(localpart);
  }
  /// Error: invalid_param M_EXCLUSIVE when an application service other than `by` has the name for itself.
  Result<Unit> check_not_owned(std::string_view user_id, const appservice::Service* by) const {
    return parts_.services ? parts_.services->check_free(user_id, by) : Result<Unit>(Unit{});
  }
  /// The same of the first of these names that is owned and not there yet; M_INVALID_USERNAME.
  Task<Unit> check_none_owned(std::vector<std::string> localparts);
  /// Errors: limit_exceeded.
  Task<Unit> check_failures(const std::string& counted, const std::string& user_id, const std::string& address);
  /// Runs `change` when the account is there, then forgets cached sessions and rings. Error: not_found.
  Task<Unit> change_account(std::string user_id, std::function<Result<Unit>(store::Tx&)> change);

  /// Whether anybody is shadow-banned, as far as this process knows.
  enum class ShadowBans : std::uint8_t { unknown, none, possible };

  Parts parts_;
  std::atomic<ShadowBans> shadow_bans_{ShadowBans::unknown};
  FailureGate failures_;
};

/// Drops the device with all that hangs on it, inside an operation. False when there was none.
Result<bool> remove_device(store::Tx& tx, AccountObserver& observer, std::string_view user_id,
                           std::string_view device_id);

}  // namespace troupe::homeserver::accounts
