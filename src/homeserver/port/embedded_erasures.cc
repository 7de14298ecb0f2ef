#include "homeserver/port/embedded_erasures.h"

#include "homeserver/accounts/erased_store.h"

namespace troupe::homeserver::port {

Task<bool> EmbeddedErasures::is_erased(std::string user_id) {
  auto look = [&](store::Connection& c) -> Result<bool> { return accounts::account_store::is_erased(c, user_id); };
  co_return co_await db_.read(look);
}

}  // namespace troupe::homeserver::port
