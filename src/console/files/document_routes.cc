// The API document and a page that shows it: /api/openapi.json, /docs.
#include <algorithm>
#include <boost/json/serialize.hpp>
#include <mutex>

#include "console/console_api.h"

namespace troupe::console {
namespace {

using net::Call;
using net::Response;

void escape_into(std::string& out, std::string_view text) {
  for (char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
}

std::string escaped(std::string_view text) {
  std::string out;
  escape_into(out, text);
  return out;
}

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
  return schema.empty() ? std::string("–") : "<a href=\"#" + escaped(schema) + "\">" + escaped(schema) + "</a>";
}

struct Tag {
  std::string_view name;
  std::string_view description;
  bool superseded = false;  ///< kept for programs that know it; new ones should not use it
};
constexpr Tag kTags[] = {
    {"session", "Signing in to the dashboard, and out."},
    {"overview", "How the server stands."},
    {"bots", "Bots, their brains, logs, usage and conversations."},
    {"webhooks", "What other programs say through a bot, and late answers of a brain."},
    {"users", "People: accounts, passwords, sessions, imports, tenants."},
    {"rooms", "Rooms, as an account of this server sees them. For administrators."},
    {"keys", "Keys for programs."},
    {"audit", "Who did what."},
    {"settings", "The configuration as the program understood it."},
    {"operations", "For whoever runs the server: health, metrics, this document."},
    {"first API face (compatibility)",
     "JSON at the root, with {\"detail\"} for errors: for programs written for the first bot manager of this kind. New "
     "ones use /api/v1.",
     true},
    {"second API face (compatibility)",
     "Forms and a cookie from /login, with {\"error\"}: for programs written for that manager's later version. New "
     "ones "
     "use /api/v1.",
     true},
};

/// What only this module knows of its tags.
void describe_tags(boost::json::object& document) {
  boost::json::array tags;
  for (const auto& tag : kTags) {
    tags.push_back(boost::json::object{{"name", tag.name}, {"description", tag.description}});
    if (!tag.superseded) continue;
    for (auto& path : document.at("paths").as_object()) {
      for (auto& method : path.value().as_object()) {
        auto& operation = method.value().as_object();
        if (operation.at("tags").at(0).as_string() == tag.name) operation["deprecated"] = true;
      }
    }
  }
  document["tags"] = std::move(tags);
}

std::string_view description_of(std::string_view tag) {
  auto found = std::ranges::find(kTags, tag, &Tag::name);
  return found == std::end(kTags) ? std::string_view() : found->description;
}

constexpr std::string_view kHead = R"(<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>Troupe API</title><style>
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8884;vertical-align:top}
code,pre{font:13px/1.45 ui-monospace,monospace}pre{overflow:auto;padding:.8rem;border:1px solid #8884;border-radius:6px}
h2{margin-top:2.5rem}.m{font-weight:600}</style></head><body>)";

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
      rows += "<tr><td class=m>" + escaped(name) + "</td><td><code>" + escaped(path.key()) + "</code></td><td>" +
              escaped(text_of(operation, "summary")) + "</td><td>" +
              link_to(schema_name(operation.if_contains("requestBody"))) + "</td><td>" + link_to(schema_name(good)) +
              "</td><td>" + escaped(role) + "</td></tr>";
    }
  }
  for (const auto& [tag, rows] : sections) {
    html += "<h2>" + escaped(tag) + "</h2>";
    if (auto about = description_of(tag); !about.empty()) html += "<p>" + escaped(about) + "</p>";
    html +=
        "<table><tr><th></th><th>Path</th><th></th><th>Body</th><th>Answer</th><th>Role</th></tr>" + rows + "</table>";
  }
  html += "<h2>Schemas</h2>";
  for (const auto& schema : document.at("components").as_object().at("schemas").as_object()) {
    html += "<h3 id=\"" + escaped(schema.key()) + "\">" + escaped(schema.key()) + "</h3><pre>" +
            escaped(boost::json::serialize(schema.value())) + "</pre>";
  }
  return html + "</body></html>";
}

/// Made at the first request, when all routes are known; they do not change after.
struct Documents {
  std::once_flag once;
  std::shared_ptr<const std::string> json;
  std::shared_ptr<const std::string> html;
  void make(const net::Router& routes, const std::string& version) {
    std::call_once(once, [&] {
      auto document = routes.openapi(version);
      describe_tags(document);
      json = std::make_shared<const std::string>(boost::json::serialize(document));
      html = std::make_shared<const std::string>(render(document));
    });
  }
};

}  // namespace

void add_document_routes(net::Router& routes, const host::Settings& settings) {
  auto documents = std::make_shared<Documents>();
  auto show = [&](std::string content_type, bool html) -> net::Handler {
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
  const api::Group group(routes, {.prefix = "", .needs = net::Access::open, .tag = "operations"});
  group.add({.method = "GET",
             .path = "/api/openapi.json",
             .summary = "This document",
             .run = show("application/json", false)});
  group.add({.method = "GET",
             .path = "/docs",
             .summary = "This document for people",
             .run = show("text/html; charset=utf-8", true)});
}

}  // namespace troupe::console
