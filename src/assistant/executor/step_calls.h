// The calls of a workflow's steps: begun, made, settled and ended, each exactly once as far as anybody can know.
#pragma once
#include <map>

#include "assistant/calls/pages.h"
#include "assistant/executor/ledger.h"
#include "assistant/executor/recorder.h"
#include "assistant/executor/route.h"
#include "assistant/executor/targets.h"
#include "assistant/services/own_pack.h"

namespace troupe::assistant::executor {

/// Where a call stands in its workflow.
struct StepPlace {
  std::string path;
  std::int64_t index = 0;
};

/// What a person may answer where nobody knows whether a write was done.
inline constexpr std::string_view kItWasDone = "done";
inline constexpr std::string_view kDoItAgain = "again";
inline constexpr std::string_view kStopHere = "stop";

/// Of one run; on its executor. What is passed by pointer inside `values` outlives the awaited call.
class StepCalls {
 public:
  StepCalls(Ledger& ledger, const tasks::TaskRecord& task) : ledger_(ledger), task_(task) {}

  /// One call. The step that ended, now or before.
  asio::awaitable<OrStop<tasks::StepRecord>> call(Target target, StepPlace place, const workflows::Step& step,
                                                  workflows::Values values);
  /// A list, page by page, each a step of its own ("4/page:2"): the entries.
  asio::awaitable<OrStop<matrix::Json>> pages(Target target, StepPlace place, const workflows::Step& step,
                                              workflows::Values values);

 private:
  /// As route_of(). The run has one offer: an operation's is made once.
  Route route_to(const Target& target, const matrix::JsonObject& arguments);
  /// How a step begins here: `repeated` alone may have been begun by somebody before; `ended` is over. `start` outlives
  /// it.
  asio::awaitable<OrStop<tasks::Begun>> opened(const Target& target, const tasks::StepStart& start);
  /// After a write that ran when its process ended. What the person said of it counts once.
  asio::awaitable<OrStop<tasks::Begun>> reopened(const Target& target, tasks::StepStart start, tasks::Begun begun);
  asio::awaitable<OrStop<tasks::StepRecord>> send(const Target& target, const tasks::Begun& begun,
                                                  matrix::JsonObject arguments);
  asio::awaitable<OrStop<tasks::StepRecord>> command(const tasks::Begun& begun, matrix::JsonObject arguments);
  /// What a call that was not done comes to, once that is stored. `may_be_done`: by an earlier try.
  asio::awaitable<Stop> ended(const Target& target, const tasks::StepRecord& step,
                              const Result<calls::CallOutcome>& outcome, Recorder& recorder, bool may_be_done);
  asio::awaitable<Stop> ended_badly(const tasks::StepRecord& step, std::string why, tasks::Records records);
  /// It was not done, and will be when the task goes on.
  asio::awaitable<Stop> interrupted(const tasks::StepRecord& step, tasks::Records records);
  asio::awaitable<Stop> ask(std::string_view title, const tasks::StepRecord& step, std::string why,
                            tasks::Records records);
  calls::CallContext context_of(const tasks::StepRecord& step, calls::Files* files) const;
  /// A service with its keys, and what ends when the call is over.
  struct Lent {
    calls::Service service;
    std::shared_ptr<void> until_over;
  };
  /// Troupe's own has a key of the task's owner for as long as the call takes. A write is done for nobody who is gone,
  /// and nothing at all with a key that is. Errors: not_found (the owner, the key), limit_exceeded, unavailable.
  Task<Lent> service_of(const Target& target) const;

  Ledger& ledger_;
  const tasks::TaskRecord& task_;
  std::map<const packs::Offered*, Route> routes_;
};

}  // namespace troupe::assistant::executor
