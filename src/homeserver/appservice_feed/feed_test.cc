// What application services are told, in which order, and how often.
#include <gmock/gmock.h>

#include "homeserver/appservice/queries.h"
#include "homeserver/appservice_feed/appservice_fixture.h"
#include "homeserver/appservice_feed/feed_store.h"

namespace troupe::homeserver::appservice_feed {
namespace {

using matrix::JsonObject;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FeedTest : public AppserviceTest {
 protected:
  FeedTest() : anna(server->person("anna")) {}

  std::vector<std::string> txn_ids() {
    constexpr std::string_view kPath = "/_matrix/app/v1/transactions/";
    std::vector<std::string> found;
    for (const auto& each : bridge.asked())
      if (each.path.starts_with(kPath)) found.push_back(each.path.substr(kPath.size()));
    return found;
  }
  std::size_t waiting() {
    auto count = [](store::Connection& connection) -> Result<std::size_t> {
      return feed_store::waiting(connection, "irc", 1'000).size();
    };
    return *server->wait(server->db->read(count));
  }
  /// Until everything up to now has been told: what comes last is a message in a room of the bridge's own.
  void settle() {
    if (mark_room.empty()) mark_room = make_room("as-irc");
    const auto mark = "mark " + std::to_string(++txn);
    send("as-irc", mark_room, mark);
    ASSERT_TRUE(told_until([&] { return was_told(mark); }));
  }
  std::vector<std::string> settled_texts() {
    settle();
    auto all = texts();
    std::erase_if(all, [](const auto& text) { return text.starts_with("mark "); });
    return all;
  }
  /// A room of Anna's with a user of the bridge.
  std::string bridged_room() {
    make_ghost("_irc_carl");
    const auto room = make_room(anna);
    EXPECT_EQ(as("_irc_carl", "POST", "/join/" + enc(room), JsonObject()).status, 200);
    return room;
  }

  std::string anna;
  std::string mark_room;
};

TEST_F(FeedTest, EventsOfItsRoomsInTheirOrder) {
  const auto other = make_room(anna);
  const auto room = bridged_room();
  send(anna, other, "not for bridges");
  for (const auto* text : {"one", "two", "three"}) send(anna, room, text);
  EXPECT_THAT(settled_texts(), ElementsAre("one", "two", "three"));
  const auto first = bridge.asked().front();
  EXPECT_EQ(first.method, "PUT");
  EXPECT_EQ(first.token, "Bearer hs-irc");
  EXPECT_THAT(first.path, testing::Not(HasSubstr("access_token")));
  std::vector<std::string> seen;
  for (const auto& transaction : bridge.transactions()) {
    for (const auto& event : transaction.at("events").as_array()) {
      EXPECT_TRUE(event.at("room_id").is_string());
      EXPECT_TRUE(event.at("event_id").is_string());
      EXPECT_TRUE(event.at("unsigned").at("age").is_int64());
      seen.emplace_back(event.at("event_id").as_string());
    }
  }
  std::ranges::sort(seen);
  EXPECT_TRUE(std::ranges::adjacent_find(seen) == seen.end()) << "an event came twice";
}

TEST_F(FeedTest, OnlyWhileOneOfItsUsersIsThere) {
  const auto room = bridged_room();
  const auto path = "/rooms/" + enc(room);
  send(anna, room, "here");
  ASSERT_EQ(as("_irc_carl", "POST", path + "/leave", JsonObject()).status, 200);
  send(anna, room, "gone");
  ASSERT_EQ(as("_irc_carl", "POST", "/join/" + enc(room), JsonObject()).status, 200);
  send(anna, room, "back");
  // All of it in one look, as after a pause.
  EXPECT_THAT(settled_texts(), ElementsAre("here", "back"));
  // And each in a look of its own.
  ASSERT_EQ(as("_irc_carl", "POST", path + "/leave", JsonObject()).status, 200);
  settle();
  send(anna, room, "gone again");
  EXPECT_THAT(settled_texts(), ElementsAre("here", "back"));
}

TEST_F(FeedTest, AnInviteForOneOfItsUsers) {
  make_ghost("_irc_carl");
  const auto room = make_room(anna, {{"preset", "private_chat"}});
  send(anna, room, "before");
  ASSERT_EQ(
      server->call(anna, "POST", "/rooms/" + enc(room) + "/invite", {{"user_id", "@_irc_carl:example.org"}}).status,
      200);
  EXPECT_THAT(settled_texts(), IsEmpty());
  const auto told = boost::json::serialize(boost::json::value_from(bridge.transactions()));
  EXPECT_THAT(told, HasSubstr(R"("membership":"invite")"));
}

TEST_F(FeedTest, WhatFailsIsSentAgainAsItWasAndTheRestWaits) {
  const auto room = bridged_room();
  settle();
  bridge.clear();
  bridge.answer_status(503);
  send(anna, room, "one");
  ASSERT_TRUE(told_until([&] { return !txn_ids().empty(); }));
  for (const auto* text : {"two", "three"}) send(anna, room, text);
  ASSERT_TRUE(told_until([&] { return waiting() == 2; }));
  EXPECT_THAT(texts(), ElementsAre("one")) << "it waits two seconds";
  ASSERT_TRUE(later_until([&] { return texts().size() >= 2; }));
  bridge.answer_status(200);
  ASSERT_TRUE(later_until([&] { return was_told("three"); }));
  auto all = texts();
  EXPECT_GE(std::ranges::count(all, "one"), 3);
  std::erase(all, "one");
  EXPECT_THAT(all, ElementsAre("two", "three"));
  const auto ids = txn_ids();
  const auto asked = bridge.asked();
  const auto tries = static_cast<std::size_t>(std::ranges::count(ids, ids[0]));
  ASSERT_LT(tries, ids.size());
  for (std::size_t i = 0; i < tries; ++i) {
    EXPECT_EQ(ids[i], ids[0]);
    EXPECT_EQ(asked[i].body, asked[0].body);
  }
  EXPECT_LT(std::stoll(ids[0]), std::stoll(ids[tries]));
}

TEST_F(FeedTest, AtMostAHundredEventsAtOnce) {
  const auto room = bridged_room();
  settle();
  bridge.clear();
  bridge.answer_status(500);
  send(anna, room, "first");
  ASSERT_TRUE(told_until([&] { return !texts().empty(); }));
  std::vector<std::string> expected{"first"};
  for (int i = 0; i < 230; ++i) {
    expected.push_back("m" + std::to_string(i));
    send(anna, room, expected.back());
  }
  bridge.answer_status(200);
  bridge.clear();
  ASSERT_TRUE(later_until([&] { return was_told("m229"); }));
  auto all = texts();
  all.erase(all.begin(), std::ranges::find_if(all, [](const auto& text) { return text != "first"; }) - 1);
  EXPECT_EQ(all, expected);
  for (const auto& transaction : bridge.transactions()) EXPECT_LE(transaction.at("events").as_array().size(), 100U);
}

TEST_F(FeedTest, AServiceOfBeforeTheSpecificationHasItsOldPath) {
  const auto room = bridged_room();
  settle();
  bridge.clear();
  bridge.answer_with([](const StandIn::Asked& asked) -> Result<net::client::ClientResponse> {
    const bool old = asked.path.starts_with("/transactions/");
    return net::client::ClientResponse{.status = old ? 200 : 404, .headers = {}, .body = "{}"};
  });
  send(anna, room, "one");
  ASSERT_TRUE(told_until([&] { return bridge.asked().size() >= 2; }));
  const auto asked = bridge.asked();
  EXPECT_THAT(asked[1].path, HasSubstr("?access_token=hs-irc"));
  EXPECT_EQ(asked[1].token, "Bearer hs-irc");
  EXPECT_EQ(asked[0].body, asked[1].body);
}

TEST_F(FeedTest, TypingAndReceiptsOfItsRooms) {
  const auto room = bridged_room();
  const auto other = make_room(anna);
  settle();
  bridge.clear();
  const auto type = [&](const std::string& where) {
    return server
        ->call(anna, "PUT", "/rooms/" + enc(where) + "/typing/" + enc("@anna:example.org"),
               {{"typing", true}, {"timeout", 20'000}})
        .status;
  };
  ASSERT_EQ(type(other), 200);
  ASSERT_EQ(type(room), 200);
  const auto sent = as("_irc_carl", "PUT", "/rooms/" + enc(room) + "/send/m.room.message/9",
                       {{"msgtype", "m.text"}, {"body", "hello"}});
  ASSERT_EQ(server
                ->call(anna, "POST", "/rooms/" + enc(room) + "/receipt/m.read/" + enc(sent.string_at("/event_id")),
                       JsonObject())
                .status,
            200);
  std::vector<matrix::Json> edus;
  const auto told = [&] {
    edus.clear();
    for (const auto& transaction : bridge.transactions()) {
      const auto* more = transaction.as_object().if_contains("ephemeral");
      if (!more) continue;
      EXPECT_EQ(*more, transaction.at("de.sorunome.msc2409.ephemeral"));
      for (const auto& edu : more->as_array()) edus.push_back(edu);
    }
    return std::ranges::any_of(edus, [](const auto& edu) { return edu.at("type") == "m.receipt"; });
  };
  ASSERT_TRUE(told_until(told));
  bool typed = false;
  for (const auto& edu : edus) {
    if (edu.at("type") == "m.presence") continue;
    EXPECT_EQ(edu.at("room_id").as_string(), room);
    if (edu.at("type") == "m.typing" && !edu.at("content").at("user_ids").as_array().empty()) {
      typed = true;
      EXPECT_EQ(edu.at("content").at("user_ids"), matrix::JsonArray{"@anna:example.org"});
    } else if (edu.at("type") == "m.receipt") {
      const auto& readers = edu.at("content").at(sent.string_at("/event_id")).at("m.read").as_object();
      EXPECT_TRUE(readers.at("@anna:example.org").at("ts").is_int64());
    }
  }
  EXPECT_TRUE(typed);
}

TEST_F(FeedTest, WhatWaitsForAServiceThatIsGoneGoes) {
  auto leave = [](store::Tx& tx) -> Result<Unit> {
    for (StreamPos pos = 1; pos <= 700; ++pos) feed_store::put(tx, "old bridge", pos);
    feed_store::put(tx, "irc", 1);
    feed_store::insert_transaction(tx, {.service = "older bridge", .number = 1, .events = 1, .body = "{}"});
    return Unit{};
  };
  ASSERT_TRUE(server->db->write_now(leave));
  server->run_job("homeserver.appservices_forgotten");
  auto look = [](store::Connection& connection) -> Result<std::string> {
    return feed_store::service_after(connection, "") + "," + feed_store::service_after(connection, "irc");
  };
  EXPECT_EQ(*server->wait(server->db->read(look)), "irc,");
}

TEST_F(FeedTest, PingsComeBack) {
  const std::string path = "/_matrix/client/v1/appservice/irc/ping";
  const auto good = server->call("as-irc", "POST", path, {{"transaction_id", "meow"}});
  EXPECT_EQ(good.status, 200) << good.text;
  EXPECT_TRUE(good.at("/duration_ms").is_int64());
  const auto asked = bridge.asked().back();
  EXPECT_EQ(asked.method + asked.path, "POST/_matrix/app/v1/ping");
  EXPECT_EQ(asked.body, R"({"transaction_id":"meow"})");
  EXPECT_EQ(asked.token, "Bearer hs-irc");
  EXPECT_EQ(server->call(anna, "POST", path, JsonObject()).status, 403);
  EXPECT_EQ(server->call("as-watch", "POST", path, JsonObject()).status, 403);
  const auto silent = server->call("as-watch", "POST", "/_matrix/client/v1/appservice/watch/ping", JsonObject());
  EXPECT_EQ(silent.status, 400);
  EXPECT_EQ(silent.string_at("/errcode"), "M_URL_NOT_SET");
  bridge.answer_status(403, R"({"errcode":"M_FORBIDDEN"})");
  const auto refused = server->call("as-irc", "POST", path, JsonObject());
  EXPECT_EQ(refused.status, 502);
  EXPECT_EQ(refused.string_at("/errcode"), "M_BAD_STATUS");
  EXPECT_EQ(refused.at("/status"), 403);
  EXPECT_EQ(refused.string_at("/body"), R"({"errcode":"M_FORBIDDEN"})");
  bridge.answer_with([](const StandIn::Asked&) -> Result<net::client::ClientResponse> {
    return Error(Errc::unavailable, "nobody there");
  });
  EXPECT_EQ(server->call("as-irc", "POST", path, JsonObject()).string_at("/errcode"), "M_CONNECTION_FAILED");
  bridge.answer_with(
      [](const StandIn::Asked&) -> Result<net::client::ClientResponse> { return Error(Errc::timed_out); });
  const auto slow = server->call("as-irc", "POST", path, JsonObject());
  EXPECT_EQ(slow.status, 504);
  EXPECT_EQ(slow.string_at("/errcode"), "M_CONNECTION_TIMEOUT");
}

/// The bridge makes the room while it is asked for it.
TEST_F(FeedTest, AnAliasIsAskedForOnceByManyAtOnce) {
  constexpr int kMany = 12;
  const std::string alias = "#_irc_kitchen:example.org";
  std::string room;
  bridge.answer_with([&](const StandIn::Asked& asked) -> Result<net::client::ClientResponse> {
    EXPECT_EQ(asked.path, "/_matrix/app/v1/rooms/%23_irc_kitchen%3Aexample.org");
    room = make_room("as-irc", {{"preset", "public_chat"}, {"room_alias_name", "_irc_kitchen"}});
    return net::client::ClientResponse{.status = 200, .headers = {}, .body = "{}"};
  });
  std::vector<std::string> tokens;
  for (int i = 0; i < kMany; ++i) tokens.push_back(server->person("guest" + std::to_string(i)));
  std::vector<std::future<WholeAnswer>> joins;
  for (const auto& token : tokens) {
    joins.push_back(std::async(
        std::launch::async, [&, token] { return server->call(token, "POST", "/join/" + enc(alias), JsonObject()); }));
  }
  for (auto& each : joins) {
    const auto joined = each.get();
    EXPECT_EQ(joined.status, 200) << joined.text;
    EXPECT_EQ(joined.string_at("/room_id"), room);
  }
  EXPECT_EQ(bridge.asked().size(), 1U);
}

TEST_F(FeedTest, NamesThatNobodyMakesAreNotThere) {
  bridge.answer_status(404, R"({"errcode":"M_NOT_FOUND"})");
  EXPECT_EQ(server->call(anna, "GET", "/directory/room/" + enc("#_irc_none:example.org")).status, 404);
  EXPECT_EQ(server->call(anna, "GET", "/profile/" + enc("@_irc_none:example.org")).status, 404);
  EXPECT_EQ(bridge.asked().size(), 4U) << "the old path, too";
  bridge.clear();
  EXPECT_EQ(server->call(anna, "GET", "/directory/room/" + enc("#other:example.org")).status, 404);
  EXPECT_EQ(server->call(anna, "GET", "/profile/" + enc("@nobody:example.org")).status, 404);
  EXPECT_THAT(bridge.asked(), IsEmpty());
  // "200" without the thing is a mistake that some bridges make.
  bridge.answer_status(200);
  clock.advance(std::chrono::minutes(2));
  EXPECT_EQ(server->call(anna, "GET", "/directory/room/" + enc("#_irc_none:example.org")).status, 404);
  bridge.answer_with(
      [](const StandIn::Asked&) -> Result<net::client::ClientResponse> { return Error(Errc::timed_out); });
  clock.advance(std::chrono::minutes(2));
  EXPECT_EQ(server->call(anna, "POST", "/join/" + enc("#_irc_none:example.org"), JsonObject()).status, 408);
}

TEST_F(FeedTest, ThatNobodyMakesANameIsRememberedForAWhile) {
  bridge.answer_status(404, R"({"errcode":"M_NOT_FOUND"})");
  const auto profile = "/profile/" + enc("@_irc_none:example.org");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(server->call("", "GET", profile).status, 404);
  EXPECT_EQ(bridge.asked().size(), 2U) << "the specified path and the old one, once";
  // What is there meanwhile is found all the same.
  make_ghost("_irc_none");
  EXPECT_EQ(server->call("", "GET", profile).status, 200);
  const auto other = "/profile/" + enc("@_irc_other:example.org");
  bridge.clear();
  EXPECT_EQ(server->call("", "GET", other).status, 404);
  clock.advance(appservice::Queries::kNoIsKept + std::chrono::seconds(1));
  EXPECT_EQ(server->call("", "GET", other).status, 404);
  EXPECT_EQ(bridge.asked().size(), 4U);
}

TEST_F(FeedTest, WhoLooksForManyNamesIsSlowedDown) {
  bridge.answer_status(404);
  const auto look = [&](const std::string& token, int i) {
    return server->call(token, "GET", "/profile/" + enc("@_irc_n" + std::to_string(i) + ":example.org")).status;
  };
  int found = 0;
  for (int i = 0; i < 40; ++i) found += look("", i) == 404 ? 1 : 0;
  EXPECT_EQ(found, static_cast<int>(appservice::Queries::kOfAsker.burst));
  EXPECT_EQ(look("", 0), 404) << "what is known costs nothing";
  bridge.clear();
  EXPECT_EQ(look("as-irc", 100), 404) << "a bridge is not asked for what it asks itself";
  EXPECT_THAT(bridge.asked(), IsEmpty());
}

TEST_F(FeedTest, BridgesSayWhatTheyBridge) {
  bridge.answer_with([](const StandIn::Asked& asked) -> Result<net::client::ClientResponse> {
    net::client::ClientResponse response{.status = 200, .headers = {}, .body = {}};
    if (asked.path == "/_matrix/app/v1/thirdparty/protocol/irc") {
      response.body = R"({"user_fields":["nick"],"location_fields":[],"icon":"","field_types":{},"instances":[]})";
    } else if (asked.path == "/_matrix/app/v1/thirdparty/user/irc?nick=carl%20m") {
      response.body = R"([{"userid":"@_irc_carl:example.org","protocol":"irc","fields":{}}])";
    } else {
      response.status = 404;
    }
    return response;
  });
  EXPECT_EQ(server->call(anna, "GET", "/thirdparty/protocols").at("/irc/user_fields"), matrix::JsonArray{"nick"});
  EXPECT_EQ(server->call(anna, "GET", "/thirdparty/protocol/irc").at("/user_fields"), matrix::JsonArray{"nick"});
  EXPECT_EQ(server->call(anna, "GET", "/thirdparty/protocol/xmpp").status, 404);
  EXPECT_EQ(server->call(anna, "GET", "/thirdparty/user/irc?nick=carl+m").string_at("/0/userid"),
            "@_irc_carl:example.org");
  EXPECT_EQ(server->call(anna, "GET", "/thirdparty/location?alias=%23x%3Aexample.org").text, "[]");
  EXPECT_EQ(server->call(anna, "GET", "/thirdparty/user").status, 400);
  for (const auto& asked : bridge.asked()) EXPECT_THAT(asked.path, testing::Not(HasSubstr("mct_")));
  // Once for all for a minute, whoever asks.
  bridge.clear();
  const auto bert = server->person("bert");
  EXPECT_EQ(server->call(bert, "GET", "/thirdparty/protocols").at("/irc/user_fields"), matrix::JsonArray{"nick"});
  EXPECT_EQ(server->call(bert, "GET", "/thirdparty/user/irc?nick=carl+m").string_at("/0/protocol"), "irc");
  EXPECT_THAT(bridge.asked(), IsEmpty());
  clock.advance(std::chrono::minutes(2));
  EXPECT_EQ(server->call(bert, "GET", "/thirdparty/protocol/irc").at("/user_fields"), matrix::JsonArray{"nick"});
  EXPECT_EQ(bridge.asked().size(), 1U);
}

}  // namespace
}  // namespace troupe::homeserver::appservice_feed
