// That somebody types, and that they stopped: told to every token that could have missed it.
#include <gmock/gmock.h>

#include "homeserver/common/sync_token.h"
#include "homeserver/sync/sync_fixture.h"

namespace troupe::homeserver::sync {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SyncTypingTest : public SyncTest {
 protected:
  SyncTypingTest() {
    room_ = public_room("alice");
    EXPECT_TRUE(join("bob", room_));
  }
  void type(std::string_view who, bool typing, const std::string& room) {
    const auto path = "/rooms/" + room + "/typing/" + user(who);
    ASSERT_EQ(call(who, "PUT", path, typing ? R"({"typing":true,"timeout":60000})" : R"({"typing":false})").status,
              200);
  }
  void type(std::string_view who, bool typing) { type(who, typing, room_); }
  /// Who types, as the answer has it; "-": it says nothing of it.
  static std::vector<std::string> typing(const ReadAnswer& answer, const std::string& room) {
    const auto events = answer.at("rooms", "join", room, "ephemeral", "events");
    if (!events.is_array()) return {"-"};
    for (const auto& event : events.get_array()) {
      if (event.at("type") != "m.typing") continue;
      std::vector<std::string> users;
      for (const auto& item : event.at("content").at("user_ids").as_array()) users.push_back(ReadAnswer::text_of(item));
      return users;
    }
    return {"-"};
  }
  std::vector<std::string> typing(const ReadAnswer& answer) const { return typing(answer, room_); }

  std::string room_;
};

TEST_F(SyncTypingTest, WhoStoppedIsTakenBackForEveryToken) {
  const auto before = sync("bob").next();  // nobody has typed since the start: its number is 0
  EXPECT_EQ(parse_token(before)->ephemeral, 0u) << before;
  type("alice", true);
  const auto told = sync("bob", before);
  EXPECT_THAT(typing(told), ElementsAre(user("alice")));
  type("alice", false);
  EXPECT_THAT(typing(sync("bob", told.next())), IsEmpty());
  EXPECT_THAT(typing(sync("bob", before)), IsEmpty());
  const auto bare = "s" + std::to_string(parse_token(before)->pos);
  const auto last = sync("bob", bare);
  EXPECT_THAT(typing(last), IsEmpty());
  EXPECT_TRUE(sync("bob", last.next()).at("rooms").is_null());
}

TEST_F(SyncTypingTest, WhoIsOutOfTheRoomTypesNoMore) {
  const auto before = sync("alice").next();
  const auto out = [&](std::string_view what, const std::function<void()>& act) {
    type("bob", true);
    EXPECT_THAT(typing(sync("alice", before)), ElementsAre(user("bob"))) << what;
    act();
    EXPECT_THAT(typing(sync("alice", before)), IsEmpty()) << what;
    EXPECT_THAT(typing(sync("alice")), ElementsAre("-")) << what;
    EXPECT_EQ(call("bob", "PUT", "/rooms/" + room_ + "/typing/" + user("bob"), R"({"typing":true})").status, 403);
  };
  out("left", [&] { EXPECT_TRUE(change("bob", room_, "bob", "leave")); });
  EXPECT_TRUE(join("bob", room_));
  out("kicked", [&] { EXPECT_TRUE(change("alice", room_, "bob", "kick")); });
  EXPECT_TRUE(join("bob", room_));
  out("banned", [&] { EXPECT_TRUE(change("alice", room_, "bob", "ban")); });
}

TEST_F(SyncTypingTest, WhoIsNewHearsOfThoseWhoTypeOnly) {
  type("alice", true);
  const auto first = sync("bob");
  EXPECT_THAT(typing(first), ElementsAre(user("alice")));
  type("alice", false);
  EXPECT_THAT(typing(sync("bob")), ElementsAre("-"));

  const auto other = public_room("alice");
  type("alice", true, other);
  const auto token = sync("bob").next();
  ASSERT_TRUE(join("bob", other));
  EXPECT_THAT(typing(sync("bob", token), other), ElementsAre(user("alice"))) << "newly joined";
  type("alice", false, other);
  EXPECT_THAT(typing(sync("bob", token), other), ElementsAre("-")) << "newly joined, and quiet";
}

TEST_F(SyncTypingTest, ARestartTakesBackWhatWasTold) {
  const auto quiet = sync("bob").next();
  type("alice", true);
  const auto told = sync("bob", quiet).next();
  const auto told_and_more = [&] {
    EXPECT_TRUE(send("bob", room_, "hm"));
    return sync("bob", told).next();
  }();
  restart_all();
  for (const auto& token : {told, told_and_more}) {
    // At once, although it may wait: this is news.
    const auto answer = get("bob", "/sync?timeout=20000&since=" + token);
    EXPECT_THAT(typing(answer), IsEmpty()) << answer.text;
    EXPECT_TRUE(sync("bob", answer.next()).at("rooms").is_null()) << "once";
  }
  EXPECT_TRUE(sync("bob", quiet).at("rooms", "join", room_, "ephemeral", "events").is_null() ||
              typing(sync("bob", quiet)) == std::vector<std::string>{"-"});
}

TEST_F(SyncTypingTest, ARestartShowsWhoTypesNow) {
  type("alice", true);
  const auto told = sync("bob").next();
  restart_all();
  type("alice", true);
  EXPECT_THAT(typing(sync("bob", told)), ElementsAre(user("alice")));
}

TEST_F(SyncTypingTest, WhoHeardThatItEndedHasNothingToTakeBack) {
  type("alice", true);
  const auto told = sync("bob");
  type("alice", false);
  const auto over = sync("bob", told.next()).next();
  EXPECT_FALSE(parse_token(over)->typing);
  restart_all();
  EXPECT_TRUE(sync("bob", over).at("rooms").is_null());
}

TEST_F(SyncTypingTest, WhoDoesNotWantToKnowIsNotWoken) {
  type("alice", true);
  const auto told = sync("bob").next();
  type("alice", false);
  constexpr auto kNone = R"({"room":{"ephemeral":{"not_types":["m.typing"]}}})";
  EXPECT_TRUE(sync_filtered("bob", told, kNone).at("rooms").is_null());
  restart_all();
  EXPECT_TRUE(sync_filtered("bob", told, kNone).at("rooms").is_null());
  EXPECT_TRUE(sync_filtered("bob", told, R"({"room":{"ephemeral":{"types":[]}}})").at("rooms").is_null());
}

}  // namespace
}  // namespace troupe::homeserver::sync
