#include "homeserver/accounts/device_service.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "homeserver/accounts/delegated_store.h"
#include "homeserver/accounts/tokens.h"
#include "homeserver/common/settings.h"
#include "homeserver/common/walk.h"

namespace troupe::homeserver::accounts {
namespace {

constexpr std::size_t kDeviceIdLength = 10;
constexpr std::string_view kDevicesMark = "sweep.devices";  ///< user and device id
constexpr std::string_view kTokensMark = "sweep.tokens";    ///< hash, in hex
constexpr std::string_view kRefreshTokensMark = "sweep.refresh_tokens";
/// How long a token that has ended is still known, so that its client hears why.
constexpr std::chrono::hours kKeepEnded{24};

std::string new_device_id() {
  std::string id;
  while (id.size() < kDeviceIdLength) {
    for (char c : base::random_alphanumeric(4 * kDeviceIdLength)) {
      if (c >= 'A' && c <= 'Z' && id.size() < kDeviceIdLength) id += c;
    }
  }
  return id;
}

/// Writes the rows for a new pair of tokens. `retires`: hash of the refresh token that the new access token replaces.
void insert_credentials(store::Tx& tx, const Credentials& made, base::UnixMs now, std::optional<std::string> retires) {
  TokenRow row{.token_hash = token_hash(made.access_token),
               .user_id = made.user_id,
               .device_id = made.device_id,
               .made_ms = now,
               .expires_ms = std::nullopt,
               .refresh_hash = std::nullopt,
               .retires = std::move(retires)};
  if (made.expires_in_ms) row.expires_ms = now + *made.expires_in_ms;
  if (made.refresh_token) {
    row.refresh_hash = token_hash(*made.refresh_token);
    account_store::insert_refresh_token(tx, {*row.refresh_hash, made.user_id, made.device_id}, now);
  }
  account_store::insert_token(tx, row);
}

base::UnixMs last_use(const DeviceRow& device) { return device.last_seen_ms.value_or(device.created_ms); }

WalkPiece<std::string> piece_of(const std::vector<account_store::HashDue>& tokens) {
  WalkPiece<std::string> piece{.due = {}, .last = {}, .seen = tokens.size()};
  for (const auto& token : tokens)
    if (token.due) piece.due.push_back(token.token_hash);
  if (!tokens.empty()) piece.last = base::hex(base::as_bytes(tokens.back().token_hash));
  return piece;
}

Result<Unit> check_device_id(std::string_view device_id) {
  if (device_id.size() <= DeviceService::kMaxDeviceIdBytes) return Unit{};
  return Error(Errc::invalid_param, "device_id is longer than 255 bytes.");
}

Error deactivated() {
  return Error(Errc::forbidden, "This account has been deactivated.").with_wire_code("M_USER_DEACTIVATED");
}

/// Error: not_found, forbidden (deactivated).
Result<Unit> check_active(store::Connection& connection, std::string_view user_id) {
  const auto account = account_store::find_account(connection, user_id);
  if (!account) return Error(Errc::not_found, "There is no such user on this server.");
  if (account->deactivated) return deactivated();
  return Unit{};
}

Error unknown_refresh_token() {
  return Error(Errc::unknown_token, "The refresh token is not known; sign in again.").with_member("soft_logout", false);
}

/// Errors: unknown_token, forbidden (locked), those of the rules.
Result<Unit> check_refresh(store::Tx& tx, const Credentials& of, const std::optional<RefreshRules>& rules) {
  const auto account = account_store::find_account(tx, of.user_id);
  if (!account || account->deactivated) return unknown_refresh_token();
  if (account->locked) return account_is_locked();
  if (rules) return rules->check(tx, of.user_id, of.device_id);
  // Where a device signed in through OAuth it is asked for its client, too.
  if (delegated_store::find_session(tx, of.user_id, of.device_id)) return unknown_refresh_token();
  return Unit{};
}

}  // namespace

Task<Credentials> DeviceService::sign_in(SignIn request) {
  CO_TRY(check_device_id(request.device_id));
  Credentials made{.user_id = request.user_id,
                   .device_id = request.device_id.empty() ? new_device_id() : request.device_id,
                   .access_token = base::random_token(kAccessTokenPrefix),
                   .refresh_token = std::nullopt,
                   .expires_in_ms = std::nullopt};
  if (request.with_refresh_token) {
    made.refresh_token = base::random_token(kRefreshTokenPrefix);
    made.expires_in_ms = request.access_life_ms.value_or(std::chrono::milliseconds(kShortLife).count());
  }
  const auto now = parts_.clock.unix_ms();
  const auto age_now = parts_.ages.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    const auto account = account_store::find_account(tx, made.user_id);
    if (!account || account->deactivated) return deactivated();
    if (request.password_hash && request.password_hash != account->password_hash) return wrong_password();
    if (!account_store::find_device(tx, made.user_id, made.device_id)) {
      TRY(make_place(tx, made.user_id, age_now));
    }
    const bool is_new = account_store::upsert_device(
        tx, {.user_id = made.user_id,
             .device_id = made.device_id,
             .display_name = request.display_name,
             .created_ms = now,
             .last_seen_ms = now,
             .last_seen_ip = request.remote_address.empty() ? std::nullopt : std::optional(request.remote_address),
             .last_seen_user_agent = std::nullopt});
    if (!is_new) {
      account_store::end_dehydrated(tx, made.user_id, made.device_id);
      account_store::delete_device_tokens(tx, made.user_id, made.device_id);
      parts_.sessions.forget_after(tx, made.user_id, made.device_id);
    }
    insert_credentials(tx, made, now, std::nullopt);
    return request.also ? request.also(tx, made.device_id) : Result<Unit>(Unit{});
  };
  CO_TRY(co_await parts_.db.write(write, {.savepoint = request.also != nullptr}));
  parts_.sessions.made(made.access_token);
  co_return made;
}

Task<std::string> DeviceService::issue_without_device(std::string user_id, std::optional<base::UnixMs> expires_ms) {
  auto token = base::random_token(kAccessTokenPrefix);
  const TokenRow row{.token_hash = token_hash(token),
                     .user_id = std::move(user_id),
                     .device_id = {},
                     .made_ms = parts_.clock.unix_ms(),
                     .expires_ms = expires_ms,
                     .refresh_hash = std::nullopt,
                     .retires = std::nullopt};
  auto write = [this, &row](store::Tx& tx) -> Result<Unit> {
    TRY(check_active(tx, row.user_id));
    const auto present = account_store::tokens_without_device(tx, row.user_id);
    for (std::size_t i = 0; i + kMaxTokensWithoutDevice <= present.size(); ++i) {
      account_store::delete_token(tx, present[i]);
      parts_.sessions.forget_after(tx, row.user_id, "");
    }
    account_store::insert_token(tx, row);
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(write));
  parts_.sessions.made(token);
  co_return token;
}

Task<Unit> DeviceService::create(std::string user_id, std::string device_id, std::optional<std::string> display_name) {
  CO_TRY(check_device_id(device_id));
  const auto now = parts_.clock.unix_ms();
  const auto age_now = parts_.ages.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    TRY(check_active(tx, user_id));
    if (account_store::find_device(tx, user_id, device_id)) return Unit{};
    TRY(make_place(tx, user_id, age_now));
    account_store::upsert_device(tx, {.user_id = user_id,
                                      .device_id = device_id,
                                      .display_name = display_name,
                                      .created_ms = now,
                                      .last_seen_ms = std::nullopt,
                                      .last_seen_ip = std::nullopt,
                                      .last_seen_user_agent = std::nullopt});
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(write, {.savepoint = true}));
  co_return Unit{};
}

Result<Unit> DeviceService::make_place(store::Tx& tx, const std::string& user_id, base::UnixMs age_now) {
  const auto limit = parts_.settings.of<KeepSettings>().devices_per_account;
  if (account_store::count_devices(tx, user_id) < limit) return Unit{};
  const auto oldest = account_store::longest_unused_device(tx, user_id);
  if (!oldest || last_use(*oldest) > age_now - std::chrono::milliseconds(kUnused).count()) {
    return Error(Errc::forbidden, "This account is signed in on " + std::to_string(limit) +
                                      " devices, the most it may have. Sign out of one of them first.");
  }
  TRY(remove_device(tx, parts_.observer, user_id, oldest->device_id));
  parts_.sessions.forget_after(tx, user_id, oldest->device_id);
  return Unit{};
}

Task<Credentials> DeviceService::refresh(std::string refresh_token, std::optional<RefreshRules> rules) {
  if (!looks_like_token(refresh_token, kRefreshTokenPrefix)) co_return unknown_refresh_token();
  const auto hash = token_hash(refresh_token);
  Credentials made{.user_id = {},
                   .device_id = {},
                   .access_token = base::random_token(kAccessTokenPrefix),
                   .refresh_token = base::random_token(kRefreshTokenPrefix),
                   .expires_in_ms = std::chrono::milliseconds(kShortLife).count()};
  if (rules) made.expires_in_ms = rules->access_life_ms;
  const auto now = parts_.clock.unix_ms();
  bool served = false;
  auto write = [&](store::Tx& tx) -> Result<Unit> {  // may run twice
    const auto old = account_store::find_refresh_token(tx, hash);
    const auto spent = delegated_store::find_spent(tx, hash);
    if (!old && !spent) return unknown_refresh_token();
    made.user_id = old ? old->user_id : spent->user_id;
    made.device_id = old ? old->device_id : spent->device_id;
    TRY(check_refresh(tx, made, rules));
    parts_.sessions.forget_after(tx, made.user_id, made.device_id);
    served = old && (!rules || !spent || spent->served < kServedAtMost);
    // Either the owner or a thief has used the token before: nobody can tell who, so both are signed out.
    if (!served) {
      TRY(remove_device(tx, parts_.observer, made.user_id, made.device_id));
      return Unit{};
    }
    delegated_store::count_spent(
        tx, {.token_hash = hash, .user_id = old->user_id, .device_id = old->device_id, .served = 1, .made_ms = now});
    // Using this refresh token is also a use of the pair that it belongs to: the one before dies now at the latest.
    if (const auto own = account_store::token_of_refresh(tx, *old)) account_store::retire_predecessor(tx, *own);
    account_store::delete_unused_successors(tx, *old);
    insert_credentials(tx, made, now, hash);
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(write, {.savepoint = true}));
  if (!served) co_return unknown_refresh_token();
  parts_.sessions.made(made.access_token);
  co_return made;
}

Task<Unit> DeviceService::sign_out(Session session) {
  auto write = [this, &session](store::Tx& tx) -> Result<Unit> {
    if (session.device_id.empty()) {
      account_store::delete_token(tx, session.token_hash);
    } else {
      TRY(remove_device(tx, parts_.observer, session.user_id, session.device_id));
    }
    parts_.sessions.forget_after(tx, session.user_id, session.device_id);
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(write, {.savepoint = true}));
  co_return Unit{};
}

Task<Unit> DeviceService::sign_out_everywhere(std::string user_id) {
  const auto now = parts_.clock.unix_ms();
  auto write = [this, &user_id, now](store::Tx& tx) -> Result<Unit> {
    delegated_store::end_grants(tx, user_id, now);
    for (const auto& device : account_store::devices(tx, user_id)) {
      TRY(remove_device(tx, parts_.observer, user_id, device.device_id));
    }
    account_store::delete_tokens_without_device(tx, user_id);
    parts_.observer.signed_out(tx, user_id);
    parts_.sessions.forget_after(tx, user_id);
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(write, {.savepoint = true}));
  co_return Unit{};
}

Task<std::vector<DeviceRow>> DeviceService::list(std::string user_id) {
  auto look = [&user_id](store::Connection& connection) -> Result<std::vector<DeviceRow>> {
    auto devices = account_store::devices(connection, user_id);
    if (const auto dehydrated = account_store::find_dehydrated(connection, user_id)) {
      for (auto& device : devices) device.dehydrated = device.device_id == dehydrated->device_id;
    }
    return devices;
  };
  co_return co_await parts_.db.read(look);
}

Task<DeviceRow> DeviceService::find(std::string user_id, std::string device_id) {
  auto look = [&](store::Connection& connection) -> Result<std::optional<DeviceRow>> {
    auto found = account_store::find_device(connection, user_id, device_id);
    if (!found) return found;
    const auto dehydrated = account_store::find_dehydrated(connection, user_id);
    found->dehydrated = dehydrated && dehydrated->device_id == device_id;
    return found;
  };
  CO_TRY(auto device, co_await parts_.db.read(look));
  if (!device) co_return Error(Errc::not_found, "You have no device with this id.");
  co_return *std::move(device);
}

Task<Unit> DeviceService::rename(std::string user_id, std::string device_id, std::optional<std::string> display_name) {
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    if (!account_store::rename_device(tx, user_id, device_id, display_name)) {
      return Error(Errc::not_found, "You have no device with this id.");
    }
    return parts_.observer.device_renamed(tx, user_id, device_id);
  };
  CO_TRY(co_await parts_.db.write(write));
  co_return Unit{};
}

Task<Unit> DeviceService::remove(std::string user_id, std::vector<std::string> device_ids,
                                 std::function<bool(store::Tx&)> when) {
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    if (when && !when(tx)) return Unit{};
    for (const auto& device_id : device_ids) {
      TRY(remove_device(tx, parts_.observer, user_id, device_id));
      parts_.sessions.forget_after(tx, user_id, device_id);
    }
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(write, {.savepoint = true}));
  co_return Unit{};
}

Task<Unit> DeviceService::sweep() {
  CO_TRY(co_await sweep_tokens());
  if (parts_.settings.of<KeepSettings>().unused_device_days == 0) co_return Unit{};
  co_return co_await sweep_devices();
}

Task<Unit> DeviceService::sweep_tokens() {
  const auto ended = parts_.ages.unix_ms() - std::chrono::milliseconds(kKeepEnded).count();
  auto look = [ended](store::Connection& connection, const std::string& after) {
    return piece_of(
        account_store::tokens_after(connection, base::hex_decode(after).value_or(""), ended, store::kPiece));
  };
  auto remove = [ended](store::Tx& tx, const std::string& hash) -> Result<Unit> {
    account_store::delete_ended_token(tx, hash, ended);
    return Unit{};
  };
  CO_TRY(co_await walk(parts_.db, kTokensMark, look, remove));
  auto look_at_refresh = [](store::Connection& connection, const std::string& after) {
    return piece_of(
        account_store::refresh_tokens_after(connection, base::hex_decode(after).value_or(""), store::kPiece));
  };
  auto remove_refresh = [](store::Tx& tx, const std::string& hash) -> Result<Unit> {
    account_store::delete_lost_refresh_token(tx, hash);
    return Unit{};
  };
  co_return co_await walk(parts_.db, kRefreshTokensMark, look_at_refresh, remove_refresh);
}

Task<Unit> DeviceService::sweep_devices() {
  const std::chrono::days days(parts_.settings.of<KeepSettings>().unused_device_days);
  const auto before = parts_.ages.unix_ms() - std::chrono::milliseconds(days).count();
  auto look = [before](store::Connection& connection, const std::string& after) {
    // A user id holds no space.
    const auto space = std::min(after.find(' '), after.size());
    auto devices = account_store::devices_after(connection, after.substr(0, space),
                                                after.substr(std::min(space + 1, after.size())), store::kPiece);
    WalkPiece<DeviceRow> piece{.due = {}, .last = {}, .seen = devices.size()};
    if (!devices.empty()) piece.last = devices.back().user_id + " " + devices.back().device_id;
    std::erase_if(devices, [before](const DeviceRow& device) { return last_use(device) >= before; });
    piece.due = std::move(devices);
    return piece;
  };
  auto remove = [this, before](store::Tx& tx, const DeviceRow& device) -> Result<Unit> {
    // Somebody may have used it since it was read.
    const auto now = account_store::find_device(tx, device.user_id, device.device_id);
    if (!now || last_use(*now) >= before) return Unit{};
    TRY(remove_device(tx, parts_.observer, device.user_id, device.device_id));
    parts_.sessions.forget_after(tx, device.user_id, device.device_id);
    return Unit{};
  };
  co_return co_await walk(parts_.db, kDevicesMark, look, remove);
}

}  // namespace troupe::homeserver::accounts
