// Bots that speak of their own accord, on a real database: inbound webhooks, reminders, answers that come later; each
// message once, wherever the program ends.
#include "base/mutex.h"
#include "fleet/brains/command_brain.h"
#include "fleet/brains/late_answers.h"
#include "fleet/brains/webhook_brain.h"
#include "fleet/fleet_fixture.h"
#include "fleet/triggers/hook_body.h"
#include "fleet/triggers/hook_service.h"
#include "kit/crash.h"
#include "matrix/json.h"

namespace troupe::fleet::triggers {
namespace {

class TriggersTest : public FleetTest {
 protected:
  TriggersTest() { brains.add(brains::command_brain({.db = *db, .clock = clock, .bus = *bus})); }

  /// Begins anew, and ends between the send of a message and its record.
  void begin_and_die() { begin(crash.at_once(term::Step::said)); }
  void look_at_schedules() { bus->publish(bots::kScheduleChannel, ""); }

  MadeHook make_hook(const std::string& room, bool wait = false) {
    return must(hooks.create(1, "helper", {.name = "CI", .room_id = room, .wait_for_complete = wait}, {"tester"}));
  }
  Result<HookAccepted> post(const MadeHook& hook, std::string body, std::string key = {},
                            std::string type = "application/json") {
    return run(hooks.deliver(hook.path.substr(std::string_view("/webhook/").size()),
                             {.content_type = std::move(type), .body = std::move(body), .idempotency_key = key}));
  }
  std::vector<std::string> said(const std::string& bot) {
    std::vector<std::string> bodies;
    for (const auto& message : homeserver->messages(bot)) bodies.push_back(message.body);
    return bodies;
  }
  /// Writes to the bot and waits for its answer.
  std::string ask(const std::string& room, const std::string& bot, const std::string& text) {
    auto before = said(bot).size();
    homeserver->say(room, anna, text);
    EXPECT_TRUE(eventually([&] { return said(bot).size() > before; })) << text;
    return said(bot).back();
  }

  HookService hooks{*db, *homeserver, *homeserver, clock, *bus};
  kit::Crash<term::Step> crash;
};

TEST_F(TriggersTest, AHookSpeaksInItsRoom) {
  begin();
  auto bot = add_running_bot("helper");
  auto room = room_of({anna, ben}, {bot});
  auto hook = make_hook(room);
  auto listed = must(hooks.list(1, "helper"));
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].name, "CI");
  EXPECT_FALSE(listed[0].last_used_ms);
  ASSERT_TRUE(post(hook, R"({"text":"**built**","username":"CI","n":1.5})"));
  ASSERT_TRUE(eventually([&] { return said(bot).size() == 1; }));
  auto message = homeserver->messages(bot).front();
  EXPECT_EQ(message.msgtype, "m.notice");
  EXPECT_EQ(message.room_id, room);
  EXPECT_NE(message.body.find("built"), std::string::npos);
  EXPECT_TRUE(matrix::find_object(message.content, kHookData));
  EXPECT_TRUE(must(hooks.list(1, "helper"))[0].last_used_ms);

  ASSERT_TRUE(post(hook, R"({"text":"better","edit":"$first","reply_to":"$x"})"));
  ASSERT_TRUE(eventually([&] { return said(bot).size() == 2; }));
  auto edit = homeserver->messages(bot).back();
  EXPECT_EQ(edit.body, "* better");
  EXPECT_EQ(matrix::find_string(*matrix::find_object(edit.content, "m.relates_to"), "rel_type"), "m.replace");
  EXPECT_EQ(matrix::find_string(*matrix::find_object(edit.content, "m.new_content"), "body"), "better");

  ASSERT_TRUE(post(hook, R"({"text":"inside","thread":"$root","reply_to":"$x"})"));
  ASSERT_TRUE(eventually([&] { return said(bot).size() == 3; }));
  auto threaded = homeserver->messages(bot).back().content;
  const auto* relation = matrix::find_object(threaded, "m.relates_to");
  ASSERT_TRUE(relation);
  EXPECT_EQ(matrix::find_string(*relation, "event_id"), "$root");
  EXPECT_EQ(matrix::find_bool(*relation, "is_falling_back"), false);
  EXPECT_EQ(matrix::find_string(*matrix::find_object(*relation, "m.in_reply_to"), "event_id"), "$x");
}

TEST_F(TriggersTest, AHookIsRefusedWhereItMust) {
  auto [bot, room] = begin_with_helper();
  EXPECT_EQ(run(hooks.create(1, "helper", {.name = "", .room_id = room}, {"t"})).error().code(), Errc::invalid_param);
  EXPECT_EQ(run(hooks.create(1, "helper", {.name = "x", .room_id = "!no:localhost"}, {"t"})).error().code(),
            Errc::invalid_param);
  EXPECT_EQ(run(hooks.create(1, "nobody", {.name = "x", .room_id = room}, {"t"})).error().code(), Errc::not_found);
  EXPECT_EQ(run(hooks.create(2, "helper", {.name = "x", .room_id = room}, {"t"})).error().code(), Errc::not_found);
  auto hook = make_hook(room);
  EXPECT_EQ(run(hooks.deliver("x", {})).error().message(), "Webhook not found");
  EXPECT_EQ(run(hooks.deliver(base::random_token(""), {})).error().code(), Errc::not_found);
  EXPECT_EQ(post(hook, "{").error().http_status(), 400);
  EXPECT_EQ(post(hook, "{}", std::string(300, 'k')).error().http_status(), 400);
  must(bots->stop(1, "helper", {"t"}));
  EXPECT_EQ(post(hook, "{}").error().code(), Errc::unavailable);
  must(bots->start(1, "helper", {"t"}));
  std::optional<Error> limited;
  for (int i = 0; i < 100 && !limited; ++i) {
    if (auto accepted = post(hook, "{}", "same"); !accepted) limited = accepted.error();
  }
  ASSERT_TRUE(limited);
  EXPECT_EQ(limited->code(), Errc::limit_exceeded);
  EXPECT_GT(limited->retry_after().count(), 0);
  must(hooks.remove(1, "helper", hook.hook.hook_id));
  EXPECT_EQ(run(hooks.remove(1, "helper", hook.hook.hook_id)).error().code(), Errc::not_found);
  auto second = make_hook(room);
  must(bots->remove(1, "helper", {"t"}));
  EXPECT_EQ(post(second, "{}").error().code(), Errc::not_found);
  must(hooks.tidy(clock.unix_ms()));
}

TEST_F(TriggersTest, ADeliveryArrivesOnceWhereverTheProgramEnds) {
  auto [bot, room] = begin_with_helper();
  auto hook = make_hook(room, true);
  // Ended before it is sent: the row is there.
  end();
  auto accepted = post(hook, R"({"text":"one"})", "key 1");
  ASSERT_TRUE(accepted);
  EXPECT_TRUE(accepted->wait);
  EXPECT_EQ(run(hooks.wait(accepted->outgoing_id, std::chrono::milliseconds(20))).error().code(), Errc::timed_out);
  // Ended after the send, before the record.
  begin_and_die();
  ASSERT_TRUE(eventually([&] { return crash.died(); }));
  EXPECT_EQ(said(bot).size(), 1U);
  end();
  begin();
  EXPECT_TRUE(must(hooks.wait(accepted->outgoing_id, std::chrono::seconds(10))).starts_with("$"));
  EXPECT_EQ(said(bot).size(), 1U);
  // The caller tries again with its key.
  auto again = post(hook, R"({"text":"one"})", "key 1");
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->duplicate);
  EXPECT_FALSE(post(hook, R"({"text":"two"})", "key 2")->duplicate);
  ASSERT_TRUE(eventually([&] { return said(bot).size() == 2; }));
  // A homeserver that fails for a while, and a room that refuses.
  homeserver->fail_sends(2, Errc::unavailable);
  auto third = post(hook, R"({"text":"three"})");
  EXPECT_TRUE(run(hooks.wait(third->outgoing_id, std::chrono::seconds(10))));
  must(homeserver->leave(bot, room));
  auto refused = post(hook, R"({"text":"four"})");
  EXPECT_EQ(run(hooks.wait(refused->outgoing_id, std::chrono::seconds(10))).error().code(), Errc::forbidden);
  EXPECT_EQ(said(bot).size(), 3U);
}

TEST_F(TriggersTest, AMessageThatComesJustAfterTheLastIsSentAtOnce) {
  begin();
  auto bot = add_running_bot("helper");
  auto hook = make_hook(room_of({anna}, {bot}), true);
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(post(hook, R"({"text":"one"})"));
    // The second comes at another moment of the first one's way each time, also when its lane was just found empty.
    const auto moment = std::chrono::steady_clock::now() + std::chrono::microseconds(i * 20);
    while (std::chrono::steady_clock::now() < moment) std::this_thread::yield();
    auto second = post(hook, R"({"text":"two"})");
    ASSERT_TRUE(second) << second.error().message();
    ASSERT_TRUE(run(hooks.wait(second->outgoing_id, std::chrono::seconds(8)))) << i << " waited for the next look";
    clock.passed_ms += 10'000;  // hooks have a rate
  }
}

TEST_F(TriggersTest, AHookBringsFiles) {
  auto [bot, room] = begin_with_helper();
  auto hook = make_hook(room, true);
  const std::string body =
      R"({"text":"the chart","thread":"$root","attachments":[{"name":"c.png","content_type":"image/png","data":"aGk="}]})";
  auto accepted = post(hook, body, "key");
  ASSERT_TRUE(accepted) << accepted.error().message();
  must(hooks.wait(accepted->outgoing_id, std::chrono::seconds(10)));
  auto sent = homeserver->messages(bot);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].body, "the chart");
  EXPECT_EQ(sent[1].msgtype, "m.image");
  EXPECT_EQ(matrix::find_string(*matrix::find_object(sent[1].content, "m.relates_to"), "event_id"), "$root");
  auto mxc = std::string(*matrix::find_string(sent[1].content, "url"));
  EXPECT_EQ(homeserver->media(mxc)->bytes, "hi");
  auto again = post(hook, body, "key");
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->duplicate);
  ASSERT_TRUE(post(hook, R"({"attachments":[{"name":"d.svg","content_type":"image/svg+xml","url":")" + mxc + "\"}]}"));
  ASSERT_TRUE(eventually([&] { return homeserver->messages(bot).size() == 3; }));
  EXPECT_EQ(homeserver->messages(bot).back().msgtype, "m.file");
  EXPECT_EQ(homeserver->messages(bot).back().body, "d.svg");
}

TEST_F(TriggersTest, AHookMayEndByItselfAndTheRoomIsToldOnce) {
  auto [bot, room] = begin_with_helper();
  for (std::int64_t days : {0, 3'651}) {
    auto refused = run(hooks.create(1, "helper", {.name = "x", .room_id = room, .expires_in_days = days}, {"t"}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::invalid_param);
  }
  auto hook = must(hooks.create(1, "helper", {.name = "CI", .room_id = room, .expires_in_days = 10}, {"t"}));
  auto brief = must(hooks.create(1, "helper", {.name = "brief", .room_id = room, .expires_in_days = 1}, {"t"}));
  auto forever = make_hook(room);
  constexpr std::int64_t kDay = 86'400'000;
  EXPECT_EQ(*must(hooks.list(1, "helper"))[0].expires_ms, hook.hook.created_ms + 10 * kDay);
  must(hooks.tidy(clock.unix_ms()));
  EXPECT_TRUE(said(bot).empty());
  clock.shift_ms += 8 * kDay;
  EXPECT_EQ(post(brief, R"({"text":"x"})").error().http_status(), 410);
  for (int i = 0; i < 3; ++i) must(hooks.tidy(clock.unix_ms()));
  ASSERT_TRUE(eventually([&] { return said(bot).size() == 1; }));
  EXPECT_TRUE(said(bot)[0].starts_with("The webhook **CI** of this room ends on ")) << said(bot)[0];
  ASSERT_TRUE(post(hook, R"({"text":"still here"})"));
  ASSERT_TRUE(eventually([&] { return said(bot).size() == 2; }));
  clock.shift_ms += 3 * kDay;
  must(hooks.tidy(clock.unix_ms()));
  auto ended = post(hook, R"({"text":"x"})");
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().http_status(), 410);
  EXPECT_EQ(ended.error().message(), "The webhook has expired");
  EXPECT_EQ(must(hooks.list(1, "helper")).size(), 3U) << "people see that it has ended";
  clock.shift_ms += 31 * kDay;
  must(hooks.tidy(clock.unix_ms()));
  EXPECT_EQ(must(hooks.list(1, "helper")).size(), 1U);
  EXPECT_TRUE(post(forever, R"({"text":"last"})"));
  ASSERT_TRUE(eventually([&] { return said(bot).size() == 3; }));
  EXPECT_EQ(said(bot)[2], "last");
}

TEST_F(TriggersTest, ABotRemindsEachPersonInTheirZone) {
  begin();
  auto bot = add_running_bot("clock", "command");
  auto room = room_of({anna}, {bot});
  EXPECT_EQ(ask(room, bot, "!ping"), "pong");
  EXPECT_NE(ask(room, bot, "!help").find("!remind"), std::string::npos);
  EXPECT_NE(ask(room, bot, "!dance").find("!dance"), std::string::npos);
  EXPECT_NE(ask(room, bot, "hello").find("only know commands"), std::string::npos);
  EXPECT_NE(ask(room, bot, "!timezone").find("UTC"), std::string::npos);
  EXPECT_NE(ask(room, bot, "!timezone Mars/Base").find("no time zone"), std::string::npos);
  EXPECT_NE(ask(room, bot, "!timezone europe/berlin").find("Europe/Berlin now"), std::string::npos);
  EXPECT_NE(ask(room, bot, "!remind tomorrow at 9 stand-up").find("(Europe/Berlin)"), std::string::npos);
  EXPECT_NE(ask(room, bot, "!remind list").find("1. "), std::string::npos);
  EXPECT_NE(ask(room, bot, "!schedule \"* * * * *\" spam").find("too often"), std::string::npos);
  EXPECT_NE(ask(room, bot, "!schedule “0 9 * * 1-5” Good morning").find("Schedule 2 is set"), std::string::npos);
  EXPECT_NE(ask(room, bot, "!schedule list").find("0 9 * * 1-5"), std::string::npos);
  EXPECT_NE(ask(room, bot, "!remind cancel 2").find("no reminder 2"), std::string::npos);
  EXPECT_NE(ask(room, bot, "!schedule cancel 2").find("Cancelled schedule 2"), std::string::npos);
  EXPECT_NE(ask(room, bot, "!remind cancel 1").find("Cancelled reminder 1"), std::string::npos);
  EXPECT_NE(ask(room, bot, "!remind in 10 minutes to stretch").find("Reminder 3 is set"), std::string::npos);

  auto before = said(bot).size();
  clock.shift_ms += 10 * 60'000 + 1'000;
  look_at_schedules();
  ASSERT_TRUE(eventually([&] { return said(bot).size() == before + 1; }));
  auto message = homeserver->messages(bot).back();
  EXPECT_EQ(message.body, "⏰ anna: stretch");
  EXPECT_EQ(message.msgtype, "m.text");
  EXPECT_EQ(matrix::find_array(*matrix::find_object(message.content, "m.mentions"), "user_ids")->at(0).as_string(),
            std::string_view(anna));
  EXPECT_NE(ask(room, bot, "!remind list").find("no reminders"), std::string::npos);
}

TEST_F(TriggersTest, AReminderMissedWhileTheBotWasStoppedComesLateOnce) {
  begin();
  auto bot = add_running_bot("clock", "command");
  auto room = room_of({anna}, {bot});
  ask(room, bot, "!remind in 5 minutes to stretch");
  ask(room, bot, "!schedule \"0 * * * *\" the hour");
  must(bots->stop(1, "clock", {"t"}));
  auto before = said(bot).size();
  clock.shift_ms += 3 * 3'600'000 + 60'000;
  look_at_schedules();
  must(bots->start(1, "clock", {"t"}));
  ASSERT_TRUE(eventually([&] { return said(bot).size() == before + 2; }));
  auto texts = said(bot);
  auto late = std::ranges::find_if(texts, [](const auto& text) { return text.starts_with("⏰"); });
  ASSERT_NE(late, texts.end());
  EXPECT_NE(late->find("late by"), std::string::npos);
  auto hourly = std::ranges::find_if(texts, [](const auto& text) { return text.starts_with("the hour"); });
  ASSERT_NE(hourly, texts.end());
  EXPECT_NE(hourly->find("later ones left out"), std::string::npos);
}

TEST_F(TriggersTest, ARepeatedCommandMakesOneReminder) {
  begin();
  auto bot = add_running_bot("clock", "command");
  auto prepared = brains.find("command")->prepare({{"max_per_user", 2}}, {});
  ASSERT_TRUE(prepared);
  brains::BrainContext context{.http = http, .clock = clock, .bot_id = "clock", .bot_user_id = bot};
  auto made = brains.find("command")->make(context, prepared->config, {});
  ASSERT_TRUE(made);
  class Silent : public brains::ReplyStream {
   public:
    void update(std::string_view) override {}
    bool wanted() const override { return true; }
  } silent;
  auto command = [&](const std::string& event, const std::string& text) {
    Question question;
    question.room_id = "!a:localhost";
    question.event_id = event;
    question.sender = anna;
    question.text = text;
    question.timestamp_ms = clock.unix_ms();
    return must((*made)->answer(question, silent)).text;
  };
  auto first = command("$1", "!remind in 1 hour to x");
  EXPECT_EQ(command("$1", "!remind in 1 hour to x"), first);
  EXPECT_NE(command("$2", "remind me in 1 hour to y").find("Reminder 2"), std::string::npos);
  EXPECT_NE(command("$3", "!remind in 1 hour to z").find("as you may have: 2"), std::string::npos);
  auto cancelled = command("$4", "!remind cancel 1");
  EXPECT_NE(cancelled.find("Cancelled reminder 1: x"), std::string::npos);
  EXPECT_EQ(command("$4", "!remind cancel 1"), cancelled);
  EXPECT_NE(command("$5", "!remind cancel 1").find("no reminder 1"), std::string::npos);
}

class LateTest : public FleetTest {
 protected:
  void begin_late() {
    late = std::make_unique<brains::LateAnswers>(*db, *bus, clock);
    auto kind = brains::webhook_brain(late.get());
    kind.name = "later";
    brains.add(kind);
    http.answer = [this](const net::client::ClientRequest& request) -> Result<net::client::ClientResponse> {
      auto body = matrix::parse_json(request.body)->as_object();
      const base::Lock lock(mutex);
      asked.push_back(body);
      net::client::ClientResponse response;
      response.status = status;
      return response;
    };
    begin();
    bot = add_running_bot("hook", "later", {{"url", "http://127.0.0.1:9/hook"}, {"later_s", 60}});
    room = room_of({anna}, {bot});
  }
  std::size_t questions() {
    const base::Lock lock(mutex);
    return asked.size();
  }
  std::string token(std::size_t question) {
    const base::Lock lock(mutex);
    return std::string(*matrix::find_string(*matrix::find_object(asked.at(question), "reply"), "token"));
  }
  std::vector<std::string> said() {
    std::vector<std::string> bodies;
    for (const auto& message : homeserver->messages(bot)) bodies.push_back(message.body);
    return bodies;
  }

  std::unique_ptr<brains::LateAnswers> late;
  std::string bot;
  std::string room;
  base::Mutex mutex;
  std::vector<boost::json::object> asked;
  std::atomic<int> status{202};
};

TEST_F(LateTest, AnAnswerComesLaterByItsToken) {
  begin_late();
  homeserver->say(room, anna, "slow question");
  ASSERT_TRUE(eventually([&] { return questions() == 1; }));
  EXPECT_EQ(run(late->submit("x", {{"text", "no"}})).error().code(), Errc::not_found);
  EXPECT_EQ(run(late->submit(base::random_token(""), {{"text", "no"}})).error().code(), Errc::not_found);
  EXPECT_FALSE(must(late->submit(token(0), {{"text", "here it is"}})));
  ASSERT_TRUE(eventually([&] { return said() == std::vector<std::string>{"here it is"}; }));
  EXPECT_TRUE(must(late->submit(token(0), {{"text", "here it is"}})));
  EXPECT_EQ(run(late->submit(token(0), {{"text", "something else"}})).error().code(), Errc::conflict);
  EXPECT_EQ(said().size(), 1U);
}

TEST_F(LateTest, ItWaitsThroughARestartWithoutAskingAgain) {
  begin_late();
  homeserver->say(room, anna, "slow question");
  ASSERT_TRUE(eventually([&] { return questions() == 1; }));
  // The 202 has been noted.
  ASSERT_TRUE(eventually([&] {
    auto known = must(late->known(bot, homeserver->messages(anna).back().event_id));
    return known && known->accepted;
  }));
  end();
  begin();
  EXPECT_FALSE(must(late->submit(token(0), {{"text", "after the restart"}})));
  ASSERT_TRUE(eventually([&] { return said().size() == 1; }));
  EXPECT_EQ(said()[0], "after the restart");
  EXPECT_EQ(questions(), 1U);
}

TEST_F(LateTest, ItEndsWithASentence) {
  begin_late();
  homeserver->say(room, anna, "slow question");
  ASSERT_TRUE(eventually([&] { return questions() == 1; }));
  clock.shift_ms += 61'000;
  ASSERT_TRUE(eventually([&] { return said().size() == 1; }));
  EXPECT_NE(said()[0].find("too long"), std::string::npos);
  auto late_one = run(late->submit(token(0), {{"text", "too late"}}));
  ASSERT_FALSE(late_one);
  EXPECT_EQ(late_one.error().http_status(), 410);
  // Another conversation goes on meanwhile.
  auto other = room_of({ben}, {bot});
  homeserver->say(room, anna, "slow again");
  ASSERT_TRUE(eventually([&] { return questions() == 2; }));
  status = 204;
  homeserver->say(other, ben, "quick");
  ASSERT_TRUE(eventually([&] { return questions() == 3; }));
}

}  // namespace
}  // namespace troupe::fleet::triggers
