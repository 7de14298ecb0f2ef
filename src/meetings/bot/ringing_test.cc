#include "meetings/bot/ringing.h"

#include "fleet/bots/bot_store.h"
#include "fleet/migrations.gen.h"
#include "identity/migrations.gen.h"
#include "kit/fake_homeserver/fake_homeserver.h"
#include "meetings/life/meetings_fixture.h"

namespace troupe::meetings::bot {
namespace {

const std::string kRinger = "@anna:" + kit::kServerName;
const std::string kThird = "@ben:" + kit::kServerName;
const std::string kRung = "@bot_meet:" + kit::kServerName;

matrix::FeedEvent invite(matrix::JsonObject content) {
  matrix::FeedEvent event;
  event.type = "m.call.invite";
  event.sender = kRinger;
  event.origin_server_ts = 1'000;
  event.content = std::move(content);
  return event;
}

TEST(RingOf, WhatCanBeAnswered) {
  const auto ring = ring_of(invite({{"call_id", "c1"}, {"version", "1"}, {"lifetime", 30'000}}));
  ASSERT_TRUE(ring);
  EXPECT_EQ(ring->call_id, "c1");
  EXPECT_EQ(ring->until_ms, 31'000);
  EXPECT_EQ(ring_of(invite({{"call_id", "c1"}, {"version", 0}}))->until_ms, 61'000) << "nothing said";
  EXPECT_EQ(ring_of(invite({{"call_id", "c1"}, {"lifetime", 1LL << 60}}))->until_ms, 121'000);
  EXPECT_EQ(ring_of(invite({{"call_id", "c1"}, {"lifetime", -5}}))->until_ms, 1'000);
  EXPECT_FALSE(ring_of(invite({{"lifetime", 30'000}})));
  EXPECT_FALSE(ring_of(invite({{"call_id", 7}})));
  EXPECT_FALSE(ring_of(invite({{"call_id", std::string(256, 'c')}})));
  auto state = invite({{"call_id", "c1"}});
  state.state_key = "";
  EXPECT_FALSE(ring_of(state));
}

class RingingTest : public life::MeetingsTest {
 protected:
  RingingTest()
      : server(*bus, time),
        principals(*db, time),
        call_bots({.db = *db, .accounts = server, .rooms = server, .hosts = {}}),
        scribe({.accounts = server, .rooms = server, .powers = server, .localpart = "transcripts"}) {
    migrate("identity", identity::migrations());
    migrate("fleet", fleet::migrations());
    for (const auto* name : {"anna", "ben", "bot_meet"}) server.add_person(name);
    auto write = [&](store::Tx& tx) -> Result<Unit> {
      fleet::Bot bot;
      bot.id = fleet::bots::next_id(tx, "bot");
      bot.bot_id = "meet";
      bot.user_id = kRung;
      bot.brain_kind = "meetings";
      bot.desired = fleet::DesiredState::running;
      fleet::bots::insert_bot(tx, bot);
      return Unit{};
    };
    kit::must(db->write_now(write));
    room = must(server.make_room(kRinger));
    kit::must(server.add_member(room, kRung));
    listen();
  }
  ~RingingTest() override {
    hang_up();
    end();
  }
  void listen() {
    ringing = std::make_unique<Ringing>(Ringing::Uses{.db = *db,
                                                      .bus = *bus,
                                                      .feed = server,
                                                      .rooms = server,
                                                      .people = {.accounts = server, .principals = principals},
                                                      .call_bots = call_bots,
                                                      .scribe = scribe,
                                                      .meetings = *service,
                                                      .clock = time,
                                                      .home = io.at(0).get_executor()});
    must(ringing->start());
  }
  void hang_up() {
    if (ringing) must(ringing->stop());
    ringing.reset();
  }
  void ring(const std::string& who, const std::string& call_id, matrix::JsonObject more = {}) {
    more["call_id"] = call_id;
    more["version"] = "1";
    more["offer"] = matrix::JsonObject{{"type", "offer"}, {"sdp", "v=0"}};
    server.put(room, who, "m.call.invite", std::move(more));
  }
  std::vector<Meeting> all() { return must(service->list({.tenant_id = 1}, {})).items; }
  /// So that what was rung before was looked at.
  void settle() {
    const auto before = all().size();
    const auto place = must(server.make_room(kThird));
    kit::must(server.add_member(place, kRung));
    server.put(place, kThird, "m.call.invite", {{"call_id", "settled"}, {"version", 0}});
    ASSERT_TRUE(eventually([&] { return all().size() > before; }));
  }

  kit::FakeHomeserver server;
  identity::Principals principals;
  calls::CallBots call_bots;
  thread::Scribe scribe;
  std::string room;
  std::unique_ptr<Ringing> ringing;
};

TEST_F(RingingTest, WhoCallsTheBotHasAMeeting) {
  ring(kRinger, "c1");
  ASSERT_TRUE(eventually([&] { return all().size() == 1; }));
  const auto meeting = all().front();
  EXPECT_EQ(meeting.owner, kRinger);
  EXPECT_EQ(meeting.native_id, room);
  auto look = [&](store::Connection& c) -> Result<std::optional<records::CallAccount>> {
    return records::find_call(c, meeting.id);
  };
  const auto call = must(db->read(look));
  ASSERT_TRUE(call);
  EXPECT_EQ(call->kind, records::CallKind::legacy);
  EXPECT_EQ(call->call_id, "c1");
  EXPECT_EQ(call->user_id, kRung);
  EXPECT_EQ(must(service->thread({.tenant_id = 1}, meeting.id)).room_id, room);
  // The same once more, as after a kill: one bot.
  ring(kRinger, "c1");
  settle();
  EXPECT_EQ(all().size(), 2u);
}

TEST_F(RingingTest, ACallThatIsOverIsNotAnsweredAgain) {
  ring(kRinger, "c1");
  ASSERT_TRUE(eventually([&] { return all().size() == 1; }));
  const auto id = all().front().id;
  ASSERT_TRUE(runs(id));
  must(service->stop({.tenant_id = 1}, id, {}));
  ASSERT_TRUE(becomes(id, State::completed));
  ring(kRinger, "c1");
  settle();
  EXPECT_EQ(all().size(), 2u) << "that one, and what settles";
  ring(kRinger, "c2");
  EXPECT_TRUE(eventually([&] { return all().size() == 3; })) << "another call";
}

TEST_F(RingingTest, WhatIsNotForTheBotIsLeftAlone) {
  ring(kRung, "own");
  ring(kRinger, "others", {{"invitee", kThird}});
  ring(kRinger, "short", {{"lifetime", 0}});
  kit::must(server.add_member(room, kThird));
  ring(kRinger, "of-three");
  settle();
  EXPECT_EQ(all().size(), 1u);
}

TEST_F(RingingTest, WhoMayNotIsToldWhy) {
  server.set_flags(kRinger, false, true);
  ring(kRinger, "c1");
  EXPECT_TRUE(eventually([&] { return server.messages(kRung).size() == 1; }));
  EXPECT_NE(server.messages(kRung).front().body.find("locked"), std::string::npos);
  EXPECT_EQ(all().size(), 0u);
}

TEST_F(RingingTest, WhatRangWhileNobodyReadIsAnsweredWhileItRings) {
  hang_up();
  ring(kRinger, "long-ago", {{"lifetime", 20'000}});
  pass(std::chrono::seconds(30));
  listen();
  settle();
  EXPECT_EQ(all().size(), 1u) << "it has rung out";
  hang_up();
  ring(kRinger, "rings-still");
  listen();
  EXPECT_TRUE(eventually([&] { return all().size() == 2; }));
}

}  // namespace
}  // namespace troupe::meetings::bot
