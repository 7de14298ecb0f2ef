#include "net/route/openapi.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "net/route/route_table.h"

namespace troupe::net::route {
namespace {

namespace json = boost::json;

json::value parse(std::string_view text) { return json::parse({text.data(), text.size()}); }

json::object content(std::string_view media_type, json::value schema) {
  return {{media_type, json::object{{"schema", std::move(schema)}}}};
}

json::object schema_ref(std::string_view name) { return {{"$ref", "#/components/schemas/" + std::string(name)}}; }

/// "getApiV1BotsByBotId": stable, unique and readable in generated clients.
std::string operation_id(const Route& route) {
  std::string out;
  for (char c : route.method) out += static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  bool upper = true;
  for (char c : route.path) {
    if (c == '{') {
      out += "By";
      upper = true;
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
      out += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
      upper = false;
    } else {
      upper = true;
    }
  }
  return out;
}

json::object error_response(Dialect dialect) {
  switch (dialect) {
    case Dialect::problem:
      return {{"description", "Refused or failed"},
              {"content", content("application/problem+json", schema_ref("Problem"))}};
    case Dialect::detail:
      return {{"description", "Refused or failed"}, {"content", content("application/json", schema_ref("Detail"))}};
    case Dialect::matrix:
      return {{"description", "Refused or failed"},
              {"content", content("application/json", schema_ref("MatrixError"))}};
    case Dialect::error:
      return {{"description", "Refused or failed"}, {"content", content("application/json", schema_ref("PlainError"))}};
  }
  return {};
}

json::object operation(const Route& route) {
  json::object out{{"operationId", operation_id(route)}, {"tags", json::array{route.tag}}};
  if (!route.summary.empty()) out["summary"] = route.summary;
  json::array parameters;
  for (const auto& name : parameter_names(route.path)) {
    parameters.push_back(
        json::object{{"name", name}, {"in", "path"}, {"required", true}, {"schema", json::object{{"type", "string"}}}});
  }
  for (const auto& param : route.query) {
    parameters.push_back(json::object{{"name", param.name},
                                      {"in", "query"},
                                      {"required", param.required},
                                      {"description", param.description},
                                      {"schema", parse(param.schema)}});
  }
  if (!parameters.empty()) out["parameters"] = std::move(parameters);
  const bool takes_json = route.body == Body::json_object || route.body == Body::json_required;
  if (takes_json) {
    json::value schema =
        route.body_schema.empty() ? json::value(json::object{{"type", "object"}}) : parse(route.body_schema);
    out["requestBody"] = json::object{{"required", route.body == Body::json_required},
                                      {"content", content("application/json", std::move(schema))}};
  } else if (route.body == Body::form) {
    json::value schema =
        route.body_schema.empty() ? json::value(json::object{{"type", "object"}}) : parse(route.body_schema);
    auto forms = content("application/x-www-form-urlencoded", schema);
    forms["multipart/form-data"] = json::object{{"schema", std::move(schema)}};
    out["requestBody"] = json::object{{"required", true}, {"content", std::move(forms)}};
  } else if (route.body == Body::raw || route.body == Body::stream) {
    const auto type = route.body_type.empty() ? std::string_view("application/octet-stream") : route.body_type;
    // A raw body with a schema is JSON that the handler reads itself, in a dialect of its own.
    json::value schema = route.body_schema.empty() ? json::value(json::object{{"type", "string"}, {"format", "binary"}})
                                                   : parse(route.body_schema);
    out["requestBody"] = json::object{{"content", content(type, std::move(schema))}};
  }
  json::object good{{"description", "Done"}};
  if (!route.reply_schema.empty()) good["content"] = content(route.reply_type, parse(route.reply_schema));
  out["responses"] =
      json::object{{std::to_string(route.good_status), std::move(good)}, {"default", error_response(route.dialect)}};
  if (route.needs == Access::open) {
    out["security"] = json::array{};
  } else if (!route.scope.empty()) {
    out["x-scope"] = route.scope;
  }
  if (route.needs == Access::admin) out["x-role"] = "admin";
  if (route.needs == Access::operator_) out["x-role"] = "operator";
  return out;
}

json::object security_schemes() {
  return {{"session", json::object{{"type", "apiKey"}, {"in", "cookie"}, {"name", "troupe_session"}}},
          {"bearer", json::object{{"type", "http"}, {"scheme", "bearer"}}},
          {"apiKey", json::object{{"type", "apiKey"}, {"in", "header"}, {"name", "X-API-Key"}}}};
}

std::string_view name_of(Access access) {
  switch (access) {
    case Access::open:
      return "open";
    case Access::optional:
      return "optional";
    case Access::if_any:
      return "if_any";
    case Access::user:
      return "user";
    case Access::operator_:
      return "operator";
    case Access::admin:
      return "admin";
    case Access::metrics:
      return "metrics";
  }
  return {};
}

/// One row of the route table as it is, for whoever checks that nothing is forgotten: what has no tag, and what the
/// Matrix listener serves, stands in no path item.
json::object table_row(const Route& route) {
  json::object row{
      {"listener", route.listener}, {"method", route.method}, {"path", route.path}, {"needs", name_of(route.needs)}};
  if (!route.scope.empty()) row["scope"] = route.scope;
  return row;
}

constexpr std::string_view kProblem =
    R"({"type":"object","required":["type","title","status","detail","code","errors","request_id"],
"properties":{"type":{"type":"string"},"title":{"type":"string"},"status":{"type":"integer"},"detail":{"type":"string"},
"code":{"type":"string"},"errors":{"type":"array","items":{"type":"object","required":["pointer","message","type"],"properties":
{"pointer":{"type":"string"},"loc":{"type":"array"},"message":{"type":"string"},"type":{"type":"string"}}}},
"request_id":{"type":"string"},"retry_after_ms":{"type":"integer"}}})";
constexpr std::string_view kDetail =
    R"({"type":"object","required":["detail"],"properties":{"detail":{"anyOf":[{"type":"string"},
{"type":"array","items":{"type":"object","properties":{"loc":{"type":"array"},"msg":{"type":"string"},"type":{"type":"string"}}}}]}}})";
constexpr std::string_view kMatrixError =
    R"({"type":"object","required":["errcode","error"],"properties":{"errcode":{"type":"string"},
"error":{"type":"string"},"retry_after_ms":{"type":"integer"}}})";

constexpr std::string_view kPlainError =
    R"({"type":"object","required":["error"],"properties":{"error":{"type":"string"}}})";

json::array described_tags(const std::vector<Tag>& tags) {
  json::array out;
  for (const auto& tag : tags) out.push_back({{"name", tag.name}, {"description", tag.description}});
  return out;
}

}  // namespace

json::object openapi_document(const std::vector<Route>& routes, const std::vector<Tag>& tags,
                              const std::map<std::string, json::value>& schemas, std::string_view server_version) {
  json::object paths;
  json::array table;
  for (const Route& route : routes) {
    table.push_back(table_row(route));
    if (route.tag.empty()) continue;
    std::string path = route.path;
    std::erase(path, '*');
    std::string method = route.method;
    std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c | 0x20); });
    auto& item = paths[path];
    if (!item.is_object()) item = json::object{};
    auto described = operation(route);
    const auto tag = std::ranges::find(tags, std::string_view(route.tag), &Tag::name);
    if (tag != tags.end() && tag->superseded) described["deprecated"] = true;
    item.as_object()[method] = std::move(described);
  }
  json::object named{{"Problem", parse(kProblem)},
                     {"Detail", parse(kDetail)},
                     {"MatrixError", parse(kMatrixError)},
                     {"PlainError", parse(kPlainError)}};
  for (const auto& [name, schema] : schemas) named[name] = schema;
  json::array security{json::object{{"session", json::array{}}}, json::object{{"bearer", json::array{}}},
                       json::object{{"apiKey", json::array{}}}};
  return {{"openapi", "3.1.0"},
          {"info", json::object{{"title", "Troupe"}, {"version", server_version}}},
          {"security", std::move(security)},
          {"paths", std::move(paths)},
          {"tags", described_tags(tags)},
          {"x-routes", std::move(table)},
          {"components", json::object{{"schemas", std::move(named)}, {"securitySchemes", security_schemes()}}}};
}

}  // namespace troupe::net::route
