// What answers hold beside rooms.
#include "homeserver/sliding/sliding_fixture.h"

namespace troupe::homeserver::sliding {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

/// One list of everything with these extensions.
std::string with(const std::string& extensions, int limit = 3) {
  return R"({"lists":{"all":{"ranges":[[0,19]],"timeline_limit":)" + std::to_string(limit) + R"(}},"extensions":)" +
         extensions + "}";
}

std::vector<std::string> types(const matrix::Json& events) {
  std::vector<std::string> found;
  if (!events.is_array()) return found;
  for (const auto& event : events.get_array()) found.emplace_back(matrix::view(event.at("type").as_string()));
  return found;
}

std::vector<std::string> texts(const matrix::Json& list) {
  std::vector<std::string> found;
  if (!list.is_array()) return found;
  for (const auto& item : list.get_array()) found.emplace_back(matrix::view(item.as_string()));
  return found;
}

class SlidingExtensionTest : public SlidingTest {
 protected:
  SlidingExtensionTest() { token("alice"); }

  void send_to_device(const std::string& who, const std::string& whom, const std::string& n) {
    ok(who, "PUT", "/sendToDevice/m.test/" + n,
       R"({"messages":{")" + id(whom) + R"(":{"PHONE":{"n":")" + n + R"("}}}})");
  }
  static std::string to_device(const std::string& since = {}, int limit = 100) {
    return with(R"({"to_device":{"enabled":true,"limit":)" + std::to_string(limit) +
                (since.empty() ? "" : R"(,"since":")" + since + "\"") + "}}");
  }
  static std::vector<std::string> messages(const WholeAnswer& answer) {
    std::vector<std::string> found;
    const auto events = answer.at("/extensions/to_device/events");
    if (!events.is_array()) return {"no list"};
    for (const auto& event : events.get_array()) {
      found.emplace_back(matrix::view(event.at("content").at("n").as_string()));
    }
    return found;
  }
  static std::string next(const WholeAnswer& answer) { return answer.string_at("/extensions/to_device/next_batch"); }
  /// Other keys each time.
  void upload_keys(const std::string& who) {
    const matrix::JsonObject keys{
        {"user_id", id(who)},
        {"device_id", "PHONE"},
        {"algorithms", matrix::JsonArray{"m.olm.v1.curve25519-aes-sha2"}},
        {"keys", {{"curve25519:PHONE", "c" + who + std::to_string(++keys_)}, {"ed25519:PHONE", "e"}}},
        {"signatures", matrix::JsonObject()}};
    const auto answer = server.call(token(who), "POST", "/keys/upload", matrix::JsonObject{{"device_keys", keys}});
    EXPECT_EQ(answer.status, 200) << answer.text;
  }

 private:
  int keys_ = 0;
};

TEST_F(SlidingExtensionTest, ToDeviceMessagesWaitUntilTheyAreConfirmed) {
  send_to_device("bob", "alice", "1");
  auto answer = slide("alice", {}, to_device());
  EXPECT_THAT(messages(answer), ElementsAre("1"));
  const auto first = next(answer);
  // Not confirmed: again, whatever the position says.
  answer = slide("alice", pos_of(answer), to_device(), 30'000);
  EXPECT_THAT(messages(answer), ElementsAre("1"));
  answer = slide("alice", {}, to_device());
  EXPECT_THAT(messages(answer), ElementsAre("1"));
  answer = slide("alice", pos_of(answer), to_device(first));
  EXPECT_THAT(messages(answer), IsEmpty());
  EXPECT_THAT(messages(slide("alice", {}, to_device())), IsEmpty()) << "removed for good";
  answer = slide("alice", {}, to_device(next(answer)));
  answer = woken_by("alice", pos_of(answer), [&] { send_to_device("bob", "alice", "2"); }, to_device(next(answer)));
  EXPECT_THAT(messages(answer), ElementsAre("2"));
}

TEST_F(SlidingExtensionTest, ToDeviceMessagesComeInPages) {
  for (const auto* n : {"1", "2", "3", "4", "5"}) send_to_device("bob", "alice", n);
  auto answer = slide("alice", {}, to_device({}, 2));
  EXPECT_THAT(messages(answer), ElementsAre("1", "2"));
  answer = slide("alice", pos_of(answer), to_device(next(answer), 2), 30'000);
  EXPECT_THAT(messages(answer), ElementsAre("3", "4"));
  answer = slide("alice", pos_of(answer), to_device(next(answer), 2), 30'000);
  EXPECT_THAT(messages(answer), ElementsAre("5"));
  const auto last = pos_of(answer);
  const auto body = to_device(next(answer), 2);
  answer = woken_by("alice", last, [&] { send_to_device("bob", "alice", "6"); }, body);
  EXPECT_THAT(messages(answer), ElementsAre("6"));
}

TEST_F(SlidingExtensionTest, ATokenThatIsNotOursShowsWhatWaits) {
  send_to_device("bob", "alice", "1");
  for (const auto* token : {"nonsense", "d", "d-1", "d1x", "t999999999", "d999999999"}) {
    EXPECT_THAT(messages(slide("alice", {}, to_device(token))), ElementsAre("1")) << token;
  }
}

TEST_F(SlidingExtensionTest, OnlyItsOwnTokenConfirmsAMessage) {
  send_to_device("bob", "alice", "1");
  const auto answer = slide("alice");  // the messages were not asked for, so they were not shown
  const auto at = pos_of(answer).substr(1, pos_of(answer).find('.') - 1);
  for (const auto& token : {pos_of(answer), "t" + at, "s" + at}) {
    EXPECT_THAT(messages(slide("alice", {}, to_device(token))), ElementsAre("1")) << token;
  }
  EXPECT_THAT(messages(slide("alice", {}, to_device())), ElementsAre("1")) << "it waits still";
  EXPECT_THAT(messages(slide("alice", {}, to_device(next(slide("alice", {}, to_device()))))), IsEmpty());
}

TEST_F(SlidingExtensionTest, KeyCountsAreAlwaysThere) {
  const auto body = with(R"({"e2ee":{"enabled":true}})");
  auto answer = slide("alice", {}, body);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(answer.at("/extensions/e2ee/device_one_time_keys_count/signed_curve25519"), 0);
    EXPECT_EQ(answer.at("/extensions/e2ee/device_unused_fallback_key_types"), json("[]"));
    EXPECT_TRUE(answer.at("/extensions/e2ee/device_lists").is_null());
    answer = slide("alice", pos_of(answer), body);
  }
}

TEST_F(SlidingExtensionTest, DeviceListsFollowAllRoomsNotOnlyThoseInSight) {
  for (const auto* who : {"bob", "carol", "dave"}) upload_keys(who);
  const auto hidden = create("alice");
  create("alice");
  const auto body = R"({"lists":{"all":{"ranges":[[0,0]]}},"extensions":{"e2ee":{"enabled":true}}})";
  auto answer = slide("alice", {}, body);
  answer = woken_by("alice", pos_of(answer), [&] { join("bob", hidden); }, body);
  EXPECT_THAT(texts(answer.at("/extensions/e2ee/device_lists/changed")), ElementsAre(id("bob")));
  create("alice");
  answer = slide("alice", pos_of(answer), body);
  answer = woken_by(
      "alice", pos_of(answer),
      [&] {
        upload_keys("bob");
        upload_keys("carol");
      },
      body);
  EXPECT_THAT(texts(answer.at("/extensions/e2ee/device_lists/changed")), Contains(id("bob")));
  EXPECT_THAT(texts(answer.at("/extensions/e2ee/device_lists/changed")), Not(Contains(id("carol"))));
  leave("bob", hidden);
  answer = slide("alice", pos_of(answer), body);
  EXPECT_THAT(texts(answer.at("/extensions/e2ee/device_lists/left")), ElementsAre(id("bob")));
  const auto other = create("dave");
  join("alice", other);
  answer = slide("alice", pos_of(answer), body);
  EXPECT_THAT(texts(answer.at("/extensions/e2ee/device_lists/changed")), ElementsAre(id("dave")));
  leave("alice", other);
  answer = slide("alice", pos_of(answer), body);
  EXPECT_THAT(texts(answer.at("/extensions/e2ee/device_lists/left")), ElementsAre(id("dave")));
}

TEST_F(SlidingExtensionTest, AccountDataFirstAllThenChanges) {
  const auto room = create("alice");
  const auto global = "/user/" + id("alice") + "/account_data/";
  const auto local = "/user/" + id("alice") + "/rooms/" + room + "/account_data/";
  ok("alice", "PUT", global + "org.example.one", "{}");
  ok("alice", "PUT", local + "org.example.two", "{}");
  const auto body = with(R"({"account_data":{"enabled":true}})");
  auto answer = slide("alice", {}, body);
  EXPECT_THAT(types(answer.at("/extensions/account_data/global")), Contains("org.example.one"));
  EXPECT_THAT(types(answer.at("/extensions/account_data/global")), Contains("m.push_rules"));
  EXPECT_THAT(types(answer.at("/extensions/account_data/rooms/" + room)), ElementsAre("org.example.two"));
  answer =
      woken_by("alice", pos_of(answer), [&] { ok("alice/LAPTOP", "PUT", global + "org.example.three", "{}"); }, body);
  EXPECT_THAT(types(answer.at("/extensions/account_data/global")), ElementsAre("org.example.three"));
  answer =
      woken_by("alice", pos_of(answer), [&] { ok("alice/LAPTOP", "PUT", local + "org.example.four", "{}"); }, body);
  EXPECT_THAT(types(answer.at("/extensions/account_data/rooms/" + room)), ElementsAre("org.example.four"));
  EXPECT_EQ(slide("alice", pos_of(answer), body).at("/extensions"), json("{}"));
}

TEST_F(SlidingExtensionTest, AccountDataOfARoomOutOfSightComesWithIt) {
  const auto a = create("alice");
  const auto body = R"({"lists":{"all":{"ranges":[[0,0]]}},"extensions":{"account_data":{"enabled":true}}})";
  auto answer = slide("alice", {}, body);
  create("alice");
  answer = slide("alice", pos_of(answer), body);
  ok("alice", "PUT", "/user/" + id("alice") + "/rooms/" + a + "/account_data/org.example.late", "{}");
  answer = slide("alice", pos_of(answer), body);
  EXPECT_TRUE(answer.at("/extensions/account_data").is_null());
  say("alice", a, "back");
  answer = slide("alice", pos_of(answer), body);
  EXPECT_THAT(types(answer.at("/extensions/account_data/rooms/" + a)), ElementsAre("org.example.late"));
}

TEST_F(SlidingExtensionTest, OnlyTheListsAndRoomsThatAreNamed) {
  const auto room = create("alice");
  ok("alice", "PUT", "/user/" + id("alice") + "/rooms/" + room + "/account_data/org.example", "{}");
  const auto rooms = [&](const std::string& extension) {
    const auto body = R"({"lists":{"all":{"ranges":[[0,9]]}},"room_subscriptions":{")" + room +
                      R"(":{}},"extensions":{"account_data":{"enabled":true)" + extension + "}}}";
    return !slide("alice", {}, body).at("/extensions/account_data/rooms/" + room).is_null();
  };
  EXPECT_TRUE(rooms(""));
  EXPECT_TRUE(rooms(R"(,"lists":["all"],"rooms":[])"));
  EXPECT_TRUE(rooms(R"(,"lists":[],"rooms":[")" + room + "\"]"));
  EXPECT_TRUE(rooms(R"(,"lists":["*"],"rooms":[])"));
  EXPECT_FALSE(rooms(R"(,"lists":[],"rooms":[])"));
  EXPECT_FALSE(rooms(R"(,"lists":["other"],"rooms":["!x:y"])"));
}

TEST_F(SlidingExtensionTest, ReceiptsOfAFirstRoomAreThoseAtWhatIsShown) {
  const auto room = create("alice");
  join("bob", room);
  join("carol", room);
  const auto old = say("alice", room, "old");
  read("bob", room, old);
  read("carol", room, old);
  for (const auto* text : {"1", "2"}) say("alice", room, text);
  const auto newest = say("alice", room, "newest");
  read("carol", room, newest);
  read(
      "dave",
      [&] {
        join("dave", room);
        return room;
      }(),
      newest, "m.read.private");
  const auto body = with(R"({"receipts":{"enabled":true}})");
  auto answer = slide("bob", {}, body);
  const auto content = "/extensions/receipts/rooms/" + room + "/content/";
  EXPECT_FALSE(answer.at(content + old + "/m.read/" + id("bob")).is_null()) << "one's own wherever it is";
  EXPECT_TRUE(answer.at(content + old + "/m.read/" + id("carol")).is_null());
  EXPECT_EQ(answer.text.find(id("dave") + "\":{\"ts"), std::string::npos) << "private ones of others never";
  EXPECT_EQ(answer.at("/extensions/receipts/rooms/" + room + "/type"), "m.receipt");
  answer = slide("carol", {}, body);
  EXPECT_FALSE(answer.at(content + newest + "/m.read/" + id("carol")).is_null());
}

TEST_F(SlidingExtensionTest, ReceiptsOfARoomOutOfSightComeWithIt) {
  const auto a = create("alice");
  join("bob", a);
  const auto said = say("alice", a, "a");
  const auto body =
      R"({"lists":{"all":{"ranges":[[0,0]],"timeline_limit":1}},"extensions":{"receipts":{"enabled":true}}})";
  auto answer = slide("alice", {}, body);
  create("alice");
  answer = slide("alice", pos_of(answer), body);
  read("bob", a, said);
  answer = slide("alice", pos_of(answer), body);
  EXPECT_TRUE(answer.at("/extensions/receipts").is_null());
  say("alice", a, "back");
  answer = slide("alice", pos_of(answer), body);
  EXPECT_FALSE(answer.at("/extensions/receipts/rooms/" + a + "/content/" + said + "/m.read/" + id("bob")).is_null());
}

TEST_F(SlidingExtensionTest, TypingComesAndGoes) {
  const auto room = create("alice");
  join("bob", room);
  const auto body = with(R"({"typing":{"enabled":true}})");
  const auto path = "/rooms/" + room + "/typing/" + id("alice");
  const auto typing = "/extensions/typing/rooms/" + room + "/content/user_ids";
  auto answer = slide("bob", {}, body);
  EXPECT_TRUE(answer.at("/extensions/typing").is_null());
  answer =
      woken_by("bob", pos_of(answer), [&] { ok("alice", "PUT", path, R"({"typing":true,"timeout":60000})"); }, body);
  EXPECT_THAT(texts(answer.at(typing)), ElementsAre(id("alice")));
  EXPECT_TRUE(slide("bob", pos_of(answer), body).at("/extensions/typing").is_null());
  answer = slide("bob", {}, body);
  EXPECT_THAT(texts(answer.at(typing)), ElementsAre(id("alice"))) << "who begins learns who types";
  answer = woken_by("bob", pos_of(answer), [&] { ok("alice", "PUT", path, R"({"typing":false})"); }, body);
  EXPECT_EQ(answer.at(typing), json("[]"));
  EXPECT_TRUE(slide("bob", pos_of(answer), body).at("/extensions/typing").is_null());
}

}  // namespace
}  // namespace troupe::homeserver::sliding
