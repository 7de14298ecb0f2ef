#include "meetings/thread/scribe.h"

#include "kit/fake_homeserver/fake_homeserver.h"
#include "meetings/transcripts/transcripts_fixture.h"

namespace troupe::meetings::thread {
namespace {

const std::string kWriter = "@transcripts:" + kit::kServerName;
const std::string kAsker = "@anna:" + kit::kServerName;

class ScribeTest : public transcripts::TranscriptsTest {
 protected:
  ScribeTest() : server(*bus, time) {
    server.add_person("anna");
    room = must(server.make_room(kAsker));
  }
  Scribe scribe() {
    return Scribe({.accounts = server, .rooms = server, .powers = server, .localpart = "transcripts"});
  }
  Errc refused(std::string asker, std::string where) {
    const auto place = run(scribe().place(std::move(asker), std::move(where)));
    return place ? Errc::internal : place.error().code();
  }

  kit::FakeHomeserver server;
  std::string room;
};

TEST_F(ScribeTest, JoinsByAnInviteOfWhoAsks) {
  const auto place = must(scribe().place(kAsker, room));
  EXPECT_EQ(place.room_id, room);
  EXPECT_EQ(place.sender, kWriter);
  EXPECT_TRUE(server.is_joined(room, kWriter));
  EXPECT_EQ(must(server.account(kWriter)).kind, matrix::AccountKind::service);
  must(scribe().place(kAsker, room));
}

TEST_F(ScribeTest, OnlyRoomsOfWhoAsks) {
  server.add_person("mallory");
  EXPECT_EQ(refused("@mallory:" + kit::kServerName, room), Errc::not_found);
  EXPECT_EQ(refused(kAsker, "!nowhere:" + kit::kServerName), Errc::not_found);
  EXPECT_EQ(refused(kAsker, "#nowhere:" + kit::kServerName), Errc::not_found);
  EXPECT_EQ(refused(kAsker, "team"), Errc::invalid_param);
  EXPECT_EQ(refused("", room), Errc::invalid_param);
  EXPECT_FALSE(server.is_joined(room, kWriter));
}

TEST_F(ScribeTest, NotIntoAnEncryptedRoom) {
  server.put(room, kAsker, "m.room.encryption", {{"algorithm", "m.megolm.v1.aes-sha2"}}, "");
  const auto place = run(scribe().place(kAsker, room));
  ASSERT_FALSE(place);
  EXPECT_EQ(place.error().wire_code(), matrix::kEncryptedRoom);
  EXPECT_FALSE(server.is_joined(room, kWriter));
}

TEST_F(ScribeTest, InAnEncryptedRoomABotWrites) {
  const auto bot = "@bot_meet:" + kit::kServerName;
  server.add_person("bot_meet");
  server.put(room, kAsker, "m.room.encryption", {{"algorithm", "m.megolm.v1.aes-sha2"}}, "");
  const Scribe with_devices(
      {.accounts = server, .rooms = server, .powers = server, .localpart = "transcripts", .has_devices = true});
  const auto bring = [&](const std::string& room_id) -> Task<records::CallAccount> {
    kit::must(server.add_member(room_id, bot));
    co_return records::CallAccount{.user_id = bot, .room_id = room_id};
  };
  EXPECT_EQ(must(with_devices.place(kAsker, room, bring)).sender, bot);
  EXPECT_EQ(must(with_devices.place_of_bot(bot, room)).sender, bot);
  EXPECT_EQ(run(scribe().place(kAsker, room, bring)).error().wire_code(), matrix::kEncryptedRoom);
  EXPECT_EQ(run(scribe().place_of_bot(bot, room)).error().wire_code(), matrix::kEncryptedRoom);
  server.put(room, kAsker, "m.room.power_levels", {{"users", {{kAsker, 100}}}, {"events_default", 50}}, "");
  EXPECT_EQ(run(with_devices.place(kAsker, room, bring)).error().code(), Errc::forbidden);
  const auto none = [](const std::string&) -> Task<records::CallAccount> {
    co_return Error(Errc::conflict, "There is none.");
  };
  EXPECT_TRUE(run(with_devices.place(kAsker, room, none)).error().message().contains("encrypted"));
}

TEST_F(ScribeTest, NotWhereItMayNotWrite) {
  server.put(room, kAsker, "m.room.power_levels", {{"users", {{kAsker, 100}}}, {"events_default", 50}}, "");
  const auto place = run(scribe().place(kAsker, room));
  ASSERT_FALSE(place);
  EXPECT_EQ(place.error().code(), Errc::forbidden);
  EXPECT_TRUE(place.error().message().starts_with(kWriter + " may not write in this room: "))
      << place.error().message();
  EXPECT_FALSE(server.is_joined(room, kWriter)) << "it does not stay for nothing";
  server.put(room, kAsker, "m.room.power_levels", {{"users", {{kAsker, 100}, {kWriter, 50}}}, {"events_default", 50}},
             "");
  EXPECT_EQ(must(scribe().place(kAsker, room)).sender, kWriter);
}

TEST_F(ScribeTest, NotForWhoMayNotWriteThereThemselves) {
  must(scribe().place(kAsker, room));
  server.put(room, kAsker, "m.room.power_levels", {{"users", {{kWriter, 50}}}, {"events_default", 50}}, "");
  const auto place = run(scribe().place(kAsker, room));
  ASSERT_FALSE(place);
  EXPECT_EQ(place.error().code(), Errc::forbidden);
  EXPECT_TRUE(place.error().message().starts_with(kAsker + " may not write")) << place.error().message();
}

TEST_F(ScribeTest, APersonsAccountIsNotTakenForIt) {
  server.add_person("transcripts");
  EXPECT_EQ(refused(kAsker, room), Errc::conflict);
  EXPECT_FALSE(server.is_joined(room, kWriter));
}

}  // namespace
}  // namespace troupe::meetings::thread
