#include "assistant/sign_in/page.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/html.h"

namespace troupe::assistant::sign_in {
namespace {

constexpr std::string_view kStyle =
    ":root{color-scheme:light dark;--ink:#1c2024;--paper:#fff;--main:#0a5c45;--bad:#b3141d}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:34em;margin:3em auto;padding:0 1em;color:var(--ink);"
    "background:var(--paper);overflow-wrap:anywhere}a{color:var(--main)}"
    "a:focus-visible{outline:3px solid var(--main);outline-offset:2px}"
    ".bad{border-left:.25em solid var(--bad);padding-left:.75em}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e8ea;--paper:#16181a;--main:#5fd3ac;--bad:#ff9a94}}";

std::string policy() {
  auto hash = base::base64(base::sha256(kStyle));
  while (hash.size() % 4 != 0) hash += '=';
  return "default-src 'none'; style-src 'sha256-" + hash +
         "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

}  // namespace

net::http::Response show(const Page& page) {
  const auto title = base::html_escape(page.title);
  std::string body = page.bad ? "<p class=\"bad\" role=\"alert\">" : "<p role=\"status\">";
  body += base::html_escape(page.text) + "</p>";
  if (!page.service.empty())
    body += "<p><a href=\"/ui/assistant/services/" + base::percent_encode(page.service) +
            "\">The service in the dashboard</a></p>";
  net::http::Response response;
  response.headers.add("Content-Type", "text/html; charset=utf-8");
  response.headers.add("Content-Security-Policy", policy());
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("Referrer-Policy", "no-referrer");
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.body =
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\"><title>" +
      title + "</title><style>" + std::string(kStyle) + "</style></head><body><main><h1>" + title + "</h1>" + body +
      "</main></body></html>\n";
  return response;
}

}  // namespace troupe::assistant::sign_in
