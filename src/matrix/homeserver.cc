#include "matrix/homeserver.h"

#include "matrix/ids.h"

namespace troupe::matrix {
namespace {

Error cannot(std::string_view what) {
  return Error(Errc::unavailable, "This homeserver cannot " + std::string(what) + " over this connection.");
}

}  // namespace

Task<Unit> Homeserver::set_locked(std::string, bool) { co_return cannot("lock accounts"); }
Task<std::vector<AccountSession>> Homeserver::sessions(std::string) { co_return cannot("list sessions"); }
Task<Unit> Homeserver::end_session(std::string, std::string) { co_return cannot("end sessions"); }
Task<Unit> Homeserver::end_all_sessions(std::string) { co_return cannot("end sessions"); }

Task<std::vector<BulkAccount>> Homeserver::make_accounts(std::vector<NewAccount> accounts,
                                                         std::optional<std::string> join_room,
                                                         std::function<void(std::size_t)> done) {
  std::string room_id;
  if (join_room) {
    CO_TRY(room_id, co_await resolve_alias(*std::move(join_room)));
  }
  std::vector<BulkAccount> result;
  for (auto& account : accounts) {
    auto user_id = make_user_id(account.localpart, server_name());
    auto made = co_await create_account(std::move(account));
    if (!made && made.error().code() != Errc::user_in_use) co_return std::unexpected(std::move(made).error());
    BulkAccount one{.created = made.has_value(), .joined = false};
    if (!room_id.empty()) {
      auto joined = co_await join(std::move(user_id), room_id);
      if (!joined && joined.error().code() != Errc::forbidden) co_return std::unexpected(std::move(joined).error());
      one.joined = joined.has_value();
    }
    result.push_back(one);
    if (done) done(result.size());
  }
  co_return result;
}

}  // namespace troupe::matrix
