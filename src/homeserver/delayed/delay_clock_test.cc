// Steps of the wall clock: what waits is neither hurried nor held up.
#include <gtest/gtest.h>

#include <algorithm>

#include "homeserver/delayed/delayed_events.h"
#include "homeserver/whole_server_fixture.h"
#include "kit/clocks.h"

namespace troupe::homeserver::delayed {
namespace {

using matrix::JsonObject;

class DelayClockTest : public testing::Test {
 protected:
  DelayClockTest()
      : anna_(server_.person("anna")),
        room_(server_.call(anna_, "POST", "/createRoom", JsonObject()).string_at("/room_id")) {}

  std::string say_later(const std::string& delay, const std::string& body) {
    const auto answer = server_.call(
        anna_, "PUT",
        "/rooms/" + room_ + "/send/m.room.message/" + std::to_string(++txn_) + "?org.matrix.msc4140.delay=" + delay,
        JsonObject{{"msgtype", "m.text"}, {"body", body}});
    EXPECT_EQ(answer.status, 200) << answer.text;
    return answer.string_at("/delay_id");
  }
  WholeAnswer restart(const std::string& id) {
    return server_.call(anna_, "POST", "/_matrix/client/unstable/org.matrix.msc4140/delayed_events/" + id + "/restart");
  }
  void pass(std::int64_t ms) {
    clock_.passed_ms += ms;
    server_.run_job("homeserver.delayed");
  }
  std::vector<std::string> said() {
    std::vector<std::string> texts;
    const auto page = server_.call(anna_, "GET", "/rooms/" + room_ + "/messages?dir=f&limit=100");
    for (const auto& event : page.at("/chunk").as_array())
      if (event.at("type") == "m.room.message") texts.emplace_back(event.at("content").at("body").as_string());
    return texts;
  }

  kit::ShiftedClock clock_;
  WholeServer server_{clock_};
  std::string anna_;
  std::string room_;
  int txn_ = 0;
};

TEST_F(DelayClockTest, AStepOfTheWallClockHurriesNothingAndHoldsNothingUp) {
  constexpr std::int64_t kHours = 5 * 3'600'000;
  for (const auto step : {kHours, -kHours}) {
    const auto tag = std::to_string(step);
    say_later("10000000", "before " + tag);
    clock_.shift_ms = step;
    pass(1'000);
    EXPECT_TRUE(said().empty() || said().back() != "before " + tag) << "not hurried";
    say_later("10000000", "in it " + tag);
    const auto anew = say_later("5000000", "anew " + tag);
    pass(4'000'000);
    ASSERT_EQ(restart(anew).status, 200);
    clock_.shift_ms = 0;
    pass(3'900'000);
    EXPECT_EQ(std::ranges::count(said(), "anew " + tag), 0);
    pass(2'200'000);
    for (const auto* what : {"before ", "in it ", "anew "})
      EXPECT_EQ(std::ranges::count(said(), what + tag), 1) << what << tag;
  }
}

TEST_F(DelayClockTest, WhatWasAskedForByAClockThatWasAheadWaitsNoLonger) {
  constexpr std::int64_t kDay = 24 * 3'600'000;
  const auto id = say_later("30000", "hang up");
  // As a start left it whose clock was a day ahead.
  ASSERT_TRUE(server_.wait(server_.db->write([&](store::Tx& tx) -> Result<Unit> {
    delayed_store::restart(tx, id, clock_.unix_ms() + kDay, clock_.unix_ms() + kDay + 30'000);
    return Unit{};
  })));
  pass(std::chrono::milliseconds(DelayedEvents::kSetRightEvery).count());
  EXPECT_EQ(said(), std::vector<std::string>{});
  pass(30'001);
  EXPECT_EQ(said(), std::vector<std::string>{"hang up"});
}

}  // namespace
}  // namespace troupe::homeserver::delayed
