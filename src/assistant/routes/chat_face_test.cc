// The chat face: bytes as its clients know them, and what they may not.
#include <cstdlib>
#include <fstream>

#include "assistant/routes/minute_window.h"
#include "assistant/routes/routes_fixture.h"

namespace troupe::assistant::routes {
namespace {

using dialogue::Reply;
using dialogue::ReplyKind;
using tasks::Phase;
using tasks::Trigger;

/// An assistant with two tasks to give: one that runs through, and one that asks which of two is meant.
class ScriptedDialogue {
 public:
  Task<Reply> chat(dialogue::Utterance said) {
    const auto conversation = said.conversation_id == "c1" ? "c1" : "c" + std::to_string(++conversations_);
    if (said.text.contains("weather")) {
      co_return Reply{.conversation_id = conversation, .message = "I can help with CompanyCam and Slack."};
    }
    const auto id = "t" + std::to_string(tasks_.size() + 1);
    const bool asks = said.text.contains("Smith");
    auto& task = tasks_[id];
    task.id = id;
    task.conversation_id = conversation;
    task.spec = asks ? tasks::TaskSpec{.service = "companycam",
                                       .intent = "add_project_conversation",
                                       .inputs = {{"project_hint", {{"name", "Smith"}}}, {"message", "hello"}}}
                     : tasks::TaskSpec{.service = "slack", .intent = "list_channels", .inputs = {}};
    co_return as_it_is(id);
  }
  Task<Reply> look(std::string id) {
    if (!tasks_.contains(id)) co_return Error(Errc::not_found, "Task not found");
    co_return as_it_is(id);
  }
  Task<Reply> execute(std::string id) {
    if (!tasks_.contains(id)) co_return Error(Errc::not_found, "Task not found");
    auto& task = tasks_[id];
    CO_TRY(task.phase, tasks::advance(id, task.phase, Trigger::execute));
    const bool asks = task.spec.service == "companycam";
    task.phase = *tasks::next_phase(task.phase, asks ? Trigger::ask_choice : Trigger::finish);
    if (!asks) task.result = matrix::JsonObject{{"channels", {"#general", "#sales", "#site"}}, {"total", 3}};
    co_return as_it_is(id);
  }
  Task<Reply> answer(std::string id, tasks::Answer given) {
    if (!tasks_.contains(id)) co_return Error(Errc::not_found, "Task not found");
    auto& task = tasks_[id];
    CO_TRY(const auto next, tasks::advance(id, task.phase, Trigger::answer));
    if (given.choice_id != "p1" && given.choice_id != "p2") {
      co_return Error(Errc::invalid_param, "There is no such choice.");
    }
    task.phase = *tasks::next_phase(next, Trigger::finish);
    task.result = matrix::JsonObject{{"id", "k7"}, {"project_id", given.choice_id}};
    co_return as_it_is(id);
  }

 private:
  Reply as_it_is(const std::string& id) {
    const auto& task = tasks_[id];
    tasks::TaskView view{.task = task};
    Reply reply;
    reply.conversation_id = task.conversation_id;
    if (task.phase == Phase::planned) {
      reply.kind = ReplyKind::plan;
      reply.message = "This is what I would do.";
      reply.steps = {{.path = "0",
                      .action = task.spec.service + "." + task.spec.intent,
                      .description = "The only call.",
                      .args = task.spec.inputs}};
    } else if (task.phase == Phase::awaiting_choice) {
      reply.kind = ReplyKind::question;
      reply.message = "I found 2 projects. Which one did you mean?";
      auto& asked = view.question.emplace();
      asked.id = "q1";
      asked.text = reply.message;
      asked.choices = {{.id = "p1", .label = "Smith - 12 Oak St", .value = matrix::JsonObject{{"id", "p1"}}},
                       {.id = "p2", .label = "Smith - 9 Elm St", .value = matrix::JsonObject{{"id", "p2"}}}};
    } else {
      reply.kind = ReplyKind::result;
      reply.message = "Done.";
    }
    reply.view = std::move(view);
    return reply;
  }
  std::map<std::string, tasks::TaskRecord> tasks_;
  int conversations_ = 0;
};

class ChatFaceTest : public RoutesTest {
 protected:
  explicit ChatFaceTest(bool limited = false) : RoutesTest(limited) {
    fake.on_chat = [this](const tasks::Who&, dialogue::Utterance said) { return script.chat(std::move(said)); };
    fake.on_look = [this](const tasks::Who&, std::string id) { return script.look(std::move(id)); };
    fake.on_execute = [this](const tasks::Who&, std::string id) { return script.execute(std::move(id)); };
    fake.on_answer = [this](const tasks::Who&, std::string id, tasks::Answer given) {
      return script.answer(std::move(id), std::move(given));
    };
  }
  Answered chat(std::string body, const HeaderList& headers = dev_token()) {
    return call("POST", "/api/chat", std::move(body), headers);
  }
  Answered execute(std::string body, const HeaderList& headers = dev_token()) {
    return call("POST", "/api/execute", std::move(body), headers);
  }
  ScriptedDialogue script;
};

std::string golden_text(const boost::json::array& exchanges) {
  std::string text = "[";
  for (const auto& one : exchanges) text += (text == "[" ? "\n" : ",\n") + boost::json::serialize(one);
  return text + "\n]\n";
}

TEST_F(ChatFaceTest, TheWebClientsDialogueIsWordForWord) {
  const std::string path = TROUPE_GOLDEN_DIR "chat_dialogue.json";
  std::ifstream file(path);
  const std::string wanted((std::istreambuf_iterator<char>(file)), {});
  auto exchanges = boost::json::parse(wanted).as_array();
  ASSERT_GT(exchanges.size(), 15U);
  for (auto& exchange : exchanges) {
    auto& said = exchange.as_object();
    HeaderList headers;
    if (const auto* authorization = said.if_contains("authorization")) {
      if (!authorization->is_null()) headers.emplace_back("Authorization", authorization->as_string());
    } else {
      headers = dev_token();
    }
    const auto answer =
        call("POST", std::string(said.at("path").as_string()), boost::json::serialize(said.at("request")), headers);
    said["status"] = answer.status;
    said["response"] = answer.body;
    EXPECT_EQ(boost::json::serialize(answer.body), answer.text) << "no byte more";
    EXPECT_TRUE(answer.headers.get("Content-Type").starts_with("application/json"));
  }
  const auto* mode = std::getenv("TROUPE_GOLDEN");
  if (mode != nullptr && std::string_view(mode) == "write") std::ofstream(path) << golden_text(exchanges);
  EXPECT_EQ(golden_text(exchanges), wanted);
}

TEST_F(ChatFaceTest, StrangersAreRefusedInTheWordsThatClientsLookFor) {
  const HeaderList none, basic{{"Authorization", "Basic YTpi"}}, bare{{"Authorization", "the-dev-token"}},
      empty{{"Authorization", "Bearer "}}, wrong{{"Authorization", "Bearer the-dev-tokem"}},
      key{{"X-API-Key", "trp_nothing"}};
  const auto refused = [&](const HeaderList& headers, std::string_view words) {
    for (const auto* path : {"/api/chat", "/api/execute", "/api/conversations"}) {
      const bool get = std::string_view(path).ends_with("conversations");
      const auto answer = call(get ? "GET" : "POST", path, get ? "" : "{not even json", headers);
      EXPECT_EQ(answer.status, 401) << path;
      EXPECT_EQ(answer.text, boost::json::serialize(boost::json::object{{"error", words}})) << path;
    }
  };
  refused(none, "Authorization header required");
  refused(basic, "Invalid authorization format. Use 'Bearer <token>'");
  refused(bare, "Invalid authorization format. Use 'Bearer <token>'");
  refused(empty, "Invalid authorization format. Use 'Bearer <token>'");
  refused(wrong, "Invalid token");
  refused(key, "Invalid token");
  fake.on_chat = nullptr;
  EXPECT_EQ(chat(R"({"message":"hi"})", key_of(anna, {"bots"})).status, 403) << "a key for something else";
  EXPECT_EQ(chat(R"({"message":"hi"})", key_of(anna)).status, 404);
}

TEST_F(ChatFaceTest, BodiesThatAreNotAsTheyMustBeAreNamed) {
  const auto refused = [&](const Answered& answer, std::string_view about) {
    EXPECT_EQ(answer.status, 400) << answer.text;
    ASSERT_TRUE(answer.body.is_object()) << answer.text;
    EXPECT_EQ(answer["/error"], "Validation Error");
    EXPECT_EQ(answer["/statusCode"], 400);
    EXPECT_EQ(answer.body.as_object().size(), 3U);
    EXPECT_NE(answer["/message"].as_string().find(about), boost::json::string::npos) << answer.text;
  };
  refused(chat(""), "JSON");
  refused(chat("{"), "JSON");
  refused(chat("[]"), "object");
  refused(chat("{}"), "message");
  refused(chat(R"({"message":null})"), "message");
  refused(chat(R"({"message":""})"), "message");
  refused(chat(R"({"message":["hi"]})"), "message");
  refused(chat(R"({"message":"a\u0000b"})"), "message");
  refused(chat(R"({"message":"hi","conversationId":7})"), "conversationId");
  refused(chat(R"({"message":"hi","stream":"yes"})"), "stream");
  refused(chat(R"({"message":")" + std::string(70'000, 'x') + "\"}"), "message");
  refused(chat(std::string(5'000, '[')), "");
  refused(execute("{}"), "taskId");
  refused(execute(R"({"taskId":"t1"})"), "confirm");
  refused(execute(R"({"taskId":"t1","confirm":"true"})"), "confirm");
  refused(execute(R"({"taskId":1,"confirm":true})"), "taskId");
  refused(execute(R"({"taskId":"t1","confirm":true,"disambiguation":{}})"), "choiceId");
  refused(execute(R"({"taskId":"t1","confirm":true,"disambiguation":"p1"})"), "disambiguation");
  EXPECT_EQ(execute(R"({"taskId":"t9","confirm":true,"disambiguation":null})").status, 404) << "null is not there";
  EXPECT_EQ(chat(R"({"message":")" + std::string(600'000, 'x') + "\"}").status, 413);
}

TEST_F(ChatFaceTest, FailuresHaveTheirStatus) {
  const auto failing = [&](Error error) {
    fake.on_chat = [error](const tasks::Who&, const dialogue::Utterance&) -> Task<Reply> { co_return Error(error); };
    return chat(R"({"message":"hi"})");
  };
  auto internal = failing(Error(Errc::internal, "a row is odd", "secret detail"));
  EXPECT_EQ(internal.status, 500) << "not a 200 that looks like an answer";
  EXPECT_EQ(internal.text, R"({"error":"Internal Server Error","statusCode":500})");
  auto away = failing(Error(Errc::unavailable, "Try again.").with_retry_after(std::chrono::milliseconds(1'500)));
  EXPECT_EQ(away.status, 503);
  EXPECT_EQ(away.text, R"({"error":"Try again.","statusCode":503})");
  EXPECT_EQ(away.headers.get("retry-after"), "2");
  EXPECT_EQ(failing(Error(Errc::limit_exceeded, "Enough.")).status, 429);
  EXPECT_EQ(failing(Error(Errc::too_large, "Too long.")).status, 413);
  EXPECT_EQ(failing(Error(Errc::invalid_param, "Say something."))["/error"], "Validation Error");
  fake.on_chat = [](const tasks::Who&, const dialogue::Utterance&) -> Task<Reply> { throw std::runtime_error("x"); };
  EXPECT_EQ(chat(R"({"message":"hi"})").status, 500);
}

TEST_F(ChatFaceTest, WhatWaitsForAYesIsGivenByAChoiceThatNamesTheCalls) {
  std::vector<std::string> done;
  tasks::Approval approval;
  approval.id = "a1";
  approval.digest = "d1";
  approval.calls = {matrix::JsonObject{
      {"path", "0"}, {"action", "slack.send_message"}, {"args", {{"channel", "#x"}, {"text", "hi"}}}}};
  fake.on_look = [&](const tasks::Who& who, std::string id) -> Task<Reply> {
    tasks::TaskView view;
    view.task.id = id;
    view.task.owner_id = who.principal_id;
    view.approval = approval;
    co_return Reply{.kind = ReplyKind::approval, .conversation_id = "c1", .message = "Shall I?", .view = view};
  };
  const auto deciding = [&](std::string what) {
    return [&done, what](const tasks::Who&, std::string id, std::string digest) -> Task<Reply> {
      if (digest != "d1") co_return Error(Errc::invalid_param, "The digest is not that of the calls.");
      done.push_back(what + " " + id);
      co_return Reply{.kind = ReplyKind::result, .conversation_id = "c1", .message = "Done."};
    };
  };
  fake.on_approve = deciding("approve");
  fake.on_reject = deciding("reject");
  const auto asked = execute(R"({"taskId":"t1","confirm":true})");
  EXPECT_EQ(asked.status, 200);
  EXPECT_EQ(asked["/type"], "clarification");
  EXPECT_EQ(asked["/approval/digest"], "d1");
  EXPECT_EQ(asked["/approval/calls/0/args/text"], "hi");
  EXPECT_EQ(asked["/disambiguation/choices/0/id"], "approve:a1:d1");
  const auto with = [&](const std::string& choice) {
    return execute(R"({"taskId":"t1","confirm":true,"disambiguation":{"choiceId":")" + choice + "\"}}").status;
  };
  EXPECT_EQ(with("approve:a1:d2"), 400) << "other calls than were shown";
  EXPECT_EQ(with("approve:a2:d1"), 400) << "another task's";
  EXPECT_TRUE(done.empty());
  EXPECT_EQ(with("approve:a1:d1"), 200);
  EXPECT_EQ(with("reject:a1:d1"), 200);
  EXPECT_EQ(done, (std::vector<std::string>{"approve a1", "reject a1"}));
}

TEST_F(ChatFaceTest, WhatGoesOnByItselfIsAcceptedAndFailuresAreSaid) {
  auto kind = ReplyKind::running;
  fake.on_execute = [&](const tasks::Who&, std::string id) -> Task<Reply> {
    tasks::TaskView view;
    view.task.id = id;
    view.task.phase = kind == ReplyKind::running ? Phase::executing : Phase::failed;
    co_return Reply{.kind = kind, .conversation_id = "c1", .message = "Slack said no.", .view = view};
  };
  chat(R"({"message":"list slack channels"})");
  auto running = execute(R"({"taskId":"t1","confirm":true})");
  EXPECT_EQ(running.status, 202);
  EXPECT_EQ(running["/status"], "executing");
  kind = ReplyKind::failed;
  auto failed = execute(R"({"taskId":"t1","confirm":true})");
  EXPECT_EQ(failed.status, 200);
  EXPECT_EQ(failed["/type"], "error");
  EXPECT_EQ(failed["/result/success"], false);
  EXPECT_EQ(failed["/result/error"], "Slack said no.");
}

TEST_F(ChatFaceTest, ConversationsAreTheCallersOwnWithTheirFirstTenMessages) {
  EXPECT_EQ(call("GET", "/api/conversations", "", dev_token()).text, R"({"conversations":[]})");
  const auto older = must(conversations.open(dev_who(), "", "older"));
  for (int i = 1; i <= 12; ++i) {
    must(conversations.say(dev_who(), older.id, i % 2 ? tasks::Role::user : tasks::Role::assistant, std::to_string(i)));
  }
  clock.passed_ms += 1'000;
  const auto newer = must(conversations.open(dev_who(), "", "newer"));
  must(conversations.open(anna, "", "somebody else's"));
  const auto shown = call("GET", "/api/conversations", "", dev_token());
  ASSERT_EQ(shown["/conversations"].as_array().size(), 2U);
  EXPECT_EQ(shown["/conversations/0/id"].as_string(), newer.id) << "the newest change first";
  EXPECT_EQ(shown["/conversations/1/title"], "older");
  EXPECT_EQ(shown["/conversations/1/_count/messages"], 12);
  ASSERT_EQ(shown["/conversations/1/messages"].as_array().size(), 10U);
  EXPECT_EQ(boost::json::serialize(shown["/conversations/1/messages/0"]),
            R"({"id":")" + older.id + R"(.1","role":"user","content":"1","conversationId":")" + older.id +
                R"(","createdAt":"2023-11-14T22:13:20.000Z"})");
  EXPECT_EQ(call("GET", "/api/conversations", "", key_of(ben)).text, R"({"conversations":[]})");
}

TEST_F(ChatFaceTest, ItIsInTheDocumentAsSuperseded) {
  const auto document = router.openapi("test");
  const auto& chat = document.at("paths").at("/api/chat").at("post");
  EXPECT_EQ(chat.at("requestBody").at("content").at("application/json").at("schema").at("$ref"),
            "#/components/schemas/ChatRequest");
  EXPECT_EQ(chat.at("x-scope"), "assistant");
}

struct LimitedChatTest : ChatFaceTest {
  LimitedChatTest() : ChatFaceTest(true) {}
};

TEST_F(LimitedChatTest, AHundredRequestsAMinuteEach) {
  const auto mine = key_of(anna);
  const std::string body = R"({"message":"what is the weather"})";
  for (int i = 1; i <= 100; ++i) {
    const auto answer = chat(body, mine);
    ASSERT_EQ(answer.status, 200) << i;
    EXPECT_EQ(answer.headers.get("x-ratelimit-limit"), "100");
    EXPECT_EQ(answer.headers.get("x-ratelimit-remaining"), std::to_string(100 - i));
    EXPECT_EQ(answer.headers.get("x-ratelimit-reset"), "60");
  }
  clock.passed_ms += 20'000;
  const auto over = chat(body, mine);
  EXPECT_EQ(over.status, 429);
  EXPECT_EQ(over.text, R"({"error":"Rate limit exceeded, retry in 1 minute","statusCode":429})");
  EXPECT_EQ(over.headers.get("x-ratelimit-remaining"), "0");
  EXPECT_EQ(over.headers.get("retry-after"), "40");
  EXPECT_EQ(chat(body, key_of(ben)).status, 200) << "others have their own";
  EXPECT_EQ(chat(body, {}).status, 401) << "and so has an address";
  clock.passed_ms += 40'000;
  EXPECT_EQ(chat(body, mine).headers.get("x-ratelimit-remaining"), "99");
}

TEST(MinuteWindow, RemembersNoMoreThanItMay) {
  base::ManualClock clock;
  MinuteWindow window(clock);
  for (std::int64_t i = 0; i < MinuteWindow::kRequests; ++i) EXPECT_FALSE(window.take("first").refused);
  EXPECT_TRUE(window.take("first").refused);
  clock.advance(std::chrono::seconds(1));
  for (std::size_t i = 0; i < MinuteWindow::kMostKnown; ++i) window.take(std::to_string(i));
  EXPECT_FALSE(window.take("first").refused) << "whose minute began first made room";
}

}  // namespace
}  // namespace troupe::assistant::routes
