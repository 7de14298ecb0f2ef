#include "net/route/router.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/route/rate_limit.h"
#include "net/route/router_fixture.h"
#include "net/route/schema.h"

namespace troupe::net::route {
namespace {

using namespace testing_router;

TEST_F(RouterTest, HandsOverDecodedParameters) {
  add("GET", "/api/v1/bots/{bot_id}/files/{path*}");
  EXPECT_EQ(json::serialize(body({.target = "/api/v1/bots/a%2Fb/files/c/d"})),
            R"({"bot_id":"a/b","path":"c/d","body":null})");
}

TEST_F(RouterTest, UnknownPathsAndMethods) {
  add("GET", "/bots", std::string(kPlatformListener), Dialect::detail);
  EXPECT_EQ(status({.target = "/nothing"}), 404);
  EXPECT_EQ(body({.target = "/nothing"}).at("code").as_string(), "unrecognized");
  const auto wrong = ask({.method = "DELETE", .target = "/bots"});
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.get("Allow"), "GET, HEAD");
  EXPECT_TRUE(json::parse(wrong.body).as_object().contains("detail"));
  EXPECT_EQ(ask({.method = "OPTIONS", .target = "/bots"}).status, 204);
  EXPECT_EQ(ask({.method = "OPTIONS", .target = "/nothing"}).status, 404);
  EXPECT_EQ(body({.target = "/x", .listener = "other"}).at("errcode").as_string(), "M_UNRECOGNIZED");
}

TEST_F(RouterTest, ANulInAParameterIsRefusedAsInAPath) {
  add("GET", "/bots");
  for (const auto* target : {"/bots?search=%00", "/bots?a=1&actor=x%00y", "/bots?%00=1"}) {
    EXPECT_EQ(status({.target = target}), 400) << target;
    EXPECT_EQ(body({.target = target}).at("code").as_string(), "invalid_param") << target;
  }
  EXPECT_EQ(status({.target = "/bots?search=%01"}), 200);
}

TEST_F(RouterTest, ABrowserThatFindsNothingGetsTheListenersPage) {
  const auto page = ask({.target = "/nothing", .headers = {{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}}});
  EXPECT_EQ(page.status, 404);
  EXPECT_EQ(page.headers.get("Content-Type"), "text/html; charset=utf-8");
  EXPECT_NE(page.headers.get("Content-Security-Policy").find("default-src 'none'"), std::string::npos);
  EXPECT_NE(page.body.find("href=\"/\""), std::string::npos);
  for (const char* accept : {"*/*", "application/json"}) {
    EXPECT_EQ(body({.target = "/nothing", .headers = {{"Accept", accept}}}).at("code").as_string(), "unrecognized");
  }
  const auto other = ask({.target = "/x", .headers = {{"Accept", "text/html"}}, .listener = "other"});
  EXPECT_TRUE(json::parse(other.body).as_object().contains("errcode"));
}

TEST_F(RouterTest, WherePagesOfAnySiteMayCallOptionsIsAlways200) {
  add("PUT", "/other/v3/x", "other", Dialect::matrix).needs = Access::user;
  for (const char* target : {"/other/v3/x", "/other/nothing", "/"}) {
    EXPECT_EQ(status({.method = "OPTIONS", .target = target, .listener = "other"}), 200) << target;
  }
  EXPECT_EQ(names_.asked, 0);
}

TEST_F(RouterTest, OlderNamesOfPathsAreTriedWhereThereIsNoRoute) {
  add("GET", "/other/v3/sync", "other");
  add("GET", "/other/v3/own", "other");
  add("GET", "/other/v1/own", "other").run = [](Call&) -> Task<http::Response> {
    co_return http::Response::json("\"own\"");
  };
  add("GET", "/elsewhere/thing", "other");
  auto at = [&](std::string target) { return status({.target = std::move(target), .listener = "other"}); };
  EXPECT_EQ(at("/other/v1/sync"), 200);
  EXPECT_EQ(at("/other/v2/sync"), 404);
  EXPECT_EQ(at("/other/thing"), 200);
  EXPECT_EQ(at("/other/v1/thing"), 404) << "only the first name that fits is tried";
  EXPECT_EQ(ask({.target = "/other/v1/own", .listener = "other"}).body, "\"own\"");
  EXPECT_EQ(ask({.method = "POST", .target = "/other/v1/sync", .listener = "other"}).status, 405);
  EXPECT_EQ(status({.target = "/other/v1/sync"}), 404) << "names belong to their listener";
}

TEST_F(RouterTest, WithoutARouteThePrefixSaysHowErrorsLook) {
  EXPECT_TRUE(body({.target = "/nothing"}).as_object().contains("code"));
  EXPECT_TRUE(body({.target = "/other/nothing"}).as_object().contains("errcode"));
  EXPECT_EQ(body({.target = "/oldest/nothing"}).as_object().size(), 1U);
  EXPECT_TRUE(body({.target = "/oldest/nothing", .listener = "other"}).as_object().contains("errcode"));
}

TEST_F(RouterTest, ListenersAreSeparate) {
  add("GET", "/a", "other");
  EXPECT_EQ(status({.target = "/a"}), 404);
}

TEST_F(RouterTest, WhatNobodyDescribedStopsTheStart) {
  add("GET", "/a", "third");
  EXPECT_THROW(freeze(), std::logic_error);
  EXPECT_EQ(router_.listener("third"), nullptr);
}

TEST_F(RouterTest, ARouteMayAskForNoUnknownScheme) {
  auto& route = add("GET", "/a");
  route.needs = Access::user;
  route.scheme = "names ";
  EXPECT_THROW(freeze(), std::logic_error);
}

TEST_F(RouterTest, NamesOfListenersAndSchemesAreUnique) {
  EXPECT_THROW(router_.add_listener({.name = "other"}), std::logic_error);
  EXPECT_THROW(router_.add_scheme("names", names_), std::logic_error);
}

TEST_F(RouterTest, ChecksWhoMayCall) {
  add("GET", "/open");
  add("GET", "/optional").needs = Access::optional;
  add("GET", "/if_any").needs = Access::if_any;
  add("GET", "/user").needs = Access::user;
  add("GET", "/operator").needs = Access::operator_;
  add("GET", "/admin").needs = Access::admin;
  add("GET", "/metrics").needs = Access::metrics;
  auto& scoped = add("GET", "/write");
  scoped.needs = Access::user;
  scoped.scope = "write";
  auto at = [&](std::string target, std::string token) {
    return status({.target = std::move(target), .token = std::move(token)});
  };
  EXPECT_EQ(at("/open", "bad"), 200);
  EXPECT_EQ(names_.asked, 0) << "an open route does not even look";
  EXPECT_EQ(at("/optional", ""), 200);
  EXPECT_EQ(at("/optional", "bad"), 200);
  EXPECT_EQ(at("/if_any", ""), 200);
  EXPECT_EQ(at("/if_any", "anna"), 200);
  EXPECT_EQ(at("/if_any", "bad"), 401);
  EXPECT_EQ(at("/user", ""), 401);
  EXPECT_EQ(at("/user", "bad"), 401);
  EXPECT_EQ(at("/user", "boom"), 500);
  EXPECT_EQ(at("/user", "anna"), 200);
  EXPECT_EQ(at("/operator", "anna"), 403);
  EXPECT_EQ(at("/operator", "operator"), 200);
  EXPECT_EQ(at("/operator", "admin"), 200);
  EXPECT_EQ(at("/admin", "operator"), 403);
  EXPECT_EQ(at("/admin", "admin"), 200);
  EXPECT_EQ(at("/write", "anna"), 200) << "an unscoped credential may all its role may";
  EXPECT_EQ(at("/write", "free"), 200);
  EXPECT_EQ(at("/write", "bot"), 403);
  EXPECT_EQ(at("/metrics", ""), 401);
  EXPECT_EQ(at("/metrics", "anna"), 403);
  EXPECT_EQ(at("/metrics", "metrics"), 200);
  EXPECT_EQ(status({.target = "/metrics", .from = "127.0.0.1"}), 200);
}

TEST_F(RouterTest, WhoWaitsLongIsLookedAtOnceMore) {
  auto wait = [](std::chrono::milliseconds long_enough) {
    return [long_enough](Call&) -> Task<http::Response> {
      asio::steady_timer timer(co_await asio::this_coro::executor, long_enough);
      co_await timer.async_wait(asio::use_awaitable);
      co_return http::Response::json("{}");
    };
  };
  for (const auto* path : {"/polls", "/works"}) {
    auto& route = add("GET", path);
    route.needs = Access::user;
    route.waits = path == std::string_view("/polls");
    route.run = wait(150ms);
  }
  auto& quick = add("GET", "/quick");
  quick.needs = Access::user;
  quick.waits = true;
  names_.ends_after_first = true;
  EXPECT_EQ(status({.target = "/quick", .token = "anna"}), 200);
  names_.asked = 0;
  EXPECT_EQ(status({.target = "/polls", .token = "anna"}), 401);
  names_.asked = 0;
  EXPECT_EQ(status({.target = "/works", .token = "anna"}), 200) << "what it did is done";
}

TEST_F(RouterTest, MetricsAreOpenToThisMachineOnly) {
  add("GET", "/metrics").needs = Access::metrics;
  auto at = [&](std::vector<std::pair<std::string, std::string>> headers, std::string from = "127.0.0.1") {
    return status({.target = "/metrics", .headers = std::move(headers), .from = std::move(from)});
  };
  for (const char* host : {"127.0.0.1:8001", "localhost:8001", "LOCALHOST", "127.9.9.9", "[::1]:8001"}) {
    EXPECT_EQ(at({{"Host", host}}), 200) << host;
  }
  EXPECT_EQ(at({{"Host", "[::1]"}}, "::1"), 200);
  EXPECT_EQ(at({{"Host", "127.0.0.1"}}, "10.0.0.1"), 401);
  // A browser on this machine, by a name that somebody pointed at it.
  for (const char* host : {"evil.example", "127.0.0.1.evil.example:8001", "localhost.evil.example", "10.0.0.1"}) {
    EXPECT_EQ(at({{"Host", host}}), 401) << host;
  }
  // A proxy on this machine that nobody named speaks for the world.
  EXPECT_EQ(at({{"Host", "127.0.0.1"}, {"X-Forwarded-For", "192.0.2.1"}}), 401);
  EXPECT_EQ(at({{"Host", "127.0.0.1"}, {"Forwarded", "for=192.0.2.1"}}), 401);
}

TEST_F(RouterTest, CookiesOnlyFromOurOwnPages) {
  add("POST", "/change").needs = Access::user;
  add("GET", "/look").needs = Access::user;
  auto& socket = add("GET", "/ws");
  socket.needs = Access::user;
  socket.websocket = true;
  using Fields = std::vector<std::pair<std::string, std::string>>;
  auto at = [&](std::string method, std::string target, std::string token, Fields headers) {
    headers.emplace_back("Host", "troupe.example:8001");
    return status({.method = std::move(method),
                   .target = std::move(target),
                   .token = std::move(token),
                   .headers = std::move(headers)});
  };
  const Fields cross{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}};
  EXPECT_EQ(at("POST", "/change", "cookie", {}), 200) << "not a browser";
  EXPECT_EQ(at("POST", "/change", "cookie", {{"Sec-Fetch-Site", "same-origin"}}), 200);
  EXPECT_EQ(at("POST", "/change", "cookie", {{"Sec-Fetch-Site", "none"}}), 200);
  EXPECT_EQ(at("POST", "/change", "cookie", {{"Sec-Fetch-Site", "same-site"}}), 403);
  EXPECT_EQ(at("POST", "/change", "cookie", cross), 403);
  EXPECT_EQ(at("POST", "/change", "cookie", {{"Origin", "https://evil.example"}}), 403);
  EXPECT_EQ(at("POST", "/change", "cookie", {{"Origin", "null"}}), 403);
  EXPECT_EQ(at("POST", "/change", "cookie", {{"Origin", "http://Troupe.example:8001"}}), 200);
  EXPECT_EQ(at("POST", "/change", "anna", cross), 200) << "a key is not sent by itself";
  EXPECT_EQ(at("GET", "/look", "cookie", cross), 200);
  auto stream = cross;
  stream.emplace_back("Accept", "text/event-stream");
  EXPECT_EQ(at("GET", "/look", "cookie", stream), 403);
  EXPECT_EQ(at("GET", "/ws", "cookie", cross), 403);
}

TEST_F(RouterTest, LimitsRates) {
  RateLimits limits;
  limits.write = {.per_s = 1, .burst = 2};
  limits.login = {.per_s = 1, .burst = 1};
  router_.set_rate_limits(limits);
  auto& write = add("POST", "/write", std::string(kPlatformListener), Dialect::matrix);
  write.needs = Access::user;
  write.rate = Rate::write;
  add("POST", "/login").rate = Rate::login;
  for (int i = 0; i < 2; ++i) EXPECT_EQ(status({.method = "POST", .target = "/write", .token = "anna"}), 200);
  const auto refused = ask({.method = "POST", .target = "/write", .token = "anna"});
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers.get("Retry-After"), "1");
  const auto answer = json::parse(refused.body);
  EXPECT_EQ(answer.at("errcode").as_string(), "M_LIMIT_EXCEEDED");
  EXPECT_GT(answer.at("retry_after_ms").as_int64(), 0);
  EXPECT_EQ(status({.method = "POST", .target = "/write", .token = "berta"}), 200);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(status({.method = "POST", .target = "/write", .token = "free"}), 200);
  EXPECT_EQ(status({.method = "POST", .target = "/login"}), 200);
  EXPECT_EQ(status({.method = "POST", .target = "/login"}), 429);
  EXPECT_EQ(status({.method = "POST", .target = "/login", .from = "10.0.0.2"}), 200);
}

TEST_F(RouterTest, ReadsJsonBodies) {
  add("POST", "/object").body = Body::json_object;
  add("POST", "/required").body = Body::json_required;
  auto code = [&](std::string target, std::string text) {
    const auto answer = ask({.method = "POST", .target = std::move(target), .body = std::move(text)});
    return answer.status == 200 ? "ok" : std::string(json::parse(answer.body).at("code").as_string().c_str());
  };
  EXPECT_EQ(code("/object", ""), "ok");
  EXPECT_EQ(code("/object", "{\"a\":1}"), "ok");
  EXPECT_EQ(code("/object", "[]"), "bad_json");
  EXPECT_EQ(code("/object", "{"), "not_json");
  EXPECT_EQ(code("/object", "\xff"), "not_json");
  EXPECT_EQ(code("/required", ""), "not_json");
  EXPECT_EQ(code("/required", "{}"), "ok");
  const std::string deep = "{\"a\":" + std::string(70, '[') + std::string(70, ']') + "}";
  EXPECT_EQ(code("/object", deep), "bad_json");
  // Read as infinity, which nothing could write again.
  for (const auto* large : {R"({"a":1e400})", R"({"a":[{"b":-1e999}]})"}) EXPECT_EQ(code("/object", large), "not_json");
  EXPECT_EQ(code("/object", R"({"a":1e300})"), "ok");
}

TEST_F(RouterTest, ValidatesInEveryDialect) {
  constexpr std::string_view kSchema =
      R"({"type":"object","required":["bot_id"],"properties":{"bot_id":{"type":"string"}}})";
  for (auto dialect : {Dialect::problem, Dialect::detail, Dialect::matrix}) {
    auto& route = add("POST", "/" + std::to_string(static_cast<int>(dialect)), std::string(kPlatformListener), dialect);
    route.body = Body::json_object;
    route.body_schema = kSchema;
  }
  const auto at = [&](Dialect dialect, std::string text) {
    return ask({.method = "POST", .target = "/" + std::to_string(static_cast<int>(dialect)), .body = std::move(text)});
  };
  EXPECT_EQ(at(Dialect::problem, "{}").status, 400);
  EXPECT_EQ(at(Dialect::problem, "{}").headers.get("Content-Type"), "application/problem+json");
  EXPECT_EQ(json::parse(at(Dialect::problem, "{}").body).at("errors").at(0).at("pointer").as_string(), "/bot_id");
  EXPECT_EQ(at(Dialect::detail, "{\"bot_id\":5}").status, 422);
  EXPECT_EQ(at(Dialect::detail, "{\"bot_id\":5}").body,
            R"({"detail":[{"loc":["body","bot_id"],"msg":"Input should be a valid string","type":"string_type"}]})");
  EXPECT_EQ(at(Dialect::detail, "{\"bot_id\":").status, 422) << "FastAPI says 422 to broken JSON too";
  EXPECT_EQ(at(Dialect::matrix, "{}").body, R"({"errcode":"M_MISSING_PARAM","error":"bot_id: Field required"})");
  EXPECT_EQ(json::parse(at(Dialect::matrix, "{\"bot_id\":5}").body).at("errcode").as_string(), "M_BAD_JSON");
  EXPECT_EQ(at(Dialect::matrix, "{\"bot_id\":\"a\"}").status, 200);
}

TEST_F(RouterTest, RefusesByAnnouncedLengthBeforeAnythingElse) {
  auto& route = add("POST", "/a");
  route.needs = Access::user;
  route.max_body_bytes = 10;
  EXPECT_EQ(status({.method = "POST", .target = "/a", .headers = {{"Content-Length", "11"}}}), 413);
  EXPECT_EQ(names_.asked, 0);
}

TEST_F(RouterTest, HandlersMayFailInEveryWay) {
  add("GET", "/throw").run = [](Call&) -> Task<http::Response> {
    throw std::runtime_error("password=hunter2");
    co_return http::Response::empty(200);
  };
  add("GET", "/slow").deadline = 20ms;
  pending_.back().run = [](Call&) -> Task<http::Response> {
    asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
    co_await timer.async_wait(asio::use_awaitable);
    co_return http::Response::empty(200);
  };
  add("GET", "/error", std::string(kPlatformListener), Dialect::matrix).run = [](Call&) -> Task<http::Response> {
    co_return Error(Errc::forbidden, "no").with_wire_code("M_ROOM_IN_USE").with_member("soft_logout", true);
  };
  const auto thrown = ask({.target = "/throw"});
  EXPECT_EQ(thrown.status, 500);
  EXPECT_EQ(thrown.body.find("hunter2"), thrown.body.npos);
  EXPECT_EQ(json::parse(thrown.body).at("request_id").as_string(), "r1");
  EXPECT_EQ(status({.target = "/slow"}), 504);
  EXPECT_EQ(ask({.target = "/error"}).body, R"({"errcode":"M_ROOM_IN_USE","error":"no","soft_logout":true})");
}

TEST_F(RouterTest, Counts) {
  add("GET", "/a/{b}");
  ask({.target = "/a/1"});
  ask({.target = "/nope"});
  const auto text = metrics_.expose();
  EXPECT_NE(text.find(R"(troupe_net_requests_total{method="GET",route="/a/{b}",status="2xx"} 1)"), text.npos);
  EXPECT_NE(text.find(R"(troupe_net_requests_total{method="none",route="unmatched",status="4xx"} 1)"), text.npos);
  EXPECT_NE(text.find("troupe_net_requests_in_flight 0"), text.npos);
  EXPECT_NE(text.find(R"(troupe_net_request_seconds_count{method="GET",route="/a/{b}",status="2xx"} 1)"), text.npos);
}

TEST_F(RouterTest, MistakesStopTheStart) {
  add("GET", "/a/{x}");
  add("GET", "/a/{y}");
  EXPECT_THROW(freeze(), std::logic_error);
}

TEST_F(RouterTest, ListsEveryRouteInTheDocumentAlsoWithoutATag) {
  auto& route = add("POST", "/api/v1/bots/{bot_id}");
  route.tag = "bots";
  route.scope = "bots";
  route.needs = Access::operator_;
  add("GET", "/other/thing/{path*}", "other");
  freeze();
  EXPECT_EQ(
      json::serialize(router_.openapi("1").at("x-routes")),
      R"([{"listener":"platform","method":"POST","path":"/api/v1/bots/{bot_id}","needs":"operator","scope":"bots"},)"
      R"({"listener":"other","method":"GET","path":"/other/thing/{path*}","needs":"open"}])");
}

TEST_F(RouterTest, DescribesItsTaggedRoutes) {
  auto& route = add("POST", "/api/v1/bots/{bot_id}/files/{path*}");
  route.tag = "bots";
  route.summary = "Stores a file";
  route.needs = Access::operator_;
  route.body = Body::json_required;
  route.body_schema = R"({"$ref":"#/components/schemas/File"})";
  route.reply_schema = R"({"type":"object"})";
  add("GET", "/hidden");
  router_.add_schema("File", R"({"type":"object","properties":{"name":{"type":"string","description":"Its name"}}})");
  freeze();
  const json::object document = router_.openapi("1.2.3");
  EXPECT_EQ(document.at("openapi").as_string(), "3.1.0");
  EXPECT_EQ(document.at("info").at("version").as_string(), "1.2.3");
  EXPECT_EQ(document.at("paths").as_object().size(), 1U);
  const auto& operation = document.at("paths").at("/api/v1/bots/{bot_id}/files/{path}").at("post");
  EXPECT_EQ(operation.at("operationId").as_string(), "postApiV1BotsByBotIdFilesByPath");
  EXPECT_EQ(operation.at("parameters").as_array().size(), 2U);
  EXPECT_EQ(operation.at("requestBody").at("content").at("application/json").at("schema").at("$ref").as_string(),
            "#/components/schemas/File");
  EXPECT_TRUE(document.at("components").at("schemas").as_object().contains("File"));
  EXPECT_TRUE(document.at("components").at("schemas").as_object().contains("Problem"));
}

}  // namespace
}  // namespace troupe::net::route
