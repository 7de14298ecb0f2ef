#include "fleet/bots/log_store.h"

#include <algorithm>

namespace troupe::fleet {
namespace {

constexpr base::UnixMs kHourMs = 3'600'000;

constexpr std::string_view kInsertLog =
    "INSERT INTO fleet_log (bot, seq, tenant_id, at_ms, level, source, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
    "ON CONFLICT (bot, seq) DO NOTHING";
constexpr std::string_view kTrimLog =
    "DELETE FROM fleet_log WHERE bot = ?1 AND seq <= "
    "COALESCE((SELECT seq FROM fleet_log WHERE bot = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2), 0)";
#define LOG_MATCH "bot = ?1 AND (?3 = '' OR REPLACE(LOWER(text), ?3, '') <> LOWER(text))"
constexpr std::string_view kLogAfter =
    "SELECT seq, at_ms, level, source, text FROM fleet_log WHERE " LOG_MATCH " AND seq > ?4 ORDER BY seq LIMIT ?2";
constexpr std::string_view kLogNewest =
    "SELECT seq, at_ms, level, source, text FROM fleet_log WHERE " LOG_MATCH " ORDER BY seq DESC LIMIT ?2";
constexpr std::string_view kLastOf = "SELECT COALESCE(MAX(seq), 0) FROM fleet_log WHERE bot = ?1";
constexpr std::string_view kLastLog = "SELECT COALESCE(MAX(seq), 0) FROM fleet_log";

constexpr std::string_view kAddUsage =
    "INSERT INTO fleet_usage (bot, hour_ms, tenant_id, answered, failed, skipped, latency_ms, tokens_in, tokens_out) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (bot, hour_ms) DO UPDATE SET "
    "answered = fleet_usage.answered + excluded.answered, failed = fleet_usage.failed + excluded.failed, "
    "skipped = fleet_usage.skipped + excluded.skipped, latency_ms = fleet_usage.latency_ms + excluded.latency_ms, "
    "tokens_in = fleet_usage.tokens_in + excluded.tokens_in, tokens_out = fleet_usage.tokens_out + excluded.tokens_out";
constexpr std::string_view kUsage =
    "SELECT hour_ms, answered, failed, skipped, latency_ms, tokens_in, tokens_out FROM fleet_usage "
    "WHERE bot = ?1 AND hour_ms >= ?2 ORDER BY hour_ms";
constexpr std::string_view kPruneUsage =
    "DELETE FROM fleet_usage WHERE (bot, hour_ms) IN "
    "(SELECT bot, hour_ms FROM fleet_usage WHERE hour_ms < ?1 ORDER BY bot, hour_ms LIMIT ?2)";

std::vector<LogLine> read_lines(store::Rows rows) {
  std::vector<LogLine> lines;
  while (rows.next()) {
    lines.push_back({.seq = rows.integer(0),
                     .at_ms = rows.integer(1),
                     .level = rows.string(2),
                     .source = rows.string(3),
                     .text = rows.string(4)});
  }
  return lines;
}

std::int64_t first_integer(store::Rows rows) { return rows.next() ? rows.integer(0) : 0; }

}  // namespace

void insert_log(store::Tx& tx, BotKey bot, std::int64_t tenant_id, const LogLine& line) {
  tx.run(kInsertLog, bot, line.seq, tenant_id, line.at_ms, line.level, line.source, line.text);
}

void trim_log(store::Tx& tx, BotKey bot, std::int64_t keep) { tx.run(kTrimLog, bot, keep); }

LogPage log_page(store::Connection& c, BotKey bot, const LogQuery& query) {
  std::string search = query.search;
  for (auto& letter : search) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter | 0x20);
  }
  auto limit = std::clamp<std::int64_t>(query.limit, 1, 1'000);
  LogPage page;
  if (query.after) {
    page.items = read_lines(c.query(kLogAfter, bot, limit, search, *query.after));
  } else {
    page.items = read_lines(c.query(kLogNewest, bot, limit, search));
    std::ranges::reverse(page.items);
  }
  page.next_after = query.after.value_or(0);
  bool all = std::ssize(page.items) < limit;
  // Lines that the search left out need not be looked at again.
  if (all) page.next_after = std::max(page.next_after, first_integer(c.query(kLastOf, bot)));
  if (!page.items.empty()) page.next_after = std::max(page.next_after, page.items.back().seq);
  return page;
}

std::int64_t last_log(store::Connection& c) { return first_integer(c.query(kLastLog)); }

void add_usage(store::Tx& tx, BotKey bot, std::int64_t tenant_id, base::UnixMs now, const UsageHour& more) {
  tx.run(kAddUsage, bot, now - now % kHourMs, tenant_id, more.answered, more.failed, more.skipped, more.latency_ms,
         more.tokens_in, more.tokens_out);
}

std::vector<UsageHour> usage_since(store::Connection& c, BotKey bot, base::UnixMs since) {
  std::vector<UsageHour> hours;
  auto rows = c.query(kUsage, bot, since - since % kHourMs);
  while (rows.next()) {
    hours.push_back({.at_ms = rows.integer(0),
                     .answered = rows.integer(1),
                     .failed = rows.integer(2),
                     .skipped = rows.integer(3),
                     .latency_ms = rows.integer(4),
                     .tokens_in = rows.integer(5),
                     .tokens_out = rows.integer(6)});
  }
  return hours;
}

std::int64_t prune_usage(store::Tx& tx, base::UnixMs before, std::int64_t limit) {
  return tx.run(kPruneUsage, before, limit);
}

}  // namespace troupe::fleet
