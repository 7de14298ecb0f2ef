#include "homeserver/common/html_page.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/html.h"

namespace troupe::homeserver {
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

std::string policy(const HtmlPage& page) {
  static const std::string style = source_of(kStyle);
  return "default-src 'none'; style-src " + style +
         (page.script.empty() ? "" : "; script-src " + source_of(page.script)) +
         "; base-uri 'none'; frame-ancestors 'none'; form-action 'self'" +
         (page.leads_to.empty() ? "" : " " + page.leads_to);
}

}  // namespace

net::http::Response html_page(const HtmlPage& page) {
  net::http::Response response;
  response.status = page.status;
  response.headers.add("Content-Type", "text/html; charset=utf-8");
  response.headers.add("Content-Security-Policy", policy(page));
  response.headers.add("X-Frame-Options", "DENY");
  response.headers.add("X-Content-Type-Options", "nosniff");
  const auto title = base::html_escape(page.title);
  response.body =
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\"><title>" +
      title + "</title><style>" + std::string(kStyle) + "</style></head><body><main><h1>" + title + "</h1>" +
      page.body + "</main>" + (page.script.empty() ? "" : "<script>" + page.script + "</script>") + "</body></html>\n";
  return response;
}

net::http::Response secret_page(const HtmlPage& page) {
  auto response = html_page(page);
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("Referrer-Policy", "no-referrer");
  return response;
}

net::http::Response secret_page(const Error& error) {
  return secret_page({.title = "That did not work",
                      .body = "<p class=\"bad\" role=\"alert\">" + base::html_escape(error.message()) + "</p>",
                      .leads_to = {},
                      .status = error.http_status()});
}

}  // namespace troupe::homeserver
