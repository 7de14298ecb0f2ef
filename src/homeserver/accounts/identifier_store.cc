#include "homeserver/accounts/identifier_store.h"

#include <algorithm>

#include "homeserver/accounts/mail_pusher_store.h"
#include "homeserver/mail/mail_store.h"
#include "store/words.h"

namespace troupe::homeserver::accounts::identifier_store {
namespace {

using namespace store::words;

constexpr auto kThirdParty =
    store::columns(column("medium", &ThirdPartyId::medium), column("address", &ThirdPartyId::address),
                   column("added_ms", &ThirdPartyId::added_ms));
constexpr auto kThirdPartyIds =
    sql("SELECT ", kThirdParty, " FROM hs_third_party_id WHERE user_id = ?1 ORDER BY medium, address");
constexpr auto kPutThirdParty = sql(store::insert("hs_third_party_id", kThirdParty, "user_id"),
                                    " ON CONFLICT (medium, address) DO UPDATE SET user_id = excluded.user_id, "
                                    "added_ms = excluded.added_ms");

constexpr auto kExternal =
    store::columns(column("provider", &ExternalId::provider), column("external_id", &ExternalId::external_id));
constexpr auto kExternalIds =
    sql("SELECT ", kExternal, " FROM hs_external_id WHERE user_id = ?1 ORDER BY provider, external_id");
constexpr auto kPutExternal =
    sql(store::insert("hs_external_id", kExternal, "user_id"), " ON CONFLICT (provider, external_id) DO NOTHING");

bool is_same(const ThirdPartyId& a, const ThirdPartyId& b) { return a.medium == b.medium && a.address == b.address; }

bool has(const std::vector<ThirdPartyId>& ids, const ThirdPartyId& wanted) {
  return std::ranges::any_of(ids, [&](const auto& id) { return is_same(id, wanted); });
}

}  // namespace

std::vector<ThirdPartyId> third_party_ids(store::Connection& connection, std::string_view user_id) {
  return store::all(connection.query(kThirdPartyIds, user_id), kThirdParty);
}

void set_third_party_ids(store::Tx& tx, std::string_view user_id, const std::vector<ThirdPartyId>& ids) {
  const auto present = third_party_ids(tx, user_id);
  for (const auto& id : present) {
    if (has(ids, id)) continue;
    tx.run("DELETE FROM hs_third_party_id WHERE medium = ?1 AND address = ?2", id.medium, id.address);
    mail::mail_store::remove_proofs(tx, id.address, mail::Purpose::reset);
  }
  for (const auto& id : ids) {
    if (has(present, id)) continue;
    store::run_insert(tx, kPutThirdParty, kThirdParty, id, user_id);
    mail_pusher_store::end_of_others(tx, user_id, id.address);
    // It may have been another account's: what was asked for then is no key to this one.
    mail::mail_store::remove_proofs(tx, id.address, mail::Purpose::reset);
  }
  mail_pusher_store::end_without_address(tx, user_id);
}

void delete_third_party_ids(store::Tx& tx, std::string_view user_id) {
  tx.run("DELETE FROM hs_third_party_id WHERE user_id = ?1", user_id);
  mail_pusher_store::end_without_address(tx, user_id);
}

std::optional<std::string> user_of_third_party_id(store::Connection& connection, std::string_view medium,
                                                  std::string_view address) {
  return store::value<std::string>(
      connection.query("SELECT user_id FROM hs_third_party_id WHERE medium = ?1 AND address = ?2", medium, address));
}

std::vector<ExternalId> external_ids(store::Connection& connection, std::string_view user_id) {
  return store::all(connection.query(kExternalIds, user_id), kExternal);
}

Result<Unit> set_external_ids(store::Tx& tx, std::string_view user_id, const std::vector<ExternalId>& ids) {
  for (const auto& id : ids) {
    const auto user = user_of_external_id(tx, id.provider, id.external_id);
    if (user && *user != user_id) return Error(Errc::conflict, "This external id is another account's.");
  }
  tx.run("DELETE FROM hs_external_id WHERE user_id = ?1", user_id);
  for (const auto& id : ids) store::run_insert(tx, kPutExternal, kExternal, id, user_id);
  return Unit{};
}

std::optional<std::string> user_of_external_id(store::Connection& connection, std::string_view provider,
                                               std::string_view external_id) {
  return store::value<std::string>(connection.query(
      "SELECT user_id FROM hs_external_id WHERE provider = ?1 AND external_id = ?2", provider, external_id));
}

bool add_external_id(store::Tx& tx, std::string_view user_id, const ExternalId& id) {
  if (user_of_external_id(tx, id.provider, id.external_id)) return false;
  store::run_insert(tx, kPutExternal, kExternal, id, user_id);
  return true;
}

void delete_external_id(store::Tx& tx, const ExternalId& id) {
  tx.run("DELETE FROM hs_external_id WHERE provider = ?1 AND external_id = ?2", id.provider, id.external_id);
}

}  // namespace troupe::homeserver::accounts::identifier_store
