#include "homeserver/sso/sign_ins.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/text.h"
#include "homeserver/accounts/identifier_store.h"
#include "homeserver/sso/names.h"
#include "matrix/ids.h"
#include "net/route/rate_limit.h"
#include "store/in_pieces.h"

namespace troupe::homeserver::sso {
namespace {

using accounts::SsoOrigin;

std::string hashed(std::string_view text) { return accounts::token_hash(text); }

/// Follows from what only this browser has and what only this sign-in has, so that it is stored nowhere.
std::string derived(const std::string& cookie, std::string_view state, std::string_view what) {
  return base::base64url(base::as_bytes(base::hmac_sha256(cookie, std::string(what) + '\0' + std::string(state))));
}

Error not_on_its_way() {
  return Error(Errc::forbidden,
               "This sign-in was not begun in this browser, it has been used already, or it took too long. Go back to "
               "the app and begin again; your browser must accept cookies.");
}

/// Error: forbidden (deactivated, locked).
Result<Unit> check_account(const std::optional<accounts::AccountRow>& account) {
  if (!account || account->deactivated)
    return Error(Errc::forbidden, "This account has been deactivated.").with_wire_code("M_USER_DEACTIVATED");
  if (account->locked) return accounts::account_is_locked();
  return Unit{};
}

/// Whether whoever comes with its name may have the account: not what a program uses, not an administrator's, not one
/// that somebody else of the same provider has already.
bool may_be_linked(store::Connection& connection, const accounts::AccountRow& account, const SsoOrigin& origin) {
  if (account.kind != matrix::AccountKind::person || account.admin || account.deactivated || account.locked ||
      account.guest)
    return false;
  const auto ids = accounts::identifier_store::external_ids(connection, account.user_id);
  return std::ranges::find(ids, origin.provider, &accounts::ExternalId::provider) == ids.end();
}

accounts::ExternalId external_id(const SsoOrigin& origin) {
  return {.provider = origin.provider, .external_id = origin.external_id};
}

}  // namespace

Task<std::string> SignIns::begin(identity::oidc::Provider& provider, Purpose purpose, std::string target,
                                 Browser browser) {
  const auto state = base::random_token("");
  identity::oidc::Departure departure{.redirect_uri = browser.redirect_uri,
                                      .state = state,
                                      .nonce = derived(browser.cookie, state, "nonce"),
                                      .verifier = derived(browser.cookie, state, "verifier"),
                                      .sign_in_again = purpose == Purpose::confirm};
  CO_TRY(auto url, co_await provider.departure_to(std::move(departure)));
  SignInRow row;
  row.state_hash = hashed(state);
  row.browser_hash = hashed(browser.cookie);
  row.purpose = purpose;
  row.target = std::move(target);
  row.origin.provider = provider.settings().id;
  row.ends_ms = parts_.clock.unix_ms() + std::chrono::milliseconds(kLife).count();
  row.place_hash = hashed(net::route::rate_key_of_address(browser.address));
  auto write = [&row](store::Tx& tx) -> Result<Unit> {
    sign_in_store::insert(tx, row);
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(write));
  co_return url;
}

Task<SignInRow> SignIns::find(std::string state, std::string cookie) {
  if (state.empty() || state.size() > kMaxStateBytes) co_return not_on_its_way();
  auto look = [hash = hashed(state)](store::Connection& connection) -> Result<std::optional<SignInRow>> {
    return sign_in_store::find(connection, hash);
  };
  CO_TRY(auto row, co_await parts_.db.read(look));
  if (!row || row->ends_ms <= parts_.clock.unix_ms() || !base::constant_time_equal(row->browser_hash, hashed(cookie)))
    co_return not_on_its_way();
  co_return *std::move(row);
}

Task<std::string> SignIns::known_user(SsoOrigin origin) {
  auto look = [&origin](store::Connection& connection) -> Result<std::string> {
    const auto user = accounts::identifier_store::user_of_external_id(connection, origin.provider, origin.external_id);
    if (!user) return std::string();
    TRY(check_account(accounts::account_store::find_account(connection, *user)));
    return *user;
  };
  co_return co_await parts_.db.read(look);
}

Task<bool> SignIns::link(std::string user_id, SsoOrigin origin) {
  // Providers are the server's: the accounts of other tenants are not theirs to give. Nor are those of whoever looks
  // after it: an operator's powers hang on the principal, not on the account.
  const auto principal = co_await parts_.people.principals.by_user(user_id);
  if (!principal && principal.error().code() != Errc::not_found) co_return std::unexpected(principal.error());
  const bool plain =
      !principal || (principal->tenant_id == identity::kDefaultTenant && principal->role == net::route::Role::member);
  if (!plain) co_return false;
  const auto record = parts_.people.accounts.on_record(
      user_id, {.how = accounts::Joined::How::linked, .by = "provider", .provider = origin.provider});
  auto write = [&](store::Tx& tx) -> Result<bool> {
    const auto account = accounts::account_store::find_account(tx, user_id);
    if (!account || !may_be_linked(tx, *account, origin) ||
        !accounts::identifier_store::add_external_id(tx, user_id, external_id(origin)))
      return false;
    TRY(record(tx));
    return true;
  };
  co_return co_await parts_.db.write(write);
}

Task<std::string> SignIns::make_account(const SignInRow& row, std::string localpart) {
  CO_TRY(parts_.people.registration.check_not_reserved(localpart));
  matrix::NewAccount account;
  account.localpart = std::move(localpart);
  account.display_name = row.display_name;
  const auto user_id = parts_.people.accounts.resolve_user(account.localpart);
  if (!user_id) co_return Error(Errc::invalid_param, "This user name is too long.");
  auto add = [origin = row.origin, user_id = *user_id](store::Tx& tx) -> Result<Unit> {
    if (accounts::identifier_store::add_external_id(tx, user_id, external_id(origin))) return Unit{};
    return Error(Errc::conflict, "You have an account by now. Begin again.");
  };
  auto also = parts_.people.accounts.on_record(*user_id, {.by = "provider", .provider = row.origin.provider}, add);
  CO_TRY(auto made, co_await parts_.people.accounts.create(std::move(account), std::move(also)));
  co_return std::move(made.user_id);
}

Task<Unit> SignIns::settle(SignInRow& row, bool may_link) {
  row.step = Step::leave;
  CO_TRY(row.user_id, co_await known_user(row.origin));
  if (!row.user_id.empty()) co_return Unit{};
  if (row.purpose == Purpose::confirm)
    co_return Error(Errc::forbidden, "You signed in there as somebody who has no account here.");
  const auto localpart = as_localpart(row.localpart);
  const auto user_id = parts_.people.accounts.resolve_user(localpart);
  if (may_link && user_id && !localpart.empty()) {
    CO_TRY(const bool linked, co_await link(*user_id, row.origin));
    if (linked) {
      row.user_id = *user_id;
      co_return Unit{};
    }
  }
  auto made = co_await make_account(row, localpart);
  if (made) {
    row.user_id = *std::move(made);
    co_return Unit{};
  }
  const auto code = made.error().code();
  if (code == Errc::conflict) {  // the same person, twice at once
    CO_TRY(row.user_id, co_await known_user(row.origin));
    if (!row.user_id.empty()) co_return Unit{};
  }
  if (code != Errc::user_in_use && code != Errc::invalid_param) co_return std::unexpected(std::move(made).error());
  row.step = Step::name;
  co_return Unit{};
}

Task<SignInRow> SignIns::arrive(Arrival arrival, Browser browser) {
  CO_TRY(auto row, co_await find(arrival.state, browser.cookie));
  auto* provider = parts_.providers.find(row.origin.provider);
  if (!provider || arrival.code.empty() || arrival.code.size() > kMaxCodeBytes) co_return not_on_its_way();
  auto take = [&row](store::Tx& tx) -> Result<Unit> {  // whoever shows the same again is too late
    if (!sign_in_store::move(tx, row.state_hash, Step::away, Step::back)) return not_on_its_way();
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(take));
  identity::oidc::Return from{.code = std::move(arrival.code),
                              .issuer = std::move(arrival.issuer),
                              .redirect_uri = std::move(browser.redirect_uri),
                              .nonce = derived(browser.cookie, arrival.state, "nonce"),
                              .verifier = derived(browser.cookie, arrival.state, "verifier")};
  if (row.purpose == Purpose::confirm)  // whoever is signed in there since long has proved nothing now
    from.signed_in_since = row.ends_ms - std::chrono::milliseconds(kLife).count();
  CO_TRY(auto person, co_await provider->welcome(std::move(from)));
  if (!person.has_role)
    co_return Error(Errc::forbidden,
                    "You may not use this server. Ask whoever gives out rights at " + provider->settings().name + ".");
  row.origin.external_id = std::move(person.subject);
  row.origin.sid = std::move(person.session_id);
  row.localpart = std::move(person.localpart);
  row.display_name = std::move(person.display_name);
  CO_TRY(co_await settle(row, provider->settings().link_existing && person.name_is_own));
  auto write = [&row](store::Tx& tx) -> Result<Unit> {
    sign_in_store::put_person(tx, row);
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(write));
  co_return row;
}

Task<SignInRow> SignIns::choose_name(std::string state, std::string cookie, std::string localpart) {
  CO_TRY(auto row, co_await find(std::move(state), std::move(cookie)));
  if (row.step != Step::name) co_return not_on_its_way();
  CO_TRY(row.user_id, co_await make_account(row, base::ascii_lower(localpart)));
  row.step = Step::leave;
  auto write = [&row](store::Tx& tx) -> Result<Unit> {
    sign_in_store::put_person(tx, row);
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(write));
  co_return row;
}

namespace {

/// Ends it, unless it has ended or the account may not be used any more.
Result<Unit> end_in(store::Tx& tx, const SignInRow& row) {
  const auto now = sign_in_store::find(tx, row.state_hash);
  if (!now || now->step != Step::leave || now->user_id != row.user_id) return not_on_its_way();
  TRY(check_account(accounts::account_store::find_account(tx, row.user_id)));
  sign_in_store::remove(tx, row.state_hash);
  return Unit{};
}

}  // namespace

Task<std::string> SignIns::give_token(SignInRow row) {
  auto user_id = row.user_id;
  auto origin = row.origin;
  const auto taken_by = row.purpose == Purpose::console ? accounts::TakenBy::console : accounts::TakenBy::clients;
  auto when = [row = std::move(row)](store::Tx& tx) { return end_in(tx, row); };
  co_return co_await parts_.tokens.issue_for(std::move(user_id), std::move(origin), std::move(when), taken_by);
}

Task<Unit> SignIns::end(SignInRow row) {
  auto write = [&row](store::Tx& tx) { return end_in(tx, row); };
  co_return co_await parts_.db.write(write, {.savepoint = true});
}

Task<Unit> SignIns::break_off(std::string state, std::string cookie) {
  CO_TRY(const auto row, co_await find(std::move(state), std::move(cookie)));
  auto write = [&row](store::Tx& tx) -> Result<Unit> {
    sign_in_store::remove(tx, row.state_hash);
    return Unit{};
  };
  co_return co_await parts_.db.write(write);
}

Task<Unit> SignIns::sweep(base::UnixMs age_now) {
  auto ended = [age_now](store::Tx& tx) { return sign_in_store::remove_ended(tx, age_now, store::kPiece); };
  CO_TRY(co_await store::write_in_pieces(parts_.db, ended));
  auto logouts = [age_now](store::Tx& tx) { return sign_in_store::forget_logouts(tx, age_now, store::kPiece); };
  co_return co_await store::write_in_pieces(parts_.db, logouts);
}

}  // namespace troupe::homeserver::sso
