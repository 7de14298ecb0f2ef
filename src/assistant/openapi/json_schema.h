// OpenAPI's schemas as JSON Schema 2020-12: what validation, strict variants and models understand.
#pragma once
#include <deque>
#include <map>
#include <set>
#include <string>

#include "assistant/openapi/document.h"

namespace troupe::assistant::openapi {

/// Which way a value goes: what the service alone writes (readOnly) is no part of a request, and the other way round.
enum class Direction : std::uint8_t { request, answer };

inline constexpr std::size_t kMaxSchemaNodes = 4'000;  ///< of one operation's arguments, definitions included
inline constexpr std::size_t kMaxAnswerNodes = 2'000;  ///< of its answer
inline constexpr std::size_t kMaxSchemaDepth = 40;
inline constexpr std::size_t kMaxDescriptionBytes = 1'000;

/// The beginning of a text, whole characters of it: at most kMaxDescriptionBytes.
std::string cut_description(std::string_view words);
/// What a document says of an operation or tool: its member `title`, then its `description` where that says more.
std::string described(const JsonObject& object, std::string_view title);

/// Converts the schemas of one operation. References become `#/$defs/NAME`, so that circles stay what they are.
class SchemaWriter {
 public:
  SchemaWriter(const Document& document, Direction direction, std::size_t most_nodes)
      : document_(document), direction_(direction), most_nodes_(most_nodes) {}

  /// The schema; a reference at its top is resolved. `pointer` is where it stands, for what is missing.
  Json convert(const Json& schema);
  /// What the converted schemas refer to; empty when nothing. Call last.
  JsonObject definitions();

  /// It was larger than the limits: what was made is cut off and must not be used.
  bool too_large() const { return too_large_; }
  std::size_t nodes() const { return nodes_; }
  /// References that lead nowhere, or out of the document.
  const std::set<std::string>& missing() const { return missing_; }
  /// allOf whose parts contradict each other, and so stay allOf.
  bool kept_all_of() const { return kept_all_of_; }

 private:
  Json write(const Json& schema, std::size_t depth);
  Json write_object(const JsonObject& from, std::size_t depth);
  Json reference(const std::string& target);
  /// Takes a keyword's value over, and counts what it costs.
  void keep(std::string_view key, const Json& value, JsonObject& out);
  void write_keywords(const JsonObject& from, JsonObject& out, std::size_t depth);
  void write_properties(const JsonObject& from, JsonObject& out, std::size_t depth);
  bool hidden(const Json& property) const;
  /// The parts of an allOf as one schema, where no keyword of theirs contradicts another's.
  Json merge_all(const JsonObject& from, std::size_t depth);
  bool merge(JsonObject& into, const JsonObject& part);

  const Document& document_;
  Direction direction_;
  std::size_t most_nodes_, nodes_ = 0, references_ = 0;
  bool too_large_ = false, kept_all_of_ = false;
  std::set<std::string> missing_;
  std::map<std::string, std::string> names_;  ///< reference → name among the definitions
  std::set<std::string, std::less<>> taken_;
  std::deque<std::string> waiting_;  ///< references that are named and not yet written
  std::set<std::string> merging_;    ///< references inside the allOf that is being merged
};

}  // namespace troupe::assistant::openapi
