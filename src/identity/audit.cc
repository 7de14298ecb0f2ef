#include "identity/audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <iterator>

#include "base/encoding.h"
#include "base/json_text.h"
#include "base/log.h"
#include "base/secret_names.h"
#include "identity/audit_store.h"
#include "store/in_pieces.h"

namespace troupe::identity {
namespace {

constexpr std::size_t kMaxTextBytes = 1'000;
constexpr std::int64_t kLinesAtOnce = 1'000;
constexpr std::size_t kWrittenAtOnce = 500;

void write_redacted(std::string& out, const boost::json::object& object);

void write_redacted(std::string& out, std::string_view text) {
  auto clean = base::redact(text);
  if (clean.size() > kMaxTextBytes) {
    clean.resize(kMaxTextBytes);
    while (!clean.empty() && !base::is_utf8(clean)) clean.pop_back();
    clean += "…";
  }
  base::append_json_text(out, clean);
}

void write_redacted(std::string& out, const boost::json::value& value) {
  if (const auto* text = value.if_string()) {
    write_redacted(out, std::string_view(text->data(), text->size()));
  } else if (const auto* number = value.if_int64()) {
    base::append_number(out, *number);
  } else if (const auto* object = value.if_object()) {
    write_redacted(out, *object);
  } else if (const auto* array = value.if_array()) {
    out += '[';
    for (const auto& element : *array) {
      if (&element != array->data()) out += ',';
      write_redacted(out, element);
    }
    out += ']';
  } else {
    out += boost::json::serialize(value);
  }
}

void write_redacted(std::string& out, const boost::json::object& object) {
  out += '{';
  for (const auto& member : object) {
    const std::string_view name = member.key();
    if (&member != object.begin()) out += ',';
    base::append_json_text(out, name);
    out += ':';
    if (base::names_a_secret(name) && !member.value().is_bool()) {
      base::append_json_text(out, "[redacted]");
    } else {
      write_redacted(out, member.value());
    }
  }
  out += '}';
}

std::string redacted_text(const boost::json::object& detail) {
  std::string out;
  write_redacted(out, detail);
  return out;
}

}  // namespace

boost::json::object redacted(const boost::json::object& detail) {
  auto clean = boost::json::parse(redacted_text(detail));
  return std::move(clean.as_object());
}

AuditLine line_of(AuditRecord record, base::UnixMs now) {
  return {.tenant_id = record.tenant_id,
          .at_ms = now,
          .actor_id = record.actor_id,
          .actor = std::move(record.actor),
          .kind = std::move(record.kind),
          .action = std::move(record.action),
          .target = std::move(record.target),
          .detail = redacted_text(record.detail),
          .request_id = std::move(record.request_id),
          .hash = {}};
}

void Audit::append(store::Tx& tx, AuditRecord record, base::UnixMs now) {
  auto line = line_of(std::move(record), now);
  append(tx, line);
}

void Audit::append_and_ring(store::Tx& tx, AuditRecord record, base::UnixMs now) {
  append(tx, std::move(record), now);
  tx.after_commit([&bus = bus_] { bus.ring(bus::Topic::audit, 0); });
}

void Audit::append(store::Tx& tx, AuditLine& line) { audit_store::insert(tx, line); }

/// Lines that are being written: what is not written when this ends waits again.
class Audit::Held {
 public:
  Held(Audit& audit, std::vector<Line> lines) : audit_(audit), lines_(std::move(lines)) {}
  ~Held() { audit_.put_back(std::move(lines_)); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  const std::vector<Line>& lines() const { return lines_; }
  void add(Line line) { lines_.push_back(std::move(line)); }
  void put_first(Line line) { lines_.insert(lines_.begin(), std::move(line)); }
  void done() { lines_.clear(); }
  Line take_first() {
    auto first = std::move(lines_.front());
    lines_.erase(lines_.begin());
    return first;
  }

 private:
  Audit& audit_;
  std::vector<Line> lines_;
};

std::vector<Audit::Line> Audit::take_waiting() {
  const base::Lock lock(mutex_);
  const auto count = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), kWrittenAtOnce));
  std::vector<Line> taken(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.begin() + count));
  waiting_.erase(waiting_.begin(), waiting_.begin() + count);
  return taken;
}

void Audit::put_back(std::vector<Line> lines) {
  if (lines.empty()) return;
  const base::Lock lock(mutex_);
  const auto room = kMostWaiting - std::min(kMostWaiting, waiting_.size());
  if (lines.size() > room) {
    lost_ += lines.size() - room;
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(room), lines.end());
    base::log_error("identity", "Lines of the audit log are lost: too many wait for the database.",
                    {{"lost", static_cast<std::int64_t>(lost_)}});
  }
  waiting_.insert(waiting_.begin(), std::make_move_iterator(lines.begin()), std::make_move_iterator(lines.end()));
}

void Audit::note_lost(const Line& line, const Error& error) {
  {
    const base::Lock lock(mutex_);
    ++lost_;
  }
  base::log_error("identity", "A line of the audit log is lost: the database does not take it.",
                  {{"action", line.record.action}, {"error", error.message()}});
}

Task<Unit> Audit::write(Held& held) {
  auto insert = [&](store::Tx& tx) -> Result<Unit> {
    for (const auto& line : held.lines()) append(tx, line.record, line.at_ms);
    return Unit{};
  };
  auto written = co_await db_.write(insert);
  if (written) {
    held.done();
    bus_.ring(bus::Topic::audit, 0);
    co_return Unit{};
  }
  if (written.error().code() == Errc::unavailable) co_return std::unexpected(std::move(written).error());
  // One of them cannot be written at all: it holds up none of the others.
  if (held.lines().size() == 1) {
    note_lost(held.lines().front(), written.error());
    held.done();
    co_return std::unexpected(std::move(written).error());
  }
  auto outcome = Result<Unit>(Unit{});
  while (!held.lines().empty()) {
    Held one(*this, {});
    one.add(held.take_first());
    outcome = co_await write(one);
    if (!outcome && outcome.error().code() == Errc::unavailable) {
      held.put_first(one.take_first());  // they go back together, in their order
      break;
    }
  }
  co_return outcome;
}

Task<Unit> Audit::record(AuditRecord record) {
  Held held(*this, take_waiting());
  held.add({.record = std::move(record), .at_ms = clock_.unix_ms()});
  co_return co_await write(held);
}

Task<Unit> Audit::write_waiting() {
  for (;;) {
    Held held(*this, take_waiting());
    if (held.lines().empty()) co_return Unit{};
    CO_TRY(co_await write(held));
  }
}

std::optional<std::string> Audit::trouble() const {
  const base::Lock lock(mutex_);
  if (lost_ > 0) return fmt::format("{} lines of the audit log were lost: the log names when.", lost_);
  if (!waiting_.empty()) return fmt::format("{} lines of the audit log wait for the database.", waiting_.size());
  return std::nullopt;
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
  std::optional<std::pair<std::int64_t, std::string>> trouble;
  for (bool whole = true; whole;) {
    auto look = [&](store::Connection& c) -> Result<std::vector<AuditLine>> {
      auto found = audit_store::lines(c, tenant_id, after, chain.last_id, kLinesAtOnce);
      for (auto at = found.begin(); at != found.end() && !trouble; ++at) {
        for (const auto* rows : rows_) {
          if (auto wrong = rows->trouble_of(c, *at)) trouble = {at->id, *std::move(wrong)};
        }
      }
      return found;
    };
    CO_TRY(const auto lines, co_await db_.read(look));
    whole = std::ranges::all_of(lines, [&](const AuditLine& line) { return walk.step(line); });
    if (std::ssize(lines) < kLinesAtOnce) break;
    after = lines.back().id;
  }
  auto report = std::move(walk).finish();
  if (trouble && report.problem.empty()) {
    report.broken_id = trouble->first;
    report.problem = fmt::format("record {}: {}", trouble->first, trouble->second);
  }
  co_return report;
}

Task<ChainReport> Audit::verify(std::int64_t tenant_id, std::string wanted, std::vector<Anchored> anchors) {
  CO_TRY(auto chain, co_await this->chain(tenant_id));
  for (;;) {
    CO_TRY(auto report, co_await walk(tenant_id, chain, wanted, anchors));
    CO_TRY(auto now, co_await this->chain(tenant_id));
    // A sweep took records away meanwhile: what it left begins elsewhere.
    if (report.problem.empty() || now.base_id == chain.base_id)
      co_return co_await look_outside(tenant_id, std::move(report));
    chain = std::move(now);
  }
}

Task<ChainReport> Audit::look_outside(std::int64_t tenant_id, ChainReport report) {
  if (!report.problem.empty()) co_return report;
  auto look = [&](store::Connection& c) -> Result<Unit> {
    if (const auto id = audit_store::first_outside(c, tenant_id)) {
      report.broken_id = *id;
      report.problem = fmt::format(
          "record {} is outside of the chain: it was put in, or what says where the chain ends was taken away", *id);
    } else if (audit_store::chain(c, tenant_id).last_id == 0) {
      report.unchained = audit_store::count(c, tenant_id);
    }
    return Unit{};
  };
  CO_TRY(co_await db_.read(look));
  co_return report;
}

Task<Unit> Audit::sweep(std::int64_t keep_days, base::UnixMs now) {
  if (keep_days <= 0) co_return Unit{};
  const auto before = now - std::chrono::milliseconds(std::chrono::days(keep_days)).count();
  co_return co_await store::write_in_pieces(db_,
                                            [before](store::Tx& tx) { return audit_store::delete_old(tx, before); });
}

}  // namespace troupe::identity
