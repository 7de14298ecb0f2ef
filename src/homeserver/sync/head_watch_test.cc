#include "homeserver/sync/head_watch.h"

#include "homeserver/rooms/room_fixture.h"

namespace troupe::homeserver::sync {
namespace {

class HeadWatchTest : public rooms::RoomTest {
 protected:
  auto waiting_for(StreamPos pos, std::chrono::milliseconds at_most) {
    return boost::asio::co_spawn(server->io, watch_.reached(pos, at_most), boost::asio::use_future);
  }

  HeadWatch watch_{*server->db};
};

TEST_F(HeadWatchTest, WhatIsThereIsNotWaitedFor) {
  public_room("alice");
  EXPECT_TRUE(waiting_for(server->db->head(), std::chrono::milliseconds(0)).get());
}

TEST_F(HeadWatchTest, ACommitWakesThoseItIsEnoughFor) {
  public_room("alice");
  auto near = waiting_for(server->db->head() + 1, std::chrono::minutes(10));
  auto far = waiting_for(server->db->head() + 1'000'000, std::chrono::seconds(1));
  EXPECT_EQ(near.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  public_room("bob");
  EXPECT_TRUE(near.get());
  EXPECT_FALSE(far.get()) << "the head did not come so far in time";
}

}  // namespace
}  // namespace troupe::homeserver::sync
