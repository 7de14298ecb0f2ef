// How far a caller reaches: what the doors of this folder keep of a call.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "identity/api_keys.h"
#include "identity/principals.h"
#include "identity/sessions.h"
#include "identity/tenants.h"
#include "matrix/accounts.h"
#include "matrix/room_actions.h"
#include "net/route/router.h"

namespace troupe::console::people {

/// What the doors lead to; handlers are given doors in its place. One per program, lives as long as the route table.
struct PeopleParts {
  matrix::Accounts& accounts;
  matrix::RoomActions& rooms;
  identity::Principals& principals;
  identity::Tenants& tenants;
  identity::Sessions& sessions;
  identity::ApiKeys& api_keys;
};

/// Copied out of a call, so that tasks may outlive it.
struct Reach {
  explicit Reach(const net::route::Call& call);

  std::int64_t tenant;                 ///< the caller's own; of a route that is open to everybody the default one
  std::optional<std::int64_t> within;  ///< the only tenant whose accounts and rooms there are; nothing: all
  bool limited;                        ///< a key that may do less than its role
  std::string user_id;                 ///< the caller's own account; empty: none is behind the credential
};

/// A key that is limited to scopes makes no administrators and does not get hold of one: it could do more through them
/// than it may itself. Error: forbidden.
Result<Unit> check_may_give(const Reach& reach, net::route::Role role);

}  // namespace troupe::console::people
