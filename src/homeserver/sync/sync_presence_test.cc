// The presence section of /sync: who is told of whom, and when.
#include <gmock/gmock.h>

#include "homeserver/sync/presence_rows.h"
#include "homeserver/sync/sync_fixture.h"

namespace troupe::homeserver::sync {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class SyncPresenceTest : public SyncTest {
 protected:
  SyncPresenceTest() : SyncTest(&clock_) {}
  void be(std::string_view who, std::string_view presence, std::string_view message = {}) {
    const matrix::JsonObject body{{"presence", presence}, {"status_msg", message}};
    ASSERT_EQ(call(who, "PUT", "/presence/" + user(plain(who)) + "/status", boost::json::serialize(body)).status, 200);
  }
  static std::string_view plain(std::string_view who) { return who.substr(0, who.find('/')); }
  /// Without showing up oneself.
  ReadAnswer look(std::string_view who, std::string_view since = {}, std::string_view filter = {}) {
    std::string more = "&set_presence=offline";
    if (!filter.empty()) more += "&filter=" + base::percent_encode(filter);
    return sync(who, since, more);
  }
  /// "alice online" for each event of the section.
  static std::vector<std::string> people(const ReadAnswer& answer) {
    std::vector<std::string> found;
    const auto events = answer.at("presence", "events");
    if (!events.is_array()) return found;
    for (const auto& event : events.get_array()) {
      EXPECT_EQ(event.at("type"), "m.presence");
      const auto sender = ReadAnswer::text_of(event.at("sender"));
      found.push_back(sender.substr(1, sender.find(':') - 1) + " " +
                      ReadAnswer::text_of(event.at("content").at("presence")));
    }
    return found;
  }
  void publish() { boost::asio::co_spawn(server->io, readers->presence_feed.publish(), boost::asio::use_future).get(); }
  std::string room_of_both() {
    auto room = public_room("alice");
    EXPECT_TRUE(join("bob", room));
    return room;
  }

  SharedClock clock_;
};

TEST_F(SyncPresenceTest, AChangeIsSeenOnce) {
  room_of_both();
  const auto first = look("bob");
  EXPECT_THAT(people(first), IsEmpty());
  be("alice", "online", "tea");
  const auto told = look("bob", first.next());
  EXPECT_THAT(people(told), ElementsAre("alice online"));
  EXPECT_EQ(told.text_at("presence", "events", 0, "content", "status_msg"), "tea");
  EXPECT_EQ(told.at("presence", "events", 0, "content", "currently_active"), true);
  EXPECT_EQ(told.at("presence", "events", 0, "content", "last_active_ago"), 0);
  EXPECT_TRUE(look("bob", told.next()).at("presence").is_null());
  EXPECT_THAT(people(look("bob", first.next())), ElementsAre("alice online")) << "the answer was lost";
  be("alice", "offline");
  EXPECT_THAT(people(look("bob", told.next())), ElementsAre("alice offline"));
  EXPECT_THAT(people(look("bob")), IsEmpty()) << "a first sync holds those who are there";
  be("alice", "unavailable");
  EXPECT_THAT(people(look("bob")), ElementsAre("alice unavailable"));
}

TEST_F(SyncPresenceTest, OnesOwnIsShownToo) {
  const auto token = look("alice").next();
  const auto first = sync("alice");
  EXPECT_THAT(people(first), ElementsAre("alice online"));
  be("alice/LAPTOP", "online", "at work");
  EXPECT_THAT(people(look("alice", token)), ElementsAre("alice online"));
}

TEST_F(SyncPresenceTest, SyncingSaysThatOneIsThere) {
  room_of_both();
  const auto token = look("bob").next();
  auto waiting = start("bob", "GET", "/sync?timeout=20000&set_presence=offline&since=" + token);
  EXPECT_EQ(waiting.wait_for(50ms), std::future_status::timeout);
  sync("alice", {}, "&set_presence=unavailable");
  EXPECT_THAT(people(waiting.get()), ElementsAre("alice unavailable"));
  EXPECT_EQ(get("bob", "/sync?set_presence=asleep").status, 400);
}

TEST_F(SyncPresenceTest, ALongPollIsWokenAndIdlePeopleFall) {
  room_of_both();
  sync("bob");
  publish();
  auto token = look("bob").next();
  auto waiting = start("bob", "GET", "/sync?timeout=20000&set_presence=offline&since=" + token);
  EXPECT_EQ(waiting.wait_for(50ms), std::future_status::timeout);
  be("alice", "online");
  auto answer = waiting.get();
  EXPECT_THAT(people(answer), ElementsAre("alice online"));
  clock_.advance(Presence::kGoneMs * 1ms);
  token = look("bob", answer.next()).next();
  waiting = start("bob", "GET", "/sync?timeout=20000&set_presence=offline&since=" + token);
  EXPECT_EQ(waiting.wait_for(50ms), std::future_status::timeout);
  readers->presence.tell_of_silent();
  // Of both at once, or of one after the other.
  answer = waiting.get();
  auto fallen = people(answer);
  publish();
  std::ranges::copy(people(look("bob", answer.next())), std::back_inserter(fallen));
  EXPECT_THAT(fallen, UnorderedElementsAre("alice offline", "bob offline"));
}

TEST_F(SyncPresenceTest, NobodyLearnsOfStrangers) {
  room_of_both();
  const auto apart = public_room("carol");
  const auto token = look("bob").next();
  be("carol", "online", "secret");
  be("alice", "online");
  const auto named = R"({"presence":{"senders":[")" + user("carol") + R"(",")" + user("alice") + R"("]}})";
  for (const auto& answer : {look("bob", token), look("bob"), look("bob", token, named), look("bob", {}, named)}) {
    EXPECT_THAT(people(answer), ElementsAre("alice online"));
    EXPECT_EQ(answer.text.find("secret"), std::string::npos);
  }
  EXPECT_THAT(people(look("bob", token, R"({"presence":{"senders":[")" + user("carol") + R"("]}})")), IsEmpty());
  const auto status = "/presence/" + user("carol") + "/status";
  EXPECT_EQ(get("bob", status).status, 403);
  EXPECT_EQ(call("bob", "PUT", status, R"({"presence":"online"})").status, 403);

  // Invited is not in.
  ASSERT_TRUE(change("carol", apart, "bob", "invite"));
  be("carol", "unavailable");
  const auto invited = look("bob", token);
  EXPECT_THAT(people(invited), ElementsAre("alice online"));
  ASSERT_TRUE(join("bob", apart));
  const auto joined = look("bob", invited.next());
  EXPECT_THAT(people(joined), ElementsAre("carol unavailable")) << "whoever is newly shared is shown";
  EXPECT_EQ(get("bob", status).status, 200);
  ASSERT_TRUE(change("bob", apart, "bob", "leave"));
  const auto left = look("bob", joined.next());
  be("carol", "online");
  EXPECT_THAT(people(look("bob", left.next())), IsEmpty());
}

TEST_F(SyncPresenceTest, AFilterSaysWhatIsShown) {
  const auto room = room_of_both();
  ASSERT_TRUE(join("carol", room));
  const auto token = look("bob").next();
  be("alice", "online");
  be("carol", "online");
  EXPECT_THAT(people(look("bob", token)), ElementsAre("carol online", "alice online"));
  const auto shown = [&](std::string_view filter) { return people(look("bob", token, filter)); };
  EXPECT_THAT(shown(R"({"presence":{"types":[]}})"), IsEmpty());
  EXPECT_THAT(shown(R"({"presence":{"types":["m.pre*"]}})"), testing::SizeIs(2));
  EXPECT_THAT(shown(R"({"presence":{"not_types":["m.presence"]}})"), IsEmpty());
  EXPECT_THAT(shown(R"({"presence":{"not_senders":[")" + user("carol") + R"("]}})"), ElementsAre("alice online"));
  EXPECT_THAT(shown(R"({"presence":{"limit":1}})"), ElementsAre("carol online")) << "the newest";
  EXPECT_THAT(shown(R"({"presence":{"limit":0}})"), IsEmpty());
  call("bob", "PUT", "/user/" + user("bob") + "/account_data/m.ignored_user_list",
       R"({"ignored_users":{")" + user("carol") + R"(":{}}})");
  EXPECT_THAT(people(look("bob", token)), ElementsAre("alice online"));
}

TEST_F(SyncPresenceTest, ATokenFromBeforeARestartHearsOfWhoDidNotComeBack) {
  room_of_both();
  be("alice", "online", "here");
  const auto token = look("bob");
  EXPECT_THAT(people(token), ElementsAre("alice online"));
  ASSERT_TRUE(server->run(save_presence(*server->db, readers->presence)));
  restart_all();
  ASSERT_TRUE(server->run(restore_presence(*server->db, readers->presence)));
  const auto back = look("bob", token.next());
  EXPECT_THAT(people(back), IsEmpty()) << "nothing changed for whom they know";
  EXPECT_THAT(people(look("bob")), ElementsAre("alice online"));
  EXPECT_EQ(get("bob", "/presence/" + user("alice") + "/status").text_at("status_msg"), "here");
  clock_.advance(Presence::kGoneMs * 1ms);
  readers->presence.tell_of_silent();
  publish();
  EXPECT_THAT(people(look("bob", back.next())), ElementsAre("alice offline"));
  EXPECT_THAT(people(look("bob", token.next())), ElementsAre("alice offline"));
}

TEST_F(SyncPresenceTest, ManyChangesAreToldByARateAndNoneIsLost) {
  const auto room = room_of_both();
  for (const auto* other : {"carol", "dave", "erin", "frank", "gina", "hugo"}) {
    ASSERT_TRUE(join(other, room));
    look(other);
  }
  const auto token = look("bob").next();
  be("alice", "online");
  const auto number = server->users->ephemeral();
  for (int i = 0; i < 50; ++i) be("alice", i % 2 == 0 ? "unavailable" : "online");  // the clock stands
  be("alice", "offline");
  EXPECT_EQ(server->users->ephemeral(), number) << "nobody is woken before the first is paid for";
  const auto first = look("bob", token);
  clock_.advance(1s);
  publish();
  const auto last = look("bob", first.next());
  EXPECT_THAT(people(last), ElementsAre("alice offline"));
  EXPECT_TRUE(look("bob", last.next()).at("presence").is_null());
}

TEST_F(SyncPresenceTest, TypingIsNoPresence) {
  const auto room = room_of_both();
  be("alice", "online");
  auto token = look("bob").next();
  for (int i = 0; i < 20; ++i) {
    const auto* body = i % 2 == 0 ? R"({"typing":true})" : R"({"typing":false})";
    call("alice", "PUT", "/rooms/" + room + "/typing/" + user("alice"), body);
    const auto answer = look("bob", token);
    EXPECT_TRUE(answer.at("presence").is_null());
    token = answer.next();
  }
}

}  // namespace
}  // namespace troupe::homeserver::sync
