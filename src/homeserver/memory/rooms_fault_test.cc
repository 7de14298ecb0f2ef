// What failed operations, failed commits and lost derived files leave behind: nothing.
#include <gmock/gmock.h>

#include <fstream>
#include <map>

#include "homeserver/common/mark_store.h"
#include "homeserver/rooms/room_fixture.h"
#include "homeserver/rooms/room_operations.h"
#include "kit/task_runner.h"

namespace troupe::homeserver::memory {
namespace {

using kit::eventually;

class RoomsFaultTest : public rooms::RoomTest {
 protected:
  /// An operation that names the room and then fails.
  Result<Unit> name_and_fail(const std::string& id, bool savepoint) {
    return server->run(server->db->write(
        [&](store::Tx& tx) -> Result<Unit> {
          TRY(auto opened, server->rooms->open(tx, id));
          TRY(opened.append(tx, rooms::state_draft("m.room.name", "", user("alice"), {{"name", "never"}}, 1)));
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
      if (matrix::linked_events(room(id)->version(), *events[i]->event, "prev_events").value() !=
          std::vector{events[i - 1]->event->event_id})
        return false;
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
  std::vector<std::future<Result<rooms::Sent>>> sent;
  std::vector<std::future<Result<Unit>>> failing;
  using boost::asio::use_future;
  for (int i = 0; i < 30; ++i) {
    sent.push_back(boost::asio::co_spawn(server->io,
                                         server->service->send(with_txn("alice", std::to_string(i)), id,
                                                               "m.room.message", {{"body", std::to_string(i)}}),
                                         use_future));
    failing.push_back(boost::asio::co_spawn(server->io, server->db->write([&](store::Tx& tx) -> Result<Unit> {
      TRY(auto opened, server->rooms->open(tx, id));
      TRY(opened.append(tx, rooms::state_draft("m.room.name", "", user("alice"), {{"name", "never"}}, 1)));
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
  EXPECT_TRUE(all_found()) << "also while the file is rebuilt";
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
    rooms::RoomServer other(elsewhere.path());
    rooms::CreateRoom request;
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

/// The look-up file in trouble: restored beside another database, on a full disk, made anew under writes.
class RoomsLookupTest : public RoomsFaultTest {
 protected:
  ~RoomsLookupTest() override { release(); }

  std::string send_txn(int i) {
    auto sent = send(with_txn("alice", std::to_string(i)), id, "m.room.message", {{"body", std::to_string(i)}});
    EXPECT_TRUE(sent) << i << sent.error().message();
    return sent ? sent->event_id : std::string();
  }
  void send_many(int from, int to) {
    for (int i = from; i < to; ++i) sent[i] = send_txn(i);
  }
  /// Every event is found by its id, and every request that is repeated finds its own.
  void expect_all() {
    for (const auto& [i, event_id] : sent) {
      auto found = server->read([&](store::Connection& connection) -> Result<bool> {
        auto pos = server->lookup->find(connection, event_id);
        return pos && event_store::event_id_at(connection, *pos) == event_id;
      });
      ASSERT_TRUE(found.value_or(false)) << i;
      auto again = send(with_txn("alice", std::to_string(i)), id, "m.room.message", {});
      ASSERT_TRUE(again) << again.error().message();
      ASSERT_EQ(again->event_id, event_id) << i;
      ASSERT_TRUE(again->duplicate);
    }
  }
  bool settled() {
    return eventually([&] { return !server->lookup->rebuilding(); });
  }
  /// The next start holds its rebuild until release().
  void hold_rebuild() {
    held = std::make_shared<std::promise<void>>();
    lookup_options.before_piece = [gate = held->get_future().share()] { gate.wait(); };
  }
  void release() {
    if (auto gate = std::exchange(held, nullptr)) gate->set_value();
  }
  /// How far the file is durable: what another boot trusts.
  StreamPos synced() {
    const auto copy = dir.path() / "copy.db";
    std::filesystem::copy_file(file, copy, std::filesystem::copy_options::overwrite_existing);
    std::string identity;
    EXPECT_TRUE(server->db->read_now([&](store::Connection& connection) -> Result<Unit> {
      identity = mark_store::find(connection, "database_id");
      return Unit{};
    }));
    return LookupTable::open(copy, {.database = identity, .boot_id = "another boot"})->applied().pos;
  }

  std::string id = public_room("alice");
  std::map<int, std::string> sent;
  std::filesystem::path file = dir.path() / "lookup.db";
  std::shared_ptr<std::promise<void>> held;
};

TEST_F(RoomsLookupTest, AFileNewerThanItsDatabaseIsMadeAnew) {
  TROUPE_SQLITE_ONLY();
  send_many(0, 20);
  server.reset();
  const auto backup = dir.path() / "backup";
  std::filesystem::create_directory(backup);
  for (const auto& entry : std::filesystem::directory_iterator(dir.path()))
    if (entry.path().filename().string().starts_with("troupe.db") ||
        entry.path().filename().string().starts_with("test.db"))
      std::filesystem::copy(entry.path(), backup / entry.path().filename());
  ASSERT_FALSE(std::filesystem::is_empty(backup));
  start();
  for (int i = 0; i < 60; ++i) send_txn(1'000 + i);  // lost by the restore; the file has them
  server.reset();
  for (const auto& entry : std::filesystem::directory_iterator(backup))
    std::filesystem::copy(entry.path(), dir.path() / entry.path().filename(),
                          std::filesystem::copy_options::overwrite_existing);
  start();
  ASSERT_TRUE(settled());
  server->lookup->stop();  // as a kill would, before they reach the file
  send_many(20, 50);
  restart();
  expect_all();
}

TEST_F(RoomsLookupTest, WithoutPlaceOnTheDiskMemoryStandsIn) {
  lookup_options.first_slots = 64;
  server.reset();
  std::filesystem::remove(file);
  start();
  ASSERT_TRUE(settled());
  send_many(0, 10);
  lookup_options.reserve_bytes = std::numeric_limits<std::int64_t>::max();
  restart();
  send_many(10, 120);
  expect_all();
  ASSERT_TRUE(eventually([&] { return server->lookup->trouble().has_value(); }));
  EXPECT_NE(server->lookup->trouble()->find("cannot grow"), std::string::npos) << *server->lookup->trouble();
  EXPECT_LT(std::filesystem::file_size(file), 6'000U);
  EXPECT_FALSE(std::filesystem::exists(file.string() + ".new"));
  restart();
  ASSERT_TRUE(settled());
  expect_all();
  lookup_options.reserve_bytes = 0;
  restart();
  ASSERT_TRUE(eventually([&] { return !server->lookup->trouble(); }));
  EXPECT_GT(std::filesystem::file_size(file), 6'000U);
  expect_all();
}

TEST_F(RoomsLookupTest, BeyondMemoryTheLedgerStandsInUntilThereIsPlaceAgain) {
  lookup_options.first_slots = 16;
  lookup_options.memory_keys = 40;
  lookup_options.reserve_bytes = std::numeric_limits<std::int64_t>::max();
  restart();
  send_many(0, 80);
  expect_all();
  restart();
  ASSERT_TRUE(settled());
  expect_all();
  send_many(80, 100);
  expect_all();
  lookup_options.reserve_bytes = 0;
  restart();
  ASSERT_TRUE(eventually([&] { return !server->lookup->trouble(); }));
  expect_all();
}

TEST_F(RoomsLookupTest, WithoutAFileItGoesOnInMemory) {
  lookup_options.reserve_bytes = std::numeric_limits<std::int64_t>::max();
  server.reset();
  std::filesystem::remove(file);
  start();
  send_many(0, 20);
  EXPECT_FALSE(std::filesystem::exists(file));
  ASSERT_TRUE(eventually([&] { return server->lookup->trouble().has_value() && !server->lookup->rebuilding(); }));
  expect_all();
}

TEST_F(RoomsLookupTest, IsSyncedWhenNothingHappensAndAfterAGrowth) {
  lookup_options.first_slots = 64;
  lookup_options.idle_sync = std::chrono::milliseconds(50);
  server.reset();
  std::filesystem::remove(file);
  start();
  ASSERT_TRUE(settled());
  for (int round = 0; round < 2; ++round) {
    send_many(100 * round, 100 * round + 60);
    StreamPos last = 0;
    ASSERT_TRUE(server->db->read_now([&](store::Connection& connection) -> Result<Unit> {
      last = event_store::newest_pos(connection);
      return Unit{};
    }));
    EXPECT_TRUE(eventually([&] { return synced() == last; }));
  }
}

TEST_F(RoomsLookupTest, AFileDeletedUnderWritesComesBack) {
  lookup_options.idle_sync = std::chrono::milliseconds(50);
  restart();
  send_many(0, 20);
  std::filesystem::remove(file);
  send_many(20, 40);
  EXPECT_TRUE(eventually([&] { return std::filesystem::exists(file); }));
  expect_all();
  restart();
  expect_all();
}

TEST_F(RoomsLookupTest, ARebuildHoldsUpNobodyElse) {
  send_many(0, 30);
  const auto topic = set_state("alice", id, "m.room.topic", "", {{"topic", "x"}});
  for (int i = 0; i < 80; ++i) ASSERT_TRUE(send("alice", id, "out of memory's reach"));
  server.reset();
  std::filesystem::remove(file);
  hold_rebuild();
  start();
  ASSERT_TRUE(server->lookup->rebuilding());
  EXPECT_NE(server->lookup->trouble()->find("rebuilt"), std::string::npos);

  // Waits, but not on the writer's thread.
  auto waiting = boost::asio::co_spawn(
      server->io, server->service->send(with_txn("alice", "3"), id, "m.room.message", {{"body", "3"}}),
      boost::asio::use_future);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(send("alice", id, "without a transaction"));
    ASSERT_TRUE(set_state("alice", id, "m.room.topic", "", {{"topic", std::to_string(i)}}));
  }

  // The operations themselves never wait: an id or a transaction that is not known yet is refused at once.
  auto asked = server->run(server->db->write([&](store::Tx& tx) -> Result<Unit> {
    TRY(server->lookup->find_txn(tx, txn_hash(user("alice"), "PHONE", "/send/3")));
    return Unit{};
  }));
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().code(), Errc::unavailable);
  EXPECT_GT(asked.error().retry_after().count(), 0);
  asked = server->run(server->db->write([&](store::Tx& tx) -> Result<Unit> {
    TRY(server->lookup->find_writing(tx, topic->event_id));
    return Unit{};
  }));
  EXPECT_FALSE(asked);
  // Readers look in the ledger.
  auto found = server->read([&](store::Connection& connection) -> Result<bool> {
    return server->lookup->find(connection, sent[3]).has_value();
  });
  EXPECT_TRUE(found.value_or(false));

  release();
  auto repeated = waiting.get();
  if (!repeated) repeated = send(with_txn("alice", "3"), id, "m.room.message", {});  // a slow machine: it was told so
  ASSERT_TRUE(repeated) << repeated.error().message();
  EXPECT_TRUE(repeated->duplicate);
  EXPECT_EQ(repeated->event_id, sent[3]);
  EXPECT_FALSE(server->lookup->trouble());
  expect_all();
}

TEST_F(RoomsLookupTest, WhoeverWaitsTooLongForARebuildIsToldToComeBack) {
  send_many(0, 5);
  server.reset();
  std::filesystem::remove(file);
  hold_rebuild();
  start();
  const auto refused = send(with_txn("alice", "3"), id, "m.room.message", {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::unavailable);
  EXPECT_GT(refused.error().retry_after().count(), 0);
  release();
  ASSERT_TRUE(settled());
  expect_all();
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
}  // namespace troupe::homeserver::memory
