#include "assistant/openapi/reader.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "assistant/openapi/json_schema.h"
#include "assistant/openapi/names.h"
#include "assistant/openapi/path_item.h"
#include "base/text.h"

namespace troupe::assistant::openapi {
namespace {

using report::text;

using matrix::view;
using report::below;

constexpr std::size_t kMaxMediaTypeBytes = 200;
constexpr std::size_t kMaxSchemes = 16, kMaxScopes = 100;  ///< of one operation
/// The specification has the first three ignored as parameters: they are the body's and the credential's. With the
/// others an argument would say where a request ends, or whose it is.
constexpr std::array<std::string_view, 13> kOwnHeaders{
    "accept",     "content-type", "authorization", "host", "content-length", "transfer-encoding",
    "connection", "keep-alive",   "upgrade",       "te",   "expect",         "cookie",
    "trailer"};

std::string_view name_of(Where where) {
  return where == Where::path ? "path" : where == Where::query ? "query" : "header";
}

/// The names in braces, in order.
std::vector<std::string> placeholders(std::string_view path) {
  std::vector<std::string> out;
  for (auto at = path.find('{'); at != std::string_view::npos; at = path.find('{', at + 1)) {
    const auto end = path.find('}', at);
    if (end == std::string_view::npos) break;
    out.emplace_back(path.substr(at + 1, end - at - 1));
  }
  return out;
}

/// It becomes the value of a header.
bool is_media_type(std::string_view type) {
  return type.contains('/') && type.size() <= kMaxMediaTypeBytes && std::ranges::all_of(type, [](char c) {
           return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f;
         });
}

/// Requirements are alternatives: of those that name a scheme the first counts.
std::map<std::string, std::vector<std::string>, std::less<>> scopes_of(const JsonArray* requirements) {
  std::map<std::string, std::vector<std::string>, std::less<>> out;
  if (!requirements) return out;
  for (const auto& requirement : *requirements) {
    const auto* schemes = requirement.if_object();
    if (!schemes) continue;
    for (const auto& [scheme, list] : *schemes) {
      if (!list.is_array() || out.size() >= kMaxSchemes || out.contains(text(scheme))) continue;
      auto& scopes = out[std::string(scheme)];
      for (const auto& each : list.get_array()) {
        if (!each.is_string() || !is_scope(matrix::view(each.get_string())) || scopes.size() >= kMaxScopes) continue;
        scopes.emplace_back(matrix::view(each.get_string()));
      }
    }
  }
  return out;
}

/// One parameter as it was read, before the arguments have their names.
struct Read {
  Parameter parameter;
  Json schema;
  std::string description;
  bool required = false;
};

/// Reads one operation.
class OperationReader {
 public:
  OperationReader(const Document& document, const ReadOptions& options, const report::InFile& report,
                  std::string pointer)
      : document_(document),
        options_(options),
        report_(report),
        pointer_(std::move(pointer)),
        schemas_(document, Direction::request, kMaxSchemaNodes) {}

  std::optional<Operation> read(const JsonObject& item, const JsonObject& operation, Operation made) {
    if (!collect(matrix::find_array(item, "parameters")) || !collect(matrix::find_array(operation, "parameters")))
      return std::nullopt;
    if (!has_one_query()) {
      refuse("it has a query string as a whole (in: querystring) beside other parameters of the query");
      return std::nullopt;
    }
    if (!check_path(made.path)) return std::nullopt;
    made.description = described(operation, "summary");
    made.deprecated = matrix::find_bool(operation, "deprecated").value_or(false);
    const auto* security = matrix::find_array(operation, "security");
    made.open = security && security->empty();
    made.scopes = scopes_of(security ? security : matrix::find_array(document_.root(), "security"));
    read_body(operation, made.body);
    name_arguments(made);
    made.arguments = arguments(made);
    if (!is_whole(made)) return std::nullopt;
    made.answer = answer(operation);
    return made;
  }

  /// How many schemas were written for it, whether it is offered or not.
  std::size_t nodes() const { return schemas_.nodes() + answer_nodes_; }

 private:
  bool collect(const JsonArray* list) {
    if (!list) return true;
    for (std::size_t i = 0; i < list->size(); ++i) {
      const auto* object = document_.object(&(*list)[i]);
      if (!object) {
        report_.warn(below(below(pointer_, "parameters"), i), "this parameter's reference leads nowhere",
                     "add what it names, or leave the parameter out");
        return false;
      }
      if (!add_parameter(*object)) return false;
      if (read_.size() > kMaxParameters) return refuse("it has more than 200 parameters");
    }
    return true;
  }

  bool add_parameter(const JsonObject& object) {
    Read read;
    read.parameter.name = matrix::find_string(object, "name").value_or("");
    const auto where = matrix::find_string(object, "in").value_or("");
    if (read.parameter.name.empty() || read.parameter.name.size() > kMaxPathBytes) return true;
    if (where == "header") {
      const auto lower = base::ascii_lower(read.parameter.name);
      if (std::ranges::find(kOwnHeaders, lower) != kOwnHeaders.end() || lower.starts_with("proxy-") ||
          options_.own_headers.contains(lower) || !is_token(read.parameter.name))
        return true;
      read.parameter.where = Where::header;
    } else if (where == "path") {
      read.parameter.where = Where::path;
    } else if (where != "query" && where != "querystring") {
      return true;  // cookies are not for callers without a browser
    }
    read.required = read.parameter.where == Where::path || matrix::find_bool(object, "required").value_or(false);
    read.description = matrix::find_string(object, "description").value_or("");
    if (where != "querystring") {
      read_style(object, read);
    } else if (!read_query_string(object, read)) {
      return refuse("its query string is not described by one media type, as content has it");
    }
    const auto same = std::ranges::find_if(read_, [&](const auto& other) {
      return other.parameter.name == read.parameter.name && other.parameter.where == read.parameter.where;
    });
    if (same == read_.end()) {
      read_.push_back(std::move(read));
    } else {
      *same = std::move(read);  // the operation's own wins over its path's
    }
    return true;
  }

  /// 3.2: the whole query string as one value.
  bool read_query_string(const JsonObject& object, Read& read) const {
    const auto* content = matrix::find_object(object, "content");
    if (!content || content->size() != 1) return false;
    const auto* media = document_.object(&content->begin()->value());
    if (!media) return false;
    const bool form = kind_of(text(content->begin()->key())) == BodyKind::form;
    read.parameter.style = form ? Style::whole_form : Style::whole;
    const auto* schema = matrix::find(*media, "schema");
    read.schema = schema ? *schema : form ? Json(JsonObject{{"type", "object"}}) : Json(JsonObject{});
    return true;
  }

  /// A query string that is one value has no room for parameters beside it.
  bool has_one_query() const {
    const auto queries = [this](bool whole) {
      return std::ranges::count_if(read_, [whole](const auto& each) {
        return each.parameter.where == Where::query && is_whole_query(each.parameter.style) == whole;
      });
    };
    return queries(true) == 0 || (queries(true) == 1 && queries(false) == 0);
  }

  void read_style(const JsonObject& object, Read& read) const {
    auto& parameter = read.parameter;
    const auto style = matrix::find_string(object, "style").value_or("");
    parameter.style = parameter.where == Where::query ? Style::form : Style::simple;
    if (style == "spaceDelimited") parameter.style = Style::space_delimited;
    if (style == "pipeDelimited") parameter.style = Style::pipe_delimited;
    if (style == "deepObject") parameter.style = Style::deep_object;
    parameter.explode = matrix::find_bool(object, "explode").value_or(parameter.style == Style::form);
    parameter.allow_reserved = matrix::find_bool(object, "allowReserved").value_or(false);
    if (const auto* schema = matrix::find(object, "schema")) {
      read.schema = *schema;
    } else if (const auto* content = matrix::find_object(object, "content"); content && !content->empty()) {
      parameter.style = Style::json;
      const auto* media = document_.object(&content->begin()->value());
      const auto* inner = media ? matrix::find(*media, "schema") : nullptr;
      read.schema = inner ? *inner : Json(JsonObject{});
    } else {
      read.schema = JsonObject{{"type", "string"}};
    }
  }

  /// Each name in braces is a parameter: what the document forgot is a text.
  bool check_path(const std::string& path) {
    const auto names = placeholders(path);
    for (const auto& name : names) {
      if (name.empty()) return refuse("its path has empty braces");
      const bool known = std::ranges::any_of(
          read_, [&](const auto& each) { return each.parameter.where == Where::path && each.parameter.name == name; });
      if (known) continue;
      report_.note(pointer_, "the path's {" + name + "} is not among the parameters; it is taken for a text",
                   "declare it");
      Read read;
      read.parameter = {.argument = {}, .name = name, .where = Where::path, .style = Style::simple, .explode = false};
      read.schema = JsonObject{{"type", "string"}};
      read.required = true;
      read_.push_back(std::move(read));
    }
    std::erase_if(read_, [&](const auto& each) {
      return each.parameter.where == Where::path && std::ranges::find(names, each.parameter.name) == names.end();
    });
    return true;
  }

  /// JSON, then a form, then multipart, then whatever else there is.
  void read_body(const JsonObject& operation, Body& body) {
    const auto* given = matrix::find(operation, "requestBody");
    const auto* object = document_.object(given);
    if (given && !object)
      report_.warn(below(pointer_, "requestBody"), "its reference leads nowhere", "add what it names");
    const auto* content = object ? matrix::find_object(*object, "content") : nullptr;
    if (!content) return;
    const JsonObject* media = nullptr;
    for (const auto kind : {BodyKind::json, BodyKind::form, BodyKind::multipart, BodyKind::raw}) {
      for (const auto& [type, value] : *content) {
        const auto* described_by = document_.object(&value);
        if (kind_of(text(type)) != kind || !described_by || !is_media_type(text(type))) continue;
        if (!media) body.kind = kind, body.media_type = text(type), media = described_by;
      }
      if (media) break;
    }
    if (!media) return;
    if (body.media_type.contains('*')) body.media_type = "application/octet-stream";
    body.required = matrix::find_bool(*object, "required").value_or(false);
    const auto* schema = matrix::find(*media, "schema");
    body_schema_ =
        schema && body.kind != BodyKind::raw ? schemas_.convert(*schema) : Json(JsonObject{{"type", "string"}});
    if (body.kind == BodyKind::raw)
      body_schema_.get_object()["description"] = "the body's bytes, as " + body.media_type;
    if (media->contains("itemSchema"))
      report_.note(below(pointer_, "requestBody"), "its entries are not described to people: it is taken as one text",
                   "send entries as " + body.media_type + " has them");
    flatten(*media, body);
  }

  static BodyKind kind_of(std::string_view media_type) {
    const auto type = base::ascii_lower(media_type.substr(0, media_type.find(';')));
    if (type == "application/json" || type.ends_with("+json")) return BodyKind::json;
    if (type == "application/x-www-form-urlencoded") return BodyKind::form;
    if (type == "multipart/form-data") return BodyKind::multipart;
    return BodyKind::raw;
  }

  /// A body whose members are known becomes arguments; another is one argument as a whole.
  void flatten(const JsonObject& media, Body& body) {
    body.whole = "body";
    const auto* object = body_schema_.if_object();
    const auto* properties = object ? matrix::find_object(*object, "properties") : nullptr;
    if (!properties || properties->empty() || body.kind == BodyKind::raw) return;
    for (const auto* key : {"anyOf", "oneOf", "allOf", "not", "if"}) {
      if (object->contains(key)) return;
    }
    const auto* type = matrix::find(*object, "type");
    if (!type || !type->is_string() || view(type->get_string()) != "object") return;
    std::set<std::string> taken;
    for (const auto& each : read_) taken.insert(argument_name(each.parameter.name));
    for (const auto& [name, schema] : *properties) {
      auto argument = argument_name(text(name));
      if (argument.empty() || !taken.insert(argument).second) {
        body.members.clear();
        return;
      }
      body.members.push_back(member(std::move(argument), text(name), schema, media, body.kind));
    }
    body.whole.clear();
  }

  BodyMember member(std::string argument, std::string_view name, const Json& schema, const JsonObject& media,
                    BodyKind kind) const {
    BodyMember out{.argument = std::move(argument), .name = std::string(name)};
    const auto* object = schema.if_object();
    if (kind == BodyKind::multipart && object)
      out.file = matrix::find_string(*object, "format") == "binary" || object->contains("contentMediaType");
    const auto* encodings = matrix::find_object(media, "encoding");
    const auto* encoding = encodings ? matrix::find_object(*encodings, name) : nullptr;
    if (encoding && matrix::find_string(*encoding, "style") == "deepObject") out.style = Style::deep_object;
    return out;
  }

  /// A name that stands in two places has its place before it.
  void name_arguments(Operation& operation) {
    std::map<std::string, int> uses;
    for (const auto& each : read_) ++uses[argument_name(each.parameter.name)];
    std::set<std::string, std::less<>> taken;
    for (const auto& each : operation.body.members) taken.insert(each.argument);
    for (auto& each : read_) {
      auto name = argument_name(each.parameter.name);
      if (name.empty()) name = "value";
      if (uses[name] > 1) name = std::string(name_of(each.parameter.where)) + "_" + name;
      each.parameter.argument = unique_name(std::move(name), taken, kMaxArgumentBytes);
      operation.parameters.push_back(each.parameter);
    }
    if (operation.body.kind != BodyKind::none && !operation.body.whole.empty())
      operation.body.whole = unique_name(operation.body.whole, taken, kMaxArgumentBytes);
  }

  JsonObject arguments(const Operation& operation) {
    JsonObject properties;
    JsonArray required;
    for (const auto& each : read_) {
      auto schema = schemas_.convert(each.schema);
      if (auto* object = schema.if_object(); object && !each.description.empty() && !object->contains("description"))
        (*object)["description"] =
            each.description.substr(0, each.description.size() > kMaxDescriptionBytes ? 0 : std::string::npos);
      properties[each.parameter.argument] = std::move(schema);
      if (each.required) required.emplace_back(each.parameter.argument);
    }
    const auto& body = operation.body;
    if (body.kind != BodyKind::none && !body.whole.empty()) {
      properties[body.whole] = body_schema_;
      if (body.required) required.emplace_back(body.whole);
    } else if (body.kind != BodyKind::none) {
      add_members(body, properties, required);
    }
    JsonObject out{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
    if (!required.empty()) out["required"] = std::move(required);
    if (auto definitions = schemas_.definitions(); !definitions.empty()) out["$defs"] = std::move(definitions);
    return out;
  }

  void add_members(const Body& body, JsonObject& properties, JsonArray& required) {
    const auto& schema = body_schema_.get_object();
    const auto& of = schema.at("properties").get_object();
    const auto* wanted = matrix::find_array(schema, "required");
    for (const auto& member : body.members) {
      properties[member.argument] = of.at(member.name);
      const bool needed = wanted && std::ranges::any_of(*wanted, [&](const auto& each) {
                            return each.is_string() && view(each.get_string()) == member.name;
                          });
      if (needed && body.required) required.emplace_back(member.argument);
    }
  }

  bool is_whole(const Operation& operation) {
    for (const auto& each : schemas_.missing())
      report_.warn(pointer_,
                   operation.name + " refers to " + report::quoted(each) +
                       ", which is not in the document; anything is taken there",
                   each.starts_with('#') ? "add it" : "put what it names into this document");
    if (schemas_.too_large())
      return refuse("what it takes is described at more length than 4000 schemas, 40 levels or 1000 choices");
    return true;
  }

  /// The schema of the first good JSON answer.
  std::optional<JsonObject> answer(const JsonObject& operation) {
    const auto* responses = matrix::find_object(operation, "responses");
    if (!responses) return std::nullopt;
    for (const auto& [status, value] : *responses) {
      if (!text(status).starts_with('2')) continue;
      const auto* response = document_.object(&value);
      const auto* content = response ? matrix::find_object(*response, "content") : nullptr;
      for (std::size_t i = 0; content && i < content->size(); ++i) {
        const auto& [type, media] = *(content->begin() + static_cast<std::ptrdiff_t>(i));
        const auto* described_by = document_.object(&media);
        const auto* schema = described_by ? matrix::find(*described_by, "schema") : nullptr;
        if (described_by && described_by->contains("itemSchema"))
          report_.note(below(pointer_, "responses"), "its answer is a stream: it is read to its end, as one text",
                       "offer it where streams end");
        if (schema && kind_of(text(type)) == BodyKind::json) return answer_schema(*schema);
      }
    }
    return std::nullopt;
  }

  std::optional<JsonObject> answer_schema(const Json& schema) {
    SchemaWriter writer(document_, Direction::answer, kMaxAnswerNodes);
    auto made = writer.convert(schema);
    auto definitions = writer.definitions();
    answer_nodes_ = writer.nodes();
    if (writer.too_large() || !made.is_object()) return std::nullopt;
    if (!definitions.empty()) made.get_object()["$defs"] = std::move(definitions);
    return std::move(made.get_object());
  }

  bool refuse(const std::string& why) {
    report_.warn(pointer_, "this operation is left out: " + why,
                 "make it smaller in the document, or leave it out of the pack");
    return false;
  }

  const Document& document_;
  const ReadOptions& options_;
  const report::InFile& report_;
  std::string pointer_;
  SchemaWriter schemas_;
  std::vector<Read> read_;
  Json body_schema_ = JsonObject{};
  std::size_t answer_nodes_ = 0;
};

}  // namespace

std::vector<Operation> read_operations(const Document& document, const ReadOptions& options,
                                       const report::InFile& report) {
  std::vector<Operation> out;
  const auto* paths = matrix::find_object(document.root(), "paths");
  if (!paths || paths->empty()) {
    report.error("/paths", "the document describes no paths", "a pack is made of its operations");
    return out;
  }
  const auto most_bytes = most_operation_bytes(options.service);
  auto taken = options.reserved;
  std::set<std::string, std::less<>> given;
  std::size_t nodes = 0;
  for (const auto& [path, value] : *paths) {
    const auto pointer = below("/paths", text(path));
    if (text(path).starts_with("x-")) continue;
    const auto* item = document.object(&value);
    if (!item || !is_path(text(path))) {
      report.warn(pointer, "this path is left out: it cannot be called as it stands",
                  "begin it with a slash; it has no query, no dots as a segment, and at most 512 bytes");
      continue;
    }
    for (const auto& [method, at, operation] : methods_of(*item, pointer, report)) {
      if (out.size() >= kMaxOperations || nodes > kMaxNodesOfAll) {
        report.warn(
            pointer,
            "the document is read up to here: it has more than 2000 operations, or more than 500000 schemas in them",
            "name those that the pack offers in config.json");
        return out;
      }
      Operation made;
      made.method = method;
      made.path = text(path);
      made.pointer = at;
      made.writes = !only_reads(method);
      made.destructive = may_destroy(method);
      auto name = options.name_of ? options.name_of(made.method, made.path) : std::string();
      const bool own = !name.empty() && given.insert(name).second;
      if (name.empty()) name = snake_case(matrix::find_string(*operation, "operationId").value_or(""), most_bytes);
      if (name.empty()) name = name_of_path(base::ascii_lower(method), made.path, most_bytes);
      made.name = own ? std::move(name) : unique_name(std::move(name), taken, most_bytes);
      if (options.wants && !options.wants(made.name)) continue;
      OperationReader reader(document, options, report, made.pointer);
      if (auto read = reader.read(*item, *operation, std::move(made))) out.push_back(*std::move(read));
      nodes += reader.nodes();
    }
  }
  return out;
}

std::string path_shape(std::string_view path) {
  std::string out;
  bool inside = false;
  for (const char c : path) {
    if (c == '}') inside = false;
    if (!inside) out += c;
    if (c == '{') inside = true;
  }
  return out;
}

}  // namespace troupe::assistant::openapi
