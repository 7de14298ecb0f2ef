// workflows.json: intents, each a list of steps. What one is and what is wrong with it; running it is the executor's.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "assistant/openapi/operation.h"
#include "assistant/report/findings.h"
#include "assistant/workflows/expression.h"

namespace troupe::assistant::workflows {

/// Whether a step runs. `of` are operands, `parts` conditions.
struct Condition {
  enum class Kind : std::uint8_t { truthy, exists, missing, empty, equals, not_equals, all, any, none };
  Kind kind = Kind::truthy;
  std::vector<Binding> of;
  std::vector<Condition> parts;
};

/// One of several found things is meant: the one that fits, the only one, or the one that the person picks.
struct Choice {
  Binding from;                                        ///< the list
  std::vector<std::pair<std::string, Binding>> match;  ///< pointer inside an entry → what it should be like
  std::string id;                                      ///< pointer to what tells entries apart: "/id"
  std::vector<std::string> label;                      ///< pointers whose texts are shown: "/name", "/address"
  std::string question;                                ///< "Which project?"
  std::string none;  ///< what is said when the list is empty; empty: the step yields nothing
};

struct Step {
  std::string action;  ///< "slack.send_message"; empty for choose, answer and parallel
  std::string description;
  std::vector<std::pair<std::string, Binding>> bind;  ///< argument → value
  std::string out;                                    ///< under which name what it yields is kept
  std::optional<Condition> when;
  std::optional<Binding> each;  ///< a list: the step runs once for each entry, as $item; yields a list
  std::size_t most_pages = 0;   ///< a reading step follows so many pages, and yields their entries as one list
  std::optional<Choice> choose;
  std::optional<Binding> answer;  ///< ends the workflow with these words
  std::optional<Binding> value;   ///< no call: keeps this under `out`
  std::vector<Step> parallel;     ///< at once; none of them sees another
  std::string pointer;            ///< where it stands in workflows.json
};

struct Workflow {
  std::string intent;
  std::string description;
  std::optional<JsonObject> inputs;  ///< the schema of the inputs; not set: as the seed has them
  std::vector<Step> steps;
  std::optional<Binding> result;  ///< what the person is shown; not set: what the last step yielded
};

inline constexpr std::size_t kMaxWorkflows = 500;
inline constexpr std::size_t kMaxSteps = 64;
inline constexpr std::size_t kMaxParallel = 16;
inline constexpr std::size_t kMaxPages = 1'000;
inline constexpr std::size_t kMaxEntries = 1'000;  ///< of `each`

using Workflows = std::map<std::string, Workflow, std::less<>>;

/// What stands in workflows.json, in the seed's form (intent → steps) or ours (intent → {description, inputs, steps,
/// result}). A workflow with a mistake is left out, and `report` says why.
Workflows read_workflows(const Json& document, const report::InFile& report);

/// Error: invalid_param with the pointer inside the condition.
Result<Condition> parse_condition(const Json& value, std::size_t depth = 0);
bool holds(const Condition& condition, const Values& values);
void each_term(const Condition& condition, const std::function<void(const Term&)>& visit);

/// What a workflow takes when it does not say so itself: the seed's {project_hint: {name, address}, message, extra}.
const JsonObject& seed_inputs();

/// What a model, or the built-in planner, fills for an intent: the schema of its inputs.
const JsonObject& inputs_of(const Workflow& workflow);

/// An operation as an intent of its own: one step, whose arguments come from inputs.<argument>, or
/// inputs.extra.<argument>.
Workflow workflow_of(const std::string& service, const openapi::Operation& operation);

}  // namespace troupe::assistant::workflows
