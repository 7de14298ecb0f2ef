// What a row gets from its group.
#include "api/group.h"

#include <gtest/gtest.h>

#include "base/metrics.h"

namespace troupe::api {
namespace {

template <class S>
concept NamesNoPermission = requires { S{.prefix = ""}; };
static_assert(!NamesNoPermission<Shared>, "a group without a permission must not compile");
static_assert(!std::is_default_constructible_v<Permission>);

struct Services {
  int calls = 0;
};
Task<net::Response> count(Services& services, net::Call&) {
  ++services.calls;
  co_return net::Response::empty(204);
}

TEST(Group, ARowHasWhatItsGroupSaysUnlessItSaysOtherwise) {
  base::MetricRegistry metrics;
  net::Router routes(metrics);
  Services services;
  const Group group(routes, {.prefix = "/api/v1/things",
                             .needs = net::Access::operator_,
                             .scope = "bots",
                             .tag = "things",
                             .max_body_bytes = 10});
  group.add({.method = "GET", .summary = "List", .run = api::bind(count, services)});
  group.add({.method = "POST",
             .path = "/{id}",
             .needs = net::Access::admin,
             .scope = "",
             .rate = net::Rate::login,
             .body = R"({"type":"object"})",
             .max_body_bytes = 20,
             .status = 201,
             .run = api::bind(count, services)});
  group.add({.method = "PUT", .path = "/{id}", .run = api::bind(count, services)});
  const auto& rows = routes.routes();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].path, "/api/v1/things");
  EXPECT_EQ(rows[0].needs, net::Access::operator_);
  EXPECT_EQ(rows[0].scope, "bots");
  EXPECT_EQ(rows[0].tag, "things");
  EXPECT_EQ(rows[0].rate, net::Rate::read);
  EXPECT_EQ(rows[0].body, net::Body::none);
  EXPECT_EQ(rows[0].max_body_bytes, 10U);
  EXPECT_EQ(rows[1].path, "/api/v1/things/{id}");
  EXPECT_EQ(rows[1].needs, net::Access::admin);
  EXPECT_EQ(rows[1].scope, "");
  EXPECT_EQ(rows[1].rate, net::Rate::login);
  EXPECT_EQ(rows[1].body, net::Body::json_required);
  EXPECT_EQ(rows[1].max_body_bytes, 20U);
  EXPECT_EQ(rows[1].good_status, 201);
  EXPECT_EQ(rows[2].rate, net::Rate::write);
}

}  // namespace
}  // namespace troupe::api
