// Bots in encrypted rooms when the power goes between two steps, when rows come late, and when an old database is put
// in place: no key is used for two things, no one-time key is handed out twice, each question is answered once.
#include "fleet/encryption/encryption_fixture.h"
#include "fleet/encryption/encryption_store.h"

namespace troupe::fleet::encryption {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class DurabilityTest : public EncryptionTest {
 protected:
  DurabilityTest() { limits.request_patience = std::chrono::milliseconds(100); }

  void run_sql(const std::string& sql) {
    auto write = [&](store::Tx& tx) -> Result<Unit> {
      tx.run(sql);
      return Unit{};
    };
    ASSERT_TRUE(db->write_now(write)) << sql;
  }
  /// Ends what runs as a power cut does: what it goes on to do leads nowhere.
  void start_again() {
    end();
    cut.mend();
    begin();
  }
  /// One answer to each of so many questions, and nothing said with a key that was used before.
  void check(int questions) {
    ASSERT_TRUE(settled("helper", questions));
    auto heard = anna_client.heard(room, bot);
    std::ranges::sort(heard);
    std::vector<std::string> wanted;
    for (int i = 0; i < questions; ++i) wanted.push_back("answer to question " + std::to_string(i));
    std::ranges::sort(wanted);
    EXPECT_EQ(heard, wanted);
    EXPECT_EQ(spoken().repeats(), 0);
    EXPECT_THAT(keys.repeated_keys(), IsEmpty());
    EXPECT_THAT(homeserver->messages(bot), IsEmpty());
  }
  /// A question under a new session, whose key the bot is sent through a channel of its own.
  void ask(int number) {
    anna_client.begin_session();
    anna_client.lose_channels();
    anna_client.share(room, {bot});
    anna_client.say(room, "question " + std::to_string(number));
  }
  /// Cuts at one call of the homeserver's keys after the other, until a question is answered without meeting one.
  void cut_everywhere(bool done) {
    limits.key_patience = std::chrono::hours(1);
    start_room({}, {{"rotation_period_msgs", 2}});
    int asked = 0;
    for (int call = 0;; ++call) {
      SCOPED_TRACE("cut at call " + std::to_string(call));
      ASSERT_LT(call, 100);
      const auto before = asked;
      cut.cut_at(call, done);
      ask(asked++);
      ASSERT_TRUE(eventually([&] { return cut.happened() || settled_now("helper", before + 1); }));
      const bool met = cut.happened();
      start_again();
      check(asked);
      if (!met) break;
    }
    EXPECT_GT(asked, 5);
  }
};

TEST_F(DurabilityTest, ACutBeforeAnyCallRepeatsAndLosesNothing) { cut_everywhere(false); }
TEST_F(DurabilityTest, ACutAfterAnyCallRepeatsAndLosesNothing) { cut_everywhere(true); }

TEST_F(DurabilityTest, ADeviceWhosePublishingIsCutAnywhereOffersEachKeyOnce) {
  for (int call = 0; call < 12; ++call) {
    for (const bool done : {false, true}) {
      const auto name = "bot" + std::to_string(call) + (done ? "done" : "");
      begin();
      cut.cut_at(call, done);
      const auto user = add_bot(name);
      ASSERT_TRUE(eventually([&] { return cut.happened() || published(name); }));
      start_again();
      ASSERT_TRUE(eventually([&] { return published(name); })) << name;
      EXPECT_THAT(keys.devices_of(user), SizeIs(1));
      end();
    }
  }
  EXPECT_THAT(keys.repeated_keys(), IsEmpty());
}

TEST_F(DurabilityTest, AnOldDatabaseRepeatsNothing) {
  start_room();
  ask(0);
  ASSERT_TRUE(settled("helper", 1));
  ASSERT_THAT(anna_client.heard(room, bot), SizeIs(1));
  end();
  run_sql("CREATE TABLE old_session AS SELECT * FROM fleet_olm_session");
  begin();
  for (int i = 1; i < 4; ++i) {
    ask(i);
    ASSERT_TRUE(settled("helper", i + 1));
    anna_client.heard(room, bot);
  }
  const auto before = spoken();
  EXPECT_GT(before.messages(), 4U);
  end();
  run_sql("DELETE FROM fleet_olm_session");
  run_sql("INSERT INTO fleet_olm_session SELECT * FROM old_session");
  begin();
  ask(4);
  check(5);
}

TEST_F(DurabilityTest, WhatAnInboxBringsAfterTheBotIsDeletedIsNotKept) {
  start_room();
  anna_client.say(room, "hello");
  ASSERT_TRUE(eventually([&] { return waiting_rows() == 1; }));
  cut.hold_inbox(true);
  ASSERT_TRUE(eventually([&] { return cut.held() > 0; }));
  anna_client.share(room, {bot});
  must(bots->remove(1, "helper", {"tester"}));
  ASSERT_TRUE(eventually([&] { return rows_of("fleet_bot") == 0; }));
  cut.hold_inbox(false);
  ASSERT_TRUE(eventually([&] { return cut.held() == 0; }));
  end();  // waits for what is under way
  for (const auto* table : {"fleet_device", "fleet_olm_session", "fleet_room_key", "fleet_read_message", "fleet_unread",
                            "fleet_unreadable"}) {
    EXPECT_EQ(rows_of(table), 0) << table;
  }
}

TEST_F(DurabilityTest, NothingIsWrittenForABotThatIsGone) {
  begin();
  constexpr BotKey kGone = 4711;
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    EXPECT_FALSE(insert_device(tx, {.bot = kGone, .device_id = "D", .account = "a", .cross_signing = "c"}));
    insert_read(tx, kGone, {.session_id = "s", .sender = anna, .index = 0}, "$e", 1);
    insert_unread(tx,
                  {.event_pos = 1, .bot = kGone, .room_id = "!r", .session_id = "s", .sender = anna, .since_ms = 1});
    EXPECT_FALSE(tell_unreadable(tx, kGone, "!r", "s", 1));
    return Unit{};
  };
  ASSERT_TRUE(db->write_now(write));
  for (const auto* table : {"fleet_device", "fleet_read_message", "fleet_unread", "fleet_unreadable"}) {
    EXPECT_EQ(rows_of(table), 0) << table;
  }
}

TEST_F(DurabilityTest, KeysOfDevicesAreRememberedAsLongAsTheAccount) {
  limits.house_every = std::chrono::milliseconds(20);
  start_room();
  anna_client.share(room, {bot});
  anna_client.say(room, "hello");
  ASSERT_TRUE(settled("helper", 1));
  const auto of_anna = "user_id = '" + anna + "'";
  ASSERT_EQ(rows_of("fleet_peer_device", of_anna), 1);
  auto prune = [](store::Tx& tx) -> Result<Unit> {
    prune_keys(tx, std::numeric_limits<base::UnixMs>::max(), 1'000);
    return Unit{};
  };
  ASSERT_TRUE(db->write_now(prune));
  EXPECT_EQ(rows_of("fleet_peer_device", of_anna), 1);
  end();
  begin();
  // A year later the same device with other keys is still another one.
  anna_client.change_keys();
  anna_client.share(room, {bot});
  anna_client.say(room, "it is me");
  EXPECT_TRUE(eventually([&] { return log_says("helper", "other keys than when it was first seen"); }));
  EXPECT_EQ(brain.asked, 1);
  homeserver->set_flags(anna, true, false);
  EXPECT_TRUE(eventually([&] { return rows_of("fleet_peer_device", of_anna) == 0; }));
}

}  // namespace
}  // namespace troupe::fleet::encryption
