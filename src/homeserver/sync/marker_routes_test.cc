#include <gmock/gmock.h>

#include "homeserver/sync/notifications.h"
#include "homeserver/sync/read_fixture.h"
#include "matrix/push_rules.h"

namespace troupe::homeserver::sync {
namespace {

using testing::IsEmpty;

class MarkerTest : public ReadTest {
 protected:
  std::string data_path(std::string_view who, std::string_view type) {
    return "/user/" + user(who) + "/account_data/" + std::string(type);
  }
};

TEST_F(MarkerTest, AccountDataIsKeptPerUserAndRoom) {
  const auto room = public_room("alice");
  EXPECT_EQ(get("alice", data_path("alice", "m.x")).status, 404);
  EXPECT_EQ(call("alice", "PUT", data_path("alice", "m.x"), R"({"a":1})").status, 200);
  EXPECT_EQ(get("alice", data_path("alice", "m.x")).at("a"), 1);
  EXPECT_EQ(get("bob", data_path("alice", "m.x")).status, 403);
  EXPECT_EQ(call("bob", "PUT", data_path("alice", "m.x"), "{}").status, 403);
  EXPECT_EQ(call("alice", "PUT", data_path("alice", "m.x"), "[]").status, 400);
  EXPECT_EQ(call("alice", "PUT", data_path("alice", "m.fully_read"), "{}").status, 405);
  EXPECT_EQ(call("alice", "PUT", data_path("alice", "m.push_rules"), "{}").status, 405);
  EXPECT_TRUE(get("alice", data_path("alice", "m.push_rules")).at("global", "override").is_array());

  const auto in_room = "/user/" + user("alice") + "/rooms/" + room + "/account_data/m.x";
  EXPECT_EQ(get("alice", in_room).status, 404);
  const auto token = sync("alice").next();
  EXPECT_EQ(call("alice", "PUT", in_room, R"({"b":2})").status, 200);
  EXPECT_EQ(get("alice", in_room).at("b"), 2);
  const auto answer = sync("alice", token);
  EXPECT_EQ(answer.at("rooms", "join", room, "account_data", "events", 0, "content", "b"), 2);
  EXPECT_TRUE(answer.at("account_data").is_null());
  EXPECT_EQ(call("alice", "PUT", "/user/" + user("alice") + "/rooms/!no:where/account_data/m.x", "{}").status, 404);
}

TEST_F(MarkerTest, TagsComeAndGo) {
  const auto room = public_room("alice");
  const auto tags = "/user/" + user("alice") + "/rooms/" + room + "/tags";
  EXPECT_TRUE(get("alice", tags).at("tags").as_object().empty());
  EXPECT_EQ(call("alice", "PUT", tags + "/m.favourite", R"({"order":0.5})").status, 200);
  EXPECT_EQ(call("alice", "PUT", tags + "/u.work").status, 200);
  EXPECT_EQ(call("alice", "PUT", tags + "/u.bad", R"({"order":"first"})").status, 400);
  EXPECT_EQ(get("alice", tags).at("tags", "m.favourite", "order"), 0.5);
  EXPECT_EQ(sync("alice").at("rooms", "join", room, "account_data", "events", 0, "type"), "m.tag");
  EXPECT_EQ(call("alice", "DELETE", tags + "/m.favourite").status, 200);
  EXPECT_EQ(get("alice", tags).at("tags").as_object().size(), 1u);
}

TEST_F(MarkerTest, ReadMarkersSetAllAtOnceAndOnlyForward) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  const auto one = send("alice", room, "one").value().event_id;
  const auto two = send("alice", room, "two").value().event_id;
  const auto path = "/rooms/" + room + "/read_markers";
  const auto token = sync("bob").next();
  const auto body = R"({"m.fully_read":")" + two + R"(","m.read":")" + two + R"(","m.read.private":")" + one + "\"}";
  EXPECT_EQ(call("bob", "POST", path, body).status, 200);
  auto answer = sync("bob", token);
  EXPECT_EQ(answer.text_at("rooms", "join", room, "account_data", "events", 0, "content", "event_id"), two);
  EXPECT_EQ(answer.at("rooms", "join", room, "unread_notifications", "notification_count"), 0);
  EXPECT_TRUE(answer.at("rooms", "join", room, "ephemeral", "events", 0, "content", one, "m.read.private").is_object());
  EXPECT_EQ(call("bob", "POST", path, R"({"m.fully_read":")" + one + "\"}").status, 200);
  EXPECT_TRUE(sync("bob", answer.next()).at("rooms").is_null());
  EXPECT_EQ(call("bob", "POST", path).status, 200);
  EXPECT_EQ(call("bob", "POST", path, R"({"m.read":7})").status, 400);
  EXPECT_EQ(call("bob", "POST", path, R"({"m.read":"$nothing"})").status, 404);
  EXPECT_EQ(call("carol", "POST", path, R"({"m.read":")" + one + "\"}").status, 403);
}

TEST_F(MarkerTest, ReceiptsAreChecked) {
  const auto room = public_room("alice");
  const auto one = send("alice", room, "one").value().event_id;
  const auto path = "/rooms/" + room + "/receipt/";
  EXPECT_EQ(call("alice", "POST", path + "m.read/" + one).status, 200);
  EXPECT_EQ(call("alice", "POST", path + "m.seen/" + one).status, 400);
  EXPECT_EQ(call("alice", "POST", path + "m.read/" + one, R"({"thread_id":""})").status, 400);
  EXPECT_EQ(call("alice", "POST", path + "m.read/" + one, R"({"thread_id":5})").status, 400);
  EXPECT_EQ(call("alice", "POST", path + "m.fully_read/" + one, R"({"thread_id":"main"})").status, 400);
  EXPECT_EQ(call("alice", "POST", path + "m.fully_read/" + one).status, 200);
  const auto other = public_room("alice");
  EXPECT_EQ(call("alice", "POST", "/rooms/" + other + "/receipt/m.read/" + one).status, 404);
}

TEST_F(MarkerTest, OwnPushRulesDecideTheCounts) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  const auto token = sync("bob").next();
  ASSERT_TRUE(send("alice", room, "before"));
  EXPECT_EQ(sync("bob", token).at("rooms", "join", room, "unread_notifications", "notification_count"), 1);
  const auto mute = [&](matrix::JsonObject& rules) {
    matrix::PushRuleEdit edit{.kind = "room", .rule_id = room, .before = {}, .after = {}, .body = {}};
    edit.body["actions"] = matrix::JsonArray();
    return matrix::put_push_rule(rules, edit);
  };
  ASSERT_TRUE(server->run(readers->account_data.change_push_rules(user("bob"), mute)));
  const auto answer = sync("bob", token);
  EXPECT_EQ(answer.at("rooms", "join", room, "unread_notifications", "notification_count"), 0) << answer.text;
  EXPECT_EQ(answer.at("account_data", "events", 0, "type"), "m.push_rules");
  restart_all();
  EXPECT_EQ(sync("bob").at("rooms", "join", room, "unread_notifications", "notification_count"), 0);
}

TEST_F(MarkerTest, TypingEndsByItself) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  const auto token = sync("bob").next();
  ASSERT_EQ(
      call("alice", "PUT", "/rooms/" + room + "/typing/" + user("alice"), R"({"typing":true,"timeout":1})").status,
      200);
  auto answer = sync("bob", token);
  EXPECT_EQ(answer.at("rooms", "join", room, "ephemeral", "events", 0, "content", "user_ids").as_array().size(), 1u);
  answer = get("bob", "/sync?timeout=10000&since=" + answer.next());
  EXPECT_THAT(answer.at("rooms", "join", room, "ephemeral", "events", 0, "content", "user_ids").as_array(), IsEmpty());
  EXPECT_EQ(call("alice", "PUT", "/rooms/" + room + "/typing/" + user("bob"), R"({"typing":true})").status, 403);
  EXPECT_EQ(call("alice", "PUT", "/rooms/" + room + "/typing/" + user("alice"), R"({"typing":1})").status, 400);
}

TEST_F(ReadTest, AccountDataIsKeptUpToItsQuota) {
  account_data::AccountData data(*server->db, *server->rooms, *server->users, 10'000);
  const auto put = [&](std::string type, std::size_t bytes) {
    matrix::JsonObject content{{"v", std::string(bytes, 'x')}};
    return server->run(data.set(user("alice"), {}, std::move(type), std::move(content)));
  };
  EXPECT_TRUE(put("one", 6000));
  EXPECT_EQ(put("two", 6000).error().code(), Errc::too_large);
  EXPECT_TRUE(put("one", 5000));  // less than before
  EXPECT_TRUE(put("two", 4000));
  EXPECT_EQ(put("two", 6000).error().code(), Errc::too_large);
  EXPECT_TRUE(put("three", 900));  // bounded by their number
  std::int64_t counted = -1;
  std::int64_t kept = -2;
  ASSERT_TRUE(server->db->read_now([&](store::Connection& connection) -> Result<Unit> {
    counted = 0;
    for (const auto& content : store::values<std::string>(connection.query("SELECT content FROM hs_account_data"))) {
      counted += std::ssize(content);
    }
    const auto used = account_data::account_data_store::account_data_usage(connection, user("alice"));
    kept = used.bytes;
    EXPECT_EQ(used.entries, 3);
    return Unit{};
  }));
  EXPECT_EQ(kept, counted);
}

TEST_F(MarkerTest, WhatWasReadIsNotRememberedAsANotification) {
  const auto room = public_room("alice");
  const auto other = public_room("alice");
  for (const auto* who : {"bob", "carol"}) {
    ASSERT_TRUE(join(who, room));
    ASSERT_TRUE(join(who, other));
  }
  const auto mention = [&](const std::string& where, matrix::JsonObject more = {}) {
    matrix::JsonObject content{{"msgtype", "m.text"}, {"body", "x"}};
    content["m.mentions"] = matrix::JsonObject{{"user_ids", matrix::JsonArray{user("bob"), user("carol")}}};
    for (auto& [key, value] : more) content[key] = value;
    return send(actor("alice"), where, "m.room.message", std::move(content)).value();
  };
  const auto remembered = [this](std::string_view who) {
    std::vector<StreamPos> found;
    EXPECT_TRUE(server->run(forget_read_notifications(*server->db)));
    EXPECT_TRUE(server->db->read_now([&](store::Connection& connection) -> Result<Unit> {
      found = store::values<StreamPos>(
          connection.query("SELECT pos FROM hs_notify WHERE user_id = ?1 ORDER BY pos", user(who)));
      return Unit{};
    }));
    return found;
  };
  using Positions = std::vector<StreamPos>;
  const auto one = mention(room);
  const auto in_thread =
      mention(room, {{"m.relates_to", matrix::JsonObject{{"rel_type", "m.thread"}, {"event_id", one.event_id}}}});
  const auto two = mention(room);
  const auto elsewhere = mention(other);
  EXPECT_EQ(remembered("bob"), (Positions{one.pos, in_thread.pos, two.pos, elsewhere.pos}));
  const auto receipt = [&](const std::string& event_id, const std::string& body) {
    return call("bob", "POST", "/rooms/" + room + "/receipt/m.read/" + event_id, body).status;
  };
  ASSERT_EQ(receipt(one.event_id, R"({"thread_id":"main"})"), 200);
  EXPECT_EQ(remembered("bob"), (Positions{in_thread.pos, two.pos, elsewhere.pos}));
  ASSERT_EQ(receipt(in_thread.event_id, R"({"thread_id":")" + one.event_id + "\"}"), 200);
  EXPECT_EQ(remembered("bob"), (Positions{two.pos, elsewhere.pos}));
  ASSERT_EQ(receipt(two.event_id, "{}"), 200);
  EXPECT_EQ(remembered("bob"), Positions{elsewhere.pos});
  EXPECT_EQ(remembered("carol").size(), 4U) << "has read nothing";
  ASSERT_TRUE(change("carol", room, "carol", "leave"));
  EXPECT_EQ(remembered("carol"), Positions{elsewhere.pos});
}

TEST_F(MarkerTest, AThreadsReceiptStandsInTheThread) {
  const auto room = public_room("alice");
  const auto about = [&](std::string type, const std::string& to) {
    matrix::JsonObject content{
        {"body", "b"}, {"msgtype", "m.text"}, {"m.relates_to", {{"rel_type", type}, {"event_id", to}}}};
    return send(actor("alice"), room, "m.room.message", std::move(content)).value().event_id;
  };
  const auto plain = send("alice", room, "plain").value().event_id;
  const auto root = send("alice", room, "root").value().event_id;
  const auto answer = about("m.thread", root);
  const auto on_answer = about("m.reference", answer);
  const auto on_root = about("m.reference", root);
  const auto outcome = [&](const std::string& event, const std::string& thread) {
    const auto said =
        call("alice", "POST", "/rooms/" + room + "/receipt/m.read/" + event, R"({"thread_id":")" + thread + "\"}");
    return said.status == 200 ? std::string("taken") : said.text_at("errcode");
  };
  for (const auto& event : {root, answer, on_answer, on_root}) EXPECT_EQ(outcome(event, root), "taken") << event;
  for (const auto& event : {plain, root, on_root}) EXPECT_EQ(outcome(event, "main"), "taken") << event;
  for (const auto& event : {answer, on_answer}) EXPECT_EQ(outcome(event, "main"), "M_INVALID_PARAM") << event;
  EXPECT_EQ(outcome(plain, root), "M_INVALID_PARAM");
  EXPECT_EQ(outcome(answer, plain), "M_INVALID_PARAM");
  EXPECT_EQ(outcome(plain, "$nothing"), "M_INVALID_PARAM");
}

}  // namespace
}  // namespace troupe::homeserver::sync
