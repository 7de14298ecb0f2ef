#include "assistant/calls/caller.h"

#include "assistant/calls/egress.h"
#include "assistant/calls/redactor.h"
#include "assistant/calls/run.h"

namespace troupe::assistant::calls {
namespace {

Error no_operation(const Service& service, const std::string& operation) {
  return Error(Errc::not_found, service.pack->title + " has no operation " + report::quoted(operation));
}

}  // namespace

Caller::Caller(net::client::HttpClient& http, Limits& limits, Tokens& tokens, Files& files, const base::Clock& clock,
               CallOptions options)
    : parts_{.http = http,
             .limits = limits,
             .tokens = tokens,
             .files = files,
             .clock = clock,
             .options = std::move(options)} {}

Task<CallOutcome> Caller::call(Service service, std::string operation, JsonObject arguments, CallContext context,
                               Journal& journal) {
  const auto* offered = service.pack->find(operation);
  if (!offered) co_return no_operation(service, operation);
  Run run(*this, parts_, journal, std::move(service), *offered, std::move(context));
  co_return co_await run.go(std::move(arguments), std::nullopt);
}

Task<CallOutcome> Caller::call_link(Service service, std::string operation, std::string url, CallContext context,
                                    Journal& journal) {
  const auto* offered = service.pack->find(operation);
  if (!offered || offered->operation.writes || offered->operation.method != "GET")
    co_return no_operation(service, operation);
  const auto base = net::http::Url::parse(service.base_url);
  if (!base) co_return Error(Errc::invalid_param, "nothing says where " + service.pack->title + " is");
  CO_TRY(auto next, redirected(service, *base, url));
  Run run(*this, parts_, journal, std::move(service), *offered, std::move(context));
  co_return co_await run.go({}, std::move(next));
}

Task<JsonArray> Caller::list_tools(Service service, std::chrono::milliseconds patience) {
  if (parts_.options.tools == nullptr) co_return Error(Errc::unavailable, "tools of MCP servers are not called here");
  constexpr int kUnauthorized = 401;
  const bool renews = service.pack->config.auth.scheme == packs::Scheme::oauth2;
  Redactor redactor;
  for (const auto& [name, secret] : service.secrets) redactor.add(secret);
  std::string refused;  // a token may end before its time
  for (int tries = 0;; ++tries) {
    auto secrets = service.secrets;
    if (renews) {
      CO_TRY(
          secrets["key"],
          co_await parts_.tokens.access(
              service, refused,
              {.call_id = "tools", .marker = {}, .person = {}, .patience = patience, .sent_ms = {}, .cancelled = {}}));
      redactor.add(secrets["key"]);
    }
    net::http::Headers headers;
    for (const auto& [name, value] : service.pack->config.headers) headers.set(name, value);
    CO_TRY(const auto credential, packs::credential(service.pack->config.auth, secrets));
    for (const auto& header : credential) headers.set(header.name, header.value);
    auto listing = parts_.options.tools->list(service, std::move(headers), patience);
    auto listed = co_await std::move(listing);
    if (listed) {
      auto clean = redactor.json(Json(*std::move(listed)));
      co_return std::move(clean.get_array());
    }
    const auto status = listed.error().http_status();
    if (tries > 0 || !renews || status != kUnauthorized) {
      auto failed = Error(listed.error().code(), redactor.text(listed.error().message()));
      co_return std::move(failed).with_status(status);
    }
    refused = secrets["key"];
  }
}

}  // namespace troupe::assistant::calls
