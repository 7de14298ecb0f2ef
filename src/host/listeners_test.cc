#include "host/listeners.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>

#include "net/route/router.h"

namespace troupe::host {
namespace {

class ListenersTest : public testing::Test {
 protected:
  ListenersTest() : router_(metrics_) {
    router_.add_listener(platform_listener());
    router_.add_listener(matrix_listener());
  }
  void add(std::string path, std::string_view listener) {
    net::route::Route route;
    route.method = "GET";
    route.path = std::move(path);
    route.listener = listener;
    route.needs = net::route::Access::open;
    route.run = [](net::route::Call&) -> Task<net::http::Response> { co_return net::http::Response::json("{}"); };
    router_.add(std::move(route));
  }
  net::http::Response ask(std::string_view listener, std::string method, std::string_view target,
                          std::string accept = {}) {
    net::http::Request request;
    request.method = std::move(method);
    EXPECT_TRUE(request.set_target(target));
    request.remote_address = "192.0.2.7";
    if (!accept.empty()) request.headers.add("Accept", std::move(accept));
    auto answer = net::http::Response::empty(0);
    io_.restart();
    asio::co_spawn(io_, router_.dispatch(listener, request),
                   [&](std::exception_ptr failed, net::http::Response response) {
                     EXPECT_FALSE(failed);
                     answer = std::move(response);
                   });
    io_.run();
    return answer;
  }
  bool is_matrix_error(const net::http::Response& response) {
    return boost::json::parse(response.body).as_object().contains("errcode");
  }

  base::MetricRegistry metrics_;
  net::route::Router router_;
  asio::io_context io_;
};

TEST_F(ListenersTest, OlderMatrixPathsLeadToTodays) {
  add("/_matrix/client/v3/sync", kMatrixListener);
  add("/_matrix/media/v3/config", kMatrixListener);
  router_.freeze();
  for (const char* path : {"/_matrix/client/v3/sync", "/_matrix/client/r0/sync", "/_matrix/client/unstable/sync",
                           "/_matrix/client/api/v1/sync", "/_matrix/media/r0/config", "/_matrix/media/v1/config"}) {
    EXPECT_EQ(ask(kMatrixListener, "GET", path).status, 200) << path;
    EXPECT_EQ(ask(net::route::kPlatformListener, "GET", path).status, 404) << path;
  }
  EXPECT_EQ(ask(kMatrixListener, "GET", "/_matrix/client/v1/sync").status, 404);
}

TEST_F(ListenersTest, MatrixIsAnsweredInMatrixOnEitherListener) {
  router_.freeze();
  EXPECT_TRUE(is_matrix_error(ask(kMatrixListener, "GET", "/nothing", "text/html")));
  EXPECT_TRUE(is_matrix_error(ask(net::route::kPlatformListener, "GET", "/_matrix/client/v3/sync")));
  EXPECT_TRUE(is_matrix_error(ask(net::route::kPlatformListener, "GET", "/_synapse/admin/v2/users")));
  EXPECT_FALSE(is_matrix_error(ask(net::route::kPlatformListener, "GET", "/api/v1/nothing")));
}

TEST_F(ListenersTest, AnyPageMayAskTheMatrixListener) {
  add("/a", kMatrixListener);
  add("/a", net::route::kPlatformListener);
  router_.freeze();
  EXPECT_EQ(ask(kMatrixListener, "OPTIONS", "/a").status, 200);
  EXPECT_EQ(ask(kMatrixListener, "OPTIONS", "/nothing").status, 200);
  EXPECT_EQ(ask(net::route::kPlatformListener, "OPTIONS", "/a").status, 204);
  EXPECT_EQ(ask(net::route::kPlatformListener, "OPTIONS", "/nothing").status, 404);
}

TEST_F(ListenersTest, ABrowserAtTheConsoleGetsAPage) {
  router_.freeze();
  const auto page = ask(net::route::kPlatformListener, "GET", "/nothing", "text/html");
  EXPECT_EQ(page.status, 404);
  EXPECT_NE(page.body.find("href=\"/docs\""), std::string::npos);
}

}  // namespace
}  // namespace troupe::host
