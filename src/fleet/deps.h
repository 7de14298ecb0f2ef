// What the parts of the fleet share, and the seam through which tests let the program "die" between two steps.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <functional>

#include "base/async.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/metrics.h"
#include "bus/bus.h"
#include "fleet/bots/bot_log.h"
#include "fleet/brains/bot_kind.h"
#include "fleet/until_available.h"
#include "identity/principals.h"
#include "matrix/homeserver.h"
#include "net/client/client.h"
#include "store/database.h"

namespace troupe::runtime {
class Drivers;
class InProcessDriver;
}  // namespace troupe::runtime
namespace troupe::host {
class Lease;
}

namespace troupe::fleet {

using base::Bell;
using base::Naps;
using base::TaskGroup;

/// The lines between which a crash may fall while a message is answered.
enum class Step {
  feed_read,  ///< events are read, nothing is written
  asked,      ///< the turn is recorded
  before_brain,
  after_brain,  ///< the brain has answered, nothing is written
  replying,     ///< the reply is stored
  before_send,
  after_send,  ///< the room has the answer, nothing is written
  answered,    ///< the outcome is recorded
  // Only on the way of a streamed answer:
  before_first_part,  ///< the turn's row says that the first message may be in the room
  after_first_part,   ///< it is
  // Only on the way of what a bot says of its own accord:
  said,  ///< the room has it, nothing is written
};
inline constexpr int kSteps = 8;  ///< that every answer passes
inline constexpr int kStreamedSteps = 10;

/// The same while a bot's task is started and stopped.
enum class LifeStep {
  wanted,        ///< the task's row is written, nothing runs
  before_start,  ///< what it needs is there
  after_start,   ///< it runs, its handle is not written
  started,       ///< the handle is written
  before_stop,   ///< the stop is written
  after_stop,    ///< it has ended, that is not written
  exited,        ///< it ended by itself, that is not written
};
inline constexpr int kLifeSteps = 7;

struct Limits {
  std::chrono::milliseconds catch_up_max_age = std::chrono::hours(1);  ///< older questions are skipped
  std::size_t queued_per_bot = 10'000;
  std::size_t queued_bytes_per_bot = 16 * 1024 * 1024;
  std::chrono::milliseconds stop_patience{10'000};  ///< how long a stop waits for a reply that is being sent
  /// How long whoever stops or deletes a bot waits for it; it then goes on by itself, shown as `stopping`.
  std::chrono::milliseconds wish_patience{2'000};
  std::chrono::milliseconds brain_patience{std::chrono::minutes(15)};  ///< a brain's own time-outs are shorter
  /// Messages of one person that come within this of each other, while an earlier question is being answered, are one
  /// question, for brains that hold conversations; a file without words waits so long for them.
  std::chrono::milliseconds join_within{1'000};
  std::chrono::milliseconds first_edit{500};     ///< from an answer's first text until the room sees it
  std::chrono::milliseconds first_retry{200};    ///< doubled up to ten seconds
  std::chrono::milliseconds start_retry{2'000};  ///< after the first failure of a bot; doubled up to max_retry
  std::chrono::milliseconds max_retry = std::chrono::minutes(5);
  std::chrono::milliseconds look_every{1'000};  ///< how soon the reconciler sees that a time has come
  std::size_t starts_at_once = 256;
};

struct Deps {
  store::Database& db;
  bus::Bus& bus;
  matrix::Homeserver& homeserver;
  identity::Principals& principals;
  net::HttpClient& http;
  const base::Clock& clock;
  const base::Clock& ages;  ///< host::age_clock: by which things are old
  const base::SealingKey& sealing_key;
  base::MetricRegistry& metrics;
  const BotKinds& kinds;
  asio::any_io_executor home;  ///< of one thread: everything in memory belongs to it
  Limits limits = {};
  /// Tests only: called at each step; false means the program ends here.
  std::function<bool(Step)> probe = {};
  std::function<bool(LifeStep)> life_probe = {};
  std::filesystem::path state_dir = {};            ///< where programs of bots keep their files; made when needed
  std::string matrix_address = {};                 ///< of this server's client API, for programs
  const runtime::Drivers* drivers = nullptr;       ///< what bots run on; nullptr: nothing does, as none is started
  runtime::InProcessDriver* in_process = nullptr;  ///< of those: each term hands it the task of a brain
  host::Lease* lease = nullptr;                    ///< of the fleet; nullptr: there is no other process
  /// Whether this process still holds the fleet, asked inside each write; filled in by the fleet itself.
  std::function<Result<Unit>(store::Tx&)> holds = {};
};

/// The running state that the parts share.
struct Shared {
  explicit Shared(Deps given)
      : deps(std::move(given)), tasks(deps.home), naps(deps.home), log(deps.db, deps.bus, deps.clock, deps.home) {}
  Deps deps;
  TaskGroup tasks;
  Naps naps;   ///< ended when the fleet stops
  BotLog log;  ///< what people see of each bot; the program's own log is base/log.h
  /// Told how each turn ended; `detail` of a failed one is "reference: text".
  std::function<void(BotKey bot, TurnState state, std::string_view detail)> on_turn;

  /// Inside every write of the fleet: only the process that holds the fleet may write. Error: conflict.
  Result<Unit> check_holder(store::Tx& tx) const { return deps.holds ? deps.holds(tx) : Result<Unit>(Unit{}); }

  bool stopping() const { return naps.ended(); }
  /// False when the program ends at this step: whoever asks must do nothing more.
  bool passes(Step step) {
    if (stopping()) return false;
    if (!deps.probe || deps.probe(step)) return true;
    naps.end();
    return false;
  }
  bool passes(LifeStep step) {
    if (stopping()) return false;
    if (!deps.life_probe || deps.life_probe(step)) return true;
    naps.end();
    return false;
  }
  /// One try at a write of the fleet.
  template <class F>
  auto write(F operation) -> asio::awaitable<std::invoke_result_t<F&, store::Tx&>> {
    auto as_holder = [&](store::Tx& tx) -> std::invoke_result_t<F&, store::Tx&> {
      TRY(check_holder(tx));
      return operation(tx);
    };
    co_return co_await deps.db.write(as_holder);
  }
  /// Writes until it works or the fleet stops: for outcomes that must not be lost. The operation's own errors (other
  /// than unavailable) are passed on.
  template <class F>
  auto persist(F operation) -> asio::awaitable<std::invoke_result_t<F&, store::Tx&>> {
    auto ask = [&] { return write(operation); };
    co_return co_await until_available(ask, [this](auto time) { return naps.sleep(time); },
                                       {.first = deps.limits.first_retry, .longest = std::chrono::seconds(10)});
  }
  /// Reads until it works or the fleet stops: for what an answer would be wrong without.
  template <class F>
  auto read(F look) -> asio::awaitable<std::invoke_result_t<F&, store::Connection&>> {
    auto ask = [&] { return deps.db.read(look); };
    co_return co_await until_available(ask, [this](auto time) { return naps.sleep(time); });
  }
};

}  // namespace troupe::fleet
