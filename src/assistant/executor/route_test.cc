// What a yes holds for, and what it shows.
#include "assistant/executor/route.h"

#include <gtest/gtest.h>

#include "kit/task_runner.h"

namespace troupe::assistant::executor {
namespace {

Route route_by(packs::Checked read) {
  if (!read.pack) throw std::runtime_error("the pack has errors");
  std::vector<services::InUse> in_use(1);
  in_use.front().service.pack = std::make_shared<packs::Pack>(*std::move(read.pack));
  const services::Offer offer(std::move(in_use));
  const auto target = target_of(offer, "wiper.wipe");
  if (!target) throw std::runtime_error(target.error().reason);
  return route_of(*target, {}, nullptr);
}

Route route(const std::string& mcp) {
  const auto tools = kit::must(matrix::parse_json(R"([{"name":"wipe","inputSchema":{"type":"object"}}])")).get_array();
  return route_by(packs::read_pack({{"config.json", R"({"service":"wiper","mcp":)" + mcp + "}"}}, &tools));
}

TEST(RouteTest, AProgramsIsItsCommandLineEnvironmentAndSandbox) {
  const std::string begin = R"({"transport":"stdio","command":"node","args":["wipe.mjs"],)";
  const auto staging = route(begin + R"("env":{"TARGET":"staging"}})");
  EXPECT_EQ(staging.request, "TARGET=staging node wipe.mjs");
  EXPECT_EQ(staging.digest, route(begin + R"("env":{"TARGET":"staging"}})").digest);
  EXPECT_NE(staging.digest, route(begin + R"("env":{"TARGET":"production"}})").digest);
  EXPECT_NE(staging.digest, route(begin + R"("env":{"PLACE":"staging"}})").digest);
  const auto confined = route(begin + R"("env":{"TARGET":"staging"},"sandbox":true})");
  EXPECT_NE(staging.digest, confined.digest);
  EXPECT_EQ(confined.request, "TARGET=staging node wipe.mjs (in the sandbox)");
}

TEST(RouteTest, ACommandLineShowsNoSecrets) {
  const auto found = route(
      R"({"transport":"stdio","command":"my server","args":["--api-key=abc","--token","def","--now","a b","-p","x"],)"
      R"("env":{"API_KEY":"ghi","OTHER_TOKEN":"{key}","MODE":"fast"}})");
  EXPECT_EQ(found.request,
            "API_KEY=[REDACTED] MODE=fast OTHER_TOKEN={key} \"my server\" --api-key=[REDACTED] --token [REDACTED] "
            "--now \"a b\" -p x");
}

TEST(RouteTest, AServersIsItsAddress) {
  const auto found = route(R"({"transport":"http","url":"https://a.example/mcp"})");
  EXPECT_TRUE(found.request.starts_with("POST ")) << found.request;
}

TEST(RouteTest, HowATextIsEncodedIsNoPartOfIt) {
  const auto digest = [](const std::string& type) {
    const auto document = R"({"openapi":"3.0.0","info":{"title":"W","version":"1"},)"
                          R"("servers":[{"url":"https://w.example"}],"paths":{"/wipe":{"post":{"operationId":"wipe",)"
                          R"("requestBody":{"content":{")" +
                          type +
                          R"(":{"schema":{"type":"object","properties":{"a":{"type":"string"}}}}}},)"
                          R"("responses":{"200":{"description":"ok"}}}}}})";
    const auto config = R"({"service":"wiper","openapiRef":"openapi.json","enabled":true})";
    return route_by(packs::read_pack({{"config.json", config}, {"openapi.json", document}})).digest;
  };
  EXPECT_EQ(digest("application/json"), digest("application/json; charset=utf-8"));
  EXPECT_NE(digest("application/json"), digest("application/x-www-form-urlencoded"));
}

}  // namespace
}  // namespace troupe::assistant::executor
