#include "meetings/bot/meet_brain.h"

#include "fleet/bots/bot_store.h"
#include "fleet/migrations.gen.h"
#include "identity/migrations.gen.h"
#include "kit/fake_homeserver/fake_homeserver.h"
#include "kit/fake_http.h"
#include "meetings/life/meetings_fixture.h"

namespace troupe::meetings::bot {
namespace {

const std::string kBot = "@bot_meet:" + kit::kServerName;
const std::string kAnna = "@anna:" + kit::kServerName;
const std::string kBen = "@ben:" + kit::kServerName;

class NoStream final : public fleet::brains::ReplyStream {
 public:
  void update(std::string_view) override {}
  bool wanted() const override { return true; }
};

class FakeCallStates final : public matrix::CallStates {
 public:
  std::vector<std::string> people;
  Task<std::vector<std::string>> in_call(std::string) override { co_return people; }
  Task<std::string> replaced_by(std::string) override { co_return std::string(); }
};

class MeetBrainTest : public life::MeetingsTest {
 protected:
  MeetBrainTest()
      : server(*bus, time),
        principals(*db, time),
        audit(*db, *bus, time),
        call_bots({.db = *db, .accounts = server, .rooms = server, .hosts = {}}) {
    migrate("identity", identity::migrations());
    migrate("fleet", fleet::migrations());
    server.add_person("anna");
    server.add_person("ben");
    room = must(server.make_room(kAnna));
  }
  std::string ask(const std::string& who, const std::string& text, std::int64_t tenant = 1) {
    const thread::Scribe scribe({.accounts = server,
                                 .rooms = server,
                                 .powers = server,
                                 .localpart = "transcripts",
                                 .has_devices = has_devices});
    MeetBrain brain({.http = http, .clock = time, .tenant_id = tenant},
                    {.meetings = *service,
                     .scribe = scribe,
                     .accounts = server,
                     .principals = principals,
                     .audit = audit,
                     .call_bots = *bots_asked,
                     .db = *db,
                     .clock = time,
                     .states = &states},
                    "");
    NoStream stream;
    fleet::Question question;
    question.bot_id = "meet";
    question.bot_user_id = kBot;
    question.room_id = room;
    question.event_id = "$asked";
    question.sender = who;
    question.text = text;
    return must(brain.answer(std::move(question), stream)).text;
  }
  std::vector<Meeting> all() { return must(service->list({.tenant_id = 1}, {})).items; }

  kit::FakeHomeserver server;
  identity::Principals principals;
  identity::Audit audit;
  calls::CallBots call_bots;
  const calls::CallBots* bots_asked = &call_bots;
  FakeCallStates states;
  bool has_devices = true;
  std::string room;
  kit::FakeHttp http;
};

TEST_F(MeetBrainTest, SendsABotAsWhoeverWritesAndTellsItThere) {
  EXPECT_TRUE(ask(kAnna, "!meet https://meet.jit.si/Room de").starts_with("A bot is on its way"));
  const auto made = all();
  ASSERT_EQ(made.size(), 1);
  EXPECT_EQ(made.front().owner, kAnna);
  EXPECT_EQ(made.front().language, "de");
  const auto thread = must(service->thread({.tenant_id = 1}, made.front().id));
  EXPECT_EQ(thread.room_id, room);
  EXPECT_EQ(thread.sender, kBot);
  // The same question again, as after a crash.
  EXPECT_NE(ask(kAnna, "!meet https://meet.jit.si/Room de").find("in that call already"), std::string::npos);
  EXPECT_EQ(all().size(), 1);
}

TEST_F(MeetBrainTest, WhatIsWrongIsSaidInWords) {
  EXPECT_NE(ask(kAnna, "!meet https://meet.google.com/abc-defg"), "");
  EXPECT_NE(ask(kAnna, "!meet https://example.org/call").find('.'), std::string::npos);
  EXPECT_NE(ask(kAnna, "!meet https://meet.jit.si/Room klingon").find("language"), std::string::npos);
  EXPECT_TRUE(ask(kAnna, "hello").starts_with("That is no link"));
  EXPECT_NE(ask("@stranger:elsewhere", "!meet https://meet.jit.si/Room").find("account"), std::string::npos);
  EXPECT_NE(ask(kAnna, "!meet https://meet.jit.si/Room", 2).find("account"), std::string::npos);
  server.set_flags(kAnna, false, true);
  EXPECT_NE(ask(kAnna, "!meet https://meet.jit.si/Room").find("locked"), std::string::npos);
  EXPECT_EQ(all().size(), 0);
}

TEST_F(MeetBrainTest, AnybodyMayDeclineForThemselves) {
  const auto declined = [&] {
    auto look = [&](store::Connection& c) -> Result<std::vector<std::string>> {
      return records::declined_in(c, room, 10);
    };
    return must(db->read(look));
  };
  EXPECT_TRUE(ask(kAnna, "!meet decline").starts_with("You are not heard"));
  EXPECT_TRUE(ask("@stranger:elsewhere", "!meet decline").starts_with("You are not heard"));
  EXPECT_EQ(declined(), (std::vector<std::string>{kAnna, "@stranger:elsewhere"}));
  EXPECT_TRUE(ask(kAnna, "!meet accept").starts_with("You are heard again"));
  EXPECT_EQ(declined(), (std::vector<std::string>{"@stranger:elsewhere"}));
}

/// Where bots are guests of the call's page.
TEST_F(MeetBrainTest, NobodyIsPromisedWhatAGuestCannotDo) {
  const calls::CallBots guests({.db = *db, .accounts = server, .rooms = server, .hosts = {}, .has_accounts = false});
  bots_asked = &guests;
  const auto told = ask(kAnna, "!meet decline");
  EXPECT_TRUE(told.contains("cannot leave anybody out")) << told;
}

TEST_F(MeetBrainTest, InAnEncryptedRoomOnlyWhereBotsHaveDevices) {
  server.put(room, kAnna, "m.room.encryption", {{"algorithm", "m.megolm.v1.aes-sha2"}}, "");
  has_devices = false;
  EXPECT_NE(ask(kAnna, "!meet https://meet.jit.si/Room").find("encrypted"), std::string::npos);
  EXPECT_EQ(all().size(), 0);
  has_devices = true;
  EXPECT_TRUE(ask(kAnna, "!meet https://meet.jit.si/Room").starts_with("A bot is on its way"));
  EXPECT_EQ(must(service->thread({.tenant_id = 1}, all().front().id)).sender, kBot);
}

TEST_F(MeetBrainTest, GoesIntoTheCallOfTheRoom) {
  EXPECT_NE(ask(kAnna, "!meet").find("!meet call"), std::string::npos) << "help, while there is no call";
  EXPECT_EQ(ask(kAnna, "!meet call"), "Nobody is in a call in this room.");
  states.people = {kAnna};
  EXPECT_NE(ask(kAnna, "!meet").find("troupe bot add"), std::string::npos) << "the tenant has no bot for it";
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    fleet::Bot bot;
    bot.id = fleet::bots::next_id(tx, "bot");
    bot.bot_id = "meet";
    bot.user_id = kBot;
    bot.brain_kind = "meetings";
    bot.desired = fleet::DesiredState::running;
    fleet::bots::insert_bot(tx, bot);
    return Unit{};
  };
  kit::must(db->write_now(write));
  server.add_person("bot_meet");
  kit::must(server.add_member(room, kBot));
  EXPECT_TRUE(ask(kAnna, "!meet").starts_with("A bot is on its way"));
  const auto made = all();
  ASSERT_EQ(made.size(), 1);
  EXPECT_EQ(made.front().platform, Platform::matrix);
  EXPECT_EQ(made.front().native_id, room);
  EXPECT_NE(ask(kAnna, "!meet call").find("in that call already"), std::string::npos);
  must(service->stop({.tenant_id = 1}, made.front().id, {}));
  ASSERT_TRUE(becomes(made.front().id, State::completed));
  server.put(room, kAnna, "m.room.encryption", {{"algorithm", "m.megolm.v1.aes-sha2"}}, "");
  EXPECT_TRUE(ask(kAnna, "!meet call").starts_with("A bot is on its way")) << "also where it is encrypted";
  ASSERT_EQ(all().size(), 2);
  EXPECT_EQ(must(service->thread({.tenant_id = 1}, all().front().id)).room_id, room);
}

TEST_F(MeetBrainTest, StopsOnesOwnAndNobodyElses) {
  ask(kAnna, "!meet https://meet.jit.si/Room");
  const auto id = all().front().id;
  EXPECT_TRUE(ask(kBen, "!meet stop").starts_with("No bot of yours"));
  EXPECT_FALSE(look(id).life.stop_requested);
  EXPECT_NE(ask(kAnna, "!meet status").find("meeting " + std::to_string(id)), std::string::npos);
  EXPECT_TRUE(ask(kAnna, "!meet stop").starts_with("They leave"));
  EXPECT_TRUE(look(id).life.stop_requested);
}

}  // namespace
}  // namespace troupe::meetings::bot
