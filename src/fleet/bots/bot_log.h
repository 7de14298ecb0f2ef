// The bots' own log: what happened to each of them, what its brain said about failures, and what its program printed.
// Lines wait in memory for a moment and go to the database many at a time, in the lane of work that can wait: a kill
// loses the last fraction of a second of it, never more. Bounded: the newest lines of each bot are kept, and a program
// that floods its output has lines left out (the task driver's own files have all of it).
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "bus/bus.h"
#include "fleet/types/bot.h"
#include "fleet/types/log.h"
#include "store/database.h"

namespace troupe::fleet::bots {

using base::Notify;
using base::StopSource;

/// On the bus, with the number of the newest line, after lines of this bot are in the database: subscribe, then read
/// BotService::logs after the last number seen.
std::string log_channel(BotKey bot);

/// On the fleet's executor.
class BotLog {
 public:
  static constexpr std::size_t kMaxTextBytes = 4'096;  ///< longer lines are cut
  static constexpr std::int64_t kKeptPerBot = 2'000;   ///< older lines go
  static constexpr std::size_t kMaxWaiting = 20'000;   ///< lines of all bots; more are left out
  static constexpr double kLinesPerSecond = 100;       ///< of one program, over time
  static constexpr double kLinesAtOnce = 1'000;        ///< of one program

  BotLog(store::Database& db, bus::Bus& bus, const base::Clock& clock, asio::any_io_executor home);

  /// Continues the numbers after a restart.
  void begin_after(std::int64_t seq);
  /// `level`: info, warning, error. `source`: lifecycle, brain.
  void add(const Bot& bot, std::string_view level, std::string_view source, std::string_view text);
  /// A line that a program printed. False: it was left out because there were too many.
  bool add_output(const Bot& bot, std::string_view source, std::string_view text);
  /// What waits is in the database when it completes. Errors: those of the database; the lines are kept.
  Task<Unit> flush();
  /// Flushes again and again until a stop is requested, and a last time then.
  asio::awaitable<void> run(StopSource& stop);
  /// For the end: run() looks whether a stop is requested.
  void wake() { wakeup_.notify(); }

 private:
  struct Entry {
    BotKey bot;
    std::int64_t tenant_id;
    LogLine line;
  };
  struct Pace {
    double left = kLinesAtOnce;
    std::chrono::steady_clock::time_point at{};
    std::int64_t left_out = 0;
    std::int64_t since_trim = 0;
  };
  void put(const Bot& bot, std::string_view level, std::string_view source, std::string_view text);

  store::Database& db_;
  bus::Bus& bus_;
  const base::Clock& clock_;
  Notify wakeup_;
  std::vector<Entry> waiting_;
  std::map<BotKey, Pace> paces_;  ///< only of bots whose program has printed
  std::map<BotKey, std::int64_t> since_trim_;
  std::int64_t last_seq_ = 0;
  bool flushing_ = false;
};

}  // namespace troupe::fleet::bots
