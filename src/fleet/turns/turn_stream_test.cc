// Answers that are shown while they are written: one message, edits of it, exactly one end, whatever happens in
// between.
#include <boost/json/serialize.hpp>

#include "base/mutex.h"
#include "fleet/answers/choices.h"
#include "fleet/answers/reply_content.h"
#include "fleet/bots/session_store.h"
#include "fleet/fleet_fixture.h"
#include "fleet/turns/live_message.h"
#include "host/lease.h"
#include "kit/crash.h"

namespace troupe::fleet::turns {
namespace {

class TurnStreamTest : public FleetTest {
 protected:
  TurnStreamTest() {
    brain.streams = true;
    limits.first_edit = std::chrono::milliseconds(1);
    limits.join_within = std::chrono::milliseconds(0);
  }
  /// What the room shows in the end: messages of the bot with their newest text, in order.
  std::vector<std::string> shown(const std::string& bot) {
    std::vector<std::string> ids;
    std::map<std::string, std::string> texts;
    for (const auto& sent : homeserver->messages(bot)) {
      const auto* relation = matrix::find_object(sent.content, "m.relates_to");
      if (relation && matrix::find_string(*relation, "rel_type") == "m.replace") {
        auto of = std::string(*matrix::find_string(*relation, "event_id"));
        EXPECT_TRUE(texts.contains(of)) << "an edit of nothing: " << boost::json::serialize(sent.content);
        texts[of] = *matrix::find_string(*matrix::find_object(sent.content, "m.new_content"), "body");
      } else {
        ids.push_back(sent.event_id);
        texts[sent.event_id] = sent.body;
      }
    }
    std::vector<std::string> all;
    for (const auto& id : ids) all.push_back(texts[id]);
    return all;
  }
  std::string kept(const std::string& bot_id, const std::string& place, std::string_view name) {
    std::string found;
    auto look = [&](store::Connection& c) -> Result<Unit> {
      auto value = bots::session_value(c, view(bot_id).bot.id, place, name);
      if (value) found = boost::json::serialize(*value);
      return Unit{};
    };
    EXPECT_TRUE(db->read_now(look));
    return found;
  }

  kit::Crash<term::Step> crash;
};

/// A process that hung comes back with an edit in its hands, when another one has ended the answer.
TEST_F(TurnStreamTest, WhoeverHasLostTheBotsEditsNothing) {
  auto [bot, room] = begin_with_helper();
  auto question = homeserver->say(room, anna, "hello");
  ASSERT_TRUE(settled("helper", 1));
  ASSERT_EQ(shown(bot), std::vector<std::string>{"answer to hello"});

  class MayHold : public term::Holding {
   public:
    bool seems_held() const override { return held; }
    bool held = false;
  } holding;
  term::Steps steps;
  term::Term term(io.at(0).get_executor(), steps);
  term::TermStore term_store(*db, term, holding, limits.first_retry);
  const LiveMessage::Uses uses{
      .term = term, .store = term_store, .rooms = *homeserver, .clock = clock, .limits = limits};
  LiveMessage::Place place{.bot = std::make_shared<term::LiveBot>(io.at(0).get_executor()),
                           .room_id = room,
                           .question_id = question,
                           .answers_id = question,
                           .thread_root = {},
                           .streamed = true};
  place.bot->row = view("helper").bot;
  auto edit = [&]() -> Task<Unit> {
    co_await std::make_shared<LiveMessage>(uses, place)->close("half of it");
    co_return Unit{};
  };
  must(edit());
  EXPECT_EQ(shown(bot), std::vector<std::string>{"answer to hello"});
  holding.held = true;
  must(edit());
  EXPECT_EQ(shown(bot), std::vector<std::string>{"half of it"});
}

TEST_F(TurnStreamTest, OneMessageGrowsAndEndsClean) {
  auto [bot, room] = begin_with_helper();
  brain.hold = true;
  auto question = homeserver->say(room, anna, "hello");
  ASSERT_TRUE(eventually([&] { return homeserver->messages(bot).size() == 1; }));
  auto first = homeserver->messages(bot).front();
  EXPECT_EQ(first.body, "answer … …") << "the partial text with the mark of an unfinished one";
  EXPECT_TRUE(turns_open().front().streamed);
  brain.hold = false;
  ASSERT_TRUE(settled("helper", 1));
  auto all = homeserver->messages(bot);
  auto last = all.back().content;
  EXPECT_EQ(boost::json::value_to<std::string>(last.at("m.relates_to").at("event_id")), first.event_id);
  EXPECT_EQ(last.at("body"), "* answer to hello");
  EXPECT_EQ(last.at("m.new_content").at("body"), "answer to hello");
  EXPECT_FALSE(last.at("m.new_content").as_object().contains("m.relates_to"));
  EXPECT_TRUE(last.at("m.mentions").as_object().empty());
  EXPECT_EQ(shown(bot), std::vector<std::string>{"answer to hello"});
  auto turn = [&] {
    std::optional<Turn> found;
    auto look = [&](store::Connection& c) -> Result<Unit> {
      auto thread = thread_of_answer(c, first.event_id, view("helper").bot.id);
      EXPECT_TRUE(thread);
      return Unit{};
    };
    EXPECT_TRUE(db->read_now(look));
  };
  turn();
}

TEST_F(TurnStreamTest, WhereEverybodyFollowsTheStreamAnAnswerIsTwoEvents) {
  homeserver->offer_streams(false);
  auto [bot, room] = begin_with_helper();
  brain.hold = true;
  homeserver->say(room, anna, "hello");
  ASSERT_TRUE(eventually([&] { return !homeserver->streamed().empty(); }));
  auto first = homeserver->messages(bot).front();
  EXPECT_TRUE(first.content.contains("m.stream"));
  EXPECT_EQ(homeserver->streamed().front().event_id, first.event_id);
  EXPECT_EQ(homeserver->streamed().front().text, "answer …") << "without the mark of an unfinished one";
  EXPECT_EQ(homeserver->open_streams(), 1);
  brain.hold = false;
  ASSERT_TRUE(settled("helper", 1));
  const auto all = homeserver->messages(bot);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_FALSE(all[1].content.at("m.new_content").as_object().contains("m.stream")) << "the stream is over";
  EXPECT_EQ(shown(bot), std::vector<std::string>{"answer to hello"});
  EXPECT_TRUE(eventually([&] { return homeserver->open_streams() == 0; }));
}

TEST_F(TurnStreamTest, WhatABotIsDoingIsShownUntilThereIsText) {
  homeserver->offer_streams(false);
  brain.does = "⚙ search";
  auto [bot, room] = begin_with_helper();
  brain.hold = true;
  homeserver->say(room, anna, "hello");
  ASSERT_TRUE(eventually([&] { return !homeserver->streamed().empty(); }));
  EXPECT_EQ(homeserver->messages(bot).front().body, "answer …\n\n⚙ search …");
  EXPECT_EQ(homeserver->streamed().front().text, "answer …\n\n⚙ search");
  brain.hold = false;
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(shown(bot), std::vector<std::string>{"answer to hello"});
}

TEST_F(TurnStreamTest, OneAnswerWhereverItIsKilled) {
  homeserver->offer_streams(true);
  auto [bot, room] = begin_with_helper();
  std::vector<std::string> expected;
  for (int first = 0; first < term::kStreamedSteps; ++first) {
    for (int second = 0; second < term::kStreamedSteps; second += 3) {
      SCOPED_TRACE("killed at steps " + std::to_string(first) + " and " + std::to_string(second));
      auto text = std::to_string(first) + "." + std::to_string(second);
      expected.push_back("answer to " + text);
      end();
      brain.streams_slowly = true;
      begin(crash.at(first));
      crash.arm();
      homeserver->say(room, anna, text);
      ASSERT_TRUE(eventually([&] { return crash.died(); }));
      end();
      crash.disarm();
      begin(crash.at(second));
      crash.arm();
      ASSERT_TRUE(eventually(
          [&] { return crash.died() || settled_now("helper", static_cast<std::int64_t>(expected.size())); }));
      end();
      crash.disarm();
      brain.streams_slowly = second % 2 == 0;  // the last life may answer at once: the message must still end
      begin();
      ASSERT_TRUE(settled("helper", static_cast<std::int64_t>(expected.size())));
      ASSERT_EQ(shown(bot), expected);
    }
  }
}

TEST_F(TurnStreamTest, AFailureInTheMiddleKeepsWhatWasWritten) {
  auto [bot, room] = begin_with_helper();
  brain.hold = true;
  homeserver->say(room, anna, "hello");
  ASSERT_TRUE(eventually([&] { return homeserver->messages(bot).size() == 1; }));
  brain.fail = true;
  brain.hold = false;
  ASSERT_TRUE(settled("helper", 1));
  auto all = shown(bot);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(all[0].starts_with("answer …\n\nThe answer broke off here (reference ")) << all[0];
  EXPECT_EQ(view("helper").bot.failed, 1);
  EXPECT_EQ(all[0].find("secret"), std::string::npos);
}

TEST_F(TurnStreamTest, AFailedEditMakesNoSecondMessage) {
  auto [bot, room] = begin_with_helper();
  brain.hold = true;
  homeserver->say(room, anna, "hello");
  ASSERT_TRUE(eventually([&] { return homeserver->messages(bot).size() == 1; }));
  homeserver->fail_sends(2, Errc::unavailable);
  brain.hold = false;
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(shown(bot), std::vector<std::string>{"answer to hello"});
}

TEST_F(TurnStreamTest, ARemovedQuestionEndsTheAnswer) {
  auto [bot, room] = begin_with_helper();
  brain.hold = true;
  auto question = homeserver->say(room, anna, "hello");
  ASSERT_TRUE(eventually([&] { return homeserver->messages(bot).size() == 1; }));
  homeserver->put(room, anna, "m.room.redaction", {{"redacts", question}});
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_TRUE(eventually([&] {
    return shown(bot) == std::vector<std::string>{"The question was removed. …"} ||
           shown(bot) == std::vector<std::string>{"The question was removed."};
  }));
  brain.hold = false;
  EXPECT_EQ(view("helper").bot.answered, 0);
}

TEST_F(TurnStreamTest, AStopEndsTheAnswerAtOnce) {
  auto [bot, room] = begin_with_helper();
  brain.hold = true;
  homeserver->say(room, anna, "hello");
  ASSERT_TRUE(eventually([&] { return homeserver->messages(bot).size() == 1; }));
  must(bots->stop(1, "helper", {"tester"}));
  EXPECT_TRUE(eventually([&] { return shown(bot) == std::vector<std::string>{"I was stopped here."}; }));
  EXPECT_TRUE(turns_open().empty());
  brain.hold = false;
}

TEST_F(TurnStreamTest, AnswersInAThreadStayThere) {
  auto [bot, room] = begin_with_helper();
  auto root = homeserver->say(room, anna, "root");
  ASSERT_TRUE(settled("helper", 1));
  boost::json::object relation{{"rel_type", "m.thread"}, {"event_id", root}};
  homeserver->put(room, anna, "m.room.message", {{"msgtype", "m.text"}, {"body", "in it"}, {"m.relates_to", relation}});
  ASSERT_TRUE(settled("helper", 2));
  const base::Lock lock(brain.mutex);
  ASSERT_EQ(brain.questions.size(), 2U);
  EXPECT_EQ(brain.questions[0].session, "helper:" + room);
  EXPECT_EQ(brain.questions[1].session, "helper:" + room + ":" + root);
  bool found = false;
  for (const auto& sent : homeserver->messages(bot)) {
    const auto* to = matrix::find_object(sent.content, "m.relates_to");
    if (to && matrix::find_string(*to, "rel_type") == "m.thread") found = matrix::find_string(*to, "event_id") == root;
  }
  EXPECT_TRUE(found);
}

class SessionTest : public TurnStreamTest {
 protected:
  SessionTest() {
    brain.streams = false;
    brain.sessions = true;
  }
};

TEST_F(SessionTest, ManyPeopleAreAnsweredInOrderOneAtATime) {
  limits.join_within = std::chrono::milliseconds(300);
  begin();
  auto bot = add_running_bot("helper", "test", {{"respond", "always"}});
  auto room = room_of({anna, ben, cleo}, {bot});
  std::vector<std::string> expected;
  for (int i = 0; i < 20; ++i) {
    const auto& who = i % 3 == 0 ? anna : i % 3 == 1 ? ben : cleo;
    homeserver->say(room, who, std::to_string(i));
    expected.push_back("answer to " + std::to_string(i));
  }
  ASSERT_TRUE(settled("helper", 20));
  EXPECT_EQ(brain.most_at_once, 1);
  EXPECT_EQ(shown(bot), expected);
}

TEST_F(SessionTest, ResetBeginsAnotherSession) {
  auto [bot, room] = begin_with_helper();
  brain.remember = {{"count", 1}};
  homeserver->say(room, anna, "hello");
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(kept("helper", room, "count"), "1");
  homeserver->say(room, anna, "!reset");
  ASSERT_TRUE(settled("helper", 2));
  EXPECT_EQ(kept("helper", room, "count"), "");
  EXPECT_EQ(brain.asked, 1) << "the brain is not asked";
  homeserver->say(room, anna, "hello again");
  ASSERT_TRUE(settled("helper", 3));
  const base::Lock lock(brain.mutex);
  EXPECT_EQ(brain.questions[0].session, "helper:" + room);
  EXPECT_EQ(brain.questions[1].session, "helper:" + room + "~1");
}

TEST_F(SessionTest, WhatIsRememberedIsWrittenWithTheReply) {
  auto [bot, room] = begin_with_helper();
  brain.remember = {{"n", 1}, {"_x", 2}};
  end();
  begin(crash.at(term::Step::after_brain));
  crash.arm();
  homeserver->say(room, anna, "hello");
  ASSERT_TRUE(eventually([&] { return crash.died(); }));
  end();
  crash.disarm();
  EXPECT_EQ((make_service(), kept("helper", room, "n")), "");
  bots.reset();
  begin();
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(kept("helper", room, "n"), "1");
  EXPECT_EQ(kept("helper", room, "_x"), "") << "names with an underscore are ours";
}

TEST_F(SessionTest, ChoicesAreOfferedAndTakenByNumberOrReaction) {
  auto [bot, room] = begin_with_helper();
  brain.choices = {{.id = "yes", .label = "Do it", .reaction = "✅"},
                   {.id = "no", .label = "Leave it", .reaction = "❌"}};
  homeserver->say(room, anna, "shall we?");
  ASSERT_TRUE(settled("helper", 1));
  auto offered = homeserver->messages(bot).back();
  EXPECT_NE(offered.body.find("1. ✅ Do it\n2. ❌ Leave it"), std::string::npos) << offered.body;
  EXPECT_EQ(homeserver->count("m.reaction", bot), 2);
  brain.choices.clear();
  homeserver->say(room, anna, "2");
  ASSERT_TRUE(settled("helper", 2));
  homeserver->say(room, anna, "2");
  ASSERT_TRUE(settled("helper", 3));
  brain.choices = {{.id = "yes", .label = "Do it", .reaction = "✅"}};
  homeserver->say(room, anna, "and now?");
  ASSERT_TRUE(settled("helper", 4));
  brain.choices.clear();
  end();
  begin();  // the offer outlives a restart
  auto target = homeserver->messages(bot).back().event_id;
  homeserver->put(room, anna, "m.reaction",
                  {{"m.relates_to", {{"rel_type", "m.annotation"}, {"event_id", target}, {"key", "👍"}}}});
  homeserver->put(room, anna, "m.reaction",
                  {{"m.relates_to", {{"rel_type", "m.annotation"}, {"event_id", target}, {"key", "✅"}}}});
  ASSERT_TRUE(settled("helper", 5));
  const base::Lock lock(brain.mutex);
  ASSERT_EQ(brain.questions.size(), 5U);
  EXPECT_EQ(brain.questions[0].choice_id, "");
  EXPECT_EQ(brain.questions[1].choice_id, "no");
  EXPECT_EQ(brain.questions[2].choice_id, "") << "an offer is taken once";
  EXPECT_EQ(brain.questions[4].choice_id, "yes");
}

TEST_F(SessionTest, AChoiceMayBePickedWhileTheOthersAreStillOffered) {
  std::string room;
  std::atomic<bool> offered = false;
  auto pick_at_once = [&](term::Step step) {
    if (step != term::Step::after_send || offered.exchange(true)) return true;
    homeserver->fail_sends(1'000'000, Errc::unavailable);  // the turn does not end yet
    auto target = homeserver->messages("@bot_helper:localhost").back().event_id;
    homeserver->put(room, anna, "m.reaction",
                    {{"m.relates_to", {{"rel_type", "m.annotation"}, {"event_id", target}, {"key", "✅"}}}});
    return true;
  };
  begin(pick_at_once);
  auto bot = add_running_bot("helper");
  room = room_of({anna}, {bot});
  brain.choices = {{.id = "yes", .label = "Do it", .reaction = "✅"}};
  homeserver->say(room, anna, "shall we?");
  ASSERT_TRUE(eventually([&] { return turns_open().size() == 2; })) << "the pick is a turn of its own";
  homeserver->fail_sends(0, Errc::unavailable);
  ASSERT_TRUE(settled("helper", 2));
  const base::Lock lock(brain.mutex);
  EXPECT_EQ(brain.questions.back().choice_id, "yes");
}

TEST_F(SessionTest, FilesReachTheBrainThatTakesThem) {
  auto [bot, room] = begin_with_helper();
  auto mxc = homeserver->add_media({.bytes = "bytes of it", .content_type = "image/png", .name = "a.png"});
  boost::json::object picture{{"msgtype", "m.image"},
                              {"body", "what is this?"},
                              {"filename", "../a.png"},
                              {"url", mxc},
                              {"info", {{"mimetype", "image/png"}, {"size", 11}}}};
  homeserver->put(room, anna, "m.room.message", picture);
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(brain.asked, 1);
  {
    const base::Lock lock(brain.mutex);
    const auto& question = brain.questions[0];
    EXPECT_EQ(question.text, "what is this?");
    ASSERT_EQ(question.attachments.size(), 1U);
    EXPECT_EQ(question.attachments[0].name, "a.png");
    EXPECT_EQ(question.attachments[0].kind, AttachmentKind::image);
    EXPECT_EQ(must(question.download(question.attachments[0], 100)).bytes, "bytes of it");
    EXPECT_EQ(run(question.download(question.attachments[0], 5)).error().code(), Errc::too_large);
  }
  homeserver->put(room, anna, "m.room.message", {{"msgtype", "m.video"}, {"body", "film.mp4"}, {"url", mxc}});
  ASSERT_TRUE(settled("helper", 2));
  EXPECT_EQ(brain.asked, 1) << "it takes no videos";
  EXPECT_EQ(homeserver->messages(bot).back().body, "I can only read text messages.");
  homeserver->put(room, anna, "m.room.message",
                  {{"msgtype", "m.file"}, {"body", "secret.pdf"}, {"file", {{"url", mxc}}}});
  homeserver->say(room, anna, "still there?");
  ASSERT_TRUE(settled("helper", 3));
  EXPECT_EQ(brain.asked, 2) << "an encrypted file is none";
}

TEST_F(SessionTest, FilesAndLongAnswersAreUploaded) {
  auto [bot, room] = begin_with_helper();
  brain.uploads = {{.name = "chart.png", .mime = "image/png", .bytes = "PNG", .kind = AttachmentKind::image}};
  homeserver->say(room, anna, "draw");
  ASSERT_TRUE(settled("helper", 1));
  auto sent = homeserver->messages(bot);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[1].msgtype, "m.image");
  EXPECT_EQ(homeserver->media(std::string(*matrix::find_string(sent[1].content, "url")))->bytes, "PNG");
  brain.uploads.clear();
  brain.text = "Paragraph.\n\n";
  while (brain.text.size() < 200'000) brain.text += brain.text;
  homeserver->say(room, anna, "tell me everything");
  ASSERT_TRUE(settled("helper", 2));
  sent = homeserver->messages(bot);
  ASSERT_EQ(sent.size(), 4U);
  EXPECT_EQ(sent[3].msgtype, "m.file");
  EXPECT_TRUE(sent[2].body.ends_with("(the whole answer is in the file)"));
  EXPECT_EQ(homeserver->media(std::string(*matrix::find_string(sent[3].content, "url")))->bytes, brain.text);
  for (const auto& one : sent) EXPECT_LT(boost::json::serialize(one.content).size(), 61'440U);
}

TEST_F(SessionTest, ABrainThatNeverAnswersIsGivenUp) {
  limits.brain_patience = std::chrono::milliseconds(50);
  auto [bot, room] = begin_with_helper();
  brain.hold = true;
  homeserver->say(room, anna, "hello");
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_TRUE(homeserver->messages(bot).back().body.starts_with("My brain took too long to answer"));
  EXPECT_EQ(view("helper").bot.failed, 1);
  brain.hold = false;
}

TEST_F(SessionTest, ErrorsComeInTheLanguageOfTheQuestionAndOnceAMinute) {
  auto [bot, room] = begin_with_helper();
  brain.fail = true;
  homeserver->say(room, anna, "привет");
  ASSERT_TRUE(settled("helper", 1));
  homeserver->say(room, anna, "ещё раз");
  ASSERT_TRUE(settled("helper", 2));
  ASSERT_EQ(homeserver->messages(bot).size(), 1U);
  EXPECT_TRUE(homeserver->messages(bot)[0].body.starts_with("Сейчас я не могу ответить"));
  clock.passed_ms += 61'000;
  homeserver->say(room, anna, "and now?");
  ASSERT_TRUE(settled("helper", 3));
  EXPECT_EQ(homeserver->messages(bot).size(), 2U);
}

}  // namespace
}  // namespace troupe::fleet::turns
