// How the assistant's JSON is stored: as text, however deep it was.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "assistant/tasks/types.h"
#include "store/columns.h"

namespace troupe::assistant::tasks {

/// What serialize() wrote; null where somebody else wrote something else.
Json parse_stored(std::string_view text);

struct StoredObject {
  static void read(store::Rows& rows, JsonObject& member);
  static std::string write(const JsonObject& member);
};
struct StoredArray {
  static void read(store::Rows& rows, JsonArray& member);
  static std::string write(const JsonArray& member);
};
/// Nothing is NULL.
struct StoredValue {
  static void read(store::Rows& rows, std::optional<Json>& member);
  static std::optional<std::string> write(const std::optional<Json>& member);
};
struct StoredAnswer {
  static void read(store::Rows& rows, std::optional<JsonObject>& member);
  static std::optional<std::string> write(const std::optional<JsonObject>& member);
};
struct StoredTexts {
  static void read(store::Rows& rows, std::vector<std::string>& member);
  static std::string write(const std::vector<std::string>& member);
};
struct StoredChoices {
  static void read(store::Rows& rows, std::vector<Choice>& member);
  static std::string write(const std::vector<Choice>& member);
};

}  // namespace troupe::assistant::tasks
