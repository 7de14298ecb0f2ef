// A workflow's steps from the first on: those that ended before yield what is stored of them, the next ones run.
#pragma once
#include <set>

#include "assistant/executor/step_calls.h"

namespace troupe::assistant::executor {

struct Ahead;

/// Of one run; on its executor.
class Steps {
 public:
  Steps(Ledger& ledger, const tasks::TaskRecord& task, const services::Offer& offer, WorkflowPtr workflow)
      : ledger_(ledger), task_(task), offer_(offer), workflow_(std::move(workflow)), calls_(ledger, task) {}

  /// The task's result, or why it does not go on.
  asio::awaitable<OrStop<matrix::Json>> go();
  /// After Stop::unapproved: the calls from there on, as far as they are known.
  tasks::ApprovalDraft wanted() const;

 private:
  using Value = std::optional<matrix::Json>;

  asio::awaitable<OrStop<Value>> step(const workflows::Step& step, StepPlace place);
  asio::awaitable<OrStop<Value>> action(const workflows::Step& step, StepPlace place);
  asio::awaitable<OrStop<Value>> each(const workflows::Step& step, const Target& target, StepPlace place);
  asio::awaitable<OrStop<Value>> parallel(const workflows::Step& step, StepPlace place);
  asio::awaitable<OrStop<Value>> choose(const workflows::Step& step, StepPlace place);
  asio::awaitable<OrStop<Value>> ask_which(const workflows::Step& step, StepPlace place, const matrix::JsonArray& list,
                                           std::vector<tasks::Choice> choices);
  /// A step without effects, in one commit.
  asio::awaitable<OrStop<Value>> noted(StepPlace place, std::string action, tasks::StepEnd end);

  workflows::Values values() const { return {.inputs = &task_.spec.inputs, .kept = &kept_}; }
  void keep(const workflows::Step& step, const Value& value);
  /// Whether a step behind this one calls something (that writes).
  bool calls_after(std::int64_t index) const;
  bool writes_after(std::int64_t index) const;
  /// Adds the calls of a step that want an approval. False: nothing behind it can be known.
  bool look_ahead(const workflows::Step& step, const StepPlace& place, Ahead& ahead) const;

  Ledger& ledger_;
  const tasks::TaskRecord& task_;
  const services::Offer& offer_;
  const WorkflowPtr workflow_;
  StepCalls calls_;
  matrix::JsonObject kept_;     ///< `out` name → value
  Value last_;                  ///< what the last step yielded that yielded something
  Value said_;                  ///< words that end the workflow
  std::int64_t at_ = 0;         ///< the step that runs
  std::set<std::string> over_;  ///< paths of calls that ended
};

}  // namespace troupe::assistant::executor
