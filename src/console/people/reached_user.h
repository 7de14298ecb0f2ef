// An account that its caller reaches, and all that can be done to it.
#pragma once
#include <string>
#include <vector>

#include "console/people/reach.h"
#include "console/people/user_entry.h"

namespace troupe::console::people {

struct PasswordChange {
  std::string password;
  bool logout_devices = true;  ///< also from consoles
  bool revoke_keys = false;
};

/// Where an account is signed in.
struct SignedIn {
  std::vector<matrix::AccountSession> devices;
  std::vector<identity::SessionOfPrincipal> consoles;
};

/// Made by TenantPeople alone: whoever holds one has passed the wall between tenants. Account and principal are as they
/// were when it was looked up. It outlives the tasks it hands out. Errors, besides those named: the port's.
class ReachedUser {
 public:
  const matrix::Account& account() const { return entry_.account; }
  const identity::Principal& principal() const { return entry_.principal; }
  const std::string& user_id() const { return entry_.account.user_id; }
  const UserEntry& entry() const { return entry_; }

  /// The entry, with how the person comes in.
  Task<UserEntry> entry_with_ways_in() const;
  Task<Unit> set_display_name(std::string name) const;
  /// In the account's own tenant. Only administrators of the default tenant bear the homeserver's admin flag: it
  /// reaches every account of the server. Errors: forbidden (see check_may_give), conflict (one's own from admin; the
  /// last administrator).
  Task<Unit> give_role(net::route::Role role) const;
  /// Whether the caller may get hold of it. Error: forbidden (an administrator's, by a key that is limited to scopes).
  Result<Unit> check_may_enter() const { return check_may_give(reach_, entry_.principal.role); }
  /// Error: that of check_may_enter().
  Task<Unit> set_password(PasswordChange change) const;
  /// Error: conflict (closed for ever; to lock one's own, or the last administrator).
  Task<Unit> set_locked(bool locked) const;
  /// For ever; the name stays taken. Error: conflict (one's own; the last administrator).
  Task<Unit> close() const;
  /// Whether the caller may move it there. Errors: forbidden (they do not reach all tenants), conflict (one's own).
  Result<Unit> check_move(std::int64_t tenant) const;
  /// To another tenant; an administrator stays one there, without the homeserver's flag. Errors: those of check_move();
  /// not_found (no such tenant).
  Task<Unit> move(std::int64_t tenant) const;

  Task<SignedIn> sessions() const;
  /// A Matrix device, or with "console:" in front the number of a console session. Error: not_found.
  Task<Unit> end_session(std::string device_id) const;
  Task<Unit> end_all_sessions() const;

 private:
  friend class TenantPeople;
  ReachedUser(const PeopleParts& parts, const Reach& reach, UserEntry entry)
      : parts_(&parts), reach_(reach), entry_(std::move(entry)) {}
  bool is_own() const { return reach_.user_id == user_id(); }
  /// Refuses what would leave nobody who may administer. Error: conflict.
  Task<Unit> keep_an_admin() const;

  const PeopleParts* parts_;
  Reach reach_;
  UserEntry entry_;
};

/// What a console session's number follows in the place of a device id.
inline constexpr std::string_view kConsoleDevice = "console:";

}  // namespace troupe::console::people
