// Rooms on a real database in a directory of its own. Only tests include this.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <thread>

#include "base/mutex.h"
#include "homeserver/accounts/profile_store.h"
#include "homeserver/memory/event_lookup.h"
#include "homeserver/memory/users.h"
#include "homeserver/migrations.gen.h"
#include "homeserver/rooms/room_service.h"
#include "kit/task_runner.h"
#include "store/fault_plan.h"
#include "store/test_database.h"

namespace troupe::homeserver::rooms {

/// The parts of a server that rooms need; opened, closed and opened again on the same files.
class RoomServer : public kit::TaskRunner {
 public:
  explicit RoomServer(const std::filesystem::path& dir, store::FaultPlan* faults = nullptr,
                      const memory::LookupOptions& lookup_options = {}) {
    settings.server_name = "example.org";
    store::DatabaseOptions options;
    options.faults = faults;
    auto opened = store::Database::open(store::in_directory(dir, options), base::system_clock(), metrics);
    if (!opened) throw std::runtime_error(opened.error().message() + " " + opened.error().detail());
    db = *std::move(opened);
    auto migrated = store::migrate(*db, "homeserver", migrations());
    if (!migrated) throw std::runtime_error(migrated.error().message() + " " + migrated.error().detail());
    auto found = memory::EventLookup::open(dir / "lookup.db", *db, lookup_options);
    if (!found) throw std::runtime_error(found.error().message() + " " + found.error().detail());
    lookup = *std::move(found);
    if (!lookup_options.before_piece) wait_for_lookup();
    users = std::make_unique<memory::Users>(*db, clock);
    rooms = std::make_unique<memory::Rooms>(*db, clock, *lookup, *users);
    db->add_participant(*rooms);
    db->on_head([this](StreamPos) { users->wake_touched(); });
    service = std::make_unique<RoomService>(*db, *rooms, *lookup, settings, clock);
    io_thread = std::thread([this] { io.run(); });
  }
  ~RoomServer() override {
    work.reset();
    io_thread.join();
    db->stop();
    lookup->stop();
  }

  template <class F>
  auto read(F query) {
    return run(db->read(std::move(query)));
  }
  asio::any_io_executor tasks_run_on() override { return io.get_executor(); }

  /// Until then operations that look for an id are refused.
  void wait_for_lookup() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (lookup->rebuilding() && std::chrono::steady_clock::now() < deadline)  // which is a trouble, too
      std::this_thread::yield();
  }

  const base::Clock& clock = base::system_clock();
  base::MetricRegistry metrics;
  host::Settings settings;
  std::unique_ptr<store::Database> db;
  std::unique_ptr<memory::EventLookup> lookup;
  std::unique_ptr<memory::Users> users;
  std::unique_ptr<memory::Rooms> rooms;
  std::unique_ptr<RoomService> service;
  boost::asio::io_context io;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
  std::thread io_thread;
};

class RoomTest : public testing::Test {
 protected:
  RoomTest() { start(); }

  void start() { server = std::make_unique<RoomServer>(dir.path(), &faults, lookup_options); }
  void restart() {
    server.reset();
    start();
  }

  static std::string user(std::string_view name) { return "@" + std::string(name) + ":example.org"; }
  static Actor actor(std::string_view name) {
    return {.user_id = user(name), .device_id = "PHONE", .txn_path = {}, .txn_id = {}};
  }
  static Actor with_txn(std::string_view name, std::string txn) {
    return {.user_id = user(name), .device_id = "PHONE", .txn_path = "/send/" + txn, .txn_id = txn};
  }

  std::string must_create(std::string_view creator, CreateRoom request = {}) {
    auto room = server->run(server->service->create(actor(creator), std::move(request)));
    if (!room) throw std::runtime_error("create: " + room.error().message() + " " + room.error().detail());
    return *room;
  }
  std::string public_room(std::string_view creator, std::string version = {}) {
    CreateRoom request;
    request.preset = "public_chat";
    request.version = std::move(version);
    return must_create(creator, std::move(request));
  }
  Result<Sent> change(std::string_view who, const std::string& room, std::string_view target, std::string membership) {
    MembershipChange wanted;
    wanted.room_id = room;
    wanted.target = user(target);
    wanted.membership = std::move(membership);
    return server->run(server->service->change_membership(actor(who), std::move(wanted)));
  }
  Result<Sent> join(std::string_view who, const std::string& room) { return change(who, room, who, "join"); }
  Result<Sent> send(std::string_view who, const std::string& room, std::string text) {
    return send(actor(who), room, "m.room.message", {{"msgtype", "m.text"}, {"body", std::move(text)}});
  }
  Result<Sent> send(Actor who, const std::string& room, std::string type, matrix::JsonObject content) {
    return server->run(server->service->send(std::move(who), room, std::move(type), std::move(content)));
  }
  Result<Sent> set_state(std::string_view who, const std::string& room, std::string type, std::string key,
                         matrix::JsonObject content) {
    return server->run(
        server->service->set_state(actor(who), room, std::move(type), std::move(key), std::move(content)));
  }
  memory::RoomPtr room(const std::string& room_id) {
    memory::RoomPtr found;
    auto read = server->read([&](store::Connection& connection) -> Result<Unit> {
      found = server->rooms->load(connection, room_id);
      return Unit{};
    });
    if (!read) throw std::runtime_error(read.error().message() + " " + read.error().detail());
    return found;
  }
  std::string membership(const std::string& room_id, std::string_view name) {
    auto found = room(room_id);
    const base::ReadLock lock(found->mutex());
    return std::string(found->membership(user(name)));
  }
  memory::StoredEventPtr state(const std::string& room_id, std::string_view type, std::string_view key = "") {
    auto found = room(room_id);
    const base::ReadLock lock(found->mutex());
    return found->state_event(type, key);
  }
  /// Types of the room's events in the order of the stream, members with their membership.
  std::vector<std::string> story(const std::string& room_id) {
    std::vector<std::string> types;
    auto num = room(room_id)->num();
    auto read = server->read([&](store::Connection& connection) -> Result<Unit> {
      for (const auto& stored : memory::event_store::timeline(connection, num, 0, 1LL << 60, 10'000, false)) {
        auto type = stored->event->type;
        if (type == "m.room.member")
          type += ":" + std::string(*matrix::find_string(stored->event->content, "membership"));
        types.push_back(type);
      }
      return Unit{};
    });
    EXPECT_TRUE(read);
    return types;
  }

  store::TempDir dir;
  store::FaultPlan faults;
  memory::LookupOptions lookup_options;  ///< of the next start
  std::unique_ptr<RoomServer> server;
};

}  // namespace troupe::homeserver::rooms
