// Views of users, and waiting for something new.
#include "homeserver/memory/users.h"

#include <gmock/gmock.h>

#include "homeserver/rooms/room_fixture.h"

namespace troupe::homeserver::memory {
namespace {

using namespace std::chrono_literals;

class UsersTest : public rooms::RoomTest {
 protected:
  UserViewPtr view(std::string_view name) {
    UserViewPtr found;
    auto read = server->read([&](store::Connection& connection) -> Result<Unit> {
      found = server->users->load(connection, *server->rooms, user(name));
      return Unit{};
    });
    EXPECT_TRUE(read);
    return found;
  }
  std::future<void> wait(const UserViewPtr& who, StreamPos pos, std::chrono::milliseconds time = 20s,
                         std::uint64_t ephemeral = ~0ULL) {
    return boost::asio::co_spawn(server->io,
                                 server->users->wait(who, pos, ephemeral, std::chrono::steady_clock::now() + time),
                                 boost::asio::use_future);
  }
  static std::string in(const UserViewPtr& who, RoomNum room) {
    const base::Lock lock(who->mutex());
    auto found = who->memberships().find(room);
    return found == who->memberships().end() ? "" : found->second.membership;
  }
};

TEST_F(UsersTest, AViewFollowsTheRooms) {
  auto id = public_room("alice");
  auto num = room(id)->num();
  auto bob = view("bob");
  EXPECT_EQ(in(bob, num), "");
  auto joined = join("bob", id);
  EXPECT_EQ(in(bob, num), "join");
  EXPECT_EQ(bob->last_pos(), joined->pos);
  auto sent = send("alice", id, "hi");
  EXPECT_EQ(bob->last_pos(), sent->pos);
  EXPECT_LT(bob->last_own_pos(), sent->pos);
  ASSERT_TRUE(change("alice", id, "bob", "kick"));
  auto kicked = bob->last_pos();
  EXPECT_EQ(in(bob, num), "leave");
  ASSERT_TRUE(send("alice", id, "he is gone"));
  EXPECT_EQ(bob->last_pos(), kicked);
  ASSERT_TRUE(server->run(server->service->forget(actor("bob"), id)));
  const base::Lock lock(bob->mutex());
  EXPECT_TRUE(bob->memberships().at(num).forgotten);
}

TEST_F(UsersTest, AnInviteReachesSomebodyWhoIsInNoRoom) {
  auto id = must_create("alice");
  auto bob = view("bob");
  auto woken = wait(bob, bob->last_pos());
  ASSERT_TRUE(change("alice", id, "bob", "invite"));
  ASSERT_EQ(woken.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(in(bob, room(id)->num()), "invite");
}

TEST_F(UsersTest, WaitsEndByNewsDeadlineOrAtOnce) {
  auto id = public_room("alice");
  auto alice = view("alice");
  auto timed_out = wait(alice, alice->last_pos(), 20ms);
  ASSERT_EQ(timed_out.wait_for(10s), std::future_status::ready);
  auto at_once = wait(alice, alice->last_pos() - 1);
  ASSERT_EQ(at_once.wait_for(10s), std::future_status::ready);

  auto woken = wait(alice, alice->last_pos());
  auto deaf = wait(view("bob"), 1'000'000, 20s);
  ASSERT_TRUE(send("alice", id, "hi"));
  ASSERT_EQ(woken.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(deaf.wait_for(0s), std::future_status::timeout);

  auto own = wait(view("bob"), view("bob")->last_pos());
  ASSERT_TRUE(server->run(server->db->write([&](store::Tx& tx) -> Result<Unit> {
    auto pos = tx.next_pos();
    tx.after_commit([this, pos] { server->users->touch(user("bob"), pos); });
    return Unit{};
  })));
  ASSERT_EQ(own.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(view("bob")->last_own_pos(), view("bob")->last_pos());
  ASSERT_TRUE(server->run(server->db->write([&](store::Tx& tx) -> Result<Unit> {
    tx.next_pos();
    tx.after_commit([this] { server->users->touch(user("bob"), 2'000'000); });
    return Unit{};
  })));
  ASSERT_EQ(deaf.wait_for(10s), std::future_status::ready);
}

TEST_F(UsersTest, EphemeralChangesWakeTheRoom) {
  auto id = public_room("alice");
  auto alice = view("alice");
  auto woken = wait(alice, alice->last_pos(), 20s, alice->last_ephemeral());
  auto number = server->users->touch_room_ephemeral(room(id));
  ASSERT_EQ(woken.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(alice->last_ephemeral(), number);
  EXPECT_EQ(server->users->ephemeral(), number);
}

TEST_F(UsersTest, NothingIsMissedBetweenReadingAndWaiting) {
  auto id = public_room("alice");
  constexpr int kMessages = 300;
  std::atomic<int> heard{0};
  view("alice");
  auto listener = boost::asio::co_spawn(
      server->io,
      [&]() -> asio::awaitable<void> {
        auto alice = server->users->find(user("alice"));
        auto deadline = std::chrono::steady_clock::now() + 30s;
        StreamPos seen = alice->last_pos();
        auto first = seen;
        while (seen < first + kMessages && std::chrono::steady_clock::now() < deadline) {
          auto head = alice->last_pos();
          if (head > seen) {
            heard += static_cast<int>(head - seen);
            seen = head;
            continue;
          }
          co_await server->users->wait(alice, seen, ~0ULL, deadline);
        }
      },
      boost::asio::use_future);
  for (int i = 0; i < kMessages; ++i) ASSERT_TRUE(send("alice", id, std::to_string(i)));
  ASSERT_EQ(listener.wait_for(30s), std::future_status::ready);
  EXPECT_EQ(heard, kMessages);
}

TEST_F(UsersTest, ViewsAreFilledFromTheDatabaseAfterARestart) {
  auto id = public_room("alice");
  ASSERT_TRUE(join("bob", id));
  auto sent = send("alice", id, "hi");
  restart();
  EXPECT_EQ(server->users->find(user("bob")), nullptr);
  auto bob = view("bob");
  EXPECT_EQ(in(bob, room(id)->num()), "join");
  EXPECT_GE(bob->last_pos(), sent->pos);
  EXPECT_EQ(server->users->find(user("bob")), bob);
  auto next = send("alice", id, "again");
  EXPECT_EQ(bob->last_pos(), next->pos);
}

TEST_F(UsersTest, IdleViewsAreDropped) {
  auto id = public_room("alice");
  view("alice");
  server->users->evict_idle(std::chrono::minutes(-1));
  EXPECT_EQ(server->users->find(user("alice")), nullptr);
  ASSERT_TRUE(send("alice", id, "nobody listens"));
  auto held = view("alice");
  server->users->evict_idle(std::chrono::minutes(-1));
  EXPECT_EQ(server->users->find(user("alice")), held);
}

// Views are made while memberships change: whatever the order, the view ends up right.
TEST_F(UsersTest, LoadingRacesWithCommits) {
  auto id = public_room("alice");
  auto num = room(id)->num();
  constexpr int kUsers = 60;
  std::vector<std::future<Result<rooms::Sent>>> joins;
  std::vector<std::future<Result<UserViewPtr>>> views;
  for (int i = 0; i < kUsers; ++i) {
    auto who = "user" + std::to_string(i);
    rooms::MembershipChange wanted;
    wanted.room_id = id;
    wanted.target = user(who);
    wanted.membership = "join";
    joins.push_back(boost::asio::co_spawn(server->io, server->service->change_membership(actor(who), wanted),
                                          boost::asio::use_future));
    views.push_back(boost::asio::co_spawn(
        server->io, server->db->read([this, who](store::Connection& connection) -> Result<UserViewPtr> {
          return server->users->load(connection, *server->rooms, user(who));
        }),
        boost::asio::use_future));
  }
  for (auto& one : joins) ASSERT_TRUE(one.get());
  auto sent = send("alice", id, "hello all");
  for (auto& one : views) {
    auto found = one.get().value();
    EXPECT_EQ(in(found, num), "join");
    EXPECT_EQ(found->last_pos(), sent->pos);
  }
}

}  // namespace
}  // namespace troupe::homeserver::memory
