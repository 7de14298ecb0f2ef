// Answers that come later: a web service says 202 to a question and posts its answer when it has one, under a one-time
// token. The question's turn stays `asked` meanwhile and holds up its own conversation only.
#pragma once
#include <boost/json/object.hpp>
#include <functional>
#include <optional>
#include <string>

#include "bus/bus.h"
#include "fleet/brains/late_store.h"
#include "net/route/router.h"

namespace troupe::fleet::brains {

/// Callable from any thread.
class LateAnswers {
 public:
  LateAnswers(store::Database& db, bus::Bus& bus, const base::Clock& clock) : db_(db), bus_(bus), clock_(clock) {}

  struct Issued {
    std::string token;  ///< 256 random bits; only its hash is kept
    base::UnixMs expires_ms = 0;
  };
  Task<Issued> issue(std::string bot_user_id, std::string event_id, std::chrono::milliseconds lifetime);
  /// The service has said that it will answer later.
  Task<Unit> accept(std::string token);

  /// What is known of a question from an earlier attempt, before a crash.
  struct Known {
    std::optional<boost::json::object> answer;
    bool accepted = false;
    base::UnixMs expires_ms = 0;
  };
  Task<std::optional<Known>> known(std::string bot_user_id, std::string event_id);
  /// Waits for the answer on the caller's executor. Errors: timed_out at `expires_ms`, unavailable once `wanted` is
  /// false (looked at once a second).
  Task<boost::json::object> wait(std::string bot_user_id, std::string event_id, base::UnixMs expires_ms,
                                 std::function<bool()> wanted);

  /// The service answers. True: the same answer was here before. Errors: not_found (no such token; with status 410 when
  /// it has ended), conflict (another answer is there).
  Task<bool> submit(std::string token, boost::json::object answer);
  /// Removes what expired long ago.
  Task<Unit> tidy(base::UnixMs aged);

 private:
  store::Database& db_;
  bus::Bus& bus_;
  const base::Clock& clock_;
};

}  // namespace troupe::fleet::brains
