// Reads a stream on from a position that is kept in the database: the loop that the bots' feed, pushers, gateways and
// federation share.
//
//   listen → look (read what comes after the cursor, decide) → record (what was decided, and the cursor: one
//   transaction) → act → look again, or wait for the bell
//
// The bell is subscribed to before the first look, so a commit in between is not missed. What a crash repeats is a
// look:
//   before the commit   the same events are looked at again; nothing of the first look was written.
//   after it            they are never looked at again. What recorded() had still to do is lost: what must not be lost
//                       is a row that record() wrote, and a start reads the rows that are still open.
// So each event is recorded at most once, and once unless the process never comes back.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "base/async.h"
#include "base/task.h"
#include "bus/bus.h"
#include "store/database.h"

namespace troupe::host {

/// What a look has come to.
struct Look {
  StreamPos cursor = 0;    ///< everything up to here is decided; behind the present one: that stays
  bool more = false;       ///< there is more to look at, at once
  bool to_record = false;  ///< record() has something to write
};

/// What one consumer makes of what it reads; it keeps what a look decided until that is recorded. Called by its
/// Consumer alone, one call after the other, on the consumer's executor (admit and record: on the database's writer
/// thread, while nothing else of it runs).
class ConsumerWork {
 public:
  virtual ~ConsumerWork() = default;
  /// Reads what comes after a position, and decides. After an error (of any kind) or an exception it is called again
  /// with the same position, so it must not have changed anything that a second time would change again.
  virtual Task<Look> look(StreamPos after) = 0;
  /// Whether this process may write; asked first in each transaction (a lease is checked here).
  virtual Result<Unit> admit(store::Tx&) { return Unit{}; }
  /// Writes what the last look decided. Tried until it commits; only one try does.
  virtual Result<Unit> record(store::Tx&) = 0;
  /// What the last look decided is in the database, or there was nothing to write.
  virtual asio::awaitable<void> recorded() = 0;
};

/// Where tests let the program end.
enum class ConsumerStep {
  looked,    ///< decided, nothing is written
  recorded,  ///< written, nothing is done about it
  ending,    ///< asked to stop: the cursor is not yet kept
};

struct ConsumerOptions {
  std::string name;                       ///< of its cursor, one in the database: "<module>.<what>"
  bus::Topic topic = bus::Topic::events;  ///< rung when there may be more
  /// With nothing else to write, the cursor is stored when it is this far ahead: to look twice at what concerns nobody
  /// is harmless, a write for each page is not.
  StreamPos store_every = 5'000;
  std::chrono::milliseconds look_anyway{5'000};  ///< the bell is enough; this bounds what a lost ring would cost
  std::chrono::milliseconds first_retry{200};    ///< after a failure of the source or the database; doubled …
  std::chrono::milliseconds longest_retry{10'000};
  /// Tests only: false means the program ends here.
  std::function<bool(ConsumerStep)> probe = {};
};

/// The loop. All calls on one executor of one thread. Of all processes on a database one at a time runs it, which
/// ConsumerWork::admit proves inside each write; the cursor never goes back. What it is given outlives it.
class Consumer {
 public:
  Consumer(asio::any_io_executor home, store::Database& db, bus::Bus& bus, base::StopSource& stop, ConsumerWork& work,
           ConsumerOptions options);

  /// Where to go on; at the very first start from `first`, which is kept. Errors: of the database, of admit().
  Task<StreamPos> open(StreamPos first);
  /// Until a stop is requested: then the present step comes to its end (a write that is under way, too; what is only
  /// decided is looked at again by the next start), and the cursor is kept. While the source or the database is away it
  /// tries again and again; what is decided already is not looked at a second time for that.
  asio::awaitable<void> run();
  /// Looks now. Also after stop.request_stop(): ends the wait in run().
  void wake() { wakeup_.notify(); }

  /// Everything up to here is decided, and recorded where there was something to record.
  StreamPos cursor() const { return cursor_; }
  /// Since when it cannot go on; nothing when it can.
  std::optional<std::chrono::steady_clock::time_point> failing_since() const { return failing_since_; }

 private:
  /// Yields whether there is more.
  Task<bool> step();
  Task<Look> look();
  Task<Unit> store(StreamPos cursor, bool with_record);
  bool passes(ConsumerStep step);

  store::Database& db_;
  bus::Bus& bus_;
  base::StopSource& stop_;
  ConsumerWork& work_;
  ConsumerOptions options_;
  base::Notify wakeup_;
  StreamPos cursor_ = 0;
  StreamPos stored_ = 0;
  std::optional<Look> looked_;  ///< decided, not yet recorded
  bool died_ = false;           ///< of a probe
  std::optional<std::chrono::steady_clock::time_point> failing_since_;
};

}  // namespace troupe::host
