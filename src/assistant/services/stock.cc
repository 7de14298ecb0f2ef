#include "assistant/services/stock.h"

#include <algorithm>
#include <limits>

#include "assistant/calls/redactor.h"
#include "assistant/calls/tokens.h"
#include "assistant/services/own_pack.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "identity/types.h"
#include "matrix/json.h"

namespace troupe::assistant::services {
namespace {

/// Shorter values would be taken out of every other text.
constexpr std::size_t kShortestTold = 6;
/// Services answer a renewal without it, too.
constexpr std::string_view kMayLack = "client_secret";

std::vector<std::string> labels_of(const boost::json::array& list) {
  std::vector<std::string> out;
  for (const auto& each : list) {
    if (each.is_string()) out.emplace_back(matrix::view(each.get_string()));
  }
  return out;
}

/// With what the tenant set otherwise; the pack itself where that is nothing.
std::shared_ptr<const packs::Pack> adjusted(const std::shared_ptr<const packs::Pack>& pack, const Item& item) {
  const auto by = item.approver == tasks::Approver::asker ? packs::ApprovedBy::asker : packs::ApprovedBy::other;
  if (pack->config.enabled == item.enabled && pack->config.approved_by == by) return pack;
  auto made = std::make_shared<packs::Pack>(*pack);
  made->config.enabled = item.enabled;
  made->config.approved_by = by;
  return made;
}

std::shared_ptr<const ReadPack> without_programs() {
  static const auto made = [] {
    auto out = std::make_shared<ReadPack>();
    out->findings.add({report::Severity::error, "config.json", "/mcp/transport",
                       "a service that is a program is for the server's own tenant alone", "reach it over HTTP"});
    return out;
  }();
  return made;
}

}  // namespace

const Item* Stock::find(std::string_view service) const {
  const auto found =
      std::ranges::find(items, service, [](const Item& each) -> const auto& { return each.shelved.service; });
  return found == items.end() ? nullptr : &*found;
}

Stocker::Stocker(Uses uses)
    : uses_(std::move(uses)), shelf_(uses_.data_dir), server_keys_(uses_.settings, uses_.environment) {
  // The server's own: in nobody's texts.
  for (auto& [service, values] : server_keys_.values()) {
    std::erase_if(values, [](const auto& each) { return each.size() < kShortestTold; });
    uses_.secrets.replace(tasks::kEveryTenant, "environment " + service, std::move(values));
  }
}

void Stocker::find_address(std::int64_t tenant_id, const service_store::Row& row, Item& item, bool& configured) const {
  const auto& pack = *item.shelved.read->pack;
  const bool is_default = tenant_id == identity::kDefaultTenant;
  const auto of_server = is_default ? server_keys_.base_url(item.shelved.service) : std::string();
  item.base_url = pack.base_url;
  configured = false;
  if (is_own(item.shelved.source, item.shelved.service)) {
    item.base_url = uses_.own_address;
    configured = true;
  }
  if (!of_server.empty()) {
    item.base_url = of_server;
    item.base_from = AddressFrom::environment;
    configured = true;
  }
  if (is_default) item.environment_address = address_of(pack, item.base_url);
  item.base_otherwise = item.base_url;
  if (row.base_url.empty()) return;
  item.base_url = row.base_url;
  item.base_from = AddressFrom::stored;
  configured = row.base_private;
}

SecretValues Stocker::find_keys(std::int64_t tenant_id, const service_store::Row& row, Item& item) const {
  const auto& pack = *item.shelved.read->pack;
  const auto address = address_of(pack, item.base_url);
  // This server's own operations act as whoever asks: a key in the place of that would be everybody's.
  const bool is_here = is_own(item.shelved.source, item.shelved.service) && item.base_url == uses_.own_address;
  SecretValues stored, of_server;
  if (!row.sealed_secrets.empty()) {
    auto opened = open(uses_.sealing_key, account_of(tenant_id, item.shelved.service), row.sealed_secrets);
    item.keys_unused = !opened || opened->address != address || address.empty() || is_here;
    if (!item.keys_unused) stored = std::move(opened->values);
  }
  if (!is_here && !address.empty() && item.environment_address == address)
    of_server = server_keys_.secrets(pack.config);
  SecretValues out;
  const auto lasting = stored.find(std::string(calls::kLastingToken));
  for (const auto& name : pack.config.auth.secrets()) {
    Key key{.name = name};
    if (name == kSignIn && lasting != stored.end()) {
      key.from = KeyFrom::stored;
      out.insert(*lasting);
    } else if (const auto own = stored.find(name); own != stored.end()) {
      key.from = KeyFrom::stored;
      out.insert(*own);
    } else if (const auto given = of_server.find(name); given != of_server.end()) {
      key.from = KeyFrom::environment;
      out.insert(*given);
    } else if (name != kMayLack && !is_here) {
      item.missing.push_back(name);
    }
    if (name == kSignIn) item.signed_in = key.from != KeyFrom::nowhere;
    item.keys.push_back(std::move(key));
  }
  return out;
}

std::string list_address(const packs::Pack& pack, const std::string& base_url) {
  return pack.config.mcp && !pack.config.mcp->stdio ? base_url : address_of(pack, base_url);
}

void Stocker::find_tools(const service_store::Rows& rows, Item& item) {
  item.list_address = list_address(*item.shelved.read->pack, item.base_url);
  const auto found = std::ranges::find(rows.tools, item.shelved.service, &service_store::ToolListRow::service);
  if (found == rows.tools.end() || found->address != item.list_address) return;
  const auto with = shelf_.with_tools(item.shelved.read, found->tools);
  if (!with->pack || with->pack->operations.size() > room_) return;
  room_ -= with->pack->operations.size();
  item.shelved.read = with;
  item.listed = true;
}

void Stocker::find_sign_in(const service_store::Rows& rows, Item& item) const {
  const auto& read = *item.shelved.read;
  item.finds_sign_in = packs::finds_sign_in(read.pack->config);
  const auto row = std::ranges::find(rows.found, item.shelved.service, &service_store::FoundRow::service);
  if (!item.finds_sign_in || row == rows.found.end() || row->address != item.base_url) return;
  item.asks_for_sign_in = true;
  item.found = packs::read_found_sign_in(row->found);
  if (!item.found) return;
  packs::Pack pack(*read.pack);
  packs::complete_auth(pack.config.auth, *item.found);
  ReadPack made(read);
  made.digest = base::hex(base::sha256(read.digest + '\0' + row->found));
  made.pack = std::make_shared<const packs::Pack>(std::move(pack));
  item.shelved.read = std::make_shared<const ReadPack>(std::move(made));
}

Item Stocker::item_of(std::int64_t tenant_id, Shelved shelved, const service_store::Rows& rows) {
  Item item{.shelved = std::move(shelved)};
  if (!item.shelved.read->pack) return item;
  // Whoever may write into another tenant's folder is not whoever may run programs on this machine.
  const auto& mcp = item.shelved.read->pack->config.mcp;
  if (mcp && mcp->stdio && tenant_id != identity::kDefaultTenant) {
    item.shelved.read = without_programs();
    return item;
  }
  const auto stored = std::ranges::find(rows.services, item.shelved.service, &service_store::Row::service);
  const auto row = stored == rows.services.end() ? service_store::Row() : *stored;
  bool configured = false;
  find_address(tenant_id, row, item, configured);
  if (mcp) find_tools(rows, item);
  if (item.shelved.read->pack) find_sign_in(rows, item);
  const auto pack = item.shelved.read->pack;
  item.enabled = row.enabled.value_or(pack->config.enabled);
  item.approver = approver_of(pack->config.approved_by);
  const auto set = std::ranges::find(tasks::kApprovers, row.approver);
  if (set != tasks::kApprovers.end()) {
    item.approver = static_cast<tasks::Approver>(set - tasks::kApprovers.begin());
    item.approvers = labels_of(row.approvers);
    item.approver_is_set = true;
  }
  auto secrets = find_keys(tenant_id, row, item);
  // This server's own is the same wherever it listens.
  const bool is_here = is_own(item.shelved.source, item.shelved.service) && item.base_url == uses_.own_address;
  auto destination = is_here ? std::string("here") : destination_of(*pack, item.base_url, secrets);
  tell(tenant_id, item.shelved.service, secrets);
  auto known = std::make_shared<const calls::KnownSecrets>(secrets);
  item.use = std::make_shared<const InUse>(InUse{.source = item.shelved.source,
                                                 .service = {.pack = adjusted(pack, item),
                                                             .base_url = item.base_url,
                                                             .base_is_configured = configured,
                                                             .secrets = std::move(secrets),
                                                             .account = account_of(tenant_id, item.shelved.service),
                                                             .known = std::move(known)},
                                                 .missing_secrets = item.missing,
                                                 .destination = std::move(destination),
                                                 .approver = item.approver,
                                                 .approvers = item.approvers});
  return item;
}

void Stocker::tell(std::int64_t tenant_id, const std::string& service, const SecretValues& secrets) {
  std::vector<std::string> values;
  for (const auto& [name, value] : secrets) {
    if (value.size() >= kShortestTold) values.push_back(value);
  }
  auto& told = told_[account_of(tenant_id, service)];
  if (values == told.now) return;
  // A task under way has the ones before. They are forgotten with the ones after, not with the key itself.
  told.before = std::exchange(told.now, std::move(values));
  auto all = told.now;
  all.insert(all.end(), told.before.begin(), told.before.end());
  uses_.secrets.replace(tenant_id, "pack " + service, std::move(all));
}

std::shared_ptr<const Learned> Stocker::learned_of(const std::vector<Item>& items, const std::vector<InUse>& in_use) {
  std::string of;
  for (const auto& item : items) {
    if (item.use) of += item.shelved.service + (item.enabled ? "+" : "-") + item.shelved.read->digest + "\n";
  }
  std::erase_if(learned_, [](const auto& each) { return each.second.expired(); });
  auto& kept = learned_[of];
  auto learned = kept.lock();
  if (!learned) {
    learned = std::make_shared<const Learned>(in_use);
    kept = learned;
  }
  return learned;
}

std::shared_ptr<const Stock> Stocker::make(std::int64_t tenant_id, const service_store::Rows& rows) {
  auto stock = std::make_shared<Stock>();
  room_ = tenant_id == identity::kDefaultTenant ? std::numeric_limits<std::size_t>::max() : kMaxTenantTools;
  // Before the files are read: what changes meanwhile is seen the next time.
  stock->stamp = shelf_.stamp(tenant_id);
  std::vector<InUse> in_use;
  for (auto& shelved : shelf_.read(tenant_id)) {
    auto item = item_of(tenant_id, std::move(shelved), rows);
    if (item.use) in_use.push_back(*item.use);
    stock->items.push_back(std::move(item));
  }
  auto learned = learned_of(stock->items, in_use);
  stock->offer = std::make_shared<const Offer>(std::move(in_use), std::move(learned));
  return stock;
}

}  // namespace troupe::assistant::services
