#include "homeserver/admin/admin_route.h"

#include <gtest/gtest.h>

#include "homeserver/whole_server_fixture.h"

namespace troupe::homeserver::admin {
namespace {

Result<AdminPage> page_of(std::string_view query, bool backwards_when_absent = false) {
  net::http::Request request;
  EXPECT_TRUE(request.set_target("/list?" + std::string(query)).has_value());
  return admin_page(request, backwards_when_absent);
}

TEST(AdminPageTest, WhatIsNotSaidIsAsSynapseHasIt) {
  const auto page = page_of("");
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->from, 0);
  EXPECT_EQ(page->limit, 100);
  EXPECT_FALSE(page->backwards);
  EXPECT_TRUE(page_of("", true)->backwards);
  EXPECT_FALSE(page_of("dir=f", true)->backwards);
  EXPECT_TRUE(page_of("dir=b")->backwards);
  EXPECT_EQ(page_of("from=7&limit=0")->from, 7);
  EXPECT_EQ(page_of("limit=0")->limit, 0);
  EXPECT_EQ(page_of("limit=5000")->limit, 1000);
}

TEST(AdminPageTest, BadValuesAreRefused) {
  for (const auto* query : {"from=-1", "from=x", "limit=-1", "limit=ten", "dir=up", "dir=B"}) {
    const auto page = page_of(query);
    ASSERT_FALSE(page.has_value()) << query;
    EXPECT_EQ(page.error().code(), Errc::invalid_param) << query;
  }
}

TEST(AdminPageTest, TheLastPageHasNoNext) {
  const AdminPage page{.from = 10, .limit = 10};
  EXPECT_EQ(page.next(21, 10), 20);
  EXPECT_EQ(page.next(20, 10), std::nullopt);
  EXPECT_EQ(page.next(15, 5), std::nullopt);
  EXPECT_EQ(page.next(5, 0), std::nullopt);
  EXPECT_EQ((AdminPage{.from = 0, .limit = 0}.next(5, 0)), std::nullopt);
}

TEST(AdminServerTest, TheVersionIsOneThatDashboardsKnow) {
  WholeServer server;
  EXPECT_EQ(server.call({}, "GET", "/_synapse/admin/v1/server_version").string_at("/server_version"), "1.157.1");
}

}  // namespace
}  // namespace troupe::homeserver::admin
