// Messages from device to device.
#include "homeserver/common/settings.h"
#include "homeserver/crypto/crypto_fixture.h"

namespace troupe::homeserver::crypto {
namespace {

using matrix::JsonObject;

class ToDeviceTest : public CryptoTest {
 protected:
  ToDeviceTest() : alice(sign_in("alice")), bob(sign_in("bob", "LAPTOP")) {}

  CryptoAnswer send(const std::string& token, const std::string& txn, JsonObject messages) {
    return put(token, "/sendToDevice/m.test/" + txn, {{"messages", std::move(messages)}});
  }
  CryptoAnswer send_text(const std::string& txn, std::string_view device, std::string_view text) {
    return send(alice, txn, {{user("bob"), {{device, {{"text", text}}}}}});
  }
  static std::vector<std::string> texts(const CryptoAnswer& answer) {
    std::vector<std::string> found;
    const auto events = answer.at("/to_device/events");
    if (!events.is_array()) return found;
    for (const auto& event : events.get_array()) {
      const auto* content = matrix::find_object(event.get_object(), "content");
      found.emplace_back(matrix::find_string(*content, "text").value_or("?"));
    }
    return found;
  }
  using Texts = std::vector<std::string>;

  std::string alice;
  std::string bob;
};

TEST_F(ToDeviceTest, ArrivesOnceItIsAskedForAndGoesWithTheNextToken) {
  const auto first = now(bob);
  EXPECT_EQ(send_text("1", "LAPTOP", "hello").status, 200);
  const auto seen = sync(bob, first);
  EXPECT_EQ(seen.at("/to_device/events/0"),
            (JsonObject{{"sender", user("alice")}, {"type", "m.test"}, {"content", {{"text", "hello"}}}}));
  EXPECT_EQ(texts(sync(bob, first)), Texts{"hello"}) << "the answer was lost: the same token again";
  const auto next = sync(bob, seen.string_at("/next_batch"));
  EXPECT_EQ(texts(next), Texts{});
  EXPECT_EQ(texts(sync(bob, first)), Texts{}) << "delivered and forgotten";
  EXPECT_EQ(texts(sync(bob)), Texts{});
}

TEST_F(ToDeviceTest, IsIdempotentByDeviceAndPath) {
  send_text("1", "LAPTOP", "first");
  EXPECT_EQ(send_text("1", "LAPTOP", "repeated").status, 200);
  EXPECT_EQ(
      put(alice, "/sendToDevice/m.other/1", {{"messages", {{user("bob"), {{"LAPTOP", {{"text", "other type"}}}}}}}})
          .status,
      200);
  const auto tablet = sign_in("alice", "TABLET");
  send(tablet, "1", {{user("bob"), {{"LAPTOP", {{"text", "other device"}}}}}});
  EXPECT_EQ(texts(sync(bob)), (Texts{"first", "other type", "other device"}));
  restart_all();
  EXPECT_EQ(send_text("1", "LAPTOP", "repeated after a restart").status, 200);
  EXPECT_EQ(texts(sync(bob)).size(), 3U);
}

TEST_F(ToDeviceTest, ReachesAllDevicesOrTheNamedOne) {
  const auto phone = sign_in("bob", "PHONE");
  send_text("1", "*", "to all");
  send_text("2", "PHONE", "to one");
  send(alice, "3", {{user("bob"), {{"*", {{"text", "most"}}}, {"PHONE", {{"text", "named"}}}}}});
  EXPECT_EQ(texts(sync(bob)), (Texts{"to all", "most"}));
  EXPECT_EQ(texts(sync(phone)), (Texts{"to all", "to one", "named"}));
  EXPECT_EQ(texts(sync(alice)), Texts{});
}

TEST_F(ToDeviceTest, PassesOverWhoIsNotHere) {
  EXPECT_EQ(send(alice, "1",
                 {{user("nobody"), {{"*", JsonObject()}}},
                  {"@eve:elsewhere.net", {{"X", JsonObject()}}},
                  {"no user id", {{"X", JsonObject()}}},
                  {user("bob"), {{"NONE", JsonObject()}}}})
                .status,
            200);
  EXPECT_EQ(texts(sync(bob)), Texts{});
}

TEST_F(ToDeviceTest, RefusesMalformedAndOversizedBodies) {
  const auto sent = [this](const std::string& body) {
    return start_call(alice, "PUT", "/sendToDevice/m.test/x", body).get();
  };
  EXPECT_EQ(sent("{}").errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(sent(R"({"messages":[]})").errcode(), "M_BAD_JSON");
  EXPECT_EQ(sent(R"({"messages":{"@bob:example.org":[]}})").errcode(), "M_BAD_JSON");
  EXPECT_EQ(sent(R"({"messages":{"@bob:example.org":{"LAPTOP":"text"}}})").errcode(), "M_BAD_JSON");
  EXPECT_EQ(send_text("big", "LAPTOP", std::string(70'000, 'x')).errcode(), "M_TOO_LARGE");
  JsonObject many;
  for (int i = 0; i < 5001; ++i) many["D" + std::to_string(i)] = JsonObject();
  EXPECT_EQ(send(alice, "many", {{user("bob"), many}}).status, 400);
  EXPECT_EQ(put(alice, "/sendToDevice/" + std::string(256, 't') + "/1", {{"messages", JsonObject()}}).status, 400);
  EXPECT_EQ(texts(sync(bob)), Texts{});
}

TEST_F(ToDeviceTest, WakesAWaitingSync) {
  const auto since = now(bob);
  auto waiting = start_call(bob, "GET", "/sync?timeout=20000&since=" + since, "");
  send_text("1", "LAPTOP", "wake up");
  ASSERT_EQ(waiting.wait_for(std::chrono::seconds(60)), std::future_status::ready);
  EXPECT_EQ(texts(waiting.get()), Texts{"wake up"});
}

TEST_F(ToDeviceTest, ComesInPiecesOfAHundredAndLosesNone) {
  for (int i = 0; i < 230; ++i) send_text(std::to_string(i), "LAPTOP", std::to_string(i));
  Texts all;
  std::string since;
  for (std::size_t expected : {100U, 100U, 30U}) {
    const auto piece = sync(bob, since);
    const auto found = texts(piece);
    EXPECT_EQ(found.size(), expected);
    if (expected == 100U && since.empty()) {
      EXPECT_EQ(texts(sync(bob, since)), found);
    }
    all.insert(all.end(), found.begin(), found.end());
    since = piece.string_at("/next_batch");
  }
  ASSERT_EQ(all.size(), 230U);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i], std::to_string(i));
  EXPECT_EQ(texts(sync(bob, since)), Texts{});
}

TEST_F(ToDeviceTest, TheSameRequestManyTimesAtOnceIsOneMessage) {
  const auto body = boost::json::serialize(JsonObject{{"messages", {{user("bob"), {{"LAPTOP", {{"text", "once"}}}}}}}});
  std::vector<std::future<CryptoAnswer>> tries;
  for (int i = 0; i < 40; ++i) tries.push_back(start_call(alice, "PUT", "/sendToDevice/m.test/same", body));
  for (auto& one : tries) EXPECT_EQ(one.get().status, 200);
  EXPECT_EQ(texts(sync(bob)), Texts{"once"});
}

TEST_F(ToDeviceTest, ManySendersAtOnceLoseAndDoubleNothing) {
  constexpr int kSenders = 6, kEach = 30;
  std::vector<std::string> senders;
  for (int i = 0; i < kSenders; ++i) senders.push_back(sign_in("sender" + std::to_string(i)));
  std::vector<std::future<CryptoAnswer>> sent;
  for (int number = 0; number < kEach; ++number) {
    for (int i = 0; i < kSenders; ++i) {
      const auto text = std::to_string(i) + "/" + std::to_string(number);
      const JsonObject messages{{user("bob"), {{"LAPTOP", {{"text", text}}}}}};
      sent.push_back(start_call(senders[static_cast<std::size_t>(i)], "PUT",
                                "/sendToDevice/m.test/" + std::to_string(number),
                                boost::json::serialize(JsonObject{{"messages", messages}})));
    }
  }
  // Meanwhile they are fetched, each answer confirmed by the next request. What was answered before the last look is
  // in it at the latest.
  Texts seen;
  std::string since;
  const auto look = [&] {
    const auto answer = sync(bob, since);
    const auto found = texts(answer);
    seen.insert(seen.end(), found.begin(), found.end());
    since = answer.string_at("/next_batch");
    return !found.empty();
  };
  for (auto& one : sent) {
    look();
    EXPECT_EQ(one.get().status, 200);
  }
  while (look()) {
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kSenders * kEach));
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), seen.size());
}

TEST_F(ToDeviceTest, SurvivesARestartButNotTheEndOfTheDevice) {
  send_text("1", "LAPTOP", "durable");
  restart_all();
  EXPECT_EQ(texts(sync(bob)), Texts{"durable"});
  post(bob, "/logout", JsonObject());
  bob = sign_in("bob", "LAPTOP");
  EXPECT_EQ(texts(sync(bob)), Texts{});
}

TEST_F(ToDeviceTest, EmptySyncsWriteNothing) {
  auto since = now(bob);
  since = sync(bob, since).string_at("/next_batch");  // the first one looks for what is left of earlier starts
  const auto before = server->db->head();
  for (int i = 0; i < 10; ++i) since = sync(bob, since).string_at("/next_batch");
  EXPECT_EQ(server->db->head(), before);
}

TEST_F(ToDeviceTest, OneRequestStoresEightMebibytesAtMost) {
  for (int i = 0; i < 149; ++i) {
    ASSERT_TRUE(server->run(crypto->devices.sign_in({.user_id = user("bob"),
                                                     .device_id = "D" + std::to_string(i),
                                                     .display_name = {},
                                                     .with_refresh_token = false,
                                                     .remote_address = {}})));
  }
  const auto refused = send_text("big", "*", std::string(60'000, 'x'));
  EXPECT_EQ(refused.status, 413) << refused.text.substr(0, 200);
  EXPECT_EQ(refused.errcode(), "M_TOO_LARGE");
  EXPECT_EQ(texts(sync(bob)), Texts{});
  EXPECT_EQ(send_text("small", "*", std::string(40'000, 'x')).status, 200);
  EXPECT_EQ(texts(sync(bob)).size(), 1U);
}

TEST_F(ToDeviceTest, AQueueThatNobodyFetchesKeepsTheNewest) {
  server->settings.edit<KeepSettings>().to_device_queue_bytes = 100'000;
  for (int i = 0; i < 30; ++i) {
    ASSERT_EQ(send_text(std::to_string(i), "LAPTOP", std::to_string(i) + std::string(9'900, 'x')).status, 200);
  }
  const auto waiting = texts(sync(bob));
  EXPECT_EQ(waiting.size(), 10U);
  EXPECT_TRUE(waiting.front().starts_with("20x")) << waiting.front().substr(0, 4);
  EXPECT_TRUE(waiting.back().starts_with("29x"));
  // What was delivered counts no more.
  sync(bob, now(bob));
  ASSERT_EQ(send_text("again", "LAPTOP", std::string(60'000, 'y')).status, 200);
  ASSERT_EQ(send_text("more", "LAPTOP", std::string(30'000, 'y')).status, 200);
  EXPECT_EQ(texts(sync(bob)).size(), 2U);
}

TEST_F(ToDeviceTest, AFloodPushesOutNobodyElsesMessages) {
  server->settings.edit<KeepSettings>().to_device_queue_bytes = 100'000;
  const auto carol = sign_in("carol");
  const auto dave = sign_in("dave");
  const auto from = [this](const std::string& token, const std::string& name, int number, std::size_t bytes) {
    const auto text = name + std::to_string(number) + std::string(bytes, 'x');
    ASSERT_EQ(send(token, name + std::to_string(number), {{user("bob"), {{"LAPTOP", {{"text", text}}}}}}).status, 200);
  };
  const auto of = [this](char name) {
    return std::ranges::count_if(texts(sync(bob)), [name](const std::string& text) { return text.front() == name; });
  };
  for (int i = 0; i < 3; ++i) from(carol, "c", i, 9'900);
  for (int i = 0; i < 30; ++i) from(alice, "a", i, 9'900);
  for (int i = 0; i < 2; ++i) from(dave, "d", i, 100);
  EXPECT_EQ(of('c'), 3) << "they came first";
  EXPECT_EQ(of('d'), 2);
  EXPECT_EQ(of('a'), 6) << "what is left";
  EXPECT_TRUE(texts(sync(bob)).at(3).starts_with("a24x")) << "of the flood the newest";
  // Who floods along gets no more than the others.
  for (int i = 3; i < 40; ++i) from(carol, "c", i, 9'900);
  EXPECT_EQ(of('c') + of('a'), 9);
  EXPECT_LE(std::abs(of('c') - of('a')), 1);
  EXPECT_EQ(of('d'), 2);
  // Nothing is left behind by what was fetched, and counting begins anew.
  sync(bob, now(bob));
  const auto rows = [this](std::string sql) {
    std::int64_t found = -1;
    EXPECT_TRUE(server->db->read_now([&](store::Connection& connection) -> Result<Unit> {
      found = store::value<std::int64_t>(connection.query(sql)).value_or(-1);
      return Unit{};
    }));
    return found;
  };
  EXPECT_EQ(rows("SELECT count(*) FROM hs_to_device_sender"), 0);
  EXPECT_EQ(rows("SELECT bytes FROM hs_to_device_queue WHERE device_id = 'LAPTOP'"), 0);
  from(carol, "c", 100, 9'900);
  post(bob, "/logout", JsonObject());
  EXPECT_EQ(rows("SELECT count(*) FROM hs_to_device_sender"), 0);
}

TEST_F(ToDeviceTest, WhatNobodyFetchesForLongIsForgotten) {
  send_text("1", "LAPTOP", "old");
  const auto age = [this](std::int64_t days) {
    ASSERT_TRUE(server->db->write_now([&](store::Tx& tx) -> Result<Unit> {
      tx.run("UPDATE hs_to_device SET made_ms = made_ms - ?1", days * 24 * 3600 * 1000);
      return Unit{};
    }));
  };
  age(29);
  send_text("2", "LAPTOP", "new");
  ASSERT_TRUE(server->run(crypto->to_device.forget_old(server->clock.unix_ms())));
  EXPECT_EQ(texts(sync(bob)), (Texts{"old", "new"}));
  age(2);
  ASSERT_TRUE(server->run(crypto->to_device.forget_old(server->clock.unix_ms())));
  EXPECT_EQ(texts(sync(bob)), Texts{"new"});
  age(40);
  ASSERT_TRUE(server->run(crypto->to_device.forget_old(server->clock.unix_ms())));
  std::int64_t senders = -1;
  ASSERT_TRUE(server->db->read_now([&](store::Connection& connection) -> Result<Unit> {
    senders = store::number(connection.query("SELECT count(*) FROM hs_to_device_sender"));
    return Unit{};
  }));
  EXPECT_EQ(senders, 0);
}

}  // namespace
}  // namespace troupe::homeserver::crypto
