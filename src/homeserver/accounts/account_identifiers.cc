// What an account is known by elsewhere: addresses that its person has proved, and what providers call them.
#include <algorithm>

#include "base/text.h"
#include "homeserver/accounts/account_service.h"
#include "homeserver/accounts/mail_pusher_store.h"
#include "homeserver/accounts/sso_store.h"
#include "homeserver/common/mail_address.h"
#include "homeserver/common/settings.h"

namespace troupe::homeserver::accounts {
namespace {

constexpr std::string_view kMail = "email";

}  // namespace

Task<Identifiers> AccountService::identifiers(std::string user_id) {
  auto look = [&user_id](store::Connection& connection) -> Result<Identifiers> {
    return Identifiers{.third_party = identifier_store::third_party_ids(connection, user_id),
                       .external = identifier_store::external_ids(connection, user_id)};
  };
  co_return co_await parts_.db.read(look);
}

Task<matrix::WaysIn> AccountService::ways_in(std::string user_id) {
  auto look = [&user_id](store::Connection& connection) -> Result<std::optional<matrix::WaysIn>> {
    const auto account = account_store::find_account(connection, user_id);
    if (!account) return std::nullopt;
    matrix::WaysIn ways{.password = account->password_hash.has_value(), .identities = {}};
    for (auto& id : identifier_store::external_ids(connection, user_id))
      ways.identities.push_back({.provider = std::move(id.provider), .subject = std::move(id.external_id)});
    return ways;
  };
  CO_TRY(auto ways, co_await parts_.db.read(look));
  if (!ways) co_return Error(Errc::not_found, "There is no such user.");
  co_return *std::move(ways);
}

Task<Unit> AccountService::set_third_party_ids(std::string user_id, std::vector<ThirdPartyId> ids) {
  auto change = [user_id, ids = std::move(ids)](store::Tx& tx) -> Result<Unit> {
    identifier_store::set_third_party_ids(tx, user_id, ids);
    return Unit{};
  };
  co_return co_await change_account(user_id, std::move(change));
}

Task<std::optional<std::string>> AccountService::user_of_mail_address(std::string address) {
  auto look = [&address](store::Connection& connection) -> Result<std::optional<std::string>> {
    return identifier_store::user_of_third_party_id(connection, kMail, address);
  };
  co_return co_await parts_.db.read(look);
}

Result<Unit> AccountService::add_mail_address(store::Tx& tx, std::string_view user_id, std::string address,
                                              base::UnixMs now_ms, bool with_missed) {
  const auto owner = identifier_store::user_of_third_party_id(tx, kMail, address);
  if (owner && *owner == user_id) return Unit{};
  if (owner) {
    return Error(Errc::invalid_param, "Another account has this e-mail address.").with_wire_code("M_THREEPID_IN_USE");
  }
  auto ids = identifier_store::third_party_ids(tx, user_id);
  if (ids.size() >= kMostAddresses)
    return Error(Errc::limit_exceeded, "An account has 20 addresses at most: remove one first.").with_status(400);
  if (with_missed) mail_pusher_store::begin(tx, user_id, address, now_ms);
  ids.push_back({.medium = std::string(kMail), .address = std::move(address), .added_ms = now_ms});
  identifier_store::set_third_party_ids(tx, user_id, ids);
  return Unit{};
}

Task<Unit> AccountService::add_mail_address(std::string user_id, std::string address,
                                            std::function<Result<Unit>(store::Tx&)> also) {
  auto change = [user_id, address = std::move(address), also = std::move(also), now = parts_.clock.unix_ms(),
                 with_missed = sends_missed_mails(parts_.settings)](store::Tx& tx) -> Result<Unit> {
    TRY(also(tx));
    return add_mail_address(tx, user_id, address, now, with_missed);
  };
  co_return co_await change_account(user_id, std::move(change));
}

Task<bool> AccountService::remove_third_party_id(std::string user_id, std::string medium, std::string address) {
  if (medium == kMail) address = base::ascii_lower(address);
  CO_TRY(const auto known, co_await identifiers(user_id));
  const auto is_given = [&](const ThirdPartyId& id) { return id.medium == medium && id.address == address; };
  if (std::ranges::none_of(known.third_party, is_given)) co_return false;
  auto change = [user_id, is_given](store::Tx& tx) -> Result<Unit> {
    auto ids = identifier_store::third_party_ids(tx, user_id);
    std::erase_if(ids, is_given);
    identifier_store::set_third_party_ids(tx, user_id, ids);
    return Unit{};
  };
  CO_TRY(co_await change_account(user_id, std::move(change)));
  co_return true;
}

Task<Unit> AccountService::set_external_ids(std::string user_id, std::vector<ExternalId> ids) {
  auto change = [user_id, ids = std::move(ids)](store::Tx& tx) {
    return identifier_store::set_external_ids(tx, user_id, ids);
  };
  co_return co_await change_account(user_id, std::move(change));
}

Task<Unit> AccountService::link_external_id(std::string user_id, ExternalId id) {
  auto change = [user_id, id = std::move(id)](store::Tx& tx) -> Result<Unit> {
    const auto account = account_store::find_public(tx, user_id);
    if (account->deactivated) return Error(Errc::conflict, "This account was closed for ever.");
    if (account->kind != matrix::AccountKind::person) return Error(Errc::conflict, "This is no person's account.");
    const auto owner = identifier_store::user_of_external_id(tx, id.provider, id.external_id);
    if (owner && *owner != user_id)
      return Error(Errc::conflict, "This id leads to " + *owner + " already. Take it from there first.");
    if (!owner) identifier_store::add_external_id(tx, user_id, id);
    return Unit{};
  };
  co_return co_await change_account(user_id, std::move(change));
}

Task<std::string> AccountService::unlink_external_id(ExternalId id) {
  const auto now = parts_.clock.unix_ms();
  auto write = [&id, now](store::Tx& tx) -> Result<std::string> {
    const auto owner = identifier_store::user_of_external_id(tx, id.provider, id.external_id);
    if (!owner) return Error(Errc::not_found, "No account has this id at this provider.");
    identifier_store::delete_external_id(tx, id);
    sso_store::end_unredeemed(tx, {.provider = id.provider, .external_id = id.external_id, .sid = {}}, now);
    return *owner;
  };
  CO_TRY(auto owner, co_await parts_.db.write(write));
  parts_.bus.ring(bus::Topic::users, parts_.db.head());
  co_return owner;
}

}  // namespace troupe::homeserver::accounts
