// Calls of services and commands that were run: stored without secrets, and in the audit log by the same commit.
#pragma once
#include <vector>

#include "assistant/tasks/secrets.h"
#include "assistant/tasks/types.h"
#include "bus/bus.h"
#include "identity/audit.h"
#include "store/database.h"

namespace troupe::assistant::tasks {

/// In whose name something was called.
struct Actor {
  std::int64_t tenant_id = 1;
  std::int64_t principal_id = 0;
  std::string label = {};
};

/// What was called and run on the way to one outcome.
struct Records {
  std::vector<ApiCall> calls = {};
  std::vector<CommandRun> commands = {};
  bool empty() const { return calls.empty() && commands.empty(); }
};

/// Records as they will be stored, each with its line of the audit: the calls first.
struct Prepared {
  Records records = {};
  std::vector<identity::AuditLine> lines = {};  ///< without who
  bool empty() const { return records.empty(); }
};

/// One per program; callable from any thread. The audit's line (kind api_call or command_run) names the row, the task
/// and the step, and bears a SHA-256 of the whole row: who changes the row later does not go unseen.
class Journal final : public identity::AuditedRows {
 public:
  struct Uses {
    store::Database& db;
    bus::Bus& bus;
    identity::Audit& audit;
    const base::Clock& clock;
    Secrets& secrets;
  };
  explicit Journal(const Uses& uses) : uses_(uses) {}

  /// What belongs to no step: a model's call, a pack's test. Completes when it is durable, with the ids of the calls.
  /// Errors: limit_exceeded (more than kMaxCallsAtOnce), unavailable.
  Task<std::vector<std::string>> record(Actor actor, Records records);

  /// Without secrets, cut to what is stored, with ids and times, as of this task and step (none: of no task). Not
  /// inside a write: it takes its time. Error: limit_exceeded (kMaxCallsAtOnce).
  Result<Prepared> prepared(std::int64_t tenant_id, Records records, const std::string& task_id = {},
                            std::int64_t step = 0) const;
  /// Stores what prepared() made. Inside the write of the outcome; ring() after it.
  void append(store::Tx& tx, const Actor& actor, const Prepared& prepared) const;
  /// Whether the call or command of this line is as it was recorded.
  std::optional<std::string> trouble_of(store::Connection& c, const identity::AuditLine& line) const override;
  void ring() const { uses_.bus.ring(bus::Topic::audit, 0); }

 private:
  Uses uses_;
};

/// What the audit's line has as `sha256`: of the row as JSON, members in order (digest.h).
std::string digest_of(const ApiCall& call);
std::string digest_of(const CommandRun& run);

}  // namespace troupe::assistant::tasks
