#include "homeserver/admin/room_deletion.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <limits>

#include "base/crypto.h"
#include "base/log.h"
#include "homeserver/account_data/account_data_store.h"
#include "homeserver/admin/room_size_store.h"
#include "homeserver/common/settings.h"
#include "homeserver/rooms/block_store.h"
#include "homeserver/rooms/directory_store.h"
#include "homeserver/rooms/room_creation.h"
#include "homeserver/rooms/room_operations.h"
#include "store/in_pieces.h"

namespace troupe::homeserver::admin {
namespace {

constexpr store::WriteOptions kBulk{.lane = store::Lane::bulk, .savepoint = true};
constexpr std::size_t kIdLength = 24;
constexpr std::size_t kLeaveAtOnce = 64;  // up to two events each
constexpr std::size_t kRoomsAtOnce = 100;
constexpr std::int64_t kLookEveryMs = 5'000;

constexpr std::array<std::string_view, 3> kInside{"join", "invite", "knock"};

Error no_deletion(const std::string& delete_id) {
  return {Errc::not_found, "delete id '" + delete_id.substr(0, 64) + "' not found"};
}

Result<DeleteRoomBody> request_of(const DeletionRow& row) {
  return api::shape_of<DeleteRoomBody>().read(boost::json::value(row.request));
}

ShutdownRoom shutdown_of(const DeletionRow& row) {
  auto read = api::shape_of<ShutdownRoom>().read(boost::json::value(row.result));
  return read ? *std::move(read) : ShutdownRoom();
}

matrix::JsonObject as_result(const ShutdownRoom& shutdown) { return api::write(shutdown); }

DeletionState state_of(const DeletionRow& row) {
  DeletionState state;
  state.delete_id = row.delete_id;
  state.room_id = row.room_id;
  state.status = kDeletionWords[static_cast<std::size_t>(row.status)];
  if (const auto error = matrix::find_string(row.result, "error")) state.error = std::string(*error);
  state.shutdown_room = shutdown_of(row);
  return state;
}

/// Those who are in the room in any way, at most so many.
std::vector<std::string> insiders(const memory::RoomForWrite& room, std::size_t limit) {
  std::vector<std::string> found;
  for (const auto membership : kInside) {
    room.find_member(membership, [&](std::string_view user) {
      if (found.size() < limit) found.emplace_back(user);
      return found.size() == limit;
    });
  }
  return found;
}

/// Empty: it has none.
std::string name_of(const memory::RoomForWrite& room) {
  const auto stored = room.state_event("m.room.name", "");
  const auto name = stored ? matrix::find_string(stored->event->content, "name") : std::nullopt;
  return name ? std::string(*name) : std::string();
}

asio::awaitable<void> pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

Result<Unit> move_in(store::Tx& tx, memory::RoomForWrite& room, const std::string& user, std::int64_t at_ms) {
  const auto now = room.membership(user);
  if (now == "join" || now == "ban") return Unit{};
  matrix::JsonObject content{{"membership", "join"}};
  rooms::add_profile(tx, user, content);
  TRY(room.append(tx, rooms::state_draft(std::string(rooms::kMemberType), user, user, std::move(content), at_ms)));
  return Unit{};
}

}  // namespace

Task<bool> RoomDeletion::is_here(std::string room_id) {
  auto read = [&](store::Connection& connection) -> Result<bool> {
    return memory::event_store::find_room(connection, room_id).has_value();
  };
  co_return co_await parts_.db.read(read);
}

Task<std::string> RoomDeletion::start(std::string admin_id, std::string room_id, DeleteRoomBody wanted, bool again) {
  CO_TRY(co_await parts_.service.warm(room_id));
  DeletionRow row{.delete_id = base::random_alphanumeric(kIdLength),
                  .room_id = room_id,
                  .request = api::write(wanted),
                  .result = as_result({}),
                  .made_ms = parts_.clock.unix_ms()};
  auto note = [&](store::Tx& tx) -> Result<Unit> {
    const auto others = deletion_store::of_room(tx, DeletionKind::room, room_id);
    if (!again && std::ranges::any_of(others, [](const DeletionRow& other) { return !other.ended(); })) {
      return Error(Errc::invalid_param, "Purge already in progress for " + room_id).with_wire_code("M_UNKNOWN");
    }
    deletion_store::insert(tx, row);
    if (!wanted.block) return Unit{};
    rooms::block_store::block(tx, room_id, admin_id, row.made_ms);
    const auto room = parts_.rooms.open(tx, room_id);
    if (room) parts_.rooms.set_blocked(tx, *room, true);
    if (!room && room.error().code() != Errc::not_found) return std::unexpected(room.error());
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(note, {.lane = store::Lane::send, .savepoint = true}));
  co_return std::move(row.delete_id);
}

Task<DeletionRow> RoomDeletion::find(std::string delete_id) {
  auto read = [&](store::Connection& connection) -> Result<DeletionRow> {
    auto row = deletion_store::find(connection, delete_id);
    if (!row || row->kind != DeletionKind::room) return no_deletion(delete_id);
    return *std::move(row);
  };
  co_return co_await parts_.db.read(read);
}

Task<DeletionState> RoomDeletion::state(std::string delete_id) {
  CO_TRY(const auto row, co_await find(std::move(delete_id)));
  co_return state_of(row);
}

Task<DeletionStates> RoomDeletion::states_of(std::string room_id) {
  auto read = [&](store::Connection& connection) -> Result<DeletionStates> {
    DeletionStates states;
    for (const auto& row : deletion_store::of_room(connection, DeletionKind::room, room_id))
      states.results.push_back(state_of(row));
    if (states.results.empty()) return Error(Errc::not_found, "No delete task for room_id '" + room_id + "' found");
    return states;
  };
  co_return co_await parts_.db.read(read);
}

Task<bool> RoomDeletion::prepare(DeletionRow row) {
  CO_TRY(const auto wanted, request_of(row));
  CO_TRY(co_await parts_.service.warm(row.room_id));
  const auto at_ms = parts_.clock.unix_ms();
  CO_TRY(const auto events, co_await count_events(row.room_id));
  std::optional<rooms::CreationPlan> plan;
  std::string new_room_id;
  if (wanted.new_room_user_id) {
    rooms::CreateRoom create;
    create.version = parts_.settings.of<HomeserverSettings>().default_room_version;
    create.preset = "public_chat";
    create.name = wanted.room_name;
    create.power_level_override = matrix::JsonObject{{"users_default", -10}};
    CO_TRY(plan, rooms::plan_creation(std::move(create), *wanted.new_room_user_id, parts_.settings.server_name));
    new_room_id = rooms::draw_room_id(*plan->version, parts_.settings.server_name);
  }
  auto begin = [&](store::Tx& tx) -> Result<bool> {
    auto now = deletion_store::find(tx, row.delete_id);
    if (!now || now->ended()) return false;
    const auto room = parts_.rooms.open(tx, row.room_id);
    if (!room && room.error().code() != Errc::not_found) return std::unexpected(room.error());
    if (now->status == DeletionStatus::active) return room.has_value();
    now->status = DeletionStatus::active;
    if (room) {
      ShutdownRoom shutdown;
      shutdown.kicked_users = insiders(*room, std::numeric_limits<std::size_t>::max());
      deletion_store::begin_progress(
          tx, row.delete_id, {.name = name_of(*room), .people = std::ssize(shutdown.kicked_users), .events = events});
      if (plan) {
        TRY(const auto made, rooms::create_room(parts_.rooms, tx, *plan, new_room_id, at_ms));
        shutdown.new_room_id = made.room().id();
      }
      now->result = as_result(shutdown);
    }
    deletion_store::update(tx, *now, std::nullopt);
    return room.has_value();
  };
  co_return co_await parts_.db.write(begin, kBulk);
}

Task<std::size_t> RoomDeletion::take_out_some(DeletionRow row) {
  const auto new_room_id = shutdown_of(row).new_room_id;
  if (new_room_id) CO_TRY(co_await parts_.service.warm(*new_room_id));
  const auto at_ms = parts_.clock.unix_ms();
  auto leave = [&](store::Tx& tx) -> Result<std::size_t> {
    auto room = parts_.rooms.open(tx, row.room_id);
    if (!room && room.error().code() == Errc::not_found) return 0;
    if (!room) return std::unexpected(room.error());
    if (!deletion_store::is_open(tx, row.delete_id)) return 0;
    const auto users = insiders(*room, kLeaveAtOnce);
    deletion_store::add_people_out(tx, row.delete_id, users.size());
    for (const auto& user : users) {
      TRY(room->append(
          tx, rooms::state_draft(std::string(rooms::kMemberType), user, user, {{"membership", "leave"}}, at_ms)));
      if (!new_room_id) continue;
      // The new room may be gone or closed by now: nobody stays in the old one for that.
      auto next = parts_.rooms.open(tx, *new_room_id);
      if (!next && next.error().code() == Errc::not_found) continue;
      if (!next) return std::unexpected(next.error());
      if (auto moved = move_in(tx, *next, user, at_ms); !moved && moved.error().code() != Errc::forbidden)
        return std::unexpected(moved.error());
    }
    return users.size();
  };
  co_return co_await parts_.db.write(leave, kBulk);
}

Task<bool> RoomDeletion::close(DeletionRow row) {
  CO_TRY(const auto wanted, request_of(row));
  const auto at_ms = parts_.clock.unix_ms();
  auto finish = [&](store::Tx& tx) -> Result<bool> {
    auto room = parts_.rooms.open(tx, row.room_id);
    if (!room && room.error().code() == Errc::not_found) return true;  // done before a restart
    if (!room) return std::unexpected(room.error());
    auto now = deletion_store::find(tx, row.delete_id);
    if (!now || now->ended()) return true;
    if (!insiders(*room, 1).empty()) return false;
    auto shutdown = shutdown_of(*now);
    const auto num = room->room().num();
    auto next = shutdown.new_room_id ? parts_.rooms.open(tx, *shutdown.new_room_id)
                                     : Result<memory::RoomForWrite>(Error(Errc::not_found));
    if (next) {
      shutdown.local_aliases = rooms::directory_store::aliases_of(tx, num);
      rooms::directory_store::move_aliases(tx, num, next->room().num());
      const matrix::EventDraft message{.type = "m.room.message",
                                       .sender = *wanted.new_room_user_id,
                                       .state_key = {},
                                       .content = {{"msgtype", "m.text"}, {"body", wanted.message}},
                                       .origin_server_ts = at_ms,
                                       .redacts = {}};
      auto said = next->append(tx, message);
      if (!said && said.error().code() != Errc::forbidden) return std::unexpected(said.error());
    } else {
      rooms::directory_store::delete_aliases_of(tx, num);
    }
    rooms::directory_store::delete_networks_of(tx, num);
    parts_.rooms.set_public(tx, *room, false);
    now->result = as_result(shutdown);
    if (wanted.purge) {
      parts_.rooms.purge(tx, *room, at_ms);
      room_size_store::forget(tx, num);
      deletion_store::update(tx, *now, std::nullopt);
    } else {
      now->status = DeletionStatus::complete;
      deletion_store::update(tx, *now, at_ms);
    }
    return true;
  };
  co_return co_await parts_.db.write(finish, kBulk);
}

Task<Unit> RoomDeletion::work(std::string delete_id) {
  auto read = [&](store::Connection& connection) -> Result<DeletionRow> {
    auto row = deletion_store::find(connection, delete_id);
    if (!row) return no_deletion(delete_id);
    return *std::move(row);
  };
  CO_TRY(auto row, co_await parts_.db.read(read));
  if (row.ended()) co_return Unit{};
  if (row.kind == DeletionKind::history) co_return co_await purge_history(std::move(row));
  co_return co_await delete_room(std::move(row));
}

Task<Unit> RoomDeletion::delete_room(DeletionRow row) {
  CO_TRY(bool open, co_await prepare(row));
  CO_TRY(row, co_await find(row.delete_id));
  auto grace = parts_.grace;
  while (open) {
    CO_TRY(const auto left, co_await take_out_some(row));
    if (left > 0) {
      if (left < kLeaveAtOnce) co_await pause(std::exchange(grace, {}));
      continue;
    }
    CO_TRY(const bool closed, co_await close(row));
    open = !closed;
  }
  auto purged = [&](store::Connection& connection) -> Result<std::vector<memory::RoomNum>> {
    return deletion_store::purged_rooms_of(connection, row.room_id);
  };
  CO_TRY(const auto numbers, co_await parts_.db.read(purged));
  for (const auto room : numbers) CO_TRY(co_await sweep_contents(room, row.delete_id));
  co_return Unit{};
}

Task<Unit> RoomDeletion::end(std::string delete_id, std::optional<std::string> error) {
  const auto at_ms = parts_.clock.unix_ms();
  auto note = [&](store::Tx& tx) -> Result<Unit> {
    auto row = deletion_store::find(tx, delete_id);
    if (!row || row->ended()) return Unit{};
    row->status = error ? DeletionStatus::failed : DeletionStatus::complete;
    if (error) row->result["error"] = *error;
    deletion_store::update(tx, *row, at_ms);
    return Unit{};
  };
  co_return co_await parts_.db.write(note, kBulk);
}

/// Says that this process carries a deletion out; also when whoever waits for it goes away.
class RoomDeletion::Busy {
 public:
  Busy(RoomDeletion& all, std::string delete_id) : all_(all), delete_id_(std::move(delete_id)) {
    const base::Lock lock(all_.mutex_);
    all_.busy_.insert(delete_id_);
  }
  ~Busy() {
    const base::Lock lock(all_.mutex_);
    all_.busy_.erase(delete_id_);
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  RoomDeletion& all_;
  std::string delete_id_;
};

Task<ShutdownRoom> RoomDeletion::carry_out(std::string delete_id) {
  const Busy busy(*this, delete_id);
  const auto done = co_await work(delete_id);
  // What a full disk or a stop has interrupted is gone on with.
  if (!done && done.error().code() == Errc::unavailable) co_return std::unexpected(done.error());
  if (!done && done.error().code() != Errc::not_found) {
    base::log_error("homeserver", "a room could not be deleted",
                    {{"delete_id", delete_id}, {"error", done.error().message()}, {"detail", done.error().detail()}});
  }
  CO_TRY(co_await end(delete_id, done ? std::nullopt : std::optional(done.error().message())));
  if (!done) co_return std::unexpected(done.error());
  const auto row = co_await find(delete_id);
  if (row && row->status == DeletionStatus::cancelled) co_return Error(Errc::conflict, "The deletion was cancelled.");
  co_return row ? shutdown_of(*row) : ShutdownRoom();
}

Task<Unit> RoomDeletion::run() {
  const auto now_ms = memory::steady_ms(parts_.clock);
  if (!started_.exchange(false) && now_ms - looked_ms_.load() < kLookEveryMs) co_return Unit{};
  looked_ms_.store(now_ms);
  auto read = [](store::Connection& connection) -> Result<std::vector<std::string>> {
    return deletion_store::unfinished(connection, kRoomsAtOnce);
  };
  CO_TRY(const auto waiting, co_await parts_.db.read(read));
  for (const auto& delete_id : waiting) {
    {
      const base::Lock lock(mutex_);
      if (busy_.contains(delete_id)) continue;
    }
    const auto done = co_await carry_out(delete_id);
    if (!done && done.error().code() == Errc::unavailable) co_return std::unexpected(done.error());
  }
  co_return Unit{};
}

Task<Unit> RoomDeletion::sweep_contents(memory::RoomNum room, std::string delete_id) {
  using deletion_store::Swept;
  auto events = [&, engine = search::engine_of(parts_.db)](store::Tx& tx) {
    const auto removed = deletion_store::sweep_events(tx, engine, room, store::kPiece);
    if (!delete_id.empty()) deletion_store::add_events_removed(tx, delete_id, removed);
    return removed;
  };
  CO_TRY(co_await store::write_in_pieces(parts_.db, events));
  for (const auto piece : {deletion_store::sweep_state, deletion_store::sweep_receipts}) {
    CO_TRY(co_await store::write_in_pieces(parts_.db, [&](store::Tx& tx) { return piece(tx, room, store::kPiece); }));
  }
  std::string after;
  auto account_data = [&](store::Tx& tx) -> Result<std::vector<std::string>> {
    auto users = deletion_store::members_after(tx, room, after, store::kPiece);
    for (const auto& user : users) account_data::account_data_store::forget_room(tx, user, room);
    return users;
  };
  for (;;) {
    CO_TRY(const auto users, co_await parts_.db.write(account_data, kBulk));
    if (users.size() < store::kPiece) break;
    after = users.back();
  }
  auto note = [&](store::Tx& tx) -> Result<Unit> {
    deletion_store::set_swept(tx, room, Swept::contents);
    return Unit{};
  };
  co_return co_await parts_.db.write(note, kBulk);
}

Task<Unit> RoomDeletion::sweep_rest(memory::RoomNum room) {
  using deletion_store::Swept;
  CO_TRY(co_await sweep_contents(room));  // the newest event of then, and what came in beside the purge
  CO_TRY(co_await store::write_in_pieces(
      parts_.db, [&](store::Tx& tx) { return deletion_store::sweep_members(tx, room, store::kPiece); }));
  auto note = [&](store::Tx& tx) -> Result<Unit> {
    deletion_store::set_swept(tx, room, Swept::all);
    return Unit{};
  };
  co_return co_await parts_.db.write(note, kBulk);
}

Task<Unit> RoomDeletion::sweep(base::UnixMs now) {
  using deletion_store::Swept;
  const auto ago = [now](std::chrono::milliseconds time) { return now - time.count(); };
  const auto purged = [&](Swept swept, std::int64_t before_ms) {
    return parts_.db.read([swept, before_ms](store::Connection& connection) -> Result<std::vector<memory::RoomNum>> {
      return deletion_store::purged_rooms(connection, swept, before_ms, kRoomsAtOnce);
    });
  };
  CO_TRY(const auto full, co_await purged(Swept::nothing, std::numeric_limits<std::int64_t>::max()));
  for (const auto room : full) CO_TRY(co_await sweep_contents(room));
  CO_TRY(const auto old, co_await purged(Swept::contents, ago(kTellMembers)));
  for (const auto room : old) CO_TRY(co_await sweep_rest(room));
  co_return co_await store::write_in_pieces(
      parts_.db, [&](store::Tx& tx) { return deletion_store::forget_ended(tx, ago(kKeepEnded), store::kPiece); });
}

}  // namespace troupe::homeserver::admin
