// What a caller can reach: every handler looks accounts and rooms up here, and bots through fleet::BotDoor, so
// that a tenant's wall stands in one place. What belongs to another tenant answers like what does not exist.
#pragma once
#include <optional>
#include <string>

#include "identity/principals.h"
#include "identity/tenants.h"
#include "matrix/homeserver.h"
#include "net/route/router.h"

namespace troupe::console {

/// The accounts of the homeserver with their principals here.
struct People {
  matrix::Homeserver& homeserver;
  identity::Principals& principals;
  identity::Tenants& tenants;
};

/// "@anna:localhost" for "anna", "@anna" and itself.
std::string full_user_id(const People& people, std::string_view user);

struct UserEntry {
  matrix::Account account;
  identity::Principal principal;
};

/// The account with its principal, if the caller may see it. Error: not_found.
Task<UserEntry> find_user(const People& people, const net::Call& call, std::string user_id);

/// The room, by id or alias, if the caller reaches it: somebody of their tenant is in it. Error: not_found.
Task<matrix::RoomSummary> find_room(const People& people, const net::Call& call, std::string room_id_or_alias);

/// Makes an account that belongs to the caller's tenant and has this role there. Errors: those of the port; forbidden
/// (see check_may_give).
Task<UserEntry> make_user(const People& people, const net::Call& call, matrix::NewAccount wanted, net::Role role);

/// Gives a role in the account's own tenant. Only administrators of the default tenant bear the homeserver's admin
/// flag: it reaches every account of the server. Errors: forbidden (see check_may_give), conflict (the flag's last).
Task<Unit> give_role(const People& people, const net::Call& call, UserEntry user, net::Role role);

/// A key that is limited to scopes makes no administrators and does not get hold of one: it could do more through them
/// than it may itself. Error: forbidden.
Result<Unit> check_may_give(const net::Call& call, net::Role role);

}  // namespace troupe::console
