// What a bot says later to a question is answered like an answer: reactions and replies to it reach the brain, and say
// what they are about.
#include "fleet/triggers/voice.h"

#include "fleet/fleet_fixture.h"
#include "kit/crash.h"
#include "matrix/json.h"

namespace troupe::fleet::triggers {
namespace {

class VoiceTest : public FleetTest {
 protected:
  void say(const LateWords& words) {
    auto write = [&](store::Tx& tx) -> Result<Unit> { return voice.say(tx, words, clock.unix_ms()); };
    ASSERT_TRUE(db->write_now(write));
    voice.ring();
  }
  LateWords news(const std::string& bot, const std::string& room, const std::string& about) {
    return {.bot_user_id = bot,
            .room_id = room,
            .about = about,
            .key = "news of $1",
            .reply = {.text = "It wants an approval.", .choices = {{.id = "yes", .label = "Do it", .reaction = "👋"}}}};
  }
  void react(const std::string& room, const std::string& target, const std::string& emoji) {
    homeserver->put(room, anna, "m.reaction",
                    {{"m.relates_to", {{"rel_type", "m.annotation"}, {"event_id", target}, {"key", emoji}}}});
  }
  /// What was said is noted, so that answers to it are heard.
  bool noted(std::int64_t messages) {
    return eventually([&] {
      std::int64_t found = 0;
      EXPECT_TRUE(db->read_now([&](store::Connection& c) -> Result<Unit> {
        found = store::number(c.query("SELECT COUNT(*) FROM fleet_said"));
        return Unit{};
      }));
      return found == messages;
    });
  }
  std::vector<Question> asked() {
    const base::Lock lock(brain.mutex);
    return brain.questions;
  }

  Voice voice{*bus};
};

TEST_F(VoiceTest, WhatIsSaidLaterIsAnsweredLikeAnAnswer) {
  begin();
  auto bot = add_running_bot("helper");
  auto room = room_of({anna, ben}, {bot});
  auto question = homeserver->say(room, anna, "!helper begin");
  ASSERT_TRUE(settled("helper", 1));
  say(news(bot, room, question));
  ASSERT_TRUE(noted(1));
  EXPECT_EQ(homeserver->count("m.reaction", bot), 1);
  auto said = homeserver->messages(bot).back();
  EXPECT_NE(said.body.find("It wants an approval."), std::string::npos);
  EXPECT_NE(said.body.find("1. 👋 Do it"), std::string::npos);
  EXPECT_EQ(matrix::find_string(
                *matrix::find_object(*matrix::find_object(said.content, "m.relates_to"), "m.in_reply_to"), "event_id"),
            question);
  end();
  begin();  // what it is about outlives a restart
  react(room, said.event_id, "👍");
  react(room, said.event_id, "👋");
  ASSERT_TRUE(settled("helper", 2));
  homeserver->put(
      room, anna, "m.room.message",
      {{"msgtype", "m.text"}, {"body", "why?"}, {"m.relates_to", {{"m.in_reply_to", {{"event_id", said.event_id}}}}}});
  ASSERT_TRUE(settled("helper", 3));
  ASSERT_EQ(asked().size(), 3U) << "a reaction that nobody hears is none";
  EXPECT_EQ(asked()[0].about, "");
  EXPECT_EQ(asked()[1].about, "news of $1");
  EXPECT_EQ(asked()[1].text, "👋");
  EXPECT_EQ(asked()[2].about, "news of $1");
}

TEST_F(VoiceTest, AReactionThatIsHeardSaysWhichQuestionItsAnswerWasTo) {
  auto [bot, room] = begin_with_helper();
  auto first = homeserver->say(room, anna, "first");
  ASSERT_TRUE(settled("helper", 1));
  auto answer = homeserver->messages(bot).back().event_id;
  homeserver->say(room, anna, "second");
  ASSERT_TRUE(settled("helper", 2));
  react(room, answer, "👋");
  ASSERT_TRUE(settled("helper", 3));
  EXPECT_EQ(asked()[2].about, first);
}

TEST_F(VoiceTest, ItIsSaidOnceWhereverTheProgramEnds) {
  kit::Crash<term::Step> crash;
  begin(crash.at_once(term::Step::said));
  auto bot = add_running_bot("helper");
  auto room = room_of({anna}, {bot});
  say(news(bot, room, "$q"));
  say(news(bot, room, "$q"));
  ASSERT_TRUE(eventually([&] { return crash.died(); }));
  end();
  begin();
  ASSERT_TRUE(eventually([&, helper = view("helper").bot.id] {
    std::int64_t waiting = 1;
    EXPECT_TRUE(db->read_now([&](store::Connection& c) -> Result<Unit> {
      waiting = count_waiting(c, helper);
      return Unit{};
    }));
    return waiting == 0;
  }));
  EXPECT_EQ(homeserver->messages(bot).size(), 1U);
  EXPECT_EQ(homeserver->count("m.reaction", bot), 1);
}

TEST_F(VoiceTest, NobodySaysAnythingForABotThatIsGone) {
  auto write = [&](store::Tx& tx) -> Result<Unit> { return voice.say(tx, news("@gone:localhost", "!r", "$q"), 1); };
  auto done = db->write_now(write);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), Errc::not_found);
}

}  // namespace
}  // namespace troupe::fleet::triggers
