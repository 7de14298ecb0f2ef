// The single values that an intent's schema asks for, each with what its name and place say about it.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/planner/catalogue.h"

namespace troupe::assistant::planner {

/// A text, number, flag or list of texts; or, `whole`, something that is not filled from words.
struct Leaf {
  std::string pointer;             ///< in the inputs: "/contact_info/name"
  std::string name;                ///< the last member's
  std::vector<std::string> words;  ///< of its name: "job", "id"
  std::vector<std::string> place;  ///< names of the objects that it is in
  std::string format, description;
  std::vector<std::string> choices;  ///< of an enum, as texts
  bool required = false;             ///< and so are all objects that it is in
  bool required_there = false;       ///< in the object that it is in
  bool text = false, integer = false, number = false, flag = false, list = false, whole = false;
  std::int64_t longest = 0;      ///< 0: no bound
  std::optional<Json> standard;  ///< `default`, `const`, or the only choice
};

inline constexpr std::size_t kMaxLeaves = 400;

/// In the schema's order. References are followed, of several forms the first is taken; six levels deep.
std::vector<Leaf> leaves_of(const JsonObject& schema);
/// Objects that must be there and say nothing by themselves: {project_hint: {}} fits its schema and means no project.
std::vector<std::string> required_objects(const JsonObject& schema);

/// A text as the leaf takes it: the number, the flag ("yes"), the choice in its own spelling, the list. Nothing: it is
/// none.
std::optional<Json> as_value(const Leaf& leaf, std::string_view text);

/// "job_id" as "job id".
std::string spoken(const Leaf& leaf);

/// The value at a pointer, made with its objects when there is none. `pointer` names members of objects alone.
void put(JsonObject& inputs, std::string_view pointer, Json value);
const Json* value_at(const JsonObject& inputs, std::string_view pointer);
/// Takes it away, and objects that are empty then.
void take(JsonObject& inputs, std::string_view pointer);
/// Each single value of the inputs: (pointer, value).
std::vector<std::pair<std::string, const Json*>> values_of(const JsonObject& inputs);

}  // namespace troupe::assistant::planner
