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
#include <functional>
#include <map>
#include <stdexcept>
#include <utility>

#include "base/log.h"
#include "net/http/form_body.h"
#include "net/http/json_body.h"
#include "net/route/openapi.h"
#include "net/route/permission.h"
#include "net/route/rate_limit.h"
#include "net/route/route_table.h"
#include "net/route/schema.h"

namespace troupe::net::route {
namespace {

/// Sooner than this the credential is not looked at again.
constexpr std::chrono::milliseconds kLongSinceAdmitted{100};

constexpr std::size_t kStatusClasses = 5;
constexpr std::array<const char*, kStatusClasses> kStatusClassNames{"1xx", "2xx", "3xx", "4xx", "5xx"};

/// Whether somebody typed the address into a browser: programs that want JSON do not ask for HTML.
bool wants_page(const http::Request& request) {
  return (request.method == "GET" || request.method == "HEAD") &&
         request.headers.get("Accept").find("text/html") != std::string_view::npos;
}

/// The 404 for people.
http::Response not_found_page(const Listener& listener) {
  http::Response response;
  response.status = 404;
  response.headers.add("Content-Type", "text/html; charset=utf-8");
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("Vary", "Accept");
  response.headers.add("Content-Security-Policy",
                       "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
                       "frame-ancestors 'none'");
  response.body = listener.not_found_page;
  return response;
}

/// Whose share of a rate a proved caller takes.
std::string_view rate_key_of(const Caller& caller) {
  if (caller.has_account()) return caller.user_id;
  if (caller.kind == CallerKind::server) return caller.server;
  return {reinterpret_cast<const char*>(&caller.principal_id), sizeof caller.principal_id};
}

Router::ResponsePtr boxed(http::Response response) { return std::make_unique<http::Response>(std::move(response)); }
// What is not to be inlined would have its locals in the frames of coroutines that call it, for as long as they wait.
[[gnu::noinline]] Result<Router::ResponsePtr> boxed(Result<http::Response>&& response) {
  if (!response) return std::unexpected(std::move(response).error());
  return boxed(*std::move(response));
}

/// Whether the caller that asked long ago would be let in now. Error: as they would be refused.
Task<Unit> admit_again(Scheme& scheme, const Route& route, const http::Request& request) {
  CO_TRY(const auto caller, co_await scheme.admit(request));
  CO_TRY(check_permission(route, request, caller));
  co_return Unit{};
}

/// What the table does not hold per route: parameter names, the compiled schema, metrics.
struct RouteState {
  std::vector<std::string> parameters;
  Scheme* scheme = nullptr;  ///< null: open to everybody
  bool binds_body = false;   ///< of the scheme: a caller is only claimed until it is verified
  const SchemaSet::Node* body_schema = nullptr;
  // Made when first counted, so that /metrics shows what is used and not every route in every status.
  mutable std::array<std::atomic<base::Counter*>, kStatusClasses> requests{};
  mutable std::array<std::atomic<base::Histogram*>, kStatusClasses> seconds{};
};

/// A listener with the patterns of its routes.
struct ListenerState {
  Listener facts;  ///< only the name until somebody describes it
  bool described = false;
  RouteTable table;
};

}  // namespace

Task<Caller> Scheme::verify(const http::Request&, Caller claimed) { co_return claimed; }

const std::string& Call::param(std::string_view name) const {
  for (const auto& [key, value] : params) {
    if (key == name) return value;
  }
  throw std::logic_error("the pattern has no parameter " + std::string(name));
}

struct Router::Impl {
  explicit Impl(base::MetricRegistry& registry)
      : requests(registry.counter("troupe_net_requests_total", "HTTP requests", {"method", "route", "status"})),
        seconds(registry.histogram("troupe_net_request_seconds", "Time from the head to the answer",
                                   {"method", "route", "status"})),
        in_flight(registry.gauge("troupe_net_requests_in_flight", "HTTP requests being answered")),
        limiter(RateLimits{}) {}

  ListenerState* find_listener(std::string_view name) {
    const auto found =
        std::ranges::find(listeners, name, [](const auto& state) { return std::string_view(state.facts.name); });
    return found == listeners.end() ? nullptr : &*found;
  }

  /// Routes may be added before their listener is described.
  ListenerState& listener_named(std::string_view name) {
    if (auto* found = find_listener(name)) return *found;
    auto& made = listeners.emplace_back();
    made.facts.name = name;
    return made;
  }

  const ListenerState& described_listener(std::string_view name) {
    const auto* found = find_listener(name);
    if (!found || !found->described) throw std::logic_error("there is no listener " + std::string(name));
    return *found;
  }

  static RouteTable::Match find_route(const ListenerState& listener, const http::Request& request) {
    auto match = listener.table.find(request.method, request.path);
    if (match.outcome != RouteTable::Outcome::no_path) return match;
    for (const auto& [from, to] : listener.facts.aliases) {
      if (!request.path.starts_with(from)) continue;
      return listener.table.find(request.method, to + request.path.substr(from.size()));
    }
    return match;
  }

  /// Throws std::logic_error when the route asks for what nobody added.
  void find_scheme(const Route& route, RouteState& state) {
    const auto& facts = described_listener(route.listener).facts;
    if (route.needs == Access::open) return;
    const auto& name = route.scheme.empty() ? facts.scheme : route.scheme;
    const auto found = schemes.find(name);
    if (found == schemes.end()) {
      throw std::logic_error(route.method + " " + route.path + " asks for a scheme that nobody added: " + name);
    }
    state.scheme = found->second;
    state.binds_body = state.scheme->binds_body();
    if (state.binds_body && route.body == Body::stream) {
      throw std::logic_error(route.path + " streams a body that the scheme " + name + " must see whole");
    }
  }

  /// Two threads that come first together get the same child from the family.
  void observe(const Admission& admission, std::size_t status_class, double took_s) {
    const RouteState& state = admission.route ? states[admission.index] : unmatched;
    auto* counter = state.requests[status_class].load(std::memory_order_acquire);
    auto* histogram = state.seconds[status_class].load(std::memory_order_acquire);
    if (!counter || !histogram) {
      const base::Labels labels{admission.route ? admission.route->method : "none",
                                admission.route ? admission.route->path : "unmatched", kStatusClassNames[status_class]};
      counter = &requests.with(labels);
      state.requests[status_class].store(counter, std::memory_order_release);
      histogram = &seconds.with(labels);
      state.seconds[status_class].store(histogram, std::memory_order_release);
    }
    counter->add();
    histogram->observe(took_s);
  }

  Result<Unit> check_rate(const http::Request& request, Rate rate, std::string_view who,
                          const RateClass* own = nullptr) {
    if (request.local) return Unit{};  // the owner of the program, by its own socket
    if (auto wait = limiter.take(rate, who, own)) {
      return Error(Errc::limit_exceeded, "Too many requests; wait a moment.").with_retry_after(*wait);
    }
    return Unit{};
  }

  Result<Unit> check_rate_of(const http::Request& request, Rate rate, const Caller& caller) {
    if (has_scope(caller, kUnlimitedScope)) return Unit{};
    if (rate == Rate::message && caller.messages) {
      if (caller.messages->per_s <= 0) return Unit{};
      // First: what is refused for the caller's own sake takes nothing of those who share the address.
      TRY(check_rate(request, rate, rate_key_of(caller), &*caller.messages));
      if (!caller.rated_by_address) return Unit{};
    }
    return check_rate(request, rate,
                      caller.rated_by_address ? rate_key_of_address(request.remote_address) : rate_key_of(caller));
  }

  /// Before the body is read. A caller that is only claimed takes nobody's share but its address's.
  Result<Unit> check_rate_at_head(const Route& route, const RouteState& state, const http::Request& request,
                                  const std::optional<Caller>& caller) {
    if (caller && !state.binds_body) return check_rate_of(request, route.rate, *caller);
    return check_rate(request, route.rate, rate_key_of_address(request.remote_address));
  }

  /// Proves the claimed caller by the body.
  [[gnu::noinline]] Task<Unit> verify_caller(Call& call, const Route& route, const RouteState& state) {
    if (!call.caller) co_return Unit{};
    auto proved = co_await state.scheme->verify(call.request, *std::exchange(call.caller, std::nullopt));
    if (!proved && route.needs == Access::optional) co_return Unit{};
    if (!proved) co_return std::unexpected(std::move(proved).error());
    call.caller = *std::move(proved);
    CO_TRY(check_permission(route, call.request, call.caller));
    co_return check_rate_of(call.request, route.rate, *call.caller);
  }

  static Result<Unit> check_announced_length(const Route& route, const http::Request& request) {
    const auto text = request.headers.get("Content-Length");
    std::uint64_t bytes = 0;
    std::from_chars(text.data(), text.data() + text.size(), bytes);
    if (bytes <= route.max_body_bytes) return Unit{};
    return Error(Errc::too_large, "The body may have at most " + std::to_string(route.max_body_bytes) + " bytes.");
  }

  [[gnu::noinline]] Result<Unit> read_body(Call& call, const Route& route, const RouteState& state) const {
    if (route.body == Body::form) {
      TRY(call.body, http::parse_form(call.request));
    } else if (route.body == Body::json_object || route.body == Body::json_required) {
      TRY(read_json(call, route));
    } else {
      return Unit{};
    }
    if (!state.body_schema) return Unit{};
    const auto errors = SchemaSet::validate(*state.body_schema, call.body);
    if (errors.empty()) return Unit{};
    return schema_error(errors, route.dialect == Dialect::matrix ? matrix_code(errors.front()) : Errc::bad_json);
  }

  static Result<Unit> read_json(Call& call, const Route& route) {
    const std::string& text = call.request.body;
    if (text.empty() && route.body == Body::json_required) {
      return http::whole_body_error(Errc::not_json, "A JSON object is expected as body.", "missing");
    }
    if (text.empty()) {
      call.body = boost::json::object{};
    } else {
      TRY(call.body, http::parse_json(text));
      if (!call.body.is_object()) {
        return http::whole_body_error(Errc::bad_json, "The body must be a JSON object.", "model_attributes_type");
      }
    }
    return Unit{};
  }

  /// Whether the handler took so long that its caller may be nobody any more.
  static bool is_to_admit_again(const Admission& admission, const RouteState& state) {
    return admission.route->waits && state.scheme && admission.call->caller &&
           std::chrono::steady_clock::now() - admission.started >= kLongSinceAdmitted;
  }

  base::Family<base::Counter>& requests;
  base::Family<base::Histogram>& seconds;
  base::Gauge& in_flight;
  RateLimiter limiter;
  SchemaSet schemas;
  std::vector<Tag> tags;
  std::vector<Route> routes;
  std::deque<RouteState> states;
  RouteState unmatched;
  std::deque<ListenerState> listeners;
  std::map<std::string, Scheme*, std::less<>> schemes;
  bool frozen = false;
};

Router::Router(base::MetricRegistry& metrics) : impl_(std::make_unique<Impl>(metrics)) {}
Router::~Router() = default;

void Router::add(Route route) {
  if (impl_->frozen) throw std::logic_error("a route was added after the start: " + route.path);
  if (!route.run) throw std::logic_error("a route has no handler: " + route.path);
  impl_->listener_named(route.listener).table.add(route.method, route.path, impl_->routes.size());
  impl_->routes.push_back(std::move(route));
}

void Router::add_tag(const Tag& tag) {
  if (tag.description.empty()) return;
  const auto known = std::ranges::find(impl_->tags, tag.name, &Tag::name);
  if (known == impl_->tags.end()) {
    impl_->tags.push_back(tag);
  } else if (known->description != tag.description || known->superseded != tag.superseded) {
    throw std::logic_error("the tag " + std::string(tag.name) + " is described twice");
  }
}

void Router::add_schema(std::string name, std::string_view json_schema) {
  impl_->schemas.add_named(std::move(name), json_schema);
}

void Router::add_listener(Listener listener) {
  auto& state = impl_->listener_named(listener.name);
  if (std::exchange(state.described, true)) throw std::logic_error("a listener was described twice: " + listener.name);
  state.facts = std::move(listener);
}

void Router::add_scheme(std::string name, Scheme& scheme) {
  if (!impl_->schemes.emplace(name, &scheme).second) throw std::logic_error("a scheme was added twice: " + name);
}

const Listener* Router::listener(std::string_view name) const {
  const auto* found = impl_->find_listener(name);
  return found && found->described ? &found->facts : nullptr;
}

void Router::set_rate_limits(const RateLimits& limits) { impl_->limiter.set_limits(limits); }
const RateLimits& Router::rate_limits() const { return impl_->limiter.limits(); }

void Router::freeze() {
  auto& impl = *impl_;
  for (const Route& route : impl.routes) {
    auto& state = impl.states.emplace_back();
    state.parameters = parameter_names(route.path);
    impl.find_scheme(route, state);
    if (!route.body_schema.empty()) state.body_schema = impl.schemas.compile(route.body_schema);
    if (!route.reply_schema.empty()) impl.schemas.compile(route.reply_schema);
  }
  impl.schemas.resolve();
  impl.frozen = true;
}

const std::vector<Route>& Router::routes() const { return impl_->routes; }

boost::json::object Router::openapi(std::string_view server_version) const {
  return openapi_document(impl_->routes, impl_->tags, impl_->schemas.named(), server_version);
}

namespace {

/// What is answered where there is no route, or none for this method.
[[gnu::noinline]] Router::ResponsePtr answer_unmatched(const Listener& listener, RouteTable::Match& match,
                                                       const http::Request& request, Dialect dialect) {
  const auto refused = [&](const Error& error) { return render_error(error, dialect, request.request_id); };
  http::Response response;
  if (request.method == "OPTIONS" && listener.cors) {
    response = http::Response::json("{}");
  } else if (match.outcome == RouteTable::Outcome::malformed) {
    response = refused(Error(Errc::invalid_param, "The path has a malformed escape or is not UTF-8."));
  } else if (match.outcome == RouteTable::Outcome::no_path) {
    response = wants_page(request) && !listener.not_found_page.empty()
                   ? not_found_page(listener)
                   : refused(Error(Errc::unrecognized, "There is nothing at this path."));
  } else if (request.method == "OPTIONS") {
    response = http::Response::empty(204);
  } else {
    response = refused(
        Error(Errc::method_not_allowed, "This path does not take the method " + request.method.substr(0, 16) + "."));
  }
  if (!match.allow.empty()) response.headers.add("Allow", std::move(match.allow));
  return boxed(std::move(response));
}

/// No text that is stored or looked for holds a NUL; paths and bodies refuse it, too.
Result<Unit> check_query(const http::Request& request) {
  const auto has_nul = [](const std::string& text) { return text.contains('\0'); };
  for (const auto& [name, value] : request.query) {
    if (has_nul(name) || has_nul(value)) return Error(Errc::invalid_param, "A parameter may not hold a NUL character.");
  }
  return Unit{};
}

[[gnu::noinline]] Error unexpected_failure(const std::exception& error) {
  return Error(Errc::internal, std::string(base::info(Errc::internal).title), error.what());
}

[[gnu::noinline]] Router::ResponsePtr refusal_with(const Error& error, const Route& route,
                                                   const http::Request& request) {
  return boxed(render_error(error, route.dialect, request.request_id));
}

/// The answer to a failure that a handler yielded. What nobody expected is logged.
[[gnu::noinline]] Router::ResponsePtr refusal_of(const Error& error, const Route& route, const http::Request& request) {
  if (error.code() == Errc::internal) {
    base::log_error("net", "a request failed",
                    {{"route", route.path},
                     {"error", error.message()},
                     {"detail", error.detail()},
                     {"request_id", request.request_id}});
  }
  return refusal_with(error, route, request);
}

}  // namespace

asio::awaitable<Router::Admission> Router::admit(std::string_view listener_name, http::Request& request) {
  auto& impl = *impl_;
  const auto& listener = impl.described_listener(listener_name);
  Admission admission;
  admission.started = std::chrono::steady_clock::now();
  impl.in_flight.add(1);
  warn_of_unnamed_proxy(request);
  auto match = Impl::find_route(listener, request);
  if (match.outcome != RouteTable::Outcome::found) {
    const bool known_path = match.outcome == RouteTable::Outcome::no_method;
    admission.dialect = known_path ? impl.routes[match.route].dialect : listener.facts.dialect_of(request.path);
    admission.refusal = answer_unmatched(listener.facts, match, request, admission.dialect);
    co_return admission;
  }
  const Route& route = impl.routes[match.route];
  const auto& state = impl.states[match.route];
  admission.index = match.route;
  admission.dialect = route.dialect;
  admission.route = &route;
  auto refused = [&](const auto& outcome) {
    if (!outcome) admission.refusal = refusal_with(outcome.error(), route, request);
    return !outcome;
  };
  if (refused(Impl::check_announced_length(route, request)) || refused(check_query(request))) co_return admission;
  if (!state.scheme) {
    if (refused(impl.check_rate(request, route.rate, rate_key_of_address(request.remote_address)))) co_return admission;
  } else {
    Result<std::optional<Caller>> caller = Error(Errc::internal);
    try {
      caller = co_await state.scheme->admit(request);
    } catch (const std::exception& error) {
      base::log_error("net", "authentication failed", {{"error", error.what()}, {"request_id", request.request_id}});
    }
    if (!caller && route.needs == Access::optional) caller = std::optional<Caller>();
    if (refused(caller) || refused(check_permission(route, request, *caller)) ||
        refused(impl.check_rate_at_head(route, state, request, *caller))) {
      co_return admission;
    }
    admission.call =
        std::make_unique<Call>(Call{.request = request, .params = {}, .body = nullptr, .caller = *std::move(caller)});
  }
  if (!admission.call) {
    admission.call =
        std::make_unique<Call>(Call{.request = request, .params = {}, .body = nullptr, .caller = std::nullopt});
  }
  auto& params = admission.call->params;
  params.reserve(state.parameters.size());
  for (std::size_t i = 0; i < state.parameters.size(); ++i) {
    params.emplace_back(state.parameters[i], std::move(match.values[i]));
  }
  co_return admission;
}

asio::awaitable<Router::ResponsePtr> Router::run(Admission& admission) {
  auto& impl = *impl_;
  if (admission.refusal) {
    count(admission, admission.refusal->status);
    co_return std::move(admission.refusal);
  }
  const Route& route = *admission.route;
  const auto& state = impl.states[admission.index];
  Call& call = *admission.call;
  Result<ResponsePtr> answer;
  // What changes something is not cut between two of its steps: a deadline ends what it waits for, and what has been
  // written by then is followed by what belongs to it (a second write, the line of the audit log).
  const bool changes = route.method != "GET" && route.method != "HEAD" && !route.waits;
  if (changes) co_await asio::this_coro::throw_if_cancelled(false);
  try {  // all in this frame: each one more would be kept while the handler waits
    Result<Unit> ready;
    if (state.binds_body) ready = co_await impl.verify_caller(call, route, state);
    if (ready) ready = impl.read_body(call, route, state);
    if (ready) answer = boxed(co_await route.run(call));
    if (ready && Impl::is_to_admit_again(admission, state)) {
      ready = co_await admit_again(*state.scheme, route, call.request);
    }
    if (!ready) answer = std::unexpected(std::move(ready).error());
  } catch (const boost::system::system_error& error) {
    answer = error.code() == asio::error::operation_aborted ? Error(Errc::timed_out) : unexpected_failure(error);
  } catch (const std::exception& error) {
    answer = unexpected_failure(error);
  }
  if (!answer) answer = refusal_of(answer.error(), route, call.request);
  admission.call.reset();
  count(admission, (*answer)->status);
  co_return *std::move(answer);
}

void Router::count(const Admission& admission, int status) const {
  const auto status_class = static_cast<std::size_t>(std::clamp(status / 100, 1, 5) - 1);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - admission.started;
  impl_->observe(admission, status_class, took.count());
  impl_->in_flight.add(-1);
}

asio::awaitable<http::Response> Router::dispatch(std::string_view listener, http::Request& request) {
  using asio::experimental::awaitable_operators::operator||;
  auto admission = co_await admit(listener, request);
  if (admission.refusal) co_return std::move(*co_await run(admission));
  asio::steady_timer timer(co_await asio::this_coro::executor, admission.route->deadline);
  auto first = co_await (run(admission) || timer.async_wait(asio::as_tuple(asio::use_awaitable)));
  if (auto* answer = std::get_if<ResponsePtr>(&first)) co_return std::move(**answer);
  co_return render_error(Error(Errc::timed_out), admission.dialect, request.request_id);
}

}  // namespace troupe::net::route
