// What bots are told, how long that is waited for, and what follows when nobody hears or nobody follows.
#include "base/mutex.h"
#include "meetings/life/meetings_fixture.h"

namespace troupe::meetings::life {
namespace {

const Actor kTeller{.id = 7, .label = "anna"};

/// Hears as many as it is told to.
class CountingCourier final : public Courier {
 public:
  std::string address_for(const std::string& token) const override { return "redis://:" + token + "@127.0.0.1:1/0"; }
  Task<std::int64_t> tell(Order order) override {
    const base::Lock lock(mutex_);
    ++asked_;
    if (fails_) co_return Error(Errc::unavailable, "away");
    if (receivers_ > 0) told_.push_back(std::move(order));
    co_return receivers_;
  }
  void announce(const Meeting& meeting) override {
    const base::Lock lock(mutex_);
    shown_ += std::string(vexa_status(meeting.life.state, meeting.life.phase)) + " ";
  }
  void listen(std::int64_t receivers, bool fails = false) {
    const base::Lock lock(mutex_);
    receivers_ = receivers;
    fails_ = fails;
  }
  std::vector<Order> told() {
    const base::Lock lock(mutex_);
    return told_;
  }
  int asked() {
    const base::Lock lock(mutex_);
    return asked_;
  }
  std::string shown() {
    const base::Lock lock(mutex_);
    return shown_;
  }

 private:
  base::Mutex mutex_;
  std::int64_t receivers_ GUARDED_BY(mutex_) = 0;
  bool fails_ GUARDED_BY(mutex_) = false;
  int asked_ GUARDED_BY(mutex_) = 0;
  std::vector<Order> told_ GUARDED_BY(mutex_);
  std::string shown_ GUARDED_BY(mutex_);
};

class MeetingCommandsTest : public MeetingsTest {
 protected:
  MeetingCommandsTest() {
    end();
    courier = &post;
    begin();
  }
  ~MeetingCommandsTest() override { end(); }

  Result<Meeting> change(MeetingId id, SpeechChange wanted) {
    return run(service->reconfigure({.tenant_id = 1}, id, std::move(wanted), kTeller));
  }
  bool confirm(MeetingId id, SpeechChange seen) {
    return must(service->confirm_reconfigure(id, std::move(seen), "its bot says so"));
  }
  bool tries(int more = 2) {
    const auto before = post.asked();
    return eventually([&] { return post.asked() >= before + more; });
  }
  std::string last_trigger(MeetingId id) { return history(id).transitions.back().trigger; }

  CountingCourier post;
};

TEST_F(MeetingCommandsTest, ABotIsGivenItsAddress) {
  const auto id = in_call();
  const auto config = home([&] { return driver->config_of(task_id_of(id, 1)); });
  const std::string token(config.at("token").as_string());
  EXPECT_EQ(config.at("redisUrl").as_string(), "redis://:" + token + "@127.0.0.1:1/0");
  EXPECT_EQ(post.shown(), "requested active ") << "starting is none of Vexa's words";
}

TEST_F(MeetingCommandsTest, AChangeIsToldUntilSomebodyHearsAndStandsOnceItIsConfirmed) {
  const auto id = in_call();
  const auto asked = kit::must(change(id, {.language = "es"}));
  EXPECT_EQ(asked.life.state, State::reconfiguring);
  ASSERT_TRUE(tries(3)) << "nobody listens yet";
  EXPECT_EQ(look(id).language, "");
  post.listen(1);
  ASSERT_TRUE(eventually([&] { return post.told().size() == 1; }));
  const auto order = post.told().at(0);
  EXPECT_EQ(order.meeting, id);
  EXPECT_EQ(order.connection_id, history(id).attempts.at(0).connection_id);
  const auto body = boost::json::parse(order.body).as_object();
  EXPECT_EQ(body.at("action").as_string(), "reconfigure");
  EXPECT_EQ(body.at("uid").as_string(), order.connection_id);
  EXPECT_EQ(body.at("language").as_string(), "es");
  EXPECT_EQ(body.at("task").as_string(), "transcribe") << "what was not changed is said, too";
  EXPECT_EQ(body.at("meeting_id").as_int64(), id);
  ASSERT_TRUE(asks("inspect"));
  EXPECT_EQ(post.told().size(), 1U) << "heard once is enough";
  EXPECT_FALSE(confirm(id, {.language = "de"})) << "another";
  EXPECT_FALSE(confirm(id, {})) << "nothing";
  EXPECT_FALSE(confirm(id, {.language = "es", .task = SpeechTask::translate}));
  EXPECT_EQ(look(id).life.state, State::reconfiguring);
  EXPECT_TRUE(confirm(id, {.language = "es", .task = SpeechTask::transcribe}));
  EXPECT_FALSE(confirm(id, {.language = "es"})) << "once";
  EXPECT_EQ(look(id).life.state, State::active);
  EXPECT_EQ(look(id).language, "es");
  EXPECT_EQ(way(id), "requested starting active reconfiguring active");
  // Back to detecting, and another task.
  kit::must(change(id, {.language = "", .task = SpeechTask::translate}));
  ASSERT_TRUE(eventually([&] { return post.told().size() == 2; }));
  EXPECT_TRUE(boost::json::parse(post.told().at(1).body).at("language").is_null());
  EXPECT_TRUE(confirm(id, {.language = "", .task = SpeechTask::translate}));
  EXPECT_EQ(look(id).language, "");
  EXPECT_EQ(look(id).task, SpeechTask::translate);
}

TEST_F(MeetingCommandsTest, WhatIsNotFollowedIsNotApplied) {
  post.listen(1);
  const auto id = in_call();
  kit::must(change(id, {.language = "es"}));
  ASSERT_TRUE(eventually([&] { return post.told().size() == 1; }));
  pass(timing.reconfigure - seconds(1));
  ASSERT_TRUE(asks("inspect"));
  EXPECT_EQ(look(id).life.state, State::reconfiguring);
  pass(seconds(1));
  ASSERT_TRUE(becomes(id, State::active));
  EXPECT_EQ(look(id).language, "");
  EXPECT_EQ(last_trigger(id), "not_applied");
  EXPECT_FALSE(confirm(id, {.language = "es"})) << "late";
  post.listen(0);
  kit::must(change(id, {.language = "de"}));
  ASSERT_TRUE(tries());
  pass(timing.reconfigure);
  ASSERT_TRUE(becomes(id, State::active));
  EXPECT_NE(history(id).transitions.back().cause.find("does not listen"), std::string::npos);
}

TEST_F(MeetingCommandsTest, OnlyWhatIsActiveIsChanged) {
  const auto id = create();
  ASSERT_TRUE(runs(id));
  const auto early = change(id, {.language = "es"});
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code(), Errc::conflict);
  ASSERT_TRUE(say(id, joined()));
  EXPECT_EQ(change(id, {}).error().code(), Errc::invalid_param);
  EXPECT_EQ(change(id, {.language = "klingon"}).error().code(), Errc::invalid_param);
  const auto other = run(service->reconfigure({.tenant_id = 2}, id, {.language = "es"}, kTeller));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), Errc::not_found) << "another tenant's";
  kit::must(change(id, {.language = "es"}));
  EXPECT_EQ(change(id, {.language = "de"}).error().code(), Errc::conflict) << "one after the other";
  end();
  courier = nullptr;
  begin();
  EXPECT_EQ(change(id, {.language = "de"}).error().code(), Errc::unavailable);
}

TEST_F(MeetingCommandsTest, AKillInBetweenTellsItAgain) {
  post.listen(1);
  const auto id = in_call();
  kit::must(change(id, {.language = "es"}));
  ASSERT_TRUE(eventually([&] { return post.told().size() == 1; }));
  kill();
  begin();
  ASSERT_TRUE(eventually([&] { return post.told().size() == 2; }));
  EXPECT_EQ(look(id).life.state, State::reconfiguring);
  EXPECT_TRUE(confirm(id, {.language = "es"}));
}

TEST_F(MeetingCommandsTest, ABotThatDiesMeanwhileEnds) {
  const auto id = in_call();
  kit::must(change(id, {.language = "es"}));
  exits(id, {.code = 1});
  ASSERT_TRUE(becomes(id, State::failed));
  EXPECT_EQ(way(id), "requested starting active reconfiguring stopping failed");
}

TEST_F(MeetingCommandsTest, OneThatHearsTheWordToLeaveIsGivenItsTime) {
  post.listen(1);
  const auto id = in_call();
  must(service->stop({.tenant_id = 1}, id, kTeller));
  ASSERT_TRUE(eventually([&] { return post.told().size() == 1; }));
  EXPECT_EQ(boost::json::parse(post.told().at(0).body).at("action").as_string(), "leave");
  ASSERT_TRUE(asks("inspect"));
  EXPECT_EQ(calls("stop"), 0) << "no signal yet";
  EXPECT_EQ(post.told().size(), 1U);
  exits(id, {.code = 0});
  ASSERT_TRUE(becomes(id, State::completed));
  EXPECT_EQ(look(id).life.reason, Reason::stopped);
  EXPECT_EQ(post.shown(), "requested active stopping completed ");
}

TEST_F(MeetingCommandsTest, OneThatDoesNotLeaveIsEnded) {
  post.listen(1);
  const auto id = in_call();
  must(service->stop({.tenant_id = 1}, id, kTeller));
  ASSERT_TRUE(eventually([&] { return post.told().size() == 1; }));
  pass(timing.grace - seconds(1));
  ASSERT_TRUE(asks("inspect"));
  EXPECT_EQ(calls("stop"), 0);
  pass(seconds(1));
  ASSERT_TRUE(becomes(id, State::completed));
  EXPECT_EQ(running(), 0U);
}

TEST_F(MeetingCommandsTest, OneThatNobodyReachesIsToldBySignal) {
  const auto id = in_call();
  must(service->stop({.tenant_id = 1}, id, kTeller));
  ASSERT_TRUE(tries(3)) << "repeated";
  EXPECT_EQ(calls("stop"), 0);
  pass(timing.reach);
  ASSERT_TRUE(becomes(id, State::completed));
  const auto second = in_call("Second");
  post.listen(0, true);
  must(service->stop({.tenant_id = 1}, second, kTeller));
  pass(timing.reach);
  ASSERT_TRUE(becomes(second, State::completed)) << "nor where telling fails";
}

TEST_F(MeetingCommandsTest, WhoEndsByItselfIsToldNothing) {
  post.listen(1);
  const auto id = in_call();
  ASSERT_TRUE(say(id, ended(true, "left_alone")));
  ASSERT_TRUE(becomes(id, State::completed));
  EXPECT_EQ(post.asked(), 0);
}

TEST_F(MeetingCommandsTest, AClockThatIsSetBackKeepsNobodyReconfiguring) {
  const auto id = in_call();
  kit::must(change(id, {.language = "es"}));
  pass(-std::chrono::hours(1));
  ASSERT_TRUE(becomes(id, State::active));
}

}  // namespace
}  // namespace troupe::meetings::life
