#include "console/reach.h"

#include "api/caller.h"
#include "identity/authenticator.h"
#include "matrix/ids.h"

namespace troupe::console {
namespace {

using api::is_limited;
using api::tenant;
using api::visible_tenant;

/// The principal of an account that the caller has just made: it belongs to the caller's tenant.
Task<identity::Principal> adopt(const People& people, std::int64_t house, matrix::Account account) {
  auto user_id = account.user_id;
  CO_TRY(auto principal, co_await people.principals.for_account(std::move(account), house));
  if (principal.tenant_id == house) co_return principal;
  co_return co_await people.tenants.move(std::move(user_id), house);  // somebody saw it first
}

}  // namespace

Task<UserEntry> find_user(const People& people, const net::Call& call, std::string user_id) {
  const auto house = visible_tenant(call);
  auto unknown = [] { return Error(Errc::not_found, "There is no such user on this server."); };
  auto account = co_await people.homeserver.account(std::move(user_id));
  if (!account && house && account.error().code() == Errc::not_found) co_return unknown();
  if (!account) co_return std::unexpected(std::move(account).error());
  CO_TRY(auto principal, co_await people.principals.for_account(*account));
  if (house && principal.tenant_id != *house) co_return unknown();
  co_return UserEntry{.account = *std::move(account), .principal = std::move(principal)};
}

Task<matrix::RoomSummary> find_room(const People& people, const net::Call& call, std::string room_id_or_alias) {
  const auto house = visible_tenant(call);
  auto unknown = [] { return Error(Errc::not_found, "There is no such room, or nobody of your tenant is in it."); };
  auto room_id = co_await people.homeserver.resolve_alias(std::move(room_id_or_alias));
  if (!room_id && house && room_id.error().code() == Errc::not_found) co_return unknown();
  if (!room_id) co_return std::unexpected(std::move(room_id).error());
  if (house) {
    auto members = co_await people.homeserver.joined_members(*room_id);
    if (!members && members.error().code() == Errc::not_found) co_return unknown();
    if (!members) co_return std::unexpected(std::move(members).error());
    CO_TRY(const bool ours, co_await people.principals.any_in_tenant(*house, *std::move(members)));
    if (!ours) co_return unknown();
  }
  co_return co_await people.homeserver.room(*std::move(room_id));
}

Result<Unit> check_may_give(const net::Call& call, net::Role role) {
  if (role != net::Role::admin || !is_limited(call)) return Unit{};
  return Error(Errc::forbidden, "A key that is limited to scopes can neither make administrators nor enter as one.");
}

Task<UserEntry> make_user(const People& people, const net::Call& call, matrix::NewAccount wanted, net::Role role) {
  CO_TRY(check_may_give(call, role));
  const auto house = tenant(call);
  // The flag comes last: until then it is nobody's account but a member's.
  wanted.admin = false;
  CO_TRY(auto account, co_await people.homeserver.create_account(std::move(wanted)));
  CO_TRY(auto principal, co_await adopt(people, house, account));
  UserEntry made{.account = std::move(account), .principal = std::move(principal)};
  if (role == net::Role::member) co_return made;
  CO_TRY(co_await give_role(people, call, made, role));
  co_return co_await find_user(people, call, made.account.user_id);
}

Task<Unit> give_role(const People& people, const net::Call& call, UserEntry user, net::Role role) {
  CO_TRY(check_may_give(call, role));
  const auto user_id = user.account.user_id;
  const bool flag = role == net::Role::admin && user.principal.tenant_id == identity::kDefaultTenant;
  if (user.account.admin != flag) {
    CO_TRY(co_await people.homeserver.set_admin(user_id, flag));
  }
  CO_TRY(co_await people.principals.set_role(user_id, role));
  co_return Unit{};
}

std::string full_user_id(const People& people, std::string_view user) {
  if (user.starts_with('@')) {
    if (user.find(':') != user.npos) return std::string(user);
    user.remove_prefix(1);
  }
  return matrix::make_user_id(user, people.homeserver.server_name());
}

}  // namespace troupe::console
