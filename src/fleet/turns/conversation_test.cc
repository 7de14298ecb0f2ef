// Conversations: which messages are one question, what a `!reset` ends, and what a brain hears of answers that nobody
// waits for any more.
#include "base/mutex.h"
#include "fleet/fleet_fixture.h"
#include "fleet/turns/turn_store.h"
#include "kit/crash.h"

namespace troupe::fleet::turns {
namespace {

class ConversationTest : public FleetTest {
 protected:
  ConversationTest() {
    brain.sessions = true;
    limits.join_within = std::chrono::minutes(1);
  }
  std::string send_picture(const std::string& room, std::string_view caption = {}, bool voice = false) {
    boost::json::object content{{"msgtype", voice ? "m.audio" : "m.image"},
                                {"body", caption.empty() ? "a.png" : caption},
                                {"filename", "a.png"},
                                {"url", "mxc://localhost/a"}};
    if (voice) content["org.matrix.msc3245.voice"] = boost::json::object();
    return homeserver->put(room, anna, "m.room.message", std::move(content));
  }
  std::vector<std::string> said(const std::string& bot) {
    std::vector<std::string> bodies;
    for (const auto& message : homeserver->messages(bot)) bodies.push_back(message.body);
    return bodies;
  }
  using Lines = std::vector<std::string>;
};

TEST_F(ConversationTest, AQuestionIsAskedAtOnceAndWhatComesMeanwhileIsTheNext) {
  auto [bot, room] = begin_with_helper();
  brain.hold = true;
  auto began = std::chrono::steady_clock::now();
  homeserver->say(room, anna, "zero");
  ASSERT_TRUE(eventually([&] { return brain.asked == 1; }));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(50)) << "it does not wait for more words";
  for (const char* text : {"one", "two", "three"}) homeserver->say(room, anna, text);
  ASSERT_TRUE(eventually([&] { return turns_open().size() == 4; }));
  brain.hold = false;
  ASSERT_TRUE(settled("helper", 4));
  EXPECT_EQ(brain.asked, 2);
  EXPECT_EQ(view("helper").bot.answered, 4);
  EXPECT_EQ(said(bot), (Lines{"answer to zero", "answer to one\ntwo\nthree"}));
  EXPECT_TRUE(turns_open().empty());
}

TEST_F(ConversationTest, MessagesFarApartAreQuestionsOfTheirOwn) {
  limits.join_within = std::chrono::milliseconds(1);
  auto [bot, room] = begin_with_helper();
  brain.hold = true;
  for (const char* text : {"one", "two", "three"}) {
    homeserver->say(room, anna, text);
    clock.shift_ms += 50;
  }
  brain.hold = false;
  ASSERT_TRUE(settled("helper", 3));
  EXPECT_EQ(brain.asked, 3);
}

TEST_F(ConversationTest, AFileWaitsForTheWordsAboutIt) {
  auto [bot, room] = begin_with_helper();
  send_picture(room);
  homeserver->say(room, anna, "what is this?");
  ASSERT_TRUE(settled("helper", 2));
  EXPECT_EQ(brain.asked, 1);
  {
    const base::Lock lock(brain.mutex);
    EXPECT_EQ(brain.questions[0].text, "what is this?");
    EXPECT_EQ(brain.questions[0].attachments.size(), 1U);
  }
  auto began = std::chrono::steady_clock::now();
  send_picture(room, "what is that?");
  ASSERT_TRUE(settled("helper", 3));
  send_picture(room, {}, true);
  ASSERT_TRUE(settled("helper", 4));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(50)) << "a caption or a voice is enough";
}

TEST_F(ConversationTest, JoinedMessagesAreAnsweredOnceWhereverItIsKilled) {
  limits.join_within = std::chrono::milliseconds(1'500);
  auto [bot, room] = begin_with_helper();
  std::size_t rounds = 0;
  for (int step = 1; step < term::kSteps; ++step) {
    SCOPED_TRACE("killed at step " + std::to_string(step));
    end();
    kit::Crash<term::Step> crash;
    begin(crash.at_once(static_cast<term::Step>(step)));
    send_picture(room);
    homeserver->say(room, anna, "what is this?");
    ASSERT_TRUE(eventually([&] { return crash.died(); }));
    end();
    begin();
    ++rounds;
    ASSERT_TRUE(settled("helper", static_cast<std::int64_t>(2 * rounds)));
    EXPECT_EQ(homeserver->messages(bot).size(), rounds);
    EXPECT_TRUE(turns_open().empty());
  }
}

TEST_F(ConversationTest, ACommandStandsAlone) {
  auto [bot, room] = begin_with_helper();
  brain.hold = true;
  homeserver->say(room, anna, "zero");
  ASSERT_TRUE(eventually([&] { return brain.asked == 1; }));
  for (const char* text : {"one", "!status", "two", "!!! three"}) homeserver->say(room, anna, text);
  ASSERT_TRUE(eventually([&] { return turns_open().size() == 5; }));
  brain.hold = false;
  ASSERT_TRUE(settled("helper", 5));
  EXPECT_EQ(said(bot), (Lines{"answer to zero", "answer to one", "answer to !status", "answer to two\n!!! three"}));
}

TEST_F(ConversationTest, AResetEndsTheAnswerThatIsBeingWritten) {
  brain.streams = true;
  limits.first_edit = std::chrono::milliseconds(1);
  auto [bot, room] = begin_with_helper();
  auto other = room_of({ben}, {bot});
  brain.hold = true;
  homeserver->say(room, anna, "a long story");
  homeserver->say(other, ben, "mine");
  ASSERT_TRUE(eventually([&] { return brain.asked == 2 && homeserver->messages(bot).size() == 2; }));
  homeserver->say(room, anna, "and more");
  ASSERT_TRUE(eventually([&] { return turns_open().size() == 3; }));
  homeserver->say(room, anna, "!reset");
  ASSERT_TRUE(eventually([&] { return brain.abandoned == 1; })) << "the brain is told";
  ASSERT_TRUE(eventually([&] { return turns_open().size() == 1; }));
  EXPECT_EQ(brain.asked, 2) << "what waited before the reset is not asked";
  std::string last;
  for (const auto& message : homeserver->messages(bot)) {
    if (message.room_id == room) last = message.body;
  }
  EXPECT_EQ(last, "Done. I have forgotten our conversation.");
  EXPECT_EQ(view("helper").bot.skipped, 2);
  brain.hold = false;
  brain.streams = false;
  ASSERT_TRUE(settled("helper", 4));
  homeserver->say(room, anna, "hello again");
  ASSERT_TRUE(settled("helper", 5));
  const base::Lock lock(brain.mutex);
  EXPECT_EQ(brain.questions.back().session, "helper:" + room + "~1");
}

TEST_F(ConversationTest, TheBrainIsToldThatNobodyWaits) {
  auto [bot, room] = begin_with_helper();
  brain.hold = true;
  auto question = homeserver->say(room, anna, "one");
  ASSERT_TRUE(eventually([&] { return brain.asked == 1; }));
  homeserver->put(room, anna, "m.room.redaction", {{"redacts", question}});
  ASSERT_TRUE(eventually([&] { return brain.abandoned == 1; })) << "the question was removed";
  homeserver->say(room, anna, "two");
  ASSERT_TRUE(eventually([&] { return brain.asked == 2; }));
  must(bots->stop(1, "helper", {"t"}));
  ASSERT_TRUE(eventually([&] { return brain.abandoned == 2; })) << "the bot was stopped";
  brain.hold = false;
  must(bots->start(1, "helper", {"t"}));
  homeserver->say(room, anna, "three");
  ASSERT_TRUE(eventually([&] { return said(bot) == Lines{"answer to three"}; }));
  EXPECT_EQ(brain.abandoned, 2) << "an answer that came is not abandoned";
}

TEST_F(ConversationTest, AnExcuseHasAReferenceAMetricAndComesOnceAMinute) {
  brain.trouble = "tool_call";
  brain.text = "My model wanted a tool.";
  auto [bot, room] = begin_with_helper();
  homeserver->say(room, anna, "one");
  ASSERT_TRUE(settled("helper", 1));
  auto told = homeserver->messages(bot).back();
  EXPECT_TRUE(told.body.starts_with("My model wanted a tool. (reference ")) << told.body;
  EXPECT_EQ(told.msgtype, "m.notice");
  EXPECT_EQ(view("helper").bot.failed, 1);
  homeserver->say(room, anna, "two");
  ASSERT_TRUE(settled("helper", 2));
  EXPECT_EQ(homeserver->messages(bot).size(), 1U);
  EXPECT_NE(metrics.expose().find("reason=\"tool_call\"} 2"), std::string::npos) << metrics.expose();
}

TEST_F(ConversationTest, WhatALookAroundFindsIsInTheBotsLog) {
  brain.findings = {{.text = "The server does not list the model."}};
  begin();
  add_running_bot("helper");
  EXPECT_TRUE(eventually([&] {
    LogQuery query;
    query.search = "does not list the model";
    auto lines = must(bots->logs(1, "helper", query)).items;
    return !lines.empty() && lines.front().level == "warning";
  }));
}

}  // namespace
}  // namespace troupe::fleet::turns
