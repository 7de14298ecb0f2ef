// The assistant in rooms: a real fleet and real tasks, an assistant that does what the words say.
#include "assistant/surfaces/assistant_brain.h"
#include "assistant/surfaces/room_teller.h"
#include "assistant/surfaces/surfaces_fixture.h"
#include "kit/crash.h"

namespace troupe::assistant::surfaces {
namespace {

class RoomTest : public SurfacesTest {
 protected:
  RoomTest() {
    watcher.add("room", rooms);
    brains.add(
        assistant_kind({.people = people, .talk = talk, .services = services, .schedules = schedules, .tasks = tasks}));
  }
  ~RoomTest() override { end(); }

  void begin_in_room(boost::json::object config = {}, bool in_group = false) {
    begin();
    bot = add_running_bot("helper", "assistant", std::move(config));
    room = room_of(in_group ? std::vector{anna, ben, cleo} : std::vector{anna}, {bot});
  }
  std::vector<std::string> said() {
    std::vector<std::string> bodies;
    for (const auto& message : homeserver->messages(bot)) {
      auto text = message.body;
      if (const auto* now = matrix::find_object(message.content, "m.new_content")) {
        text = matrix::find_string(*now, "body").value_or("");
      }
      bodies.push_back(std::move(text));
    }
    return bodies;
  }
  /// Says something and waits until it is answered.
  std::string ask(const std::string& person, const std::string& text) {
    const auto turn = ++turns;
    homeserver->say(room, person, text);
    EXPECT_TRUE(settled("helper", turn)) << text;
    return said().empty() ? "" : said().back();
  }
  std::string react(const std::string& person, const std::string& target, const std::string& emoji) {
    const auto turn = ++turns;
    homeserver->put(room, person, "m.reaction",
                    {{"m.relates_to", {{"rel_type", "m.annotation"}, {"event_id", target}, {"key", emoji}}}});
    EXPECT_TRUE(settled("helper", turn)) << emoji;
    return said().empty() ? "" : said().back();
  }
  std::string last_event() { return homeserver->messages(bot).back().event_id; }

  fleet::triggers::Voice voice{*bus, fleet::triggers::Voice::FilePlaces{.media = *homeserver, .rooms = *homeserver}};
  RoomTeller rooms{voice, tasks};
  Watcher watcher{{.assistant = assistant, .db = *db, .clock = clock}};
  Schedules schedules{{.people = people, .talk = talk, .db = *db, .clock = clock}, "room", rooms};
  std::string bot;
  std::string room;
  std::int64_t turns = 0;
};

TEST_F(RoomTest, APlanRunsWhenItsPersonSaysSo) {
  begin_in_room();
  auto plan = ask(anna, "look for the roof");
  EXPECT_TRUE(has(plan, "I would do this.")) << plan;
  EXPECT_TRUE(has(plan, "1. ✅ Run it")) << plan;
  EXPECT_EQ(homeserver->count("m.reaction", bot), 2);
  EXPECT_EQ(assistant.executed, 0);
  EXPECT_EQ(ask(anna, "Yes!"), "Done: found it");
  EXPECT_EQ(assistant.executed, 1);
  EXPECT_TRUE(has(ask(anna, "yes"), "Nothing waits"));
  EXPECT_EQ(assistant.planned, 1);
}

TEST_F(RoomTest, AnApprovalShowsTheExactCallsAndIsGivenByReaction) {
  begin_in_room();
  assistant.text = "a `tick` and ```three```";
  ask(anna, "tell them");
  auto asked = ask(anna, "1");
  EXPECT_TRUE(has(asked, "\"channel\":\"C1\"")) << asked;
  EXPECT_TRUE(has(asked, "\\u0060tick\\u0060")) << "what is sent cannot end its own block: " << asked;
  EXPECT_EQ(react(anna, last_event(), "✅"), "Done: sent");
  ask(anna, "tell them again");
  ask(anna, "run it");
  EXPECT_TRUE(has(ask(anna, "❌"), "It ended: rejected"));
  EXPECT_EQ(tasks_of(anna).size(), 2U);
}

TEST_F(RoomTest, AChoiceIsItsNumberItsNameOrItsReaction) {
  begin_in_room();
  auto question = ask(anna, "which smith");
  EXPECT_TRUE(has(question, "1. 1️⃣ Anna Smith")) << question;
  EXPECT_TRUE(has(ask(anna, "3"), "There is no 3"));
  EXPECT_TRUE(has(ask(anna, "ben smith"), "I would do this."));
  EXPECT_EQ(matrix::find_string(tasks_of(anna)[0].spec.inputs, "choice"), "c2");
  clock.passed_ms += 1;  // the newest task is the first
  ask(anna, "which smith");
  EXPECT_TRUE(has(react(anna, last_event(), "1️⃣"), "I would do this."));
  EXPECT_EQ(matrix::find_string(tasks_of(anna)[0].spec.inputs, "choice"), "c1");
}

TEST_F(RoomTest, OnlyWhoeverAskedAnswers) {
  begin_in_room({}, true);
  ask(anna, "!helper tell them");
  auto plan = last_event();
  EXPECT_TRUE(has(react(ben, plan, "✅"), "Only @anna:localhost can answer"));
  EXPECT_EQ(assistant.executed, 0);
  // Ben's own yes has nothing to do with Anna's plan.
  EXPECT_TRUE(has(ask(ben, "!helper yes"), "Nothing waits"));
  ask(ben, "!helper look around");
  EXPECT_TRUE(has(react(anna, plan, "✅"), "needs an approval")) << "days and other people later";
  EXPECT_EQ(assistant.executed, 1);
  auto approval = last_event();
  auto refused = react(ben, approval, "✅");
  EXPECT_EQ(tasks_of(anna)[0].phase, tasks::Phase::awaiting_approval) << refused;
  EXPECT_EQ(react(anna, approval, "✅"), "Done: sent");
  EXPECT_EQ(tasks_of(ben).size(), 1U);
}

TEST_F(RoomTest, SomebodyNamedApprovesAndTheAskerDoesNot) {
  assistant.may = tasks::Approver::named;
  assistant.approvers = {ben};
  begin_in_room({}, true);
  ask(anna, "!helper tell them");
  react(anna, last_event(), "✅");
  auto approval = last_event();
  EXPECT_TRUE(has(react(anna, approval, "✅"), "Somebody else has to approve"));
  EXPECT_EQ(tasks_of(anna)[0].phase, tasks::Phase::awaiting_approval);
  EXPECT_EQ(react(ben, approval, "✅"), "Approved.");
  EXPECT_EQ(tasks_of(anna)[0].phase, tasks::Phase::done);
  const auto before = homeserver->messages(bot).size();
  clock.shift_ms += 60'000;
  must(watcher.round());
  ASSERT_TRUE(eventually([&] { return homeserver->messages(bot).size() > before; }));
  EXPECT_EQ(said().back(), "Done: sent") << "whoever asked is told";
}

TEST_F(RoomTest, PeopleInARoomShareNoTasks) {
  begin_in_room({}, true);
  ask(anna, "!helper which smith");
  EXPECT_TRUE(has(ask(ben, "!helper 1"), "Nothing waits"));
  EXPECT_TRUE(tasks_of(ben).empty());
  EXPECT_EQ(tasks_of(anna)[0].phase, tasks::Phase::awaiting_choice);
}

TEST_F(RoomTest, TasksAreListedInWords) {
  begin_in_room();
  ask(anna, "which smith");
  const auto listed = ask(anna, "!tasks");
  EXPECT_TRUE(has(listed, "awaiting choice")) << listed;
  EXPECT_FALSE(has(listed, "_")) << listed;
}

TEST_F(RoomTest, AStrangerIsToldSoAndMakesNothing) {
  homeserver->add_person("locked");
  begin_in_room({{"people", {"@anna:localhost", "@far:elsewhere.org", "@locked:localhost"}}}, true);
  EXPECT_TRUE(has(ask(ben, "!helper look"), "not on my list"));
  homeserver->set_flags("@locked:localhost", false, true);
  for (const std::string& user : {"@far:elsewhere.org", "@locked:localhost"}) {
    auto refused = run(people.of(user, 1));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::forbidden);
  }
  EXPECT_EQ(run(people.of(anna, 2)).error().code(), Errc::forbidden) << "another tenant's bot";
  EXPECT_EQ(run(people.of(bot, 1)).error().code(), Errc::forbidden) << "bots give no orders";
  EXPECT_EQ(assistant.planned, 0);
}

TEST_F(RoomTest, OtherServicesAreNotUsed) {
  assistant.service = "bolt";
  begin_in_room({{"services", {"slack"}}});
  EXPECT_TRUE(has(ask(anna, "tell them"), "I work with slack only"));
  EXPECT_EQ(tasks_of(anna)[0].phase, tasks::Phase::cancelled);
}

TEST_F(RoomTest, WhatOnlyReadsMayRunAtOnce) {
  begin_in_room({{"auto_run_reads", true}});
  EXPECT_EQ(ask(anna, "look for the roof"), "Done: found it");
  ask(anna, "tell them");
  EXPECT_EQ(assistant.executed, 1) << "what writes is asked";
}

TEST_F(RoomTest, WhatTakesLongIsToldLaterOnce) {
  begin_in_room({{"patience_s", 5}});
  ask(anna, "slow work");
  EXPECT_TRUE(has(ask(anna, "yes"), "It takes longer"));
  const auto before = homeserver->messages(bot).size();
  must(watcher.round());
  clock.shift_ms += 60'000;
  must(watcher.round());
  must(tasks.finish(assistant.running.begin()->second, "at last"));
  for (int i = 0; i < 3; ++i) {
    clock.shift_ms += 120'000;
    must(watcher.round());
  }
  ASSERT_TRUE(eventually([&] { return homeserver->messages(bot).size() > before; }));
  EXPECT_EQ(said().back(), "Done: at last");
  EXPECT_EQ(homeserver->messages(bot).size(), before + 1);
}

TEST_F(RoomTest, AFileOfAnAnswerIsPosted) {
  begin_in_room();
  assistant.file = "PNG bytes";
  ask(anna, "look around");
  const auto before = homeserver->messages(bot).size();
  ask(anna, "yes");
  const auto sent = homeserver->messages(bot);
  ASSERT_EQ(sent.size(), before + 2);
  EXPECT_EQ(sent[before].body, "Done: found it");
  EXPECT_EQ(sent[before + 1].msgtype, "m.image");
  EXPECT_EQ(sent[before + 1].body, "roof.png");
  EXPECT_EQ(homeserver->media(std::string(*matrix::find_string(sent[before + 1].content, "url")))->bytes, "PNG bytes");
}

TEST_F(RoomTest, AFileIsPostedLaterToo) {
  begin_in_room({{"patience_s", 5}});
  assistant.file = "PNG bytes";
  ask(anna, "slow work");
  ask(anna, "yes");
  const auto before = homeserver->messages(bot).size();
  must(tasks.finish(assistant.running.begin()->second, "at last"));
  clock.shift_ms += 120'000;
  must(watcher.round());
  ASSERT_TRUE(eventually([&] { return homeserver->messages(bot).size() == before + 2; }));
  const auto sent = homeserver->messages(bot);
  EXPECT_EQ(sent[before].body, "Done: at last");
  EXPECT_EQ(sent[before + 1].msgtype, "m.image");
  EXPECT_EQ(homeserver->media(std::string(*matrix::find_string(sent[before + 1].content, "url")))->bytes, "PNG bytes");
}

TEST_F(RoomTest, WhatIsDecidedElsewhereIsToldAndGoneOnWithHere) {
  begin_in_room();
  ask(anna, "tell them");
  const auto task = tasks_of(anna)[0].id;
  const auto before = homeserver->messages(bot).size();
  must(assistant.execute(who(anna), task, {}));  // in the console
  clock.shift_ms += 60'000;
  must(watcher.round());
  ASSERT_TRUE(eventually([&] { return homeserver->messages(bot).size() > before; }));
  EXPECT_TRUE(has(said().back(), "slack.send_message"));
  ASSERT_TRUE(eventually([&] {
    std::int64_t noted = 0;
    EXPECT_TRUE(db->read_now([&](store::Connection& c) -> Result<Unit> {
      noted = store::number(c.query("SELECT COUNT(*) FROM fleet_said"));
      return Unit{};
    }));
    return noted == 1;
  })) << "what is not noted is not answered";
  EXPECT_EQ(homeserver->count("m.reaction", bot), 4);
  end();
  begin();
  EXPECT_EQ(react(anna, last_event(), "✅"), "Done: sent");
}

TEST_F(RoomTest, NothingIsPlannedOrRunTwiceThoughAnAnswerIsLost) {
  begin();
  bot = add_running_bot("helper", "assistant");
  room = room_of({anna}, {bot});
  end();
  const std::vector<std::string> texts{"tell them", "yes", "yes"};
  for (std::size_t lost = 0; lost < texts.size(); ++lost) {
    const auto planned = assistant.planned;
    const auto executed = assistant.executed;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      kit::Crash<fleet::term::Step> crash;
      if (i == lost) {
        begin(crash.at_once(fleet::term::Step::after_brain));
        homeserver->say(room, anna, texts[i]);
        ASSERT_TRUE(eventually([&] { return crash.died(); }));
        end();
        begin();
      } else {
        begin();
        homeserver->say(room, anna, texts[i]);
      }
      ASSERT_TRUE(settled("helper", ++turns));
      end();
    }
    EXPECT_EQ(assistant.planned, planned + 1) << lost;
    EXPECT_EQ(assistant.executed, executed + 1) << lost;
    EXPECT_EQ(tasks_of(anna)[0].phase, tasks::Phase::done) << lost;
  }
}

TEST_F(RoomTest, AMessageIsActedOnOnceThoughTheProgramEndsInTheMiddle) {
  Thread kept;
  auto hear = [&](const std::string& text, const std::string& key) {
    auto thread = kept;
    Heard heard{.who = who(anna),
                .session = room_session("helper:!r"),
                .person = anna,
                .text = text,
                .message = "$" + key,
                .key = key,
                .place = room_place("@bot_helper:localhost", "!r", "", "$" + key, "en")};
    auto said = run(talk.hear(std::move(heard), thread, {},
                              {.wanted = [] { return true; },
                               .doing = {},
                               .keep = [&](Thread begun) -> Task<Unit> {
                                 kept = std::move(begun);
                                 co_return Unit{};
                               }}));
    if (said) kept = thread;
    return said;
  };
  for (const auto& [step, text, then] : {std::tuple{"chat", "tell them", dialogue::ReplyKind::plan},
                                         std::tuple{"execute", "yes", dialogue::ReplyKind::approval},
                                         std::tuple{"approve", "yes", dialogue::ReplyKind::result}}) {
    assistant.dies_after = step;
    EXPECT_FALSE(hear(text, step)) << step;
    assistant.dies_after.clear();
    auto said = hear(text, step);
    ASSERT_TRUE(said && said->reply) << step;
    EXPECT_EQ(said->reply->kind, then) << step;
  }
  EXPECT_EQ(assistant.planned, 1);
  EXPECT_EQ(assistant.executed, 1);
}

TEST_F(RoomTest, FilesWaitForWordsAndGoAlong) {
  begin_in_room();
  ++turns;
  homeserver->put(room, anna, "m.room.message",
                  {{"msgtype", "m.image"},
                   {"body", "roof.jpg"},
                   {"url", "mxc://localhost/abc"},
                   {"info", {{"mimetype", "image/jpeg"}}}});
  ASSERT_TRUE(eventually([&] {
    clock.passed_ms += 50;
    return settled_now("helper", turns);
  }));
  EXPECT_EQ(said().back(), "What shall I do with roof.jpg?");
  ask(anna, "tell them");
  ASSERT_EQ(assistant.heard.size(), 1U);
  EXPECT_EQ(assistant.heard[0].files, std::vector<std::string>{"mxc://localhost/abc"});
  EXPECT_EQ(assistant.heard[0].file_names, std::vector<std::string>{"roof.jpg"});
  EXPECT_EQ(assistant.heard[0].person, anna);
  ask(anna, "look again");
  EXPECT_TRUE(assistant.heard[1].files.empty());
}

TEST_F(RoomTest, AScheduleReadsByItselfAndAsksBeforeItWrites) {
  begin_in_room();
  EXPECT_TRUE(has(ask(anna, "!schedule \"* * * * *\" look"), "five minutes"));
  EXPECT_TRUE(has(ask(anna, "!schedule \"0 9 * * *\" Europe/Berlin look for jobs"), "Schedule 1 is set"));
  EXPECT_TRUE(has(ask(anna, "!schedule @daily tell them"), "Schedule 2 is set"));
  EXPECT_TRUE(has(ask(anna, "!schedule list"), "Europe/Berlin look for jobs"));
  clock.shift_ms += 25 * 3'600'000LL;
  const auto before = homeserver->messages(bot).size();
  must(schedules.round());
  must(schedules.round());
  ASSERT_TRUE(eventually([&] { return homeserver->messages(bot).size() == before + 2; }));
  EXPECT_EQ(assistant.executed, 1);
  auto bodies = said();
  std::ranges::sort(bodies);
  EXPECT_TRUE(std::ranges::any_of(
      bodies, [](const auto& body) { return has(body, "⏰ look for jobs") && has(body, "Done: found it"); }));
  EXPECT_TRUE(
      std::ranges::any_of(bodies, [](const auto& body) { return has(body, "⏰ tell them") && has(body, "Run it"); }));
  EXPECT_TRUE(has(ask(anna, "yes"), "needs an approval")) << "by whoever made the schedule";
  must(bots->stop(1, "helper", {"tester"}));
  clock.shift_ms += 25 * 3'600'000LL;
  must(schedules.round());
  EXPECT_EQ(assistant.planned, 2) << "a bot that is stopped begins nothing";
  must(bots->start(1, "helper", {"tester"}));
  homeserver->set_flags(anna, true, false);
  clock.shift_ms += 25 * 3'600'000LL;
  must(schedules.round());
  EXPECT_EQ(assistant.planned, 2) << "who is gone has nothing done";
}

TEST_F(RoomTest, WhatIsWrittenIsChecked) {
  begin();
  for (const auto& [config, field] :
       std::vector<std::pair<boost::json::object, std::string>>{{{{"services", "slack"}}, "services"},
                                                                {{{"services", {1}}}, "services"},
                                                                {{{"people", {"anna"}}}, "people"},
                                                                {{{"auto_run_reads", "yes"}}, "auto_run_reads"},
                                                                {{{"patience_s", 1}}, "patience_s"},
                                                                {{{"nonsense", 1}}, "nonsense"}}) {
    fleet::service::NewBot wanted;
    wanted.bot_id = "wrong";
    wanted.brain_kind = "assistant";
    wanted.brain_config = config;
    auto refused = run(bots->create(1, std::move(wanted), {"tester"}));
    ASSERT_FALSE(refused) << field;
    EXPECT_NE(refused.error().message().find(field), std::string::npos) << refused.error().message();
  }
}

}  // namespace
}  // namespace troupe::assistant::surfaces
