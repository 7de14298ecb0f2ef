#include "homeserver/memory/members.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "matrix/event.h"

namespace troupe::homeserver::memory {
namespace {

constexpr RoomNum kRoom = 7;
const std::string kRoomId = "!room:example.org";

class MembersTest : public testing::Test {
 protected:
  static const matrix::RoomVersion& version(std::string_view id) { return *matrix::room_version(id); }

  /// A member event as it comes from a client.
  static std::shared_ptr<StoredEvent> member(const matrix::RoomVersion& version, const std::string& user, StreamPos pos,
                                             matrix::JsonObject content = {{"membership", "join"}},
                                             std::string sender = {}) {
    matrix::EventDraft draft{.type = "m.room.member",
                             .sender = sender.empty() ? user : std::move(sender),
                             .state_key = user,
                             .content = std::move(content),
                             .origin_server_ts = 1'700'000'000'000 + pos,
                             .redacts = {}};
    matrix::EventLinks links{
        .room_id = kRoomId, .prev_events = {}, .auth_events = {}, .depth = pos, .event_id = "$given:example.org"};
    if (version.event_ids != matrix::EventIds::given) links.event_id.clear();
    auto stored = std::make_shared<StoredEvent>();
    stored->event = matrix::build_event(version, std::move(draft), std::move(links)).value();
    stored->pos = pos;
    stored->room = kRoom;
    stored->flags = kIsState;
    stored->client_open = matrix::client_event_open(version, *stored->event, false);
    return stored;
  }

  /// What of the event is not its PDU, and what it hangs on, comes back as it was.
  static void expect_same(const StoredEvent& given, const Members::Member& kept) {
    const auto back = kept.event();
    EXPECT_EQ(back->pos, given.pos);
    EXPECT_EQ(back->room, given.room);
    EXPECT_EQ(back->flags, given.flags);
    EXPECT_EQ(back->replaces, given.replaces);
    EXPECT_EQ(back->redacted_by, given.redacted_by);
    EXPECT_EQ(back->device, given.device);
    EXPECT_EQ(back->txn_id, given.txn_id);
    EXPECT_EQ(back->client_open, given.client_open);
    const auto& event = *back->event;
    EXPECT_EQ(event.event_id, given.event->event_id);
    EXPECT_EQ(event.room_id, given.event->room_id);
    EXPECT_EQ(event.type, given.event->type);
    EXPECT_EQ(event.sender, given.event->sender);
    EXPECT_EQ(event.state_key, given.event->state_key);
    EXPECT_EQ(event.origin_server_ts, given.event->origin_server_ts);
    EXPECT_EQ(event.depth, given.event->depth);
    EXPECT_EQ(event.content, given.event->content);
    EXPECT_EQ(kept.content(), given.event->content);
    EXPECT_EQ(kept.pos(), given.pos);
    EXPECT_EQ(kept.replaces(), given.replaces);
    EXPECT_EQ(kept.sender(), given.event->sender);
    EXPECT_EQ(kept.origin_server_ts(), given.event->origin_server_ts);
    EXPECT_EQ(kept.membership(), matrix::find_string(given.event->content, "membership").value_or(""));
    std::string open;
    kept.append_client_open(open);
    EXPECT_EQ(open, given.client_open);
  }
};

TEST_F(MembersTest, ComeBackAsTheyWereInEveryRoomVersion) {
  for (const auto& each : matrix::room_versions()) {
    SCOPED_TRACE(each.id);
    Members members(kRoom, kRoomId, each);
    auto joined = member(each, "@alice:example.org", 12,
                         {{"membership", "join"}, {"displayname", "Alice \"A\" Ärger\n"}, {"avatar_url", "mxc://a/b"}});
    auto banned = member(each, "@bob:example.org", 30, {{"membership", "ban"}, {"reason", "noise"}, {"n", 3}},
                         "@alice:example.org");
    banned->replaces = 17;
    members.set(joined);
    members.set(banned);
    ASSERT_EQ(members.size(), 2U);
    expect_same(*joined, *members.find("@alice:example.org"));
    expect_same(*banned, *members.find("@bob:example.org"));
    EXPECT_FALSE(members.find("@carol:example.org"));
  }
}

TEST_F(MembersTest, WhatDoesNotFitThePackedFormStaysWhole) {
  const auto& latest = version("12");
  Members members(kRoom, kRoomId, latest);
  std::vector<std::shared_ptr<StoredEvent>> odd;
  for (int i = 0; i < 7; ++i) odd.push_back(member(latest, "@u" + std::to_string(i) + ":example.org", 100 + i));
  odd[0]->txn_id = "t";
  odd[1]->device = "D";
  odd[2]->redacted_by = 200;
  odd[3]->flags = 0x1ff;
  odd[4]->replaces = 104;  // not before it
  odd[5] = member(latest, "@u5:example.org", 105, {{"membership", "perhaps"}});
  odd[6] = member(latest, "@u6:example.org", 106, {});
  for (const auto& each : odd) {
    members.set(each);
    const auto found = members.find(*each->event->state_key);
    ASSERT_TRUE(found);
    EXPECT_FALSE(found->is_plain());
    EXPECT_EQ(found->event(), StoredEventPtr(each));
    expect_same(*each, *found);
    members.sleep(*each->event->state_key);
    EXPECT_EQ(members.find(*each->event->state_key)->event(), StoredEventPtr(each)) << "they cannot sleep";
  }
}

TEST_F(MembersTest, AMemberIsWokenSleepsAndIsReplaced) {
  const auto& latest = version("12");
  Members members(kRoom, kRoomId, latest);
  const std::string alice = "@alice:example.org";
  const auto first = member(latest, alice, 5);
  members.set(first);
  const auto asleep = members.bytes();
  EXPECT_GT(asleep, 0U);
  EXPECT_LE(asleep, 110U);
  EXPECT_NE(members.find(alice)->event(), members.find(alice)->event());

  const auto awake = members.wake(alice);
  EXPECT_TRUE(members.find(alice)->is_awake());
  EXPECT_EQ(members.find(alice)->event(), awake);
  EXPECT_EQ(members.wake(alice), awake);
  EXPECT_GT(members.bytes(), asleep);
  expect_same(*first, *members.find(alice));
  members.sleep(alice);
  EXPECT_FALSE(members.find(alice)->is_awake());
  EXPECT_EQ(members.bytes(), asleep);

  members.wake(alice);
  const auto second = member(latest, alice, 9, {{"membership", "leave"}});
  second->replaces = 5;
  members.set(second);
  EXPECT_EQ(members.size(), 1U);
  EXPECT_EQ(members.bytes(), asleep);
  expect_same(*second, *members.find(alice));
  EXPECT_EQ(members.wake("@nobody:example.org"), nullptr);
  members.sleep("@nobody:example.org");
}

TEST_F(MembersTest, LongContentsCount) {
  const auto& latest = version("12");
  Members members(kRoom, kRoomId, latest);
  const std::string alice = "@alice:example.org";
  members.set(member(latest, alice, 5));
  const auto usual = members.bytes();
  members.set(member(latest, alice, 6, {{"membership", "join"}, {"more", std::string(10'000, 'x')}}));
  EXPECT_GT(members.bytes(), usual + 10'000) << "rooms full of them have to be let go of";
  members.wake(alice);
  members.sleep(alice);
  members.set(member(latest, alice, 7));
  EXPECT_EQ(members.bytes(), usual);
}

TEST_F(MembersTest, AreWalkedInTheOrderOfTheirIdsFromAnywhere) {
  const auto& latest = version("12");
  Members members(kRoom, kRoomId, latest);
  std::set<std::string> all;
  for (std::size_t i = 0; i < 3000; ++i) {
    const auto user = "@u" + std::to_string(i * 7919 % 3001) + ":example.org";
    all.insert(user);
    members.set(member(latest, user, static_cast<StreamPos>(i) + 1));
  }
  EXPECT_EQ(members.size(), all.size());
  for (const auto& after : {std::string(), std::string("@u2:example.org"), std::string("@u2999"), *all.rbegin()}) {
    std::vector<std::string> walked;
    members.walk(
        [&](const Members::Member& each) {
          walked.emplace_back(each.user_id());
          return true;
        },
        after);
    EXPECT_EQ(walked, std::vector<std::string>(all.upper_bound(after), all.end()));
  }
  for (const auto& user : all) ASSERT_EQ(members.find(user)->user_id(), user);
  std::size_t taken = 0;
  members.walk([&](const Members::Member&) { return ++taken < 300; });
  EXPECT_EQ(taken, 300U);
  EXPECT_LE(members.bytes(), all.size() * 110);
}

TEST(InternedTest, TextsAreKeptOnceAndGoWithTheirLastHolder) {
  const auto before = interned_texts();
  {
    Interned a(std::string_view("a text that nobody else has"));
    const Interned b(std::string_view("a text that nobody else has"));
    EXPECT_EQ(a, b);
    EXPECT_EQ(a.text().data(), b.text().data());
    EXPECT_EQ(interned_texts(), before + 1);
    auto c = a;
    a = Interned(std::string_view("another text of this test"));
    EXPECT_EQ(interned_texts(), before + 2);
    a = std::move(c);
    EXPECT_EQ(a, b);
    EXPECT_FALSE(c);
    EXPECT_EQ(c.text(), "");
    EXPECT_EQ(interned_texts(), before + 1);
  }
  EXPECT_EQ(interned_texts(), before);
  EXPECT_FALSE(Interned());
  EXPECT_TRUE(Interned(std::string_view()));
}

TEST(InternedTest, ManyThreadsMakeAndDropTheSameTexts) {
  const auto before = interned_texts();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([] {
      for (int i = 0; i < 20'000; ++i) {
        const Interned one("shared text " + std::to_string(i % 5));
        const auto two = one;
        ASSERT_EQ(two.text(), "shared text " + std::to_string(i % 5));
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(interned_texts(), before);
}

}  // namespace
}  // namespace troupe::homeserver::memory
