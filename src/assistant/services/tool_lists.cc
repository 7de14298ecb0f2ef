#include "assistant/services/tool_lists.h"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/log.h"

namespace troupe::assistant::services {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

/// What is kept of each: pictures and what else servers add to their tools are nobody's here.
JsonArray kept_of(const JsonArray& tools) {
  JsonArray out;
  for (const auto& each : tools) {
    const auto* tool = each.if_object();
    if (tool == nullptr) continue;
    JsonObject kept;
    for (const std::string_view key : {"name", "title", "description", "inputSchema", "outputSchema", "annotations"}) {
      if (const auto* found = matrix::find(*tool, key)) kept[key] = *found;
    }
    out.push_back(std::move(kept));
  }
  return out;
}

/// The same for the same tools, in whatever order they were listed.
std::string stored_text(JsonArray tools) {
  std::ranges::sort(tools, {}, [](const matrix::Json& each) {
    return std::string(matrix::find_string(each.get_object(), "name").value_or(""));
  });
  return boost::json::serialize(tools);
}

/// With what it is asked: whoever gave another key or address, or leave to go there, wants to know at once.
std::string way_to(const Item& item) {
  const auto& service = item.use->service;
  std::string whole = item.list_address + (service.base_is_configured ? "+" : "-");
  for (const auto& [name, secret] : service.secrets) (((whole += '\0') += name) += '=') += secret;
  return base::hex(base::sha256(whole));
}

}  // namespace

bool ToolLists::is_asked(const Item& item) {
  return item.use && item.enabled && item.missing.empty() && item.use->service.pack->config.mcp &&
         !item.list_address.empty();
}

bool ToolLists::wants(const Stock& stock) {
  if (!uses_.list) return false;
  for (const auto& item : stock.items) {
    if (!item.listed && is_asked(item) && is_new(item)) return true;
  }
  return false;
}

bool ToolLists::is_new(const Item& item) {
  const base::Lock lock(mutex_);
  const auto found = asked_.find(item.use->service.account);
  return found == asked_.end() || found->second.way != way_to(item);
}

void ToolLists::forget(const std::string& account) {
  const base::Lock lock(mutex_);
  asked_.erase(account);
}

bool ToolLists::take(const Item& item, bool all) {
  const auto now = uses_.clock.steady();
  const base::Lock lock(mutex_);
  if (asked_.size() >= kMaxKept && !asked_.contains(item.use->service.account)) asked_.clear();
  auto& asked = asked_[item.use->service.account];
  auto way = way_to(item);
  const bool is_new = asked.way != way;
  if (is_new) asked = {.way = std::move(way), .next = now, .pause = {}};
  // One that is known after a restart is asked in its turn, not by whoever comes first.
  if (!all && !is_new && now < asked.next) return false;
  asked.next = now + kEvery;
  return true;
}

void ToolLists::note(const Item& item, bool good) {
  const base::Lock lock(mutex_);
  const auto found = asked_.find(item.use->service.account);
  if (found == asked_.end()) return;
  auto& asked = found->second;
  const std::chrono::milliseconds longest = kEvery;
  asked.pause = good ? longest : std::min(longest, std::max<std::chrono::milliseconds>(kFirstPause, asked.pause * 2));
  asked.next = uses_.clock.steady() + asked.pause;
  if (good) asked.pause = std::chrono::milliseconds(0);
}

void ToolLists::hurry(const Item& item) {
  const auto now = uses_.clock.steady();
  const base::Lock lock(mutex_);
  const auto found = asked_.find(item.use->service.account);
  if (found == asked_.end()) return;
  auto& asked = found->second;
  asked.next = std::min(asked.next, std::max(now, asked.hurried + kFirstPause));
  if (asked.next <= now) asked.hurried = now;
}

void ToolLists::postpone(const Item& item) {
  const base::Lock lock(mutex_);
  if (const auto found = asked_.find(item.use->service.account); found != asked_.end())
    found->second.next = uses_.clock.steady();
}

Task<bool> ToolLists::ask(std::int64_t tenant_id, std::shared_ptr<const Stock> stock, bool all) {
  if (!uses_.list) co_return false;
  // All are taken first: whoever comes meanwhile does not wait for them as well. One that was asked before and has no
  // list is away: the others do not wait for it again.
  std::vector<const Item*> wanted;
  for (const auto& item : stock->items) {
    if (is_asked(item) && (all || (!item.listed && is_new(item))) && take(item, all)) wanted.push_back(&item);
  }
  const auto until = uses_.clock.steady() + kPatience;
  bool other = false;
  for (const auto* each : wanted) {
    const auto& item = *each;
    if (uses_.clock.steady() >= until) {
      postpone(item);
      continue;
    }
    auto asking = ask_one(tenant_id, stock, item);
    CO_TRY(const bool stored, co_await std::move(asking));
    other = other || stored;
  }
  co_return other;
}

Task<Unit> ToolLists::look(std::vector<std::pair<std::int64_t, std::shared_ptr<const Stock>>> stocks,
                           std::set<std::string> accounts) {
  if (!uses_.list) co_return Unit{};
  for (const auto& [tenant_id, stock] : stocks) {
    for (const auto& item : stock->items) {
      if (is_asked(item) && accounts.contains(item.use->service.account)) hurry(item);
    }
  }
  // In turn: servers that let one wait hold up their own tenant's, and nobody else's for ever.
  std::ranges::rotate(stocks, std::ranges::find_if(stocks, [this](const auto& each) { return each.first > last_; }));
  std::size_t count = 0;
  for (const auto& [tenant_id, stock] : stocks) {
    if (count >= kMaxAtOnce) break;
    last_ = tenant_id;
    std::size_t of_tenant = 0;
    for (const auto& item : stock->items) {
      if (of_tenant >= kMaxOfTenant) break;
      if (!is_asked(item) || !take(item, false)) continue;
      ++count;
      ++of_tenant;
      auto asking = ask_one(tenant_id, stock, item);
      CO_TRY(const bool stored, co_await std::move(asking));
      if (stored) uses_.changed(tenant_id);
    }
  }
  co_return Unit{};
}

Task<bool> ToolLists::ask_one(std::int64_t tenant_id, std::shared_ptr<const Stock> stock, const Item& item) {
  auto listing = uses_.list(item.use->service, kPatience);
  const auto listed = co_await std::move(listing);
  note(item, listed.has_value());
  if (!listed) {
    base::log_info("assistant", "The tools of an MCP server could not be listed.",
                   {{"service", item.shelved.service}, {"reason", listed.error().message()}});
    constexpr int kUnauthorized = 401;
    if (!item.finds_sign_in || item.asks_for_sign_in || listed.error().http_status() != kUnauthorized) co_return false;
    auto noting = note_sign_in(tenant_id, item, true);
    co_return co_await std::move(noting);
  }
  bool noted = false;
  if (item.asks_for_sign_in && !item.found) {
    auto noting = note_sign_in(tenant_id, item, false);
    CO_TRY(noted, co_await std::move(noting));
  }
  auto storing = store(tenant_id, item, *listed);
  CO_TRY(const bool stored, co_await std::move(storing));
  co_return stored || noted;
}

Task<bool> ToolLists::note_sign_in(std::int64_t tenant_id, const Item& item, bool asks) {
  const auto write = [&, now = uses_.clock.unix_ms()](store::Tx& tx) -> Result<bool> {
    // What somebody has found meanwhile stays.
    for (const auto& each : service_store::found_sign_ins(tx, tenant_id)) {
      if (each.service == item.shelved.service && each.address == item.base_url && !each.found.empty()) return false;
    }
    if (asks) {
      service_store::put_found_sign_in(tx, {.tenant_id = tenant_id,
                                            .service = item.shelved.service,
                                            .address = item.base_url,
                                            .found = {},
                                            .found_ms = now});
    } else {
      service_store::remove_found_sign_in(tx, tenant_id, item.shelved.service);
    }
    uses_.tell_others(tx, tenant_id);
    return true;
  };
  co_return co_await uses_.db.write(write);
}

Task<bool> ToolLists::store(std::int64_t tenant_id, const Item& item, const JsonArray& tools) {
  const service_store::ToolListRow row{.tenant_id = tenant_id,
                                       .service = item.shelved.service,
                                       .address = item.list_address,
                                       .tools = stored_text(kept_of(tools)),
                                       .listed_ms = uses_.clock.unix_ms()};
  const auto same = [&row](store::Connection& c) -> Result<bool> {
    const auto present = service_store::tool_list(c, row.tenant_id, row.service);
    return present && present->address == row.address && present->tools == row.tools;
  };
  CO_TRY(const bool is_same, co_await uses_.db.read(same));
  if (is_same) co_return !item.listed;
  const auto write = [&](store::Tx& tx) -> Result<Unit> {
    service_store::put_tool_list(tx, row);
    uses_.tell_others(tx, tenant_id);
    return Unit{};
  };
  CO_TRY(co_await uses_.db.write(write));
  co_return true;
}

}  // namespace troupe::assistant::services
