#include "homeserver/admin/admin_user.h"

#include "matrix/ids.h"

namespace troupe::homeserver::admin {

Error refused(std::string message) {
  return Error(Errc::invalid_param, std::move(message)).with_wire_code("M_UNKNOWN");
}

Result<std::string> local_user(const accounts::AccountService& accounts, const net::route::Call& call) {
  const auto& user_id = call.param("user_id");
  if (user_id.size() > matrix::kMaxIdBytes || !matrix::parse_user_id(user_id)) {
    return Error(Errc::invalid_param, "Give the whole user id, as in @name:server.");
  }
  if (!accounts.resolve_user(user_id)) return refused("Can only be done with users of this server.");
  return user_id;
}

Task<matrix::Account> account_in_path(accounts::AccountService& accounts, const net::route::Call& call) {
  CO_TRY(auto user_id, local_user(accounts, call));
  co_return co_await accounts.find(std::move(user_id));
}

}  // namespace troupe::homeserver::admin
