// What a user was notified of.
#include <gmock/gmock.h>

#include "homeserver/sync/read_fixture.h"

namespace troupe::homeserver::sync {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class NotificationListTest : public ReadTest {
 protected:
  ReadAnswer list(std::string_view who, const std::string& query = {}) { return get(who, "/notifications" + query); }
  static std::vector<std::string> bodies(const ReadAnswer& answer) {
    matrix::JsonArray events;
    const auto items = answer.at("notifications");
    if (!items.is_array()) return {answer.text};
    for (const auto& item : items.get_array()) events.push_back(item.at("event"));
    return digest(matrix::Json(std::move(events)));
  }
  void mention(std::string_view who, const std::string& room, std::string text, std::string_view whom) {
    const matrix::JsonObject content{
        {"body", std::move(text)}, {"msgtype", "m.text"}, {"m.mentions", {{"user_ids", {user(whom)}}}}};
    ASSERT_TRUE(send(actor(who), room, "m.room.message", content));
  }
};

TEST_F(NotificationListTest, NewestFirstWithWhatTheRuleSays) {
  const auto room = public_room("alice"), other = public_room("alice");
  ASSERT_TRUE(join("bob", room) && join("bob", other) && join("carl", room));
  ASSERT_TRUE(send("alice", room, "one"));
  ASSERT_TRUE(send("alice", other, "two"));
  mention("alice", room, "bob!", "bob");
  ASSERT_TRUE(send("bob", room, "own"));
  ASSERT_TRUE(send(actor("alice"), room, "m.room.message", {{"body", "a notice"}, {"msgtype", "m.notice"}}));
  const auto all = list("bob");
  EXPECT_THAT(bodies(all), ElementsAre("bob!", "two", "one")) << all.text;
  EXPECT_TRUE(all.at("next_token").is_null());
  EXPECT_EQ(boost::json::serialize(all.at("notifications", 0, "actions")),
            R"(["notify",{"set_tweak":"sound","value":"default"},{"set_tweak":"highlight"}])");
  EXPECT_EQ(all.text_at("notifications", 0, "room_id"), room);
  EXPECT_EQ(all.text_at("notifications", 1, "room_id"), other);
  EXPECT_EQ(all.at("notifications", 0, "read"), false);
  EXPECT_EQ(all.at("notifications", 0, "ts"), all.at("notifications", 0, "event", "origin_server_ts"));
  EXPECT_TRUE(all.at("notifications", 0, "event", "room_id").is_null());
  EXPECT_THAT(bodies(list("bob", "?only=highlight")), ElementsAre("bob!"));
  EXPECT_THAT(bodies(list("bob", "?only=anything")), ElementsAre("bob!", "two", "one"));
  EXPECT_THAT(bodies(list("dora")), IsEmpty());
  restart_all();
  EXPECT_THAT(bodies(list("bob")), ElementsAre("bob!", "two", "one")) << "nothing rests on memory";
}

TEST_F(NotificationListTest, PagesGoOnWhereTheyEnded) {
  const auto room = public_room("alice"), other = public_room("alice");
  ASSERT_TRUE(join("bob", room) && join("bob", other));
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(send("alice", i % 3 == 0 ? other : room, std::to_string(i)));
  std::vector<std::string> seen;
  std::string token;
  for (int pages = 0; pages < 9; ++pages) {
    const auto page = list("bob", "?limit=2" + (token.empty() ? token : "&from=" + token));
    const auto found = bodies(page);
    EXPECT_LE(found.size(), 2U);
    seen.insert(seen.end(), found.begin(), found.end());
    token = page.text_at("next_token");
    if (token.empty()) break;
    ASSERT_TRUE(send("alice", room, "later"));
  }
  EXPECT_THAT(seen, ElementsAre("8", "7", "6", "5", "4", "3", "2", "1", "0"));
  EXPECT_EQ(token, "");
  EXPECT_EQ(list("bob", "?from=s0").at("notifications").as_array().size(), 0U);
}

TEST_F(NotificationListTest, ReadIsWhatReceiptsCover) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  const auto one = send("alice", room, "one");
  ASSERT_TRUE(one && send("alice", room, "two"));
  ASSERT_EQ(call("bob", "POST", "/rooms/" + room + "/receipt/m.read/" + one->event_id).status, 200);
  const auto answer = list("bob");
  EXPECT_THAT(bodies(answer), ElementsAre("two", "one"));
  EXPECT_EQ(answer.at("notifications", 0, "read"), false);
  EXPECT_EQ(answer.at("notifications", 1, "read"), true);
}

TEST_F(NotificationListTest, OnlyOfRoomsOneIsInSinceOneJoined) {
  const auto room = public_room("alice");
  ASSERT_TRUE(send("alice", room, "before"));
  ASSERT_TRUE(join("bob", room));
  ASSERT_TRUE(send("alice", room, "after"));
  EXPECT_THAT(bodies(list("bob")), ElementsAre("after"));
  ASSERT_TRUE(change("bob", room, "bob", "leave"));
  EXPECT_THAT(bodies(list("bob")), IsEmpty());
  ASSERT_TRUE(change("alice", room, "bob", "invite"));
  const auto invited = list("bob");
  EXPECT_THAT(bodies(invited), ElementsAre("invite:bob")) << invited.text;
  ASSERT_TRUE(join("bob", room));
  EXPECT_THAT(bodies(list("bob")), IsEmpty()) << "what was said while they were away notified nobody";
}

TEST_F(NotificationListTest, WhatWasRedactedOrIsOfIgnoredPeopleIsLeftOut) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room) && join("carl", room));
  const auto gone = send("alice", room, "gone");
  ASSERT_TRUE(gone && send("carl", room, "of carl") && send("alice", room, "here"));
  const auto path = "/user/" + user("bob") + "/account_data/m.ignored_user_list";
  ASSERT_EQ(call("bob", "PUT", path, R"({"ignored_users":{")" + user("carl") + R"(":{}}})").status, 200);
  ASSERT_TRUE(server->run(server->service->redact(actor("alice"), room, gone->event_id, {})));
  EXPECT_THAT(bodies(list("bob")), ElementsAre("here"));
}

TEST_F(NotificationListTest, OwnRulesDecide) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room) && join("carl", room));
  const auto rule = "/pushrules/global/content/bread";
  ASSERT_EQ(call("bob", "PUT", rule, R"({"pattern":"bread","actions":["notify",{"set_tweak":"sound"}]})").status, 200);
  ASSERT_EQ(call("bob", "PUT", "/pushrules/global/underride/.m.rule.message/enabled", R"({"enabled":false})").status,
            200);
  ASSERT_TRUE(send("alice", room, "milk") && send("alice", room, "bread"));
  ASSERT_TRUE(send(actor("alice"), room, "org.example.list", {{"body", "more bread"}}));
  const auto answer = list("bob");
  EXPECT_THAT(bodies(answer), ElementsAre("more bread", "bread")) << answer.text;
  EXPECT_EQ(boost::json::serialize(answer.at("notifications", 0, "actions")), R"(["notify",{"set_tweak":"sound"}])");
}

TEST_F(NotificationListTest, BadParametersAreRefused) {
  for (const auto* query : {"?from=nonsense", "?limit=x", "?limit=0", "?limit=-1"}) {
    EXPECT_EQ(list("bob", query).text_at("errcode"), "M_INVALID_PARAM") << query;
  }
  EXPECT_EQ(list("bob", "?limit=100000").status, 200);
}

TEST_F(NotificationListTest, ALongSilenceEndsThePageNotTheList) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  ASSERT_TRUE(send("alice", room, "long ago"));
  // As if so many notices had been sent: rows that notify nobody.
  const auto num = this->room(room)->num();
  constexpr int kAtOnce = 1000;
  for (std::size_t rows = 0; rows < NotificationList::kMaxWork * 16 + kAtOnce; rows += kAtOnce) {
    ASSERT_TRUE(server->db->write_now([&](store::Tx& tx) -> Result<Unit> {
      for (int i = 0; i < kAtOnce; ++i)
        tx.run("INSERT INTO hs_timeline (room, pos, flags) VALUES (?1, ?2, 0)", num, tx.next_pos());
      return Unit{};
    }));
  }
  const auto page = list("bob");
  EXPECT_THAT(bodies(page), IsEmpty());
  ASSERT_FALSE(page.text_at("next_token").empty());
  EXPECT_THAT(bodies(list("bob", "?from=" + page.text_at("next_token"))), ElementsAre("long ago"));
}

}  // namespace
}  // namespace troupe::homeserver::sync
