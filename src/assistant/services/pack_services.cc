#include "assistant/services/pack_services.h"

#include <algorithm>
#include <charconv>

#include "assistant/calls/token_endpoint.h"
#include "assistant/calls/tokens.h"
#include "assistant/packs/address.h"
#include "assistant/services/grants.h"
#include "base/field_errors.h"
#include "base/on_pool.h"
#include "identity/types.h"

namespace troupe::assistant::services {
namespace {

void tell_others(store::Tx& tx, std::int64_t tenant_id) { tx.announce(kServicesTopic, std::to_string(tenant_id)); }

/// The errors of a pack, each at its file: what a person mends before sending it again.
Error refused(const report::Findings& findings) {
  base::FieldErrors errors;
  for (const auto& each : findings.sorted()) {
    if (each.severity != report::Severity::error) break;
    errors.add("/files" + (each.file.empty() ? std::string() : base::pointer_to(each.file)) + each.pointer,
               each.message + "; " + each.advice);
  }
  auto outcome = std::move(errors).outcome();
  return outcome ? Error(Errc::invalid_param, "The pack cannot be used.") : std::move(outcome).error();
}

Error changed_meanwhile() {
  return Error(Errc::conflict, "The service's settings were changed while the sign-in was under way. Begin again.")
      .with_status(400);
}

Result<Unit> check_sizes(const packs::Files& files) {
  if (files.size() > packs::kMaxPackFiles) return Error(Errc::too_large, "A pack has at most 16 files.");
  std::size_t total = 0;
  for (const auto& [name, bytes] : files) total += bytes.size();
  if (total > kMaxSentPackBytes)
    return Error(Errc::too_large, "A pack that is sent has at most 8 MiB; troupe pack add takes larger ones.");
  if (!files.contains("config.json")) return base::field_error("/files", "config.json is missing");
  return Unit{};
}

/// What the tenant's own packs would come to with this one.
Result<Unit> check_room(const Stock& present, const packs::Pack& pack) {
  std::size_t count = 1, examples = pack.examples.size(), operations = pack.operations.size();
  for (const auto& item : present.items) {
    if (item.shelved.source != packs::Source::added || item.shelved.service == pack.config.service) continue;
    ++count;
    if (!item.use) continue;
    examples += item.use->service.pack->examples.size();
    operations += item.use->service.pack->operations.size();
  }
  if (count > kMaxTenantPacks) return Error(Errc::too_large, "A tenant has at most 100 packs of its own.");
  if (examples > kMaxTenantExamples || operations > kMaxTenantOperations)
    return Error(Errc::too_large, "A tenant's packs have at most 10000 sentences and 5000 operations together.");
  return Unit{};
}

}  // namespace

PackServices::PackServices(Uses uses)
    : uses_(std::move(uses)),
      lists_({.db = uses_.db,
              .clock = uses_.clock,
              .list = uses_.list_tools,
              .changed = [this](std::int64_t tenant_id) { forget(tenant_id); },
              .tell_others = tell_others}),
      stocker_(uses_.stocker) {
  uses_.db.on_announcement(std::string(kServicesTopic), [this](store::Connection&, const store::Announcement& heard) {
    std::int64_t tenant_id = 0;
    const auto* end = heard.bytes.data() + heard.bytes.size();
    if (std::from_chars(heard.bytes.data(), end, tenant_id).ec == std::errc()) forget(tenant_id);
  });
  uses_.db.on_foreign_head([this](store::Connection&, const store::ForeignCommits& commits) {
    if (commits.announcements_lost) forget_all();
  });
}

PackServices::~PackServices() { workshop_.join(); }

void PackServices::forget(std::int64_t tenant_id) {
  const base::Lock lock(mutex_);
  if (const auto found = kept_.find(tenant_id); found != kept_.end()) found->second.wanted = ++changes_;
}

void PackServices::forget_all() {
  const base::Lock lock(mutex_);
  for (auto& [tenant, kept] : kept_) kept.wanted = ++changes_;
}

PackServices::Kept PackServices::kept_of(std::int64_t tenant_id) {
  const base::Lock lock(mutex_);
  // Without it a server of very many tenants would keep all of them for ever. Those that go are made again.
  if (kept_.size() >= kMaxKeptTenants && !kept_.contains(tenant_id))
    std::erase_if(kept_, [](const auto& each) { return each.first != identity::kDefaultTenant; });
  auto& kept = kept_[tenant_id];
  if (kept.wanted == 0) kept.wanted = ++changes_;
  return kept;
}

std::shared_ptr<const Stock> PackServices::make(std::int64_t tenant_id, std::uint64_t wanted,
                                                const service_store::Rows& rows) {
  // Of all who wait for one change the first has made it.
  if (const auto kept = kept_of(tenant_id); kept.stock && kept.made >= wanted) return kept.stock;
  auto stock = stocker_.make(tenant_id, rows);
  const base::Lock lock(mutex_);
  // Let go of meanwhile: whoever asks next makes it anew.
  if (const auto kept = kept_.find(tenant_id); kept != kept_.end() && kept->second.made < wanted) {
    kept->second.stock = stock;
    kept->second.made = wanted;
  }
  return stock;
}

Task<std::shared_ptr<const Stock>> PackServices::made_stock(std::int64_t tenant_id) {
  const auto kept = kept_of(tenant_id);
  if (kept.stock && kept.made == kept.wanted) co_return kept.stock;
  const auto read = [tenant_id](store::Connection& c) -> Result<service_store::Rows> {
    return service_store::Rows{.services = service_store::of_tenant(c, tenant_id),
                               .tools = service_store::tool_lists(c, tenant_id),
                               .found = service_store::found_sign_ins(c, tenant_id)};
  };
  CO_TRY(auto rows, co_await uses_.db.read(read));
  auto work = [this, tenant_id, wanted = kept.wanted, rows = std::move(rows)] { return make(tenant_id, wanted, rows); };
  co_return co_await base::on_pool(workshop_, std::move(work));
}

Task<std::shared_ptr<const Stock>> PackServices::stock(std::int64_t tenant_id) {
  CO_TRY(auto made, co_await made_stock(tenant_id));
  if (!lists_.wants(*made)) co_return made;
  CO_TRY(const bool others, co_await lists_.ask(tenant_id, made, false));
  if (!others) co_return made;
  forget(tenant_id);
  co_return co_await made_stock(tenant_id);
}

Task<std::shared_ptr<const Offer>> PackServices::offer(std::int64_t tenant_id) {
  CO_TRY(const auto found, co_await stock(tenant_id));
  co_return found->offer;
}

namespace {

Task<Unit> tell_of_change(store::Database& db, std::int64_t tenant_id) {
  if (!db.shared()) co_return Unit{};
  const auto tell = [tenant_id](store::Tx& tx) -> Result<Unit> {
    tell_others(tx, tenant_id);
    return Unit{};
  };
  co_return co_await db.write(tell);
}

}  // namespace

Task<std::shared_ptr<const Stock>> PackServices::reload(std::int64_t tenant_id) {
  forget(tenant_id);
  CO_TRY(const auto before, co_await made_stock(tenant_id));
  CO_TRY(const bool others, co_await lists_.ask(tenant_id, before, true));
  if (others) forget(tenant_id);
  CO_TRY(co_await tell_of_change(uses_.db, tenant_id));
  co_return co_await stock(tenant_id);
}

namespace {

bool is_of(const Item& item, const std::string& name) {
  return std::ranges::find(item.keys, name, &Key::name) != item.keys.end();
}

/// What is wrong with a change, without a secret's value.
Result<Unit> check(const Change& change, const Item& item) {
  base::FieldErrors errors;
  if (change.base_url && !change.base_url->empty() &&
      (change.base_url->size() > packs::kMaxSettingBytes || !packs::host_of(*change.base_url)))
    errors.add("/base_url", "must be an http or https address without query or password");
  for (const auto& [name, value] : change.secrets) {
    const auto pointer = "/secrets" + base::pointer_to(name.substr(0, 64));
    if (!is_of(item, name)) {
      errors.add(pointer, "is no secret that this service needs");
    } else if (value) {
      if (auto wrong = wrong_secret(name, *value)) errors.add(pointer, *std::move(wrong));
    }
  }
  if (change.approval) {
    const auto& names = change.approval->names;
    const bool named = change.approval->approver == tasks::Approver::named;
    if (named == names.empty() || names.size() > kMaxApprovers)
      errors.add("/approval/names", "names 1 to 50 people when `by` is named, and nobody otherwise");
    if (!std::ranges::all_of(names, [](const auto& each) { return !each.empty() && each.size() <= kMaxApproverBytes; }))
      errors.add("/approval/names", "each is a user id of at most 255 bytes");
  }
  return std::move(errors).outcome();
}

/// What is stored for a service at this address: what was stored for another one stays there.
StoredSecrets stored_for(const base::SealingKey& key, const std::string& account, const service_store::Row& row,
                         const std::string& address) {
  StoredSecrets none{.address = address, .values = {}};
  if (row.sealed_secrets.empty()) return none;
  auto stored = open(key, account, row.sealed_secrets);
  return stored && stored->address == address ? *std::move(stored) : none;
}

struct Setting {
  Changer changer;
  Change change;
  std::shared_ptr<const packs::Pack> pack;
  std::string otherwise;  ///< the base URL where none is stored
};

/// The row as it becomes.
Result<service_store::Row> changed(const base::SealingKey& key, service_store::Row row, const Setting& setting) {
  const auto& change = setting.change;
  if (change.enabled) row.enabled = change.enabled;
  if (change.base_url) {
    auto url = *change.base_url;
    while (url.ends_with('/')) url.pop_back();
    // Whoever repeats an address does not change whose it is.
    if (url != row.base_url) row.base_private = setting.changer.server_admin && !url.empty();
    row.base_url = std::move(url);
  }
  if (change.approval) {
    row.approver =
        change.approval->approver ? tasks::kApprovers.at(static_cast<std::size_t>(*change.approval->approver)) : "";
    row.approvers = boost::json::array(change.approval->names.begin(), change.approval->names.end());
  }
  if (change.secrets.empty()) return row;
  const auto account = account_of(row.tenant_id, row.service);
  const auto address = address_of(*setting.pack, row.base_url.empty() ? setting.otherwise : row.base_url);
  if (address.empty())
    return base::field_error("/base_url", "nothing says where the service is: set its address first");
  auto secrets = stored_for(key, account, row, address);
  for (const auto& [name, value] : change.secrets) {
    if (name == kSignIn) secrets.values.erase(std::string(calls::kLastingToken));
    if (value) {
      secrets.values[name] = *value;
    } else {
      secrets.values.erase(name);
    }
  }
  row.sealed_secrets = secrets.values.empty() ? std::string() : seal(key, account, secrets);
  return row;
}

}  // namespace

Task<std::shared_ptr<const Stock>> PackServices::change(Changer changer, std::string service, Change change,
                                                        store::AlsoWrite also) {
  CO_TRY(const auto present, co_await stock(changer.tenant_id));
  const auto* item = present->find(service);
  if (!item) co_return Error(Errc::not_found, "There is no such pack.");
  if (!item->use) co_return Error(Errc::conflict, "The pack has errors: mend it first.").with_status(400);
  CO_TRY(check(change, *item));
  const Setting setting{.changer = changer,
                        .change = std::move(change),
                        .pack = item->shelved.read->pack,
                        .otherwise = item->base_otherwise};
  const auto write = [&, now = uses_.clock.unix_ms()](store::Tx& tx) -> Result<Unit> {
    auto row = service_store::find(tx, changer.tenant_id, service)
                   .value_or(service_store::Row{.tenant_id = changer.tenant_id, .service = service});
    TRY(row, changed(uses_.stocker.sealing_key, std::move(row), setting));
    const auto& secrets = setting.change.secrets;
    const auto gone = std::ranges::any_of(secrets, [](const auto& each) { return !each.second; });
    if (gone) service_store::remove_grant(tx, account_of(changer.tenant_id, service));
    row.updated_ms = now;
    service_store::put(tx, row);
    if (also) also(tx);
    tell_others(tx, changer.tenant_id);
    return Unit{};
  };
  CO_TRY(co_await uses_.db.write(write));
  forget(changer.tenant_id);
  co_return co_await stock(changer.tenant_id);
}

Task<Unit> PackServices::keep_sign_in(std::int64_t tenant_id, std::string service, SignedIn signed_in,
                                      store::AlsoWrite also) {
  CO_TRY(const auto present, co_await stock(tenant_id));
  const auto* item = present->find(service);
  if (!item) co_return Error(Errc::not_found, "There is no such pack.");
  if (!item->use) co_return changed_meanwhile();
  const auto& auth = item->use->service.pack->config.auth;
  const bool lasts = signed_in.refresh_token.empty();
  const auto name = std::string(lasts ? calls::kLastingToken : kSignIn);
  const auto& token = lasts ? signed_in.access_token : signed_in.refresh_token;
  if (auto wrong = wrong_secret(name, token))
    co_return Error(Errc::forbidden, "The service gave a token that cannot be kept: it " + *wrong + ".");
  const auto& key = uses_.stocker.sealing_key;
  const auto account = account_of(tenant_id, service);
  const auto write = [&, now = uses_.clock.unix_ms()](store::Tx& tx) -> Result<Unit> {
    auto row = service_store::find(tx, tenant_id, service)
                   .value_or(service_store::Row{.tenant_id = tenant_id, .service = service});
    const auto base_url = row.base_url.empty() ? item->base_otherwise : row.base_url;
    if (address_of(*item->shelved.read->pack, base_url) != signed_in.address) return changed_meanwhile();
    auto secrets = stored_for(key, account, row, signed_in.address);
    if (const auto client = secrets.values.find("client_id");
        client != secrets.values.end() && client->second != signed_in.client_id)
      return changed_meanwhile();
    secrets.values.erase(std::string(kSignIn));
    secrets.values.erase(std::string(calls::kLastingToken));
    secrets.values[name] = token;
    row.sealed_secrets = seal(key, account, secrets);
    row.updated_ms = now;
    service_store::put(tx, row);
    service_store::remove_grant(tx, account);
    if (!lasts) {
      const calls::Grant grant{
          .access_token = signed_in.access_token,
          .refresh_token = signed_in.refresh_token,
          .expires_ms = signed_in.expires_ms,
          .address = calls::grant_address(auth, base_url, signed_in.client_id, signed_in.refresh_token)};
      service_store::put_grant(tx, account, seal(key, account, grant), now);
    }
    if (also) also(tx);
    tell_others(tx, tenant_id);
    return Unit{};
  };
  CO_TRY(co_await uses_.db.write(write));
  forget(tenant_id);
  co_return Unit{};  // it is stored: what fails from here on is not the sign-in
}

Result<AddedPack> PackServices::check_added(const Changer& changer, const packs::Files& files,
                                            const Stock& present) const {
  TRY(check_sizes(files));
  const auto checked = packs::read_pack(files);
  if (!checked.pack) return refused(checked.findings);
  const auto& pack = *checked.pack;
  const auto& service = pack.config.service;
  const bool program = pack.config.mcp && pack.config.mcp->stdio;
  if (program && !changer.server_admin)
    return Error(Errc::forbidden, "Only administrators of the server may add a service that is a program.");
  if (program && !uses_.allow_programs)
    return Error(
        Errc::forbidden,
        "Programs are not allowed on this server. Set programs.allow = true in troupe.toml, or add the pack on "
        "the machine itself by troupe pack add.");
  // What the server's environment holds for one address does not go to another because somebody sent a pack.
  const auto* before = present.find(service);
  const auto& server = stocker_.server_keys();
  const auto of_server = server.base_url(service);
  const auto address = address_of(pack, of_server.empty() ? pack.base_url : of_server);
  if (changer.tenant_id == identity::kDefaultTenant && !server.secrets(pack.config).empty() &&
      (!before || before->environment_address != address))
    return Error(Errc::forbidden,
                 "The environment has a key for this service: troupe pack add lets it go to another address.");
  if (changer.tenant_id != identity::kDefaultTenant) {
    TRY(check_room(present, pack));
  }
  const bool replaced = before && before->shelved.source == packs::Source::added;
  return AddedPack{.service = service, .replaced = replaced};
}

Task<AddedPack> PackServices::add(Changer changer, packs::Files files, NoteAdded before) {
  CO_TRY(auto present, co_await stock(changer.tenant_id));
  const auto sent = std::make_shared<const packs::Files>(std::move(files));
  auto check = [this, changer, sent, present = std::move(present)] { return check_added(changer, *sent, *present); };
  CO_TRY(auto added, co_await base::on_pool(workshop_, std::move(check)));
  if (before) {
    const auto note = [&](store::Tx& tx) -> Result<Unit> {
      before(tx, added);
      return Unit{};
    };
    CO_TRY(co_await uses_.db.write(note));
  }
  auto work = [this, changer, sent, service = added.service] {
    return stocker_.shelf().added(changer.tenant_id).add(service, *sent);
  };
  CO_TRY(added.replaced, co_await base::on_pool(workshop_, std::move(work)));
  if (added.replaced) {
    CO_TRY(co_await reload(changer.tenant_id));
    co_return added;
  }
  // No other service's server is asked for it: one that does not answer holds up nobody.
  lists_.forget(account_of(changer.tenant_id, added.service));
  forget(changer.tenant_id);
  CO_TRY(co_await tell_of_change(uses_.db, changer.tenant_id));
  CO_TRY(co_await stock(changer.tenant_id));
  co_return added;
}

Task<Unit> PackServices::remove(Changer changer, std::string service, store::AlsoWrite before) {
  CO_TRY(const auto present, co_await stock(changer.tenant_id));
  const auto* item = present->find(service);
  if (!item) co_return Error(Errc::not_found, "There is no such pack.");
  if (item->shelved.source == packs::Source::shipped)
    co_return Error(Errc::conflict, "It comes with the program: turn it off instead.").with_status(400);
  const bool shipped = item->shelved.replaces_shipped;
  if (before) {
    const auto note = [&](store::Tx& tx) -> Result<Unit> {
      before(tx);
      return Unit{};
    };
    CO_TRY(co_await uses_.db.write(note));
  }
  auto work = [this, changer, service] { return stocker_.shelf().added(changer.tenant_id).remove(service); };
  CO_TRY(co_await base::on_pool(workshop_, std::move(work)));
  const auto write = [&](store::Tx& tx) -> Result<Unit> {
    // A shipped one's keys are for its own address.
    if (!shipped) {
      service_store::remove(tx, changer.tenant_id, service);
      service_store::remove_grant(tx, account_of(changer.tenant_id, service));
    }
    service_store::remove_tool_list(tx, changer.tenant_id, service);
    service_store::remove_found_sign_in(tx, changer.tenant_id, service);
    tell_others(tx, changer.tenant_id);
    return Unit{};
  };
  CO_TRY(co_await uses_.db.write(write));
  forget(changer.tenant_id);
  CO_TRY(co_await stock(changer.tenant_id));
  co_return Unit{};
}

std::vector<std::pair<std::int64_t, std::shared_ptr<const Stock>>> PackServices::kept_stocks() {
  std::vector<std::pair<std::int64_t, std::shared_ptr<const Stock>>> out;
  const base::Lock lock(mutex_);
  for (const auto& [tenant, kept] : kept_) {
    if (kept.stock) out.emplace_back(tenant, kept.stock);
  }
  return out;
}

void PackServices::look() {
  for (const auto& [tenant, stock] : kept_stocks()) {
    if (stocker_.shelf().stamp(tenant) != stock->stamp) forget(tenant);
  }
}

Task<Unit> PackServices::look_at_tools(std::set<std::string> changed) {
  return lists_.look(kept_stocks(), std::move(changed));
}

std::vector<calls::Service> PackServices::mcp_services() {
  std::vector<calls::Service> out;
  for (const auto& [tenant, stock] : kept_stocks()) {
    for (const auto& item : stock->items) {
      if (item.use && item.use->service.pack->config.mcp) out.push_back(item.use->service);
    }
  }
  return out;
}

}  // namespace troupe::assistant::services
