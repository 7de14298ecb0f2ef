// The planner's models over fleet's endpoints: what is asked, who answers, what is written down and what it costs.
#include "assistant/dialogue/model_link.h"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>

#include "assistant/tasks/tasks_fixture.h"
#include "fleet/migrations.gen.h"
#include "host/migrations.gen.h"
#include "kit/fake_http.h"

namespace troupe::assistant::dialogue {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kKey = "sk-canary-0815";

class ModelLinkTest : public tasks::TasksFixture {
 protected:
  ModelLinkTest() {
    migrate("host", host::migrations());
    migrate("fleet", fleet::migrations());
    settings.openai_base_url = "http://one/v1";
    settings.openai_key = kKey;
    settings.openai_model = "m";
    settings.more.push_back({.name = "two", .base_url = "http://two/v1", .model = "m"});
    secrets.replace(tasks::kEveryTenant, "models", {std::string(kKey)});
  }
  Result<planner::ModelAnswer> ask(planner::ModelRequest request, std::chrono::milliseconds wait_for = kLong) {
    if (!models) {
      models = std::make_unique<fleet::models::Models>(
          fleet::models::Spending::Uses{.db = *db, .clock = clock, .metrics = metrics, .home = io.at(0).get_executor()},
          settings);
      door = std::make_unique<ServerModels>(
          ServerModels::Uses{.http = http, .clock = clock, .models = *models, .journal = one->journal});
    }
    const auto caller = door->caller(anna, std::chrono::steady_clock::now() + wait_for);
    auto answer = run(caller->ask(std::move(request)));
    exchanges = caller->exchanges();
    return answer;
  }
  static planner::ModelRequest choice() {
    planner::ModelRequest request;
    request.messages = {{.role = planner::Role::system, .text = "rules"},
                        {.role = planner::Role::user, .text = "post it"}};
    request.name = "choice";
    request.schema = {{"type", "object"}};
    return request;
  }
  static std::string chunk(std::string_view delta, std::string_view finish = "null") {
    return "data: {\"choices\":[{\"index\":0,\"delta\":" + std::string(delta) +
           ",\"finish_reason\":" + std::string(finish) + "}]}\n\n";
  }
  static kit::HttpAnswer events(std::string body) { return {.type = "text/event-stream", .body = std::move(body)}; }

  static constexpr std::chrono::milliseconds kLong{30'000};
  fleet::models::ModelSettings settings;
  kit::FakeHttp http;
  std::unique_ptr<fleet::models::Models> models;
  std::unique_ptr<ServerModels> door;
  std::vector<std::string> exchanges;
};

TEST_F(ModelLinkTest, AsksWithASchemaJoinsTheStreamAndWritesItDown) {
  http.answers = {events(chunk(R"({"content":"{\"choice\":"})") + chunk(R"({"content":"\"ask\"}"})", "\"stop\"") +
                         "data: [DONE]\n\n")};
  const auto answer = kit::must(ask(choice()));
  EXPECT_EQ(answer.text, R"({"choice":"ask"})");
  EXPECT_EQ(answer.finish_reason, "stop");
  const auto body = boost::json::parse(http.requests.at(0).body).as_object();
  EXPECT_EQ(body.at("messages").as_array().size(), 2U);
  EXPECT_EQ(body.at("response_format").at("json_schema").at("name"), "choice");
  EXPECT_EQ(body.at("model"), "m");
  EXPECT_EQ(body.at("stream"), true);

  EXPECT_EQ(rows("SELECT COUNT(*) FROM as_call WHERE service = 'model'"), 1);
  ASSERT_EQ(exchanges.size(), 1U);
  EXPECT_EQ(rows("SELECT COUNT(*) FROM as_call WHERE id = '" + exchanges.front() + "'"), 1);
  EXPECT_EQ(rows("SELECT COUNT(*) FROM id_audit WHERE kind = 'api_call'"), 1);
  EXPECT_THAT(all_text(), HasSubstr("post it"));
  EXPECT_THAT(all_text(), Not(HasSubstr(std::string(kKey))));
  EXPECT_EQ(rows("SELECT COUNT(*) FROM fleet_model_call WHERE person = '@anna:localhost' AND bot_id = 'assistant'"), 1);
}

TEST_F(ModelLinkTest, ToolCallsAndRefusalsComeThrough) {
  http.answers = {events(
      chunk(R"({"tool_calls":[{"index":0,"id":"x","function":{"name":"slack__send_message","arguments":""}}]})") +
      chunk(R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"channel\":\"ops\"}"}}]})", "\"tool_calls\"") +
      "data: [DONE]\n\n")};
  auto request = choice();
  request.form = planner::Form::functions;
  request.tools.push_back({.name = "slack__send_message", .description = "x", .parameters = {{"type", "object"}}});
  const auto called = kit::must(ask(std::move(request)));
  ASSERT_EQ(called.calls.size(), 1U);
  EXPECT_EQ(called.calls[0].arguments, R"({"channel":"ops"})");
  EXPECT_TRUE(boost::json::parse(http.requests.at(0).body).as_object().contains("tools"));

  http.answers = {events(chunk(R"({"refusal":"I will not"})", "\"stop\"") + "data: [DONE]\n\n")};
  const auto refused = kit::must(ask(choice()));
  EXPECT_EQ(refused.refusal, "I will not");
  EXPECT_EQ(refused.text, "");
}

TEST_F(ModelLinkTest, TheNextModelAnswersForOneThatIsDown) {
  http.answers = {{.broken = Error(Errc::unavailable, "refused")},
                  events(chunk(R"({"content":"yes"})", "\"stop\"") + "data: [DONE]\n\n")};
  EXPECT_EQ(kit::must(ask(choice())).text, "yes");
  ASSERT_EQ(http.requests.size(), 2U);
  EXPECT_THAT(http.requests[1].url, HasSubstr("//two/"));
  EXPECT_EQ(rows("SELECT COUNT(*) FROM as_call"), 2);
}

TEST_F(ModelLinkTest, NoneIsWaitedForLongerAndWhatItWasShownIsKept) {
  http.answers = {events("")};
  http.hang = true;
  const auto late = ask(choice(), std::chrono::milliseconds(200));
  http.hang = false;
  ASSERT_FALSE(late);
  EXPECT_GE(rows("SELECT COUNT(*) FROM as_call WHERE request LIKE '%post it%'"), 1);
  EXPECT_EQ(ask(choice(), std::chrono::milliseconds(-1)).error().code(), Errc::timed_out);
}

TEST_F(ModelLinkTest, WithoutMoneyNobodyIsAsked) {
  settings.limits.person = 1;
  const auto refused = ask(choice());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::limit_exceeded);
  EXPECT_TRUE(http.requests.empty());
}

TEST_F(ModelLinkTest, TheServersModelsAreTheDefaultTenants) {
  (void)ask(choice(), std::chrono::milliseconds(-1));
  EXPECT_EQ(door->caller(far, std::chrono::steady_clock::now()), nullptr);
}

}  // namespace
}  // namespace troupe::assistant::dialogue
