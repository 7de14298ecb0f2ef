#include "homeserver/admin/admin_user.h"

#include "matrix/ids.h"

namespace troupe::homeserver::admin {

Error refused(std::string message) {
  return Error(Errc::invalid_param, std::move(message)).with_wire_code("M_UNKNOWN");
}

Result<std::string> local_user(const accounts::AccountService& accounts, std::string user_id) {
  if (user_id.size() > matrix::kMaxIdBytes || !matrix::parse_user_id(user_id)) {
    return Error(Errc::invalid_param, "Give the whole user id, as in @name:server.");
  }
  if (!accounts.resolve_user(user_id)) return refused("Can only be done with users of this server.");
  return user_id;
}

Result<std::string> local_user(const accounts::AccountService& accounts, const net::route::Call& call) {
  return local_user(accounts, call.param("user_id"));
}

Task<matrix::Account> account_of(accounts::AccountService& accounts, std::string user_id) {
  CO_TRY(auto known, local_user(accounts, std::move(user_id)));
  co_return co_await accounts.find(std::move(known));
}

Task<matrix::Account> account_in_path(accounts::AccountService& accounts, const net::route::Call& call) {
  return account_of(accounts, call.param("user_id"));
}

}  // namespace troupe::homeserver::admin
