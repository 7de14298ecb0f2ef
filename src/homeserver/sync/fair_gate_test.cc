#include "homeserver/sync/fair_gate.h"

#include <gmock/gmock.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <optional>
#include <vector>

namespace troupe::homeserver::sync {
namespace {

using testing::ElementsAre;

class FairGateTest : public testing::Test {
 protected:
  /// Somebody who enters under a name, says so in `entered`, and stays until release().
  void enter(const std::string& who, std::string name, asio::cancellation_slot slot = {}) {
    asio::co_spawn(
        io,
        [this, who, name]() -> asio::awaitable<void> {
          auto pass = co_await gate.enter(who);
          if (!pass) {
            refused[name] = pass.error().code();
            co_return;
          }
          entered.push_back(name);
          inside.push_back(*std::move(pass));
        },
        asio::bind_cancellation_slot(slot, [](const std::exception_ptr& failed) { EXPECT_FALSE(failed); }));
    run();
  }
  void run() {
    io.restart();
    io.poll();
  }
  /// The one who has been inside longest goes.
  void release() {
    inside.erase(inside.begin());
    run();
  }

  FairGate gate{{.places = 1, .waiting_of_one = 3, .waiting = 6}};
  asio::io_context io{1};  // destroyed with whoever still waits
  std::vector<std::string> entered;
  std::map<std::string, Errc> refused;
  std::vector<FairGate::Pass> inside;
};

TEST_F(FairGateTest, AccountsTakeTurnsWhoeverCameFirst) {
  enter("crowd", "c1");
  for (const auto* name : {"c2", "c3", "c4"}) enter("crowd", name);
  enter("anna", "a1");
  enter("ben", "b1");
  EXPECT_THAT(entered, ElementsAre("c1"));
  for (int i = 0; i < 5; ++i) release();
  EXPECT_THAT(entered, ElementsAre("c1", "c2", "a1", "b1", "c3", "c4"));
  release();
  enter("anna", "a2");
  EXPECT_EQ(entered.back(), "a2") << "the place came back";
}

TEST_F(FairGateTest, OneAccountWaitsSoManyTimesAndNoMore) {
  enter("crowd", "c1");
  for (const auto* name : {"c2", "c3", "c4", "c5"}) enter("crowd", name);
  EXPECT_EQ(refused.at("c5"), Errc::limit_exceeded);
  for (const auto* name : {"a1", "a2", "a3"}) enter("anna", name);
  enter("ben", "b1");
  EXPECT_EQ(refused.at("b1"), Errc::unavailable) << "all together are too many";
  EXPECT_EQ(gate.waiting(), 6u);
}

TEST_F(FairGateTest, WhoeverIsCancelledLeavesTheQueue) {
  enter("anna", "a1");
  asio::cancellation_signal gone;
  enter("ben", "b1", gone.slot());
  enter("ben", "b2");
  gone.emit(asio::cancellation_type::terminal);
  run();
  EXPECT_EQ(refused.at("b1"), Errc::timed_out);
  EXPECT_EQ(gate.waiting(), 1u);
  release();
  EXPECT_THAT(entered, ElementsAre("a1", "b2"));
}

TEST_F(FairGateTest, APlaceThatIsGivenToOneWhoIsGoneGoesOn) {
  enter("anna", "a1");
  asio::cancellation_signal gone;
  enter("ben", "b1", gone.slot());
  enter("ben", "b2");
  inside.clear();  // b1 is admitted, and cancelled before it could know
  gone.emit(asio::cancellation_type::terminal);
  run();
  while (!inside.empty()) release();
  EXPECT_EQ(gate.waiting(), 0u);
  enter("carol", "c1");
  EXPECT_EQ(entered.back(), "c1");
}

TEST_F(FairGateTest, WhoeverIsDestroyedWhileTheyWaitLeaves) {
  enter("anna", "a1");
  {
    asio::io_context other{1};
    asio::co_spawn(
        other, [this]() -> asio::awaitable<void> { (void)co_await gate.enter("ben"); },
        [](const std::exception_ptr&) { ADD_FAILURE() << "it never ends by itself"; });
    other.poll();
    EXPECT_EQ(gate.waiting(), 1u);
  }
  EXPECT_EQ(gate.waiting(), 0u);
  release();
  enter("ben", "b2");
  EXPECT_THAT(entered, ElementsAre("a1", "b2"));
}

TEST_F(FairGateTest, AStoppedGateRefusesWhoeverWaitsAndComes) {
  enter("anna", "a1");
  enter("ben", "b1");
  gate.stop();
  run();
  enter("carol", "c1");
  EXPECT_EQ(refused.at("b1"), Errc::unavailable);
  EXPECT_EQ(refused.at("c1"), Errc::unavailable);
  inside.clear();
}

}  // namespace
}  // namespace troupe::homeserver::sync
