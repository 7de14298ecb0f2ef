// From an event to a gateway: what is sent, what is not, and what is left after a failure or a restart.
#include "homeserver/push/push_service.h"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include "homeserver/account_data/pusher_store.h"
#include "homeserver/sync/sync_fixture.h"
#include "host/age_clock.h"
#include "host/migrations.gen.h"
#include "kit/clocks.h"

namespace troupe::homeserver::push {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

/// Stands in for push gateways.
class StandIn final : public net::client::HttpClient {
 public:
  Task<net::client::ClientResponse> send(net::client::ClientRequest request) override {
    const base::Lock lock(mutex_);
    EXPECT_EQ(request.trust, net::client::Trust::untrusted);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.max_redirects, 0);
    bodies_.push_back(boost::json::parse(request.body).at("notification"));
    if (away_) co_return Error(Errc::unavailable, "nobody there");
    co_return net::client::ClientResponse{.status = status_, .headers = {}, .body = answer_};
  }
  Task<net::client::ClientResponse> stream_events(net::client::ClientRequest,
                                                  std::function<bool(const net::client::ServerSentEvent&)>) override {
    co_return Error(Errc::unavailable, "no stream");
  }
  void answer(int status, std::string body = "{}") {
    const base::Lock lock(mutex_);
    status_ = status;
    answer_ = std::move(body);
    away_ = status == 0;
  }
  /// What came since the last call.
  std::vector<matrix::Json> take() {
    const base::Lock lock(mutex_);
    return std::exchange(bodies_, {});
  }

 private:
  base::Mutex mutex_;
  std::vector<matrix::Json> bodies_ GUARDED_BY(mutex_);
  int status_ GUARDED_BY(mutex_) = 200;
  std::string answer_ GUARDED_BY(mutex_) = "{}";
  bool away_ GUARDED_BY(mutex_) = false;
};

class PushServiceTest : public sync::SyncTest {
 protected:
  struct Made {
    Made(rooms::RoomServer& server, sync::ReadServer& readers, net::client::HttpClient& http, const base::Clock& clock)
        : ages(*server.db, clock, std::nullopt),
          look(*server.db, *server.rooms, readers.account_data, clock),
          unread(*server.db, readers.sync,
                 {readers.receipts, readers.unread, readers.typing, readers.account_data, readers.presence_feed}),
          service({.look = look,
                   .db = *server.db,
                   .rooms = *server.rooms,
                   .receipts = readers.receipts,
                   .unread = unread,
                   .http = http,
                   .own_gateway = nullptr,
                   .metrics = server.metrics,
                   .clock = clock,
                   .ages = ages,
                   .home = server.io.get_executor()}) {}
    host::AgeClock ages;
    PushLook look;
    UnreadTotal unread;
    PushService service;
  };

  PushServiceTest() {
    store::migrate(*server->db, "host", host::migrations()).value();
    start_pushes();
    on_home(made_->look.begin());
  }
  void start_pushes(net::client::HttpClient* http = nullptr) {
    made_ = std::make_unique<Made>(*server, *readers, http ? *http : gateway_, stepping_);
  }
  /// As after a kill -9: what is in memory is gone.
  void start_again() {
    made_.reset();
    restart_all();
    start_pushes();
  }
  template <class T>
  T on_home(Task<T> task) {
    return boost::asio::co_spawn(server->io, std::move(task), boost::asio::use_future).get().value();
  }
  void round() {
    auto work = [this]() -> Task<Unit> { co_return co_await made_->service.round(); };
    on_home(work());
  }
  bool idle() {
    auto work = [this]() -> Task<bool> { co_return made_->service.idle(); };
    return on_home(work());
  }
  /// Looks, and sends what is due.
  std::vector<matrix::Json> push() {
    round();
    for (int i = 0; i < 60'000 && !idle(); ++i) std::this_thread::sleep_for(1ms);
    EXPECT_TRUE(idle());
    return gateway_.take();
  }
  /// Bodies of the events, or "unread N" for counts alone.
  static std::vector<std::string> digest_of(const std::vector<matrix::Json>& pushes) {
    std::vector<std::string> found;
    for (const auto& push : pushes) {
      const auto& object = push.get_object();
      if (!object.contains("event_id")) {
        found.push_back("unread " + boost::json::serialize(push.at("counts").at("unread")));
      } else if (const auto* body = push.at("content").get_object().if_contains("body")) {
        found.push_back(sync::ReadAnswer::text_of(*body));
      } else {
        found.push_back(sync::ReadAnswer::text_of(push.at("type")));
      }
    }
    return found;
  }
  std::vector<std::string> pushed() { return digest_of(push()); }

  void add_pusher(std::string_view who, std::string pushkey = "key", std::string more = "") {
    account_data::PusherRow row;
    row.user_id = user(who);
    row.app_id = "app";
    row.pushkey = std::move(pushkey);
    row.device_id = "PHONE";
    row.made_ms = 1'000;
    row.json = R"({"data":{"url":"https://push.example.org/_matrix/push/v1/notify")" + more + "}}";
    ASSERT_TRUE(server->db->write_now([&](store::Tx& tx) -> Result<Unit> {
      account_data::pusher_store::put(tx, row);
      return Unit{};
    }));
  }
  std::vector<account_data::PusherRow> pushers_of(std::string_view who) {
    return *server->read([&](store::Connection& connection) -> Result<std::vector<account_data::PusherRow>> {
      return account_data::pusher_store::pushers(connection, user(who));
    });
  }
  std::size_t waiting() {
    return static_cast<std::size_t>(*server->read([](store::Connection& connection) -> Result<std::int64_t> {
      return store::number(connection.query("SELECT COUNT(*) FROM hs_push"));
    }));
  }
  std::string send_id(std::string_view who, const std::string& room, std::string text) {
    return send(who, room, std::move(text)).value().event_id;
  }
  void read(std::string_view who, const std::string& room, const std::string& event) {
    ASSERT_EQ(call(who, "POST", "/rooms/" + room + "/receipt/m.read.private/" + event, "{}").status, 200);
  }
  /// A room of three, where bob has a pusher.
  std::string room_with_pusher() {
    auto room = public_room("alice");
    EXPECT_TRUE(join("bob", room));
    EXPECT_TRUE(join("carol", room));
    add_pusher("bob");
    return room;
  }

  /// Into a new room; what is pushed of it is over.
  void invite_bob(const std::string& who) {
    rooms::CreateRoom request;
    request.invite = {user("bob")};
    must_create(who, std::move(request));
    push();
  }
  void keep_for_bob(const std::string& type, const std::string& content) {
    EXPECT_EQ(call("bob", "PUT", "/user/" + user("bob") + "/account_data/" + type, content).status, 200);
  }
  /// The count that comes with the push of a message; -1: it is not pushed alone.
  std::int64_t unread_with_tea(const std::string& room) {
    send_id("alice", room, "tea?");
    const auto pushes = push();
    EXPECT_THAT(digest_of(pushes), ElementsAre("tea?"));
    return pushes.size() == 1 ? pushes[0].at("counts").at("unread").as_int64() : -1;
  }

  sync::SharedClock clock_;
  kit::ShiftedClock stepping_{clock_};
  StandIn gateway_;
  std::unique_ptr<Made> made_;
};

TEST_F(PushServiceTest, AMessageIsPushedOnceWithTheCounts) {
  const auto room = room_with_pusher();
  EXPECT_THAT(push(), IsEmpty()) << "what was before the pusher is old";
  const auto event = send_id("alice", room, "one");
  const auto pushes = push();
  ASSERT_THAT(digest_of(pushes), ElementsAre("one"));
  EXPECT_EQ(pushes[0].at("event_id"), event.c_str());
  EXPECT_EQ(pushes[0].at("room_id"), room.c_str());
  EXPECT_EQ(pushes[0].at("sender"), user("alice").c_str());
  EXPECT_EQ(pushes[0].at("counts").at("unread"), 1);
  EXPECT_EQ(pushes[0].at("prio"), "low");
  const auto& device = pushes[0].at("devices").at(0);
  EXPECT_EQ(device.at("pushkey"), "key");
  EXPECT_EQ(device.at("pushkey_ts"), 1);
  EXPECT_FALSE(device.get_object().contains("data")) << "no address";
  EXPECT_THAT(pushed(), IsEmpty());
  send_id("carol", room, "two");
  send_id("alice", room, "bob: three");
  const auto more = push();
  ASSERT_THAT(digest_of(more), ElementsAre("two", "bob: three"));
  EXPECT_EQ(more[1].at("counts").at("unread"), 3);
  EXPECT_EQ(more[1].at("prio"), "high");
  EXPECT_EQ(more[1].at("devices").at(0).at("tweaks").at("highlight"), true);
  EXPECT_EQ(waiting(), 0U);
}

TEST_F(PushServiceTest, WhatNotifiesNobodyIsNotPushed) {
  const auto room = room_with_pusher();
  ASSERT_TRUE(send(actor("alice"), room, "m.room.message", {{"msgtype", "m.notice"}, {"body", "hum"}}));
  ASSERT_TRUE(send(actor("alice"), room, "org.example.other", {}));
  send_id("bob", room, "mine");
  EXPECT_THAT(pushed(), IsEmpty());
  const auto apart = public_room("alice");
  send_id("alice", apart, "elsewhere");
  EXPECT_THAT(pushed(), IsEmpty());
  // Said in the same moment, before they joined.
  send_id("alice", apart, "before");
  ASSERT_TRUE(join("bob", apart));
  send_id("alice", apart, "after");
  EXPECT_THAT(pushed(), ElementsAre("after"));
}

TEST_F(PushServiceTest, OwnRulesDecide) {
  const auto room = room_with_pusher();
  ASSERT_EQ(call("bob", "PUT", "/pushrules/global/content/tea",
                 R"({"pattern":"tea","actions":["notify",{"set_tweak":"sound","value":"kettle"}]})")
                .status,
            200);
  ASSERT_EQ(call("bob", "PUT", "/pushrules/global/room/" + room, R"({"actions":[]})").status, 200);
  send_id("alice", room, "coffee?");
  send_id("alice", room, "tea?");
  const auto pushes = push();
  ASSERT_THAT(digest_of(pushes), ElementsAre("tea?"));
  EXPECT_EQ(pushes[0].at("devices").at(0).at("tweaks").at("sound"), "kettle");
}

TEST_F(PushServiceTest, ALockedAccountIsToldNothing) {
  const auto room = room_with_pusher();
  const auto set_locked = [this](bool locked) {
    ASSERT_TRUE(server->db->write_now([&](store::Tx& tx) -> Result<Unit> {
      tx.run(
          "INSERT INTO hs_account (user_id, localpart, created_ms, locked) VALUES (?1, 'bob', 0, ?2) "
          "ON CONFLICT (user_id) DO UPDATE SET locked = excluded.locked",
          user("bob"), locked);
      return Unit{};
    }));
  };
  send_id("alice", room, "before");
  EXPECT_THAT(pushed(), ElementsAre("before"));
  set_locked(true);
  send_id("alice", room, "a secret");
  EXPECT_THAT(pushed(), IsEmpty());
  set_locked(false);
  EXPECT_THAT(pushed(), IsEmpty()) << "what came meanwhile is read in the room";
  send_id("alice", room, "again");
  EXPECT_THAT(pushed(), ElementsAre("again"));
}

TEST_F(PushServiceTest, AnInvitationIsPushed) {
  add_pusher("bob");
  rooms::CreateRoom request;
  request.invite = {user("bob")};
  const auto room = must_create("alice", std::move(request));
  const auto pushes = push();
  ASSERT_THAT(digest_of(pushes), ElementsAre("m.room.member"));
  EXPECT_EQ(pushes[0].at("user_is_target"), true);
  EXPECT_EQ(pushes[0].at("counts").at("unread"), 1);
}

TEST_F(PushServiceTest, InvitationsThatAreNotShownDoNotCount) {
  const auto room = room_with_pusher();
  invite_bob("alice");
  keep_for_bob("m.invite_permission_config", R"({"default_action":"block"})");
  EXPECT_EQ(unread_with_tea(room), 1);
}

TEST_F(PushServiceTest, TheServersInvitationCountsAlsoForWhoBlocksInvitations) {
  const auto room = room_with_pusher();
  keep_for_bob("m.invite_permission_config", R"({"default_action":"block"})");
  invite_bob("_server");
  EXPECT_EQ(unread_with_tea(room), 2) << "it is shown, so it counts";
}

TEST_F(PushServiceTest, InvitationsOfTheIgnoredDoNotCount) {
  const auto room = room_with_pusher();
  invite_bob("carol");
  keep_for_bob("m.ignored_user_list", R"({"ignored_users":{"@carol:example.org":{}}})");
  EXPECT_EQ(unread_with_tea(room), 1);
}

TEST_F(PushServiceTest, ReadingFirstCancelsAndReadingLaterCorrectsTheCount) {
  const auto room = room_with_pusher();
  const auto first = send_id("alice", room, "read at once");
  read("bob", room, first);
  EXPECT_THAT(pushed(), IsEmpty());
  send_id("alice", room, "one");
  const auto last = send_id("alice", room, "two");
  EXPECT_THAT(pushed(), ElementsAre("one", "two"));
  read("bob", room, last);
  EXPECT_THAT(pushed(), ElementsAre("unread 0"));
  read("bob", room, first);
  EXPECT_THAT(pushed(), IsEmpty());
  send_id("alice", room, "three");
  EXPECT_THAT(pushed(), ElementsAre("three"));
  send_id("bob", room, "an answer reads, too");
  EXPECT_THAT(pushed(), ElementsAre("unread 0"));
}

TEST_F(PushServiceTest, RedactedAndLeftRoomsAreCancelled) {
  const auto room = room_with_pusher();
  gateway_.answer(0);
  const auto event = send_id("alice", room, "oops");
  send_id("alice", room, "late");
  EXPECT_THAT(pushed(), ElementsAre("oops"));
  ASSERT_EQ(waiting(), 2U);
  gateway_.answer(200);
  ASSERT_TRUE(server->run(server->service->redact(actor("alice"), room, event, {})));
  ASSERT_TRUE(change("bob", room, "bob", "leave"));
  clock_.advance(1h);
  EXPECT_THAT(pushed(), IsEmpty());
  EXPECT_EQ(waiting(), 0U);
}

TEST_F(PushServiceTest, AFailingGatewayGetsEverythingInOrderAfterARestart) {
  const auto room = room_with_pusher();
  gateway_.answer(502);
  send_id("alice", room, "one");
  send_id("alice", room, "two");
  EXPECT_THAT(pushed(), ElementsAre("one"));
  EXPECT_THAT(pushed(), IsEmpty()) << "not before the pause is over";
  clock_.advance(2s);
  EXPECT_THAT(pushed(), ElementsAre("one"));
  clock_.advance(3s);
  EXPECT_THAT(pushed(), IsEmpty()) << "the pause grows";
  start_again();
  gateway_.answer(200);
  send_id("alice", room, "three");
  EXPECT_THAT(pushed(), ElementsAre("one", "two", "three"));
  start_again();
  EXPECT_THAT(pushed(), IsEmpty()) << "what was sent stays sent";
}

TEST_F(PushServiceTest, ARestartLooksAtWhatCameMeanwhile) {
  const auto room = room_with_pusher();
  pushed();
  made_.reset();
  send_id("alice", room, "nobody looked");
  start_again();
  EXPECT_THAT(pushed(), ElementsAre("nobody looked"));
}

TEST_F(PushServiceTest, WhoTakesOverGoesOnWhereTheOtherEnded) {
  const auto room = room_with_pusher();
  Made other(*server, *readers, gateway_, clock_);
  send_id("alice", room, "one");
  on_home(other.look.begin());
  EXPECT_THAT(on_home(other.look.look()), testing::SizeIs(1));
  EXPECT_THAT(pushed(), ElementsAre("one"));
  send_id("alice", room, "two");
  EXPECT_THAT(pushed(), ElementsAre("two"));
  EXPECT_THAT(on_home(other.look.look()), IsEmpty()) << "the first one has looked";
  EXPECT_EQ(waiting(), 0U);
}

TEST_F(PushServiceTest, OldPushesGoAndAWeekOfFailureIsEnough) {
  const auto room = room_with_pusher();
  gateway_.answer(500);
  send_id("alice", room, "old");
  pushed();
  clock_.advance(25h);
  send_id("alice", room, "new");
  EXPECT_THAT(pushed(), ElementsAre("new"));
  clock_.advance(7 * 24h - 25h - 1h);
  send_id("alice", room, "newer");
  EXPECT_THAT(pushed(), ElementsAre("newer"));
  clock_.advance(2h);
  EXPECT_THAT(pushed(), ElementsAre("newer"));
  gateway_.answer(200);
  clock_.advance(2h);
  send_id("alice", room, "at rest");
  EXPECT_THAT(pushed(), IsEmpty());
  EXPECT_EQ(waiting(), 0U);
  add_pusher("bob");
  send_id("alice", room, "awake");
  EXPECT_THAT(pushed(), ElementsAre("awake"));
}

TEST_F(PushServiceTest, AWallClockThatIsSetAheadDropsNothing) {
  const auto room = room_with_pusher();
  gateway_.answer(0);
  send_id("alice", room, "one");
  EXPECT_EQ(pushed().size(), 1U);
  stepping_.shift_ms = std::chrono::milliseconds(40 * 24h).count();
  clock_.advance(1min);
  EXPECT_EQ(pushed().size(), 1U) << "it fails still, and is neither old nor given up";
  send_id("alice", room, "two");
  stepping_.shift_ms = -std::chrono::milliseconds(40 * 24h).count();
  clock_.advance(1min);
  EXPECT_EQ(pushed().size(), 1U);
  gateway_.answer(200);
  clock_.advance(1h);
  EXPECT_THAT(pushed(), ElementsAre("one", "two"));
}

TEST_F(PushServiceTest, ARejectedKeyLosesItsPusherAndNoOther) {
  const auto room = room_with_pusher();
  add_pusher("carol", "other");
  gateway_.answer(200, R"({"rejected":["key"]})");
  send_id("alice", room, "one");
  EXPECT_THAT(pushed(), ElementsAre("one", "one"));
  EXPECT_THAT(pushers_of("bob"), IsEmpty());
  EXPECT_EQ(pushers_of("carol").size(), 1U);
  EXPECT_EQ(waiting(), 0U);
}

TEST_F(PushServiceTest, WhatWaitsForAPusherThatIsGoneGoes) {
  const auto room = room_with_pusher();
  gateway_.answer(0);
  send_id("alice", room, "one");
  pushed();
  ASSERT_TRUE(server->db->write_now([&](store::Tx& tx) -> Result<Unit> {
    account_data::pusher_store::remove(tx, user("bob"), "app", "key");
    return Unit{};
  }));
  clock_.advance(1h);
  EXPECT_THAT(pushed(), IsEmpty());
  EXPECT_EQ(waiting(), 0U);
}

TEST_F(PushServiceTest, ManyThatFailKeepTheNewest) {
  const auto room = room_with_pusher();
  gateway_.answer(0);
  for (int i = 0; i < PushService::kMaxWaiting + 5; ++i) send_id("alice", room, "m" + std::to_string(i));
  pushed();
  EXPECT_EQ(waiting(), static_cast<std::size_t>(PushService::kMaxWaiting));
}

TEST_F(PushServiceTest, APrivateAddressIsNotCalled) {
  const auto client = net::client::HttpClient::make({.allowed_private = {}, .ca_file = "", .connections_per_host = 1});
  start_pushes(client.get());
  const auto room = room_with_pusher();
  ASSERT_TRUE(server->db->write_now([&](store::Tx& tx) -> Result<Unit> {
    tx.run("UPDATE hs_pusher SET json = ?1", R"({"data":{"url":"http://127.0.0.1:9/_matrix/push/v1/notify"}})");
    return Unit{};
  }));
  send_id("alice", room, "inside");
  pushed();
  EXPECT_EQ(waiting(), 1U);
  EXPECT_NE(server->metrics.expose().find(R"(troupe_push_pushes_total{outcome="failed"} 1)"), std::string::npos);
  made_.reset();
}

}  // namespace
}  // namespace troupe::homeserver::push
