// Servers that misbehave: answers that are somebody else's, twice there, or none at all; floods; schemas that lead
// round in circles.
#include "assistant/mcp_client/servers_fixture.h"
#include "assistant/packs/pack.h"
#include "assistant/schema/strict.h"
#include "assistant/schema/validator.h"

namespace troupe::assistant::mcp_client::testing_servers {
namespace {

const std::string kHostileProgram = R"({"transport":"stdio","command":"srv"})";

std::string answer_to(std::int64_t id, std::string_view text) {
  const Json said(JsonObject{{"content", {{{"type", "text"}, {"text", text}}}}});
  return boost::json::serialize(JsonObject{{"jsonrpc", "2.0"}, {"id", id}, {"result", said}});
}

class HostileTest : public ServersTest {
 protected:
  /// All but tools/call as it should be; that is the test's.
  void hostile(std::function<Result<ClientResponse>(std::int64_t id, const kit::FakeHttp::Receive&)> said) {
    http.stream = [this, said = std::move(said)](const ClientRequest& request,
                                                 const auto& receive) -> Result<ClientResponse> {
      if (request.method != "POST") return status(405);
      const auto message = parsed(request.body).get_object();
      if (matrix::find_string(message, "method") != "tools/call") return over_http(request, "s");
      ++calls_;
      return said(matrix::find_integer(message, "id").value_or(0), receive);
    };
  }
  /// The same of a program.
  FakePrograms::Talk talking(std::function<void(int socket, std::int64_t id)> said) {
    return [this, said = std::move(said)](int socket, int) {
      each_line(socket, [&](const std::string& line) {
        const auto message = parsed(line).get_object();
        const auto answer = server.answer(message);
        if (server.methods.back() == "tools/call") {
          said(socket, matrix::find_integer(message, "id").value_or(0));
        } else if (answer) {
          send_line(socket, boost::json::serialize(*answer));
        }
        return true;
      });
    };
  }
  int calls_ = 0;
};

TEST_F(HostileTest, AnswersToSomethingElseAreNoAnswers) {
  hostile([](std::int64_t id, const auto&) { return status(200, answer_to(id + 1, "another's")); });
  const auto got = call("write");
  ASSERT_TRUE(got.broken);
  EXPECT_TRUE(got.sent) << "it may have been done";
  EXPECT_THAT(got.response.body, Not(HasSubstr("another's")));
  EXPECT_EQ(calls_, 1) << "and is not sent again by itself";
}

TEST_F(HostileTest, OfSeveralAnswersTheFirstToTheCallCounts) {
  hostile([](std::int64_t id, const auto& receive) {
    for (const auto& data :
         {answer_to(id + 7, "another's"), std::string("{nonsense"), answer_to(id, "first"), answer_to(id, "second")})
      if (!receive({.event = "message", .data = data, .id = {}})) break;
    return events("");
  });
  const auto got = call("write");
  ASSERT_FALSE(got.broken) << got.broken->message();
  EXPECT_EQ(got.response.body, R"("first")");
}

TEST_F(HostileTest, WhatIsNoJsonIsNoAnswer) {
  for (const std::string& body : std::initializer_list<std::string>{
           "{\"jsonrpc\":\"2.0\",\"id\":", std::string("\xff\xfe\x80"), std::string("[]"), std::string("null"),
           std::string(),
           "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"\xc3\x28\"}]}}",
           std::string(200'000, '[')}) {
    hostile([&](std::int64_t, const auto&) { return status(200, body); });
    const auto got = call("write");
    ASSERT_TRUE(got.broken) << body.substr(0, 80);
    EXPECT_TRUE(got.sent) << body.substr(0, 80);
  }
  EXPECT_EQ(calls_, 7);
}

TEST_F(HostileTest, ProgramsThatAnswerOthersSpeakNonsenseOrTwice) {
  FakePrograms programs(talking([](int socket, std::int64_t id) {
    send_line(socket, "\xff\xfe not JSON");
    send_line(socket, "");
    send_line(socket, answer_to(id + 1, "another's"));
    send_line(socket, answer_to(id, "first"));
    send_line(socket, answer_to(id, "second"));
  }));
  hub(&programs);
  const auto of = service(kHostileProgram);
  for (int i = 0; i < 3; ++i) {
    const auto got = call(tool("write", "{}", of));
    ASSERT_FALSE(got.broken) << got.broken->message();
    EXPECT_EQ(got.response.body, R"("first")") << "also when the last call was answered twice";
  }
  ASSERT_TRUE(run(hub().stop()));
}

TEST_F(HostileTest, AFloodOfNotificationsHidesNoAnswer) {
  FakePrograms programs(talking([](int socket, std::int64_t id) {
    const std::string note =
        R"({"jsonrpc":"2.0","method":"notifications/message","params":{"data":")" + std::string(200, 'n') + R"("}})";
    for (int i = 0; i < 20'000; ++i) send_line(socket, note);
    send_line(socket, answer_to(id, "there"));
  }));
  hub(&programs);
  const auto got = call(tool("write", "{}", service(kHostileProgram)));
  ASSERT_FALSE(got.broken) << got.broken->message();
  EXPECT_EQ(got.response.body, R"("there")");
  ASSERT_TRUE(run(hub().stop()));
}

TEST(HostileToolsTest, OfOneNameAreToldApartAndThoseWithoutASchemaLeftOut) {
  const auto tools = parsed(R"([
    {"name":"twice","description":"a","annotations":{"readOnlyHint":true},"inputSchema":{"type":"object"}},
    {"name":"twice","description":"b","inputSchema":{"type":"object"}},
    {"name":"text","inputSchema":"a text"},
    {"name":"list","inputSchema":[1,2]},
    {"name":"array","inputSchema":{"type":"array"}},
    {"name":"none"},
    {"name":7,"inputSchema":{"type":"object"}},
    "no tool",
    {"name":"good","inputSchema":{"type":"object"}}])")
                         .get_array();
  const auto read = packs::read_pack(
      {{"config.json", R"({"service":"ev","mcp":{"transport":"http","url":"https://ev.example/mcp"}})"}}, &tools);
  ASSERT_TRUE(read.pack);
  EXPECT_NE(read.pack->find("good"), nullptr);
  for (const auto* name : {"text", "list", "array"}) EXPECT_EQ(read.pack->find(name), nullptr) << name;
}

TEST(HostileToolsTest, WhoseSchemasGoRoundInCirclesEnd) {
  for (
      const auto* schema :
      {R"({"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]})",
       R"({"type":"object","properties":{"a":{"$ref":"#/$defs/x"}},"$defs":{"x":{"$ref":"#/$defs/y"},"y":{"$ref":"#/$defs/x"}}})",
       R"({"type":"object","$ref":"#"})",
       R"({"type":"object","properties":{"a":{"allOf":[{"$ref":"#/properties/a"}]}}})",
       R"({"type":"object","properties":{"a":{"anyOf":[{"$ref":"#/properties/b"},{"$ref":"#/properties/a"}]},"b":{"anyOf":[{"$ref":"#/properties/a"},{"$ref":"#/properties/b"}]}}})",
       R"({"type":"object","properties":{"a":{"$ref":"https://elsewhere.example/x"},"b":{"$ref":"#/no/where"}}})"}) {
    const auto tools = parsed(std::string(R"([{"name":"round","inputSchema":)") + schema +
                              R"(},{"name":"good","inputSchema":{"type":"object"}}])")
                           .get_array();
    const auto read = packs::read_pack(
        {{"config.json", R"({"service":"ev","mcp":{"transport":"http","url":"https://ev.example/mcp"}})"}}, &tools);
    ASSERT_TRUE(read.pack) << schema;
    EXPECT_NE(read.pack->find("good"), nullptr) << schema;
    // What can be planned with it ends, too.
    schema::validate(parsed(schema).get_object(), parsed(R"({"a":{"a":{"a":{}}},"b":1})"));
    EXPECT_NO_THROW(schema::strict_variant(parsed(schema).get_object())) << schema;
  }
}

}  // namespace
}  // namespace troupe::assistant::mcp_client::testing_servers
