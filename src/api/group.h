// Route groups: what routes share is said once, and each route is one row.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/route/router.h"

namespace troupe::api {

/// Who may call. There is no default: what does not name it does not compile.
class Permission {
 public:
  constexpr Permission(net::route::Access access)
      : access_(access) {}  // NOLINT(google-explicit-constructor): net's own word
  constexpr net::route::Access access() const { return access_; }

 private:
  net::route::Access access_;
};

/// What the routes of a group share. Each may be said otherwise in a row, but for the prefix, the listener and the
/// dialect.
struct Shared {
  std::string prefix;  ///< of all paths: "/api/v1/bots"
  Permission needs;
  std::string scope = {};    ///< an API key must have it (or be unscoped); empty: any
  net::route::Tag tag = {};  ///< of the API document, with its description; empty: not shown there
  std::string listener{net::route::kPlatformListener};
  std::string scheme = {};  ///< of credentials; empty: the listener's
  net::route::Dialect dialect = net::route::Dialect::problem;
  std::optional<net::route::Rate> rate = std::nullopt;  ///< else `read` for GET and `write` for the others
  std::size_t max_body_bytes = 256UL * 1024;
};

/// One row. What is not said is as the group has it, or follows: a body is required where it has a schema.
struct Operation {
  std::string_view method;
  std::string_view path = {};  ///< after the prefix
  std::string_view summary = {};
  std::optional<Permission> needs = std::nullopt;
  std::optional<std::string_view> scope = std::nullopt;
  std::optional<std::string_view> tag = std::nullopt;
  std::optional<net::route::Rate> rate = std::nullopt;
  std::string_view body = {};                       ///< schema
  net::route::Body takes = net::route::Body::none;  ///< with a schema, none means json_required
  std::string_view body_type = {};                  ///< of a raw body
  std::optional<std::size_t> max_body_bytes = std::nullopt;
  std::string_view reply = {};  ///< schema
  std::vector<net::route::QueryParam> query = {};
  int status = 200;  ///< of the good answer
  std::string_view reply_type = "application/json";
  std::optional<std::chrono::milliseconds> deadline = std::nullopt;
  bool waits = false;
  net::route::Handler run;
};

/// Adds rows to a route table. The table must outlive it.
class Group {
 public:
  Group(net::route::Router& routes, Shared shared);
  void add(Operation row) const;

 private:
  net::route::Router& routes_;
  Shared shared_;
};

/// A handler with the services it uses, which live as long as the route table.
template <class Services>
net::route::Handler bind(Task<net::http::Response> (*handler)(Services&, net::route::Call&), Services& services) {
  return [handler, &services](net::route::Call& call) { return handler(services, call); };
}

}  // namespace troupe::api
