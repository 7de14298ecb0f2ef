// Events that are sent later: asked for, stopped, let wait anew, sent once.
#include <gtest/gtest.h>

#include "homeserver/admin_person_fixture.h"
#include "homeserver/common/settings.h"
#include "homeserver/delayed/delayed_events.h"
#include "homeserver/rooms/room_fixture.h"
#include "kit/clocks.h"

namespace troupe::homeserver::delayed {
namespace {

using matrix::Json;
using matrix::JsonObject;

constexpr std::string_view kEvents = "/_matrix/client/unstable/org.matrix.msc4140/delayed_events";
constexpr std::string_view kCall = "org.matrix.msc3401.call.member";
constexpr std::string_view kAnnasCall = "_@anna:example.org_PHONE_m.call";

class DelayedTest : public testing::Test {
 protected:
  DelayedTest() : anna_(server_.person("anna")), room_(make_room(anna_)) {}

  std::string make_room(const std::string& token) {
    const JsonObject levels{{"events", {{kCall, 0}}}};
    return server_
        .call(token, "POST", "/createRoom",
              JsonObject{{"preset", "public_chat"}, {"power_level_content_override", levels}})
        .string_at("/room_id");
  }
  WholeAnswer say_later(const std::string& token, const std::string& delay, const std::string& body = "late",
                        const std::string& txn = {}) {
    return server_.call(token, "PUT",
                        "/rooms/" + room_ + "/send/m.room.message/" + (txn.empty() ? std::to_string(++txn_) : txn) +
                            "?org.matrix.msc4140.delay=" + delay,
                        JsonObject{{"msgtype", "m.text"}, {"body", body}});
  }
  std::string must_say_later(const std::string& token, const std::string& delay, const std::string& body = "late") {
    const auto answer = say_later(token, delay, body);
    EXPECT_EQ(answer.status, 200) << answer.text;
    return answer.string_at("/delay_id");
  }
  std::string set_later(const std::string& token, const std::string& delay, const JsonObject& content,
                        std::string_view key = kAnnasCall) {
    const auto answer = server_.call(token, "PUT", state_path(key) + "?org.matrix.msc4140.delay=" + delay, content);
    EXPECT_EQ(answer.status, 200) << answer.text;
    return answer.string_at("/delay_id");
  }
  std::string state_path(std::string_view key = kAnnasCall) const {
    return "/rooms/" + room_ + "/state/" + std::string(kCall) + "/" + std::string(key);
  }
  WholeAnswer act(const std::string& id, const std::string& action, const std::string& token = {}) {
    return server_.call(token, "POST", std::string(kEvents) + "/" + id + "/" + action);
  }
  WholeAnswer list(const std::string& token, const std::string& query = {}) {
    return server_.call(token, "GET", std::string(kEvents) + query);
  }
  WholeAnswer show(const std::string& token, const std::string& id) { return list(token, "/" + id); }
  /// So much later, and what is due by then is sent.
  void pass(std::int64_t ms) {
    clock_.passed_ms += ms;
    server_.run_job("homeserver.delayed");
  }
  /// Texts in the room, the oldest first.
  std::vector<std::string> said() {
    std::vector<std::string> texts;
    for (std::string from;;) {
      const auto page = server_.call(anna_, "GET", "/rooms/" + room_ + "/messages?dir=f&limit=100" + from);
      for (const auto& event : page.at("/chunk").as_array()) {
        if (event.at("type") == "m.room.message") texts.emplace_back(event.at("content").at("body").as_string());
      }
      if (page.string_at("/end").empty()) break;
      from = "&from=" + page.string_at("/end");
    }
    return texts;
  }

  kit::ShiftedClock clock_;
  WholeServer server_{clock_};
  std::string anna_;
  std::string room_;
  int txn_ = 0;
};

using Texts = std::vector<std::string>;

TEST_F(DelayedTest, AMessageIsSentWhenItsTimeHasCome) {
  const auto id = must_say_later(anna_, "10000000", "later");
  EXPECT_GE(id.size(), 40U) << "as hard to guess as a token";
  pass(9'000'000);
  EXPECT_EQ(said(), Texts{});
  const auto waiting = list(anna_);
  EXPECT_EQ(waiting.string_at("/scheduled/0/delay_id"), id) << waiting.text;
  EXPECT_EQ(waiting.at("/delayed_events"), waiting.at("/scheduled"));
  EXPECT_EQ(waiting.string_at("/scheduled/0/room_id"), room_);
  EXPECT_EQ(waiting.string_at("/scheduled/0/type"), "m.room.message");
  EXPECT_EQ(waiting.string_at("/scheduled/0/content/body"), "later");
  EXPECT_EQ(waiting.at("/scheduled/0/delay"), 10'000'000);
  EXPECT_EQ(waiting.at("/scheduled/0/delay_ms"), 10'000'000);
  EXPECT_GT(waiting.at("/scheduled/0/running_since").as_int64(), 0);
  EXPECT_TRUE(waiting.at("/scheduled/0/state_key").is_null());
  EXPECT_EQ(waiting.at("/finalised").as_array().size(), 0U);
  EXPECT_TRUE(show(anna_, id).at("/finalised").is_null());
  pass(1'500'000);
  EXPECT_EQ(said(), Texts{"later"});
  pass(60'000);
  EXPECT_EQ(said(), Texts{"later"}) << "once";
  const auto done = show(anna_, id);
  const auto event = server_.call(anna_, "GET", "/rooms/" + room_ + "/event/" + done.string_at("/finalised/event_id"));
  EXPECT_EQ(event.string_at("/content/body"), "later");
  EXPECT_EQ(event.string_at("/sender"), "@anna:example.org");
  const auto ended = list(anna_, "?status=finalised");
  EXPECT_TRUE(ended.at("/scheduled").is_null());
  EXPECT_EQ(ended.string_at("/finalised/0/delayed_event/delay_id"), id);
  EXPECT_EQ(ended.string_at("/finalised/0/outcome"), "send");
  EXPECT_EQ(ended.string_at("/finalised/0/reason"), "delay");
}

TEST_F(DelayedTest, AHangUpWaitsAsLongAsItIsRestarted) {
  ASSERT_EQ(server_.call(anna_, "PUT", state_path(), JsonObject{{"call_id", ""}}).status, 200);
  const auto id = set_later(anna_, "8000000", {});
  for (int beat = 0; beat < 5; ++beat) {
    pass(5'000'000);
    ASSERT_EQ(act(id, "restart").text, "{}") << "without a token";
  }
  EXPECT_EQ(server_.call(anna_, "GET", state_path()).text, R"({"call_id":""})");
  pass(8'500'000);
  EXPECT_EQ(server_.call(anna_, "GET", state_path()).text, "{}");
  EXPECT_EQ(act(id, "restart").string_at("/errcode"), "M_NOT_FOUND") << "by which a client knows that it is out";
  EXPECT_EQ(act(id, "cancel").status, 404);
  EXPECT_EQ(act(id, "send").status, 200) << "a repeated request";
}

TEST_F(DelayedTest, WhoeverHasTheIdCancelsOrSends) {
  const auto bert = server_.person("bert");
  const auto one = must_say_later(anna_, "5000", "one"), two = must_say_later(anna_, "5000", "two");
  EXPECT_EQ(act(one, "cancel", bert).text, "{}");
  EXPECT_EQ(act(one, "cancel").text, "{}") << "again";
  EXPECT_EQ(act(one, "send").status, 404);
  EXPECT_EQ(act(one, "restart").status, 404);
  EXPECT_EQ(act(two, "send").text, "{}");
  EXPECT_EQ(said(), Texts{"two"});
  EXPECT_EQ(act(two, "send").text, "{}");
  pass(10'000);
  EXPECT_EQ(said(), Texts{"two"});
  const auto ended = list(anna_);
  EXPECT_EQ(ended.string_at("/finalised/0/reason"), "action");
  EXPECT_EQ(ended.at("/finalised").as_array().size(), 2U);
  EXPECT_EQ(list(bert).at("/finalised").as_array().size(), 0U);
  EXPECT_EQ(show(bert, two).status, 404);
  EXPECT_EQ(list("").status, 401);
  EXPECT_EQ(show("", two).status, 401);
}

TEST_F(DelayedTest, TheOlderFormNamesTheActionInItsBody) {
  const auto id = must_say_later(anna_, "5000");
  const auto path = std::string(kEvents) + "/" + id;
  EXPECT_EQ(server_.call(anna_, "POST", path).string_at("/errcode"), "M_NOT_JSON");
  EXPECT_EQ(server_.call(anna_, "POST", path, JsonObject()).string_at("/errcode"), "M_MISSING_PARAM");
  EXPECT_EQ(server_.call(anna_, "POST", path, JsonObject{{"action", "oops"}}).string_at("/errcode"), "M_INVALID_PARAM");
  EXPECT_EQ(server_.call(anna_, "POST", path, JsonObject{{"action", 1}}).string_at("/errcode"), "M_BAD_JSON");
  EXPECT_EQ(server_.call(anna_, "POST", path, JsonObject{{"action", "restart"}}).text, "{}");
  EXPECT_EQ(server_.call("", "POST", path, JsonObject{{"action", "cancel"}}).text, "{}");
  EXPECT_EQ(server_.call(anna_, "POST", std::string(kEvents) + "/nobody", JsonObject{{"action", "cancel"}}).status,
            404);
  EXPECT_EQ(act("nobody", "send").string_at("/errcode"), "M_NOT_FOUND");
}

TEST_F(DelayedTest, TheAcceptedFormHasAnEndpointOfItsOwn) {
  const auto put = [&](const std::string& type, const std::string& txn, const JsonObject& body) {
    return server_.call(
        anna_, "PUT",
        "/_matrix/client/unstable/org.matrix.msc4140/rooms/" + room_ + "/delayed_event/" + type + "/" + txn, body);
  };
  const JsonObject text{{"body", "x"}};
  const auto first = put("m.room.message", "t", {{"delay_ms", 1000}, {"content", text}});
  ASSERT_EQ(first.status, 200) << first.text;
  EXPECT_EQ(put("m.room.message", "t", {{"delay_ms", 1000}, {"content", text}}).text, first.text);
  ASSERT_EQ(put(std::string(kCall), "u", {{"delay", 1000}, {"state_key", kAnnasCall}, {"content", text}}).status, 200);
  EXPECT_EQ(put("m.room.message", "v", {{"content", text}}).string_at("/errcode"), "M_MISSING_PARAM");
  EXPECT_EQ(put("m.room.message", "w", {{"delay_ms", 0}, {"content", text}}).status, 400);
  EXPECT_EQ(put("m.room.message", "x", {{"delay_ms", 5}}).status, 400);
  pass(1'000);
  EXPECT_EQ(said(), Texts{"x"});
  EXPECT_EQ(server_.call(anna_, "GET", state_path()).text, R"({"body":"x"})");
}

TEST_F(DelayedTest, TheSameRequestIsOneEvent) {
  const auto first = say_later(anna_, "1000", "a", "same"), again = say_later(anna_, "1000", "a", "same");
  EXPECT_EQ(first.text, again.text);
  pass(1'000);
  EXPECT_EQ(said(), Texts{"a"});
  EXPECT_EQ(say_later(anna_, "1000", "a", "same").text, first.text) << "also afterwards";
}

TEST_F(DelayedTest, TheRulesAreAskedWhenItIsSent) {
  const auto bert = server_.person("bert");
  const auto early = must_say_later(bert, "1000", "before he was in");
  ASSERT_EQ(server_.call(bert, "POST", "/join/" + room_).status, 200);
  pass(1'000);
  EXPECT_EQ(said(), Texts{"before he was in"});
  const auto late = must_say_later(bert, "1000", "after he left");
  ASSERT_EQ(server_.call(bert, "POST", "/rooms/" + room_ + "/leave").status, 200);
  pass(1'000);
  EXPECT_EQ(said().size(), 1U);
  EXPECT_EQ(show(bert, early).string_at("/finalised/error/errcode"), "");
  const auto failed = show(bert, late);
  EXPECT_EQ(failed.string_at("/finalised/error/errcode"), "M_FORBIDDEN") << failed.text;
  EXPECT_FALSE(failed.string_at("/finalised/error/error").empty());
  EXPECT_EQ(list(bert).string_at("/finalised/0/outcome"), "cancel");
  EXPECT_EQ(list(bert).string_at("/finalised/0/reason"), "error");
  const auto again = act(late, "send");
  EXPECT_EQ(again.status, 403);
  EXPECT_EQ(again.string_at("/errcode"), "M_FORBIDDEN");
  EXPECT_EQ(act(late, "cancel").status, 200);
  EXPECT_EQ(act(late, "restart").status, 404);
  const auto now = must_say_later(bert, "1000");
  EXPECT_EQ(act(now, "send").string_at("/errcode"), "M_FORBIDDEN") << "the one who says so hears why not";
  EXPECT_EQ(show(bert, now).string_at("/finalised/error/errcode"), "M_FORBIDDEN");
}

TEST_F(DelayedTest, ARedactionMayWait) {
  const auto event = server_.call(anna_, "PUT", "/rooms/" + room_ + "/send/m.room.message/r",
                                  JsonObject{{"msgtype", "m.text"}, {"body", "in ink that fades"}});
  ASSERT_EQ(
      server_
          .call(anna_, "PUT",
                "/rooms/" + room_ + "/redact/" + event.string_at("/event_id") + "/x?org.matrix.msc4140.delay=1000",
                JsonObject())
          .status,
      200);
  const auto path = "/rooms/" + room_ + "/event/" + event.string_at("/event_id");
  EXPECT_EQ(server_.call(anna_, "GET", path).string_at("/content/body"), "in ink that fades");
  pass(1'000);
  EXPECT_EQ(server_.call(anna_, "GET", path).string_at("/content/body"), "");
}

TEST_F(DelayedTest, StateThatSomebodyElseHasSetIsNotUndone) {
  const auto bert = server_.person("bert");
  ASSERT_EQ(server_.call(bert, "POST", "/join/" + room_).status, 200);
  const auto id = set_later(anna_, "1000", {{"by", "anna"}}, "shared");
  ASSERT_EQ(server_.call(anna_, "PUT", state_path("shared"), JsonObject{{"by", "anna, first"}}).status, 200);
  EXPECT_EQ(list(anna_).at("/scheduled").as_array().size(), 1U) << "one's own change is no other's";
  ASSERT_EQ(server_.call(bert, "PUT", state_path("shared"), JsonObject{{"by", "bert"}}).status, 200);
  EXPECT_EQ(list(anna_).at("/scheduled").as_array().size(), 0U);
  EXPECT_EQ(act(id, "restart").status, 404);
  EXPECT_EQ(act(id, "send").status, 404);
  pass(1'000);
  EXPECT_EQ(server_.call(anna_, "GET", state_path("shared")).text, R"({"by":"bert"})");
  EXPECT_EQ(list(anna_).string_at("/finalised/0/outcome"), "cancel");
}

TEST_F(DelayedTest, WhatCannotWaitIsRefusedAndNotSentAtOnce) {
  for (const auto* bad : {"", "0", "-5", "1.5", "soon", "99999999999999999999"}) {
    EXPECT_EQ(say_later(anna_, bad).string_at("/errcode"), "M_INVALID_PARAM") << bad;
  }
  const auto far = say_later(anna_, "86400001");
  EXPECT_EQ(far.status, 400);
  EXPECT_EQ(far.string_at("/org.matrix.msc4140.errcode"), "M_MAX_DELAY_EXCEEDED");
  EXPECT_EQ(far.at("/org.matrix.msc4140.max_delay"), 86'400'000);
  EXPECT_EQ(say_later(anna_, "5&org.matrix.msc4140.parent_delay_id=x").status, 400);
  EXPECT_EQ(say_later(anna_, "5", std::string(70'000, 'x')).string_at("/errcode"), "M_TOO_LARGE");
  EXPECT_EQ(server_.call(anna_, "PUT", "/rooms/nowhere/send/m.room.message/q?org.matrix.msc4140.delay=5", JsonObject())
                .status,
            400);
  server_.settings.edit<RtcSettings>().max_delay_s = 0;
  EXPECT_EQ(say_later(anna_, "5").string_at("/errcode"), "M_FORBIDDEN");
  pass(60'000);
  EXPECT_EQ(said(), Texts{});
}

TEST_F(DelayedTest, AnAccountHasAHundredAndSeesThemByPages) {
  for (int i = 0; i < DelayedEvents::kMaxScheduled; ++i) must_say_later(anna_, "80000000");
  const auto more = say_later(anna_, "80000000");
  EXPECT_EQ(more.status, 429) << more.text;
  EXPECT_EQ(more.string_at("/errcode"), "M_LIMIT_EXCEEDED");
  EXPECT_GT(more.at("/retry_after_ms").as_int64(), 0);
  const auto bert = server_.person("bert");
  EXPECT_EQ(say_later(bert, "20000").status, 200) << "others have their own";
  pass(86'000'000);
  EXPECT_EQ(said().size(), 100U);
  auto page = list(anna_, "?status=finalised");
  EXPECT_EQ(page.at("/finalised").as_array().size(), 50U);
  const auto rest = list(anna_, "?from=" + page.string_at("/next_batch"));
  EXPECT_EQ(rest.at("/finalised").as_array().size(), 50U);
  EXPECT_TRUE(rest.at("/next_batch").is_null());
  EXPECT_NE(page.at("/finalised/49"), rest.at("/finalised/0"));
  const auto id = page.string_at("/finalised/3/delayed_event/delay_id");
  EXPECT_EQ(list(anna_, "?delay_id=" + id + "&delay_id=nobody").at("/finalised").as_array().size(), 1U);
  for (const auto* bad : {"?from=x", "?from=_", "?from=1x_y"})
    EXPECT_EQ(list(anna_, bad).string_at("/errcode"), "M_INVALID_PARAM") << bad;
  EXPECT_EQ(list(anna_, "?status=gone").string_at("/errcode"), "M_UNKNOWN");
}

TEST_F(DelayedTest, WhoMayNotSendAnyMoreSendsNothingLater) {
  const auto rosa = admin_person(server_);
  const auto fails_with = [&](const std::string& who, const std::string& code, const auto& change) {
    const auto token = server_.person(who);
    ASSERT_EQ(server_.call(token, "POST", "/join/" + room_).status, 200);
    const auto id = must_say_later(token, "1000", who);
    change(token, "@" + who + ":example.org");
    clock_.passed_ms += 1'000;
    const auto sent = act(id, "send");
    EXPECT_EQ(sent.string_at("/errcode"), code) << who << sent.text;
    server_.run_job("homeserver.delayed");
  };
  const auto as_admin = [&](const std::string& path, const JsonObject& body) {
    const auto done = server_.call(rosa, "PUT", "/_matrix/client/v1/admin/" + path, body);
    EXPECT_EQ(done.status, 200) << done.text;
  };
  fails_with("locked", "M_USER_LOCKED",
             [&](const auto&, const std::string& id) { as_admin("lock/" + id, {{"locked", true}}); });
  fails_with("suspended", "M_USER_SUSPENDED",
             [&](const auto&, const std::string& id) { as_admin("suspend/" + id, {{"suspended", true}}); });
  fails_with("out", "M_UNKNOWN_TOKEN", [&](const std::string& token, const auto&) {
    EXPECT_EQ(server_.call(token, "POST", "/logout").status, 200);
  });
  fails_with("gone", "M_NOT_FOUND", [&](const auto&, const std::string& id) {
    EXPECT_EQ(server_.call(rosa, "POST", "/_synapse/admin/v1/deactivate/" + id, JsonObject()).status, 200);
  });
  EXPECT_EQ(said(), Texts{});
}

TEST_F(DelayedTest, ACallStillEndsWhenItsDeviceIsSignedOut) {
  ASSERT_EQ(server_.call(anna_, "PUT", state_path(), JsonObject{{"call_id", ""}}).status, 200);
  set_later(anna_, "1000", {});
  const auto bert = server_.person("bert");
  ASSERT_EQ(server_.call(bert, "POST", "/join/" + room_).status, 200);
  ASSERT_EQ(server_.call(anna_, "POST", "/logout").status, 200);
  pass(1'000);
  EXPECT_EQ(server_.call(bert, "GET", state_path()).text, "{}");
}

TEST_F(DelayedTest, WhatADevicePlannedGoesWithIt) {
  auto& accounts = server_.context->get<matrix::Accounts>();
  server_.person("bert");
  const auto sign_in = [&] {
    return server_.wait(accounts.issue_token("@bert:example.org", "DESK")).value().access_token;
  };
  const auto stolen = sign_in();
  ASSERT_EQ(server_.call(stolen, "POST", "/join/" + room_).status, 200);
  const auto text = must_say_later(stolen, "1000");
  const auto part = set_later(stolen, "1000", {}, "_@bert:example.org_DESK_m.call");
  const auto undone = server_.call(
      stolen, "PUT", "/rooms/" + room_ + "/state/m.room.topic?org.matrix.msc4140.delay=1000", JsonObject());
  ASSERT_EQ(undone.status, 200) << undone.text;
  ASSERT_EQ(server_.call(stolen, "POST", "/logout/all").status, 200);
  const auto again = sign_in();
  EXPECT_EQ(show(again, text).string_at("/finalised/error/errcode"), "M_UNKNOWN_TOKEN") << "of the same id, but new";
  EXPECT_EQ(show(again, undone.string_at("/delay_id")).string_at("/finalised/error/errcode"), "M_UNKNOWN_TOKEN");
  EXPECT_TRUE(show(again, part).at("/finalised").is_null()) << "but a call still ends";
  EXPECT_EQ(act(text, "send").string_at("/errcode"), "M_UNKNOWN_TOKEN");
  pass(1'000);
  EXPECT_EQ(said(), Texts{});
  EXPECT_FALSE(show(again, part).string_at("/finalised/event_id").empty());
}

TEST_F(DelayedTest, ATokenWithoutADeviceSendsNothingLater) {
  const auto rosa = admin_person(server_);
  const auto as_anna = server_.call(rosa, "POST", "/_synapse/admin/v1/users/@anna:example.org/login", JsonObject());
  ASSERT_EQ(as_anna.status, 200) << as_anna.text;
  const auto token = as_anna.string_at("/access_token");
  EXPECT_EQ(say_later(token, "1000").string_at("/errcode"), "M_FORBIDDEN");
  const auto own = server_.call(
      token, "PUT", "/_matrix/client/unstable/org.matrix.msc4140/rooms/" + room_ + "/delayed_event/m.room.message/t",
      JsonObject{{"delay_ms", 1000}, {"content", JsonObject()}});
  EXPECT_EQ(own.string_at("/errcode"), "M_FORBIDDEN");
}

TEST_F(DelayedTest, WhatEndedIsForgottenInAWeek) {
  const auto id = must_say_later(anna_, "1000"), waits = must_say_later(anna_, "86400000");
  pass(1'000);
  EXPECT_EQ(show(anna_, id).status, 200);
  const auto sweep = [&] { server_.run_job("homeserver.ended_delayed"); };
  sweep();
  EXPECT_EQ(show(anna_, id).status, 200);
  ASSERT_TRUE(server_.db->write_now([&](store::Tx& tx) -> Result<Unit> {
    tx.run("UPDATE hs_delayed SET ended_ms = ended_ms - 700000000 WHERE state <> 0");
    return Unit{};
  }));
  sweep();
  EXPECT_EQ(show(anna_, id).status, 404);
  EXPECT_EQ(show(anna_, waits).status, 200);
}

TEST_F(DelayedTest, VersionsSaySo) {
  EXPECT_EQ(server_.call({}, "GET", "/_matrix/client/versions").at("/unstable_features/org.matrix.msc4140"), true);
}

/// Several that send, as several processes do, over the same rows.
class DelayedOnceTest : public rooms::RoomTest {
 protected:
  std::unique_ptr<DelayedEvents> sender() {
    return std::make_unique<DelayedEvents>(DelayedEvents::Parts{.db = *server->db,
                                                                .rooms = *server->rooms,
                                                                .service = *server->service,
                                                                .settings = server->settings,
                                                                .clock = clock_});
  }
  void make_account(std::string_view name) {
    ASSERT_TRUE(server->db->write_now([&](store::Tx& tx) -> Result<Unit> {
      tx.run("INSERT INTO hs_account (user_id, localpart, created_ms) VALUES (?1, ?2, 0)", user(name), name);
      return Unit{};
    }));
  }
  std::string schedule(DelayedEvents& events, const std::string& room, const std::string& text) {
    rooms::LaterEvent event{.user_id = user("anna"),
                            .room_id = room,
                            .type = "m.room.message",
                            .content = {{"body", text}},
                            .delay_ms = 1000,
                            .by_service = true};
    return server->run(events.schedule(std::move(event))).value();
  }
  std::int64_t messages(const std::string& room) {
    const auto all = story(room);
    return std::ranges::count(all, "m.room.message");
  }
  kit::ShiftedClock clock_;
};

TEST_F(DelayedOnceTest, ManyWhoTrySendItOnce) {
  make_account("anna");
  const auto room = public_room("anna");
  const auto one = sender(), two = sender();
  constexpr int kEventsDue = 40;
  std::vector<std::string> ids;
  for (int i = 0; i < kEventsDue; ++i) ids.push_back(schedule(*one, room, std::to_string(i)));
  clock_.passed_ms += 1000;
  std::vector<std::future<Result<Unit>>> tries;
  for (auto* events : {one.get(), two.get(), one.get()})
    tries.push_back(asio::co_spawn(server->io, events->send_due(), asio::use_future));
  for (const auto& id : ids) tries.push_back(asio::co_spawn(server->io, two->act(id, Action::send), asio::use_future));
  for (auto& done : tries) {
    const auto result = done.get();
    if (!result) EXPECT_EQ(result.error().code(), Errc::not_found) << result.error().message();
  }
  EXPECT_EQ(messages(room), kEventsDue);
}

TEST_F(DelayedOnceTest, WhatIsNotThereCostsNoWrite) {
  faults.arm(0, store::FaultPlan::Kind::io_error, 1'000'000);
  for (const auto action : {Action::cancel, Action::restart, Action::send}) {
    const auto done = server->run(sender()->act("nobody", action));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code(), Errc::not_found);
  }
  EXPECT_FALSE(faults.happened());
  faults.disarm();
}

TEST_F(DelayedOnceTest, AStopBetweenForgetsNothing) {
  make_account("anna");
  const auto room = public_room("anna");
  const auto sent = schedule(*sender(), room, "sent before");
  schedule(*sender(), room, "sent after");
  ASSERT_TRUE(server->run(sender()->act(sent, Action::send)));
  restart();
  clock_.passed_ms += 5000;
  ASSERT_TRUE(server->run(sender()->send_due()));
  EXPECT_EQ(messages(room), 2);
  restart();
  ASSERT_TRUE(server->run(sender()->send_due()));
  EXPECT_EQ(messages(room), 2);
}

TEST_F(DelayedOnceTest, ACommitThatFailsIsTriedAgain) {
  make_account("anna");
  const auto room = public_room("anna");
  const auto events = sender();
  schedule(*events, room, "in spite of all");
  clock_.passed_ms += 1000;
  faults.arm(0, store::FaultPlan::Kind::io_error, 20);
  (void)server->run(events->send_due());
  EXPECT_TRUE(faults.happened());
  EXPECT_EQ(messages(room), 0);
  faults.disarm();
  const auto until = std::chrono::steady_clock::now() + kit::kPatience;
  while (messages(room) == 0 && std::chrono::steady_clock::now() < until) {
    clock_.passed_ms += std::chrono::milliseconds(DelayedEvents::kRetry).count();
    (void)server->run(events->send_due());
  }
  (void)server->run(events->send_due());
  EXPECT_EQ(messages(room), 1);
}

}  // namespace
}  // namespace troupe::homeserver::delayed
