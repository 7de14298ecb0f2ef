#include "fleet/bots/log_store.h"

#include <algorithm>

#include "store/words.h"

namespace troupe::fleet::bots {
namespace {

constexpr base::UnixMs kHourMs = 3'600'000;

using namespace store::words;

constexpr auto kLine =
    store::columns(column("seq", &LogLine::seq), column("at_ms", &LogLine::at_ms), column("level", &LogLine::level),
                   column("source", &LogLine::source), column("text", &LogLine::text));
constexpr auto kInsertLog =
    sql(store::insert("fleet_log", kLine, "bot", "tenant_id"), " ON CONFLICT (bot, seq) DO NOTHING");
constexpr auto kLogMatching = sql(
    "SELECT ", kLine, " FROM fleet_log WHERE bot = ?1 AND (?3 = '' OR REPLACE(LOWER(text), ?3, '') <> LOWER(text))");
constexpr auto kLogAfter = sql(kLogMatching, " AND seq > ?4 ORDER BY seq LIMIT ?2");
constexpr auto kLogNewest = sql(kLogMatching, " ORDER BY seq DESC LIMIT ?2");
constexpr std::string_view kLastOf = "SELECT COALESCE(MAX(seq), 0) FROM fleet_log WHERE bot = ?1";

constexpr auto kHour =
    store::columns(column("hour_ms", &UsageHour::at_ms), column("answered", &UsageHour::answered),
                   column("failed", &UsageHour::failed), column("skipped", &UsageHour::skipped),
                   column("latency_ms", &UsageHour::latency_ms), column("tokens_in", &UsageHour::tokens_in),
                   column("tokens_out", &UsageHour::tokens_out));
constexpr auto kAddUsage =
    sql(store::insert("fleet_usage", kHour, "bot", "tenant_id"),
        " ON CONFLICT (bot, hour_ms) DO UPDATE SET "
        "answered = fleet_usage.answered + excluded.answered, failed = fleet_usage.failed + excluded.failed, "
        "skipped = fleet_usage.skipped + excluded.skipped, latency_ms = fleet_usage.latency_ms + excluded.latency_ms, "
        "tokens_in = fleet_usage.tokens_in + excluded.tokens_in, tokens_out = fleet_usage.tokens_out + "
        "excluded.tokens_out");
constexpr auto kUsage = sql("SELECT ", kHour, " FROM fleet_usage WHERE bot = ?1 AND hour_ms >= ?2 ORDER BY hour_ms");

}  // namespace

void insert_log(store::Tx& tx, BotKey bot, std::int64_t tenant_id, const LogLine& line) {
  store::run_insert(tx, kInsertLog, kLine, line, bot, tenant_id);
}

void trim_log(store::Tx& tx, BotKey bot, std::int64_t keep) {
  tx.run(
      "DELETE FROM fleet_log WHERE bot = ?1 AND seq <= COALESCE((SELECT seq FROM fleet_log "
      "WHERE bot = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2), 0)",
      bot, keep);
}

LogPage log_page(store::Connection& c, BotKey bot, const LogQuery& query) {
  std::string search = query.search;
  for (auto& letter : search) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter | 0x20);
  }
  auto limit = std::clamp<std::int64_t>(query.limit, 1, 1'000);
  LogPage page;
  if (query.after) {
    page.items = store::all(c.query(kLogAfter, bot, limit, search, *query.after), kLine);
  } else {
    page.items = store::all(c.query(kLogNewest, bot, limit, search), kLine);
    std::ranges::reverse(page.items);
  }
  page.next_after = query.after.value_or(0);
  bool all = std::ssize(page.items) < limit;
  // Lines that the search left out need not be looked at again.
  if (all) page.next_after = std::max(page.next_after, store::number(c.query(kLastOf, bot)));
  if (!page.items.empty()) page.next_after = std::max(page.next_after, page.items.back().seq);
  return page;
}

std::int64_t last_log(store::Connection& c) {
  return store::number(c.query("SELECT COALESCE(MAX(seq), 0) FROM fleet_log"));
}

void add_usage(store::Tx& tx, BotKey bot, std::int64_t tenant_id, base::UnixMs now, const UsageHour& more) {
  auto hour = more;
  hour.at_ms = now - now % kHourMs;
  store::run_insert(tx, kAddUsage, kHour, hour, bot, tenant_id);
}

std::vector<UsageHour> usage_since(store::Connection& c, BotKey bot, base::UnixMs since) {
  return store::all(c.query(kUsage, bot, since - since % kHourMs), kHour);
}

std::int64_t prune_usage(store::Tx& tx, base::UnixMs before, std::int64_t limit) {
  return tx.run(
      "DELETE FROM fleet_usage WHERE (bot, hour_ms) IN (SELECT bot, hour_ms FROM fleet_usage "
      "WHERE hour_ms < ?1 ORDER BY bot, hour_ms LIMIT ?2)",
      before, limit);
}

}  // namespace troupe::fleet::bots
