// What failed operations, failed commits and lost derived files leave behind: nothing.
#include <gmock/gmock.h>

#include <fstream>

#include "homeserver/rooms/room_fixture.h"
#include "homeserver/rooms/room_operations.h"

namespace troupe::homeserver {
namespace {

class RoomsFaultTest : public RoomTest {
 protected:
  /// An operation that names the room and then fails.
  Result<Unit> name_and_fail(const std::string& id, bool savepoint) {
    return server->run(server->db->write(
        [&](store::Tx& tx) -> Result<Unit> {
          TRY(auto opened, server->rooms->open(tx, id));
          TRY([[maybe_unused]] auto named,
              opened.append(tx, state_draft("m.room.name", "", user("alice"), {{"name", "never"}}, 1)));
          return Error(Errc::conflict, "changed my mind");
        },
        {.lane = store::Lane::send, .savepoint = savepoint}));
  }
  bool whole(const std::string& id) {
    std::vector<StoredEventPtr> events;
    auto num = room(id)->num();
    auto read = server->read([&](store::Connection& connection) -> Result<Unit> {
      events = event_store::timeline(connection, num, 0, 1LL << 60, 10'000, false);
      return Unit{};
    });
    if (!read) return false;
    for (std::size_t i = 1; i < events.size(); ++i)
      if (events[i]->event->prev_events != std::vector{events[i - 1]->event->event_id}) return false;
    return !events.empty() && events.back()->event->event_id == room(id)->last_event_id();
  }
};

TEST_F(RoomsFaultTest, AFailedOperationLeavesNothing) {
  auto id = public_room("alice");
  for (bool savepoint : {true, false}) {
    auto failed = name_and_fail(id, savepoint);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), Errc::conflict);
    EXPECT_EQ(state(id, "m.room.name"), nullptr);
    ASSERT_TRUE(send("alice", id, "still well"));
    EXPECT_TRUE(whole(id));
  }
}

TEST_F(RoomsFaultTest, AFailedOperationInABatchTakesNobodyAlong) {
  auto id = public_room("alice");
  std::vector<std::future<Result<Sent>>> sent;
  std::vector<std::future<Result<Unit>>> failing;
  using boost::asio::use_future;
  for (int i = 0; i < 30; ++i) {
    sent.push_back(boost::asio::co_spawn(server->io,
                                         server->service->send(with_txn("alice", std::to_string(i)), id,
                                                               "m.room.message", {{"body", std::to_string(i)}}),
                                         use_future));
    failing.push_back(boost::asio::co_spawn(server->io, server->db->write([&](store::Tx& tx) -> Result<Unit> {
      TRY(auto opened, server->rooms->open(tx, id));
      TRY([[maybe_unused]] auto named,
          opened.append(tx, state_draft("m.room.name", "", user("alice"), {{"name", "never"}}, 1)));
      return Error(Errc::conflict, "changed my mind");
    }),
                                            use_future));
  }
  for (auto& one : sent) EXPECT_TRUE(one.get());
  for (auto& one : failing) EXPECT_FALSE(one.get());
  EXPECT_EQ(state(id, "m.room.name"), nullptr);
  EXPECT_TRUE(whole(id));
}

TEST_F(RoomsFaultTest, AFailedCommitLeavesNothingAndTheTryCanBeRepeated) {
  auto id = public_room("alice");
  bool passed = false;
  for (std::int64_t statement = 0; !passed && statement < 60; ++statement) {
    auto txn = "t" + std::to_string(statement);
    auto events = story(id).size();
    faults.arm(statement, store::FaultPlan::Kind::disk_full);
    auto sent = send(with_txn("alice", txn), id, "m.room.message", {{"body", txn}});
    passed = sent.has_value() && !faults.happened();
    faults.disarm();
    if (!sent) {
      EXPECT_EQ(sent.error().code(), Errc::unavailable);
      EXPECT_EQ(story(id).size(), events);
      // The writer backs off for a moment: the same request again, until it is taken.
      auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
      while (!sent && std::chrono::steady_clock::now() < deadline)
        sent = send(with_txn("alice", txn), id, "m.room.message", {{"body", txn}});
      ASSERT_TRUE(sent) << statement;
      EXPECT_FALSE(sent->duplicate);
    }
    EXPECT_EQ(story(id).size(), events + 1);
    EXPECT_TRUE(whole(id));
  }
  EXPECT_TRUE(passed);
}

TEST_F(RoomsFaultTest, AFailedCreateRoomLeavesNoRoom) {
  faults.arm(12, store::FaultPlan::Kind::io_error);
  auto made = server->run(server->service->create(actor("alice"), {}));
  faults.disarm();
  ASSERT_FALSE(made);
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!made && std::chrono::steady_clock::now() < deadline)
    made = server->run(server->service->create(actor("alice"), {}));
  ASSERT_TRUE(made);
  EXPECT_TRUE(whole(*made));
  EXPECT_EQ(room(*made)->num(), 1);
}

TEST_F(RoomsFaultTest, TheLookupFileIsMadeAnewWhenLostOrForeign) {
  auto id = public_room("alice");
  std::vector<std::string> events;
  for (int i = 0; i < 300; ++i)
    events.push_back(send(with_txn("alice", std::to_string(i)), id, "m.room.message", {})->event_id);
  auto all_found = [&] {
    for (const auto& event_id : events) {
      auto found = server->read([&](store::Connection& connection) -> Result<bool> {
        auto pos = server->lookup->find(connection, event_id);
        return pos && event_store::event_id_at(connection, *pos) == event_id;
      });
      if (!found.value_or(false)) return false;
    }
    for (std::size_t i = 0; i < events.size(); i += 50) {
      auto again = send(with_txn("alice", std::to_string(i)), id, "m.room.message", {});
      if (!again || again->event_id != events[i]) return false;
    }
    return true;
  };
  EXPECT_TRUE(all_found());
  auto file = dir.path() / "lookup.db";
  restart();
  EXPECT_TRUE(all_found());

  server.reset();
  std::filesystem::remove(file);
  start();
  EXPECT_TRUE(all_found()) << "also before the file is rebuilt";
  ASSERT_TRUE(server->run(server->service->redact(actor("alice"), id, events.front(), {})));

  server.reset();
  std::filesystem::resize_file(file, 5000);
  start();
  EXPECT_TRUE(all_found());

  server.reset();
  std::ofstream(file, std::ios::trunc) << "something else";
  start();
  EXPECT_TRUE(all_found());

  // The file of another database, complete and well-formed.
  server.reset();
  {
    store::TempDir elsewhere;
    RoomServer other(elsewhere.path());
    CreateRoom request;
    for (int i = 0; i < 60; ++i) ASSERT_TRUE(other.run(other.service->create(actor("eve"), request)));
    other.lookup->stop();
    std::filesystem::copy_file(elsewhere.path() / "lookup.db", file, std::filesystem::copy_options::overwrite_existing);
  }
  start();
  EXPECT_TRUE(all_found());
  auto unknown = server->read([&](store::Connection& connection) -> Result<bool> {
    return server->lookup->find(connection, "$" + std::string(43, 'a')).has_value();
  });
  EXPECT_FALSE(unknown.value_or(true));
}

TEST_F(RoomsFaultTest, AnEventIsFoundAtEveryMomentOfARebuild) {
  auto id = public_room("alice");
  std::string event;
  for (int i = 0; i < 50; ++i) event = send("alice", id, "hi")->event_id;
  for (int round = 0; round < 40; ++round) {
    server.reset();
    std::filesystem::remove(dir.path() / "lookup.db");
    start();
    auto missed = server->read([&](store::Connection& connection) -> Result<int> {
      int missed = 0;
      for (int look = 0; look < 400; ++look) missed += server->lookup->find(connection, event).has_value() ? 0 : 1;
      return missed;
    });
    ASSERT_EQ(missed.value_or(-1), 0) << "round " << round;
  }
}

TEST_F(RoomsFaultTest, IdleRoomsLeaveMemoryAndComeBack) {
  auto id = public_room("alice");
  auto num = room(id)->num();
  server->rooms->evict_idle(std::chrono::minutes(5));
  EXPECT_NE(server->rooms->find(num), nullptr) << "used just now";
  ASSERT_TRUE(send("alice", id, "hi"));
  restart();
  EXPECT_EQ(server->rooms->find(num), nullptr);
  ASSERT_TRUE(send("alice", id, "hi"));
  EXPECT_NE(server->rooms->find(num), nullptr);
  EXPECT_TRUE(whole(id));
}

}  // namespace
}  // namespace troupe::homeserver
