// Takes the entries of an outside Redis stream, one after the other, and says which are done with.
#pragma once
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "bus/redis_channels.h"
#include "meetings/commands/heard.h"

namespace troupe::meetings::commands {

/// Of one stream. What cannot be stored just now comes again, with all behind it; what never can be is done with,
/// counted and logged, and holds nothing up. Calls come one at a time.
class StreamTaker {
 public:
  using Read = Result<Heard> (*)(const Fields&);
  using Store = std::function<Task<Unit>(Heard)>;
  /// A failure of ours that is none of the database's absence may be the entry's own: after so many tries it is.
  static constexpr int kMostTries = 4;
  static constexpr std::size_t kMostEntryBytes = 1 << 20U;  ///< of all its fields, as the own listener takes them

  StreamTaker(Read read, Store store, base::Counter& dropped)
      : read_(read), store_(std::move(store)), dropped_(dropped) {}

  /// The ids of those that are done with.
  asio::awaitable<std::vector<std::string>> take(std::vector<bus::StreamEntry> entries);

 private:
  Task<Unit> take_one(const bus::StreamEntry& entry, std::string& whose);
  /// False: it is to come again.
  bool is_done_with(const std::string& id, const std::string& whose, const Error& error);

  Read read_;
  Store store_;
  base::Counter& dropped_;
  std::string failing_;  ///< the id of the entry that failed last
  int tries_ = 0;        ///< of that one
  /// Whose entries fail for good: each of them is tried once.
  std::set<std::string> broken_;
};

}  // namespace troupe::meetings::commands
