// What is to be done, as the seed writes it: a service, an intent of it, and the intent's inputs.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "assistant/schema/validator.h"

namespace troupe::assistant::planner {

using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;

inline constexpr std::size_t kMaxInputsBytes = 256 * 1024;

/// {service, intent, inputs}. Without a schema of its own an intent's inputs are
/// {project_hint: {name, address}, message, extra}.
struct TaskSpec {
  std::string service;
  std::string intent;
  JsonObject inputs;
};

JsonObject to_json(const TaskSpec& spec);
/// Errors: bad_json (no object, a member missing, of another type or not known); too_large.
Result<TaskSpec> read_task_spec(const Json& value);

/// Where an input came from. What is not the person's own never chooses an operation, and a write with such inputs is
/// shown before it is sent.
enum class Source : std::uint8_t {
  words,     ///< the person's, in this conversation
  standard,  ///< the schema's own default
  model,     ///< a model's: it stands neither in the person's words nor in what was shown
  material,  ///< a service's answer or a file
};
std::string_view name_of(Source source);
std::optional<Source> read_source(std::string_view name);

/// Of one value of the inputs.
struct Origin {
  std::string pointer;  ///< RFC 6901: "/project_hint/name"
  Source source = Source::words;
};

/// Whether `words` have `text` as whole words, letter case and runs of blanks aside. Empty texts are in everything.
bool stands_in(std::string_view text, std::string_view words);

}  // namespace troupe::assistant::planner
