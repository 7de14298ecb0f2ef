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
Task<net::http::Response> count(Services& services, net::route::Call&) {
  ++services.calls;
  co_return net::http::Response::empty(204);
}

TEST(Group, ARowHasWhatItsGroupSaysUnlessItSaysOtherwise) {
  base::MetricRegistry metrics;
  net::route::Router routes(metrics);
  Services services;
  const Group group(routes, {.prefix = "/api/v1/things",
                             .needs = net::route::Access::operator_,
                             .scope = "bots",
                             .tag = {"things", "What there is."},
                             .max_body_bytes = 10});
  group.add({.method = "GET", .summary = "List", .run = api::bind(count, services)});
  group.add({.method = "POST",
             .path = "/{id}",
             .needs = net::route::Access::admin,
             .scope = "",
             .rate = net::route::Rate::login,
             .body = R"({"type":"object"})",
             .max_body_bytes = 20,
             .status = 201,
             .run = api::bind(count, services)});
  group.add({.method = "PUT", .path = "/{id}", .run = api::bind(count, services)});
  const auto& rows = routes.routes();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].path, "/api/v1/things");
  EXPECT_EQ(rows[0].needs, net::route::Access::operator_);
  EXPECT_EQ(rows[0].scope, "bots");
  EXPECT_EQ(rows[0].tag, "things");
  EXPECT_EQ(rows[0].rate, net::route::Rate::read);
  EXPECT_EQ(rows[0].body, net::route::Body::none);
  EXPECT_EQ(rows[0].max_body_bytes, 10U);
  EXPECT_EQ(rows[1].path, "/api/v1/things/{id}");
  EXPECT_EQ(rows[1].needs, net::route::Access::admin);
  EXPECT_EQ(rows[1].scope, "");
  EXPECT_EQ(rows[1].rate, net::route::Rate::login);
  EXPECT_EQ(rows[1].body, net::route::Body::json_required);
  EXPECT_EQ(rows[1].max_body_bytes, 20U);
  EXPECT_EQ(rows[1].good_status, 201);
  EXPECT_EQ(rows[2].rate, net::route::Rate::write);
}

TEST(Group, ATagIsDescribedByTheGroupThatBringsIt) {
  base::MetricRegistry metrics;
  net::route::Router routes(metrics);
  Services services;
  const Group group(routes,
                    {.prefix = "/things", .needs = net::route::Access::open, .tag = {"things", "What there is."}});
  group.add({.method = "GET", .run = api::bind(count, services)});
  const Group more(routes, {.prefix = "/more", .needs = net::route::Access::open, .tag = {"things"}});
  more.add({.method = "GET", .run = api::bind(count, services)});
  const Group old(routes, {.prefix = "/old", .needs = net::route::Access::open, .tag = {"old", "As it was.", true}});
  old.add({.method = "GET", .run = api::bind(count, services)});
  EXPECT_THROW(Group(routes, {.prefix = "", .needs = net::route::Access::open, .tag = {"things", "Something else."}}),
               std::logic_error);
  const auto document = routes.openapi("1");
  EXPECT_EQ(boost::json::serialize(document.at("tags")),
            R"([{"name":"things","description":"What there is."},{"name":"old","description":"As it was."}])");
  EXPECT_TRUE(document.at("paths").at("/old").at("get").at("deprecated").as_bool());
  EXPECT_FALSE(document.at("paths").at("/things").at("get").as_object().contains("deprecated"));
}

}  // namespace
}  // namespace troupe::api
