#include "fleet/bots/bot_log.h"

#include <algorithm>

#include "base/log.h"
#include "fleet/bots/log_store.h"

namespace troupe::fleet::bots {
namespace {

constexpr std::chrono::milliseconds kFlushAfter{200};
constexpr std::int64_t kTrimEvery = 200;
constexpr std::size_t kAtOnce = 1'000;

/// At most `limit` bytes, not ending inside a character; control characters become spaces.
std::string clean(std::string_view text, std::size_t limit) {
  bool cut = text.size() > limit;
  if (cut) {
    while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
    text = text.substr(0, limit);
  }
  std::string result(text);
  for (auto& c : result) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t') c = ' ';
  }
  if (cut) result += " …";
  return result;
}

}  // namespace

std::string log_channel(BotKey bot) { return "fleet.log." + std::to_string(bot); }

BotLog::BotLog(store::Database& db, bus::Bus& bus, const base::Clock& clock, asio::any_io_executor home)
    : db_(db), bus_(bus), clock_(clock), wakeup_(std::move(home)) {}

void BotLog::begin_after(std::int64_t seq) { last_seq_ = std::max(last_seq_, seq); }

void BotLog::put(const Bot& bot, std::string_view level, std::string_view source, std::string_view text) {
  if (waiting_.size() >= kMaxWaiting) return;
  auto now = clock_.unix_ms();
  // Made from the time, so that no counter has to be stored; still below 2^53 for the console.
  last_seq_ = std::max(last_seq_ + 1, now * 1'000);
  waiting_.push_back({.bot = bot.id,
                      .tenant_id = bot.tenant_id,
                      .line = {.seq = last_seq_,
                               .at_ms = now,
                               .level = std::string(level),
                               .source = std::string(source),
                               .text = clean(text, kMaxTextBytes)}});
  if (!flushing_) wakeup_.notify();
}

void BotLog::add(const Bot& bot, std::string_view level, std::string_view source, std::string_view text) {
  put(bot, level, source, text);
}

bool BotLog::add_output(const Bot& bot, std::string_view source, std::string_view text) {
  auto& pace = paces_[bot.id];
  auto now = std::chrono::steady_clock::now();
  auto seconds = std::chrono::duration<double>(now - pace.at).count();
  pace.left = std::min(kLinesAtOnce, pace.left + seconds * kLinesPerSecond);
  pace.at = now;
  if (pace.left < 1) {
    ++pace.left_out;
    return false;
  }
  pace.left -= 1;
  if (pace.left_out > 0) {
    put(bot, "warning", "lifecycle", std::to_string(pace.left_out) + " lines of output were left out here.");
    pace.left_out = 0;
  }
  put(bot, source == "stderr" ? "warning" : "info", source, text);
  return true;
}

Task<Unit> BotLog::flush() {
  while (flushing_) {
    asio::steady_timer soon(co_await asio::this_coro::executor, std::chrono::milliseconds(2));
    co_await soon.async_wait(asio::use_awaitable);
  }
  while (!waiting_.empty()) {
    flushing_ = true;
    auto count = std::min(waiting_.size(), kAtOnce);
    auto until = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<Entry> batch(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(until));
    waiting_.erase(waiting_.begin(), until);
    std::map<BotKey, std::int64_t> newest;
    std::vector<BotKey> full;
    for (const auto& entry : batch) {
      newest[entry.bot] = entry.line.seq;
      if (++since_trim_[entry.bot] >= kTrimEvery) {
        since_trim_.erase(entry.bot);
        full.push_back(entry.bot);
      }
    }
    auto write = [&](store::Tx& tx) -> Result<Unit> {
      for (const auto& entry : batch) insert_log(tx, entry.bot, entry.tenant_id, entry.line);
      for (auto bot : full) trim_log(tx, bot, kKeptPerBot);
      return Unit{};
    };
    auto written = co_await db_.write(write, {.lane = store::Lane::bulk, .savepoint = true});
    flushing_ = false;
    if (!written) {
      waiting_.insert(waiting_.begin(), std::make_move_iterator(batch.begin()), std::make_move_iterator(batch.end()));
      co_return std::unexpected(std::move(written).error());
    }
    for (const auto& [bot, seq] : newest) bus_.publish(log_channel(bot), std::to_string(seq));
  }
  co_return Unit{};
}

asio::awaitable<void> BotLog::run(StopSource& stop) {
  constexpr std::chrono::seconds kLookAnyway{5};
  while (!stop.stop_requested()) {
    if (waiting_.empty()) (void)co_await wakeup_.wait(kLookAnyway);
    if (!co_await stop.sleep(kFlushAfter)) break;
    if (auto flushed = co_await flush(); !flushed) {
      base::log_warning("fleet", "The bots' log could not be written; trying again.",
                        {{"reason", flushed.error().message()}});
      if (!co_await stop.sleep(std::chrono::seconds(2))) break;
    }
  }
  (void)co_await flush();
}

}  // namespace troupe::fleet::bots
