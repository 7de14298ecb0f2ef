// What planning ends in: a plan, one question, or nothing. A question carries all that its answer needs, days later,
// too.
#pragma once
#include <chrono>
#include <string>
#include <variant>
#include <vector>

#include "assistant/planner/task_spec.h"

namespace troupe::assistant::planner {

struct Plan {
  TaskSpec spec;
  std::vector<Origin> origins;  ///< one for each value of the inputs
  bool writes = false;
  bool borrowed =
      false;  ///< it writes what is not the person's own words: it is shown to them first, whatever the pack says
  JsonObject explanation;  ///< for the debug view
};

/// One of the answers that a question offers.
struct Option {
  std::string id;  ///< what comes back as choiceId
  std::string label;
  Json value;
};

enum class Asked : std::uint8_t {
  service,  ///< which service is meant
  intent,   ///< what to do there
  inputs,   ///< what is missing
};

/// The state of an unfinished plan. Written to storage with the question, read back with the answer.
struct Pending {
  std::string text;                    ///< what the person asked for
  std::chrono::year_month_day said{};  ///< their day then: "tomorrow" is counted from it
  Asked asked = Asked::service;
  std::string service, intent;  ///< as far as they are known
  JsonObject inputs;            ///< as far as they are known
  std::vector<Origin> origins;
  std::vector<std::string> missing;  ///< pointers of the inputs that are asked for, the first one first
  std::vector<Option> options;       ///< in the order of their numbers; empty: any answer
  unsigned questions = 0;            ///< asked so far, this one included
};

/// After so many the planner gives up: a person who is asked a sixth time is not helped.
inline constexpr unsigned kMostQuestions = 5;
inline constexpr std::size_t kMostOptions = 20;
inline constexpr std::size_t kMostTextBytes = 16'384;

struct Question {
  std::string text;
  Pending pending;
  JsonObject explanation;
};

/// Nothing that the assistant can do.
struct Nothing {
  std::string message;
  JsonObject explanation;
};

using Outcome = std::variant<Plan, Question, Nothing>;

JsonObject to_json(const Pending& pending);
/// Errors: bad_json.
Result<Pending> read_pending(const Json& value);

/// Which option an answer means: its number ("2", "the second", a keycap emoji), its id, its label or a word that only
/// one label has. Nothing when it is none of them.
std::optional<std::size_t> option_meant(const std::vector<Option>& options, std::string_view answer);
/// "yes", "no", "ok", "thanks" and the like in the planner's languages, and signs alone: said to somebody, no value.
bool is_mere_assent(std::string_view answer);
/// "cancel", "never mind", "none of them".
bool is_refusal(std::string_view answer);

}  // namespace troupe::assistant::planner
