// /mcp behind the real router, over the shipped packs and an assistant that says what the test has it say.
#include "assistant/mcp/server.h"

#include "assistant/dialogue/dialogue_fixture.h"
#include "assistant/mcp/mcp_routes.h"
#include "assistant/mcp/tools.h"
#include "assistant/routes/routes_fixture.h"

namespace troupe::assistant::mcp {
namespace {

using dialogue::Reply;
using dialogue::ReplyKind;
using routes::Answered;
using routes::HeaderList;

void set_up_over_shipped_packs(host::Context& context) {
  static dialogue::ShippedServices shipped;
  context.offer<services::Services>(shipped);
  set_up_mcp(context);
}

class McpServerTest : public routes::RoutesTest {
 protected:
  McpServerTest() : RoutesTest(false, set_up_over_shipped_packs) {
    looks_at_rows();
    on_anna = key_of(anna);
  }

  Answered post(const std::string& body, HeaderList headers, const std::string& target = "/mcp") {
    headers.emplace_back("Content-Type", "application/json");
    const auto response = raw("POST", target, body, headers);
    Answered answer{
        .status = response.status, .headers = response.headers, .body = nullptr, .text = std::string(response.body)};
    boost::system::error_code ec;
    answer.body = boost::json::parse(answer.text, ec);
    return answer;
  }
  static std::string message(std::string_view method, JsonObject params) {
    return boost::json::serialize(
        JsonObject{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", std::move(params)}});
  }
  /// With a handshake behind it.
  Answered ask(std::string_view method, JsonObject params, const std::string& target = "/mcp") {
    return post(message(method, std::move(params)), on_anna, target);
  }
  Answered use(std::string_view tool, JsonObject arguments, const std::string& target = "/mcp") {
    return ask("tools/call", {{"name", tool}, {"arguments", std::move(arguments)}}, target);
  }
  /// Without one; `more` are members of params.
  Answered use_modern(std::string_view tool, const JsonObject& more, bool can_ask, const HeaderList& headers) {
    JsonObject meta{{"io.modelcontextprotocol/protocolVersion", kModern}};
    JsonObject capabilities;
    if (can_ask) capabilities["elicitation"] = JsonObject();
    meta["io.modelcontextprotocol/clientCapabilities"] = std::move(capabilities);
    JsonObject params{{"name", tool}, {"arguments", JsonObject()}};
    params["_meta"] = std::move(meta);
    for (const auto& [key, value] : more) params[key] = value;
    return post(message("tools/call", std::move(params)), headers);
  }
  Answered use_modern(std::string_view tool, const JsonObject& more = {}) {
    return use_modern(tool, more, true, on_anna);
  }
  /// What the client sends once its person has dealt with the form of `asked`.
  static JsonObject dealt_with(const Answered& asked, std::string_view action, Json answer = nullptr) {
    JsonObject response{{"action", action}};
    if (!answer.is_null()) response["content"] = JsonObject{{"answer", std::move(answer)}};
    JsonObject responses;
    responses["person"] = std::move(response);
    JsonObject out{{"requestState", asked["/result/requestState"]}};
    out["inputResponses"] = std::move(responses);
    return out;
  }
  static std::string state(const Answered& answer) {
    return std::string(answer["/result/structuredContent/state"].as_string());
  }
  static std::string refusal(const Answered& answer) {
    return std::string(answer["/result/content/0/text"].as_string());
  }
  /// Each plan is this task as it stands.
  void plans(const std::string& task_id) {
    fake.on_plan = [this, task_id](tasks::Who who, std::string, tasks::TaskSpec spec) {
      planned_specs.push_back(std::move(spec));
      return look(std::move(who), task_id);
    };
  }
  /// What is done with an approval, and as it stands afterwards.
  void decides(const std::string& task_id) {
    const auto note = [this, task_id](std::string_view what) {
      return [this, task_id, what](tasks::Who who, std::string id, std::string digest) {
        decided.push_back(std::string(what) + " " + id + " " + digest);
        return look(std::move(who), task_id);
      };
    };
    fake.on_approve = note("approve");
    fake.on_reject = note("reject");
  }

  HeaderList on_anna;
  std::vector<tasks::TaskSpec> planned_specs;
  std::vector<std::string> decided;
};

TEST_F(McpServerTest, GreetsInBothEras) {
  auto greeted = ask("initialize", {{"protocolVersion", "2025-06-18"}});
  EXPECT_EQ(greeted.status, 200) << greeted.text;
  EXPECT_EQ(greeted["/result/protocolVersion"], "2025-06-18");
  EXPECT_EQ(greeted["/result/serverInfo/name"], "troupe");
  greeted = ask("initialize", {{"protocolVersion", "1999-01-01"}});
  EXPECT_EQ(greeted["/result/protocolVersion"], "2025-11-25");
  EXPECT_EQ(ask("ping", {}).status, 200);
  EXPECT_EQ(post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})", on_anna).status, 202);

  const JsonObject modern{{"io.modelcontextprotocol/protocolVersion", kModern}};
  const auto discovered = ask("server/discover", {{"_meta", modern}});
  EXPECT_EQ(discovered.status, 200) << discovered.text;
  EXPECT_EQ(discovered["/result/supportedVersions/0"], "2026-07-28");
  const auto unknown = ask("initialize", {{"_meta", modern}});
  EXPECT_EQ(unknown.status, 404) << "there is no handshake any more";
  EXPECT_EQ(unknown["/error/code"], -32601);
}

TEST_F(McpServerTest, IsForKeysOfTheAssistantAndNotForPagesOfOthers) {
  const auto list = message("tools/list", {});
  EXPECT_EQ(post(list, {}).status, 401);
  EXPECT_EQ(post(list, key_of(anna, {"bots"})).status, 403);
  EXPECT_EQ(post(list, on_anna).status, 200);
  auto with_origin = [&](const std::string& origin) {
    auto headers = on_anna;
    headers.emplace_back("Origin", origin);
    return post(list, std::move(headers)).status;
  };
  EXPECT_EQ(with_origin("http://127.0.0.1:8001"), 200);
  EXPECT_EQ(with_origin("https://evil.example"), 403);
  EXPECT_EQ(with_origin("null"), 403);
  const auto broken = post("{", on_anna);
  EXPECT_EQ(broken.status, 400);
  EXPECT_EQ(broken["/error/code"], -32700);
}

TEST_F(McpServerTest, ListsTheToolsOfTheServicesThatTheAddressNames) {
  const auto all = ask("tools/list", {});
  EXPECT_EQ(all["/result/tools/0/name"], "assistant.ask");
  EXPECT_EQ(all["/result/tools"].as_array().size(), kToolsPerPage);
  const auto next = ask("tools/list", {{"cursor", all["/result/nextCursor"]}});
  EXPECT_NE(next["/result/tools/0/name"], "assistant.ask");
  EXPECT_EQ(ask("tools/list", {{"cursor", "nonsense"}})["/error/code"], -32602);
  const auto some = ask("tools/list", {}, "/mcp?services=slack");
  for (const auto& tool : some["/result/tools"].as_array()) {
    const auto name = std::string(tool.at("name").as_string());
    EXPECT_TRUE(name.starts_with("slack.") || name.starts_with("assistant.")) << name;
  }
}

TEST_F(McpServerTest, AToolIsPlannedAndRun) {
  const auto task = planned(anna);
  plans(task.id);
  fake.on_execute = [this](tasks::Who who, std::string id) -> Task<Reply> {
    CO_TRY(auto reply, co_await look(std::move(who), std::move(id)));
    reply.kind = ReplyKind::result;
    reply.view->task.result = JsonObject{{"ts", "1.2"}};
    co_return reply;
  };
  const auto done = use("slack.send_message", {{"channel", "#general"}, {"text", "hello"}});
  ASSERT_EQ(done.status, 200) << done.text;
  EXPECT_EQ(state(done), "result");
  EXPECT_EQ(done["/result/structuredContent/result/ts"], "1.2");
  EXPECT_EQ(done["/result/structuredContent/task_id"].as_string(), task.id);
  EXPECT_FALSE(done["/result"].as_object().contains("isError"));
  ASSERT_EQ(planned_specs.size(), 1U);
  EXPECT_EQ(planned_specs[0].service, "slack");
  EXPECT_EQ(planned_specs[0].intent, "send_message");
  EXPECT_EQ(matrix::find_string(planned_specs[0].inputs, "text"), "hello");
}

TEST_F(McpServerTest, WhatIsNoToolIsPlannedByNobody) {
  plans(planned(anna).id);
  EXPECT_EQ(use("slack.no_such_thing", {})["/error/code"], -32602);
  EXPECT_EQ(use("nonsense", {})["/error/code"], -32602);
  EXPECT_EQ(use("slack.send_message", {}, "/mcp?services=bolt")["/error/code"], -32602);
  EXPECT_EQ(ask("tools/call", {{"name", "slack.send_message"}, {"arguments", JsonArray()}})["/error/code"], -32602);
  EXPECT_EQ(ask("resources/list", {})["/error/code"], -32601);
  EXPECT_TRUE(planned_specs.empty());
}

TEST_F(McpServerTest, WhatFailsIsForTheModelToReadAndWhatIsBrokenIsNot) {
  auto code = Errc::invalid_param;
  fake.on_plan = [&code](tasks::Who, std::string, tasks::TaskSpec) -> Task<Reply> {
    co_return Error(code, "The channel is missing.");
  };
  const auto failed = use("slack.send_message", {});
  EXPECT_EQ(failed.status, 200);
  EXPECT_EQ(failed["/result/isError"], true);
  EXPECT_EQ(refusal(failed), "The channel is missing.");
  code = Errc::unavailable;
  const auto broken = use("slack.send_message", {});
  EXPECT_EQ(broken.status, 503);
  EXPECT_EQ(broken["/jsonrpc"], "2.0") << broken.text;
  EXPECT_EQ(broken["/id"], 1);
  EXPECT_EQ(broken["/error/code"], -32603);
  EXPECT_EQ(broken["/error/message"], "The channel is missing.");
}

TEST_F(McpServerTest, TheAssistantsOwnTools) {
  dialogue::Utterance heard;
  const auto task = planned(anna);
  fake.on_chat = [&](tasks::Who who, dialogue::Utterance said) {
    heard = std::move(said);
    return look(std::move(who), task.id);
  };
  int ran = 0;
  fake.on_execute = [&](tasks::Who who, std::string id) {
    ++ran;
    return look(std::move(who), std::move(id));
  };
  EXPECT_EQ(state(use("assistant.ask", {{"text", "list slack channels"}, {"conversation_id", "c"}})), "plan");
  EXPECT_EQ(heard.text, "list slack channels");
  EXPECT_EQ(heard.conversation_id, "c");
  EXPECT_EQ(state(use("assistant.look", {{"task_id", task.id}})), "plan");
  EXPECT_EQ(use("assistant.look", {})["/result/isError"], true);
  EXPECT_EQ(use("assistant.look", {{"task_id", planned(ben).id}})["/result/isError"], true) << "it is ben's";
  EXPECT_EQ(use("assistant.answer", {{"task_id", task.id}, {"text", "perhaps"}})["/result/isError"], true);
  EXPECT_EQ(ran, 0);
  EXPECT_EQ(state(use("assistant.answer", {{"task_id", task.id}, {"text", "run"}})), "plan");
  EXPECT_EQ(ran, 1);
}

TEST_F(McpServerTest, AnApprovalIsAFormWithTheExactCalls) {
  const auto approval = asking(anna);
  plans(approval.task_id);
  decides(approval.task_id);
  const auto asked = use_modern("slack.send_message");
  ASSERT_EQ(asked["/result/resultType"], "input_required") << asked.text;
  const auto words = std::string(asked["/result/inputRequests/person/params/message"].as_string());
  EXPECT_NE(words.find("slack.send_message"), std::string::npos);
  EXPECT_NE(words.find("hello"), std::string::npos);

  use_modern("slack.send_message", dealt_with(asked, "accept", true));
  EXPECT_EQ(decided, std::vector<std::string>{"approve " + approval.id + " " + approval.digest});
  decided.clear();
  use_modern("slack.send_message", dealt_with(asked, "accept", false));
  use_modern("slack.send_message", dealt_with(asked, "decline"));
  EXPECT_EQ(decided, std::vector<std::string>(2, "reject " + approval.id + " " + approval.digest));
  EXPECT_EQ(planned_specs.size(), 1U) << "answers plan nothing";
}

TEST_F(McpServerTest, AFormThatIsClosedOrMisusedDecidesNothing) {
  const auto approval = asking(anna);
  plans(approval.task_id);
  decides(approval.task_id);
  const auto asked = use_modern("slack.send_message");
  const auto closed = use_modern("slack.send_message", dealt_with(asked, "cancel"));
  EXPECT_EQ(closed["/result/resultType"], "complete") << "the same form would come again and again";
  EXPECT_EQ(state(closed), "approval");
  for (const auto& wrong : {dealt_with(asked, ""), dealt_with(asked, "maybe", true), dealt_with(asked, "accept"),
                            dealt_with(asked, "accept", "yes")}) {
    EXPECT_EQ(use_modern("slack.send_message", wrong)["/result/isError"], true);
  }
  const auto yes = dealt_with(asked, "accept", true);
  EXPECT_EQ(use_modern("slack.send_message", yes, true, key_of(ben))["/result/isError"], true);
  EXPECT_EQ(use_modern("slack.list_channels", yes)["/result/isError"], true) << "it was another tool's";
  EXPECT_TRUE(decided.empty());
}

TEST_F(McpServerTest, WhatAnotherHasToApproveIsNoForm) {
  plans(asking(anna, tasks::Approver::administrator).task_id);
  const auto waits = use_modern("slack.send_message");
  EXPECT_EQ(waits["/result/resultType"], "complete") << waits.text;
  EXPECT_EQ(state(waits), "approval");
}

TEST_F(McpServerTest, WhoCannotAskIsToldWhatItWaitsFor) {
  plans(asking(anna).task_id);
  const auto waits = use_modern("slack.send_message", {}, false, on_anna);
  EXPECT_EQ(waits["/result/resultType"], "complete");
  EXPECT_EQ(waits["/result/structuredContent/approval/calls/0/action"], "slack.send_message");
}

TEST_F(McpServerTest, AQuestionIsAFormWithItsChoices) {
  const auto taken = executing(anna);
  const auto question = must(one.tasks.pause(taken.claim, {.path = "0",
                                                           .text = "Which one?",
                                                           .choices = {{.id = "a", .label = "12 Oak St", .value = 1},
                                                                       {.id = "b", .label = "9 Elm St", .value = 2}}}));
  plans(taken.task.id);
  std::vector<std::string> answered;
  fake.on_answer = [&](tasks::Who who, std::string id, tasks::Answer given) {
    answered.push_back(given.question_id + " " + given.choice_id + given.text);
    return look(std::move(who), std::move(id));
  };
  int cancelled = 0;
  fake.on_cancel = [&](tasks::Who who, std::string id) {
    ++cancelled;
    return look(std::move(who), std::move(id));
  };
  const auto asked = use_modern("slack.send_message");
  const auto& options = asked["/result/inputRequests/person/params/requestedSchema/properties/answer/oneOf"];
  ASSERT_EQ(options.as_array().size(), 2U) << asked.text;
  EXPECT_EQ(options.at_pointer("/1/const"), "b");
  use_modern("slack.send_message", dealt_with(asked, "accept", "b"));
  EXPECT_EQ(answered, std::vector<std::string>{question.id + " b"});
  EXPECT_EQ(use_modern("slack.send_message", dealt_with(asked, "accept", 2))["/result/isError"], true);
  EXPECT_EQ(state(use_modern("slack.send_message", dealt_with(asked, "cancel"))), "question");
  EXPECT_EQ(cancelled, 0);
  use_modern("slack.send_message", dealt_with(asked, "decline"));
  EXPECT_EQ(cancelled, 1);
  EXPECT_EQ(answered.size(), 1U);
}

}  // namespace
}  // namespace troupe::assistant::mcp
