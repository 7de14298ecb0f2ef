#include "homeserver/accounts/guests.h"

#include "base/crypto.h"
#include "homeserver/accounts/account_store.h"
#include "homeserver/accounts/endpoint_pattern.h"
#include "homeserver/accounts/guest_store.h"
#include "homeserver/accounts/tokens.h"
#include "homeserver/common/settings.h"
#include "net/route/rate_limit.h"

namespace troupe::homeserver::accounts {
namespace {

constexpr std::size_t kRandomBytes = 10;

constexpr std::string_view kLeftToGuests[] = {
    // Reading: also rooms that the world can read.
    "GET sync",
    "GET rooms/*/state",
    "GET rooms/*/state/*",
    "GET rooms/*/state/*/*",
    "GET rooms/*/context/*",
    "GET rooms/*/event/*",
    "GET rooms/*/messages",
    "GET rooms/*/members",
    "GET rooms/*/initialSync",
    "GET rooms/*/relations/**",
    "GET media/download/*/*",
    "GET media/download/*/*/*",
    "GET media/thumbnail/*/*",
    // Taking part.
    "POST join/*",
    "POST rooms/*/join",
    "POST rooms/*/leave",
    "PUT rooms/*/send/*/*",
    "PUT rooms/*/state/*",
    "PUT rooms/*/state/*/*",
    "PUT sendToDevice/*/*",
    // Oneself.
    "PUT profile/*/displayname",
    "DELETE profile/*/displayname",
    "GET devices",
    "GET devices/*",
    "PUT devices/*",
    "GET account/whoami",
    "GET capabilities",
    "POST user/*/filter",
    "GET user/*/filter/*",
    "POST logout",
    "POST logout/all",
    // Encryption.
    "POST keys/upload",
    "POST keys/query",
    "POST keys/claim",
    "GET keys/changes",
};

Error no_guests() {
  return Error(Errc::forbidden, "This server has no guests.").with_wire_code("M_GUEST_ACCESS_FORBIDDEN");
}

Error too_many(std::string message) {
  return Error(Errc::limit_exceeded, std::move(message)).with_retry_after(std::chrono::minutes(10));
}

}  // namespace

bool guest_may(std::string_view method, std::string_view path) {
  return is_listed(kLeftToGuests, method == "HEAD" ? "GET" : method, path);
}

Task<std::string> Guests::make(std::string address) {
  if (!parts_.settings.of<RegistrationSettings>().guests) co_return no_guests();
  matrix::NewAccount account;
  account.localpart = "guest-" + base::hex(base::as_bytes(base::random_bytes(kRandomBytes)));
  account.display_name = "Guest";
  CO_TRY(const auto user_id, parts_.accounts.check_new_localpart(account.localpart));
  const auto network = net::route::rate_key_of_address(address);
  auto mark = [&user_id, network](store::Tx& tx) -> Result<Unit> {
    if (!network.empty() && guest_store::has_as_many_of(tx, network, kMostOfNetwork))
      return too_many("Your address has as many guests here as it gets. Try again later, or make an account.");
    if (guest_store::has_as_many(tx, kMost))
      return too_many("This server has as many guests as it takes. Try again later.");
    guest_store::set_guest(tx, user_id, network);
    return Unit{};
  };
  CO_TRY(const auto made, co_await parts_.accounts.create(std::move(account), mark));
  co_return made.user_id;
}

Task<std::string> Guests::guest_of(std::string access_token) {
  auto look = [&access_token](store::Connection& connection) -> Result<std::optional<SessionRow>> {
    return account_store::find_session(connection, token_hash(access_token));
  };
  std::optional<SessionRow> row;
  if (looks_like_token(access_token, kAccessTokenPrefix)) {
    CO_TRY(row, co_await parts_.db.read(look));
  }
  const bool ended = row && row->token.expires_ms && *row->token.expires_ms <= parts_.clock.unix_ms();
  if (!row || !row->guest || row->deactivated || ended)
    co_return Error(Errc::forbidden, "guest_access_token is not the access token of a guest.");
  if (row->locked) co_return account_is_locked();
  co_return std::move(row->token.user_id);
}

Task<Unit> Guests::upgrade(std::string user_id, std::string password, std::function<Result<Unit>(store::Tx&)> also) {
  auto change = [user_id, also = std::move(also)](store::Tx& tx) -> Result<Unit> {
    const auto now = account_store::find_account(tx, user_id);
    if (!now || !now->guest || now->deactivated) return Error(Errc::user_in_use);
    if (also) {
      TRY(also(tx));
    }
    guest_store::set_no_guest(tx, user_id);
    return Unit{};
  };
  co_return co_await parts_.accounts.set_password(std::move(user_id), std::move(password), true, {}, std::move(change));
}

Task<Unit> Guests::sweep() {
  const std::chrono::days days(parts_.settings.of<RegistrationSettings>().guest_days);
  if (days.count() == 0) co_return Unit{};
  const auto before = parts_.ages.unix_ms() - std::chrono::milliseconds(days).count();
  auto look = [before](store::Connection& connection) -> Result<std::vector<std::string>> {
    return guest_store::unused_since(connection, before, kClosedAtOnce);
  };
  CO_TRY(const auto unused, co_await parts_.db.read(look));
  for (const auto& user_id : unused) {
    // Somebody may have come back, or got an account, since it was read.
    auto still = [&user_id, before](store::Tx& tx) -> Result<Unit> {
      if (guest_store::is_unused_since(tx, user_id, before)) return Unit{};
      return Error(Errc::conflict, "The guest is in use.");
    };
    const auto closed = co_await parts_.accounts.deactivate(user_id, false, still);
    if (!closed && closed.error().code() != Errc::conflict) co_return std::unexpected(closed.error());
  }
  co_return Unit{};
}

}  // namespace troupe::homeserver::accounts
