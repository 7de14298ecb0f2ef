// The port's accounts: who exists on the homeserver, with which password, flags and sessions.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/task.h"

namespace troupe::matrix {

enum class AccountKind { person, bot, service };

struct Account {
  std::string user_id;
  AccountKind kind = AccountKind::person;
  bool admin = false;
  bool deactivated = false;
  bool locked = false;
  bool suspended = false;  ///< may read, leave rooms and look after its devices, but say nothing
  std::string display_name;
  std::string avatar_url;
  std::int64_t created_ms = 0;
};

/// Who somebody is at a provider of sign-in.
struct LinkedIdentity {
  std::string provider;  ///< its id in the configuration
  std::string subject;   ///< the provider's name for the person, which never changes
};
/// How the person of an account can come in.
struct WaysIn {
  bool password = false;
  std::vector<LinkedIdentity> identities;
};

struct NewAccount {
  std::string localpart;
  std::optional<std::string> password;  ///< none: nobody can log in by password
  AccountKind kind = AccountKind::person;
  bool admin = false;
  std::string display_name;
};

enum class AccountSort { name, created, display_name };
struct AccountQuery {
  std::string search = {};               ///< part of the local part or display name; empty: all
  std::optional<AccountKind> kind = {};  ///< of these filters, one that is not set lets everything through
  std::optional<bool> admin = {};
  std::optional<bool> locked = {};
  std::optional<bool> deactivated = {};
  AccountSort sort = AccountSort::name;  ///< accounts that are equal in it stand in the order of their ids
  bool descending = false;
  std::int64_t from = 0;
  std::int64_t limit = 100;  ///< 1…1000
};
struct AccountPage {
  std::vector<Account> accounts;
  std::int64_t total = 0;
};

/// A signed-in device of an account.
struct AccountSession {
  std::string device_id;
  std::string display_name;
  std::optional<std::int64_t> last_seen_ms;
  std::string last_seen_ip;  ///< empty: not known
};

/// What became of one account of a bulk call.
struct BulkAccount {
  bool created = false;  ///< false: it was there already and was left as it is
  bool joined = false;   ///< it is in the room now; false without a room, and for whoever is banned there
};

struct IssuedToken {
  std::string device_id;
  std::string access_token;  ///< shown once: only its hash is kept
};

/// Callable from any thread. Errors are Matrix ones (M_USER_IN_USE, M_FORBIDDEN, …). What a homeserver does not offer
/// over its connection is `unavailable` or `unsupported`.
class Accounts {
 public:
  virtual ~Accounts() = default;
  /// The part of user ids behind the colon.
  virtual const std::string& server_name() const = 0;

  virtual Task<Account> create_account(NewAccount account) = 0;  ///< user_in_use, invalid_param (M_INVALID_USERNAME)
  virtual Task<Account> account(std::string user_id) = 0;        ///< not_found
  virtual Task<AccountPage> accounts(AccountQuery query) = 0;
  /// By local part or full id. Errors: forbidden (wrong name or password: not told apart), limit_exceeded.
  virtual Task<Account> check_password(std::string user, std::string password, std::string address = {}) = 0;
  /// Nothing: the homeserver does not say. Error: not_found.
  virtual Task<std::optional<WaysIn>> ways_in(std::string /*user_id*/) { co_return std::nullopt; }
  virtual Task<Unit> set_password(std::string user_id, std::string password, bool logout_devices) = 0;
  virtual Task<Unit> set_admin(std::string user_id, bool admin) = 0;
  virtual Task<Unit> set_display_name(std::string user_id, std::string name) = 0;
  /// Ends all sessions, leaves all rooms; the name stays taken.
  virtual Task<Unit> deactivate(std::string user_id) = 0;
  /// An access token for a program that acts as this account. An empty device id makes a new device; the tokens of an
  /// existing one end. Errors: not_found (no such account), forbidden (closed).
  virtual Task<IssuedToken> issue_token(std::string user_id, std::string device_id) = 0;
  /// Ends a device and its tokens; an unknown one is passed over.
  virtual Task<Unit> revoke_token(std::string user_id, std::string device_id) = 0;
  /// Many accounts, and their joins to one room (an id or an alias) in as few commits as possible; existing accounts
  /// are kept, and join, too. Yields what became of each, in the order given. `done` is called with the number finished
  /// so far. Passwords are hashed one after the other and make the call slow. At most 10,000 a call. Errors:
  /// invalid_param (a name that cannot be one: nothing is made), not_found (the room), forbidden (nobody in the room
  /// may invite).
  virtual Task<std::vector<BulkAccount>> create_accounts(std::vector<NewAccount> accounts,
                                                         std::optional<std::string> join_room,
                                                         std::function<void(std::size_t)> done) = 0;

  /// A locked account keeps its sessions, but can do nothing until it is unlocked. Error: not_found.
  virtual Task<Unit> set_locked(std::string user_id, bool locked) = 0;
  virtual Task<std::vector<AccountSession>> sessions(std::string user_id) = 0;     ///< not_found
  virtual Task<Unit> end_session(std::string user_id, std::string device_id) = 0;  ///< not_found: no such device
  virtual Task<Unit> end_all_sessions(std::string user_id) = 0;                    ///< not_found
};

}  // namespace troupe::matrix
