// Streams of messages through the real routes: who is told what, who is not, and what stays in the room.
#include "homeserver/streams/event_streams.h"

#include <gmock/gmock.h>

#include "homeserver/whole_server_fixture.h"
#include "kit/clocks.h"
#include "matrix/homeserver.h"

namespace troupe::homeserver::streams {
namespace {

using matrix::Json;
using matrix::JsonObject;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kName = "org.matrix.msc4471.stream";

class EventStreamsTest : public testing::Test {
 protected:
  EventStreamsTest() {
    bob = server.person("bob");
    anna = server.person("anna");
    matrix::NewAccount account;
    account.localpart = "helper";
    account.kind = matrix::AccountKind::bot;
    server.wait(server.context->get<matrix::Accounts>().create_account(std::move(account))).value();
    room = server.call(bob, "POST", "/createRoom", JsonObject{{"preset", "public_chat"}}).string_at("/room_id");
    server.wait(rooms().join(kBot, room)).value();
  }

  matrix::RoomActions& rooms() { return server.context->get<matrix::RoomActions>(); }
  matrix::EventStreams& streams() { return server.context->get<matrix::EventStreams>(); }
  /// A message of the bot with a stream, sent.
  std::unique_ptr<matrix::EventStream> begin(std::string_view text = "Well") {
    auto stream = streams().open_stream(room, kBot);
    EXPECT_TRUE(stream);
    JsonObject content{{"msgtype", "m.notice"}, {"body", text}};
    stream->describe(content);
    event = send(std::move(content), *stream);
    stream->update(text);
    return stream;
  }
  std::string send(JsonObject content, matrix::EventStream& stream) {
    const auto sent = server
                          .wait(rooms().send({.room_id = room,
                                              .sender = kBot,
                                              .type = "m.room.message",
                                              .content = std::move(content),
                                              .txn_id = "t" + std::to_string(++txn_)}))
                          .value();
    stream.placed(sent.event_id, sent.pos);
    return sent.event_id;
  }
  std::string now(const std::string& token) {
    return server.call(token, "GET", "/sync?timeout=0").string_at("/next_batch");
  }
  int ask(const std::string& token, JsonObject content, std::string_view name = kName,
          std::string_view verb = ".subscribe") {
    const JsonObject body{{"messages", {{kBot, {{kPublisher, std::move(content)}}}}}};
    return server
        .call(token, "PUT", "/sendToDevice/" + std::string(name) + std::string(verb) + "/" + std::to_string(++txn_),
              body)
        .status;
  }
  JsonObject about(std::string_view device = "PHONE") const {
    return {{"room_id", room}, {"event_id", event}, {"subscriber_device_id", device}};
  }
  static std::string text_of(const Json& object, std::string_view key) {
    return std::string(matrix::find_string(object.get_object(), key).value_or("?"));
  }
  /// The contents of what came to the device after a token.
  std::vector<Json> heard(const std::string& token, const std::string& since, std::string_view type) {
    std::vector<Json> found;
    const auto events = server.call(token, "GET", "/sync?timeout=0&since=" + since).at("/to_device/events");
    if (!events.is_array()) return found;
    for (const auto& one : events.get_array()) {
      EXPECT_EQ(text_of(one, "sender"), kBot);
      if (text_of(one, "type") == type) found.push_back(one.at("content"));
    }
    return found;
  }
  /// "seq op text" of each update.
  std::vector<std::string> told(const std::string& token, const std::string& since,
                                const std::string& name = std::string(kName)) {
    std::vector<std::string> found;
    for (const auto& update : heard(token, since, name + ".update")) {
      EXPECT_EQ(text_of(update, "room_id"), room);
      EXPECT_EQ(text_of(update, "event_id"), event);
      found.push_back(std::to_string(update.at("seq").as_int64()) + " " + text_of(update, "op") + " " +
                      text_of(update.at("content"), "body"));
    }
    return found;
  }
  void pass(std::chrono::milliseconds time) { clock.passed_ms += time.count(); }
  std::string code(const std::string& token, const std::string& since) {
    const auto cancels = heard(token, since, std::string(kName) + ".cancel");
    return cancels.size() == 1 ? text_of(cancels[0], "code") : std::to_string(cancels.size());
  }

  inline static const std::string kBot = "@helper:example.org";
  kit::ShiftedClock clock;
  WholeServer server{clock};
  std::string bob;
  std::string anna;
  std::string room;
  std::string event;

 private:
  int txn_ = 0;
};

TEST_F(EventStreamsTest, WhoIsOneTooManySeesEdits) {
  ASSERT_EQ(server.call(anna, "POST", "/join/" + room, JsonObject()).status, 200);
  auto stream = begin("Well");
  for (std::size_t i = 0; i < EventStreams::kMostFollowers; ++i) {
    const auto device = "D" + std::to_string(i);
    const auto token =
        server.wait(server.context->get<matrix::Accounts>().issue_token("@anna:example.org", device)).value();
    ASSERT_EQ(ask(token.access_token, about(device)), 200);
  }
  const auto since = now(bob);
  ASSERT_EQ(ask(bob, about()), 200);
  EXPECT_EQ(code(bob, since), "m.limit_exceeded");
  EXPECT_TRUE(stream->others_watch()) << "nothing but edits tells him";
}

TEST_F(EventStreamsTest, WhoAsksIsToldWhatThereIsAndThenWhatIsNew) {
  const auto since = now(bob);
  auto stream = begin("Well");
  const auto shown = server.call(bob, "GET", "/rooms/" + room + "/event/" + event);
  EXPECT_EQ(shown.string_at("/content/org.matrix.msc4471.stream/device_id"), kPublisher);
  stream->update("Well, then");
  EXPECT_THAT(told(bob, since), IsEmpty()) << "nobody has asked";
  EXPECT_EQ(ask(bob, about()), 200);
  stream->update("Well, then I");
  stream->update("Well, then I");
  stream->update("No. I");
  EXPECT_THAT(told(bob, since), ElementsAre("1 replace Well, then", "2 append  I", "3 replace No. I"));
  EXPECT_THAT(told(bob, since), ElementsAre("1 replace Well, then", "2 append  I", "3 replace No. I"))
      << "the answer was lost: the same token again";
  const auto next = now(bob);
  EXPECT_THAT(told(bob, next), IsEmpty());
  EXPECT_EQ(ask(bob, about()), 200) << "once more, without need";
  EXPECT_THAT(told(bob, next), IsEmpty());
  auto again = about();
  again["resync"] = true;
  EXPECT_EQ(ask(bob, again), 200);
  EXPECT_THAT(told(bob, next), ElementsAre("4 replace No. I"));
  EXPECT_THAT(told(anna, since), IsEmpty());
}

TEST_F(EventStreamsTest, EachIsToldInTheWordsItUses) {
  auto stream = begin();
  const auto since = now(bob);
  auto as_at_first = about();
  as_at_first.erase("subscriber_device_id");
  as_at_first["device_id"] = "PHONE";
  as_at_first["expiry_ms"] = 300'000;
  EXPECT_EQ(ask(bob, as_at_first, "com.beeper.stream"), 200);
  EXPECT_THAT(told(bob, since, "com.beeper.stream"), ElementsAre("1 replace Well"));
}

TEST_F(EventStreamsTest, NothingOfItIsInTheRoomOrStored) {
  auto stream = begin();
  now(bob);
  ask(bob, about());
  const auto head = server.db->head();
  for (int i = 0; i < 40; ++i) stream->update("Well" + std::string(static_cast<std::size_t>(i), '.'));
  EXPECT_EQ(server.db->head(), head);
}

TEST_F(EventStreamsTest, WhoeverAsksBeforeTheServerKnowsTheEventIsHeardThen) {
  const auto since = now(bob);
  auto stream = streams().open_stream(room, kBot);
  auto early = streams().open_stream(room, kBot);
  JsonObject content{{"msgtype", "m.notice"}, {"body", "Well"}};
  stream->describe(content);
  stream->update("Well");
  const auto sent = server
                        .wait(rooms().send({.room_id = room,
                                            .sender = kBot,
                                            .type = "m.room.message",
                                            .content = std::move(content),
                                            .txn_id = "x"}))
                        .value();
  event = sent.event_id;
  EXPECT_EQ(ask(bob, about()), 200);
  EXPECT_THAT(told(bob, since), IsEmpty());
  stream->placed(sent.event_id, sent.pos);
  EXPECT_THAT(told(bob, since), ElementsAre("1 replace Well"));
}

TEST_F(EventStreamsTest, WhatCannotBeFollowedIsRefused) {
  auto stream = begin();
  auto since = now(bob);
  ask(bob, about("OTHER"));
  EXPECT_EQ(code(bob, since), "m.invalid_subscription");
  since = now(bob);
  auto nothing = about();
  nothing["event_id"] = std::string(300, 'x');
  ask(bob, nothing);
  EXPECT_EQ(code(bob, since), "m.invalid_subscription");
  since = now(bob);
  nothing["event_id"] = "$other";
  ask(bob, nothing);
  EXPECT_EQ(code(bob, since), "m.unknown_stream");
  since = now(anna);
  ask(anna, about());
  EXPECT_EQ(code(anna, since), "m.forbidden") << "she is not in the room";
  EXPECT_THAT(told(anna, since), IsEmpty());
  stream.reset();
  since = now(bob);
  ask(bob, about());
  EXPECT_EQ(code(bob, since), "m.unknown_stream") << "it is over";
}

TEST_F(EventStreamsTest, WhoLeavesOrWantsNoMoreIsToldNoMore) {
  ASSERT_EQ(server.call(anna, "POST", "/join/" + room, JsonObject()).status, 200);
  auto stream = begin();
  now(bob);
  now(anna);
  ask(bob, about());
  ask(anna, about());
  const auto since = now(bob);
  auto enough = about();
  enough["code"] = "m.user_cancelled";
  ask(bob, enough, kName, ".cancel");
  const auto then = now(anna);
  ASSERT_EQ(server.call(anna, "POST", "/rooms/" + room + "/leave", JsonObject()).status, 200);
  stream->update("Well, for those who stay");
  EXPECT_THAT(told(bob, since), IsEmpty());
  EXPECT_THAT(told(anna, then), IsEmpty());
}

TEST_F(EventStreamsTest, WhoCameLaterIsToldWhatTheRoomShowsThem) {
  server.call(bob, "PUT", "/rooms/" + room + "/state/m.room.history_visibility",
              JsonObject{{"history_visibility", "joined"}});
  auto stream = begin();
  ASSERT_EQ(server.call(anna, "POST", "/join/" + room, JsonObject()).status, 200);
  auto since = now(anna);
  ask(anna, about());
  EXPECT_EQ(code(anna, since), "m.forbidden");
  server.call(bob, "PUT", "/rooms/" + room + "/state/m.room.history_visibility",
              JsonObject{{"history_visibility", "shared"}});
  since = now(anna);
  ask(anna, about());
  EXPECT_THAT(told(anna, since), ElementsAre("1 replace Well"));
}

TEST_F(EventStreamsTest, ThereAreNoneInAnEncryptedRoom) {
  server.call(bob, "PUT", "/rooms/" + room + "/state/m.room.encryption",
              JsonObject{{"algorithm", "m.megolm.v1.aes-sha2"}});
  EXPECT_FALSE(streams().open_stream(room, kBot));
  EXPECT_FALSE(streams().open_stream("!nowhere:example.org", kBot));
}

TEST_F(EventStreamsTest, KnowsWhetherSomebodyWatchesWithoutKnowingStreams) {
  auto stream = begin();
  EXPECT_TRUE(stream->others_watch()) << "nobody watches by /sync: perhaps in another way";
  EXPECT_FALSE(streams().are_followed(room));
  now(bob);
  EXPECT_TRUE(stream->others_watch());
  EXPECT_FALSE(streams().are_followed(room));
  ask(bob, about());
  EXPECT_FALSE(stream->others_watch());
  EXPECT_TRUE(streams().are_followed(room));
  auto tablet = server.wait(server.context->get<matrix::Accounts>().issue_token("@bob:example.org", "TABLET")).value();
  now(tablet.access_token);
  EXPECT_TRUE(stream->others_watch()) << "another device of his";
  pass(memory::DeviceInbox::kBetweenRequests + std::chrono::seconds(1));
  now(bob);
  EXPECT_FALSE(stream->others_watch()) << "the tablet is gone";
  now(anna);
  EXPECT_FALSE(stream->others_watch()) << "she is not in the room";
}

TEST_F(EventStreamsTest, ADeviceThatIsAwayMissesThemAndIsForgotten) {
  auto stream = begin();
  auto since = now(bob);
  ask(bob, about());
  pass(memory::DeviceInbox::kKept + std::chrono::seconds(1));
  server.run_job("homeserver.passing_messages");
  EXPECT_THAT(told(bob, since), IsEmpty());
  since = now(bob);
  for (std::size_t i = 0; i <= memory::DeviceInbox::kMostMessages; ++i) stream->update(std::string(i + 10, 'x'));
  EXPECT_EQ(told(bob, since).size(), memory::DeviceInbox::kMostMessages) << "the oldest go";
}

TEST_F(EventStreamsTest, AStreamEndsByItself) {
  auto stream = begin();
  now(bob);
  ask(bob, about());
  pass(EventStreams::kExpiry + std::chrono::seconds(1));
  const auto since = now(bob);
  stream->update("Well, after all");
  EXPECT_THAT(told(bob, since), IsEmpty());
  ask(bob, about());
  EXPECT_EQ(code(bob, since), "m.unknown_stream");
}

TEST_F(EventStreamsTest, SlidingSyncShowsThemAmongTheMessagesToTheDevice) {
  constexpr auto kPath = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync?timeout=0";
  const Json wants = JsonObject{{"extensions", {{"to_device", {{"enabled", true}}}}}};
  const auto first = server.call(bob, "POST", kPath, wants);
  auto stream = begin();
  ask(bob, about());
  const auto next = server.call(bob, "POST", std::string(kPath) + "&pos=" + first.string_at("/pos"), wants);
  EXPECT_EQ(next.string_at("/extensions/to_device/events/0/content/content/body"), "Well") << next.text;
  const auto last = server.call(bob, "POST", std::string(kPath) + "&pos=" + next.string_at("/pos"), wants);
  EXPECT_TRUE(last.at("/extensions/to_device/events").as_array().empty()) << last.text;
}

}  // namespace
}  // namespace troupe::homeserver::streams
