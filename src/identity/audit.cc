#include "identity/audit.h"

#include <boost/json/serialize.hpp>

#include "base/encoding.h"
#include "base/log.h"
#include "identity/audit_store.h"
#include "store/in_pieces.h"

namespace troupe::identity {
namespace {

constexpr std::size_t kMaxTextBytes = 1'000;
constexpr std::int64_t kLinesAtOnce = 1'000;
constexpr std::string_view kSecretWords[] = {"password", "secret",  "token",      "authorization",
                                             "cookie",   "api_key", "credential", "private_key"};

boost::json::value redacted_value(const boost::json::value& value) {
  if (const auto* text = value.if_string()) {
    std::string clean = base::redact({text->data(), text->size()});
    if (clean.size() > kMaxTextBytes) {
      clean.resize(kMaxTextBytes);
      while (!clean.empty() && !base::is_utf8(clean)) clean.pop_back();
      clean += "…";
    }
    return boost::json::string(clean);
  }
  if (const auto* object = value.if_object()) return redacted(*object);
  if (const auto* array = value.if_array()) {
    boost::json::array clean;
    for (const auto& element : *array) clean.push_back(redacted_value(element));
    return clean;
  }
  return value;
}

}  // namespace

boost::json::object redacted(const boost::json::object& detail) {
  boost::json::object clean;
  for (const auto& [key, value] : detail) {
    std::string_view name(key.data(), key.size());
    bool secret =
        std::ranges::any_of(kSecretWords, [&](std::string_view word) { return name.find(word) != name.npos; });
    if (secret && !value.is_bool()) {
      clean[key] = "[redacted]";
    } else {
      clean[key] = redacted_value(value);
    }
  }
  return clean;
}

AuditLine line_of(AuditRecord record, base::UnixMs now) {
  return {.tenant_id = record.tenant_id,
          .at_ms = now,
          .actor_id = record.actor_id,
          .actor = std::move(record.actor),
          .kind = std::move(record.kind),
          .action = std::move(record.action),
          .target = std::move(record.target),
          .detail = boost::json::serialize(redacted(record.detail)),
          .request_id = std::move(record.request_id),
          .hash = {}};
}

void Audit::append(store::Tx& tx, AuditRecord record, base::UnixMs now) {
  auto line = line_of(std::move(record), now);
  append(tx, line);
}

void Audit::append(store::Tx& tx, AuditLine& line) { audit_store::insert(tx, line); }

Task<Unit> Audit::record(AuditRecord record) {
  const auto now = clock_.unix_ms();
  auto insert = [&](store::Tx& tx) -> Result<Unit> {
    append(tx, record, now);
    return Unit{};
  };
  CO_TRY(co_await db_.write(insert));
  bus_.ring(bus::Topic::audit, 0);
  co_return Unit{};
}

Task<AuditPage> Audit::page(std::int64_t tenant_id, AuditQuery query) {
  auto look = [&](store::Connection& c) -> Result<AuditPage> { return audit_store::page(c, tenant_id, query); };
  co_return co_await db_.read(look);
}

Task<AuditChain> Audit::chain(std::int64_t tenant_id) {
  auto look = [&](store::Connection& c) -> Result<AuditChain> { return audit_store::chain(c, tenant_id); };
  co_return co_await db_.read(look);
}

Task<std::vector<AuditLine>> Audit::lines(std::int64_t tenant_id, std::int64_t after, std::int64_t limit) {
  auto look = [&](store::Connection& c) -> Result<std::vector<AuditLine>> {
    return audit_store::lines(c, tenant_id, after, std::numeric_limits<std::int64_t>::max(), limit);
  };
  co_return co_await db_.read(look);
}

Task<ChainReport> Audit::walk(std::int64_t tenant_id, AuditChain chain, std::string wanted,
                              std::vector<Anchored> anchors) {
  ChainWalk walk(chain, std::move(wanted), std::move(anchors));
  std::int64_t after = 0;
  for (bool whole = true; whole;) {
    auto look = [&](store::Connection& c) -> Result<std::vector<AuditLine>> {
      return audit_store::lines(c, tenant_id, after, chain.last_id, kLinesAtOnce);
    };
    CO_TRY(const auto lines, co_await db_.read(look));
    whole = std::ranges::all_of(lines, [&](const AuditLine& line) { return walk.step(line); });
    if (std::ssize(lines) < kLinesAtOnce) break;
    after = lines.back().id;
  }
  co_return std::move(walk).finish();
}

Task<ChainReport> Audit::verify(std::int64_t tenant_id, std::string wanted, std::vector<Anchored> anchors) {
  CO_TRY(auto chain, co_await this->chain(tenant_id));
  for (;;) {
    CO_TRY(auto report, co_await walk(tenant_id, chain, wanted, anchors));
    CO_TRY(auto now, co_await this->chain(tenant_id));
    // A sweep took records away meanwhile: what it left begins elsewhere.
    if (report.problem.empty() || now.base_id == chain.base_id) co_return report;
    chain = std::move(now);
  }
}

Task<Unit> Audit::sweep(std::int64_t keep_days, base::UnixMs now) {
  if (keep_days <= 0) co_return Unit{};
  const auto before = now - std::chrono::milliseconds(std::chrono::days(keep_days)).count();
  co_return co_await store::write_in_pieces(db_,
                                            [before](store::Tx& tx) { return audit_store::delete_old(tx, before); });
}

}  // namespace troupe::identity
