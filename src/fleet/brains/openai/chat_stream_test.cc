#include "fleet/brains/openai/chat_stream.h"

#include <gtest/gtest.h>

#include <vector>

#include "net/client/sse.h"

namespace troupe::fleet::brains {
namespace {

std::string delta(std::string_view text) {
  return boost::json::serialize(
      boost::json::object{{"choices", {boost::json::object{{"index", 0}, {"delta", {{"content", text}}}}}}});
}

ChatAnswer stream(const std::vector<std::string>& events) {
  ChatStream stream;
  for (const auto& event : events) {
    auto more = stream.feed(event);
    if (!more) throw std::runtime_error(more.error().message());
    if (!*more) break;
  }
  stream.end();
  return stream.answer();
}

TEST(ChatStreamTest, JoinsDeltas) {
  auto answer = stream({R"({"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})", delta("Hel"),
                        R"({"choices":[]})", R"({"choices":[{"index":1,"delta":{"content":"another"}}]})", delta("lo"),
                        R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})",
                        R"({"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}})",
                        "[DONE]", delta("after the end")});
  EXPECT_EQ(answer.text, "Hello");
  EXPECT_EQ(answer.finish_reason, "stop");
  EXPECT_EQ(answer.tokens_in, 7);
  EXPECT_EQ(answer.tokens_out, 2);
  EXPECT_TRUE(answer.whole);
}

TEST(ChatStreamTest, AnAnswerWithoutAnEndIsNotWhole) {
  EXPECT_FALSE(stream({delta("half")}).whole);
  EXPECT_TRUE(stream({delta("all"), "[DONE]"}).whole);
}

TEST(ChatStreamTest, HidesReasoningWhereverItComes) {
  EXPECT_EQ(stream({R"({"choices":[{"delta":{"reasoning_content":"hm"}}]})", delta("yes")}).text, "yes");
  EXPECT_EQ(stream({R"({"choices":[{"delta":{"reasoning":"hm","reasoning_content":"hm"}}]})", delta("yes")}).reasoning,
            "hm");
  auto parts = stream({R"({"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},
    {"type":"text","text":"yes"}]}}]})"});
  EXPECT_EQ(parts.text, "yes");
  EXPECT_EQ(parts.reasoning, "hm");
}

std::string call_piece(std::string_view call) {
  return R"({"choices":[{"delta":{"tool_calls":[)" + std::string(call) + "]}}]}";
}

TEST(ChatStreamTest, ToolCallsArePutTogetherHoweverServersCutThem) {
  const auto told = [](const ChatAnswer& answer) {
    std::string text;
    for (const auto& call : answer.calls) text += call.name + call.arguments + ";";
    return text;
  };
  // In fragments of two at once.
  EXPECT_EQ(told(stream({call_piece(R"({"index":0,"id":"x","function":{"name":"a","arguments":""}})"),
                         call_piece(R"({"index":0,"function":{"arguments":"{\"k\":"}})"),
                         call_piece(R"({"index":1,"id":"y","function":{"name":"b","arguments":"{"}})"),
                         call_piece(R"({"index":0,"function":{"arguments":"1}"}})"),
                         call_piece(R"({"index":1,"function":{"arguments":"}"}})")})),
            R"(a{"k":1};b{};)");
  // Each whole, all with the same number; as an object; without a number.
  EXPECT_EQ(told(stream({call_piece(R"({"index":0,"function":{"name":"a","arguments":"{}"}})"),
                         call_piece(R"({"index":0,"function":{"name":"b","arguments":{"k":2}}})")})),
            R"(a{};b{"k":2};)");
  EXPECT_EQ(told(stream({call_piece(R"({"function":{"name":"a","arguments":"{"}})"),
                         call_piece(R"({"function":{"arguments":"}"}})"), call_piece(R"({"function":{"name":"b"}})")})),
            "a{};b;");
  // The name in every piece.
  EXPECT_EQ(told(stream({call_piece(R"({"index":0,"function":{"name":"a","arguments":"{\"k\""}})"),
                         call_piece(R"({"index":0,"function":{"name":"a","arguments":":3}"}})")})),
            R"(a{"k":3};)");
  std::vector<std::string> many(20, call_piece(R"({"function":{"name":"a","arguments":"{}"}})"));
  EXPECT_EQ(stream(many).calls.size(), 8U);
  EXPECT_TRUE(stream({R"({"choices":[{"delta":{"refusal":"I will not"}}]})"}).refused);
}

TEST(ChatStreamTest, PartsALeadingThinkFromTheAnswerInAnyPieces) {
  std::string whole = "\n<think>a < b </thin k></think>\n\nThe <think> answer.";
  for (std::size_t size = 1; size <= whole.size(); ++size) {
    std::vector<std::string> events;
    for (std::size_t at = 0; at < whole.size(); at += size) events.push_back(delta(whole.substr(at, size)));
    auto answer = stream(events);
    EXPECT_EQ(answer.text, "The <think> answer.") << size;
    EXPECT_EQ(answer.reasoning, "a < b </thin k>") << size;
  }
  EXPECT_EQ(stream({delta("<thi")}).text, "<thi");
  EXPECT_EQ(stream({delta("<think>never ends </thi")}).reasoning, "never ends </thi");
  EXPECT_EQ(stream({delta("  indented")}).text, "  indented");
}

TEST(ChatStreamTest, ReportsErrorsInsideTheStream) {
  for (std::string_view text :
       {R"({"error":{"message":"out of memory","type":"server_error"}})",
        R"({"object":"error","message":"out of memory","code":500})", R"({"error":"out of memory"})"}) {
    ChatStream stream;
    auto more = stream.feed(text);
    ASSERT_FALSE(more) << text;
    EXPECT_EQ(more.error().code(), Errc::unavailable);
    EXPECT_NE(more.error().detail().find("out of memory"), std::string::npos);
    EXPECT_EQ(more.error().message().find("out of memory"), std::string::npos);
  }
  ChatStream stream;
  EXPECT_FALSE(stream.feed(R"({"choices":[{"delta":{"cont)"));
  EXPECT_FALSE(stream.feed("[1]"));
}

TEST(ChatStreamTest, CutsAnEndlessAnswer) {
  ChatStream stream;
  auto piece = delta(std::string(60'000, 'x') + "é");
  int fed = 0;
  while (fed < 100) {
    ++fed;
    auto more = stream.feed(piece);
    ASSERT_TRUE(more);
    if (!*more) break;
  }
  EXPECT_EQ(fed, 5);
  EXPECT_LE(stream.answer().text.size(), kMaxChatTextBytes);
  EXPECT_EQ(stream.answer().finish_reason, "length");
}

TEST(ChatBodyTest, ReadsJsonAndStreamsWhateverTheyAreCalled) {
  auto json = read_chat_body(
      R"( {"choices":[{"message":{"content":"<think>x</think>hi"},"finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":4}})");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->text, "hi");
  EXPECT_EQ(json->finish_reason, "length");
  EXPECT_EQ(json->tokens_out, 4);
  auto events = read_chat_body(": keep-alive\r\n\r\ndata: " + delta("a") + "\r\n\r\ndata: " + delta("b"));
  ASSERT_TRUE(events);
  EXPECT_EQ(events->text, "ab");
  EXPECT_FALSE(read_chat_body("<html>502</html>"));
  EXPECT_FALSE(read_chat_body(""));
  EXPECT_FALSE(read_chat_body("{\"choices\":["));
  auto silent = read_chat_body(R"({"choices":[{"message":{"content":null}}]})");
  ASSERT_TRUE(silent);
  EXPECT_EQ(silent->text, "");
}

TEST(ChatErrorTest, KnowsAnOverflowInManyWords) {
  for (std::string_view body :
       {R"j({"error":{"message":"This model's maximum context length is 8192","code":"context_length_exceeded"}})j",
        R"j({"error":{"code":400,"message":"request (258 tokens) is too long","type":"exceed_context_size_error"}})j",
        R"j({"object":"error","message":"However, the model's context length is only 1024","code":400})j"}) {
    EXPECT_TRUE(read_chat_error(400, body).overflow) << body;
  }
  auto other = read_chat_error(404, R"({"error":{"message":"model \"x\" not found","code":"model_not_found"}})");
  EXPECT_FALSE(other.overflow);
  EXPECT_EQ(other.code, "model_not_found");
  EXPECT_EQ(read_chat_error(502, "<html>" + std::string(9000, 'x')).message.size(), 500u);
}

TEST(ChatStreamTest, AToolCallInAnyShapeIsNoted) {
  // Arguments over chunks, an id only in the first, invalid JSON in the end.
  auto split = stream(
      {R"({"choices":[{"delta":{"content":"Let me see. "}}]})",
       R"({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"weather","arguments":""}}]}}]})",
       R"({"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"ci"}}]}}]})",
       R"({"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"ty\": oops"}}]}}]})",
       R"({"choices":[{"delta":{},"finish_reason":"tool_calls"}]})",
       R"({"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":6}})", "[DONE]"});
  EXPECT_EQ(split.text, "Let me see. ");
  EXPECT_TRUE(split.wants_tool);
  EXPECT_EQ(split.tools, std::vector<std::string>{"weather"});
  ASSERT_EQ(split.calls.size(), 1U);
  EXPECT_EQ(split.calls[0].arguments, R"({"city": oops)");
  EXPECT_EQ(split.tokens_out, 6);
  EXPECT_TRUE(split.whole);
  auto whole = read_chat_body(
      R"({"choices":[{"message":{"content":null,"tool_calls":[{"function":{"name":"a","arguments":"{"}},{"function":{"name":"b"}}]}}]})");
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->tools, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(stream({R"({"choices":[{"delta":{"function_call":{"name":"old","arguments":"{}"}}}]})"}).wants_tool);
  EXPECT_TRUE(stream({R"({"choices":[{"delta":{"tool_calls":["nonsense",{"function":7}]}}]})"}).wants_tool);
  EXPECT_FALSE(stream({R"({"choices":[{"delta":{"content":"x","tool_calls":[]}}]})"}).wants_tool);
  EXPECT_FALSE(stream({R"({"choices":[{"delta":{"content":"x","tool_calls":null}}]})"}).wants_tool);
}

TEST(ChatStreamTest, KnowsAToolCallThatItsServerDidNotRead) {
  for (std::string_view text : {"<tool_call>\n{\"name\":\"x\"}", "\n [TOOL_CALLS][{}]", "<|python_tag|>x()"}) {
    EXPECT_TRUE(is_tool_markup(text)) << text;
    for (std::size_t size = 0; size <= text.size(); ++size) EXPECT_TRUE(may_be_tool_markup(text.substr(0, size)));
  }
  for (std::string_view text : {"<tool", "a <tool_call>", "[TOOL", "<b>x</b>", ""}) EXPECT_FALSE(is_tool_markup(text));
  EXPECT_FALSE(may_be_tool_markup("<b"));
  EXPECT_FALSE(may_be_tool_markup("Hello"));
}

TEST(ChatStreamTest, ACharacterMayBeCutBetweenPackets) {
  const std::string body = "data: " + delta("naïve 日本 🎭") + "\n\ndata: [DONE]\n\n";
  for (std::size_t at = 1; at < body.size(); ++at) {
    net::client::SseParser parser(10'000);
    ChatStream chat;
    auto take = [&](const net::client::ServerSentEvent& event) { return chat.feed(event.data).value_or(false); };
    ASSERT_TRUE(parser.feed(body.substr(0, at), take));
    ASSERT_TRUE(parser.feed(body.substr(at), take));
    chat.end();
    EXPECT_EQ(chat.answer().text, "naïve 日本 🎭") << at;
  }
}

}  // namespace
}  // namespace troupe::fleet::brains
