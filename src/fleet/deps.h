// What the parts of the fleet share, and the seam through which tests let the program "die" between two steps.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <functional>

#include "base/async.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/metrics.h"
#include "bus/bus.h"
#include "fleet/brain.h"
#include "identity/principals.h"
#include "matrix/homeserver.h"
#include "net/client.h"
#include "store/database.h"

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
};
inline constexpr int kSteps = 8;

struct Limits {
  std::chrono::milliseconds catch_up_max_age = std::chrono::hours(1);  ///< older questions are skipped
  std::size_t queued_per_bot = 10'000;
  std::size_t queued_bytes_per_bot = 16 * 1024 * 1024;
  std::chrono::milliseconds stop_patience{10'000};  ///< how long a stop waits for a reply that is being sent
  std::chrono::milliseconds first_retry{200};       ///< doubled up to ten seconds
  std::chrono::milliseconds start_retry{5'000};     ///< of a failed start; doubled up to five minutes
};

struct Deps {
  store::Database& db;
  bus::Bus& bus;
  matrix::Homeserver& homeserver;
  identity::Principals& principals;
  net::HttpClient& http;
  const base::Clock& clock;
  const base::SealingKey& sealing_key;
  base::MetricRegistry& metrics;
  const BrainRegistry& brains;
  asio::any_io_executor home;  ///< of one thread: everything in memory belongs to it
  Limits limits;
  /// Tests only: called at each step; false means the program ends here.
  std::function<bool(Step)> probe;
};

/// The running state that the parts share.
struct Shared {
  explicit Shared(Deps given) : deps(std::move(given)), tasks(deps.home), naps(deps.home) {}
  Deps deps;
  TaskGroup tasks;
  Naps naps;  ///< ended when the fleet stops

  bool stopping() const { return naps.ended(); }
  /// False when the program ends at this step: whoever asks must do nothing more.
  bool passes(Step step) {
    if (stopping()) return false;
    if (!deps.probe || deps.probe(step)) return true;
    naps.end();
    return false;
  }
  /// Writes until it works or the fleet stops: for outcomes that must not be lost. The operation's own errors (other
  /// than unavailable) are passed on.
  template <class F>
  auto persist(F operation) -> asio::awaitable<std::invoke_result_t<F&, store::Tx&>> {
    auto wait = deps.limits.first_retry;
    while (true) {
      auto outcome = co_await deps.db.write(operation);
      if (outcome || outcome.error().code() != Errc::unavailable) co_return outcome;
      if (!co_await naps.sleep(wait)) co_return outcome;
      wait = std::min<std::chrono::milliseconds>(wait * 2, std::chrono::seconds(10));
    }
  }
};

}  // namespace troupe::fleet
