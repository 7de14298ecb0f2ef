// The planner's language model: the server's endpoints in order (fleet), paid for, and each exchange in the audit.
#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "assistant/planner/model_caller.h"
#include "assistant/tasks/journal.h"
#include "assistant/tasks/types.h"
#include "fleet/models/models.h"
#include "net/client/client.h"

namespace troupe::assistant::dialogue {

/// Whom plans are asked of. One per program; callable from any thread.
class ModelDoor {
 public:
  ModelDoor() = default;
  ModelDoor(const ModelDoor&) = delete;
  ModelDoor& operator=(const ModelDoor&) = delete;
  virtual ~ModelDoor() = default;
  /// For one plan of this person, none of whose requests waits longer than until `until`. nullptr: there is no model
  /// for them.
  virtual std::unique_ptr<planner::ModelCaller> caller(const tasks::Who& who,
                                                       std::chrono::steady_clock::time_point until) = 0;
};

/// The server's own models (OPENAI_*, [[assistant.models]]), which are the default tenant's.
class ServerModels final : public ModelDoor {
 public:
  struct Uses {
    net::client::HttpClient& http;
    const base::Clock& clock;
    fleet::models::Models& models;
    tasks::Journal& journal;
  };
  explicit ServerModels(const Uses& uses) : uses_(uses) {}

  /// A request that was not written down is not answered: what a model said is never used without it. Errors of
  /// `ask`: limit_exceeded (money), too_large, timed_out, unavailable.
  std::unique_ptr<planner::ModelCaller> caller(const tasks::Who& who,
                                               std::chrono::steady_clock::time_point until) override;

 private:
  Uses uses_;
};

/// As whose spending it is booked, beside the person's (fleet::models::PlannedCall::bot_id).
inline constexpr std::string_view kSpentBy = "assistant";

}  // namespace troupe::assistant::dialogue
