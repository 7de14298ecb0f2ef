// Talking to a bot from the console.
#include "console/console_fixture.h"
#include "console/rooms/growing_texts.h"
#include "console/rooms/typing_rooms.h"
#include "fleet/types/bot.h"

namespace troupe::console::rooms {
namespace {

class ChatTest : public ConsoleTest {
 protected:
  ChatTest() {
    api("POST", "/api/v1/bots", R"({"bot_id":"echo","brain":{"kind":"echo"}})");
    api("POST", "/api/v1/bots/echo/start");
  }
  Answer say(const std::pair<std::string, std::string>& who, const std::string& text, const std::string& more = "") {
    return call("POST", "/api/v1/bots/echo/chat", R"({"text":")" + text + "\"" + more + "}", {who});
  }
  /// The conversation, once it has so many messages.
  Answer conversation(const std::pair<std::string, std::string>& who, std::size_t messages) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (;;) {
      auto answer = call("GET", "/api/v1/bots/echo/chat", "", {who});
      if (answer.status != 200 || answer["/items"].as_array().size() >= messages) return answer;
      if (std::chrono::steady_clock::now() > until) throw std::runtime_error("no answer: " + answer.text);
      std::this_thread::yield();
    }
  }
};

/// Collects a stream until it holds enough events of a name.
class Collector : public net::http::BodyWriter {
 public:
  Collector(std::string name, std::size_t enough) : mark_("event: " + name + "\n"), enough_(enough) {}
  Task<Unit> write(std::string piece) override {
    text += piece;
    std::size_t found = 0;
    for (auto at = text.find(mark_); at != text.npos; at = text.find(mark_, at + 1)) ++found;
    if (found >= enough_) co_return Error(Errc::unavailable, "gone");
    co_return Unit{};
  }
  std::string text;

 private:
  std::string mark_;
  std::size_t enough_;
};

TEST_F(ChatTest, ThePersonAndTheBotTalkInTheirRoom) {
  auto anna = sign_in("anna", "anna-password");
  auto before = call("GET", "/api/v1/bots/echo/chat", "", {anna});
  EXPECT_EQ(before.status, 200) << before.text;
  EXPECT_FALSE(before.body.as_object().contains("room_id"));
  auto sent = say(anna, "hello");
  ASSERT_EQ(sent.status, 200) << sent.text;
  auto room = boost::json::value_to<std::string>(sent["/room_id"]);
  EXPECT_TRUE(homeserver.is_joined(room, "@anna:localhost"));
  EXPECT_TRUE(homeserver.is_joined(room, "@bot_echo:localhost"));
  auto talk = conversation(anna, 2);
  EXPECT_EQ(boost::json::value_to<std::string>(talk["/room_id"]), room);
  EXPECT_EQ(talk["/items/0/sender"], "@anna:localhost");
  EXPECT_EQ(talk["/items/0/body"], "hello");
  EXPECT_EQ(talk["/items/1/sender"], "@bot_echo:localhost");

  EXPECT_EQ(boost::json::value_to<std::string>(say(anna, "again")["/room_id"]), room) << "one room for the two";
  auto admin = sign_in("admin", "admin-password");
  EXPECT_NE(boost::json::value_to<std::string>(say(admin, "hi")["/room_id"]), room) << "nobody reads another's";

  must(homeserver.leave("@anna:localhost", room));
  auto fresh = say(anna, "back");
  EXPECT_EQ(fresh.status, 200);
  EXPECT_NE(boost::json::value_to<std::string>(fresh["/room_id"]), room);
}

TEST_F(ChatTest, TheSameTransactionSendsOnce) {
  auto anna = sign_in("anna", "anna-password");
  auto first = say(anna, "once", R"(,"txn_id":"t1")");
  EXPECT_EQ(say(anna, "once", R"(,"txn_id":"t1")")["/event_id"], first["/event_id"]);
}

TEST_F(ChatTest, WhoCannotTalkHearsWhy) {
  auto key = api("POST", "/api/v1/bots/echo/chat", R"({"text":"hi"})");
  EXPECT_EQ(key.status, 409);
  EXPECT_NE(key["/detail"].as_string().find("Matrix account"), boost::json::string::npos) << key.text;
  EXPECT_EQ(api("GET", "/api/v1/bots/echo/chat").status, 409);
  EXPECT_EQ(api("GET", "/api/v1/bots/echo/chat/live").status, 409);
  auto anna = sign_in("anna", "anna-password");
  EXPECT_EQ(say(anna, "").status, 400);
  EXPECT_EQ(call("POST", "/api/v1/bots/nobody/chat", R"({"text":"x"})", {anna}).status, 404);
  EXPECT_EQ(call("GET", "/api/v1/bots/echo/chat?limit=0", "", {anna}).status, 400);
  api("POST", "/api/v1/bots/echo/stop");
  auto stopped = say(anna, "hello?");
  EXPECT_EQ(stopped.status, 409);
  EXPECT_NE(stopped["/detail"].as_string().find("is stopped"), boost::json::string::npos);
}

TEST_F(ChatTest, NothingIsSaidPlainlyInARoomThatBecameEncrypted) {
  auto anna = sign_in("anna", "anna-password");
  auto room = boost::json::value_to<std::string>(say(anna, "before")["/room_id"]);
  homeserver.put(room, "@anna:localhost", "m.room.encryption", {{"algorithm", "m.megolm.v1.aes-sha2"}}, "");
  auto refused = say(anna, "in plain words");
  ASSERT_EQ(refused.status, 409) << refused.text << " " << room;
  EXPECT_NE(refused["/detail"].as_string().find("encrypted"), boost::json::string::npos) << refused.text;
}

TEST_F(ChatTest, TheConversationIsWatchedLive) {
  auto anna = sign_in("anna", "anna-password");
  auto start = homeserver.head();
  say(anna, "first words");
  conversation(anna, 2);
  auto response = raw("GET", "/api/v1/bots/echo/chat/live?since=" + std::to_string(start), "", {anna});
  ASSERT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.get("Content-Type"), "text/event-stream");
  Collector both("message", 2);
  EXPECT_FALSE(wait(response.stream(both)));
  EXPECT_NE(both.text.find("first words"), std::string::npos) << both.text;
  EXPECT_NE(both.text.find("@bot_echo:localhost"), std::string::npos);

  // An edit comes as new text of the message that it replaces.
  auto room = boost::json::value_to<std::string>(conversation(anna, 2)["/room_id"]);
  auto before = homeserver.head();
  homeserver.put(room, "@bot_echo:localhost", "m.room.message",
                 {{"msgtype", "m.notice"},
                  {"body", "* better"},
                  {"m.new_content", {{"msgtype", "m.notice"}, {"body", "better"}}},
                  {"m.relates_to", {{"rel_type", "m.replace"}, {"event_id", "$first"}}}});
  bus->publish(fleet::kTypingChannel, room + " 1");
  auto edited = raw("GET", "/api/v1/bots/echo/chat/live", "", {anna, {"Last-Event-ID", std::to_string(before)}});
  Collector one("message", 1);
  EXPECT_FALSE(wait(edited.stream(one)));
  for (const std::string_view member : {R"("edited":true)", R"("replaces":"$first")", R"("body":"better")"}) {
    EXPECT_NE(one.text.find(member), std::string::npos) << one.text;
  }
  EXPECT_EQ(call("GET", "/api/v1/bots/echo/chat/live?since=x", "", {anna}).status, 400);
}

TEST_F(ChatTest, WhoComesLaterLearnsThatAnAnswerIsBeingWritten) {
  auto anna = sign_in("anna", "anna-password");
  say(anna, "hello");
  auto room = boost::json::value_to<std::string>(conversation(anna, 2)["/room_id"]);
  bus->publish(fleet::kTypingChannel, room + " 1");
  EXPECT_EQ(call("GET", "/api/v1/bots/echo/chat", "", {anna})["/typing"], true);
  auto live = raw("GET", "/api/v1/bots/echo/chat/live", "", {anna});
  Collector typing("typing", 1);
  EXPECT_FALSE(wait(live.stream(typing)));
  EXPECT_NE(typing.text.find(R"({"typing":true})"), std::string::npos) << typing.text;
  bus->publish(fleet::kTypingChannel, room + " 0");
  EXPECT_EQ(call("GET", "/api/v1/bots/echo/chat", "", {anna})["/typing"], false);
}

TEST_F(ChatTest, AnAnswerIsSeenWhileItGrows) {
  auto anna = sign_in("anna", "anna-password");
  say(anna, "hello");
  auto room = boost::json::value_to<std::string>(conversation(anna, 2)["/room_id"]);
  bus->publish(fleet::kGrowingChannel, "!other:x $e @bot:x not this");
  bus->publish(fleet::kGrowingChannel, room + " $first @bot_echo:localhost half of it");
  auto live = raw("GET", "/api/v1/bots/echo/chat/live", "", {anna});
  Collector grown("message", 1);
  EXPECT_FALSE(wait(live.stream(grown)));
  for (const std::string_view member : {R"("replaces":"$first")", R"("body":"half of it")", R"("edited":true)"}) {
    EXPECT_NE(grown.text.find(member), std::string::npos) << grown.text;
  }
}

TEST(GrowingTextsTest, WhatHasEndedOrIsNotSaidAgainIsNotShown) {
  auto bus = bus::make_local_bus();
  base::ManualClock clock;
  GrowingTexts texts(*bus, clock);
  for (const auto* odd : {"", "!a:x", "!a:x $e", "!a:x $e @b:x", "  "}) bus->publish(fleet::kGrowingChannel, odd);
  EXPECT_EQ(texts.in("!a:x").said, 0U);
  bus->publish(fleet::kGrowingChannel, "!a:x $e @b:x one two");
  const auto first = texts.in("!a:x");
  EXPECT_EQ(first.event_id, "$e");
  EXPECT_EQ(first.sender, "@b:x");
  EXPECT_EQ(first.text, "one two");
  bus->publish(fleet::kGrowingChannel, "!a:x $e @b:x one two three");
  EXPECT_GT(texts.in("!a:x").said, first.said);
  bus->publish(fleet::kGrowingChannel, "!a:x $other @b:x ");
  EXPECT_EQ(texts.in("!a:x").text, "one two three") << "another one ended";
  bus->publish(fleet::kGrowingChannel, "!a:x $e @b:x ");
  EXPECT_EQ(texts.in("!a:x").said, 0U);
  bus->publish(fleet::kGrowingChannel, "!a:x $e @b:x one");
  clock.advance(std::chrono::seconds(46));
  EXPECT_EQ(texts.in("!a:x").said, 0U);
}

TEST(TypingRoomsTest, RenewalsAreToldApartAndWhatIsNotRenewedEnds) {
  auto bus = bus::make_local_bus();
  base::ManualClock clock;
  TypingRooms rooms(*bus, clock);
  auto say = [&](const std::string& text) { bus->publish(fleet::kTypingChannel, text); };
  EXPECT_EQ(rooms.in("!a:x"), TypingRooms::Typing());
  say("!a:x 1");
  say("nonsense");
  auto first = rooms.in("!a:x");
  EXPECT_TRUE(first.now);
  EXPECT_FALSE(rooms.in("!b:x").now);
  say("!a:x 1");
  EXPECT_TRUE(rooms.in("!a:x").now);
  EXPECT_NE(rooms.in("!a:x"), first) << "a renewal";
  say("!a:x 0");
  EXPECT_EQ(rooms.in("!a:x"), TypingRooms::Typing());
  say("!a:x 1");
  clock.advance(std::chrono::seconds(46));
  EXPECT_FALSE(rooms.in("!a:x").now) << "its process died";
}

TEST(TypingRoomsTest, TheNumberOfRoomsIsBounded) {
  auto bus = bus::make_local_bus();
  base::ManualClock clock;
  TypingRooms rooms(*bus, clock);
  for (int room = 0; room <= 10'000; ++room) bus->publish(fleet::kTypingChannel, "!" + std::to_string(room) + " 1");
  EXPECT_TRUE(rooms.in("!9999").now);
  EXPECT_FALSE(rooms.in("!10000").now);
  clock.advance(std::chrono::seconds(46));
  bus->publish(fleet::kTypingChannel, "!10000 1");
  EXPECT_TRUE(rooms.in("!10000").now) << "what is over makes room";
}

}  // namespace
}  // namespace troupe::console::rooms
