// Tells people later what became of what was put before them: the end of what ran for long, what it needs to go on,
// what was decided elsewhere.
#pragma once
#include <map>

#include "assistant/surfaces/watch_store.h"
#include "assistant/surfaces/words.h"

namespace troupe::assistant::surfaces {

/// One kind of place where something can be said.
class Teller {
 public:
  virtual ~Teller() = default;
  /// Before tell(): what of the reply's files can be shown there is put where that needs it, and of the others the text
  /// says where they are.
  virtual asio::awaitable<void> show_files(tasks::Who who, tasks::JsonObject place, const dialogue::Reply& reply,
                                           Shown& shown);
  /// Writes down what is to be said, inside the transaction that notes that it was told; `key` is the same for the same
  /// news, and the message is known by it. Errors: not_found (the place is gone), limit_exceeded (later).
  virtual Result<Unit> tell(store::Tx& tx, const Watch& watch, const Shown& shown, const std::string& key,
                            base::UnixMs now) = 0;
  /// Whether something may be begun there now. Error: not_found (the place is gone).
  virtual Result<bool> is_open(store::Connection& c, const tasks::JsonObject& place) = 0;
  /// After the commit.
  virtual void ring() = 0;
};

/// One per program; callable from any thread.
class Watcher {
 public:
  static constexpr std::chrono::seconds kEvery{3};
  struct Uses {
    dialogue::Assistant& assistant;
    store::Database& db;
    const base::Clock& clock;
  };
  explicit Watcher(const Uses& uses) : uses_(uses) {}

  /// While modules start. It outlives this.
  void add(std::string surface, Teller& teller) { tellers_.emplace(std::move(surface), &teller); }
  /// Looks at what is due: a job of one process. Each piece of news is told once, whatever is killed when.
  Task<Unit> round();
  /// Forgets what nobody has touched for half a year.
  Task<Unit> prune(base::UnixMs aged);

 private:
  Task<Unit> look(Watch watch);
  Task<Unit> later(const Watch& watch, base::UnixMs pause);
  Task<Unit> forget(const Watch& watch);

  Uses uses_;
  std::map<std::string, Teller*> tellers_;
};

}  // namespace troupe::assistant::surfaces
