#include "fleet/brains/flowise/flowise_answer.h"

#include <gtest/gtest.h>

#include "fleet/brains/flowise/flowise_target.h"

namespace troupe::fleet::brains {
namespace {

TEST(FlowiseAnswer, ReadsTextAndWhatComesWithIt) {
  auto answer = read_flowise_answer(R"({"text":"hi","question":"q","chatId":"c","chatMessageId":"m","sessionId":"s",
    "followUpPrompts":"\"[\\\"a?\\\",\\\"b?\\\"]\"",
    "sourceDocuments":[{"pageContent":"text","metadata":{"source":"/data/book.pdf"}},
                       {"pageContent":"text","metadata":{"source":"https://x.org/y","title":"Y"}}, 7, {"metadata":3}],
    "artifacts":[{"type":"png","data":"FILE-STORAGE::a.png"},{"type":"html","data":"<p>"},{"type":"jpeg","data":"data:image/jpeg;base64,AAAA"}],
    "usageMetadata":{"input_tokens":5,"output_tokens":7}})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->text, "hi");
  EXPECT_EQ(answer->message_id, "m");
  EXPECT_EQ(answer->follow_ups, (std::vector<std::string>{"a?", "b?"}));
  ASSERT_EQ(answer->sources.size(), 2U);
  EXPECT_EQ(answer->sources[0].title, "book.pdf");
  EXPECT_EQ(answer->sources[1].url, "https://x.org/y");
  ASSERT_EQ(answer->files.size(), 2U);
  EXPECT_EQ(answer->files[0].stored, "a.png");
  EXPECT_EQ(answer->files[1].bytes.size(), 3U);
  EXPECT_EQ(answer->usage.tokens_out, 7);
}

TEST(FlowiseAnswer, TakesOtherShapesAsTheyAre) {
  EXPECT_EQ(read_flowise_answer(R"({"json":{"a":1},"chatId":"c"})")->text, "```json\n{\"a\":1}\n```");
  EXPECT_EQ(read_flowise_answer(R"("just a string")")->text, "just a string");
  EXPECT_EQ(read_flowise_answer(R"({"result":1})")->text, "```json\n{\"result\":1}\n```");
  EXPECT_EQ(read_flowise_answer(R"({"text":{"a":1}})")->text, "```json\n{\"a\":1}\n```");
  EXPECT_EQ(read_flowise_answer(R"({"text":"","chatMessageId":"m"})")->text, "");
  EXPECT_FALSE(read_flowise_answer("<html>"));
  EXPECT_TRUE(read_flowise_answer(R"({"text":")" + std::string(2'000'000, 'x') + R"("})")->cut);
}

TEST(FlowiseAnswer, ReadsWhatAnAgentFlowAsksAPerson) {
  auto answer =
      read_flowise_answer(R"({"text":"ok?","action":{"id":"1","mapping":{"approve":"Proceed","reject":"Reject"},
    "elements":[{"type":"agentflowv2-approve-button","label":"Send it"},{"type":"agentflowv2-reject-button","label":"No"}],
    "data":{"nodeId":"humanInputAgentflow_0","input":"x"}}})");
  ASSERT_TRUE(answer && answer->action);
  EXPECT_EQ(answer->action->node, "humanInputAgentflow_0");
  EXPECT_EQ(answer->action->approve, "Send it");
  EXPECT_EQ(answer->action->reject, "No");
  EXPECT_FALSE(read_flowise_answer(R"({"text":"x","action":{}})")->action);
  EXPECT_FALSE(read_flowise_answer(R"({"text":"x","action":null})")->action);
}

TEST(FlowiseStream, CollectsTokensAndIgnoresTheRest) {
  FlowiseStream stream;
  EXPECT_FALSE(stream.take(R"({"event":"start","data":"Hel"})"));
  EXPECT_TRUE(stream.take(R"({"event":"token","data":"Hel"})"));
  EXPECT_FALSE(stream.take(R"({"event":"agentFlowExecutedData","data":[{"nodeId":"x"}]})"));
  EXPECT_TRUE(stream.take(R"({"event":"token","data":"lo"})"));
  for (std::string_view junk : {"", "[DONE]", "{", "7", R"({"event":"token","data":7})", R"({"event":"token"})",
                                R"({"event":5,"data":"x"})", R"({"event":"metadata","data":"x"})",
                                R"({"event":"sourceDocuments","data":{}})", R"({"event":"action","data":[]})"}) {
    EXPECT_FALSE(stream.take(junk)) << junk;
  }
  EXPECT_FALSE(
      stream.take(R"({"event":"metadata","data":{"chatId":"c","chatMessageId":"m","followUpPrompts":["x?"]}})"));
  EXPECT_FALSE(stream.answer().ended);
  EXPECT_FALSE(stream.take(R"({"event":"end","data":"[DONE]"})"));
  EXPECT_TRUE(stream.answer().ended);
  EXPECT_EQ(stream.answer().text, "Hello");
  EXPECT_EQ(stream.answer().message_id, "m");
  EXPECT_EQ(stream.answer().follow_ups.size(), 1U);
}

TEST(FlowiseStream, RemembersErrorsAndSums) {
  FlowiseStream stream;
  stream.take(R"({"event":"usageMetadata","data":{"prompt_tokens":3,"completion_tokens":4}})");
  stream.take(R"({"event":"usageMetadata","data":{"input_tokens":1,"output_tokens":1}})");
  stream.take(R"({"event":"error","data":"boom"})");
  EXPECT_EQ(stream.answer().usage.tokens_in, 4);
  EXPECT_EQ(stream.answer().error, "boom");
}

TEST(FlowiseErrors, AreReadFromAnyBody) {
  EXPECT_EQ(flowise_error_message(R"({"statusCode":500,"success":false,"message":"Error: no","stack":{}})"),
            "Error: no");
  EXPECT_EQ(flowise_error_message("Too many requests"), "Too many requests");
  EXPECT_LE(flowise_error_message(std::string(10'000, 'x')).size(), 510U);
}

TEST(FlowiseAddress, IsUnderstoodInEveryShape) {
  auto check = [](std::string_view url, std::string_view api, std::string_view flow) {
    auto address = parse_flowise_address(url);
    ASSERT_TRUE(address) << url;
    EXPECT_EQ(address->api, api) << url;
    EXPECT_EQ(address->flow, flow) << url;
  };
  check("http://h:3000/api/v1/prediction/abc-1", "http://h:3000/api/v1", "abc-1");
  check("https://h/flowise/api/v1/prediction/abc/?x=1", "https://h/flowise/api/v1", "abc");
  check("http://h:3000", "http://h:3000/api/v1", "");
  check("http://h:3000/api/v1/", "http://h:3000/api/v1", "");
  check("http://h:3000/canvas/abc", "http://h:3000/api/v1", "abc");
  check("http://h:3000/v2/agentcanvas/abc", "http://h:3000/api/v1", "abc");
  check("http://h:3000/chatbot/abc", "http://h:3000/api/v1", "abc");
  for (std::string_view bad :
       {"", "x", "ftp://h/prediction/x", "http://", "http://u:p@h/prediction/x", "http://h/prediction/a/b",
        "http://h/prediction/", "http://h/prediction/../x", "http://h /x"}) {
    EXPECT_FALSE(parse_flowise_address(bad)) << bad;
  }
}

}  // namespace
}  // namespace troupe::fleet::brains
