// A room that the homeserver does not tell about holds up nobody else, and loses nothing of what is said in it.
#include "fleet/fleet_fixture.h"
#include "fleet/turns/aside_store.h"
#include "fleet/turns/room_sizes.h"

namespace troupe::fleet::turns {
namespace {

using RoomAnswer = FakeHomeserver::RoomAnswer;
using Lines = std::vector<std::string>;

/// Counts how often rooms are asked for; may refuse to tell.
class CountingHomeserver : public FakeHomeserver {
 public:
  using FakeHomeserver::FakeHomeserver;
  Task<matrix::RoomSummary> room(std::string room_id) override {
    ++asks;
    if (refuses) co_return Error(Errc::forbidden);
    co_return co_await FakeHomeserver::room(std::move(room_id));
  }
  std::atomic<int> asks{0};
  std::atomic<bool> refuses{false};
};

class SlowRoomTest : public FleetTest {
 protected:
  SlowRoomTest() {
    limits.room_patience = std::chrono::milliseconds(20);
    auto counting = std::make_unique<CountingHomeserver>(*bus, clock);
    asks = &counting->asks;
    refuses = &counting->refuses;
    homeserver = std::move(counting);
    for (const char* name : {"anna", "ben", "cleo"}) homeserver->add_person(name);
  }
  void TearDown() override {
    heal();
    FleetTest::TearDown();
  }

  /// The bots `helper`, with Anna in what will be the bad room, and `other`, with Ben in a good one.
  struct TwoRooms {
    std::string helper, other, bad, good;
  };
  TwoRooms begin_in_two_rooms() {
    begin();
    auto helper = add_running_bot("helper");
    auto other = add_running_bot("other");
    auto bad = room_of({anna}, {helper});
    auto good = room_of({ben}, {other});
    return {.helper = std::move(helper), .other = std::move(other), .bad = std::move(bad), .good = std::move(good)};
  }
  void break_room(const std::string& room, RoomAnswer how) {
    broken = room;
    how_broken = how;
    homeserver->set_room_answer(room, how);
  }
  void heal() {
    if (!broken.empty()) homeserver->set_room_answer(broken, RoomAnswer::well);
  }
  /// Ends the program without waiting for a question that is never answered.
  void stop() {
    homeserver->set_room_answer(broken, RoomAnswer::unavailable);
    end();
    homeserver->set_room_answer(broken, how_broken);
  }
  Lines said_in(const std::string& room, const std::string& bot) {
    Lines bodies;
    for (const auto& message : homeserver->messages(bot)) {
      if (message.room_id == room) bodies.push_back(message.body);
    }
    return bodies;
  }
  bool says(const std::string& room, const std::string& bot, std::size_t messages) {
    return eventually([&] { return said_in(room, bot).size() >= messages; });
  }
  std::size_t aside() {
    std::size_t rows = 0;
    auto look = [&](store::Connection& c) -> Result<Unit> {
      for (const auto& [room, positions] : all_aside(c)) rows += positions.size();
      return Unit{};
    };
    if (!db->read_now(look)) throw std::runtime_error("what was put aside cannot be read");
    return rows;
  }
  std::atomic<int>* asks = nullptr;
  std::atomic<bool>* refuses = nullptr;
  std::string broken;
  RoomAnswer how_broken = RoomAnswer::well;
};

class BrokenRoomTest : public SlowRoomTest, public testing::WithParamInterface<RoomAnswer> {};

TEST_P(BrokenRoomTest, StallsNoOtherAndIsAnsweredInOrderWhenItHeals) {
  auto [helper, other, bad, good] = begin_in_two_rooms();
  break_room(bad, GetParam());
  // Were each page to wait for the bad room, this would take longer than anybody waits.
  limits.room_patience = std::chrono::seconds(2);
  end();
  begin();
  constexpr int kTurns = 40;
  for (int i = 0; i < kTurns; ++i) {
    homeserver->say(bad, anna, "bad " + std::to_string(i));
    homeserver->say(good, ben, "good " + std::to_string(i));
    ASSERT_TRUE(says(good, other, static_cast<std::size_t>(i) + 1));
  }
  EXPECT_TRUE(said_in(bad, helper).empty());
  EXPECT_EQ(aside(), static_cast<std::size_t>(kTurns));
  heal();
  ASSERT_TRUE(says(bad, helper, kTurns));
  Lines wanted;
  for (int i = 0; i < kTurns; ++i) wanted.push_back("answer to bad " + std::to_string(i));
  EXPECT_EQ(said_in(bad, helper), wanted);
  EXPECT_TRUE(eventually([&] { return aside() == 0; }));
  homeserver->say(bad, anna, "after");
  ASSERT_TRUE(says(bad, helper, kTurns + 1));
  ASSERT_TRUE(settled("helper", kTurns + 1));
  EXPECT_EQ(said_in(bad, helper).size(), static_cast<std::size_t>(kTurns) + 1) << "once each";
}

TEST_P(BrokenRoomTest, WhatIsPutAsideOutlivesTheProgram) {
  auto [helper, bad] = begin_with_helper();
  break_room(bad, GetParam());
  for (const char* text : {"one", "two"}) homeserver->say(bad, anna, text);
  ASSERT_TRUE(eventually([&] { return aside() == 2; }));
  stop();
  homeserver->say(bad, anna, "three");
  begin();
  ASSERT_TRUE(eventually([&] { return aside() == 3; }));
  heal();
  ASSERT_TRUE(settled("helper", 3));
  EXPECT_EQ(said_in(bad, helper), (Lines{"answer to one", "answer to two", "answer to three"}));
  EXPECT_EQ(aside(), 0U);
}

TEST_P(BrokenRoomTest, AKillAtAnyStepLosesNothingAndDoublesNothing) {
  auto [helper, bad] = begin_with_helper();
  std::size_t messages = 0;
  for (auto put : {term::Step::feed_read, term::Step::asked}) {     // while it is put aside
    for (auto back : {term::Step::feed_read, term::Step::asked}) {  // while it is taken back
      SCOPED_TRACE(std::to_string(static_cast<int>(put)) + " " + std::to_string(static_cast<int>(back)));
      end();
      break_room(bad, GetParam());
      std::atomic<bool> armed{false};
      std::atomic<bool> died{false};
      auto die_at = [&](term::Step step) {
        armed = died = false;
        return [&, step](term::Step here) {
          if (armed && here == step) died = true;
          return !died;
        };
      };
      begin(die_at(put));
      armed = true;
      homeserver->say(bad, anna, "again");
      ++messages;
      ASSERT_TRUE(eventually([&] { return died.load(); }));
      stop();
      begin();
      ASSERT_TRUE(eventually([&] { return aside() == 1; }));
      stop();
      begin(die_at(back));
      armed = true;
      heal();
      ASSERT_TRUE(eventually([&] { return died.load(); }));
      end();
      begin();
      ASSERT_TRUE(settled("helper", static_cast<std::int64_t>(messages)));
      ASSERT_EQ(said_in(bad, helper).size(), messages);
      ASSERT_EQ(aside(), 0U);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Fleet, BrokenRoomTest, testing::Values(RoomAnswer::never, RoomAnswer::unavailable));

TEST_F(SlowRoomTest, WhatIsRedactedMeanwhileIsNotAnswered) {
  auto [helper, bad] = begin_with_helper();
  break_room(bad, RoomAnswer::unavailable);
  auto gone = homeserver->say(bad, anna, "taken back");
  homeserver->say(bad, anna, "stays");
  ASSERT_TRUE(eventually([&] { return aside() == 2; }));
  homeserver->prune(gone);
  heal();
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(said_in(bad, helper), Lines{"answer to stays"});
}

TEST_F(SlowRoomTest, WhatIsTakenBackMeanwhileIsNotAnswered) {
  auto [helper, bad] = begin_with_helper();
  break_room(bad, RoomAnswer::unavailable);
  auto gone = homeserver->say(bad, anna, "taken back");
  homeserver->say(bad, anna, "stays");
  ASSERT_TRUE(eventually([&] { return aside() == 2; }));
  // As a remote server's feed has it: the message itself is still whole.
  homeserver->put(bad, anna, "m.room.redaction", {{"redacts", gone}});
  EXPECT_TRUE(eventually([&] { return aside() == 3; }));
  heal();
  ASSERT_TRUE(settled("helper", 2));
  EXPECT_EQ(said_in(bad, helper), Lines{"answer to stays"});
  EXPECT_EQ(aside(), 0U);
}

TEST_F(SlowRoomTest, AChoiceDoesNotOvertakeWhatIsPutAside) {
  auto [helper, bad] = begin_with_helper();
  end();
  break_room(bad, RoomAnswer::unavailable);
  begin();
  homeserver->say(bad, anna, "one");
  ASSERT_TRUE(eventually([&] { return aside() == 1; }));
  homeserver->put(bad, anna, "m.reaction",
                  {{"m.relates_to", {{"rel_type", "m.annotation"}, {"event_id", "$any"}, {"key", "+"}}}});
  EXPECT_TRUE(eventually([&] { return aside() == 2; }));
  heal();
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_TRUE(eventually([&] { return aside() == 0; }));
}

TEST_F(SlowRoomTest, AGroupStaysKnownWhileItIsSurelyOne) {
  begin();
  auto helper = add_running_bot("helper");
  auto room = room_of({anna, ben, cleo}, {helper});
  homeserver->say(room, anna, "helper: one");
  ASSERT_TRUE(says(room, helper, 1));
  break_room(room, RoomAnswer::unavailable);
  must(homeserver->leave(cleo, room));
  homeserver->say(room, anna, "helper: two");
  ASSERT_TRUE(says(room, helper, 2)) << "four without one is a group";
  must(homeserver->leave(ben, room));
  homeserver->say(room, anna, "three");
  // With it what the bot said before, when it is read together with who left.
  ASSERT_TRUE(eventually([&] { return aside() >= 1; })) << "three without one may be two";
  heal();
  ASSERT_TRUE(says(room, helper, 3));
}

TEST_F(SlowRoomTest, AnAnswerHoldsWhenSomebodyCameMeanwhile) {
  begin();
  auto helper = add_running_bot("helper");
  auto other = add_running_bot("other");
  auto room = room_of({anna, ben}, {helper, other});
  end();
  break_room(room, RoomAnswer::never);
  begin();
  const int before = *asks;
  homeserver->say(room, anna, "to nobody");
  ASSERT_TRUE(eventually([&] { return aside() == 1; }));
  ASSERT_TRUE(homeserver->add_member(room, cleo));
  homeserver->say(room, anna, "nor this");
  ASSERT_TRUE(eventually([&] { return aside() == 2; }));
  heal();
  ASSERT_TRUE(eventually([&] { return aside() == 0; }));
  EXPECT_EQ(*asks - before, 1);
}

TEST_F(SlowRoomTest, ARefusalIsAskedAgainAndNotTakenForAnAnswer) {
  begin();
  auto helper = add_running_bot("helper");
  auto room = room_of({anna}, {helper});
  *refuses = true;
  const int before = *asks;
  homeserver->say(room, anna, "one");
  ASSERT_TRUE(eventually([&] { return *asks > before + 2 && aside() == 1; }))
      << "nobody knows whether it is for the bot";
  homeserver->say(room, anna, "two");
  ASSERT_TRUE(eventually([&] { return aside() == 2; }));
  *refuses = false;
  ASSERT_TRUE(says(room, helper, 2));
  EXPECT_EQ(said_in(room, helper), (Lines{"answer to one", "answer to two"}));
}

TEST_F(SlowRoomTest, EachOfSeveralThatWaitIsTold) {
  auto room = room_of({anna}, {});
  homeserver->set_room_answer(room, RoomAnswer::never);
  term::Steps steps;
  term::Term term(io.at(0).get_executor(), steps);
  term::Roster roster(brains, term.home());
  RoomSizes sizes(term, *homeserver, roster, limits.first_retry, [](const std::string&) {});
  std::vector<std::future<void>> askers;
  for (int i = 0; i < 3; ++i) {
    // The patience is longer than the test's: only an answer ends the wait.
    askers.push_back(asio::co_spawn(term.home(), sizes.ask({room}, 2 * kit::kPatience), asio::use_future));
  }
  asio::post(term.home(), asio::use_future).get();  // all wait
  homeserver->set_room_answer(room, RoomAnswer::well);
  for (auto& asker : askers) EXPECT_EQ(asker.wait_for(kit::kPatience), std::future_status::ready);
  auto over = [](term::Term& ending) -> asio::awaitable<bool> {
    ending.stop.request_stop();
    co_return co_await ending.tasks.join(kit::kPatience);
  };
  EXPECT_TRUE(asio::co_spawn(term.home(), over(term), asio::use_future).get());
}

TEST_F(SlowRoomTest, WhatWasPutAsideIsNoneOfWhatWasMissed) {
  begin();
  auto helper = add_running_bot("helper", "test", {{"limits", {{"catch_up_minutes", 5}, {"catch_up_messages", 1}}}});
  auto bad = room_of({anna}, {helper});
  break_room(bad, RoomAnswer::unavailable);
  for (const char* text : {"one", "two"}) homeserver->say(bad, anna, text);
  ASSERT_TRUE(eventually([&] { return aside() == 2; }));
  stop();
  clock.passed_ms += 30 * 60'000;
  for (const char* text : {"three", "four"}) homeserver->say(bad, anna, text);
  begin();
  ASSERT_TRUE(eventually([&] { return aside() == 4; }));
  heal();
  ASSERT_TRUE(settled("helper", 4));
  EXPECT_EQ(said_in(bad, helper), (Lines{"answer to one", "answer to two", "answer to four"}))
      << "the limits hold for what was said while nobody read";
  EXPECT_EQ(view("helper").bot.skipped, 1);
}

TEST_F(SlowRoomTest, MoreRoomsComeBackThanAreReadAtATime) {
  constexpr int kRooms = 20;
  begin();
  auto helper = add_running_bot("helper");
  std::vector<std::string> rooms;
  for (int i = 0; i < kRooms; ++i) rooms.push_back(room_of({anna}, {helper}));
  end();
  *refuses = true;
  begin();
  for (const auto& room : rooms) {
    for (const char* text : {"one", "two"}) homeserver->say(room, anna, text);
  }
  ASSERT_TRUE(eventually([&] { return aside() == 2 * kRooms; }));
  *refuses = false;
  ASSERT_TRUE(settled("helper", 2 * kRooms));
  for (const auto& room : rooms) EXPECT_EQ(said_in(room, helper), (Lines{"answer to one", "answer to two"}));
  EXPECT_EQ(aside(), 0U);
}

TEST_F(SlowRoomTest, WhatLiesMoreThanAPageBehindComesBackInItsOrder) {
  auto [helper, other, bad, good] = begin_in_two_rooms();
  end();
  break_room(bad, RoomAnswer::unavailable);
  begin();
  homeserver->say(bad, anna, "first");
  ASSERT_TRUE(eventually([&] { return aside() == 1; }));
  for (int i = 0; i < 1'200; ++i) homeserver->put(good, ben, "m.room.topic", {{"topic", std::to_string(i)}}, "");
  homeserver->say(bad, anna, "second");
  ASSERT_TRUE(eventually([&] { return aside() == 2; }));
  heal();
  ASSERT_TRUE(settled("helper", 2));
  EXPECT_EQ(said_in(bad, helper), (Lines{"answer to first", "answer to second"}));
  EXPECT_EQ(aside(), 0U);
}

TEST_F(SlowRoomTest, ACountThatMayBeOldIsAskedForAgain) {
  begin();
  auto helper = add_running_bot("helper");
  auto room = room_of({anna}, {helper});
  end();
  break_room(room, RoomAnswer::never);
  begin();
  const int before = *asks;
  homeserver->say(room, anna, "to the bot, or to us");
  ASSERT_TRUE(eventually([&] { return aside() == 1; }));
  ASSERT_TRUE(homeserver->add_member(room, ben));
  homeserver->say(room, anna, "helper: you");
  ASSERT_TRUE(eventually([&] { return aside() == 2; }));
  heal();
  ASSERT_TRUE(says(room, helper, 1));
  EXPECT_GE(*asks - before, 2) << "three, or two and one who came: the first answer does not say which";
  EXPECT_EQ(said_in(room, helper), Lines{"answer to you"});
}

TEST_F(SlowRoomTest, ARoomThatItsBotsLeaveIsForgotten) {
  auto [helper, other, bad, good] = begin_in_two_rooms();
  break_room(bad, RoomAnswer::never);
  homeserver->say(bad, anna, "one");
  ASSERT_TRUE(eventually([&] { return aside() == 1; }));
  must(homeserver->leave(helper, bad));
  homeserver->say(good, ben, "hello");
  ASSERT_TRUE(says(good, other, 1));
  homeserver->say(good, ben, "again");
  EXPECT_TRUE(eventually([&] { return aside() == 0; }));
  EXPECT_TRUE(said_in(bad, helper).empty());
}

TEST_F(SlowRoomTest, AGroupIsStillAGroupWhenItsMembersChange) {
  begin();
  auto helper = add_running_bot("helper");
  auto room = room_of({anna}, {helper});
  homeserver->say(room, anna, "we are two");
  ASSERT_TRUE(says(room, helper, 1));
  must(homeserver->invite(anna, room, ben));
  must(homeserver->join(ben, room));
  homeserver->say(room, anna, "now we are three");
  homeserver->say(room, anna, "helper: you");
  ASSERT_TRUE(says(room, helper, 2));
  EXPECT_EQ(said_in(room, helper).back(), "answer to you");
  must(homeserver->leave(ben, room));
  homeserver->say(room, anna, "two again");
  ASSERT_TRUE(says(room, helper, 3));
  EXPECT_EQ(said_in(room, helper).back(), "answer to two again");
}

}  // namespace
}  // namespace troupe::fleet::turns
