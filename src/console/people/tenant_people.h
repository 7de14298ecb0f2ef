// Accounts as one caller reaches them. Handlers are given a door in place of the services: there is no other way to an
// account than through the caller's own tenant, so that the wall between tenants cannot be forgotten. What is another
// tenant's answers like what does not exist.
#pragma once
#include <string>
#include <string_view>

#include "console/people/reach.h"
#include "console/people/reached_user.h"
#include "console/people/user_entry.h"

namespace troupe::console::people {

/// The accounts of the caller's tenant; administrators of the default tenant reach all. Made for one request; the tasks
/// it hands out may outlive it.
class TenantPeople {
 public:
  TenantPeople(const PeopleParts& parts, const net::route::Call& call) : parts_(parts), reach_(call) {}

  /// By local part or user id. Error: not_found.
  Task<ReachedUser> find(std::string_view user) const {
    return find_in(parts_, reach_, full_user_id(user, parts_.accounts.server_name()));
  }
  /// Roles and tenants are identity's knowledge: filtered by them, the list is gathered from whole pages of
  /// the homeserver, at most 100,000 accounts of it (unavailable when there are more).
  Task<UserPage> list(UserQuery query) const { return list_in(parts_, reach_, std::move(query)); }
  /// The first of them by name, at most so many, without a count: however many accounts the homeserver has.
  Task<std::vector<UserEntry>> first(std::size_t most) const { return first_in(parts_, reach_, most); }
  /// Makes an account that belongs to the caller's tenant and has this role there. Errors: those of the port; forbidden
  /// (see check_may_give).
  Task<ReachedUser> create(matrix::NewAccount wanted, net::route::Role role) const {
    return create_in(parts_, reach_, std::move(wanted), role);
  }
  /// How many there are in the caller's own tenant.
  Task<std::int64_t> count() const { return count_in(parts_, reach_.tenant); }

 private:
  static Task<ReachedUser> find_in(const PeopleParts& parts, Reach reach, std::string user_id);
  static Task<UserPage> list_in(const PeopleParts& parts, Reach reach, UserQuery query);
  static Task<std::vector<UserEntry>> first_in(const PeopleParts& parts, Reach reach, std::size_t most);
  static Task<ReachedUser> create_in(const PeopleParts& parts, Reach reach, matrix::NewAccount wanted,
                                     net::route::Role role);
  static Task<std::int64_t> count_in(const PeopleParts& parts, std::int64_t tenant);

  const PeopleParts& parts_;
  Reach reach_;
};

/// What handlers hold of people: it opens with a caller only.
class PeopleDoor {
 public:
  explicit PeopleDoor(const PeopleParts& parts) : parts_(parts) {}
  TenantPeople operator()(const net::route::Call& call) const { return {parts_, call}; }

  // What belongs to no tenant.
  const std::string& server_name() const { return parts_.accounts.server_name(); }
  std::string user_id(std::string_view user) const { return full_user_id(user, server_name()); }

 private:
  const PeopleParts& parts_;
};

}  // namespace troupe::console::people
