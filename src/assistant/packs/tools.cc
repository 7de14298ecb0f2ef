#include "assistant/packs/tools.h"

#include <algorithm>
#include <array>
#include <set>

#include "assistant/openapi/json_schema.h"
#include "assistant/openapi/names.h"
#include "assistant/openapi/path_item.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "base/text.h"

namespace troupe::assistant::packs {
namespace {

using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;
using matrix::view;
using report::below;
using report::text;

constexpr std::string_view kHeaderKey = "x-mcp-header";
constexpr std::size_t kMaxHeaderName = 64, kMaxWalked = 20'000;

bool is_header_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxHeaderName && openapi::is_token(name);
}

bool may_be_header(const JsonObject& schema) {
  const auto type = matrix::find_string(schema, "type").value_or("");
  return type == "string" || type == "integer" || type == "boolean";
}

/// Finds what is annotated to be sent as a header. Only properties that `properties` alone lead to may be.
class HeaderSearch {
 public:
  /// False: an annotation stands where it may not, or says what it may not.
  bool go(const JsonObject& schema) { return walk(schema, "", true) && found_.size() <= kMaxToolHeaders; }
  std::vector<ToolHeader> take() { return std::move(found_); }

 private:
  bool walk(const JsonObject& schema, const std::string& pointer, bool reachable) {
    if (++walked_ > kMaxWalked) return false;
    for (const auto& [key, value] : schema) {
      const auto name = text(key);
      if (name == kHeaderKey) {
        if (!take(schema, value, pointer, reachable)) return false;
      } else if (name == "properties" && value.is_object()) {
        if (!walk_properties(value.get_object(), pointer, reachable)) return false;
      } else if (name != "enum" && name != "const" && name != "default" && name != "examples") {
        if (!walk_other(value)) return false;
      }
    }
    return true;
  }
  bool walk_properties(const JsonObject& properties, const std::string& pointer, bool reachable) {
    return std::ranges::all_of(properties, [&](const auto& each) {
      const auto* inner = each.value().if_object();
      return inner == nullptr || walk(*inner, below(pointer, text(each.key())), reachable);
    });
  }
  bool walk_other(const Json& value) {
    if (++walked_ > kMaxWalked) return false;
    if (const auto* inner = value.if_object()) return walk(*inner, "", false);
    const auto* list = value.if_array();
    return list == nullptr || std::ranges::all_of(*list, [&](const auto& each) { return walk_other(each); });
  }
  bool take(const JsonObject& schema, const Json& value, const std::string& pointer, bool reachable) {
    if (!reachable || pointer.empty() || !value.is_string() || !may_be_header(schema)) return false;
    const auto name = view(value.get_string());
    if (!is_header_name(name) || !names_.insert(base::ascii_lower(name)).second) return false;
    found_.push_back({.pointer = pointer, .name = std::string(name)});
    return true;
  }

  std::size_t walked_ = 0;
  std::set<std::string> names_;
  std::vector<ToolHeader> found_;
};

/// As the protocol has it: without a word a tool writes, and what it writes may destroy.
void take_hints(const JsonObject& tool, bool believe, openapi::Operation& out) {
  out.writes = out.destructive = true;
  const auto* hints = believe ? matrix::find_object(tool, "annotations") : nullptr;
  if (hints == nullptr) return;
  out.writes = !matrix::find_bool(*hints, "readOnlyHint").value_or(false);
  out.destructive = out.writes && matrix::find_bool(*hints, "destructiveHint").value_or(true);
}

/// The schema of its arguments; nothing when it is none that can be checked.
std::optional<JsonObject> arguments_of(const JsonObject& schema) {
  const openapi::Document document{JsonObject(schema)};
  openapi::SchemaWriter writer(document, openapi::Direction::request, openapi::kMaxSchemaNodes);
  auto made = writer.convert(Json(schema));
  auto definitions = writer.definitions();
  auto* object = made.if_object();
  if (writer.too_large() || object == nullptr) return std::nullopt;
  if (!object->contains("type")) (*object)["type"] = "object";
  const auto* type = matrix::find(*object, "type");
  if (!type->is_string() || view(type->get_string()) != "object") return std::nullopt;
  // Whoever names the arguments takes no others, unless it says so.
  if (matrix::find_object(*object, "properties") != nullptr && !object->contains("additionalProperties"))
    (*object)["additionalProperties"] = false;
  if (!definitions.empty()) (*object)["$defs"] = std::move(definitions);
  return std::move(*object);
}

class ToolReader {
 public:
  ToolReader(std::string_view service, bool believe, const report::InFile& report)
      : service_(service), believe_(believe), report_(report) {}

  void read(const JsonObject& tool) {
    const std::string name(matrix::find_string(tool, "name").value_or(""));
    const bool fits = !name.empty() && name.size() <= kMaxToolNameOnWire && std::ranges::all_of(name, [](char c) {
      return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
    });
    if (!fits) return leave_out(name, "it has no name that can be called");
    if (!names_.insert(name).second) return leave_out(name, "another one has its name");
    const auto* schema = matrix::find_object(tool, "inputSchema");
    if (schema == nullptr) return leave_out(name, "it does not say what it takes");
    HeaderSearch headers;
    if (!headers.go(*schema)) return leave_out(name, "it wants an argument as a header that cannot be one");
    auto arguments = arguments_of(*schema);
    if (!arguments) return leave_out(name, "what it takes is no object, or described at too much length");
    ToolOperation out{.tool = {.name = name, .digest = digest_of_tool(tool), .headers = headers.take()},
                      .operation = {}};
    auto& operation = out.operation;
    const auto most = openapi::most_operation_bytes(service_);
    auto wanted = openapi::snake_case(name, most);
    if (wanted.empty()) wanted = "tool_" + out.tool.digest.substr(0, 8);
    operation.name = openapi::unique_name(std::move(wanted), taken_, most);
    operation.description = openapi::described(tool, "title");
    operation.method = "POST";
    operation.path = "/";
    operation.arguments = *std::move(arguments);
    take_hints(tool, believe_, operation);
    if (const auto* answer = matrix::find_object(tool, "outputSchema")) operation.answer = arguments_of(*answer);
    out_.push_back(std::move(out));
  }
  std::vector<ToolOperation> take() { return std::move(out_); }

 private:
  void leave_out(const std::string& name, const std::string& why) {
    report_.warn("", "the tool " + report::quoted(name.substr(0, kMaxToolNameOnWire)) + " is left out: " + why,
                 "its server has to mend it");
  }

  std::string service_;
  bool believe_;
  const report::InFile& report_;
  std::set<std::string> names_;
  std::set<std::string, std::less<>> taken_;
  std::vector<ToolOperation> out_;
};

}  // namespace

std::string digest_of_tool(const JsonObject& tool) {
  JsonObject whole;
  for (const std::string_view key : {"name", "title", "description", "inputSchema", "outputSchema", "annotations"}) {
    if (const auto* found = matrix::find(tool, key)) whole[key] = *found;
  }
  return base::hex(base::sha256(matrix::canonical_json(whole)));
}

std::vector<ToolOperation> read_tools(std::string_view service, const JsonArray& tools, bool believe,
                                      const report::InFile& report) {
  std::vector<const JsonObject*> sorted;
  for (const auto& each : tools) {
    if (each.is_object()) sorted.push_back(&each.get_object());
  }
  // In an order of their own: a server may list them in another each time, and names that clash are numbered.
  std::ranges::sort(sorted, {}, [](const JsonObject* each) { return matrix::find_string(*each, "name").value_or(""); });
  ToolReader reader(service, believe, report);
  if (sorted.size() > kMaxTools) {
    report.warn("", "the server has more than 500 tools: the rest is left out", "name those that are wanted");
    sorted.resize(kMaxTools);
  }
  for (const auto* each : sorted) reader.read(*each);
  return reader.take();
}

}  // namespace troupe::assistant::packs
