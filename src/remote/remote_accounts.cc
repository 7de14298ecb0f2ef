// The port's calls about accounts.
#include <boost/asio/co_spawn.hpp>

#include "matrix/ids.h"
#include "remote/options.h"
#include "remote/remote_homeserver.h"

namespace troupe::remote {
namespace {

constexpr std::size_t kPasswordLength = 40;
constexpr std::size_t kMaxAccounts = 10'000;
constexpr std::int64_t kMaxPage = 1'000;

std::string user_path(std::string_view user_id) { return "/_synapse/admin/v2/users" + segments({user_id}); }

/// Synapse gives creation times in milliseconds here and in seconds there, by version.
std::int64_t as_milliseconds(std::int64_t ts) { return ts > 0 && ts < 100'000'000'000 ? ts * 1'000 : ts; }

matrix::Account from_admin_api(const matrix::JsonObject& user) {
  matrix::Account account;
  account.user_id = matrix::find_string(user, "name").value_or("");
  // Flags are booleans in new versions and 0 or 1 in old ones.
  const auto flag = [&](std::string_view name) {
    return matrix::find_bool(user, name).value_or(matrix::find_integer(user, name).value_or(0) != 0);
  };
  account.admin = flag("admin");
  account.deactivated = flag("deactivated");
  account.locked = flag("locked");
  account.display_name = matrix::find_string(user, "displayname").value_or("");
  account.avatar_url = matrix::find_string(user, "avatar_url").value_or("");
  account.created_ms = as_milliseconds(matrix::find_integer(user, "creation_ts").value_or(0));
  if (matrix::find_string(user, "user_type") == "bot") account.kind = matrix::AccountKind::bot;
  return account;
}

matrix::Account from_row(const RemoteAccount& row) {
  matrix::Account account;
  account.user_id = row.user_id;
  account.kind = row.kind;
  account.admin = row.admin;
  account.display_name = row.display_name;
  account.created_ms = row.created_ms;
  return account;
}

}  // namespace

Task<matrix::JsonObject> RemoteHomeserver::as_admin(ApiCall call) {
  CO_TRY(call.token, co_await parts_.tokens.admin());
  if (call.token.empty()) {
    co_return Error(Errc::unsupported,
                    "This needs the other homeserver's admin API: set homeserver.admin_token to the access token of an "
                    "administrator there.");
  }
  co_return co_await parts_.api.call(std::move(call));
}

Task<std::optional<RemoteAccount>> RemoteHomeserver::row_of(std::string user_id) {
  auto look = [&](store::Connection& c) -> Result<std::optional<RemoteAccount>> { return find_account(c, user_id); };
  co_return co_await parts_.db.read(look);
}

Task<matrix::Account> RemoteHomeserver::create_account(matrix::NewAccount wanted) {
  if (!matrix::is_new_localpart(wanted.localpart, server_name())) {
    co_return Error(Errc::invalid_param, "A user name may hold a-z, 0-9 and . _ = - / + only.")
        .with_wire_code("M_INVALID_USERNAME");
  }
  const auto user_id = matrix::make_user_id(wanted.localpart, server_name());
  const bool ours = wanted.kind != matrix::AccountKind::person;
  const bool by_service = ours && parts_.tokens.has_application_service() && is_in_namespace(wanted.localpart);
  RemoteAccount row{.user_id = user_id,
                    .kind = wanted.kind,
                    .display_name = wanted.display_name.empty() ? wanted.localpart : wanted.display_name,
                    .admin = wanted.admin,
                    .sealed_token = {},
                    .sealed_password = {},
                    .since = {},
                    .syncs = ours && !by_service,
                    .created_ms = parts_.clock.unix_ms()};
  if (by_service) {
    matrix::JsonObject body{
        {"type", "m.login.application_service"}, {"username", wanted.localpart}, {"inhibit_login", true}};
    ApiCall call{.method = "POST",
                 .path = "/_matrix/client/v3/register",
                 .body = std::move(body),
                 .token = parts_.settings.of<RemoteSettings>().as_token};
    CO_TRY(co_await parts_.api.call(std::move(call)));
  } else if (parts_.tokens.has_registration_secret()) {
    auto password = wanted.password.value_or(base::random_alphanumeric(kPasswordLength));
    CO_TRY(auto made,
           co_await parts_.tokens.register_by_secret(wanted.localpart, password, wanted.admin, row.display_name));
    if (ours) {
      row.sealed_token = parts_.key.seal(made.token);
      row.sealed_password = parts_.key.seal(password);
    }
  } else {
    co_return Error(Errc::unsupported,
                    "Accounts on the other homeserver are made with its registration secret: set "
                    "homeserver.registration_secret to its registration_shared_secret.");
  }
  auto write = [&](store::Tx& tx) -> Result<Unit> { return upsert_account(tx, row), Unit{}; };
  CO_TRY(co_await parts_.db.write(write));
  if (by_service) {
    CO_TRY(co_await set_display_name(user_id, row.display_name));
  } else if (row.syncs && parts_.follow) {
    parts_.follow(user_id);
  }
  co_return from_row(row);
}

Task<matrix::Account> RemoteHomeserver::account(std::string user_id) {
  CO_TRY(auto row, co_await row_of(user_id));
  ApiCall call{.path = user_path(user_id)};
  auto answer = co_await as_admin(std::move(call));
  if (answer) {
    auto account = from_admin_api(*answer);
    if (row) account.kind = row->kind;
    co_return account;
  }
  const auto code = answer.error().code();
  if (code != Errc::unsupported && code != Errc::unrecognized) co_return std::unexpected(answer.error());
  if (row) co_return from_row(*row);
  co_return co_await account_by_profile(std::move(user_id));
}

/// What anybody may learn: that there is a profile.
Task<matrix::Account> RemoteHomeserver::account_by_profile(std::string user_id) {
  ApiCall call{.path = "/_matrix/client/v3/profile" + segments({user_id})};
  CO_TRY(auto answer, co_await parts_.api.call(std::move(call)));
  matrix::Account account;
  account.user_id = std::move(user_id);
  account.display_name = matrix::find_string(answer, "displayname").value_or("");
  account.avatar_url = matrix::find_string(answer, "avatar_url").value_or("");
  co_return account;
}

Task<matrix::AccountPage> RemoteHomeserver::accounts(matrix::AccountQuery query) {
  if (query.limit < 1 || query.limit > kMaxPage || query.from < 0) {
    co_return Error(Errc::invalid_param, "limit must be 1 to 1000.");
  }
  ApiCall call{.path = "/_synapse/admin/v2/users"};
  call.query = {{"from", std::to_string(query.from)},
                {"limit", std::to_string(query.limit)},
                {"guests", "false"},
                {"deactivated", query.deactivated.value_or(true) ? "true" : "false"}};
  if (!query.search.empty()) call.query.emplace_back("name", query.search);
  if (query.admin) call.query.emplace_back("admins", *query.admin ? "true" : "false");
  if (query.locked) call.query.emplace_back("locked", *query.locked ? "true" : "false");
  call.query.emplace_back("order_by", query.sort == matrix::AccountSort::created        ? "creation_ts"
                                      : query.sort == matrix::AccountSort::display_name ? "displayname"
                                                                                        : "name");
  call.query.emplace_back("dir", query.descending ? "b" : "f");
  auto answer = co_await as_admin(std::move(call));
  matrix::AccountPage page;
  if (answer) {
    page.total = matrix::find_integer(*answer, "total").value_or(0);
    const auto* users = matrix::find_array(*answer, "users");
    if (!users) co_return page;
    for (const auto& user : *users) {
      if (!user.is_object()) continue;
      auto account = from_admin_api(user.get_object());
      CO_TRY(auto row, co_await row_of(account.user_id));
      if (row) account.kind = row->kind;
      page.accounts.push_back(std::move(account));
    }
    co_return page;
  }
  const auto code = answer.error().code();
  if (code != Errc::unsupported && code != Errc::unrecognized) co_return std::unexpected(answer.error());
  // Without an admin API only the accounts made here are known.
  auto look = [&](store::Connection& c) -> Result<matrix::AccountPage> {
    matrix::AccountPage known{.accounts = {}, .total = count_accounts(c, query.search)};
    for (const auto& row : list_accounts(c, query.search, query.from, query.limit)) {
      known.accounts.push_back(from_row(row));
    }
    return known;
  };
  co_return co_await parts_.db.read(look);
}

Task<matrix::Account> RemoteHomeserver::check_password(std::string user, std::string password,
                                                       std::string /*address*/) {
  auto user_id = user.starts_with('@') ? user : matrix::make_user_id(user, server_name());
  auto session = co_await parts_.tokens.log_in(user_id, std::move(password), {});
  if (!session) {
    const auto code = session.error().code();
    if (code == Errc::forbidden || code == Errc::invalid_param || code == Errc::not_found) {
      co_return Error(Errc::forbidden, "The user name or the password is wrong.");
    }
    co_return std::unexpected(session.error());
  }
  // The session was only for the check.
  ApiCall out{.method = "POST",
              .path = "/_matrix/client/v3/logout",
              .body = matrix::JsonObject{},
              .token = session->access_token,
              .repeatable = true};
  CO_TRY(co_await parts_.api.call(std::move(out)));
  co_return co_await account(std::move(user_id));
}

Task<Unit> RemoteHomeserver::set_password(std::string user_id, std::string password, bool logout_devices) {
  ApiCall call{.method = "POST",
               .path = "/_synapse/admin/v1/reset_password" + segments({user_id}),
               .body = matrix::JsonObject{{"new_password", password}, {"logout_devices", logout_devices}}};
  CO_TRY(co_await as_admin(std::move(call)));
  if (logout_devices) co_return co_await parts_.tokens.drop(std::move(user_id));
  co_return Unit{};
}

Task<Unit> RemoteHomeserver::set_admin(std::string user_id, bool admin) {
  ApiCall call{.method = "PUT",
               .path = "/_synapse/admin/v1/users" + segments({user_id}) + "/admin",
               .body = matrix::JsonObject{{"admin", admin}}};
  CO_TRY(co_await as_admin(std::move(call)));
  auto write = [&](store::Tx& tx) -> Result<Unit> { return update_admin(tx, user_id, admin), Unit{}; };
  co_return co_await parts_.db.write(write);
}

Task<Unit> RemoteHomeserver::set_display_name(std::string user_id, std::string name) {
  ApiCall call{.method = "PUT",
               .path = "/_matrix/client/v3/profile" + segments({user_id}) + "/displayname",
               .body = matrix::JsonObject{{"displayname", name}}};
  CO_TRY(co_await as(user_id, std::move(call)));
  auto write = [&](store::Tx& tx) -> Result<Unit> { return update_display_name(tx, user_id, name), Unit{}; };
  co_return co_await parts_.db.write(write);
}

Task<Unit> RemoteHomeserver::deactivate(std::string user_id) {
  ApiCall call{.method = "POST",
               .path = "/_synapse/admin/v1/deactivate" + segments({user_id}),
               .body = matrix::JsonObject{{"erase", false}},
               .repeatable = true};
  CO_TRY(co_await as_admin(std::move(call)));
  auto write = [&](store::Tx& tx) -> Result<Unit> { return delete_account(tx, user_id), Unit{}; };
  co_return co_await parts_.db.write(write);
}

Task<matrix::IssuedToken> RemoteHomeserver::issue_token(std::string user_id, std::string device_id) {
  co_return co_await parts_.tokens.open_session(std::move(user_id), std::move(device_id));
}

/// Deleting a device wants the password once more, so a session is opened on it, which ends its tokens, and ended.
Task<Unit> RemoteHomeserver::revoke_token(std::string user_id, std::string device_id) {
  CO_TRY(auto session, co_await parts_.tokens.open_session(std::move(user_id), std::move(device_id)));
  ApiCall call{.method = "POST",
               .path = "/_matrix/client/v3/logout",
               .body = matrix::JsonObject{},
               .token = std::move(session.access_token),
               .repeatable = true};
  CO_TRY(co_await parts_.api.call(std::move(call)));
  co_return Unit{};
}

Task<Unit> RemoteHomeserver::set_locked(std::string user_id, bool locked) {
  ApiCall call{.method = "PUT", .path = user_path(user_id), .body = matrix::JsonObject{{"locked", locked}}};
  CO_TRY(co_await as_admin(std::move(call)));
  co_return Unit{};
}

Task<std::vector<matrix::AccountSession>> RemoteHomeserver::sessions(std::string user_id) {
  ApiCall call{.path = user_path(user_id) + "/devices"};
  CO_TRY(auto answer, co_await as_admin(std::move(call)));
  std::vector<matrix::AccountSession> out;
  const auto* devices = matrix::find_array(answer, "devices");
  if (!devices) co_return out;
  for (const auto& value : *devices) {
    if (!value.is_object()) continue;
    const auto& device = value.get_object();
    matrix::AccountSession session{
        .device_id = std::string(matrix::find_string(device, "device_id").value_or("")),
        .display_name = std::string(matrix::find_string(device, "display_name").value_or("")),
        .last_seen_ms = matrix::find_integer(device, "last_seen_ts"),
        .last_seen_ip = std::string(matrix::find_string(device, "last_seen_ip").value_or(""))};
    out.push_back(std::move(session));
  }
  co_return out;
}

Task<Unit> RemoteHomeserver::end_session(std::string user_id, std::string device_id) {
  ApiCall call{.method = "DELETE", .path = user_path(user_id) + "/devices" + segments({device_id})};
  CO_TRY(co_await as_admin(std::move(call)));
  co_return co_await parts_.tokens.drop(std::move(user_id));
}

Task<Unit> RemoteHomeserver::end_all_sessions(std::string user_id) {
  CO_TRY(auto open, co_await sessions(user_id));
  boost::json::array ids;
  for (const auto& session : open) ids.emplace_back(session.device_id);
  ApiCall call{.method = "POST",
               .path = user_path(user_id) + "/delete_devices",
               .body = matrix::JsonObject{{"devices", std::move(ids)}},
               .repeatable = true};
  CO_TRY(co_await as_admin(std::move(call)));
  co_return co_await parts_.tokens.drop(std::move(user_id));
}

Task<std::vector<matrix::BulkAccount>> RemoteHomeserver::create_accounts(std::vector<matrix::NewAccount> accounts,
                                                                         std::optional<std::string> join_room,
                                                                         std::function<void(std::size_t)> done) {
  if (accounts.size() > kMaxAccounts) co_return Error(Errc::too_large, "At most 10,000 accounts at once.");
  for (const auto& wanted : accounts) {
    if (!matrix::is_new_localpart(wanted.localpart, server_name())) {
      co_return Error(Errc::invalid_param, "This cannot be a user name: " + wanted.localpart.substr(0, 100));
    }
  }
  std::string room_id;
  if (join_room) {
    CO_TRY(room_id, co_await resolve_alias(*std::move(join_room)));
  }
  std::vector<matrix::BulkAccount> result;
  for (auto& wanted : accounts) {
    auto user_id = matrix::make_user_id(wanted.localpart, server_name());
    auto made = co_await create_account(std::move(wanted));
    if (!made && made.error().code() != Errc::user_in_use) co_return std::unexpected(std::move(made).error());
    matrix::BulkAccount one{.created = made.has_value(), .joined = false};
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

}  // namespace troupe::remote
