// Conversations that are renamed and deleted, choices that are forgotten, files that go with a text.
#include "assistant/routes/routes_fixture.h"
#include "kit/bodies.h"

namespace troupe::assistant::routes {
namespace {

class ConversationRoutesTest : public RoutesTest {
 protected:
  ConversationRoutesTest() { looks_at_rows(); }
  Answered as(const tasks::Who& who, const std::string& method, const std::string& target, std::string body = {}) {
    return call(method, target, std::move(body), key_of(who));
  }
  static std::size_t items(const Answered& answer) { return answer["/items"].as_array().size(); }
  Answered sent(const HeaderList& headers, const std::string& target, std::vector<std::string> pieces) {
    kit::Pieces body(std::move(pieces));
    net::http::Request request;
    request.method = "POST";
    kit::must(request.set_target(target));
    request.stream = &body;
    request.remote_address = "127.0.0.1";
    request.request_id = "test-request";
    request.headers.add("Host", "127.0.0.1:8001");
    request.headers.add("Content-Type", "image/png");
    for (const auto& [name, value] : headers) request.headers.add(name, value);
    auto response = wait(router.dispatch(net::route::kPlatformListener, request));
    contract->check("POST", target, response);
    return {.status = response.status, .headers = {}, .body = boost::json::parse(response.body), .text = response.body};
  }
};

TEST_F(ConversationRoutesTest, AConversationHasAnotherTitleIfItsPersonWants) {
  const auto place = "/api/v1/conversations/" + must(conversations.open(anna, "", "Hello")).id;
  const auto named = as(anna, "PUT", place, R"({"title":"Roof of Shaw"})");
  ASSERT_EQ(named.status, 200) << named.text;
  EXPECT_EQ(named["/title"], "Roof of Shaw");
  EXPECT_EQ(as(anna, "GET", place)["/title"], "Roof of Shaw");
  for (const auto* wrong : {"{}", R"({"title":""})", R"({"title":"  "})", R"({"title":7})", R"({"title":"a","x":1})"}) {
    EXPECT_EQ(as(anna, "PUT", place, wrong).status, 400) << wrong;
  }
  EXPECT_EQ(as(anna, "PUT", place, R"({"title":")" + std::string(101, 'a') + "\"}").status, 400);
  for (const auto& who : {ben, chief}) {
    EXPECT_EQ(as(who, "PUT", place, R"({"title":"mine"})").status, 404);
    EXPECT_EQ(as(who, "DELETE", place).status, 404);
  }
  EXPECT_EQ(as(anna, "GET", place)["/title"], "Roof of Shaw");
}

TEST_F(ConversationRoutesTest, ADeletedConversationIsGoneAndItsTasksAreNot) {
  const auto waiting = planned(anna);
  const auto place = waiting.conversation_id;
  must(conversations.say(anna, place, tasks::Role::user, "words of anna"));
  tasks::TaskDraft draft{.conversation_id = place, .spec = {.service = "slack", .intent = "send_message"}};
  draft.question = tasks::QuestionDraft{.kind = tasks::QuestionKind::answer, .text = "Which channel?"};
  const auto asked = must(one.tasks.create(anna, draft)).task;
  must(lessons.add(anna, asked.id, "words of anna", "slack"));
  draft.question.reset();
  const auto run = must(one.tasks.execute(anna, must(one.tasks.create(anna, draft)).task.id));

  const auto path = "/api/v1/conversations/" + place;
  const auto refused = as(anna, "DELETE", path);
  EXPECT_EQ(refused.status, 409) << refused.text;
  EXPECT_EQ(as(anna, "GET", "/api/v1/tasks/" + asked.id)["/task/status"], "awaiting_user");
  must(one.tasks.finish(run.claim, matrix::JsonObject{{"sent", true}}));
  EXPECT_EQ(as(anna, "DELETE", path).status, 204);
  for (const auto* rest : {"", "/messages"}) EXPECT_EQ(as(anna, "GET", path + rest).status, 404) << rest;
  EXPECT_EQ(as(anna, "DELETE", path).status, 404);
  EXPECT_EQ(items(as(anna, "GET", "/api/v1/conversations")), 0U);
  EXPECT_EQ(as(anna, "GET", "/api/v1/tasks/" + waiting.id)["/task/phase"], "cancelled");
  EXPECT_EQ(as(anna, "GET", "/api/v1/tasks/" + asked.id)["/task/phase"], "cancelled");
  EXPECT_EQ(as(anna, "GET", "/api/v1/tasks/" + run.task.id)["/task/status"], "done");
  EXPECT_TRUE(must(lessons.list(1)).empty());
  const auto audit = must(context->get<identity::Audit>().page(1, {.action = "assistant.conversation.delete"}));
  ASSERT_EQ(audit.items.size(), 1U);
  EXPECT_EQ(audit.items.front().target, place);
}

TEST_F(ConversationRoutesTest, AChoiceIsForgottenByWhomItBelongsTo) {
  must(lessons.add(anna, "t1", "add a note for Patel", "companycam"));
  clock.passed_ms += 10;
  must(lessons.add(ben, "t2", "ben's own words", "slack"));
  const auto own = as(anna, "GET", "/api/v1/lessons");
  ASSERT_EQ(items(own), 1U) << own.text;
  EXPECT_EQ(own["/items/0/text"], "add a note for Patel");
  EXPECT_EQ(own["/items/0/service"], "companycam");
  EXPECT_EQ(own["/items/0/own"], true);
  const auto all = as(chief, "GET", "/api/v1/lessons");
  ASSERT_EQ(items(all), 2U);
  EXPECT_EQ(all["/items/0/lesson_id"], "t2") << "the newest first";
  EXPECT_EQ(all["/items/0/own"], false);
  EXPECT_EQ(as(anna, "DELETE", "/api/v1/lessons/t2").status, 404) << "another's";
  EXPECT_EQ(as(anna, "DELETE", "/api/v1/lessons/none").status, 404);
  EXPECT_EQ(as(anna, "DELETE", "/api/v1/lessons/t1").status, 204);
  EXPECT_EQ(as(anna, "DELETE", "/api/v1/lessons/t1").status, 404);
  EXPECT_EQ(as(chief, "DELETE", "/api/v1/lessons/t2").status, 204);
  EXPECT_TRUE(must(lessons.list(1)).empty());
}

TEST_F(ConversationRoutesTest, WhatAModelWasShownIsItsPersonsAlone) {
  const auto ids = must(one.journal.record({.tenant_id = 1, .principal_id = anna.principal_id, .label = anna.label},
                                           {.calls = {{.service = "model",
                                                       .method = "POST",
                                                       .url = "https://model.example/v1/chat/completions",
                                                       .request = R"({"messages":[]})",
                                                       .response = R"({"choice":"ask"})",
                                                       .status = 200}},
                                            .commands = {}}));
  const auto place = must(conversations.open(anna, "", "Hello")).id;
  tasks::TaskSpec spec{.service = "slack", .intent = "send_message"};
  spec.planning = {{"explanation", {{"exchanges", {ids.front(), "none", 7}}}}};
  const auto task = must(one.tasks.create(anna, {.conversation_id = place, .spec = spec})).task;
  const auto found = as(anna, "GET", "/api/v1/tasks/" + task.id + "/exchanges");
  ASSERT_EQ(items(found), 1U) << found.text;
  EXPECT_EQ(found["/items/0/service"], "model");
  EXPECT_EQ(found["/items/0/response"], R"({"choice":"ask"})");
  EXPECT_EQ(as(ben, "GET", "/api/v1/tasks/" + task.id + "/exchanges").status, 404);
  EXPECT_EQ(items(as(anna, "GET", "/api/v1/tasks/" + planned(anna).id + "/exchanges")), 0U);
}

TEST_F(ConversationRoutesTest, AFileIsPutAndSaidWithAText) {
  const auto put = sent(key_of(anna), "/api/v1/files?name=..%2Froof.png", {"abc", "def"});
  ASSERT_EQ(put.status, 201) << put.text;
  EXPECT_EQ(put["/name"], "roof.png");
  EXPECT_EQ(put["/bytes"], 6);
  const auto uri = std::string(put["/uri"].as_string());
  const auto stored = homeserver.media(uri);
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->bytes, "abcdef");
  EXPECT_EQ(stored->content_type, "image/png");

  std::vector<std::string> files;
  std::vector<std::string> names;
  fake.on_chat = [&](const tasks::Who&, const dialogue::Utterance& said) -> Task<dialogue::Reply> {
    files = said.files;
    names = said.file_names;
    co_return dialogue::Reply{.conversation_id = "c", .message = "Taken."};
  };
  const auto say = R"({"text":"add it","files":[{"uri":")" + uri + R"(","name":"roof.png"}]})";
  EXPECT_EQ(as(anna, "POST", "/api/v1/conversations", say).status, 201);
  EXPECT_EQ(files, std::vector{uri});
  EXPECT_EQ(names, std::vector<std::string>{"roof.png"});

  EXPECT_EQ(sent(key_of(anna), "/api/v1/files", {}).status, 400) << "empty";
  EXPECT_EQ(sent(dev_token(), "/api/v1/files", {"x"}).status, 403) << "no account";
  EXPECT_EQ(sent({}, "/api/v1/files", {"x"}).status, 401);
  EXPECT_EQ(sent(key_of(anna), "/api/v1/files", std::vector<std::string>(26, std::string(1'000'000, 'x'))).status, 413);
  EXPECT_EQ(sent(key_of(anna), "/api/v1/files", {"x"}).status, 201) << "a refused one gives its seat back";
}

TEST(UploadSeatsTest, AreFewForEachAndForAll) {
  UploadSeats seats;
  std::vector<UploadSeats::Seat> slow;
  for (std::int64_t person = 0; person < 20; ++person) {
    for (std::size_t i = 0; i < UploadSeats::kMostEach; ++i) {
      slow.push_back(kit::must(seats.take(person)));
      kit::must(slow.back().grow(1));
    }
    EXPECT_EQ(seats.take(person).error().code(), Errc::limit_exceeded) << "has two";
  }
  auto seat = kit::must(seats.take(99));
  EXPECT_TRUE(seat.grow(25'000'000)) << "slow ones are in nobody's way";
}

TEST(UploadSeatsTest, WhoHoldsMostGivesWay) {
  constexpr std::size_t kPart = UploadSeats::kMostBytes / 8;
  UploadSeats seats;
  std::vector<UploadSeats::Seat> full;
  for (std::int64_t person = 0; person < 4; ++person) {
    for (std::size_t i = 0; i < UploadSeats::kMostEach; ++i) {
      full.push_back(kit::must(seats.take(person)));
      kit::must(full.back().grow(kPart));
    }
  }
  {
    auto more = kit::must(seats.take(50));
    EXPECT_TRUE(more.grow(kPart)) << "one of those with two gave way";
    const auto lost = std::ranges::count_if(full, [](auto& each) { return !each.grow(0); });
    EXPECT_EQ(lost, 1);
    EXPECT_EQ(more.grow(2 * kPart).error().code(), Errc::limit_exceeded) << "nobody has more than that would be";
  }
  // What had to give way is in memory until its reader hears of it: then nobody gets any for a moment.
  std::vector<UploadSeats::Seat> others;
  std::size_t refused = 0;
  for (std::int64_t person = 100; person < 150; ++person) {
    others.push_back(kit::must(seats.take(person)));
    if (!others.back().grow(kPart / 2)) ++refused;
  }
  EXPECT_GT(refused, 0U);
  full.clear();
  others.clear();
  auto after = kit::must(seats.take(0));
  EXPECT_TRUE(after.grow(UploadSeats::kMostBytes));
}

}  // namespace
}  // namespace troupe::assistant::routes
