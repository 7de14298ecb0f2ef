#include "assistant/openapi/document.h"

#include <charconv>
#include <cmath>

#include "assistant/schema/validator.h"
#include "base/yaml_tree.h"
#include "net/http/url.h"

namespace troupe::assistant::openapi {
namespace {

constexpr int kMaxReferenceChain = 16;
constexpr std::string_view kFloatCharacters = "0123456789+-.eE";

template <class Number>
std::optional<Number> whole(std::string_view text) {
  Number out{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return out;
}

/// A plain scalar by YAML 1.2's core schema: what is no number, flag or null is a text.
Json scalar(const base::YamlNode& node) {
  std::string_view text = node.text;
  if (node.quoted) return Json(boost::json::string(text));
  if (node.is_null()) return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (text.starts_with('+')) text.remove_prefix(1);
  if (const auto number = whole<std::int64_t>(text)) return *number;
  if (text.find_first_not_of(kFloatCharacters) == std::string_view::npos) {
    if (const auto number = whole<double>(text); number && std::isfinite(*number)) return *number;
  }
  return Json(boost::json::string(node.text));
}

Json json_of(const base::YamlNode& node) {
  if (node.kind == base::YamlNode::Kind::text) return scalar(node);
  if (node.kind == base::YamlNode::Kind::list) {
    JsonArray out;
    out.reserve(node.items.size());
    for (const auto& item : node.items) out.push_back(json_of(item));
    return out;
  }
  JsonObject out;
  out.reserve(node.members.size());
  for (const auto& [name, value] : node.members) out[name] = json_of(value);
  return out;
}

/// The document's own notion of what it is.
bool is_readable(const JsonObject& root, const report::InFile& report) {
  if (matrix::find(root, "swagger")) {
    report.error(
        "/swagger", "this is Swagger 2.0, which is not read here",
        "convert it to OpenAPI 3: npx swagger2openapi FILE -o openapi.json, or editor.swagger.io, Edit, Convert to "
        "OpenAPI 3");
    return false;
  }
  const auto version = matrix::find_string(root, "openapi");
  if (!version) {
    report.error("/openapi", "this is no OpenAPI document: it does not say its version",
                 "write \"openapi\": \"3.1.0\"");
    return false;
  }
  if (!version->starts_with("3.0") && !version->starts_with("3.1") && !version->starts_with("3.2")) {
    report.error("/openapi", "version " + report::quoted(*version) + " is not read here", "3.0, 3.1 and 3.2 are");
    return false;
  }
  return true;
}

/// "https://{region}.example.com" with each variable's default.
std::string with_variables(std::string url, const JsonObject* variables) {
  if (!variables) return url;
  for (const auto& [name, variable] : *variables) {
    const auto* object = variable.if_object();
    const auto standard = object ? matrix::find_string(*object, "default") : std::nullopt;
    const auto place = "{" + std::string(name.data(), name.size()) + "}";
    if (const auto at = url.find(place); standard && at != std::string::npos) url.replace(at, place.size(), *standard);
  }
  return url;
}

}  // namespace

const Json* Document::find(std::string_view reference) const {
  // What names this document by the address that it gives itself stays in it (3.2).
  const auto self = matrix::find_string(root(), "$self").value_or("");
  const auto hash = reference.find('#');
  const auto document = reference.substr(0, std::min(hash, reference.size()));
  if (!document.empty() && !self.empty() && hash != std::string_view::npos) {
    const auto own = net::http::Url::parse(self);
    const auto named = own ? own->resolve(document) : Result<net::http::Url>(Error(Errc::invalid_param));
    if (document == self || (named && own->same_origin(*named) && own->target == named->target))
      reference.remove_prefix(hash);
  }
  return schema::follow(root_, reference);
}

const JsonObject* Document::object(const Json* value) const {
  for (int step = 0; value && step < kMaxReferenceChain; ++step) {
    const auto* object = value->if_object();
    if (!object) return nullptr;
    const auto reference = matrix::find_string(*object, "$ref");
    if (!reference) return object;
    value = find(*reference);
  }
  return nullptr;
}

std::string Document::server() const {
  const auto* servers = matrix::find_array(root(), "servers");
  const auto* first = servers && !servers->empty() ? servers->front().if_object() : nullptr;
  const auto url = first ? matrix::find_string(*first, "url") : std::nullopt;
  if (!url) return {};
  auto out = with_variables(std::string(*url), matrix::find_object(*first, "variables"));
  if (!out.starts_with("https://") && !out.starts_with("http://")) return {};
  while (out.ends_with('/')) out.pop_back();
  return out;
}

std::string Document::title() const {
  const auto* info = matrix::find_object(root(), "info");
  return std::string(info ? matrix::find_string(*info, "title").value_or("") : "");
}

std::optional<Document> read_document(std::string_view bytes, const report::InFile& report) {
  if (bytes.size() > kMaxDocumentBytes) {
    report.error("", "the document has more than 16 MiB", "leave out what the pack does not call");
    return std::nullopt;
  }
  const bool is_json = report.file().ends_with(".json");
  auto root = is_json ? matrix::parse_json(bytes) : json_of_yaml(bytes);
  if (!root) {
    report.error("", std::string("this is no ") + (is_json ? "JSON" : "YAML") + ": " + root.error().message(),
                 is_json
                     ? "a key that is there twice, and more than 64 levels, are mistakes too"
                     : "the line is where it cannot be read; tags, and what is nested too deeply, are mistakes too");
    return std::nullopt;
  }
  if (!root->is_object()) {
    report.error("", "the document is no object", "an OpenAPI document has openapi, info and paths");
    return std::nullopt;
  }
  if (!is_readable(root->get_object(), report)) return std::nullopt;
  return Document(std::move(root->get_object()));
}

Result<Json> json_of_yaml(std::string_view text) {
  TRY(const auto tree,
      base::read_yaml(text, {.depth = kMaxDocumentDepth, .nodes = kMaxDocumentNodes, .aliases = true}));
  return json_of(tree);
}

}  // namespace troupe::assistant::openapi
