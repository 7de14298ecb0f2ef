// What drivers, clocks and leases may do to a Keeper: what nobody can say proves nothing.
#include "base/crypto.h"
#include "meetings/life/meetings_fixture.h"
#include "meetings/life/secrets.h"

namespace troupe::meetings::life {
namespace {

const Actor kAnna{.id = 7, .label = "anna"};

TEST_F(MeetingsTest, NoOtherIsStartedWhileTheDriverCannotSay) {
  const auto id = create();
  ASSERT_TRUE(runs(id));
  kill();
  forget_start(id);
  fault({"list"}, Errc::timed_out);
  begin();
  ASSERT_TRUE(asks("list", 2));
  EXPECT_EQ(calls("start"), 1);
  EXPECT_EQ(look(id).life.attempts, 1);
  mend();
  ASSERT_TRUE(runs(id));
  EXPECT_EQ(calls("start"), 1);
  EXPECT_TRUE(say(id, joined())) << "its token is good still";
}

TEST_F(MeetingsTest, ATimeOutIsNoProofThatItIsGone) {
  const auto id = in_call();
  kill();
  fault({"recover"}, Errc::timed_out);
  begin();
  must(service->stop({.tenant_id = 1}, id, kAnna));
  ASSERT_TRUE(asks("recover"));
  EXPECT_EQ(look(id).life.container, Container::leaving);
  EXPECT_EQ(running(), 1U);
  mend();
  ASSERT_TRUE(becomes(id, State::completed));
  EXPECT_EQ(running(), 0U);
}

TEST_F(MeetingsTest, OneNotFoundEndsNothing) {
  const auto id = in_call();
  fault({"inspect", "recover", "list", "stop"}, Errc::not_found);
  ASSERT_TRUE(asks("list"));
  EXPECT_EQ(look(id).life.state, State::active);
  mend();
  ASSERT_TRUE(asks("inspect"));
  fault({"inspect", "recover", "list", "stop"}, Errc::not_found);
  ASSERT_TRUE(asks("list"));
  pass(timing.unknown_patience - seconds(1));
  ASSERT_TRUE(asks("list"));
  EXPECT_EQ(look(id).life.state, State::active) << "seen in between: it counts anew";
  pass(seconds(2));
  ASSERT_TRUE(becomes(id, State::failed));
  EXPECT_EQ(look(id).life.reason, Reason::lost);
  EXPECT_EQ(running(), 0U) << "it is destroyed all the same";
}

TEST_F(MeetingsTest, WhatIsLeavingIsNotGoneAtTheFirstNotFound) {
  const auto id = in_call();
  fault({"inspect", "recover", "list", "stop"}, Errc::not_found);
  must(service->stop({.tenant_id = 1}, id, kAnna));
  ASSERT_TRUE(asks("stop", 2));
  EXPECT_EQ(look(id).life.state, State::stopping);
  pass(timing.unknown_at_stop + seconds(1));
  ASSERT_TRUE(becomes(id, State::completed));
}

TEST_F(MeetingsTest, WhatAnotherProcessStartedIsNeverLost) {
  end();
  process = "a";
  begin();
  const auto id = in_call();
  kill();
  home([&] { driver->is_blind = true; });
  process = "b";
  begin();
  const auto notes = [&] {
    return std::ranges::count(history(id).transitions, std::string("note"), &Transition::trigger);
  };
  ASSERT_TRUE(eventually([&] { return notes() == 1; }));
  EXPECT_NE(history(id).transitions.back().cause.find("the process a"), std::string::npos);
  must(service->stop({.tenant_id = 1}, id, kAnna));
  ASSERT_TRUE(asks("recover", 2));
  EXPECT_EQ(look(id).life.state, State::stopping);
  EXPECT_EQ(look(id).life.container, Container::leaving);
  EXPECT_EQ(running(), 1U);
  EXPECT_EQ(notes(), 1);
  end();
  mend();
  process = "a";
  begin();
  ASSERT_TRUE(becomes(id, State::completed));
  EXPECT_EQ(running(), 0U);
}

TEST_F(MeetingsTest, WhoSeesItRunAnswersForItFromThenOn) {
  end();
  process = "a";
  begin();
  const auto id = in_call();
  EXPECT_EQ(history(id).attempts.at(0).started_by, "a");
  kill();
  process = "b";
  begin();
  ASSERT_TRUE(eventually([&] { return history(id).attempts.at(0).started_by == "b"; }));
  EXPECT_EQ(look(id).life.state, State::active);
  home([&] { mock->lose_now(task_id_of(id, 1)); });
  ASSERT_TRUE(becomes(id, State::failed));
  EXPECT_EQ(look(id).life.reason, Reason::lost);
}

/// Two processes that want one lease.
class MeetingsOfTwoTest : public MeetingsTest {
 protected:
  MeetingsOfTwoTest() {
    end();
    be("a", mine);
  }
  ~MeetingsOfTwoTest() override {
    end();
    must(mine.stop());
    must(theirs.stop());
  }
  void be(std::string name, host::Leases& leases) {
    process = std::move(name);
    lease = &leases.get("meetings");
    must(leases.step());
    begin();
  }
  /// The other one takes it.
  void lose() {
    must(theirs.step());
    pass(seconds(11));
    must(theirs.step());
    must(theirs.step());
    must(mine.step());
  }
  bool is_released(MeetingId id) {
    return eventually([&] { return history(id).attempts.at(0).started_by.empty(); });
  }

  host::Leases mine{*db, time, {.holder = "a", .term = seconds(10), .alone = false}, metrics};
  base::MetricRegistry other_metrics;
  host::Leases theirs{*db, time, {.holder = "b", .term = seconds(10), .alone = false}, other_metrics};
  host::Lease& other = theirs.get("meetings");
};

TEST_F(MeetingsOfTwoTest, WhoLosesTheLeaseStopsItsOwnAndStartsNothing) {
  const auto id = in_call();
  lose();
  ASSERT_TRUE(other.held());
  ASSERT_EQ(lease->loss(), host::LeaseLoss::taken);
  create("Another");
  ASSERT_TRUE(is_released(id));
  EXPECT_EQ(running(), 0U);
  EXPECT_EQ(look(id).life.state, State::active) << "whoever has the lease says so";
  EXPECT_EQ(keeper->trouble(), std::nullopt);
  EXPECT_EQ(calls("start"), 1);
  EXPECT_EQ(calls("destroy"), 0);
  kill();
  be("b", theirs);
  ASSERT_TRUE(becomes(id, State::failed));
}

TEST_F(MeetingsOfTwoTest, WhoIsBackAndFindsItTakenStopsItsOwn) {
  const auto id = in_call();
  kill();
  lose();
  lease = nullptr;
  host::Leases again(*db, time, {.holder = "a", .term = seconds(10), .alone = false}, other_metrics);
  be("a", again);
  ASSERT_EQ(lease->loss(), host::LeaseLoss::none);
  ASSERT_FALSE(lease->held());
  EXPECT_EQ(running(), 1U);
  // Its first look may be later than this: then it counts from there.
  ASSERT_TRUE(eventually([&] {
    pass(seconds(5));
    must(theirs.step());
    return running() == 0;
  }));
  ASSERT_TRUE(is_released(id));
  end();
  must(again.stop());
}

TEST_F(MeetingsTest, ADriverThatThrowsEndsNoCare) {
  const auto id = in_call();
  EXPECT_EQ(keeper->trouble(), std::nullopt);
  home([&] { driver->breaks = true; });
  ASSERT_TRUE(eventually([&] { return keeper->trouble().has_value(); }));
  EXPECT_EQ(look(id).life.state, State::active);
  mend();
  ASSERT_TRUE(eventually([&] { return !keeper->trouble(); }));
  exits(id, {.code = 1});
  ASSERT_TRUE(becomes(id, State::failed));
}

TEST_F(MeetingsTest, StraysAreLookedForAgainAndAgain) {
  const auto id = in_call();
  runtime::TaskSpec stray{.id = task_id_of(id, 7), .argv = {"/bin/bot"}};
  fault({"list"}, Errc::timed_out);
  must(mock->start(stray));
  pass(timing.sweep_every);
  ASSERT_TRUE(asks("list", 1)) << "it cannot be asked";
  EXPECT_EQ(running(), 2U);
  mend();
  pass(timing.sweep_every);
  ASSERT_TRUE(eventually([&] { return running() == 1; })) << "an attempt's number that this meeting has not";
  EXPECT_EQ(look(id).life.state, State::active);
}

TEST_F(MeetingsTest, AClockThatIsSetBackKeepsNobodyWaiting) {
  const auto id = create();
  ASSERT_TRUE(runs(id));
  exits(id, {.code = 3});
  ASSERT_TRUE(eventually([&] { return look(id).life.attempts == 2; }));
  pass(-std::chrono::hours(24));
  EXPECT_TRUE(runs(id, 2));
}

TEST_F(MeetingsTest, AnImageThatIsFetchedDoesNotEatTheBotsTime) {
  behave({.start_takes = timing.start * 2});
  const auto id = create();
  ASSERT_TRUE(eventually([&] { return calls("start") == 1; }));
  pass(timing.start * 2);
  ASSERT_TRUE(runs(id));
  ASSERT_TRUE(asks("inspect"));
  EXPECT_EQ(look(id).life.state, State::starting);
  ASSERT_TRUE(say(id, joined()));
  EXPECT_EQ(look(id).life.state, State::active);
}

TEST_F(MeetingsTest, WhatABotPrintsHoldsNoSecrets) {
  auto asked = wanted();
  asked.link = "https://zoom.us/j/85173157171?pwd=aB.12";
  const auto id = must(service->create(asked)).id;
  ASSERT_TRUE(runs(id));
  const auto config = home([&] { return driver->config_of(task_id_of(id, 1)); });
  const std::string token(config.at("token").as_string());
  home([&] {
    mock->say(task_id_of(id, 1), runtime::LogSource::out, "I open https://zoom.us/j/85173157171?pwd=aB.12 now");
    mock->say(task_id_of(id, 1), runtime::LogSource::err, "POST /bots/internal/callback/" + token + "/exited");
  });
  ASSERT_TRUE(say(id, ended(true, "left_alone")));
  ASSERT_TRUE(becomes(id, State::completed));
  const auto output = history(id).attempts.at(0).output;
  EXPECT_NE(output.find("I open https://zoom.us/j/85173157171"), std::string::npos) << output;
  EXPECT_NE(output.find("POST /bots/internal/callback/[redacted]/exited"), std::string::npos) << output;
  EXPECT_EQ(output.find("aB.12"), std::string::npos) << output;
}

TEST(MeetingSecrets, AreCutOutOfOutput) {
  const std::string token = base::random_token("");
  const auto hash = hash_of_token(token);
  const auto cut = [&](std::string text, std::string_view url = "") {
    return without_secrets(std::move(text), url, hash);
  };
  EXPECT_EQ(cut("nothing"), "nothing");
  EXPECT_EQ(cut(token), "[redacted]");
  EXPECT_EQ(cut("x" + token + "y " + token), "x[redacted]y [redacted]") << "in the middle of a word, twice";
  EXPECT_EQ(cut("the code abcd", "https://teams.live.com/meet/1?p=abcd"), "the code [redacted]");
  EXPECT_EQ(cut("a 1 and pwd=1", "https://zoom.us/j/1?pwd=1"), "a 1 and [redacted]");
  const auto other = base::random_token("");
  EXPECT_EQ(cut(other), other);
}

}  // namespace
}  // namespace troupe::meetings::life
