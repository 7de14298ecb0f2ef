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
#include "net/http.h"

namespace troupe::net {

/// Which listener serves the route.
enum class Surface { platform, matrix };

/// How errors look (DESIGN.md §5 of the product; docs/architecture.md).
enum class Dialect {
  matrix,   ///< {errcode, error}
  problem,  ///< RFC 9457 problem+json: type, title, status, detail, code, errors[], request_id
  detail,   ///< {detail}; validation errors are 422 with a list
};

/// Who may call. What the credential is depends on the surface; the Authenticator of the surface finds the Caller.
enum class Access {
  open,          ///< nobody is asked; a credential is not even looked at
  optional,      ///< a Caller when a credential is there and good
  user,          ///< any signed-in account or key
  operator_,     ///< role operator or admin (platform)
  admin,         ///< role admin; on the Matrix surface the admin flag
  metrics,       ///< open on loopback, else a key with scope "metrics"
};

/// Rate classes; the numbers per class are configuration (base limits in net/rate_limit.h).
enum class Rate { none, read, write, message, login, registration, join, invite, create_room, upload };

enum class Role { member = 0, operator_ = 1, admin = 2 };

/// Whoever a credential stands for.
struct Caller {
  std::string user_id;    ///< Matrix id; may be empty for a service
  std::string device_id;  ///< Matrix surface only
  std::int64_t principal_id = 0;
  std::int64_t tenant_id = 1;
  Role role = Role::member;
  std::vector<std::string> scopes;
  bool by_cookie = false;
  std::shared_ptr<const void> session;  ///< the owning module's own record
};

/// One request on its way through a handler. Lives until the handler's task ends.
struct Call {
  Request& request;
  std::vector<std::pair<std::string, std::string>> params;  ///< decoded path parameters, in the pattern's order
  boost::json::value body;                                  ///< parsed when the route takes JSON; null otherwise
  std::optional<Caller> caller;
  /// The decoded value of a parameter the pattern names; a name it does not have is a programming error (throws).
  const std::string& param(std::string_view name) const;
};

using Handler = std::function<Task<Response>(Call&)>;

/// What a route takes as body.
enum class Body {
  none,           ///< a body is read and ignored (clients send {} to GET-like POSTs)
  json_object,    ///< must be a JSON object; an empty body counts as {}
  json_required,  ///< must be a JSON object and must be there
  raw,            ///< bytes, in request.body
  stream,         ///< bytes, by request.stream
};

struct Route {
  std::string method;
  /// "/rooms/{room_id}/send/{event_type}/{txn_id}". A literal segment beats a parameter. "{name*}" as last segment takes
  /// the rest of the path. An optional last segment is declared as a second route.
  std::string path;
  Surface surface = Surface::platform;
  Dialect dialect = Dialect::problem;
  Access needs = Access::user;
  std::string scope;  ///< an API key must have it (or be unscoped); empty: any
  Rate rate = Rate::read;
  Body body = Body::none;
  std::size_t max_body_bytes = 256 * 1024;
  std::chrono::milliseconds deadline{30'000};
  bool websocket = false;
  std::string summary;  ///< one line for the API document
  /// JSON Schema (2020-12 subset: type, properties, required, items, enum, minLength, maxLength, minimum, maximum,
  /// additionalProperties, $ref to #/components/schemas/…) as text; empty: not described. The body is validated by it.
  std::string_view body_schema;
  std::string_view reply_schema;
  std::string tag;  ///< groups routes in the API document; empty: not shown there (Matrix routes)
  Handler run;
};

/// Finds the caller of a request. One for each surface.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  /// No credential: an empty optional. Errors: unknown_token, forbidden, invalid_param (two different credentials).
  virtual Task<std::optional<Caller>> authenticate(const Request& request) = 0;
};

/// Filled while modules start, frozen by freeze(), then read by all I/O threads without locks.
class Router {
 public:
  explicit Router(base::MetricRegistry& metrics);
  ~Router();
  /// Throws std::logic_error on two equal patterns for one method and surface: it stops the start.
  void add(Route route);
  /// A named schema for $ref in other schemas.
  void add_schema(std::string name, std::string_view json_schema);
  void set_authenticator(Surface surface, Authenticator& authenticator);
  void freeze();
  const std::vector<Route>& routes() const;

  /// The one way a request is answered: match, limits, rate, authenticate, parse and validate the body, deadline, run,
  /// render errors in the route's dialect. Never throws; unexpected exceptions become 500 and a log line.
  asio::awaitable<Response> dispatch(Surface surface, Request& request);

  /// Looks at the head only, before the body is read: yields the route's limits, or an answer that refuses
  /// (404, 405, 413, 429, 401 without reading the body).
  struct Admission;
  Result<Admission> admit(Surface surface, const Request& head);

  /// OpenAPI 3.1 of all tagged routes.
  boost::json::object openapi(std::string_view server_version) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Renders an error in a dialect, for streams and sockets that cannot use a Response.
Response render_error(const Error& error, Dialect dialect, std::string_view request_id);

}  // namespace troupe::net
