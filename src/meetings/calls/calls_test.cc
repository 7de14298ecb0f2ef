// Bots in Matrix calls with accounts of their own: whose account, how long its access lasts, and what they say.
#include "fleet/bots/bot_store.h"
#include "fleet/migrations.gen.h"
#include "kit/fake_homeserver/fake_homeserver.h"
#include "kit/fake_homeserver/fake_keys.h"
#include "meetings/calls/call_bots.h"
#include "meetings/calls/consents.h"
#include "meetings/calls/desk.h"
#include "meetings/calls/words.h"
#include "meetings/life/meetings_fixture.h"

namespace troupe::meetings::calls {
namespace {

const std::string kAnna = "@anna:" + kit::kServerName;
const std::string kBen = "@ben:" + kit::kServerName;

class Upgrades final : public matrix::CallStates {
 public:
  std::map<std::string, std::string> replaced;
  Task<std::vector<std::string>> in_call(std::string) override { co_return std::vector<std::string>(); }
  Task<std::string> replaced_by(std::string room_id) override { co_return replaced[room_id]; }
};

class CallsTest : public life::MeetingsTest {
 protected:
  CallsTest()
      : server(*bus, time),
        vouching({.db = *db, .keys = keys, .sealing_key = key}),
        bots({.db = *db, .accounts = server, .rooms = server, .hosts = {}}),
        desk({.db = *db,
              .accounts = server,
              .rooms = server,
              .clock = time,
              .homeserver_url = "http://127.0.0.1:8008",
              .states = &upgrades}) {
    migrate("fleet", fleet::migrations());
    server.add_person("anna");
    server.add_person("ben");
    room = must(server.make_room(kAnna));
    call_desk = &desk;
    end();
    begin();
  }
  ~CallsTest() override { end(); }

  std::string add_bot(const std::string& name, std::int64_t tenant = 1, std::string kind = "meetings") {
    server.add_person("bot_" + name);
    const auto user_id = "@bot_" + name + ":" + kit::kServerName;
    auto write = [&](store::Tx& tx) -> Result<Unit> {
      fleet::Bot bot;
      bot.id = fleet::bots::next_id(tx, "bot");
      bot.tenant_id = tenant;
      bot.bot_id = name;
      bot.user_id = user_id;
      bot.brain_kind = std::move(kind);
      bot.desired = fleet::DesiredState::running;
      fleet::bots::insert_bot(tx, bot);
      return Unit{};
    };
    kit::must(db->write_now(write));
    return user_id;
  }
  Result<std::optional<records::CallAccount>> place(const std::string& who, const std::string& link,
                                                    std::string preferred = "") {
    return run(bots.place({.tenant_id = 1, .user_id = who, .preferred = std::move(preferred)}, link));
  }
  std::optional<Errc> refusal(const std::string& who, const std::string& link) {
    auto placed = place(who, link);
    return placed ? std::nullopt : std::optional(placed.error().code());
  }
  std::string link() const { return CallBots::link_of(room); }

  MeetingId in_call_of(std::int64_t owner = 7) {
    auto account = kit::must(place(kAnna, link()));
    auto made = wanted("Room", owner);
    made.link = link();
    made.call = std::move(account);
    const auto id = must(service->create(std::move(made))).id;
    EXPECT_TRUE(runs(id));
    return id;
  }
  boost::json::object config(MeetingId id, std::int64_t attempt = 1) {
    return home([&] { return driver->config_of(life::task_id_of(id, attempt)); });
  }
  boost::json::object matrix_of(MeetingId id, std::int64_t attempt = 1) {
    return config(id, attempt).at("matrix").as_object();
  }
  Credential credential(MeetingId id, std::int64_t attempt = 1) {
    const auto told = config(id, attempt);
    return {.token = std::string(told.at("token").as_string()),
            .connection_id = std::string(told.at("connectionId").as_string())};
  }
  bool has_device(const std::string& user, const std::string& device) {
    return server.tokens().contains(std::pair(user, device));
  }
  std::optional<records::CallAccount> row(MeetingId id) {
    auto look = [&](store::Connection& c) -> Result<std::optional<records::CallAccount>> {
      return records::find_call(c, id);
    };
    return must(db->read(look));
  }
  Words words() {
    return Words(
        {.db = *db, .meetings = *service, .rooms = server, .vouching = &vouching, .clock = time, .bell = bell});
  }
  Result<Unit> vouch(Credential who, const std::string& device) {
    auto speaker = words();
    auto vouched = run(speaker.vouch(std::move(who), device));
    if (!vouched) return std::unexpected(std::move(vouched).error());
    told_declined = *std::move(vouched);
    return Unit{};
  }
  Result<Unit> consent(Credential who, const std::string& user, bool declined, std::chrono::milliseconds ago = {}) {
    auto speaker = words();
    return run(speaker.consent(std::move(who), {.user_id = user, .declined = declined, .ago = ago}));
  }

  std::vector<std::string> told_declined;  ///< with the last signature
  kit::FakeHomeserver server;
  kit::FakeKeys keys;
  fleet::encryption::Vouching vouching;
  CallBots bots;
  Upgrades upgrades;
  Desk desk;
  std::string room;
};

TEST_F(CallsTest, WhoAsksMustBeInTheRoom) {
  const auto bot = add_bot("meet");
  EXPECT_EQ(refusal(kBen, link()), Errc::forbidden);
  EXPECT_EQ(refusal("", link()), Errc::forbidden) << "nobody's key";
  const auto closed = place(kBen, link()).error().message();
  EXPECT_EQ(place(kBen, CallBots::link_of("!nowhere:" + kit::kServerName)).error().message(), closed)
      << "no telling a closed room from none";
  EXPECT_FALSE(kit::must(place(kBen, "https://matrix.to/#/!room:elsewhere.example"))) << "as a guest";
  EXPECT_FALSE(kit::must(place(kBen, "https://meet.jit.si/Room")));
  const auto account = kit::must(place(kAnna, link()));
  ASSERT_TRUE(account);
  EXPECT_EQ(account->user_id, bot);
  EXPECT_EQ(account->room_id, room);
  EXPECT_TRUE(server.is_joined(room, bot)) << "anna may invite it";
}

TEST_F(CallsTest, WhichBotGoesIn) {
  add_bot("other", 1, "echo");
  add_bot("foreign", 2);
  const auto none = place(kAnna, link());
  EXPECT_EQ(none.error().code(), Errc::conflict) << "neither another kind's nor another tenant's";
  EXPECT_NE(none.error().message().find("troupe bot add"), std::string::npos) << none.error().message();
  const auto first = add_bot("one"), second = add_bot("two");
  const auto several = place(kAnna, link());
  EXPECT_EQ(several.error().code(), Errc::conflict);
  EXPECT_NE(several.error().message().find(second), std::string::npos);
  EXPECT_FALSE(server.is_joined(room, first));
  kit::must(server.add_member(room, second));
  EXPECT_EQ(kit::must(place(kAnna, link()))->user_id, second);
  kit::must(server.add_member(room, first));
  EXPECT_EQ(kit::must(place(kAnna, link()))->user_id, first);
  EXPECT_EQ(kit::must(place(kAnna, link(), second))->user_id, second) << "the one that was asked";
}

TEST_F(CallsTest, ABotIsToldOfItsAccountAndItsAccessEndsWithTheMeeting) {
  const auto bot = add_bot("meet");
  const auto id = in_call_of();
  const auto told = matrix_of(id);
  const std::string device(told.at("deviceId").as_string()), token(told.at("accessToken").as_string());
  EXPECT_EQ(told.at("userId").as_string(), bot);
  EXPECT_EQ(told.at("roomId").as_string(), room);
  EXPECT_EQ(told.at("call").as_string(), "rtc");
  EXPECT_EQ(told.at("homeserverUrl").as_string(), "http://127.0.0.1:8008");
  EXPECT_TRUE(told.at("declined").as_array().empty());
  EXPECT_TRUE(device.starts_with("MEET"));
  EXPECT_EQ(server.tokens().at({bot, device}), token);
  EXPECT_EQ(row(id)->device_id, device);
  must(service->stop({.tenant_id = 1}, id, {}));
  EXPECT_TRUE(becomes(id, State::completed));
  EXPECT_FALSE(has_device(bot, device));
  EXPECT_EQ(row(id)->device_id, "");
  // Another meeting has a device of its own.
  const auto next = in_call_of();
  EXPECT_NE(matrix_of(next).at("deviceId").as_string(), device);
}

TEST_F(CallsTest, EachAttemptHasADeviceOfItsOwn) {
  const auto bot = add_bot("meet");
  const auto id = in_call_of();
  const std::string first(matrix_of(id).at("deviceId").as_string());
  exits(id, {.code = 1});
  ASSERT_TRUE(eventually([&] { return look(id).life.attempts == 2; }));
  pass(timing.first_retry * 2);
  ASSERT_TRUE(runs(id, 2));
  const std::string second(matrix_of(id, 2).at("deviceId").as_string());
  EXPECT_NE(first, second);
  EXPECT_FALSE(has_device(bot, first));
  EXPECT_TRUE(has_device(bot, second));
  EXPECT_EQ(vouch(credential(id, 1), first).error().code(), Errc::not_found) << "an earlier container's word";
}

/// A kill leaves the row, and the row is all that is needed.
TEST_F(CallsTest, AfterAKillItEndsAllTheSame) {
  const auto bot = add_bot("meet");
  const auto id = in_call_of();
  const std::string device(matrix_of(id).at("deviceId").as_string());
  kill();
  ASSERT_TRUE(has_device(bot, device));
  // The meeting ends while nobody looks, and its bot never comes back.
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    tx.run("UPDATE mtg_meeting SET state = 'error', ended_ms = ?2 WHERE id = ?1", id, time.unix_ms());
    return Unit{};
  };
  kit::must(db->write_now(write));
  must(desk.sweep());
  EXPECT_FALSE(has_device(bot, device));
  EXPECT_EQ(row(id)->device_id, "");
}

TEST_F(CallsTest, TheSweepLeavesWhatIsAtWork) {
  const auto bot = add_bot("meet");
  const auto id = in_call_of();
  const std::string device(matrix_of(id).at("deviceId").as_string());
  must(desk.sweep());
  EXPECT_TRUE(has_device(bot, device));
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    records::delete_meeting(tx, id);
    return Unit{};
  };
  kit::must(db->write_now(write));
  ASSERT_TRUE(row(id)) << "what is still to be ended outlives its meeting";
  must(desk.sweep());
  EXPECT_FALSE(has_device(bot, device));
  EXPECT_FALSE(row(id));
}

TEST_F(CallsTest, ATokenThatWasMadeTooLateIsEndedToo) {
  const auto bot = add_bot("meet");
  const auto id = in_call_of();
  const auto device = row(id)->device_id;
  must(desk.dismiss(id));
  EXPECT_FALSE(has_device(bot, device));
  // Whoever was making it when the device was ended, and was killed then.
  must(server.issue_token(bot, device));
  must(desk.sweep());
  EXPECT_TRUE(has_device(bot, device)) << "no row names it, and its time has not come";
  time.advance(std::chrono::minutes(11));
  must(desk.sweep());
  EXPECT_FALSE(has_device(bot, device));
}

TEST_F(CallsTest, NobodyWritesOverTheDeviceOfAnother) {
  add_bot("meet");
  const auto id = in_call_of();
  const auto device = row(id)->device_id;
  auto take = [&](store::Tx& tx) -> Result<bool> { return records::take_call_device(tx, id, 2, "MEETOTHER"); };
  EXPECT_FALSE(must(db->write(take)));
  EXPECT_EQ(row(id)->device_id, device);
  auto none = [&](store::Tx& tx) -> Result<bool> { return records::take_call_device(tx, id + 1, 1, "MEETOTHER"); };
  EXPECT_FALSE(must(db->write(none))) << "no such meeting";
}

TEST_F(CallsTest, WhoMayNotComeIntoTheRoomIsNotStarted) {
  const auto bot = add_bot("meet");
  auto account = kit::must(place(kAnna, link()));
  server.leave_all(bot);
  auto made = wanted();
  made.link = link();
  made.call = std::move(account);
  const auto id = must(service->create(std::move(made))).id;
  ASSERT_TRUE(eventually([&] { return look(id).life.state == State::error; }));
  EXPECT_EQ(running(), 0u);
  EXPECT_EQ(row(id)->device_id, "");
}

TEST_F(CallsTest, SoundIsKeptThereWhereWhoeverAskedSaidSo) {
  add_bot("meet");
  auto made = wanted();
  made.link = link();
  made.call = kit::must(place(kAnna, link()));
  made.recording = true;
  const auto id = must(service->create(std::move(made))).id;
  EXPECT_TRUE(runs(id));
  EXPECT_TRUE(config(id).at("recordingUploadUrl").as_string().ends_with(credential(id).token));
  EXPECT_FALSE(config(in_call_of(8)).contains("recordingUploadUrl")) << "nobody asked";
}

TEST_F(CallsTest, OnlyItsOwnDeviceIsSigned) {
  add_bot("meet");
  const auto id = in_call_of(7), other = in_call_of(8);
  const std::string own(matrix_of(id).at("deviceId").as_string());
  const std::string others(matrix_of(other).at("deviceId").as_string());
  const auto status = [&](Result<Unit> said) { return said ? 200 : said.error().http_status(); };
  EXPECT_EQ(status(vouch(credential(id), others)), 422) << "another meeting's";
  EXPECT_EQ(status(vouch(credential(id), "")), 422);
  EXPECT_EQ(status(vouch({.token = "guessed", .connection_id = credential(id).connection_id}, own)), 404);
  EXPECT_EQ(status(vouch({.token = credential(other).token, .connection_id = credential(id).connection_id}, own)), 404);
  EXPECT_EQ(status(vouch(credential(id), own)), 409) << "no keys yet";
  const auto guest = create("Room");
  ASSERT_TRUE(runs(guest));
  EXPECT_EQ(status(vouch(credential(guest), own)), 422) << "a guest has no account";
  must(service->stop({.tenant_id = 1}, id, {}));
  ASSERT_TRUE(becomes(id, State::completed));
  EXPECT_EQ(status(vouch(credential(id), own)), 404) << "it is over";
}

TEST_F(CallsTest, WhoDeclinesIsKnownToLaterMeetings) {
  add_bot("meet");
  const auto id = in_call_of();
  kit::must(server.add_member(room, kBen));
  kit::must(consent(credential(id), kBen, true));
  kit::must(consent(credential(id), kBen, true));
  const auto told = history(id);
  ASSERT_EQ(told.consents.size(), 1u);
  EXPECT_EQ(told.consents.front().user_id, kBen);
  EXPECT_TRUE(told.consents.front().declined);
  EXPECT_EQ(std::ranges::count_if(told.transitions, [](const auto& t) { return t.cause.contains("declines"); }), 1);
  const auto next = in_call_of(8);
  EXPECT_EQ(matrix_of(next).at("declined"), (boost::json::array{kBen}));
  EXPECT_EQ(history(next).consents.size(), 1u) << "declined in the room before";
  kit::must(consent(credential(next), kBen, false, std::chrono::milliseconds(1)));
  EXPECT_TRUE(history(next).consents.front().declined) << "said before that, and told late";
  kit::must(consent(credential(next), kBen, false));
  const auto last = in_call_of(9);
  EXPECT_TRUE(matrix_of(last).at("declined").as_array().empty());
}

TEST_F(CallsTest, WhoDeclinedAndLeftIsNotHeardWhenTheyComeBack) {
  add_bot("meet");
  const auto id = in_call_of();
  kit::must(consent(credential(id), kBen, true));
  const auto next = in_call_of(8);
  EXPECT_EQ(matrix_of(next).at("declined"), (boost::json::array{kBen}));
}

TEST_F(CallsTest, WhatWasSaidHoldsInTheRoomThatReplacesIt) {
  add_bot("meet");
  const auto id = in_call_of();
  kit::must(consent(credential(id), kBen, true));
  const auto first = room;
  room = must(server.make_room(kAnna));
  const auto strange = in_call_of(8);
  EXPECT_TRUE(matrix_of(strange).at("declined").as_array().empty()) << "another room";
  const auto second = room;
  room = must(server.make_room(kAnna));
  home([&] { upgrades.replaced = {{room, second}, {second, first}}; });
  const auto next = in_call_of(9);
  EXPECT_EQ(matrix_of(next).at("declined"), (boost::json::array{kBen})) << "two upgrades later";
  kit::must(consent(credential(next), kBen, false));
  const auto last = in_call_of(10);
  EXPECT_TRUE(matrix_of(last).at("declined").as_array().empty()) << "what the old room knew does not come back";
  EXPECT_EQ(history(id).consents.size(), 1u);
  home([&] { upgrades.replaced = {{room, second}, {second, room}}; });
  EXPECT_TRUE(matrix_of(in_call_of(11)).at("declined").as_array().empty()) << "in a circle";
}

TEST_F(CallsTest, NobodyKeepsBotsOutOfARoomByNames) {
  add_bot("meet");
  const auto id = in_call_of();
  auto fill = [&](store::Tx& tx) -> Result<Unit> {
    for (int i = 0; i < records::kMostAbsentDeclined; ++i) {
      records::put_consent(tx,
                           {.tenant_id = 1,
                            .room_id = room,
                            .user_id = "@x" + std::to_string(i) + ":elsewhere.example",
                            .declined = true,
                            .meeting = id},
                           0);
    }
    return Unit{};
  };
  kit::must(db->write_now(fill));
  EXPECT_EQ(consent(credential(id), "@more:elsewhere.example", true).error().http_status(), 422);
  kit::must(consent(credential(id), "@x1:elsewhere.example", true));
  kit::must(server.add_member(room, kBen));
  kit::must(consent(credential(id), kBen, true));
}

TEST_F(CallsTest, ABotThatCannotBeToldOfAllIsNotSigned) {
  add_bot("meet");
  const auto id = in_call_of();
  auto fill = [&](store::Tx& tx) -> Result<Unit> {
    for (int i = 0; i <= records::kMostDeclined; ++i) {
      records::put_consent(
          tx, {.tenant_id = 1, .room_id = room, .user_id = "@x" + std::to_string(i) + ":e", .declined = true}, 0);
    }
    return Unit{};
  };
  kit::must(db->write_now(fill));
  EXPECT_EQ(vouch(credential(id), row(id)->device_id).error().code(), Errc::limit_exceeded);
}

TEST_F(CallsTest, WhatLaterMeetingsBringChangesNothingInThisOne) {
  add_bot("meet");
  const auto id = in_call_of();
  kit::must(server.add_member(room, kBen));
  kit::must(consent(credential(id), kBen, true));
  const auto next = in_call_of(8);
  ASSERT_EQ(history(next).consents.size(), 1u);
  EXPECT_EQ(history(next).consents.front().meeting, id) << "where it was said";
  kit::must(consent(credential(next), kBen, true));
  EXPECT_EQ(history(next).consents.front().meeting, id) << "said again it is nothing new";
  kit::must(consent(credential(next), kBen, false));
  kit::must(consent(credential(next), kAnna, true));
  ASSERT_EQ(history(id).consents.size(), 1u) << "anna said nothing in it";
  EXPECT_TRUE(history(id).consents.front().declined);
  EXPECT_EQ(history(id).consents.front().meeting, id);
  const auto later = history(next).consents;
  ASSERT_EQ(later.size(), 2u);
  EXPECT_EQ(later.front().user_id, kAnna);
  EXPECT_FALSE(later.back().declined);
  EXPECT_EQ(later.back().meeting, next);
  auto gone = [&](store::Tx& tx) -> Result<std::int64_t> {
    records::delete_meeting(tx, id);
    return std::ssize(records::consents_of(tx, id, 10));
  };
  EXPECT_EQ(must(db->write(gone)), 0);
}

TEST_F(CallsTest, NothingIsKeptOfWhoIsNoMoreOrForEver) {
  add_bot("meet");
  const auto id = in_call_of();
  kit::must(server.add_member(room, kBen));
  for (const auto& who : {kAnna, kBen, std::string("@cleo:elsewhere.example")}) {
    kit::must(consent(credential(id), who, true));
  }
  Consents consents({.db = *db, .accounts = server, .clock = time});
  must(consents.forget());
  EXPECT_EQ(history(id).consents.size(), 3u);
  must(server.deactivate(kBen));
  must(consents.forget());
  EXPECT_EQ(history(id).consents.size(), 2u);
  time.advance(std::chrono::hours(24 * 200));
  const auto next = in_call_of(8);
  EXPECT_EQ(matrix_of(next).at("declined"), (boost::json::array{kAnna, "@cleo:elsewhere.example"}));
  const auto declined = [&] {
    auto look = [&](store::Connection& c) -> Result<std::vector<std::string>> {
      return records::declined_in(c, room, 10);
    };
    return must(db->read(look)).size();
  };
  time.advance(std::chrono::hours(24 * 200));
  must(consents.forget());
  EXPECT_EQ(declined(), 2u) << "a meeting needed it since";
  time.advance(std::chrono::hours(24 * 200));
  must(consents.forget());
  EXPECT_EQ(declined(), 0u);
}

TEST_F(CallsTest, WhoPutTheBotOutOfTheRoomSeesItNoMore) {
  const auto bot = add_bot("meet");
  const auto id = in_call_of();
  server.leave_all(bot);
  exits(id, {.code = 1});
  ASSERT_TRUE(eventually([&] { return look(id).life.attempts == 2; }));
  pass(timing.first_retry * 2);
  ASSERT_TRUE(eventually([&] { return is_terminal(look(id).life.state); }));
  EXPECT_FALSE(server.is_joined(room, bot));
  EXPECT_EQ(running(), 0u);
  EXPECT_TRUE(server.tokens().empty());
}

TEST_F(CallsTest, OnlyWhoLooksAfterMeetingsMakesDevices) {
  add_bot("meet");
  const auto id = in_call_of();
  must(desk.dismiss(id));
  const auto meeting = look(id);
  base::MetricRegistry others;
  host::Leases mine(*db, time, {.holder = "a", .term = std::chrono::seconds(10), .alone = false}, metrics);
  auto& own = mine.get("meetings");
  Desk ours({.db = *db, .accounts = server, .rooms = server, .clock = time, .homeserver_url = "", .lease = &own});
  EXPECT_EQ(run(ours.admit(meeting, 1)).error().code(), Errc::conflict) << "it has not got it";
  must(mine.step());
  // Somebody else has it by now, and this process does not know yet.
  auto taken = [](store::Tx& tx) -> Result<Unit> {
    tx.run("UPDATE host_lease SET holder = 'b', epoch = epoch + 1 WHERE name = 'meetings'");
    return Unit{};
  };
  kit::must(db->write_now(taken));
  ASSERT_TRUE(own.held());
  EXPECT_EQ(run(ours.admit(meeting, 1)).error().code(), Errc::conflict);
  EXPECT_EQ(row(id)->device_id, "");
  EXPECT_TRUE(server.tokens().empty());
  must(mine.stop());
}

TEST_F(CallsTest, NobodyDeclinesForAnotherRoom) {
  add_bot("meet");
  const auto id = in_call_of();
  for (const auto& wrong :
       {std::string(256, 'a'), std::string("ben"), std::string(), "@" + std::string(300, 'b') + ":x"}) {
    EXPECT_EQ(consent(credential(id), wrong, true).error().http_status(), 422) << wrong;
  }
  EXPECT_EQ(consent({.token = "guessed", .connection_id = "x"}, kAnna, true).error().http_status(), 404);
  const auto guest = create("Room");
  ASSERT_TRUE(runs(guest));
  EXPECT_EQ(consent(credential(guest), kAnna, true).error().http_status(), 422);
  EXPECT_TRUE(history(id).consents.empty());
}

}  // namespace
}  // namespace troupe::meetings::calls
