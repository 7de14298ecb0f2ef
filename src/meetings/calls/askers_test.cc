// Whoever has left the room of a call hears it through no bot.
#include "meetings/calls/askers.h"

#include "identity/migrations.gen.h"
#include "kit/fake_homeserver/fake_homeserver.h"
#include "meetings/calls/call_bots.h"
#include "meetings/life/meetings_fixture.h"

namespace troupe::meetings::calls {
namespace {

/// One room of it may not answer for a while.
class Server final : public kit::FakeHomeserver {
 public:
  using FakeHomeserver::FakeHomeserver;
  std::string silent;
  Task<std::vector<std::string>> joined_members(std::string room_id) override {
    if (room_id == silent) co_return Error(Errc::unavailable, "The server is busy.");
    co_return co_await FakeHomeserver::joined_members(std::move(room_id));
  }
};

class AskersTest : public life::MeetingsTest {
 protected:
  AskersTest() : server(*bus, time), principals(*db, time) {
    migrate("identity", identity::migrations());
    room = must(server.make_room(join_server("anna")));
    kit::must(server.add_member(room, join_server("ben")));
  }
  ~AskersTest() override { end(); }

  std::string join_server(const std::string& name) {
    server.add_person(name);
    return "@" + name + ":" + kit::kServerName;
  }
  std::int64_t id_of(const std::string& name) {
    return must(principals.for_account(must(server.account("@" + name + ":" + kit::kServerName)))).id;
  }
  MeetingId told_by(const std::string& name) {
    auto made = wanted("Room", id_of(name));
    made.thread = records::Thread{.room_id = room, .sender = "@transcripts:" + kit::kServerName};
    return must(service->create(std::move(made))).id;
  }
  records::Thread thread(MeetingId id) { return must(service->thread({.tenant_id = 1}, id)); }
  MeetingId asked_by(const std::string& name) {
    auto made = wanted("Room", id_of(name));
    made.link = CallBots::link_of(room);
    made.call = records::CallAccount{.bot = 1, .user_id = "@bot_meet:" + kit::kServerName, .room_id = room};
    const auto id = must(service->create(std::move(made))).id;
    EXPECT_TRUE(runs(id));
    return id;
  }
  bool is_stopped(MeetingId id) { return this->look(id).life.stop_requested; }
  Result<Unit> look_after() {
    Askers askers({.db = *db, .rooms = server, .principals = principals, .meetings = *service, .clock = time});
    return run(askers.look());
  }

  Server server;
  identity::Principals principals;
  std::string room;
};

TEST_F(AskersTest, WhoIsPutOutOfTheRoomHearsNoMoreOfItsCall) {
  const auto annas = asked_by("anna"), bens = asked_by("ben"), elsewhere = create("Room");
  kit::must(look_after());
  EXPECT_FALSE(is_stopped(annas) || is_stopped(bens) || is_stopped(elsewhere));
  server.leave_all("@ben:" + kit::kServerName);
  kit::must(look_after());
  EXPECT_TRUE(is_stopped(bens));
  EXPECT_FALSE(is_stopped(annas) || is_stopped(elsewhere));
  const auto told = history(bens);
  const auto why = [](const Transition& step) { return step.cause.contains("not in the room of the call any more"); };
  EXPECT_EQ(std::ranges::count_if(told.transitions, why), 1);
  ASSERT_TRUE(becomes(bens, State::completed));
  kit::must(look_after());
  EXPECT_EQ(std::ranges::count_if(history(bens).transitions, why), 1) << "once";
}

/// Of a call elsewhere, in which they may say what they like.
TEST_F(AskersTest, WhoIsPutOutOfARoomSaysNoMoreThereThroughAThread) {
  const auto annas = told_by("anna"), bens = told_by("ben");
  kit::must(look_after());
  EXPECT_EQ(thread(bens).state, records::ThreadState::open);
  server.leave_all("@ben:" + kit::kServerName);
  kit::must(look_after());
  EXPECT_EQ(thread(bens).state, records::ThreadState::failed);
  EXPECT_TRUE(thread(bens).trouble.contains("not in this room any more")) << thread(bens).trouble;
  EXPECT_EQ(thread(annas).state, records::ThreadState::open);
  EXPECT_FALSE(is_stopped(bens)) << "their meeting is their own";
}

TEST_F(AskersTest, WhatCannotBeKnownJustNowStopsNobody) {
  const auto annas = asked_by("anna");
  server.silent = room;
  room = must(server.make_room("@anna:" + kit::kServerName));
  kit::must(server.add_member(room, "@ben:" + kit::kServerName));
  const auto bens = asked_by("ben");
  server.leave_all("@ben:" + kit::kServerName);
  EXPECT_FALSE(look_after()) << "it is told, and tried again";
  EXPECT_FALSE(is_stopped(annas));
  EXPECT_TRUE(is_stopped(bens)) << "one room that does not answer keeps no other from being looked at";
}

}  // namespace
}  // namespace troupe::meetings::calls
