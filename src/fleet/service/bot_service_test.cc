#include "fleet/service/bot_service.h"

#include "fleet/fleet_fixture.h"

namespace troupe::fleet::service {
namespace {

using BotServiceTest = FleetTest;

TEST_F(BotServiceTest, AnEchoBotAnswersWhenItRunsAndNotWhenItIsStopped) {
  begin();
  auto bot = add_running_bot("echo", "echo");
  auto room = room_of({anna}, {bot});
  auto first = homeserver->say(room, anna, "one");
  ASSERT_TRUE(settled("echo", 1));
  auto said = homeserver->messages(bot);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].body, "one");
  EXPECT_EQ(said[0].msgtype, "m.notice");
  EXPECT_EQ(said[0].answers, first);

  auto stopped = must(bots->stop(1, "echo", {"anna"}));
  EXPECT_EQ(stopped.bot.observed, BotState::stopped);
  homeserver->say(room, anna, "two");
  ASSERT_TRUE(settled("echo", 2));
  EXPECT_EQ(view("echo").bot.skipped, 1);
  EXPECT_EQ(homeserver->messages(bot).size(), 1U);

  must(bots->start(1, "echo", {"anna"}));
  homeserver->say(room, anna, "three");
  // What was said meanwhile is taken up.
  ASSERT_TRUE(eventually([&] { return homeserver->messages(bot).size() == 3; }));
  EXPECT_EQ(homeserver->messages(bot)[1].body, "two");
  EXPECT_EQ(homeserver->messages(bot)[2].body, "three");
  EXPECT_EQ(view("echo").bot.skipped, 0);
}

TEST_F(BotServiceTest, WhatItThinksAboutIsDroppedByAStop) {
  auto [bot, room] = begin_with_helper();
  brain.hold = true;
  homeserver->say(room, anna, "one");
  homeserver->say(room, anna, "two");
  ASSERT_TRUE(eventually([&] { return brain.asked == 1; }));
  must(bots->stop(1, "helper", {"anna"}));
  brain.hold = false;
  must(bots->start(1, "helper", {"anna"}));
  homeserver->say(room, anna, "three");
  ASSERT_TRUE(settled("helper", 3));
  auto said = homeserver->messages(bot);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].body, "answer to three");
  EXPECT_EQ(view("helper").bot.skipped, 2);
}

TEST_F(BotServiceTest, NobodyWaitsForABrainThatThinksLong) {
  limits.stop_patience = std::chrono::minutes(5);
  limits.request_patience = std::chrono::minutes(5);
  auto [bot, room] = begin_with_helper();
  brain.hold = true;
  auto began = std::chrono::steady_clock::now();
  homeserver->say(room, anna, "one");
  ASSERT_TRUE(eventually([&] { return brain.asked == 1; }));
  EXPECT_EQ(must(bots->stop(1, "helper", {"anna"})).bot.observed, BotState::stopped);
  EXPECT_EQ(view("helper").bot.skipped, 1);
  must(bots->start(1, "helper", {"anna"}));
  homeserver->say(room, anna, "two");
  ASSERT_TRUE(eventually([&] { return brain.asked == 2; }));
  must(bots->remove(1, "helper", {"anna"}));
  EXPECT_EQ(run(bots->get(1, "helper")).error().code(), Errc::not_found);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::minutes(1));
  brain.hold = false;
}

TEST_F(BotServiceTest, AStopAnswersThoughAReplyIsStillBeingSent) {
  limits.request_patience = std::chrono::milliseconds(20);
  limits.stop_patience = std::chrono::minutes(5);
  auto [bot, room] = begin_with_helper();
  homeserver->fail_sends(1'000'000, Errc::unavailable);
  homeserver->say(room, anna, "one");
  ASSERT_TRUE(eventually([&] { return homeserver->sends() >= 3; }));
  EXPECT_EQ(must(bots->stop(1, "helper", {"anna"})).bot.observed, BotState::stopping);
  // Deleted meanwhile: that, too, goes on by itself.
  must(bots->remove(1, "helper", {"anna"}));
  EXPECT_EQ(view("helper").bot.observed, BotState::stopping);
  EXPECT_EQ(run(bots->start(1, "helper", {"anna"})).error().code(), Errc::conflict);
  homeserver->fail_sends(0, Errc::unavailable);
  EXPECT_TRUE(eventually([&] { return !run(bots->get(1, "helper")); }));
  EXPECT_EQ(homeserver->messages(bot).size(), 1U) << "what was being sent arrived";
}

TEST_F(BotServiceTest, NobodyIsToldOfAStopThatIsNotWrittenDown) {
  limits.request_patience = std::chrono::milliseconds(1);
  begin();
  add_running_bot("helper");
  std::promise<void> on_its_way;
  std::promise<void> let_go;
  auto hold = [&](store::Tx&) -> Result<Unit> {
    on_its_way.set_value();
    let_go.get_future().wait();
    return Unit{};
  };
  auto slow = asio::co_spawn(tasks_run_on(), db->write(hold), asio::use_future);
  on_its_way.get_future().wait();
  auto stopped = asio::co_spawn(tasks_run_on(), bots->stop(1, "helper", {"anna"}), asio::use_future);
  EXPECT_EQ(stopped.wait_for(std::chrono::milliseconds(200)), std::future_status::timeout);
  let_go.set_value();
  EXPECT_TRUE(slow.get());
  EXPECT_TRUE(stopped.get());
  EXPECT_EQ(view("helper").bot.desired, DesiredState::stopped);
}

TEST_F(BotServiceTest, AStopAndADeletionAtOnceAreBothDone) {
  limits.request_patience = std::chrono::milliseconds(1);
  begin();
  for (int i = 0; i < 20; ++i) {
    add_running_bot("helper");
    auto stopped = asio::co_spawn(tasks_run_on(), bots->stop(1, "helper", {"anna"}), asio::use_future);
    auto removed = asio::co_spawn(tasks_run_on(), bots->remove(1, "helper", {"anna"}), asio::use_future);
    (void)stopped.get();  // its bot may be gone
    EXPECT_TRUE(removed.get());
    ASSERT_TRUE(eventually([&] { return !run(bots->get(1, "helper")); }));
  }
}

TEST_F(BotServiceTest, AStopWaitsForAReplyOnlySoLong) {
  limits.stop_patience = std::chrono::milliseconds(50);
  limits.request_patience = std::chrono::minutes(5);
  auto [bot, room] = begin_with_helper();
  homeserver->fail_sends(1'000'000, Errc::unavailable);
  homeserver->say(room, anna, "one");
  ASSERT_TRUE(eventually([&] { return homeserver->sends() >= 3; }));
  EXPECT_EQ(must(bots->stop(1, "helper", {"anna"})).bot.observed, BotState::stopped);
  EXPECT_EQ(view("helper").bot.skipped, 1);
  EXPECT_NE(must(bots->history(1, "helper", "", 0, 1)).items.at(0).cause.find("in time"), std::string::npos);
  homeserver->fail_sends(0, Errc::unavailable);
  must(bots->start(1, "helper", {"anna"}));
  homeserver->say(room, anna, "two");
  ASSERT_TRUE(eventually([&] { return homeserver->messages(bot).size() == 1; }));
  EXPECT_EQ(homeserver->messages(bot)[0].body, "answer to two");
}

TEST_F(BotServiceTest, WhatIsThrownInATurnEndsTheTaskAndItIsStartedAgain) {
  std::atomic<int> before_brain{0};
  brain.hold = true;
  limits.look_every = std::chrono::milliseconds(5);
  begin([&](term::Step step) {
    if (step == term::Step::before_brain && ++before_brain == 2) throw std::runtime_error("the test throws");
    return true;
  });
  auto bot = add_running_bot("helper");
  auto room = room_of({anna}, {bot});
  auto other = room_of({ben}, {bot});
  homeserver->say(other, ben, "slow");
  ASSERT_TRUE(eventually([&] { return brain.asked == 1; }));
  homeserver->say(room, anna, "one");
  ASSERT_TRUE(eventually([&] { return view("helper").bot.observed == BotState::backing_off; }));
  EXPECT_EQ(view("helper").bot.restarts, 0) << "not before its time";
  clock.passed_ms += 60'000;
  ASSERT_TRUE(eventually([&] { return view("helper").bot.restarts == 1; }));
  brain.hold = false;
  homeserver->say(room, anna, "two");
  ASSERT_TRUE(settled("helper", 3));
  auto seen = view("helper").bot;
  EXPECT_EQ(seen.failed, 1) << "the turn that threw is not tried for ever";
  EXPECT_EQ(seen.answered, 2) << "the others are not lost";
  std::vector<std::string> events;
  for (const auto& row : must(bots->history(1, "helper", "", 0, 100)).items) events.insert(events.begin(), row.event);
  EXPECT_EQ(events, (std::vector<std::string>{"created", "start", "ready", "exit", "back_off", "retry", "ready"}));
  ASSERT_TRUE(seen.last_error);
  EXPECT_NE(seen.last_error->text.find("the test throws"), std::string::npos) << seen.last_error->text;
}

TEST_F(BotServiceTest, TwentyMessagesOfFivePeopleAreAnsweredInOrderOneAtATime) {
  begin();
  auto bot = add_running_bot("helper", "test", {{"respond", "always"}});
  auto room = room_of({anna, ben, cleo}, {bot});
  const std::string people[] = {anna, ben, cleo};
  for (int i = 0; i < 20; ++i) homeserver->say(room, people[i % 3], std::to_string(i));
  ASSERT_TRUE(settled("helper", 20));
  auto said = homeserver->messages(bot);
  ASSERT_EQ(said.size(), 20U);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(said[static_cast<std::size_t>(i)].body, "answer to " + std::to_string(i));
}

TEST_F(BotServiceTest, InAGroupItAnswersOnlyWhenSpokenTo) {
  begin();
  auto bot = add_running_bot("helper");
  auto room = room_of({anna, ben}, {bot});
  homeserver->say(room, anna, "hello everybody");
  homeserver->say(room, anna, "helper: and you");
  ASSERT_TRUE(settled("helper", 1));
  auto said = homeserver->messages(bot);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].body, "answer to and you");
  EXPECT_EQ(said[0].content.at("m.relates_to").at("m.in_reply_to").at("event_id"), boost::json::value(said[0].answers));
  // A reply to the bot needs no name.
  homeserver->put(room, ben, "m.room.message",
                  {{"msgtype", "m.text"},
                   {"body", "why"},
                   {"m.relates_to", {{"m.in_reply_to", {{"event_id", said[0].event_id}}}}}});
  ASSERT_TRUE(settled("helper", 2));
  EXPECT_EQ(homeserver->messages(bot).back().body, "answer to why");
}

TEST_F(BotServiceTest, MessagesFromBeforeItsJoinAreNotAnswered) {
  begin();
  auto bot = add_running_bot("helper");
  auto room = must(homeserver->make_room(anna));
  homeserver->say(room, anna, "before");
  must(homeserver->invite(anna, room, bot));
  ASSERT_TRUE(eventually([&] { return homeserver->is_joined(room, bot); }));
  homeserver->say(room, anna, "after");
  ASSERT_TRUE(settled("helper", 1));
  ASSERT_EQ(homeserver->messages(bot).size(), 1U);
  EXPECT_EQ(homeserver->messages(bot)[0].body, "answer to after");
}

TEST_F(BotServiceTest, TwoBotsThatAnswerEverythingStopByThemselves) {
  begin();
  boost::json::object loud{{"respond", "always"}, {"reply_as", "text"}};
  auto first = add_running_bot("first", "echo", loud);
  auto second = add_running_bot("second", "echo", loud);
  auto room = room_of({anna}, {first, second});
  homeserver->say(room, anna, "go");
  ASSERT_TRUE(eventually([&] { return view("first").bot.skipped > 0 && view("second").bot.skipped > 0; }));
  ASSERT_TRUE(eventually([&] { return turns_open().empty(); }));
  EXPECT_LE(homeserver->messages(first).size(), 3U);
  EXPECT_LE(homeserver->messages(second).size(), 3U);
}

TEST_F(BotServiceTest, NoticesEditsAndItsOwnMessagesAreIgnored) {
  auto [bot, room] = begin_with_helper();
  homeserver->put(room, anna, "m.room.message", {{"msgtype", "m.notice"}, {"body", "x"}});
  homeserver->put(
      room, anna, "m.room.message",
      {{"msgtype", "m.text"}, {"body", "* x"}, {"m.relates_to", {{"rel_type", "m.replace"}, {"event_id", "$y"}}}});
  homeserver->say(room, bot, "by hand");
  homeserver->say(room, anna, "real");
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(brain.asked, 1);
}

TEST_F(BotServiceTest, AFailingBrainGivesOneShortSentenceAMinute) {
  auto [bot, room] = begin_with_helper();
  brain.fail = true;
  for (int i = 0; i < 3; ++i) homeserver->say(room, anna, "hello");
  ASSERT_TRUE(settled("helper", 3));
  auto said = homeserver->messages(bot);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].msgtype, "m.notice");
  EXPECT_NE(said[0].body.find("reference "), std::string::npos);
  EXPECT_EQ(said[0].body.find("secret detail"), std::string::npos);
  EXPECT_EQ(view("helper").bot.failed, 3);
}

TEST_F(BotServiceTest, ASendThatFailsForNowIsTriedAgain) {
  auto [bot, room] = begin_with_helper();
  homeserver->fail_sends(3, Errc::unavailable);
  homeserver->say(room, anna, "hello");
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(homeserver->messages(bot).size(), 1U);
  EXPECT_EQ(brain.asked, 1);
}

TEST_F(BotServiceTest, ARoomThatRefusesTheAnswerEndsTheTurn) {
  auto [bot, room] = begin_with_helper();
  homeserver->fail_sends(1, Errc::forbidden);
  homeserver->say(room, anna, "hello");
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(view("helper").bot.failed, 1);
}

TEST_F(BotServiceTest, AFeedThatFailsForNowIsReadAgain) {
  auto [bot, room] = begin_with_helper();
  homeserver->fail_reads(3);
  homeserver->say(room, anna, "hello");
  EXPECT_TRUE(settled("helper", 1));
}

TEST_F(BotServiceTest, OldQuestionsAreSkippedAsStale) {
  auto [bot, room] = begin_with_helper();
  end();
  homeserver->say(room, anna, "long ago");
  clock.shift_ms = 2 * 60 * 60 * 1000;
  homeserver->say(room, anna, "now");
  begin();
  ASSERT_TRUE(settled("helper", 2));
  ASSERT_EQ(homeserver->messages(bot).size(), 1U);
  EXPECT_EQ(homeserver->messages(bot)[0].body, "answer to now");
  EXPECT_EQ(view("helper").bot.skipped, 1);
}

TEST_F(BotServiceTest, ABrainThatIsNotHereFailsTheStartAndSaysSo) {
  begin();
  NewBot wanted;
  wanted.bot_id = "flow";
  wanted.brain_kind = "gone";
  auto refused = run(bots->create(1, wanted, {"tester"}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::invalid_param);
  // A bot that another version has left.
  add_bot("flow");
  end();
  ASSERT_TRUE(db->write_now([](store::Tx& tx) -> Result<Unit> {
    tx.run("UPDATE fleet_bot SET brain_kind = 'gone' WHERE bot_id = 'flow'");
    return Unit{};
  }));
  begin();
  auto started = run(bots->start(1, "flow", {"tester"}));
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code(), Errc::invalid_param);
  EXPECT_NE(started.error().message().find("gone"), std::string::npos);
  EXPECT_EQ(view("flow").bot.observed, BotState::failed);
  EXPECT_FALSE(view("flow").bot.status_detail.empty());
  EXPECT_EQ(must(bots->stop(1, "flow", {"tester"})).bot.observed, BotState::stopped);
}

TEST_F(BotServiceTest, IdsAndAccountsBelongToOneBot) {
  begin();
  add_bot("helper");
  NewBot wanted;
  wanted.brain_kind = "test";
  for (const char* bad : {"", "Helper", "a b", "a/b", "ü", "a:b"}) {
    wanted.bot_id = bad;
    EXPECT_EQ(run(bots->create(1, wanted, {"t"})).error().code(), Errc::invalid_param) << bad;
  }
  wanted.bot_id = std::string(65, 'a');
  EXPECT_EQ(run(bots->create(1, wanted, {"t"})).error().code(), Errc::invalid_param);
  wanted.bot_id = "helper";
  EXPECT_EQ(run(bots->create(1, wanted, {"t"})).error().code(), Errc::conflict);
  wanted.bot_id = "second";
  wanted.user_id = "@bot_helper:localhost";
  EXPECT_EQ(run(bots->create(1, wanted, {"t"})).error().code(), Errc::conflict);
  wanted.user_id = "@x:elsewhere.example";
  EXPECT_EQ(run(bots->create(1, wanted, {"t"})).error().code(), Errc::invalid_param);
  wanted.user_id = anna;
  EXPECT_EQ(run(bots->create(1, wanted, {"t"})).error().code(), Errc::user_in_use);
  wanted.password = "wrong";
  Actor actor{"t"};
  actor.address = "192.0.2.9";
  EXPECT_EQ(run(bots->create(1, wanted, actor)).error().code(), Errc::forbidden);
  EXPECT_EQ(homeserver->password_asked_from(), "192.0.2.9") << "wrong passwords count for whoever sent them";
  wanted.password = "secret-password";
  EXPECT_TRUE(run(bots->create(1, wanted, {"t"})));
}

TEST_F(BotServiceTest, ADeletedBotLeavesItsRoomsAndItsNameCanBeUsedAgain) {
  auto [bot, room] = begin_with_helper();
  must(bots->remove(1, "helper", {"anna"}));
  EXPECT_FALSE(homeserver->is_joined(room, bot));
  EXPECT_EQ(run(bots->get(1, "helper")).error().code(), Errc::not_found);
  EXPECT_EQ(run(bots->start(1, "helper", {"anna"})).error().code(), Errc::not_found);
  auto again = add_running_bot("helper");
  EXPECT_EQ(again, bot);
  auto second = room_of({anna}, {bot});
  homeserver->say(second, anna, "hi");
  EXPECT_TRUE(settled("helper", 1));
}

TEST_F(BotServiceTest, ARunningBotGoesOnWithItsNewBrain) {
  auto [bot, room] = begin_with_helper();
  BotPatch patch;
  patch.brain_kind = "echo";
  patch.brain_config = boost::json::object{{"prefix", "> "}};
  auto changed = must(bots->change(1, "helper", patch, {"anna"}));
  EXPECT_EQ(changed.bot.bot.observed, BotState::running);
  homeserver->say(room, anna, "hi");
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(homeserver->messages(bot)[0].body, "> hi");
  patch.brain_config = boost::json::object{{"prefix", 5}};
  EXPECT_EQ(run(bots->change(1, "helper", patch, {"anna"})).error().code(), Errc::invalid_param);
  patch.brain_config = boost::json::object{{"no_such", 5}};
  EXPECT_EQ(run(bots->change(1, "helper", patch, {"anna"})).error().code(), Errc::invalid_param);
}

TEST_F(BotServiceTest, TheHistorySaysWhatHappenedAndByWhom) {
  begin();
  add_running_bot("helper");
  must(bots->stop(1, "helper", {"@anna:localhost"}));
  auto history = must(bots->history(1, "helper", "", 0, 100));
  std::vector<std::string> events;
  for (const auto& row : history.items) events.push_back(row.event);
  EXPECT_EQ(events, (std::vector<std::string>{"ended", "stop", "ready", "start", "created"}));
  EXPECT_EQ(history.items[1].actor, "@anna:localhost");
  EXPECT_EQ(history.items[1].from, "running");
  EXPECT_EQ(history.items[1].to, "stopping");
  auto changes = must(bots->changes_after(1, history.items.back().id, 100));
  EXPECT_EQ(changes.size(), 4U);
}

TEST_F(BotServiceTest, StartsAndStopsAreIdempotent) {
  begin();
  add_running_bot("helper");
  EXPECT_EQ(must(bots->start(1, "helper", {"t"})).bot.observed, BotState::running);
  must(bots->stop(1, "helper", {"t"}));
  EXPECT_EQ(must(bots->stop(1, "helper", {"t"})).bot.observed, BotState::stopped);
  EXPECT_EQ(must(bots->history(1, "helper", "", 0, 100)).total, 5);
}

TEST_F(BotServiceTest, WithoutAServerAStartIsNotedAndDoneLater) {
  make_service();
  add_bot("helper");
  auto noted = must(bots->start(1, "helper", {"command line"}));
  EXPECT_EQ(noted.bot.observed, BotState::created);
  EXPECT_EQ(noted.bot.desired, DesiredState::running);
  bots.reset();
  begin();
  EXPECT_TRUE(eventually([&] { return view("helper").bot.observed == BotState::running; }));
  end();
  // A running bot of a killed server, stopped by the command line.
  make_service();
  auto stopped = must(bots->stop(1, "helper", {"command line"}));
  EXPECT_EQ(stopped.bot.observed, BotState::stopped);
  bots.reset();
  begin();
  EXPECT_EQ(view("helper").bot.observed, BotState::stopped);
}

TEST_F(BotServiceTest, TenantsDoNotSeeEachOthersBots) {
  begin();
  add_bot("helper");
  EXPECT_EQ(run(bots->get(2, "helper")).error().code(), Errc::not_found);
  EXPECT_EQ(run(bots->start(2, "helper", {"t"})).error().code(), Errc::not_found);
  EXPECT_EQ(run(bots->remove(2, "helper", {"t"})).error().code(), Errc::not_found);
  EXPECT_EQ(must(bots->list(2, "", 0, 10)).total, 0);
}

TEST_F(BotServiceTest, TheListIsSearchedAndPaged) {
  begin();
  for (int i = 0; i < 12; ++i) add_bot("bot-" + std::to_string(100 + i));
  auto all = must(bots->list(1, "", 0, 5));
  EXPECT_EQ(all.total, 12);
  EXPECT_EQ(all.items.size(), 5U);
  auto rest = must(bots->list(1, "", 10, 5));
  EXPECT_EQ(rest.items.size(), 2U);
  EXPECT_EQ(must(bots->list(1, "BOT-11", 0, 5)).total, 2);
  EXPECT_EQ(must(bots->list(1, "%", 0, 5)).total, 0);
}

TEST_F(BotServiceTest, TypingIsShownWhileItThinksAndThenEnds) {
  auto [bot, room] = begin_with_helper();
  brain.hold = true;
  homeserver->say(room, anna, "hello");
  ASSERT_TRUE(eventually([&] { return !homeserver->typing().empty(); }));
  EXPECT_TRUE(homeserver->typing().front().second);
  brain.hold = false;
  ASSERT_TRUE(eventually([&] { return !homeserver->typing().back().second; }));
}

TEST_F(BotServiceTest, BotsLeaveARoomWithoutPeople) {
  auto [bot, room] = begin_with_helper();
  must(homeserver->leave(anna, room));
  EXPECT_TRUE(eventually([&] { return !homeserver->is_joined(room, bot); }));
}

}  // namespace
}  // namespace troupe::fleet::service
