// What a turn was answered from: kept with the reply, sealed, without secrets, for as long as it may be.
#include "fleet/turns/turn_record.h"

#include <boost/json/serialize.hpp>

#include "fleet/bots/record_store.h"
#include "fleet/fleet_fixture.h"

namespace troupe::fleet::turns {
namespace {

class TurnRecordTest : public FleetTest {
 protected:
  TurnRecordTest() { limits.records_kept = std::chrono::days(30); }
  Result<TurnRecord> record(const std::string& bot_id, const std::string& event_id) {
    return run(bots->turn_record(1, bot_id, event_id));
  }
  std::int64_t rows() {
    std::int64_t count = 0;
    auto look = [&](store::Connection& c) -> Result<Unit> {
      count = store::number(c.query("SELECT COUNT(*) FROM fleet_turn_record"));
      return Unit{};
    };
    if (!db->read_now(look)) throw std::runtime_error("the records cannot be read");
    return count;
  }
};

TEST_F(TurnRecordTest, IsKeptWithTheReplyAndNamesTheVersion) {
  auto [bot, room] = begin_with_helper();
  auto question = homeserver->say(room, anna, "what now?");
  ASSERT_TRUE(settled("helper", 1));
  auto kept = record("helper", question);
  ASSERT_TRUE(kept) << kept.error().message();
  EXPECT_EQ(kept->config_version, 1);
  EXPECT_EQ(kept->event_id, question);
  EXPECT_EQ(kept->record.at("question").at("text"), "what now?");
  EXPECT_EQ(kept->record.at("question").at("sender"), boost::json::value(anna));
  EXPECT_EQ(kept->record.at("reply").at("text"), "answer to what now?");
  EXPECT_TRUE(kept->record.at("exchanges").as_array().empty());

  service::BotPatch patch;
  patch.display_name = "Another Name";
  must(bots->change(1, "helper", std::move(patch), {"tester"}));
  auto second = homeserver->say(room, anna, "and now?");
  ASSERT_TRUE(settled("helper", 2));
  EXPECT_EQ(record("helper", second)->config_version, 2);
  auto history = must(bots->history(1, "helper", "changed", 0, 1));
  EXPECT_EQ(history.items.front().cause, "changed: version 2");
}

TEST_F(TurnRecordTest, IsSealedAtRest) {
  auto [bot, room] = begin_with_helper();
  auto question = homeserver->say(room, anna, "my private words");
  ASSERT_TRUE(settled("helper", 1));
  std::string bytes;
  auto look = [&, helper = view("helper").bot.id](store::Connection& c) -> Result<Unit> {
    if (auto row = bots::find_record(c, helper, question)) bytes = row->sealed;
    return Unit{};
  };
  ASSERT_TRUE(db->read_now(look));
  EXPECT_FALSE(bytes.empty());
  EXPECT_EQ(bytes.find("private words"), std::string::npos);
}

TEST_F(TurnRecordTest, HoldsTheWireWithoutSecrets) {
  http.answer = [](const net::client::ClientRequest&) {
    net::client::ClientResponse response;
    response.status = 200;
    response.headers.add("Content-Type", "application/json");
    response.body = R"({"text":"the secret is whs_0123456789abcdef"})";
    return Result<net::client::ClientResponse>(response);
  };
  begin();
  auto bot = add_running_bot("hook", "webhook",
                             {{"url", "http://127.0.0.1:9/hook?key=abcdefgh"}, {"secret", "whs_0123456789abcdef"}});
  auto room = room_of({anna}, {bot});
  auto question = homeserver->say(room, anna, "ping");
  ASSERT_TRUE(settled("hook", 1));
  auto kept = record("hook", question);
  ASSERT_TRUE(kept) << kept.error().message();
  const auto& exchanges = kept->record.at("exchanges").as_array();
  ASSERT_EQ(exchanges.size(), 1U);
  EXPECT_EQ(exchanges[0].at("url"), "http://127.0.0.1:9/hook");
  EXPECT_EQ(exchanges[0].at("status"), 200);
  auto sent = boost::json::parse(exchanges[0].at("sent").as_string().c_str());
  EXPECT_EQ(sent.at("text"), "ping");
  EXPECT_EQ(exchanges[0].at("received"), R"({"text":"the secret is ***"})");
  const auto all = boost::json::serialize(kept->record);
  for (const char* secret : {"whs_0123456789abcdef", "abcdefgh"}) {
    EXPECT_EQ(all.find(secret), all.npos) << secret;
  }
}

TEST_F(TurnRecordTest, AFailureIsKeptToo) {
  brain.fail = true;
  auto [bot, room] = begin_with_helper();
  // The second one is not told to the room again, so it has no reply.
  for (const char* text : {"one", "two"}) {
    auto question = homeserver->say(room, anna, text);
    ASSERT_TRUE(eventually([&] { return record("helper", question).has_value(); }));
    auto kept = record("helper", question);
    EXPECT_EQ(kept->record.at("error").at("message"), "the test says no");
    EXPECT_FALSE(kept->record.contains("reply"));
  }
}

TEST_F(TurnRecordTest, GoesWithTheMessageAndWithTheBot) {
  auto [bot, room] = begin_with_helper();
  auto gone = homeserver->say(room, anna, "one");
  homeserver->say(room, anna, "two");
  ASSERT_TRUE(settled("helper", 2));
  EXPECT_EQ(rows(), 2);
  homeserver->put(room, anna, "m.room.redaction", {{"redacts", gone}});
  EXPECT_TRUE(eventually([&] { return rows() == 1; }));
  EXPECT_EQ(record("helper", gone).error().code(), Errc::not_found);
  must(bots->remove(1, "helper", {"tester"}));
  EXPECT_TRUE(eventually([&] { return rows() == 0; }));
}

TEST_F(TurnRecordTest, GoesWithTheAnswer) {
  auto [bot, room] = begin_with_helper();
  homeserver->say(room, anna, "one");
  ASSERT_TRUE(settled("helper", 1));
  ASSERT_EQ(rows(), 1);
  homeserver->put(room, anna, "m.room.redaction", {{"redacts", homeserver->messages(bot).back().event_id}});
  EXPECT_TRUE(eventually([&] { return rows() == 0; }));
}

TEST_F(TurnRecordTest, ASecretAtTheLimitOfABodyIsTakenOutWhole) {
  http.answer = [](const net::client::ClientRequest&) {
    net::client::ClientResponse response;
    response.status = 200;
    response.headers.add("Content-Type", "application/json");
    response.body = R"({"text":")" + std::string(Exchange::kMaxBytes - 20, 'a') + R"(whs_0123456789abcdef"})";
    return Result<net::client::ClientResponse>(response);
  };
  begin();
  auto bot =
      add_running_bot("hook", "webhook", {{"url", "http://127.0.0.1:9/hook"}, {"secret", "whs_0123456789abcdef"}});
  auto room = room_of({anna}, {bot});
  auto question = homeserver->say(room, anna, "ping");
  ASSERT_TRUE(settled("hook", 1));
  auto kept = record("hook", question);
  ASSERT_TRUE(kept) << kept.error().message();
  const auto& exchange = kept->record.at("exchanges").at(0);
  EXPECT_EQ(exchange.at("received").as_string().find("whs_"), boost::json::string::npos);
  EXPECT_LE(exchange.at("received").as_string().size(), Exchange::kMaxBytes);
}

TEST_F(TurnRecordTest, NothingIsKeptWhereNothingMayBe) {
  limits.records_kept = std::chrono::days(0);
  auto [bot, room] = begin_with_helper();
  auto question = homeserver->say(room, anna, "one");
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(rows(), 0);
  EXPECT_EQ(record("helper", question).error().code(), Errc::not_found);
}

TEST_F(TurnRecordTest, AnotherTenantDoesNotSeeIt) {
  auto [bot, room] = begin_with_helper();
  auto question = homeserver->say(room, anna, "one");
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(run(bots->turn_record(2, "helper", question)).error().code(), Errc::not_found);
}

TEST_F(TurnRecordTest, EveryMessageOfAQuestionFindsItAndOldOnesAreSwept) {
  must(db->write([](store::Tx& tx) -> Result<Unit> {
    bots::insert_record(tx, 7, {.at_ms = 1'000, .config_version = 3, .event_id = "$last", .sealed = "x"}, {"$first"});
    bots::insert_record(tx, 7, {.at_ms = 2'000, .config_version = 3, .event_id = "$later", .sealed = "y"}, {});
    return Unit{};
  }));
  auto found = [&](std::string_view event_id) {
    std::optional<bots::RecordRow> row;
    auto look = [&](store::Connection& c) -> Result<Unit> {
      row = bots::find_record(c, 7, event_id);
      return Unit{};
    };
    if (!db->read_now(look)) throw std::runtime_error("the records cannot be read");
    return row;
  };
  EXPECT_EQ(found("$first")->event_id, "$last");
  EXPECT_EQ(found("$first")->sealed, "x");
  must(db->write([](store::Tx& tx) -> Result<std::int64_t> { return bots::prune_records(tx, 2'000, 100); }));
  EXPECT_FALSE(found("$first"));
  EXPECT_FALSE(found("$last"));
  EXPECT_TRUE(found("$later"));
}

TEST(TurnRecord, SecretsAreTakenOutInEachWayTheyAreWritten) {
  Question question;
  question.text = "raw p\"ss/word and escaped p\\\"ss/word and p%22ss%2Fword, but not pass";
  auto json = turn_record(question, Reply{.text = "p\"ss/word"}, {}, {"p\"ss/word", "abc"});
  EXPECT_EQ(json.at("question").at("text"), "raw *** and escaped *** and ***, but not pass");
  EXPECT_EQ(json.at("reply").at("text"), "***");
}

TEST(TurnRecord, SecretsAreTakenOutOfEveryPart) {
  Question question;
  question.attachments.push_back({.mxc = "mxc://a/b", .mime = "text/plain", .name = "my password.txt"});
  Reply reply{.text = "fine", .trouble = "password"};
  reply.choices.push_back({.id = "1", .label = "the password"});
  reply.uploads.push_back({.name = "password.txt", .mime = "text/plain", .bytes = "x"});
  const auto all = boost::json::serialize(turn_record(question, reply, {}, {"password"}));
  EXPECT_EQ(all.find("password"), all.npos) << all;
}

TEST(TurnRecord, WhatIsLongOrNoTextIsCut) {
  Question question;
  Exchange exchange{.method = "POST", .url = "http://x/", .sent = "\xff", .status = 200, .received = "r", .cut = true};
  question.text = std::string(Exchange::kMaxBytes + 5, 'a');
  auto json = turn_record(question, Error(Errc::timed_out, "late"), {exchange}, {});
  EXPECT_EQ(json.at("question").at("text").as_string().size(), Exchange::kMaxBytes);
  EXPECT_EQ(json.at("exchanges").at(0).at("cut"), true);
  EXPECT_NE(json.at("exchanges").at(0).at("sent"), "\xff");
  EXPECT_EQ(json.at("error").at("message"), "late");
}

}  // namespace
}  // namespace troupe::fleet::turns
