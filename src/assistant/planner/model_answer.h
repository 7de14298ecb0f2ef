// What a model's answer means, whatever it looks like: JSON, JSON in words, tool calls whole and cut off, refusals.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "assistant/planner/catalogue.h"
#include "assistant/planner/model_caller.h"

namespace troupe::assistant::planner {

/// Longer answers are no answers.
inline constexpr std::size_t kMostModelBytes = 256 * 1024;

struct ReadChoice {
  std::vector<const Intent*> intents;   ///< those that it chose, each once; more than one: it wants several things
  std::optional<std::string> question;  ///< it asks instead
  std::vector<std::string> wrong;       ///< why the answer is none
};
/// `offered`: an intent that is not among them was not chosen, whatever the answer says.
ReadChoice read_choice(const ModelAnswer& answer, const std::vector<const Intent*>& offered);

struct ReadInputs {
  std::optional<JsonObject> inputs;  ///< nulls that stand for "left out" are gone; it may still not fit
  std::vector<std::string> wrong;    ///< why they do not fit, or why there are none
};
ReadInputs read_inputs(const ModelAnswer& answer, const Intent& intent);

/// The JSON object of a text that may have words or a fence around it; nothing when there is none, or more than one.
std::optional<JsonObject> object_in(std::string_view text);

}  // namespace troupe::assistant::planner
