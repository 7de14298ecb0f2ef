#include "net/route/router.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <deque>
#include <stdexcept>

#include "base/log.h"
#include "net/http/form_body.h"
#include "net/http/json_body.h"
#include "net/route/openapi.h"
#include "net/route/rate_limit.h"
#include "net/route/route_table.h"
#include "net/route/schema.h"

namespace troupe::net {
namespace {

constexpr std::size_t kSurfaces = 2;
constexpr std::size_t kStatusClasses = 5;
constexpr std::array<const char*, kStatusClasses> kStatusClassNames{"1xx", "2xx", "3xx", "4xx", "5xx"};
constexpr std::string_view kUnlimited = "unlimited";
constexpr std::string_view kMetricsScope = "metrics";

std::size_t index_of(Surface surface) { return static_cast<std::size_t>(surface); }

bool is_loopback_address(std::string_view address) { return address.starts_with("127.") || address == "::1"; }

/// "localhost", "127.0.0.1:8001", "[::1]": a page elsewhere whose name was made to point here sends its own.
bool names_this_machine(std::string_view host) {
  if (host.empty()) return true;  // no browser
  if (host.starts_with('[')) return host.starts_with("[::1]");
  host = host.substr(0, host.find(':'));
  const bool numbers = host.find_first_not_of("0123456789.") == host.npos;
  return equals_ignoring_case(host, "localhost") || (numbers && is_loopback_address(host));
}

/// A proxy has passed the request on.
bool is_forwarded(const Request& request) {
  return request.headers.has("X-Forwarded-For") || request.headers.has("Forwarded");
}

/// Somebody on this machine itself: not a proxy on it that speaks for the world, nor a browser that was lured here.
bool is_from_here(const Request& request) {
  if (request.local) return true;
  return is_loopback_address(request.remote_address) && !is_forwarded(request) &&
         names_this_machine(request.headers.get("Host"));
}

/// A trusted proxy's word for the address has been taken: what still comes from here comes from one that nobody named.
void warn_of_unnamed_proxy(const Request& request) {
  static std::atomic<bool> told{false};
  if (request.local || !is_loopback_address(request.remote_address) || !is_forwarded(request)) return;
  if (told.exchange(true)) return;
  base::log_warning(
      "net",
      "Requests come through a proxy on this machine that network.trusted_proxies does not name: everybody "
      "counts as 127.0.0.1, with one share of the rate limits. Add 127.0.0.1 there if the proxy is yours.",
      {{"forwarded_for", request.headers.get("X-Forwarded-For").substr(0, 64)}});
}

bool changes_state(std::string_view method) { return method != "GET" && method != "HEAD" && method != "OPTIONS"; }

bool has_scope(const Caller& caller, std::string_view scope) {
  return std::ranges::find(caller.scopes, scope) != caller.scopes.end();
}

/// "unlimited" is about rates, not about what a key may do.
bool is_unscoped(const Caller& caller) {
  return std::ranges::all_of(caller.scopes, [](const std::string& scope) { return scope == kUnlimited; });
}

/// The host and port of an Origin equal the Host field.
bool origin_matches(const Request& request) {
  auto origin = request.headers.get("Origin");
  const auto scheme_end = origin.find("://");
  if (scheme_end == origin.npos) return false;  // "null" too
  return equals_ignoring_case(origin.substr(scheme_end + 3), request.headers.get("Host"));
}

/// DESIGN.md §6: requests that rest on the cookie must come from our own pages.
bool is_same_origin(const Request& request) {
  const auto site = request.headers.get("Sec-Fetch-Site");
  if (!site.empty())
    return site == "same-origin" || site == "none" || (request.headers.has("Origin") && origin_matches(request));
  return !request.headers.has("Origin") || origin_matches(request);
}

Dialect dialect_of_unknown(Surface surface, std::string_view path) {
  const bool matrix = surface == Surface::matrix || path.starts_with("/_matrix/") || path.starts_with("/_synapse/");
  return matrix ? Dialect::matrix : Dialect::problem;
}

/// Whether somebody typed the address into a browser: programs that want JSON do not ask for HTML.
bool wants_page(const Request& request) {
  return (request.method == "GET" || request.method == "HEAD") &&
         request.headers.get("Accept").find("text/html") != std::string_view::npos;
}

/// The 404 for people.
Response no_such_page() {
  Response response;
  response.status = 404;
  response.headers.add("Content-Type", "text/html; charset=utf-8");
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("Vary", "Accept");
  response.headers.add("Content-Security-Policy",
                       "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
                       "frame-ancestors 'none'");
  response.body =
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>Not found</title><style>body{font:16px/1.5 "
      "system-ui,sans-serif;max-width:36em;margin:3em auto;padding:0 "
      "1em;color:#222;background:#fff}@media(prefers-color-"
      "scheme:dark){body{color:#ddd;background:#181818}a{color:#8bf}}</style><h1>There is nothing at this address</h1>"
      "<p>The dashboard is <a href=\"/\">here</a>, the description of the API <a href=\"/docs\">there</a>.</p></html>"
      "\n";
  return response;
}

/// Old names of today's paths (reference/matrix-homeserver.md §0): tried only when a path has no route of its own.
std::optional<std::string> alias_path(std::string_view path) {
  struct Alias {
    std::string_view from, to;
  };
  static constexpr Alias kAliases[] = {
      {"/_matrix/client/r0/", "/_matrix/client/v3/"},     {"/_matrix/client/unstable/", "/_matrix/client/v3/"},
      {"/_matrix/client/api/v1/", "/_matrix/client/v3/"}, {"/_matrix/media/r0/", "/_matrix/media/v3/"},
      {"/_matrix/media/v1/", "/_matrix/media/v3/"},
  };
  for (const auto& [from, to] : kAliases) {
    if (path.starts_with(from)) return std::string(to).append(path.substr(from.size()));
  }
  return std::nullopt;
}

/// What the table does not hold per route: parameter names, the compiled schema, metrics.
struct RouteState {
  std::vector<std::string> parameters;
  const SchemaSet::Node* body_schema = nullptr;
  // Made when first counted, so that /metrics shows what is used and not every route in every status.
  mutable std::array<std::atomic<base::Counter*>, kStatusClasses> requests{};
  mutable std::atomic<base::Histogram*> seconds{nullptr};
};

}  // namespace

const std::string& Call::param(std::string_view name) const {
  for (const auto& [key, value] : params) {
    if (key == name) return value;
  }
  throw std::logic_error("the pattern has no parameter " + std::string(name));
}

struct Router::Impl {
  explicit Impl(base::MetricRegistry& registry)
      : requests(registry.counter("troupe_net_requests_total", "HTTP requests", {"method", "route", "status"})),
        seconds(registry.histogram("troupe_net_request_seconds", "Time from the head to the answer", {"route"})),
        in_flight(registry.gauge("troupe_net_requests_in_flight", "HTTP requests being answered")),
        limiter(RateLimits{}) {}

  RouteTable::Match find(Surface surface, const Request& request) const {
    const auto& table = tables[index_of(surface)];
    auto match = table.find(request.method, request.path);
    if (match.outcome == RouteTable::Outcome::no_path && surface == Surface::matrix) {
      if (auto alias = alias_path(request.path)) match = table.find(request.method, *alias);
    }
    return match;
  }

  /// Two threads that come first together get the same child from the family.
  void observe(const Admission& admission, std::size_t status_class, double took_s) {
    const RouteState& state = admission.route ? states[admission.index] : unmatched;
    auto* counter = state.requests[status_class].load(std::memory_order_acquire);
    auto* histogram = state.seconds.load(std::memory_order_acquire);
    const std::string path = counter && histogram ? std::string()
                             : admission.route    ? admission.route->path
                                                  : "unmatched";
    if (!counter) {
      counter =
          &requests.with({admission.route ? admission.route->method : "none", path, kStatusClassNames[status_class]});
      state.requests[status_class].store(counter, std::memory_order_release);
    }
    if (!histogram) {
      histogram = &seconds.with({path});
      state.seconds.store(histogram, std::memory_order_release);
    }
    counter->add();
    histogram->observe(took_s);
  }

  /// Roles, scopes and the cookie rule.
  Result<Unit> authorize(const Route& route, const Request& request, const std::optional<Caller>& caller) const {
    if (!caller) {
      if (route.needs == Access::optional) return Unit{};
      if (route.needs == Access::metrics && is_from_here(request)) return Unit{};
      return Error(Errc::missing_token, "Sign in first, or send a credential.");
    }
    if (route.needs == Access::metrics) {
      const bool allowed = is_from_here(request) || has_scope(*caller, kMetricsScope) ||
                           (caller->role == Role::admin && is_unscoped(*caller));
      if (!allowed) return Error(Errc::forbidden, "This needs a key with the scope metrics.");
    }
    if (route.needs == Access::admin && caller->role != Role::admin) {
      return Error(Errc::forbidden, "Only an administrator may do this.");
    }
    if (route.needs == Access::operator_ && caller->role == Role::member) {
      return Error(Errc::forbidden, "Only an operator or an administrator may do this.");
    }
    if (!route.scope.empty() && !is_unscoped(*caller) && !has_scope(*caller, route.scope)) {
      return Error(Errc::forbidden, "The key does not have the scope " + route.scope + ".");
    }
    const bool guarded = changes_state(request.method) || route.websocket ||
                         request.headers.get("Accept").find("text/event-stream") != std::string_view::npos;
    if (caller->by_cookie && guarded && !is_same_origin(request)) {
      return Error(Errc::forbidden, "A request with the session cookie must come from this site's own pages.");
    }
    return Unit{};
  }

  Result<Unit> check_rate(const Request& request, Rate rate, std::string_view who) {
    if (request.local) return Unit{};  // the owner of the program, by its own socket
    if (auto wait = limiter.take(rate, who)) {
      return Error(Errc::limit_exceeded, "Too many requests; wait a moment.").with_retry_after(*wait);
    }
    return Unit{};
  }

  static Result<Unit> check_announced_length(const Route& route, const Request& request) {
    const auto text = request.headers.get("Content-Length");
    std::uint64_t bytes = 0;
    std::from_chars(text.data(), text.data() + text.size(), bytes);
    if (bytes <= route.max_body_bytes) return Unit{};
    return Error(Errc::too_large, "The body may have at most " + std::to_string(route.max_body_bytes) + " bytes.");
  }

  Result<Unit> read_body(Call& call, const Route& route, const RouteState& state) const {
    if (route.body == Body::form) {
      TRY(call.body, parse_form(call.request));
    } else if (route.body == Body::json_object || route.body == Body::json_required) {
      TRY(read_json(call, route));
    } else {
      return Unit{};
    }
    if (!state.body_schema) return Unit{};
    if (auto errors = SchemaSet::validate(*state.body_schema, call.body); !errors.empty()) return schema_error(errors);
    return Unit{};
  }

  static Result<Unit> read_json(Call& call, const Route& route) {
    const std::string& text = call.request.body;
    if (text.empty() && route.body == Body::json_required) {
      return whole_body_error(Errc::not_json, "A JSON object is expected as body.", "missing");
    }
    if (text.empty()) {
      call.body = boost::json::object{};
    } else {
      TRY(call.body, parse_json(text));
      if (!call.body.is_object()) {
        return whole_body_error(Errc::bad_json, "The body must be a JSON object.", "model_attributes_type");
      }
    }
    return Unit{};
  }

  base::Family<base::Counter>& requests;
  base::Family<base::Histogram>& seconds;
  base::Gauge& in_flight;
  RateLimiter limiter;
  SchemaSet schemas;
  std::vector<Route> routes;
  std::deque<RouteState> states;
  RouteState unmatched;
  std::array<RouteTable, kSurfaces> tables;
  std::array<Authenticator*, kSurfaces> authenticators{};
  bool frozen = false;
};

Router::Router(base::MetricRegistry& metrics) : impl_(std::make_unique<Impl>(metrics)) {}
Router::~Router() = default;

void Router::add(Route route) {
  if (impl_->frozen) throw std::logic_error("a route was added after the start: " + route.path);
  if (!route.run) throw std::logic_error("a route has no handler: " + route.path);
  impl_->tables[index_of(route.surface)].add(route.method, route.path, impl_->routes.size());
  impl_->routes.push_back(std::move(route));
}

void Router::add_schema(std::string name, std::string_view json_schema) {
  impl_->schemas.add_named(std::move(name), json_schema);
}

void Router::set_authenticator(Surface surface, Authenticator& authenticator) {
  impl_->authenticators[index_of(surface)] = &authenticator;
}

void Router::set_rate_limits(const RateLimits& limits) { impl_->limiter.set_limits(limits); }

void Router::freeze() {
  auto& impl = *impl_;
  for (const Route& route : impl.routes) {
    auto& state = impl.states.emplace_back();
    state.parameters = parameter_names(route.path);
    if (!route.body_schema.empty()) state.body_schema = impl.schemas.compile(route.body_schema);
    if (!route.reply_schema.empty()) impl.schemas.compile(route.reply_schema);
  }
  impl.schemas.resolve();
  impl.frozen = true;
}

const std::vector<Route>& Router::routes() const { return impl_->routes; }

boost::json::object Router::openapi(std::string_view server_version) const {
  return openapi_document(impl_->routes, impl_->schemas.named(), server_version);
}

asio::awaitable<Router::Admission> Router::admit(Surface surface, const Request& request) {
  auto& impl = *impl_;
  Admission admission;
  admission.started = std::chrono::steady_clock::now();
  impl.in_flight.add(1);
  auto refuse = [&](const Error& error) {
    admission.refusal = render_error(error, admission.dialect, request.request_id);
  };
  warn_of_unnamed_proxy(request);
  auto match = impl.find(surface, request);
  if (match.outcome != RouteTable::Outcome::found) {
    admission.dialect = dialect_of_unknown(surface, request.path);
    if (match.outcome == RouteTable::Outcome::no_method) admission.dialect = impl.routes[match.route].dialect;
    if (request.method == "OPTIONS" && surface == Surface::matrix) {
      admission.refusal = Response::json("{}");
    } else if (match.outcome == RouteTable::Outcome::malformed) {
      refuse(Error(Errc::invalid_param, "The path has a malformed escape or is not UTF-8."));
    } else if (match.outcome == RouteTable::Outcome::no_path) {
      if (surface == Surface::platform && wants_page(request)) {
        admission.refusal = no_such_page();
      } else {
        refuse(Error(Errc::unrecognized, "There is nothing at this path."));
      }
    } else if (request.method == "OPTIONS") {
      admission.refusal = Response::empty(204);
    } else {
      refuse(
          Error(Errc::method_not_allowed, "This path does not take the method " + request.method.substr(0, 16) + "."));
    }
    if (!match.allow.empty()) admission.refusal->headers.add("Allow", std::move(match.allow));
    co_return admission;
  }
  const Route& route = impl.routes[match.route];
  admission.index = match.route;
  admission.dialect = route.dialect;
  admission.route = &route;
  auto refused = [&](Result<Unit> outcome) {
    if (!outcome) refuse(outcome.error());
    return !outcome;
  };
  if (refused(Impl::check_announced_length(route, request))) co_return admission;
  if (route.needs == Access::open) {
    if (refused(impl.check_rate(request, route.rate, rate_key_of_address(request.remote_address)))) co_return admission;
  } else {
    auto* authenticator = impl.authenticators[index_of(surface)];
    std::exception_ptr failure;
    Result<std::optional<Caller>> caller = std::optional<Caller>();
    try {
      if (authenticator) caller = co_await authenticator->authenticate(request);
    } catch (const std::exception& error) {
      base::log_error("net", "authentication failed", {{"error", error.what()}, {"request_id", request.request_id}});
      caller = Error(Errc::internal);
    }
    if (!caller && route.needs == Access::optional) caller = std::optional<Caller>();
    if (!caller) {
      refuse(caller.error());
      co_return admission;
    }
    if (refused(impl.authorize(route, request, *caller))) co_return admission;
    const bool exempt = *caller && has_scope(**caller, kUnlimited);
    const auto who =
        !*caller ? rate_key_of_address(request.remote_address)
        : (*caller)->user_id.empty()
            ? std::string_view(reinterpret_cast<const char*>(&(*caller)->principal_id), sizeof(std::int64_t))
            : std::string_view((*caller)->user_id);
    if (!exempt && refused(impl.check_rate(request, route.rate, who))) co_return admission;
    admission.caller = *std::move(caller);
  }
  const auto& names = impl.states[match.route].parameters;
  admission.params.reserve(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) admission.params.emplace_back(names[i], std::move(match.values[i]));
  co_return admission;
}

asio::awaitable<Response> Router::run(Admission& admission, Request& request) {
  auto& impl = *impl_;
  if (admission.refusal) {
    count(admission, admission.refusal->status);
    co_return *std::move(admission.refusal);
  }
  const Route& route = *admission.route;
  Call call{.request = request,
            .params = std::move(admission.params),
            .body = nullptr,
            .caller = std::move(admission.caller)};
  Result<Response> answer = Error(Errc::internal);
  try {
    if (auto read = impl.read_body(call, route, impl.states[admission.index]); !read) {
      answer = std::unexpected(std::move(read).error());
    } else {
      answer = co_await route.run(call);
    }
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) {
      answer = Error(Errc::timed_out);
    } else {
      answer = Error(Errc::internal, std::string(base::info(Errc::internal).title), error.what());
    }
  } catch (const std::exception& error) {
    answer = Error(Errc::internal, std::string(base::info(Errc::internal).title), error.what());
  }
  if (!answer) {
    const Error& error = answer.error();
    if (error.code() == Errc::internal) {
      base::log_error("net", "a request failed",
                      {{"route", route.path},
                       {"error", error.message()},
                       {"detail", error.detail()},
                       {"request_id", request.request_id}});
    }
    answer = render_error(error, route.dialect, request.request_id);
  }
  count(admission, answer->status);
  co_return *std::move(answer);
}

void Router::count(const Admission& admission, int status) const {
  const auto status_class = static_cast<std::size_t>(std::clamp(status / 100, 1, 5) - 1);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - admission.started;
  impl_->observe(admission, status_class, took.count());
  impl_->in_flight.add(-1);
}

asio::awaitable<Response> Router::dispatch(Surface surface, Request& request) {
  using asio::experimental::awaitable_operators::operator||;
  auto admission = co_await admit(surface, request);
  if (admission.refusal) co_return co_await run(admission, request);
  asio::steady_timer timer(co_await asio::this_coro::executor, admission.route->deadline);
  auto first = co_await (run(admission, request) || timer.async_wait(asio::as_tuple(asio::use_awaitable)));
  if (auto* answer = std::get_if<Response>(&first)) co_return std::move(*answer);
  co_return render_error(Error(Errc::timed_out), admission.dialect, request.request_id);
}

}  // namespace troupe::net
