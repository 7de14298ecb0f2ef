// Who declines to be heard in a room means all bots that go into its calls, whosever they are.
#include "meetings/calls/consents.h"

#include "kit/fake_homeserver/fake_homeserver.h"
#include "meetings/calls/call_bots.h"
#include "meetings/calls/desk.h"
#include "meetings/life/meetings_fixture.h"

namespace troupe::meetings::calls {
namespace {

const std::string kCleo = "@cleo:elsewhere.example";
const std::string kTheirBot = "@bot_meet:" + kit::kServerName;

class ConsentsTest : public life::MeetingsTest {
 protected:
  ConsentsTest()
      : server(*bus, time),
        desk({.db = *db, .accounts = server, .rooms = server, .clock = time, .homeserver_url = "http://127.0.0.1"}) {
    server.add_person("anna");
    server.add_person("bot_meet");
    room = must(server.make_room("@anna:" + kit::kServerName));
    kit::must(server.add_member(room, kTheirBot));
  }
  ~ConsentsTest() override { end(); }

  MeetingId in_call(std::int64_t tenant) {
    auto made = wanted("Room", tenant * 10);
    made.tenant_id = tenant;
    made.link = CallBots::link_of(room);
    made.call = records::CallAccount{.bot = 1, .user_id = kTheirBot, .room_id = room};
    return must(service->create(std::move(made))).id;
  }
  Meeting of(MeetingId id) { return must(service->find_any(id)).meeting; }
  boost::json::value told(MeetingId id) { return must(desk.admit(of(id), 1)).at("declined"); }
  void say(std::int64_t tenant, bool declined, MeetingId meeting = 0, std::chrono::milliseconds ago = {}) {
    auto write = [&](store::Tx& tx) -> Result<bool> {
      return records::put_consent(tx,
                                  {.tenant_id = tenant,
                                   .room_id = room,
                                   .user_id = kCleo,
                                   .declined = declined,
                                   .meeting = meeting,
                                   .at_ms = time.unix_ms() - ago.count()},
                                  time.unix_ms());
    };
    must(db->write(write));
  }

  kit::FakeHomeserver server;
  Desk desk;
  std::string room;
};

TEST_F(ConsentsTest, ALateAcceptTakesNothingBackThatWasDeclinedSince) {
  const auto id = in_call(1);
  const std::chrono::milliseconds second(1'000), half(500);
  const auto is_declined = [&] { return must(service->history({.tenant_id = 1}, id)).consents.front().declined; };
  say(1, true, id);
  pass(second);
  say(1, true, id);
  say(1, false, id, half);
  EXPECT_TRUE(is_declined()) << "declined anew half a second later";
  EXPECT_EQ(told(in_call(2)), (boost::json::array{kCleo}));
  pass(second);
  say(1, false, id, half);
  EXPECT_FALSE(is_declined());
  say(1, true, id);
  home([&] { time.advance(-std::chrono::hours(1)); });
  say(1, false, id, half);
  EXPECT_FALSE(is_declined()) << "a clock that was set back proves nothing";
}

TEST_F(ConsentsTest, WhoDeclinesToOneTenantsBotIsHeardByNoOthers) {
  const auto first = in_call(1), second = in_call(2);
  say(1, true, first);
  EXPECT_EQ(told(second), (boost::json::array{kCleo}));
  const auto known = must(service->history({.tenant_id = 2}, second)).consents;
  ASSERT_EQ(known.size(), 1u);
  EXPECT_EQ(known.front().meeting, 0) << "which meeting it was is theirs alone";
  say(2, true);
  say(2, false);
  EXPECT_EQ(told(in_call(3)), boost::json::array()) << "their word to one of them is their word";
}

}  // namespace
}  // namespace troupe::meetings::calls
