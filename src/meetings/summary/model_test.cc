// Models of the server as summaries ask them: over the same chain, breakers and money as bots.
#include "meetings/summary/model.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "fleet/models/models_fixture.h"
#include "kit/fake_http.h"

namespace troupe::meetings::summary {
namespace {

using fleet::models::Endpoint;

std::string events(std::string_view text, std::string_view finish = "stop") {
  boost::json::object choice{{"index", 0}, {"delta", {{"content", text}}}};
  if (!finish.empty()) choice["finish_reason"] = finish;
  return "data: " + boost::json::serialize(boost::json::object{{"choices", boost::json::array{choice}}}) + "\n\n" +
         (finish.empty() ? "" : "data: [DONE]\n\n");
}

class SummaryModelTest : public fleet::models::ModelsTest {
 protected:
  Result<std::string> ask(std::int64_t tenant_id = 1, std::function<bool()> wanted = {}) {
    if (!models) models = std::make_unique<fleet::models::Models>(uses(), settings);
    ServerModel model({.http = http, .clock = clock, .models = *models, .of_every_tenant = of_every_tenant}, endpoints);
    return run(model.ask({.tenant_id = tenant_id,
                          .person = "anna",
                          .members = {{"messages", boost::json::array()}},
                          .wanted = std::move(wanted)}));
  }
  kit::FakeHttp http;
  fleet::models::ModelSettings settings;
  std::vector<Endpoint> endpoints{{.name = "one", .base_url = "http://one/v1", .key = "k", .model = "m"},
                                  {.name = "two", .base_url = "http://two/v1", .model = "m"}};
  std::unique_ptr<fleet::models::Models> models;
  bool of_every_tenant = false;
};

TEST_F(SummaryModelTest, OtherTenantsAreServedWhereTheServerSaysSo) {
  EXPECT_EQ(ask(7).error().code(), Errc::unsupported);
  of_every_tenant = true;
  http.answers = {{.type = "text/event-stream", .body = events("theirs")}};
  const auto said = ask(7);
  ASSERT_TRUE(said) << said.error().message();
  EXPECT_EQ(*said, "theirs");
}

TEST_F(SummaryModelTest, TheNextOneIsAskedWhereOneIsOverItsLimitOrDiesInTheMiddle) {
  http.answers = {{.status = 429, .body = R"({"error":{"message":"slow down"}})", .headers = {{"Retry-After", "60"}}},
                  {.type = "text/event-stream", .body = events("from two")}};
  const auto said = ask();
  ASSERT_TRUE(said) << said.error().message();
  EXPECT_EQ(*said, "from two");
  http.requests.clear();
  http.answers = {{.type = "text/event-stream", .body = events("half", ""), .broken = Error(Errc::unavailable, "lost")},
                  {.type = "text/event-stream", .body = events("whole")}};
  const auto again = ask();
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(*again, "whole");
}

TEST_F(SummaryModelTest, ARefusalAndACutAnswerAreToldApart) {
  endpoints.pop_back();
  http.answers = {{.type = "text/event-stream", .body = events("I can't help with that.", "content_filter")}};
  EXPECT_EQ(ask().error().code(), Errc::forbidden);
  http.answers = {{.type = "text/event-stream", .body = events("{\"summary\":", "length")}};
  EXPECT_EQ(ask().error().code(), Errc::bad_json);
}

TEST_F(SummaryModelTest, NobodyWhoAnswersIsNoFailureOfTheDatabase) {
  endpoints.pop_back();
  http.answers = {{.status = 401, .body = R"({"error":{"message":"bad key"}})"}};
  const auto said = ask();
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().code(), Errc::timed_out);
  EXPECT_EQ(said.error().message(), "No model answered: status 401.");
}

TEST_F(SummaryModelTest, TheServersKeysAreNotForOtherTenants) {
  EXPECT_FALSE(ask(2));
  EXPECT_TRUE(http.requests.empty());
}

TEST_F(SummaryModelTest, WhatItCostsIsBookedAndTheDaysLimitHolds) {
  endpoints.pop_back();
  endpoints[0].price = fleet::models::Price{.input = 1'000'000, .output = 1'000'000};
  settings.limits.person = 1;
  http.answers = {{.type = "text/event-stream", .body = events("x")}};
  EXPECT_EQ(ask().error().code(), Errc::limit_exceeded);
  EXPECT_TRUE(http.requests.empty());
  settings.limits.person.reset();
  models.reset();
  ASSERT_TRUE(ask());
  const auto booked = sum(models->spending(), fleet::models::Scope::bot);
  EXPECT_GT(booked.spent, 0);
}

TEST_F(SummaryModelTest, OnesThatHangAreLeftWhenNobodyWaits) {
  http.hang = true;
  http.answers = {{.type = "text/event-stream", .body = events("x")}};
  const auto begun = std::chrono::steady_clock::now();
  const auto said = ask(1, [&] { return std::chrono::steady_clock::now() - begun < std::chrono::milliseconds(150); });
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().code(), Errc::unavailable);
}

TEST(SummaryModels, AreChosenByNameInTheOrderOfTheNames) {
  const std::vector<Endpoint> all{{.name = "openai", .base_url = "a", .model = "gpt"},
                                  {.name = "local", .base_url = "b", .model = "llama"}};
  EXPECT_EQ(chosen(all, {"local", "gpt"}), (std::vector<Endpoint>{all[1], all[0]}));
  EXPECT_EQ(chosen(all, {"local", "*"}), (std::vector<Endpoint>{all[1], all[0]}));
  EXPECT_TRUE(chosen(all, {"other"}).empty());
  EXPECT_TRUE(chosen(all, {}).empty());
}

}  // namespace
}  // namespace troupe::meetings::summary
