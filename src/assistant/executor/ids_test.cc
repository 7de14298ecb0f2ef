// Ids that a service gives: the next call has them exactly as they were written, or says that it cannot.
#include "assistant/executor/executor_fixture.h"

namespace troupe::assistant::executor {
namespace {

using tasks::Phase;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kIdsDocument = R"({"openapi":"3.0.3","info":{"title":"Shop","version":"1"},
  "servers":[{"url":"https://shop.example/v1"}],"paths":{
  "/things":{"get":{"operationId":"list_things","summary":"List","responses":{"200":{"description":"ok"}}}},
  "/things/{id}":{"get":{"operationId":"get_thing","summary":"Get","parameters":[
    {"name":"id","in":"path","required":true,"schema":{"type":"string"}},
    {"name":"also","in":"query","schema":{"type":"string"}}],"responses":{"200":{"description":"ok"}}}},
  "/numbered/{id}":{"get":{"operationId":"get_numbered","summary":"Get","parameters":[
    {"name":"id","in":"path","required":true,"schema":{"type":"integer"}}],"responses":{"200":{"description":"ok"}}}},
  "/notes":{"post":{"operationId":"add_note","summary":"Note","requestBody":{"required":true,"content":{
    "application/json":{"schema":{"type":"object","required":["thing"],"properties":{"thing":{"type":"string"}}}}}},
    "responses":{"200":{"description":"ok"}}}}}})";
constexpr std::string_view kIdsConfig = R"({"service":"shop","enabled":true,"openapiRef":"openapi.json",
  "auth":{"scheme":"bearer"},"approval":{"of":"marked"}})";
constexpr std::string_view kIdsProbes = R"({"add_note":{"kind":"repeatable","reason":"it only counts"}})";

class IdsTest : public ExecutorTest {
 protected:
  /// A list whose one entry has this id, and a call with it.
  tasks::TaskView passed_on(const std::string& id, const std::string& call) {
    offer({in_use("shop", {{"config.json", std::string(kIdsConfig)},
                           {"openapi.json", std::string(kIdsDocument)},
                           {"probes.json", std::string(kIdsProbes)},
                           {"workflows.json",
                            R"({"go":[{"action":"shop.list_things","bind":{},"out":"list"},)" + call + "]}"}})});
    targets.clear();
    bodies.clear();
    http.answer = [this, id](const ClientRequest& request) -> Result<ClientResponse> {
      const auto target = target_of(request);
      if (target == "/v1/things") return json_answer(200, R"({"items":[{"id":)" + id + "}]}");
      targets.push_back(target);
      bodies.push_back(request.body);
      return json_answer(200, "{}");
    };
    return executed("shop", "go", "{}");
  }
  tasks::TaskView in_path(const std::string& id) {
    return passed_on(id, R"({"action":"shop.get_thing","bind":{"id":"$steps.list.items[0].id"}})");
  }
  tasks::TaskView in_query(const std::string& id) {
    return passed_on(id, R"({"action":"shop.get_thing","bind":{"id":"one","also":"$steps.list.items[0].id"}})");
  }
  tasks::TaskView in_body(const std::string& id) {
    return passed_on(id, R"({"action":"shop.add_note","bind":{"thing":"$steps.list.items[0].id"}})");
  }
  tasks::TaskView as_number(const std::string& id) {
    return passed_on(id, R"({"action":"shop.get_numbered","bind":{"id":"$steps.list.items[0].id"}})");
  }
  std::vector<std::string> targets, bodies;
};

TEST_F(IdsTest, WholeNumbersKeepTheirDigits) {
  for (const std::string id :
       {"9007199254740993", "9223372036854775807", "-9223372036854775808", "18446744073709551615",
        "18446744073709551616", "123456789012345678901234567890", "-9223372036854775809"}) {
    EXPECT_EQ(in_path(id).task.phase, Phase::done) << id;
    EXPECT_THAT(targets, ElementsAre("/v1/things/" + id));
    in_query(id);
    EXPECT_THAT(targets, ElementsAre("/v1/things/one?also=" + id));
    in_body(id);
    EXPECT_THAT(bodies, ElementsAre(R"({"thing":")" + id + R"("})"));
  }
}

TEST_F(IdsTest, WhatANumberCannotHoldIsRefusedWhereOneIsWanted) {
  EXPECT_EQ(as_number("18446744073709551615").task.phase, Phase::done);
  EXPECT_THAT(targets, ElementsAre("/v1/numbered/18446744073709551615"));
  EXPECT_EQ(as_number(R"("18446744073709551615")").task.phase, Phase::done) << "also as a text";
  EXPECT_THAT(targets, ElementsAre("/v1/numbered/18446744073709551615"));
  for (const std::string id : {"18446744073709551616", R"("007")", R"("-0")", R"("18446744073709551616")"}) {
    const auto seen = as_number(id);
    EXPECT_EQ(seen.task.phase, Phase::failed) << id;
    EXPECT_THAT(seen.task.reason, HasSubstr("shop.get_numbered cannot be called: id ")) << id;
    EXPECT_TRUE(targets.empty()) << id;
  }
}

TEST_F(IdsTest, ANulStaysOneOrIsRefused) {
  const std::string id = R"("a\u0000b")";
  const auto refused = in_path(id);
  EXPECT_EQ(refused.task.phase, Phase::failed);
  EXPECT_THAT(refused.task.reason, HasSubstr("must have no control characters"));
  EXPECT_TRUE(targets.empty());
  EXPECT_EQ(in_query(id).task.phase, Phase::done);
  EXPECT_THAT(targets, ElementsAre("/v1/things/one?also=a%00b"));
  EXPECT_EQ(in_body(id).task.phase, Phase::done);
  EXPECT_THAT(bodies, ElementsAre(R"({"thing":"a\u0000b"})"));
}

TEST_F(IdsTest, AfterAQuestionAndARestartTheyAreTheSame) {
  const std::string with_nul("n\0ul", 4);
  offer({in_use("shop", {{"config.json", std::string(kIdsConfig)},
                         {"openapi.json", std::string(kIdsDocument)},
                         {"probes.json", std::string(kIdsProbes)},
                         {"workflows.json",
                          R"({"go":[{"action":"shop.list_things","bind":{},"out":"list"},
                           {"choose":{"from":"$steps.list.items","id":"/id","label":["/name"],"question":"Which?"},"out":"it"},
                           {"action":"shop.add_note","bind":{"thing":"$steps.it.id"}}]})"}})});
  http.answer = [this](const ClientRequest& request) -> Result<ClientResponse> {
    if (target_of(request) == "/v1/things")
      return json_answer(
          200, R"({"items":[{"id":123456789012345678901234567890,"name":"a"},{"id":"n\u0000ul","name":"b"}]})");
    bodies.push_back(request.body);
    return json_answer(200, "{}");
  };
  for (const auto& id : {std::string("123456789012345678901234567890"), with_nul}) {
    bodies.clear();
    const auto asked = executed("shop", "go", "{}");
    ASSERT_TRUE(asked.question) << asked.task.reason;
    program_dies();
    const auto done = answered(asked.task.id, id);
    EXPECT_EQ(done.task.phase, Phase::done) << done.task.reason;
    EXPECT_THAT(bodies, ElementsAre(matrix::canonical_json(JsonObject{{"thing", id}})));
  }
}

}  // namespace
}  // namespace troupe::assistant::executor
