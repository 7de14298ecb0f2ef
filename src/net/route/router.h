// The route table: every HTTP route of the program is declared once, and everything about it follows from the row.
#pragma once
#include <boost/json/value.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "base/task.h"
#include "net/http/http.h"
#include "net/route/dialect.h"
#include "net/route/listener.h"
#include "net/route/scheme.h"

namespace troupe::net::route {

/// Who may call. What the credential is, and whom it stands for, says the route's scheme.
enum class Access {
  open,       ///< nobody is asked; a credential is not even looked at
  optional,   ///< a Caller when a credential is there and good
  if_any,     ///< the same, but a credential that is there and not good is refused
  user,       ///< any signed-in account or key
  operator_,  ///< role operator or admin (platform)
  admin,      ///< role admin
  metrics,    ///< open on loopback, else a key with scope "metrics"
};

/// Rate classes; the numbers per class are configuration (base limits in net/route/rate_limit.h).
enum class Rate { none, read, write, message, login, registration, join, invite, create_room, upload, search };

/// One request on its way through a handler. Lives until the handler's task ends.
struct Call {
  http::Request& request;
  std::vector<std::pair<std::string, std::string>> params;  ///< decoded path parameters, in the pattern's order
  boost::json::value body;                                  ///< parsed when the route takes JSON; null otherwise
  std::optional<Caller> caller;
  /// The decoded value of a parameter the pattern names; a name it does not have is a programming error (throws).
  const std::string& param(std::string_view name) const;
};

using Handler = std::function<Task<http::Response>(Call&)>;

/// What a route takes as body. Text that is not UTF-8 is refused where JSON or a form is taken.
enum class Body {
  none,           ///< a body is read and ignored (clients send {} to GET-like POSTs)
  json_object,    ///< must be a JSON object; an empty body counts as {}
  json_required,  ///< must be a JSON object and must be there
  form,           ///< what an HTML form sends: in call.body as an object of strings (net/http/form_body.h)
  raw,            ///< bytes, in request.body
  stream,         ///< bytes, by request.stream
};

/// A parameter after the '?', for the API document. The handler reads and checks it.
struct QueryParam {
  std::string name;
  std::string description;
  std::string_view schema = R"({"type":"string"})";  ///< JSON Schema as text
  bool required = false;
};

/// What routes of one subject are grouped by in the API document.
struct Tag {
  std::string_view name = {};         ///< empty: they are not shown there
  std::string_view description = {};  ///< for outsiders; empty: another group of the same name brings it
  bool superseded = false;            ///< kept for programs that know it; new ones should not use it
};

struct Route {
  std::string method;
  /// "/rooms/{room_id}/send/{event_type}/{txn_id}". A literal segment beats a parameter. "{name*}" as last segment
  /// takes the rest of the path. An optional last segment is declared as a second route.
  std::string path;
  std::string listener{kPlatformListener};  ///< by name; must be described when the table is frozen
  Dialect dialect = Dialect::problem;
  Access needs = Access::user;
  std::string scheme;  ///< by name; empty: the listener's. Nobody is asked where `needs` is open
  std::string scope;   ///< an API key must have it (or be unscoped); empty: any
  Rate rate = Rate::read;
  Body body = Body::none;
  std::size_t max_body_bytes = 256 * 1024;  ///< of a WebSocket: of one message
  std::chrono::milliseconds deadline{30'000};
  /// Its answer may be long in coming (a long poll): who asked is looked at once more before it goes out, so that
  /// nothing is told to a credential that ended meanwhile. The text of the body and of the target is forgotten while
  /// the handler waits; path, parameters, headers and the parsed body stay.
  bool waits = false;
  bool websocket = false;
  std::string summary;  ///< one line for the API document
  /// JSON Schema (2020-12 subset: type, properties, required, items, enum, minLength, maxLength, minimum, maximum,
  /// additionalProperties, $ref to #/components/schemas/…) as text; empty: not described. The body is validated by it.
  std::string_view body_schema;
  std::string_view reply_schema;
  std::vector<QueryParam> query;
  int good_status = 200;                             ///< of the answer that reply_schema describes
  std::string_view body_type;                        ///< media type of a raw or stream body; empty: any bytes
  std::string_view reply_type = "application/json";  ///< media type of the good answer
  std::string tag;  ///< groups routes in the API document; empty: not shown there (Matrix routes)
  Handler run;
};

struct RateLimits;

/// Filled while modules start, frozen by freeze(), then read by all I/O threads without locks.
class Router {
 public:
  explicit Router(base::MetricRegistry& metrics);
  ~Router();
  /// Throws std::logic_error on two equal patterns for one method and listener: it stops the start.
  void add(Route route);
  /// A named schema for $ref in other schemas.
  void add_schema(std::string name, std::string_view json_schema);
  /// Describes a tag; it lives as long as the program. Throws std::logic_error when somebody has described it
  /// otherwise.
  void add_tag(const Tag& tag);
  /// Throws std::logic_error when the name is taken.
  void add_listener(Listener listener);
  /// Routes name it so. `scheme` must outlive the router's use. Throws std::logic_error when the name is taken.
  void add_scheme(std::string name, Scheme& scheme);
  /// Throws std::logic_error, naming the route, when it stands on a listener that nobody described, asks for a scheme
  /// that nobody added, or streams a body that its scheme must see whole.
  void freeze();
  const std::vector<Route>& routes() const;
  /// As it was described; nullptr when nobody did. The pointer stays good.
  const Listener* listener(std::string_view name) const;

  /// Replaces the default numbers (net/route/rate_limit.h). Before freeze(). A Caller with the scope "unlimited" is
  /// exempt.
  void set_rate_limits(const RateLimits& limits);
  const RateLimits& rate_limits() const;

  /// The one way a request with its whole body is answered: admit() and run() with the route's deadline. For calls
  /// without a socket (the command line in process, tests). Throws std::logic_error for a listener that nobody
  /// described, and nothing else.
  asio::awaitable<http::Response> dispatch(std::string_view listener, http::Request& request);

  /// Elsewhere than in the frames of coroutines, of which each would keep room for one while it waits.
  using ResponsePtr = std::unique_ptr<http::Response>;

  /// What admit() found out about a request. Used once, by run().
  struct Admission {
    const Route* route = nullptr;  ///< null: there is none
    Dialect dialect = Dialect::problem;
    std::size_t index = 0;  ///< of the route
    std::chrono::steady_clock::time_point started;
    std::unique_ptr<Call> call;  ///< null: refused
    ResponsePtr refusal;
  };

  /// Looks at the head only, before the body is read: match, announced length, the scheme's first step, permission,
  /// cookie rule, rate. Yields the route and its limits, or a refusal (400, 401, 403, 404, 405, 413, 429). Throws like
  /// dispatch(). `listener` must outlive the call, `request` what it yields.
  asio::awaitable<Admission> admit(std::string_view listener, http::Request& request);

  /// Where the scheme binds the body: has it verified, and asks for permission and rate again. Then parses and
  /// validates the body, runs the handler, renders its error in the route's dialect. Never throws: unexpected
  /// exceptions become 500 and a log line, a cancelled wait becomes timed_out. The caller of run() enforces
  /// route->deadline by cancelling. The argument must outlive the call. Never yields null.
  asio::awaitable<ResponsePtr> run(Admission& admission);

  /// Counts an answer that was given without run() (a refusal, or a body that could not be read).
  void count(const Admission& admission, int status) const;

  /// OpenAPI 3.1 of all tagged routes.
  boost::json::object openapi(std::string_view server_version) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace troupe::net::route
