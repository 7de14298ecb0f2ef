// How many connections are kept, and which go first.
#include "homeserver/sliding/connections.h"

#include <gtest/gtest.h>

namespace troupe::homeserver::sliding {
namespace {

class ConnectionsTest : public testing::Test {
 protected:
  static SlidingRequest request(std::string conn_id, std::string pos = {}, std::string device = "PHONE",
                                const std::string& who = "alice") {
    SlidingRequest request;
    request.user_id = "@" + who + ":example.org";
    request.device_id = std::move(device);
    request.conn_id = std::move(conn_id);
    request.pos = std::move(pos);
    return request;
  }
  /// One answer, with so many rooms; yields its position.
  static std::string answer(SlidingConnections& connections, const SlidingConnections::Turn& turn,
                            memory::RoomNum rooms = 0) {
    auto state = std::make_shared<ConnectionState>();
    state->number = connections.next_number();
    if (turn.since) state->sent = turn.since->sent;
    for (memory::RoomNum room = 1; room <= rooms; ++room) state->changed.push_back({.room = room});
    const auto number = state->number;
    EXPECT_TRUE(connections.offer(turn, std::move(state)));
    std::string pos;
    append_sliding_pos(pos, {.pos = 1, .boot = connections.boot(), .ephemeral = 0, .number = number});
    return pos;
  }
  static std::string begun(SlidingConnections& connections, const std::string& conn_id, memory::RoomNum rooms = 0,
                           const std::string& device = "PHONE", const std::string& who = "alice") {
    return answer(connections, connections.begin(request(conn_id, {}, device, who)).value(), rooms);
  }
  base::ManualClock clock;
};

TEST_F(ConnectionsTest, TheLongestUnusedOfADeviceGoesFirst) {
  SlidingConnections connections(clock, {.of_device = 2});
  const auto a = begun(connections, "a");
  const auto b = begun(connections, "b");
  EXPECT_TRUE(connections.begin(request("a", a)));  // used again
  begun(connections, "c");
  EXPECT_EQ(connections.count(), 2u);
  EXPECT_EQ(connections.begin(request("b", b)).error().wire_code(), "M_UNKNOWN_POS");
  EXPECT_TRUE(connections.begin(request("a", a)));
  begun(connections, "a", 0, "LAPTOP");  // another device has its own
  EXPECT_EQ(connections.count(), 3u);
}

TEST_F(ConnectionsTest, ARequestThatWasGivenUpAndComesLateTakesNothingAway) {
  SlidingConnections connections(clock);
  const auto first = begun(connections, "a");
  const auto heard = answer(connections, connections.begin(request("a", first)).value());
  // The client gave it up and sent the one above in its place; it was read behind that one all the same.
  const auto late = connections.begin(request("a", first)).value();
  EXPECT_TRUE(connections.begin(request("a", heard))) << "while the late one waits";
  EXPECT_TRUE(connections.is_over(late));
  const auto next = answer(connections, connections.begin(request("a", heard)).value());
  answer(connections, connections.begin(request("a", heard)).value());  // and where the late one is answered, too
  EXPECT_TRUE(connections.begin(request("a", next)));
  EXPECT_EQ(connections.begin(request("a", heard)).error().wire_code(), "M_UNKNOWN_POS") << "the client is beyond it";
}

TEST_F(ConnectionsTest, AllTogetherAreBounded) {
  SlidingConnections connections(clock, {.all = 3});
  std::vector<std::string> positions;
  for (int device = 0; device < 5; ++device) {
    positions.push_back(begun(connections, "", 0, "D" + std::to_string(device)));
  }
  EXPECT_EQ(connections.count(), 3u);
  EXPECT_FALSE(connections.begin(request("", positions[1], "D1")));
  EXPECT_TRUE(connections.begin(request("", positions[4], "D4")));
}

TEST_F(ConnectionsTest, BytesAreBounded) {
  SlidingConnections connections(clock, {.bytes_of_one = 150'000, .bytes = 220'000});
  const auto small = begun(connections, "small", 100);
  const auto large = begun(connections, "large", 3'000);  // about 130 kB
  EXPECT_LE(connections.bytes(), 220'000u);
  EXPECT_TRUE(connections.begin(request("small", small)));
  const auto other = begun(connections, "other", 3'000);
  EXPECT_LE(connections.bytes(), 220'000u);
  EXPECT_FALSE(connections.begin(request("large", large)));
  EXPECT_TRUE(connections.begin(request("other", other)));
  const auto huge = begun(connections, "huge", 10'000);  // answered, and forgotten
  EXPECT_FALSE(connections.begin(request("huge", huge)));
  EXPECT_TRUE(connections.begin(request("other", other)));
}

TEST_F(ConnectionsTest, WhoTakesTooMuchLosesTheirOwnOldest) {
  SlidingConnections connections(clock, {.bytes = 1'000'000, .bytes_of_user = 300'000});
  const auto bob = begun(connections, "", 100, "PHONE", "bob");
  std::vector<std::string> positions;
  for (int device = 0; device < 50; ++device) {  // about 130 kB each
    positions.push_back(begun(connections, "", 3'000, "D" + std::to_string(device), "eve"));
    EXPECT_LE(connections.bytes(), 310'000u);
  }
  EXPECT_TRUE(connections.begin(request("", bob, "PHONE", "bob")));
  EXPECT_TRUE(connections.begin(request("", positions[49], "D49", "eve")));
  EXPECT_FALSE(connections.begin(request("", positions[40], "D40", "eve")));
}

TEST_F(ConnectionsTest, AnAccountHasSoManyAndNoMore) {
  SlidingConnections connections(clock, {.all = 10, .of_user = 3});
  const auto bob = begun(connections, "", 0, "PHONE", "bob");
  for (int device = 0; device < 20; ++device) begun(connections, "", 0, "D" + std::to_string(device), "eve");
  EXPECT_EQ(connections.count(), 4u);
  EXPECT_TRUE(connections.begin(request("", bob, "PHONE", "bob")));
}

TEST_F(ConnectionsTest, ACrowdOfAccountsIsThinnedWhereItTakesMost) {
  SlidingConnections connections(clock, {.bytes = 1'000'000, .bytes_of_user = 300'000});
  const auto bob = begun(connections, "", 100, "PHONE", "bob");
  for (int who = 0; who < 20; ++who) begun(connections, "", 3'000, "PHONE", "eve" + std::to_string(who));
  EXPECT_LE(connections.bytes(), 1'000'000u);
  EXPECT_TRUE(connections.begin(request("", bob, "PHONE", "bob")));
  EXPECT_GT(connections.count(), 5u);
  clock.advance(std::chrono::hours(25));
  connections.evict();
  EXPECT_EQ(connections.count(), 0u);
  EXPECT_EQ(connections.bytes(), 0u);
}

TEST_F(ConnectionsTest, AConnectionOfAThousandRoomsIsSmall) {
  SlidingConnections connections(clock);
  const auto first = begun(connections, "", 1'000);
  const auto turn = connections.begin(request("", first)).value();
  answer(connections, turn);
  EXPECT_LT(connections.bytes(), 40'000u);  // once, although two positions are kept
  SlidingConnections others(clock);
  begun(others, "", 50);
  EXPECT_LT(others.bytes(), 6'000u);
}

TEST_F(ConnectionsTest, ChangesLieOverWhatWasSent) {
  SlidingConnections connections(clock);
  auto turn = connections.begin(request("", begun(connections, "", 5))).value();
  auto state = std::make_shared<ConnectionState>(*turn.since);
  state->number = connections.next_number();
  state->changed = {{.room = 2, .upto = 7}, {.room = 4, .forgotten = true}, {.room = 9, .upto = 8}};
  std::string pos;
  append_sliding_pos(pos, {.pos = 1, .boot = connections.boot(), .ephemeral = 0, .number = state->number});
  EXPECT_EQ(state->find(2)->upto, 7);
  EXPECT_EQ(state->find(4), nullptr);
  ASSERT_TRUE(connections.offer(turn, state));
  turn = connections.begin(request("", pos)).value();
  EXPECT_TRUE(turn.since->changed.empty());
  EXPECT_EQ(turn.since->sent->size(), 5u);  // 1 2 3 5 9
  EXPECT_EQ(turn.since->find(2)->upto, 7);
  EXPECT_EQ(turn.since->find(4), nullptr);
  EXPECT_EQ(turn.since->find(9)->upto, 8);
  EXPECT_NE(turn.since->find(5), nullptr);
}

TEST_F(ConnectionsTest, ANewerRequestTakesTheConnectionOver) {
  SlidingConnections connections(clock);
  const auto pos = begun(connections, "");
  const auto first = connections.begin(request("", pos)).value();
  EXPECT_FALSE(connections.is_over(first));
  const auto second = connections.begin(request("", pos)).value();
  EXPECT_TRUE(second.replaced);
  EXPECT_TRUE(connections.is_over(first));
  EXPECT_FALSE(connections.offer(first, std::make_shared<ConnectionState>()));
  EXPECT_FALSE(connections.is_over(second));
}

TEST_F(ConnectionsTest, UnusedOnesAreForgotten) {
  SlidingConnections connections(clock);
  const auto old = begun(connections, "old");
  clock.advance(std::chrono::hours(20));
  const auto young = begun(connections, "young");
  clock.advance(std::chrono::hours(5));
  connections.evict();
  EXPECT_EQ(connections.count(), 1u);
  EXPECT_FALSE(connections.begin(request("old", old)));
  EXPECT_TRUE(connections.begin(request("young", young)));
}

}  // namespace
}  // namespace troupe::homeserver::sliding
