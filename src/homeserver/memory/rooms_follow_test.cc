// A second set of rooms on the same database plays another process: it commits nothing and only follows.
#include <gmock/gmock.h>

#include "base/mutex.h"
#include "homeserver/rooms/room_fixture.h"
#include "kit/clocks.h"

namespace troupe::homeserver::memory {
namespace {

using testing::ElementsAre;
using testing::Not;
using testing::SizeIs;

class RoomsFollowTest : public rooms::RoomTest {
 protected:
  struct Other {
    explicit Other(rooms::RoomServer& of, const std::filesystem::path& file)
        : lookup(*EventLookup::open(file, *of.db)), users(*of.db, clock), rooms(*of.db, clock, *lookup, users) {}
    ~Other() { lookup->stop(); }
    kit::ShiftedClock clock;
    std::unique_ptr<EventLookup> lookup;
    Users users;
    Rooms rooms;
  };

  void SetUp() override { other = std::make_unique<Other>(*server, dir.path() / "other.db"); }
  void TearDown() override { other.reset(); }

  template <class F>
  void there(F action) {
    auto done = server->db->read_now([&](store::Connection& connection) -> Result<Unit> {
      action(connection);
      return Unit{};
    });
    ASSERT_TRUE(done) << done.error().message() << done.error().detail();
  }
  void follow() {
    there([&](store::Connection& c) { other->rooms.follow(c, server->db->head()); });
    other->users.wake_touched();
  }
  RoomPtr room_there(const std::string& id) {
    RoomPtr found;
    there([&](store::Connection& c) { found = other->rooms.load(c, id); });
    return found;
  }
  UserViewPtr view_there(std::string_view name) {
    UserViewPtr found;
    there([&](store::Connection& c) { found = other->users.load(c, other->rooms, user(name)); });
    return found;
  }
  static std::vector<std::string> tail(const Room& room) {
    const base::ReadLock lock(room.mutex());
    std::vector<std::string> ids;
    for (const auto& stored : room.tail()) ids.push_back(stored->event->event_id);
    return ids;
  }
  static std::string member_of(const Room& room, std::string_view name) {
    const base::ReadLock lock(room.mutex());
    return std::string(room.membership(user(name)));
  }
  /// Both have the same room in memory.
  void expect_same(const std::string& id) {
    const auto here = room(id);
    const auto that = other->rooms.find(id);
    ASSERT_TRUE(that);
    const base::ReadLock lock(here->mutex());
    EXPECT_EQ(here->last_event_id(), that->last_event_id());
    EXPECT_EQ(here->depth(), that->depth());
    EXPECT_EQ(here->joined_count(), that->joined_count());
    EXPECT_EQ(here->invited_count(), that->invited_count());
    EXPECT_EQ(here->members().size(), that->members().size());
    here->members().walk([&](const Members::Member& member) {
      const auto theirs = that->members().find(member.user_id());
      EXPECT_TRUE(theirs && theirs->pos() == member.pos()) << member.user_id();
      EXPECT_TRUE(theirs && theirs->event()->client_open == member.event()->client_open) << member.user_id();
      return true;
    });
    for (const auto& [type, entries] : here->other_state())
      for (const auto& [key, stored] : entries) {
        const auto theirs = that->state_event(type, key);
        ASSERT_TRUE(theirs) << type << " " << key;
        EXPECT_EQ(stored->pos, theirs->pos) << type << " " << key;
        EXPECT_EQ(stored->event->pdu, theirs->event->pdu);
      }
  }

  std::unique_ptr<Other> other;
};

TEST_F(RoomsFollowTest, ALoadedRoomGetsEventsAndStateInOrder) {
  const auto id = public_room("alice");
  follow();
  room_there(id);
  ASSERT_TRUE(join("bob", id));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(send("bob", id, std::to_string(i)));
  ASSERT_TRUE(set_state("alice", id, "m.room.name", "", {{"name", "new"}}));
  ASSERT_TRUE(change("alice", id, "carol", "invite"));
  follow();
  follow();  // nothing new, nothing twice
  expect_same(id);
  EXPECT_THAT(tail(*room_there(id)), SizeIs(Room::kTailEvents));
  EXPECT_EQ(tail(*room(id)), tail(*room_there(id)));
}

TEST_F(RoomsFollowTest, ARoomThatAnotherProcessPurgedIsGoneHereToo) {
  const auto id = public_room("alice");
  ASSERT_TRUE(join("bob", id));
  follow();
  const auto held = room_there(id);
  const auto bob = view_there("bob");
  const auto num = held->num();
  ASSERT_TRUE(server->run(server->db->write([&](store::Tx& tx) -> Result<Unit> {
    TRY(auto opened, server->rooms->open(tx, id));
    server->rooms->purge(tx, opened, 1);
    EXPECT_EQ(server->rooms->open(tx, id).error().code(), Errc::not_found) << "in the same batch";
    return Unit{};
  })));
  const auto pos = server->db->head();
  follow();
  other->rooms.heard_gone(num, pos);
  EXPECT_EQ(room(id), nullptr);
  EXPECT_EQ(room_there(id), nullptr);
  EXPECT_TRUE(held->is_gone());
  EXPECT_GE(bob->last_pos(), pos);
  const base::Lock lock(bob->mutex());
  EXPECT_TRUE(bob->memberships().empty());
  ASSERT_THAT(bob->gone(), SizeIs(1));
  EXPECT_EQ(bob->gone()[0].room_id, id);
  EXPECT_EQ(bob->gone()[0].pos, pos) << "nothing else has told that they are out";
}

TEST_F(RoomsFollowTest, AReaderWithAnOlderSnapshotBringsNoPurgedRoomBack) {
  const auto id = public_room("alice");
  other->rooms.heard_gone(room(id)->num(), server->db->head());
  EXPECT_EQ(room_there(id), nullptr);
  EXPECT_TRUE([&] {
    const auto view = view_there("alice");
    const base::Lock lock(view->mutex());
    return view->memberships().empty();
  }());
}

TEST_F(RoomsFollowTest, WhoeverIsOnlineHearsOfRoomsThatAreNotInMemory) {
  const auto bob = view_there("bob");
  const auto before = bob->last_pos();
  const auto id = public_room("alice");
  ASSERT_TRUE(change("alice", id, "bob", "invite"));
  follow();
  EXPECT_GT(bob->last_pos(), before);
  {
    const base::Lock lock(bob->mutex());
    ASSERT_THAT(bob->memberships(), SizeIs(1));
    EXPECT_EQ(bob->memberships().begin()->second.membership, "invite");
    EXPECT_EQ(bob->memberships().begin()->second.room, other->rooms.find(id));
  }
  ASSERT_TRUE(join("bob", id));
  follow();
  const auto joined = bob->last_pos();
  ASSERT_TRUE(send("alice", id, "hello"));
  follow();
  EXPECT_GT(bob->last_pos(), joined) << "an online member is concerned by every message";
  EXPECT_EQ(member_of(*room_there(id), "bob"), "join");
}

TEST_F(RoomsFollowTest, ForgettingIsUndoneByANewerMembershipOnly) {
  const auto id = public_room("alice");
  ASSERT_TRUE(join("bob", id));
  follow();
  const auto bob = view_there("bob");
  const auto num = room_there(id)->num();
  const auto left = change("bob", id, "bob", "leave");
  ASSERT_TRUE(left);
  ASSERT_TRUE(join("bob", id));
  follow();
  other->users.forgotten(user("bob"), num, left->pos);  // the note comes after the events of the same commits
  const base::Lock lock(bob->mutex());
  EXPECT_FALSE(bob->memberships().at(num).forgotten);
}

TEST_F(RoomsFollowTest, IdsAndTransactionsAreFound) {
  const auto id = public_room("alice");
  const auto sent = send(with_txn("alice", "t1"), id, "m.room.message", {{"body", "hi"}});
  ASSERT_TRUE(sent);
  follow();
  there([&](store::Connection& c) {
    EXPECT_EQ(other->lookup->find(c, sent->event_id), sent->pos);
    const auto made = *other->lookup->find_txn(c, txn_hash(user("alice"), "PHONE", "/send/t1"));
    ASSERT_TRUE(made);
    EXPECT_EQ(made->event_id, sent->event_id);
  });
}

TEST_F(RoomsFollowTest, RedactionsReachTailStateAndFeed) {
  const auto id = public_room("alice");
  ASSERT_TRUE(join("bob", id));
  const auto sent = send("bob", id, "secret");
  ASSERT_TRUE(set_state("alice", id, "m.room.topic", "", {{"topic", "secret"}}));
  const auto topic = state(id, "m.room.topic");
  follow();
  room_there(id);
  for (const auto& target : {sent->event_id, topic->event->event_id})
    ASSERT_TRUE(server->run(server->service->redact(actor("alice"), id, target, {})));
  follow();
  for (const auto pos : {sent->pos, topic->pos})
    there([&](store::Connection& c) { other->rooms.heard_pruned(c, pos); });
  expect_same(id);
  const auto there_now = room_there(id);
  const base::ReadLock lock(there_now->mutex());
  for (const auto& stored : there_now->tail()) EXPECT_THAT(stored->event->pdu, Not(testing::HasSubstr("secret")));
  const auto recent = other->rooms.recent_after(0, 1000);
  if (recent)
    for (const auto& stored : recent->events) EXPECT_THAT(stored->event->pdu, Not(testing::HasSubstr("secret")));
}

TEST_F(RoomsFollowTest, AReaderWithAnOldSnapshotGetsTheNewRoomAllTheSame) {
  const auto id = public_room("alice");
  const auto num = room(id)->num();
  follow();
  there([&](store::Connection& old) {
    ASSERT_EQ(event_store::newest_pos(old), server->db->head());  // the snapshot begins here
    ASSERT_TRUE(join("bob", id));
    ASSERT_TRUE(send("bob", id, "later"));
    ASSERT_TRUE(server->db->read_now([&](store::Connection& fresh) -> Result<Unit> {
      other->rooms.follow(fresh, server->db->head());
      other->rooms.heard_flags(num, false, true);
      return Unit{};
    }));
    const auto loaded = other->rooms.load(old, num);
    ASSERT_TRUE(loaded);
    EXPECT_EQ(member_of(*loaded, "bob"), "join");
    EXPECT_EQ(loaded->last_event_id(), room(id)->last_event_id());
    EXPECT_TRUE(loaded->is_blocked());
    EXPECT_FALSE(loaded->is_public());
  });
  expect_same(id);
}

TEST_F(RoomsFollowTest, ReadAgainEverythingIsAsInTheDatabase) {
  const auto id = public_room("alice");
  follow();
  room_there(id);
  ASSERT_TRUE(join("bob", id));
  ASSERT_TRUE(send("bob", id, "x"));
  there([&](store::Connection& c) { other->rooms.reload(c); });
  expect_same(id);
  follow();
  expect_same(id);
}

TEST_F(RoomsFollowTest, AStepOfTheWallClockMakesNoReaderLoadAStaleRoom) {
  const auto id = public_room("alice");
  const auto other_id = public_room("alice");
  const auto num = room(id)->num();
  follow();
  there([&](store::Connection& old) {
    ASSERT_EQ(event_store::newest_pos(old), server->db->head());  // the snapshot begins here
    const auto follow_there = [&] {
      ASSERT_TRUE(server->db->read_now([&](store::Connection& fresh) -> Result<Unit> {
        other->rooms.follow(fresh, server->db->head());
        return Unit{};
      }));
    };
    ASSERT_TRUE(join("bob", id));
    follow_there();
    other->clock.shift_ms += 2 * 3600 * 1000;
    ASSERT_TRUE(send("alice", other_id, "later"));
    follow_there();
    other->rooms.evict_idle(std::chrono::minutes(5));
    EXPECT_EQ(member_of(*other->rooms.load(old, num), "bob"), "join");
  });
}

TEST_F(RoomsFollowTest, ChangesThatWereForgottenForTheirAgeRefuseAnOlderSnapshot) {
  const auto id = public_room("alice");
  const auto num = room(id)->num();
  follow();
  there([&](store::Connection& old) {
    ASSERT_EQ(event_store::newest_pos(old), server->db->head());
    const auto follow_there = [&] {
      ASSERT_TRUE(server->db->read_now([&](store::Connection& fresh) -> Result<Unit> {
        other->rooms.follow(fresh, server->db->head());
        return Unit{};
      }));
    };
    ASSERT_TRUE(send("alice", id, "one"));
    follow_there();
    other->clock.passed_ms += 6 * 60'000;  // longer than changes are kept, and a room that nobody uses
    other->users.evict_idle(std::chrono::minutes(1));
    other->rooms.evict_idle(std::chrono::minutes(5));
    ASSERT_EQ(other->rooms.find(num), nullptr);
    ASSERT_TRUE(send("alice", id, "two"));
    follow_there();
    EXPECT_THROW(other->rooms.load(old, num), store::SqlError);
  });
  EXPECT_TRUE(room_there(id));
}

TEST_F(RoomsFollowTest, RoomsBeyondTheBudgetLeaveMemoryAndNoOldSnapshotBringsThemBackStale) {
  const auto id = public_room("alice");
  const auto num = room(id)->num();
  follow();
  there([&](store::Connection& old) {
    ASSERT_EQ(event_store::newest_pos(old), server->db->head());
    room_there(id);
    EXPECT_GT(other->rooms.memory_bytes(), 5'000U);
    ASSERT_TRUE(join("bob", id));
    ASSERT_TRUE(server->db->read_now([&](store::Connection& fresh) -> Result<Unit> {
      other->rooms.follow(fresh, server->db->head());
      return Unit{};
    }));
    other->rooms.evict_idle(std::chrono::minutes(30), 1'000);
    EXPECT_NE(other->rooms.find(num), nullptr) << "used just now";
    other->clock.passed_ms += 70'000;
    other->users.evict_idle(std::chrono::minutes(1));
    other->rooms.evict_idle(std::chrono::minutes(30), 1'000'000);
    EXPECT_GT(other->rooms.memory_bytes(), 0U) << "within the budget";
    other->clock.passed_ms += 70'000;
    other->rooms.evict_idle(std::chrono::minutes(30), 1'000);
    EXPECT_EQ(other->rooms.memory_bytes(), 0U);
    EXPECT_THROW(other->rooms.load(old, num), store::SqlError);
  });
  EXPECT_EQ(member_of(*room_there(id), "bob"), "join");
  expect_same(id);
}

}  // namespace
}  // namespace troupe::homeserver::memory
