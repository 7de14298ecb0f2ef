#include "homeserver/oauth/page.h"

#include "base/encoding.h"
#include "base/errc.h"
#include "matrix/json.h"
#include "net/http/url.h"

namespace troupe::homeserver::oauth {
namespace {

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
  auto response = html_page(page);
  add_common(response, visit);
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

net::http::Response show_error(const Error& error, const Visit& visit, std::string_view way_back) {
  if (way_back.empty()) way_back = "<p>Go back to the app that sent you here and try again.</p>";
  auto response = show({.title = "That did not work",
                        .body = complaint(error.message()) + std::string(way_back),
                        .leads_to = {},
                        .status = page_status(error)},
                       visit);
  add_patience(response, error);
  return response;
}

}  // namespace troupe::homeserver::oauth
