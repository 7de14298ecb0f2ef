// Bots in encrypted rooms, between a person's client and a homeserver in memory: what is said is answered, nothing
// plain gets out, and what cannot be read is said aloud.
#include "fleet/encryption/encryption_fixture.h"
#include "kit/crash.h"

namespace troupe::fleet::encryption {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST_F(EncryptionTest, ABotHasOneCrossSignedDeviceFromBirth) {
  begin();
  const auto bot = add_bot("helper");
  ASSERT_TRUE(eventually([&] { return published("helper"); }));
  const auto devices = keys.devices_of(bot);
  ASSERT_THAT(devices, SizeIs(1));
  EXPECT_THAT(*devices.begin(), StartsWith("TROUPE"));
  const auto device = keys.device_keys(bot, *devices.begin());
  const auto self_signing = cross_signing_key(keys.cross_signing(bot, "self_signing_key"), bot);
  const auto master = cross_signing_key(keys.cross_signing(bot, "master_key"), bot);
  EXPECT_TRUE(read_device_keys(device, bot, *devices.begin()));
  EXPECT_TRUE(is_signed_by(device, bot, self_signing, self_signing));
  EXPECT_TRUE(is_signed_by(keys.cross_signing(bot, "self_signing_key"), bot, master, master));
  EXPECT_TRUE(is_signed_by(keys.cross_signing(bot, "user_signing_key"), bot, master, master));
  EXPECT_GE(keys.one_time_keys(bot, *devices.begin()), 50U);
  end();
  begin();
  EXPECT_EQ(keys.devices_of(bot), devices);
}

TEST_F(EncryptionTest, ADeviceThatIsPublishedInSeveralTriesHasNoMoreKeysThanOthers) {
  keys.fail_cross_signing(6);
  begin();
  const auto user = add_bot("helper");
  ASSERT_TRUE(eventually([&] { return published("helper"); }));
  EXPECT_EQ(keys.one_time_keys(user, *keys.devices_of(user).begin()), 50U);
}

TEST_F(EncryptionTest, AnEncryptedQuestionIsAnsweredEncrypted) {
  start_room();
  anna_client.share(room, {bot});
  anna_client.say(room, "hello");
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_THAT(anna_client.heard(room, bot), ElementsAre("answer to hello"));
  EXPECT_THAT(homeserver->messages(bot), IsEmpty());
}

TEST_F(EncryptionTest, AGrowingAnswerSaysNothingPlain) {
  brain.streams = true;
  brain.streams_slowly = true;
  homeserver->offer_streams(false);
  start_room();
  anna_client.share(room, {bot});
  anna_client.say(room, "hello");
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_THAT(homeserver->messages(bot), IsEmpty());
  EXPECT_THAT(homeserver->streamed(), IsEmpty());
  EXPECT_THAT(anna_client.heard(room, bot), Contains(HasSubstr("answer to hello")));
}

TEST_F(EncryptionTest, ARestartKeepsTheDeviceAndBeginsNewSessions) {
  start_room();
  anna_client.share(room, {bot});
  anna_client.say(room, "one");
  ASSERT_TRUE(settled("helper", 1));
  end();
  begin();
  anna_client.say(room, "two");
  ASSERT_TRUE(settled("helper", 2));
  EXPECT_THAT(anna_client.heard(room, bot), ElementsAre("answer to one", "answer to two"));
  EXPECT_THAT(sessions_written(), SizeIs(2));
}

TEST_F(EncryptionTest, OneAnswerWhereverItIsKilled) {
  start_room();
  anna_client.share(room, {bot});
  kit::Crash<term::Step> crash;
  for (int step = 0; step < term::kSteps; ++step) {
    SCOPED_TRACE("killed at step " + std::to_string(step));
    end();
    begin(crash.at(step));
    crash.arm();
    anna_client.say(room, "question " + std::to_string(step));
    ASSERT_TRUE(eventually([&] { return crash.died(); }));
    end();
    crash.disarm();
    begin();
    ASSERT_TRUE(settled("helper", step + 1));
  }
  std::vector<std::string> wanted;
  for (int step = 0; step < term::kSteps; ++step) wanted.push_back("answer to question " + std::to_string(step));
  EXPECT_EQ(anna_client.heard(room, bot), wanted);
  EXPECT_THAT(homeserver->messages(bot), IsEmpty());
}

TEST_F(EncryptionTest, AKeyThatComesLateIsWaitedForAlsoOverARestart) {
  start_room();
  keys.hold_messages(true);
  anna_client.share(room, {bot});
  anna_client.say(room, "hello");
  anna_client.say(room, "again");
  ASSERT_TRUE(eventually([&] { return waiting_rows() == 2; }));
  end();
  begin();
  EXPECT_EQ(brain.asked, 0);
  keys.hold_messages(false);
  ASSERT_TRUE(settled("helper", 2));
  EXPECT_EQ(waiting_rows(), 0);
  EXPECT_THAT(anna_client.heard(room, bot), ElementsAre("answer to hello", "answer to again"));
}

TEST_F(EncryptionTest, ASessionWithoutAKeyIsToldOnce) {
  start_room();
  anna_client.say(room, "one");
  anna_client.say(room, "two");
  ASSERT_TRUE(eventually([&] { return waiting_rows() == 2; }));
  clock.passed_ms += limits.key_patience.count() + 1;
  ASSERT_TRUE(eventually([&] { return waiting_rows() == 0 && anna_client.heard(room, bot).size() == 1; }));
  anna_client.say(room, "three");
  ASSERT_TRUE(eventually([&] { return waiting_rows() == 1; }));
  clock.passed_ms += limits.key_patience.count() + 1;
  ASSERT_TRUE(eventually([&] { return waiting_rows() == 0; }));
  anna_client.begin_session();
  anna_client.share(room, {bot});
  anna_client.say(room, "four");
  ASSERT_TRUE(eventually([&] { return brain.asked == 1 && settled_now("helper", 2); }));
  EXPECT_THAT(anna_client.heard(room, bot), ElementsAre(HasSubstr("could not read"), "answer to four"));
  EXPECT_THAT(homeserver->messages(bot), IsEmpty());
}

TEST_F(EncryptionTest, ARepeatedMessageIsRefusedAlsoAfterARestart) {
  start_room();
  anna_client.share(room, {bot});
  const auto content = anna_client.seal(room, {{"msgtype", "m.text"}, {"body", "hello"}});
  anna_client.put(room, content);
  ASSERT_TRUE(settled("helper", 1));
  end();
  begin();
  anna_client.put(room, content);
  ASSERT_TRUE(settled("helper", 2));
  EXPECT_EQ(brain.asked, 1);
  EXPECT_THAT(anna_client.heard(room, bot), ElementsAre("answer to hello", HasSubstr("could not read")));
}

TEST_F(EncryptionTest, AMessageOfAnotherRoomOrAnotherSenderIsRefused) {
  start_room();
  anna_client.share(room, {bot});
  const auto elsewhere = anna_client.seal("!other:localhost", {{"msgtype", "m.text"}, {"body", "moved"}});
  anna_client.put(room, elsewhere);
  ASSERT_TRUE(settled("helper", 1));
  must(homeserver->invite(anna, room, ben));
  must(homeserver->join(ben, room));
  homeserver->put(room, ben, "m.room.encrypted",
                  anna_client.seal(room, {{"msgtype", "m.text"}, {"body", "!helper forged"}}));
  anna_client.begin_session();
  anna_client.share(room, {bot});
  anna_client.say(room, "!helper real");
  ASSERT_TRUE(eventually([&] { return brain.asked == 1; }));
  EXPECT_THAT(brain.questions.front().text, HasSubstr("real"));
}

TEST_F(EncryptionTest, WhoHandsOnAnothersKeyTakesNothingFromThem) {
  TestClient ben_client(*this, *homeserver, keys, ben, "BENPHONE");
  ben_client.publish();
  start_room({ben});
  ben_client.send(ben_client.device_of(bot), "m.room_key",
                  {{"algorithm", kMegolmAlgorithm},
                   {"room_id", room},
                   {"session_id", anna_client.session_id()},
                   {"session_key", anna_client.session_key()}});
  const auto content = anna_client.seal(room, {{"msgtype", "m.text"}, {"body", "!helper hello"}});
  homeserver->put(room, ben, "m.room.encrypted", content);
  ASSERT_TRUE(settled("helper", 1));
  anna_client.share(room, {bot});
  anna_client.put(room, content);
  ASSERT_TRUE(eventually([&] { return waiting_rows() == 1; }));  // index 0 was before the key
  anna_client.say(room, "!helper mine");
  ASSERT_TRUE(settled("helper", 2));
  EXPECT_EQ(brain.questions.back().sender, anna);
  EXPECT_THAT(brain.questions.back().text, HasSubstr("mine"));
}

TEST_F(EncryptionTest, NewIdentityKeysForAnOldDeviceAreRefusedAloud) {
  start_room();
  anna_client.share(room, {bot});
  anna_client.say(room, "hello");
  ASSERT_TRUE(settled("helper", 1));
  anna_client.change_keys();
  anna_client.share(room, {bot});
  anna_client.say(room, "it is me");
  ASSERT_TRUE(eventually([&] { return waiting_rows() == 1; }));
  clock.passed_ms += limits.key_patience.count() + 1;
  ASSERT_TRUE(settled("helper", 2));
  EXPECT_EQ(brain.asked, 1);
  // The device is not written to either.
  EXPECT_THAT(anna_client.receive(), Not(Contains("m.room_key")));
  EXPECT_THAT(metrics.expose(), Not(HasSubstr("troupe_fleet_changed_device_keys_total 0")));
  EXPECT_TRUE(eventually([&] { return log_says("helper", "other keys than when it was first seen"); }));
}

TEST_F(EncryptionTest, WhoLeavesReadsNoFurtherAndANewDeviceReadsFromThen) {
  TestClient ben_client(*this, *homeserver, keys, ben, "BENPHONE");
  ASSERT_TRUE(answers_one_before(ben_client));
  EXPECT_THAT(ben_client.heard(room, bot), ElementsAre(HasSubstr("one")));
  TestClient tablet(*this, *homeserver, keys, anna, "TABLET");
  tablet.publish();
  anna_client.say(room, "!helper two");
  ASSERT_TRUE(settled("helper", 2));
  EXPECT_THAT(tablet.heard(room, bot), ElementsAre("(unreadable)", HasSubstr("two")));
  EXPECT_THAT(sessions_written(), SizeIs(1));
  must(homeserver->leave(ben, room));
  anna_client.say(room, "!helper three");
  ASSERT_TRUE(settled("helper", 3));
  EXPECT_THAT(sessions_written(), SizeIs(2));
  EXPECT_THAT(ben_client.heard(room, bot), ElementsAre(HasSubstr("one"), HasSubstr("two"), "(unreadable)"));
  EXPECT_THAT(anna_client.heard(room, bot), ElementsAre(HasSubstr("one"), HasSubstr("two"), HasSubstr("three")));
}

TEST_F(EncryptionTest, WhoHasLeftKeepsNoSessionAliveByAskingForItsKey) {
  TestClient ben_client(*this, *homeserver, keys, ben, "BENPHONE");
  ASSERT_TRUE(answers_one_before(ben_client));
  ASSERT_THAT(ben_client.heard(room, bot), ElementsAre(HasSubstr("one")));
  const auto device = ben_client.device_of(bot);
  const auto ask = [&] {
    const matrix::JsonObject request{{"action", "request"},
                                     {"requesting_device_id", "BENPHONE"},
                                     {"request_id", "r"},
                                     {"body", {{"room_id", room}, {"session_id", *sessions_written().rbegin()}}}};
    must(keys.send_to_device({.sender = ben,
                              .sender_device = "BENPHONE",
                              .type = "m.room_key_request",
                              .messages = {{bot, {{device.device_id, request}}}},
                              .txn_id = base::random_token("")}));
    ben_client.send(device, "m.dummy", {});
  };
  // Who is there is given it again.
  ask();
  anna_client.say(room, "!helper two");
  ASSERT_TRUE(settled("helper", 2));
  EXPECT_THAT(ben_client.receive(), Contains("m.room_key"));
  EXPECT_THAT(sessions_written(), SizeIs(1));
  must(homeserver->leave(ben, room));
  ask();
  anna_client.say(room, "!helper three");
  ASSERT_TRUE(settled("helper", 3));
  EXPECT_THAT(sessions_written(), SizeIs(2));
  EXPECT_THAT(ben_client.heard(room, bot), ElementsAre(HasSubstr("one"), HasSubstr("two"), "(unreadable)"));
}

TEST_F(EncryptionTest, ADeviceThatNobodyHasLeavesNothingBehind) {
  start_room();
  const auto device = anna_client.device_of(bot);
  TestClient stranger(*this, *homeserver, keys, ben, "NONE");  // has published nothing
  stranger.send(device, "m.room_key",
                {{"algorithm", kMegolmAlgorithm},
                 {"room_id", room},
                 {"session_id", stranger.session_id()},
                 {"session_key", stranger.session_key()}});
  anna_client.share(room, {bot});
  anna_client.say(room, "hello");
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_TRUE(eventually([&] { return log_says("helper", "no device of the sender has these keys"); }));
  EXPECT_EQ(rows_of("fleet_room_key"), 1);
  EXPECT_EQ(rows_of("fleet_olm_session", "peer_key LIKE '%" + ben + "'"), 0);
}

TEST_F(EncryptionTest, WhoPublishesAnothersKeyAsTheirsKeepsNothingFromThem) {
  TestClient ben_client(*this, *homeserver, keys, ben, "BENPHONE");
  ben_client.publish_as(anna_client.identity_key());
  start_room({ben});
  anna_client.share(room, {bot});
  anna_client.say(room, "!helper one");
  ASSERT_TRUE(settled("helper", 1));
  end();
  begin();  // it begins channels with both
  anna_client.say(room, "!helper two");
  ASSERT_TRUE(settled("helper", 2));
  EXPECT_THAT(anna_client.heard(room, bot), ElementsAre(HasSubstr("one"), HasSubstr("two")));
}

TEST_F(EncryptionTest, ManyUnreadableMessagesOfOneTakeNobodyElsesPlace) {
  TestClient ben_client(*this, *homeserver, keys, ben, "BENPHONE");
  ben_client.publish();
  start_room({ben});
  for (int i = 0; i < 150; ++i) ben_client.say(room, "noise");
  ASSERT_TRUE(eventually([&] { return waiting_rows() >= 100; }));
  keys.hold_messages(true);
  anna_client.share(room, {bot});
  anna_client.say(room, "!helper late");
  ASSERT_TRUE(eventually([&] { return rows_of("fleet_unread", "sender = '" + anna + "'") == 1; }));
  keys.hold_messages(false);
  ASSERT_TRUE(eventually([&] { return brain.asked == 1; }));
}

TEST_F(EncryptionTest, AnAnswerUnderWayIsFinishedEncrypted) {
  brain.streams = true;
  brain.hold = true;
  homeserver->offer_streams(false);
  begin();
  bot = add_running_bot("helper");
  room = room_of({anna}, {bot});
  anna_client.publish();
  homeserver->say(room, anna, "hello");
  ASSERT_TRUE(eventually([&] { return homeserver->open_streams() == 1; }));
  homeserver->put(room, anna, "m.room.encryption", {{"algorithm", kMegolmAlgorithm}}, "");
  anna_client.say(room, "now we are alone");
  ASSERT_TRUE(eventually([&] { return waiting_rows() == 1; }));  // the feed has come to it
  const auto plain = homeserver->messages(bot).size();
  brain.hold = false;
  ASSERT_TRUE(eventually([&] { return !anna_client.heard(room, bot).empty(); }));
  EXPECT_EQ(homeserver->messages(bot).size(), plain);
  EXPECT_EQ(homeserver->open_streams(), 0);
}

TEST_F(EncryptionTest, TheRoomSaysHowOftenSessionsChange) {
  start_room({}, {{"rotation_period_msgs", 2}});
  anna_client.share(room, {bot});
  for (int i = 0; i < 5; ++i) {
    anna_client.say(room, std::to_string(i));
    ASSERT_TRUE(settled("helper", i + 1));
  }
  EXPECT_THAT(sessions_written(), SizeIs(3));
  EXPECT_THAT(anna_client.heard(room, bot), SizeIs(5));
}

TEST_F(EncryptionTest, AChannelThatFailsIsMended) {
  start_room();
  const auto device = anna_client.device_of(bot);
  anna_client.send_sealed(device, {{"algorithm", kOlmAlgorithm},
                                   {"sender_key", anna_client.device_of(anna).curve25519},
                                   {"ciphertext", {{device.curve25519, {{"type", 1}, {"body", "AwogGa"}}}}}});
  anna_client.share(room, {bot});
  anna_client.say(room, "hello");
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_THAT(anna_client.receive(), Contains("m.dummy"));
  EXPECT_THAT(anna_client.heard(room, bot), ElementsAre("answer to hello"));
}

TEST_F(EncryptionTest, WhoLostTheChannelIsGivenTheKeyAgain) {
  start_room();
  anna_client.share(room, {bot});
  anna_client.say(room, "one");
  ASSERT_TRUE(settled("helper", 1));
  anna_client.receive();
  anna_client.lose_channels();
  anna_client.send(anna_client.device_of(bot), "m.dummy", {});
  anna_client.say(room, "two");
  ASSERT_TRUE(settled("helper", 2));
  EXPECT_THAT(anna_client.receive(), Contains("m.room_key"));
  EXPECT_THAT(anna_client.heard(room, bot), ElementsAre("answer to one", "answer to two"));
}

TEST_F(EncryptionTest, FilesAreReadAndWrittenEncrypted) {
  brain.uploads.push_back({.name = "secret.txt", .mime = "text/plain", .bytes = "the secret"});
  start_room();
  anna_client.share(room, {bot});
  auto sealed = encrypt_file("a picture");
  sealed.file["url"] =
      homeserver->add_media({.bytes = sealed.bytes, .content_type = "application/octet-stream", .name = {}});
  anna_client.put(room, anna_client.seal(room, {{"msgtype", "m.image"},
                                                {"body", "look"},
                                                {"filename", "a.png"},
                                                {"info", {{"mimetype", "image/png"}}},
                                                {"file", sealed.file}}));
  ASSERT_TRUE(settled("helper", 1));
  ASSERT_THAT(brain.questions, SizeIs(1));
  const auto& question = brain.questions.front();
  ASSERT_THAT(question.attachments, SizeIs(1));
  const auto file = must(question.download(question.attachments.front(), 1000));
  EXPECT_EQ(file.bytes, "a picture");
  EXPECT_EQ(file.content_type, "image/png");
  const auto contents = contents_of(bot);
  ASSERT_THAT(contents, SizeIs(2));
  EXPECT_FALSE(contents[1].contains("url"));
  const auto& given = contents[1].at("file").as_object();
  const auto kept = homeserver->media(boost::json::value_to<std::string>(given.at("url")));
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->bytes.find("the secret"), std::string::npos);
  EXPECT_EQ(kept->name, "");
  EXPECT_EQ(decrypt_file(kept->bytes, given).value_or("?"), "the secret");
  auto other = kept->bytes;
  other[0] ^= 1;
  EXPECT_FALSE(decrypt_file(other, given));
}

TEST_F(EncryptionTest, ALongAnswerFitsIntoEncryptedEvents) {
  for (int i = 0; i < 700; ++i)
    brain.text += "A **long** line with \"quotes\" and a number " + std::to_string(i) + ".\n\n";
  start_room();
  anna_client.share(room, {bot});
  anna_client.say(room, "hello");
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(view("helper").bot.failed, 0);
  EXPECT_THAT(anna_client.heard(room, bot), AllOf(Not(IsEmpty()), Not(Contains("(unreadable)"))));
  for (const auto& event : must(homeserver->events_after(0, 1000)).events) {
    EXPECT_LT(boost::json::serialize(event.content).size(), 64'500U);
  }
}

TEST_F(EncryptionTest, ABotDoesNotSpeakPlainlyWhenNobodyToldItThatTheRoomIsEncrypted) {
  begin();
  bot = add_running_bot("helper");
  room = room_of({anna}, {bot});
  anna_client.publish();
  brain.hold = true;
  homeserver->say(room, anna, "hello");
  ASSERT_TRUE(eventually([&] { return brain.asked == 1; }));
  homeserver->fail_reads(1'000'000);  // the feed does not come to it
  homeserver->put(room, anna, "m.room.encryption", {{"algorithm", kMegolmAlgorithm}}, "");
  brain.hold = false;
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_THAT(homeserver->messages(bot), IsEmpty());
  homeserver->fail_reads(0);
  EXPECT_THAT(anna_client.heard(room, bot), ElementsAre("answer to hello"));
}

TEST_F(EncryptionTest, KeysGoWithTheBotAndOneTimeKeysAreMadeAnew) {
  start_room();
  const auto device = *keys.devices_of(bot).begin();
  for (int i = 0; i < 40; ++i) must(keys.claim_keys(anna, {{bot, {{device, "signed_curve25519"}}}}));
  anna_client.share(room, {bot});
  anna_client.say(room, "hello");
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_TRUE(eventually([&] { return keys.one_time_keys(bot, device) >= 45; }));
  EXPECT_TRUE(eventually([&] { return keys.waiting(bot, device) == 0; }));
  EXPECT_GT(rows_of("fleet_room_key"), 0);
  must(bots->remove(1, "helper", {"tester"}));
  for (const auto* table :
       {"fleet_device", "fleet_olm_session", "fleet_room_key", "fleet_read_message", "fleet_unread"}) {
    EXPECT_EQ(rows_of(table), 0) << table;
  }
}

TEST_F(EncryptionTest, NothingPlainIsEverSentToDevices) {
  start_room();
  anna_client.share(room, {bot});
  anna_client.say(room, "hello");
  ASSERT_TRUE(settled("helper", 1));
  for (const auto& body : keys.sent_bodies()) EXPECT_EQ(body.find("session_key"), std::string::npos) << body;
}

}  // namespace
}  // namespace troupe::fleet::encryption
