#include "meetings/bot/meet_brain.h"

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

class MeetBrainTest : public life::MeetingsTest {
 protected:
  MeetBrainTest()
      : server(*bus, time),
        principals(*db, time),
        audit(*db, *bus, time),
        scribe({.accounts = server, .rooms = server, .powers = server, .localpart = "transcripts"}) {
    migrate("identity", identity::migrations());
    server.add_person("anna");
    server.add_person("ben");
    room = must(server.make_room(kAnna));
  }
  std::string ask(const std::string& who, const std::string& text, std::int64_t tenant = 1) {
    MeetBrain brain(
        {.http = http, .clock = time, .tenant_id = tenant},
        {.meetings = *service, .scribe = scribe, .accounts = server, .principals = principals, .audit = audit}, "");
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
  thread::Scribe scribe;
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

TEST_F(MeetBrainTest, NotInAnEncryptedRoom) {
  server.put(room, kAnna, "m.room.encryption", {{"algorithm", "m.megolm.v1.aes-sha2"}}, "");
  EXPECT_NE(ask(kAnna, "!meet https://meet.jit.si/Room").find("encrypted"), std::string::npos);
  EXPECT_EQ(all().size(), 0);
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
