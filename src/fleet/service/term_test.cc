// Two processes on one database: one holds the fleet, the other writes what is wanted, and takes over when the first is
// gone.
#include "fleet/bots/schedule_store.h"
#include "fleet/fleet_fixture.h"
#include "fleet/triggers/hook_service.h"
#include "host/lease.h"

namespace troupe::fleet::service {
namespace {

class TermTest : public FleetTest {
 protected:
  struct Process {
    base::MetricRegistry metrics;
    std::unique_ptr<host::Leases> leases;
    std::unique_ptr<BotService> bots;
  };
  TermTest() { limits.look_every = std::chrono::milliseconds(5); }
  void TearDown() override {
    for (auto* process : {&first, &second}) stop(*process);
  }
  void start(Process& process, const std::string& name) {
    process.leases = std::make_unique<host::Leases>(
        *db, clock, host::LeaseOptions{.holder = name, .term = std::chrono::milliseconds(400), .alone = false},
        process.metrics);
    lease = &process.leases->get(kFleetLease);

    process.bots = std::make_unique<BotService>(deps());
    must(process.leases->start(io.at(1).get_executor()));
    must(process.bots->start_fleet());
  }
  void stop(Process& process) {
    if (!process.bots) return;
    must(process.bots->stop_fleet());
    must(process.leases->stop());
    process.bots.reset();
    process.leases.reset();
  }
  void adjust(Deps& deps) override { deps.lease = lease; }

  Process first;
  Process second;
  host::Lease* lease = nullptr;
};

TEST_F(TermTest, OneHoldsTheOtherAsksAndTakesOver) {
  start(first, "first");
  start(second, "second");
  EXPECT_TRUE(first.bots->holds_fleet());
  EXPECT_FALSE(second.bots->holds_fleet());
  EXPECT_FALSE(second.bots->health()) << "standing by is well";

  // Made and started through the one that does not hold the fleet.
  NewBot wanted;
  wanted.bot_id = "helper";
  wanted.brain_kind = "test";
  auto bot = must(second.bots->create(1, wanted, {"anna"})).bot.bot.user_id;
  EXPECT_EQ(must(second.bots->start(1, "helper", {"anna"})).bot.observed, BotState::running);
  auto room = room_of({anna}, {bot});
  homeserver->say(room, anna, "one");
  ASSERT_TRUE(eventually([&] { return homeserver->messages(bot).size() == 1; }));

  // A new brain, a restart, a stop and a start reach the holder, too.
  BotPatch patch;
  patch.brain_config = boost::json::object{{"reply_as", "text"}};
  must(second.bots->change(1, "helper", patch, {"anna"}));
  EXPECT_EQ(must(second.bots->restart(1, "helper", {"anna"})).bot.observed, BotState::running);
  homeserver->say(room, anna, "two");
  ASSERT_TRUE(eventually([&] { return homeserver->messages(bot).size() == 2; }));
  EXPECT_EQ(homeserver->messages(bot)[1].msgtype, "m.text");
  EXPECT_EQ(must(second.bots->stop(1, "helper", {"anna"})).bot.observed, BotState::stopped);
  EXPECT_EQ(must(second.bots->start(1, "helper", {"anna"})).bot.observed, BotState::running);

  // The first goes: the second goes on, and nothing is answered twice.
  stop(first);
  ASSERT_TRUE(eventually([&] { return second.bots->holds_fleet(); }));
  homeserver->say(room, anna, "three");
  ASSERT_TRUE(eventually([&] { return homeserver->messages(bot).size() == 3; }));
  EXPECT_EQ(homeserver->messages(bot)[2].body, "answer to three");
  must(second.bots->remove(1, "helper", {"anna"}));
  EXPECT_EQ(run(second.bots->get(1, "helper")).error().code(), Errc::not_found);
}

TEST_F(TermTest, ADeletionReachesTheHolder) {
  start(first, "first");
  start(second, "second");
  NewBot wanted;
  wanted.bot_id = "helper";
  wanted.brain_kind = "test";
  must(first.bots->create(1, wanted, {"anna"}));
  must(first.bots->start(1, "helper", {"anna"}));
  must(second.bots->remove(1, "helper", {"anna"}));
  EXPECT_TRUE(eventually([&] { return !run(second.bots->get(1, "helper")); }));
  EXPECT_EQ(must(first.bots->counts(1)).total, 0);
}

TEST_F(TermTest, OnlyTheHolderSaysWhatBotsSayOfTheirOwnAccord) {
  start(first, "first");
  NewBot wanted;
  wanted.bot_id = "helper";
  wanted.brain_kind = "test";
  auto made = must(first.bots->create(1, wanted, {"anna"})).bot.bot;
  must(first.bots->start(1, "helper", {"anna"}));
  auto room = room_of({anna}, {made.user_id});
  triggers::HookService hooks(*db, *homeserver, *homeserver, clock, *bus);
  auto hook = must(hooks.create(1, "helper", {.name = "CI", .room_id = room}, {"anna"}));
  auto post = [&](const std::string& text) {
    return must(hooks.deliver(hook.path.substr(std::string_view("/webhook/").size()),
                              {.content_type = "text/plain", .body = text, .idempotency_key = {}}))
        .outgoing_id;
  };
  auto remind = [&](base::UnixMs at, const std::string& text) {
    auto write = [&](store::Tx& tx) -> Result<Unit> {
      bots::Schedule row;
      row.bot = made.id;
      row.room_id = room;
      row.user_id = anna;
      row.made_by_event = "$" + text;
      row.text = text;
      row.next_ms = at;
      bots::insert_schedule(tx, row);
      return Unit{};
    };
    must(db->write(write));
    bus->publish(bots::kScheduleChannel, "");
  };
  auto times_said = [&](const std::string& text) {
    auto all = homeserver->messages(made.user_id);
    return std::ranges::count_if(all, [&](const auto& sent) { return sent.body.contains(text); });
  };
  post("one");
  remind(clock.unix_ms(), "stretch");
  EXPECT_TRUE(eventually([&] { return times_said("one") == 1 && times_said("stretch") == 1; }));
  stop(first);

  // Whoever only stands by says nothing: here the lease is in other hands.
  Process other;
  other.leases = std::make_unique<host::Leases>(
      *db, clock, host::LeaseOptions{.holder = "other", .term = std::chrono::milliseconds(400), .alone = false},
      other.metrics);
  auto& held = other.leases->get(kFleetLease);
  must(other.leases->start(io.at(1).get_executor()));
  ASSERT_TRUE(eventually([&] { return held.held().has_value(); }));
  start(second, "second");
  ASSERT_FALSE(second.bots->holds_fleet());
  remind(clock.unix_ms(), "breathe");
  auto waiting = post("two");
  EXPECT_EQ(run(hooks.wait(waiting, std::chrono::milliseconds(300))).error().code(), Errc::timed_out);
  EXPECT_EQ(times_said("two") + times_said("breathe"), 0);

  // And says it when it takes over.
  must(other.leases->stop());
  ASSERT_TRUE(eventually([&] { return second.bots->holds_fleet(); }));
  EXPECT_TRUE(eventually([&] { return times_said("two") == 1 && times_said("breathe") == 1; }));
  post("three");
  EXPECT_TRUE(eventually([&] { return times_said("three") == 1; }));
  EXPECT_EQ(times_said("one"), 1);
  EXPECT_EQ(times_said("stretch"), 1);
}

}  // namespace
}  // namespace troupe::fleet::service
