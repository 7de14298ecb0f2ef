#include "homeserver/oauth/page.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/errc.h"
#include "matrix/json.h"
#include "net/http/url.h"

namespace troupe::homeserver::oauth {
namespace {

constexpr std::string_view kStyle =
    ":root{color-scheme:light dark;--ink:#1c2024;--paper:#fff;--line:#8b929c;--main:#0a5c45;--on:#fff;--bad:#b3141d}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:30em;margin:3em auto;padding:0 1em;color:var(--ink);"
    "background:var(--paper);overflow-wrap:anywhere}"
    "label{display:block;margin:1em 0 .25em;font-weight:600}"
    "input{font:inherit;width:100%;box-sizing:border-box;padding:.5em;border:1px solid var(--line);border-radius:.3em;"
    "color:inherit;background:transparent}"
    "button{font:inherit;margin:1.25em .75em 0 0;padding:.5em 1.25em;border:1px solid var(--main);border-radius:.3em;"
    "color:var(--on);background:var(--main);cursor:pointer}"
    "button.other{color:inherit;background:transparent;border-color:var(--line)}"
    "input:focus-visible,button:focus-visible,a:focus-visible{outline:3px solid var(--main);outline-offset:2px}"
    ".bad{color:var(--bad);border-left:.25em solid;padding-left:.75em}dt{font-weight:600}dd{margin:0 0 .75em}"
    "code{font-size:.95em}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e8ea;--paper:#16181a;--line:#777f88;--main:#5fd3ac;--on:#06251b;"
    "--bad:#ff9a94}}";

/// As a source of a policy: what has this text may be there.
std::string source_of(std::string_view text) {
  auto hash = base::base64(base::sha256(text));
  while (hash.size() % 4 != 0) hash += '=';
  return "'sha256-" + hash + "'";
}

std::string policy(const Page& page) {
  static const std::string style = source_of(kStyle);
  return "default-src 'none'; style-src " + style + "" +
         (page.script.empty() ? "" : "; script-src " + source_of(page.script)) +
         "; base-uri 'none'; frame-ancestors 'none'; form-action 'self'" +
         (page.leads_to.empty() ? "" : " " + page.leads_to);
}

void add_common(net::http::Response& response, const Visit& visit) {
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("Referrer-Policy", "same-origin");
  if (visit.new_cookie) response.headers.add("Set-Cookie", visit.set_cookie());
}

}  // namespace

int page_status(const Error& error) {
  constexpr int kUnauthorized = 401;  // it would ask the browser for a password of its own
  return error.http_status() == kUnauthorized ? base::info(Errc::forbidden).http_status : error.http_status();
}

void add_patience(net::http::Response& response, const Error& error) {
  if (error.retry_after().count() <= 0) return;
  response.headers.add("Retry-After", std::to_string((error.retry_after().count() + 999) / 1000));
}

std::string_view value_of(const Fields& fields, std::string_view name) {
  for (const auto& [key, value] : fields)
    if (key == name) return value;
  return {};
}

std::string encoded(const Fields& fields) {
  std::string out;
  for (const auto& [key, value] : fields)
    out += (out.empty() ? "" : "&") + base::percent_encode(key) + "=" + base::percent_encode(value);
  return out;
}

Fields fields_of(const boost::json::object& form) {
  Fields fields;
  for (const auto& [key, value] : form)
    if (const auto* string = value.if_string()) fields.emplace_back(key, matrix::view(*string));
  return fields;
}

net::http::Response show(const Page& page, const Visit& visit) {
  net::http::Response response;
  response.status = page.status;
  response.headers.add("Content-Type", "text/html; charset=utf-8");
  response.headers.add("Content-Security-Policy", policy(page));
  response.headers.add("X-Frame-Options", "DENY");
  response.headers.add("X-Content-Type-Options", "nosniff");
  add_common(response, visit);
  response.body =
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\"><title>" +
      text(page.title) + "</title><style>" + std::string(kStyle) + "</style></head><body><main><h1>" +
      text(page.title) + "</h1>" + page.body + "</main>" +
      (page.script.empty() ? "" : "<script>" + page.script + "</script>") + "</body></html>\n";
  return response;
}

net::http::Response lead(const std::string& where, const Visit& visit, int status) {
  auto response = net::http::Response::empty(status);
  response.headers.add("Location", where);
  add_common(response, visit);
  return response;
}

std::string form(std::string_view path, const Fields& hidden, const Visit& visit, std::string_view inside) {
  std::string html = "<form method=\"post\" action=\"" + text(path) + "\">";
  const auto hide = [&html](std::string_view name, std::string_view value) {
    html += "<input type=\"hidden\" name=\"" + text(name) + "\" value=\"" + text(value) + "\">";
  };
  for (const auto& [name, value] : hidden) hide(name, value);
  hide("form_token", visit.form_token());
  html += inside;
  return html + "</form>";
}

std::string button(std::string_view step, std::string_view label, bool main) {
  return "<button name=\"step\" value=\"" + text(step) + "\"" + (main ? "" : " class=\"other\" formnovalidate") + ">" +
         text(label) + "</button>";
}

std::string complaint(std::string_view sentence) {
  return sentence.empty() ? std::string() : "<p class=\"bad\" role=\"alert\">" + text(sentence) + "</p>";
}

std::string takes_over(std::string_view session) {
  return "<p class=\"bad\">This takes over your session <strong>" + name(session) +
         "</strong>, which is signed out.</p>";
}

std::string sign_in_fields(std::string_view user) {
  return "<label for=\"user\">User name</label><input id=\"user\" name=\"user\" autocomplete=\"username\" "
         "autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"255\" required value=\"" +
         text(user) +
         "\"><label for=\"password\">Password</label><input id=\"password\" name=\"password\" type=\"password\" "
         "autocomplete=\"current-password\" maxlength=\"512\" required>" +
         button("login", "Sign in");
}

std::string sign_in_elsewhere(const Visit& visit, std::string_view page) {
  std::string html;
  if (!visit.providers) return html;
  for (const auto& provider : *visit.providers) {
    const auto there = page_with(kElsewhere, {{"idp", provider.id}, {"to", std::string(page)}});
    html += "<p><a href=\"" + text(there) + "\">Sign in with " + name(provider.name) + "</a></p>";
  }
  return html;
}

std::string page_with(std::string_view path, const Fields& fields) {
  return std::string(path) + (fields.empty() ? "" : "?" + encoded(fields));
}

net::http::Response sign_in_page(std::string_view path, std::string_view why, const Fields& fields, const Visit& visit,
                                 std::string_view user, const Error* wrong) {
  auto response =
      show({.title = "Sign in",
            .body = std::string(why) + complaint(wrong ? wrong->message() : std::string_view()) +
                    form(path, fields, visit, sign_in_fields(user)) + sign_in_elsewhere(visit, page_with(path, fields)),
            .leads_to = {},
            .status = wrong ? page_status(*wrong) : 200},
           visit);
  if (wrong) add_patience(response, *wrong);
  return response;
}

std::string policy_source(std::string_view uri) {
  const auto scheme = std::string(uri.substr(0, uri.find(':'))) + ":";
  if (scheme != "https:" && scheme != "http:") return scheme;
  const auto url = net::http::Url::parse(uri);
  // A host in brackets cannot be said there.
  return url && !url->host.contains(':') ? url->origin() : scheme;
}

net::http::Response show_error(const Error& error, const Visit& visit) {
  auto response =
      show({.title = "That did not work",
            .body = complaint(error.message()) + "<p>Go back to the app that sent you here and try again.</p>",
            .leads_to = {},
            .status = page_status(error)},
           visit);
  add_patience(response, error);
  return response;
}

}  // namespace troupe::homeserver::oauth
