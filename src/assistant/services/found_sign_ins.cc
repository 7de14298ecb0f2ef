// Where people sign in to MCP servers, as it was found: kept for all processes.
#include "assistant/services/pack_services.h"

namespace troupe::assistant::services {
namespace {

Error not_the_same() {
  return Error(Errc::conflict, "The service's settings were changed meanwhile. Begin again.").with_status(400);
}

Error cannot_keep(const std::string& name, const std::string& why) {
  return Error(Errc::forbidden, "The service gave a " + name + " that cannot be kept: it " + why + ".");
}

}  // namespace

Task<Unit> PackServices::keep_found(std::int64_t tenant_id, std::string service, std::string base_url,
                                    packs::FoundSignIn found, std::optional<RegisteredClient> client) {
  CO_TRY(const auto present, co_await stock(tenant_id));
  const auto* item = present->find(service);
  if (!item) co_return Error(Errc::not_found, "There is no such pack.");
  if (!item->use || !item->finds_sign_in || item->base_url != base_url) co_return not_the_same();
  auto pack = *item->shelved.read->pack;
  packs::complete_auth(pack.config.auth, found);
  StoredSecrets secrets{.address = address_of(pack, base_url), .values = {}};
  if (client) {
    secrets.values["client_id"] = client->id;
    if (!client->secret.empty()) secrets.values["client_secret"] = client->secret;
    for (const auto& [name, value] : secrets.values) {
      if (const auto wrong = wrong_secret(name, value)) co_return cannot_keep(name, *wrong);
    }
  }
  const auto account = account_of(tenant_id, service);
  const service_store::FoundRow row{.tenant_id = tenant_id,
                                    .service = service,
                                    .address = base_url,
                                    .found = packs::text_of(found),
                                    .found_ms = uses_.clock.unix_ms()};
  const auto write = [&](store::Tx& tx) -> Result<Unit> {
    auto stored = service_store::find(tx, tenant_id, service)
                      .value_or(service_store::Row{.tenant_id = tenant_id, .service = service});
    if (!stored.base_url.empty() && stored.base_url != base_url) return not_the_same();
    service_store::put_found_sign_in(tx, row);
    if (client) {
      stored.sealed_secrets = seal(uses_.stocker.sealing_key, account, secrets);
      stored.updated_ms = row.found_ms;
      service_store::put(tx, stored);
      service_store::remove_grant(tx, account);
    }
    tx.announce(kServicesTopic, std::to_string(tenant_id));
    return Unit{};
  };
  CO_TRY(co_await uses_.db.write(write));
  forget(tenant_id);
  CO_TRY(co_await stock(tenant_id));
  co_return Unit{};
}

}  // namespace troupe::assistant::services
