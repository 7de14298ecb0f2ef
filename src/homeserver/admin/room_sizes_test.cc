// What rooms take: the largest first, brought on by who asks, and less when something is deleted.
#include "homeserver/admin/room_sizes.h"

#include "homeserver/admin/room_admin_fixture.h"

namespace troupe::homeserver::admin {
namespace {

class RoomSizesTest : public RoomAdminTest {
 protected:
  WholeAnswer sizes() { return get("/v1/statistics/database/rooms"); }
  /// 0: it is not listed.
  std::int64_t size_of(const std::string& room) {
    const auto answer = sizes();
    EXPECT_EQ(answer.status, 200) << answer.text;
    for (const auto& row : answer.at("/rooms").as_array())
      if (row.at("room_id") == matrix::Json(room)) return row.at("estimated_size").as_int64();
    return 0;
  }
  /// What all events take.
  std::int64_t whole() {
    std::int64_t bytes = 0;
    EXPECT_TRUE(server.db->read_now([&](store::Connection& connection) -> Result<Unit> {
      bytes = store::number(
          connection.query("SELECT CAST(SUM(length(bytes) + COALESCE(length(body), 0)) AS BIGINT) FROM hs_event"));
      return Unit{};
    }));
    return bytes;
  }
  static std::int64_t sum(const std::vector<RoomSize>& rooms) {
    std::int64_t bytes = 0;
    for (const auto& room : rooms) bytes += room.bytes;
    return bytes;
  }
};

TEST_F(RoomSizesTest, TheLargestComesFirst) {
  const auto small = make_room(anna, matrix::JsonObject()), large = make_room(anna, matrix::JsonObject());
  say(anna, large, std::string(20'000, 'a'));
  EXPECT_EQ(rooms_in(sizes()), (std::vector<std::string>{large, small}));
  const auto before = size_of(small);
  EXPECT_GE(size_of(large), before + 20'000);
  say(anna, small, std::string(40'000, 'b'));
  EXPECT_EQ(rooms_in(sizes()), (std::vector<std::string>{small, large})) << "what came since counts";
  EXPECT_GE(size_of(small), before + 40'000);
  EXPECT_LT(size_of(small), before + 45'000) << "once";
  for (int n = 0; n < 12; ++n) make_room(anna, matrix::JsonObject());
  EXPECT_EQ(rooms_in(sizes()).size(), 10U);
}

TEST_F(RoomSizesTest, WhatIsDeletedTakesNothing) {
  const auto kept = make_room(anna, matrix::JsonObject()), gone = make_room(anna, matrix::JsonObject());
  say(anna, kept, std::string(20'000, 'a'));
  const auto last = say(anna, kept, "from here on");
  say(anna, gone, std::string(20'000, 'a'));
  EXPECT_GE(size_of(kept), 20'000);
  EXPECT_GE(size_of(gone), 20'000);
  const auto purge = ask("POST", "/v1/purge_history/" + kept + "/" + last, {{"delete_local_events", true}});
  ASSERT_EQ(purge.status, 200) << purge.text;
  server.run_job("homeserver.room_deletions");
  EXPECT_LT(size_of(kept), 10'000);
  EXPECT_GT(size_of(kept), 0);
  ASSERT_EQ(ask("DELETE", "/v1/rooms/" + gone, matrix::JsonObject()).status, 200);
  EXPECT_EQ(size_of(gone), 0);
}

TEST_F(RoomSizesTest, AHistoryThatWasNotCountedIsNotTakenOff) {
  const auto room = make_room(anna, matrix::JsonObject());
  const auto before = size_of(room);
  ASSERT_GT(before, 0);
  say(anna, room, std::string(20'000, 'a'));
  const auto last = say(anna, room, "from here on");
  ASSERT_EQ(ask("POST", "/v1/purge_history/" + room + "/" + last, {{"delete_local_events", true}}).status, 200);
  server.run_job("homeserver.room_deletions");
  EXPECT_GT(size_of(room), before);
  EXPECT_LT(size_of(room), before + 2'000);
}

TEST_F(RoomSizesTest, WhatIsRemovedWhileItIsCountedTakesNothing) {
  const auto room = make_room(anna, matrix::JsonObject());
  say(anna, room, std::string(20'000, 'a'));
  const auto last = say(anna, room, "from here on");
  StreamPos from = 0;
  room_size_store::Sums sums;
  ASSERT_TRUE(server.db->read_now([&](store::Connection& connection) -> Result<Unit> {
    from = room_size_store::upto(connection);
    sums = room_size_store::sums_after(connection, from, server.db->head(), 5'000);
    return Unit{};
  }));
  ASSERT_EQ(ask("POST", "/v1/purge_history/" + room + "/" + last, {{"delete_local_events", true}}).status, 200);
  server.run_job("homeserver.room_deletions");
  ASSERT_TRUE(server.db->write_now([&](store::Tx& tx) -> Result<Unit> {
    EXPECT_FALSE(room_size_store::add(tx, sums, from));
    return Unit{};
  }));
  EXPECT_GT(size_of(room), 0);
  EXPECT_LT(size_of(room), 10'000);
}

TEST_F(RoomSizesTest, OneRequestLooksAtSoMuch) {
  const auto one = make_room(anna, matrix::JsonObject()), two = make_room(bert, matrix::JsonObject());
  for (int n = 0; n < 5; ++n) say(n % 2 == 0 ? anna : bert, n % 2 == 0 ? one : two, "word");
  RoomSizes slow(*server.db, {.at_once = 2, .in_all = 4});
  std::int64_t seen = 0;
  int requests = 0;
  for (bool more = true; more; ++requests) {
    const auto now = sum(server.wait(slow.largest(10)).value());
    more = now > seen;
    seen = now;
  }
  EXPECT_GT(requests, 3);
  EXPECT_EQ(seen, whole()) << "each event once";
}

TEST_F(RoomSizesTest, WhoComesSecondAddsNothing) {
  const auto room = make_room(anna, matrix::JsonObject());
  const auto size = size_of(room);
  ASSERT_TRUE(server.db->write_now([](store::Tx& tx) -> Result<Unit> {
    const auto upto = room_size_store::upto(tx);
    EXPECT_FALSE(room_size_store::add(tx, {.bytes = {{1, 1'000'000}}, .events = 1, .last = upto}, upto - 1));
    EXPECT_TRUE(room_size_store::add(tx, {.bytes = {{999'999, 1'000'000}}, .events = 0, .last = upto}, upto))
        << "a room that is gone";
    return Unit{};
  }));
  EXPECT_EQ(size_of(room), size);
  EXPECT_EQ(rooms_in(sizes()).size(), 1U);
}

TEST_F(RoomSizesTest, OnlyForAdministrators) {
  const auto path = "/_synapse/admin/v1/statistics/database/rooms";
  EXPECT_EQ(errcode(server.call(anna, "GET", path)), "M_FORBIDDEN");
  EXPECT_EQ(errcode(server.call({}, "GET", path)), "M_MISSING_TOKEN");
}

}  // namespace
}  // namespace troupe::homeserver::admin
