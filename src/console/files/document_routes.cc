// The API document and a page that shows it: /api/openapi.json, /docs.
#include <boost/json/serialize.hpp>
#include <mutex>

#include "api/group.h"
#include "base/html.h"
#include "console/files/file_routes.h"

namespace troupe::console::files {
namespace {

using base::html_escape;
using net::http::Response;
using net::route::Call;

std::string_view text_of(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string_view(text->data(), text->size()) : std::string_view();
}

/// The name of the schema that a body or an answer refers to.
std::string schema_name(const boost::json::value* holder) {
  if (holder == nullptr) return {};
  boost::system::error_code ec;
  const auto* ref = holder->find_pointer("/content/application~1json/schema/$ref", ec);
  if (ref == nullptr || !ref->is_string()) return {};
  std::string_view text(ref->get_string().data(), ref->get_string().size());
  return std::string(text.substr(text.rfind('/') + 1));
}

std::string link_to(const std::string& schema) {
  return schema.empty() ? std::string("<span class=none>–</span>")
                        : "<a href=\"#" + html_escape(schema) + "\">" + html_escape(schema) + "</a>";
}

std::string_view description_of(const boost::json::object& document, std::string_view name) {
  for (const auto& tag : document.at("tags").as_array()) {
    if (text_of(tag.as_object(), "name") == name) return text_of(tag.as_object(), "description");
  }
  return {};
}

constexpr std::string_view kHead = R"(<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>Troupe API</title><style>
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8884;vertical-align:top}
code,pre{font:13px/1.45 ui-monospace,monospace;overflow-wrap:anywhere}pre{white-space:pre-wrap;padding:.8rem;border:1px solid #8884;border-radius:6px}
h2{margin-top:2.5rem}.m{font-weight:600}nav ul{columns:14rem;padding-left:1.2rem}
@media(max-width:48em){table,tbody,tr,td{display:block}th{display:none}td{border:0;padding:.1rem 0}tr{border-bottom:1px solid #8884;padding:.5rem 0}td:empty,.none{display:none}}
</style></head><body>)";

/// What stands in for other servers comes after Troupe's own operations.
bool is_compatible(std::string_view tag) { return tag.ends_with("(compatibility)") || tag.starts_with("Synapse"); }

std::string anchor_of(std::string_view tag) {
  std::string anchor = "tag-";
  for (const char c : tag) anchor += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? c : '-';
  return anchor;
}

std::string render(const boost::json::object& document) {
  std::string html(kHead);
  html +=
      "<p><a href=\"/\">The dashboard</a></p><h1>Troupe API</h1><p>The machine-readable document is <a "
      "href=\"/api/openapi.json\">/api/openapi.json</a> "
      "(OpenAPI 3.1). Send a session cookie, or an API key as <code>Authorization: Bearer …</code> or "
      "<code>X-API-Key</code>.</p>";
  std::map<std::string, std::string> sections;
  for (const auto& path : document.at("paths").as_object()) {
    for (const auto& method : path.value().as_object()) {
      const auto& operation = method.value().as_object();
      const auto* tags = operation.if_contains("tags");
      std::string tag = "other";
      if (tags != nullptr && tags->is_array() && !tags->get_array().empty()) {
        tag = boost::json::value_to<std::string>(tags->get_array().front());
      }
      auto& rows = sections[tag];
      std::string name(method.key());
      for (auto& c : name) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
      const auto* responses = operation.if_contains("responses");
      const boost::json::value* good = nullptr;
      if (responses != nullptr) good = responses->as_object().if_contains("200");
      auto role = text_of(operation, "x-role");
      rows += "<tr><td class=m>" + html_escape(name) + "</td><td><code>" + html_escape(path.key()) +
              "</code></td><td>" + html_escape(text_of(operation, "summary")) + "</td><td>" +
              link_to(schema_name(operation.if_contains("requestBody"))) + "</td><td>" + link_to(schema_name(good)) +
              "</td><td>" + html_escape(role) + "</td></tr>";
    }
  }
  std::vector<std::string> order;
  for (const bool compatible : {false, true}) {
    for (const auto& [tag, rows] : sections) {
      if (is_compatible(tag) == compatible) order.push_back(tag);
    }
  }
  html += "<nav aria-label=\"Sections\"><ul>";
  for (const auto& tag : order) html += "<li><a href=\"#" + anchor_of(tag) + "\">" + html_escape(tag) + "</a></li>";
  html += "<li><a href=\"#schemas\">Schemas</a></li></ul></nav>";
  for (const auto& tag : order) {
    html += "<h2 id=\"" + anchor_of(tag) + "\">" + html_escape(tag) + "</h2>";
    if (auto about = description_of(document, tag); !about.empty()) html += "<p>" + html_escape(about) + "</p>";
    html +=
        "<table><tr><th>Method</th><th>Path</th><th>What it does</th><th>Body</th><th>Answer</th><th>Role</th></tr>" +
        sections[tag] + "</table>";
  }
  html += "<h2 id=\"schemas\">Schemas</h2>";
  for (const auto& schema : document.at("components").as_object().at("schemas").as_object()) {
    html += "<h3 id=\"" + html_escape(schema.key()) + "\">" + html_escape(schema.key()) + "</h3><pre>" +
            html_escape(boost::json::serialize(schema.value())) + "</pre>";
  }
  return html + "</body></html>";
}

/// Made at the first request, when all routes are known; they do not change after.
struct Documents {
  std::once_flag once;
  std::shared_ptr<const std::string> json;
  std::shared_ptr<const std::string> html;
  void make(const net::route::Router& routes, const std::string& version) {
    std::call_once(once, [&] {
      const auto document = routes.openapi(version);
      json = std::make_shared<const std::string>(boost::json::serialize(document));
      html = std::make_shared<const std::string>(render(document));
    });
  }
};

}  // namespace

void add_document_routes(net::route::Router& routes, const host::Settings& settings) {
  auto documents = std::make_shared<Documents>();
  auto show = [&](std::string content_type, bool html) -> net::route::Handler {
    return [&routes, &settings, documents, content_type = std::move(content_type), html](Call&) -> Task<Response> {
      documents->make(routes, settings.version);
      Response response;
      response.headers.add("Content-Type", content_type);
      response.headers.add("Cache-Control", "no-cache");
      if (html) {
        response.headers.add("Content-Security-Policy",
                             "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'");
      }
      response.shared_body = html ? documents->html : documents->json;
      co_return response;
    };
  };
  const api::Group group(routes, {.prefix = "", .needs = net::route::Access::open, .tag = {"operations"}});
  group.add({.method = "GET",
             .path = "/api/openapi.json",
             .summary = "This document",
             .run = show("application/json", false)});
  group.add({.method = "GET",
             .path = "/docs",
             .summary = "This document for people",
             .run = show("text/html; charset=utf-8", true)});
}

}  // namespace troupe::console::files
