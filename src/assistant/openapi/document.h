// A service's description as it lies in a pack: OpenAPI 3.0, 3.1 or 3.2, written as JSON or YAML.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "assistant/report/findings.h"
#include "matrix/json.h"

namespace troupe::assistant::openapi {

using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;

inline constexpr std::size_t kMaxDocumentBytes = 16 * 1024 * 1024;
inline constexpr std::size_t kMaxDocumentDepth = 64;
inline constexpr std::size_t kMaxDocumentNodes = 1'000'000;

/// A description, and the way through its references. Only what stands in the document itself is followed.
class Document {
 public:
  explicit Document(JsonObject root) : root_(std::move(root)) {}

  const JsonObject& root() const { return root_.get_object(); }
  /// The member that "#/components/schemas/Job" names, also behind the document's own address (`$self`); nullptr when
  /// there is none, or it is in another file.
  const Json* find(std::string_view reference) const;
  /// The object itself, or what its chain of references leads to; nullptr when that is none, or a circle.
  const JsonObject* object(const Json* value) const;
  /// "https://api.example.com/v2", the first server with its variables' defaults; empty when there is none that is
  /// absolute.
  std::string server() const;
  std::string title() const;

 private:
  Json root_;
};

/// Reads by the file's name: .json as JSON, .yaml and .yml as YAML. What keeps it from being read stands in `report`.
std::optional<Document> read_document(std::string_view bytes, const report::InFile& report);

/// A YAML text as the JSON that it means (YAML 1.2's core schema). Error: invalid_param, with the line.
Result<Json> json_of_yaml(std::string_view text);

}  // namespace troupe::assistant::openapi
