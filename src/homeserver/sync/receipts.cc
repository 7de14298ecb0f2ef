#include "homeserver/sync/receipts.h"

#include <algorithm>
#include <map>

#include "homeserver/account_data/account_data_store.h"
#include "homeserver/memory/notes.h"
#include "matrix/json_out.h"

namespace troupe::homeserver::sync {
namespace {

using memory::receipt_store::ReceiptRow;

constexpr base::UnixMs kKeepLateMs = 60'000;  ///< longer than a snapshot may live
constexpr std::size_t kMaxLate = 20'000;
constexpr std::string_view kPublic = "m.read";
constexpr std::string_view kPrivate = "m.read.private";

/// Receipts in the form of the content of m.receipt: event id → kind → user.
class GroupedReceipts {
 public:
  /// Another's private one is passed over.
  void add(const ReceiptRow& row, std::string_view reader) {
    if (row.kind == kPrivate && row.user_id != reader) return;
    auto& group = grouped_[row.event_id][row.kind];
    // One user can have one receipt of a kind at an event in this form: the one without a thread says the most.
    const auto same = std::ranges::find(group, row.user_id, [](const ReceiptRow* r) { return r->user_id; });
    if (same == group.end()) {
      group.push_back(&row);
    } else if (row.thread.empty()) {
      *same = &row;
    }
  }

  /// As members without braces.
  void append(std::string& out) const {
    for (const auto& [event_id, kinds] : grouped_) {
      if (!out.empty()) out += ',';
      matrix::append_json_string(out, event_id);
      out += ":{";
      for (const auto& [kind, rows] : kinds) {
        matrix::append_separator(out);
        matrix::append_json_string(out, kind);
        out += ":{";
        for (const auto* row : rows) append_one(out, *row);
        out += '}';
      }
      out += '}';
    }
  }

 private:
  static void append_one(std::string& out, const ReceiptRow& row) {
    matrix::append_separator(out);
    matrix::append_json_string(out, row.user_id);
    out += ":{\"ts\":";
    matrix::append_number(out, row.ts_ms);
    if (!row.thread.empty()) {
      out += ",\"thread_id\":";
      matrix::append_json_string(out, row.thread);
    }
    out += '}';
  }

  std::map<std::string_view, std::map<std::string_view, std::vector<const ReceiptRow*>>> grouped_;
};

std::string key_of(const ReceiptRow& row) {
  std::string key = row.user_id;
  key.push_back('\0');
  key += row.kind;
  key.push_back('\0');
  key += row.thread;
  return key;
}

constexpr int kRelationsFollowed = 3;

/// Whether a receipt of this thread ("main", or a root's id) may stand at an event (#threaded-read-receipts): one that
/// answers in the thread, its root, or what is about one of them. A redacted event has lost what it was about.
Result<bool> belongs(store::Tx& tx, const memory::RoomForWrite& room, memory::StoredEventPtr event,
                     std::string_view thread) {
  if (event->redacted_by) return true;
  const bool main = thread == "main";
  for (int i = 0; event && i < kRelationsFollowed; ++i) {
    if (!main && event->event->event_id == thread) return true;
    const auto relation = memory::relation_of(event->event->content);
    if (!relation) return main;
    if (relation->rel_type == "m.thread") return relation->event_id == thread;
    TRY(event, room.find_event(tx, relation->event_id));
  }
  return main || (event && event->event->event_id == thread);
}

}  // namespace

void ReadFloors::raise(std::string_view thread, StreamPos event_pos) {
  auto& floor = thread.empty() ? everything : thread == "main" ? main : threads[std::string(thread)];
  floor = std::max(floor, event_pos);
}

bool ReadFloors::cover(StreamPos pos, std::string_view thread) const {
  if (pos <= everything) return true;
  if (thread.empty()) return pos <= main;
  const auto floor = threads.find(thread);
  return floor != threads.end() && pos <= floor->second;
}

std::string_view thread_of(const memory::StoredEvent& stored) {
  if ((stored.flags & memory::kInThread) == 0) return {};
  const auto* relates = matrix::find_object(stored.event->content, "m.relates_to");
  return relates ? matrix::find_string(*relates, "event_id").value_or("") : std::string_view();
}

/// A room's newest receipt of each (user, kind, thread), by position.
struct Receipts::RoomReceipts {
  std::weak_ptr<const memory::Room> room;
  base::SharedMutex mutex;
  bool loaded GUARDED_BY(mutex) = false;
  std::map<StreamPos, ReceiptRow> by_pos GUARDED_BY(mutex);
  std::unordered_map<std::string, StreamPos> by_key GUARDED_BY(mutex);
  std::set<std::string, std::less<>> threaded_users GUARDED_BY(mutex);  ///< those with a receipt in a thread

  /// The one with the higher position stays: a reader's older snapshot cannot undo what a commit said.
  void put(ReceiptRow row) REQUIRES(mutex) {
    auto [found, added] = by_key.try_emplace(key_of(row), row.pos);
    if (!added) {
      if (found->second >= row.pos) return;
      by_pos.erase(found->second);
      found->second = row.pos;
    }
    if (!row.thread.empty() && row.thread != "main") threaded_users.insert(row.user_id);
    const auto pos = row.pos;
    by_pos.insert_or_assign(pos, std::move(row));
  }
};

Receipts::Receipts(store::Database& db, memory::Rooms& rooms, memory::Users& users,
                   account_data::AccountData& account_data, const base::Clock& clock)
    : db_(db), rooms_(rooms), users_(users), account_data_(account_data), clock_(clock) {}

Receipts::RoomReceiptsPtr Receipts::entry(const memory::RoomPtr& room) {
  const base::Lock lock(mutex_);
  auto& slot = rooms_in_memory_[room->num()];
  if (!slot) {
    slot = std::make_shared<RoomReceipts>();
    slot->room = room;
  } else if (slot->room.expired()) {
    slot->room = room;  // the room was dropped from memory and read again
  }
  return slot;
}

Receipts::RoomReceiptsPtr Receipts::loaded(store::Connection* connection, const memory::RoomPtr& room) {
  auto receipts = entry(room);
  {
    const base::ReadLock lock(receipts->mutex);
    if (receipts->loaded) return receipts;
  }
  if (!connection) return nullptr;
  auto rows = memory::receipt_store::receipts(*connection, room->num());
  {
    const base::Lock lock(mutex_);
    for (const auto& late : late_)
      if (late.room == room->num()) rows.push_back(late.row);
  }
  const base::WriteLock lock(receipts->mutex);
  for (auto& row : rows) receipts->put(std::move(row));
  receipts->loaded = true;
  return receipts;
}

base::SubscriptionPtr Receipts::observe(std::function<void(const matrix::ReceiptEdu&)> receive) {
  return observers_.add(std::move(receive));
}

void Receipts::tell(const std::string& room_id, const ReceiptRow& row) const {
  if (row.kind != kPublic || observers_.empty()) return;
  observers_.tell({.room_id = room_id,
                   .user_id = row.user_id,
                   .event_id = row.event_id,
                   .thread_id = row.thread,
                   .ts_ms = row.ts_ms});
}

void Receipts::heard(store::Connection& connection, memory::RoomNum num, ReceiptRow row) {
  const auto room = rooms_.find(num);
  if (!room) {
    if (!observers_.empty()) {
      if (const auto found = memory::event_store::find_room(connection, num)) tell(found->room_id, row);
    }
    const base::Lock lock(mutex_);
    const auto now = memory::steady_ms(clock_);
    late_.push_back({now, num, std::move(row)});
    while (late_.front().at_ms < now - kKeepLateMs || late_.size() > kMaxLate) late_.pop_front();
    return;
  }
  const auto pos = row.pos;
  const auto receipts = entry(room);
  {
    const base::WriteLock lock(receipts->mutex);
    receipts->put(row);
  }
  users_.touch_room(room, pos);
  tell(room->id(), row);
}

void Receipts::clear() {
  const base::Lock lock(mutex_);
  rooms_in_memory_.clear();
  late_.clear();
}

void Receipts::evict() {
  const base::Lock lock(mutex_);
  std::erase_if(rooms_in_memory_, [](const auto& item) { return item.second->room.expired(); });
}

Result<Unit> Receipts::write_marks(store::Tx& tx, const std::string& user_id, const std::string& room_id,
                                   const std::vector<Mark>& marks, base::UnixMs now) {
  auto opened = rooms_.open(tx, room_id);
  if (!opened || opened->membership(user_id) != "join") {
    return Error(Errc::forbidden, "You are not in this room.");
  }
  const auto room = rooms_.load(tx, room_id);
  std::vector<memory::StoredEventPtr> events;  // all are looked up before anything is written
  for (const auto& mark : marks) {
    TRY(auto event, opened->find_event(tx, mark.event_id));
    if (!event) return Error(Errc::not_found, "There is no event " + mark.event_id + " in this room.");
    if (!mark.thread.empty()) {
      TRY(const bool fits, belongs(tx, *opened, event, mark.thread));
      if (!fits) return Error(Errc::invalid_param, mark.event_id + " is not related to thread " + mark.thread + ".");
    }
    events.push_back(std::move(event));
  }
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const auto& mark = marks[i];
    const auto event_pos = events[i]->pos;
    if (mark.kind == account_data::kFullyReadType) {
      const std::string type(account_data::kFullyReadType);
      if (const auto row = account_data::account_data_store::find_account_data(tx, user_id, room->num(), type)) {
        auto before = matrix::parse_json(row->content);
        const auto* content = before ? before->if_object() : nullptr;
        const auto id = content ? matrix::find_string(*content, "event_id") : std::nullopt;
        memory::StoredEventPtr old;
        if (id) {
          TRY(old, opened->find_event(tx, *id));
        }
        if (old && old->pos >= event_pos) continue;
      }
      TRY(account_data_.put(tx, user_id, room->num(), type, matrix::JsonObject{{"event_id", mark.event_id}}));
      continue;
    }
    const auto before = memory::receipt_store::find_receipt(tx, room->num(), user_id, mark.kind, mark.thread);
    if (before && before->event_pos >= event_pos) continue;
    const auto pos = tx.next_pos();
    ReceiptRow row{user_id, mark.kind, mark.thread, mark.event_id, event_pos, now, pos};
    memory::receipt_store::put_receipt(tx, room->num(), row);
    memory::notes::receipt(tx, room->num(), row);
    tx.after_commit([this, room, row = std::move(row)] {
      const auto receipts = entry(room);
      {
        const base::WriteLock lock(receipts->mutex);
        receipts->put(row);
      }
      users_.touch_room(room, row.pos);
      tell(room->id(), row);
    });
  }
  return Unit{};
}

Task<Unit> Receipts::mark(std::string user_id, std::string room_id, std::vector<Mark> marks) {
  const auto now = clock_.unix_ms();
  auto write = [&](store::Tx& tx) { return write_marks(tx, user_id, room_id, marks, now); };
  co_return co_await db_.write(write, {.lane = store::Lane::receipts, .savepoint = marks.size() > 1});
}

Task<Unit> Receipts::mark_read(std::string room_id, std::string user_id, std::string event_id) {
  std::vector<Mark> marks{{.kind = "m.read", .event_id = std::move(event_id), .thread = {}}};
  co_return co_await mark(std::move(user_id), std::move(room_id), std::move(marks));
}

bool Receipts::append_since(std::string& out, store::Connection* connection, const memory::RoomPtr& room,
                            std::string_view user_id, StreamPos since, StreamPos upto, bool& own_changed) {
  const auto receipts = loaded(connection, room);
  if (!receipts) return false;
  const base::ReadLock lock(receipts->mutex);
  GroupedReceipts grouped;
  for (auto it = receipts->by_pos.upper_bound(since); it != receipts->by_pos.end() && it->first <= upto; ++it) {
    own_changed |= it->second.user_id == user_id;
    grouped.add(it->second, user_id);
  }
  grouped.append(out);
  return true;
}

bool Receipts::append_at(std::string& out, store::Connection* connection, const memory::RoomPtr& room,
                         std::string_view user_id, const std::vector<std::string_view>& event_ids, StreamPos upto) {
  const auto receipts = loaded(connection, room);
  if (!receipts) return false;
  const base::ReadLock lock(receipts->mutex);
  GroupedReceipts grouped;
  for (const auto& [pos, row] : receipts->by_pos) {
    if (pos > upto) break;
    if (row.user_id == user_id || std::ranges::find(event_ids, row.event_id) != event_ids.end()) {
      grouped.add(row, user_id);
    }
  }
  grouped.append(out);
  return true;
}

std::optional<ReadFloors> Receipts::floors(store::Connection* connection, const memory::RoomPtr& room,
                                           std::string_view user_id) {
  const auto receipts = loaded(connection, room);
  if (!receipts) return std::nullopt;
  const base::ReadLock lock(receipts->mutex);
  ReadFloors floors;
  std::string key(user_id);
  for (const std::string_view kind : {"m.read", "m.read.private"}) {
    for (const std::string_view thread : {"", "main"}) {
      key.resize(user_id.size());
      key.push_back('\0');
      key += kind;
      key.push_back('\0');
      key += thread;
      const auto found = receipts->by_key.find(key);
      if (found != receipts->by_key.end()) floors.raise(thread, receipts->by_pos.at(found->second).event_pos);
    }
  }
  if (receipts->threaded_users.contains(user_id)) {
    // In order first: a flat map moves what stands behind for each that it takes in between, and a user may name as
    // many threads as they like.
    std::map<std::string_view, StreamPos> threads;
    for (const auto& [pos, row] : receipts->by_pos) {
      if (row.user_id != user_id || row.thread.empty() || row.thread == "main") continue;
      auto& floor = threads[row.thread];
      floor = std::max(floor, row.event_pos);
    }
    floors.threads.reserve(threads.size());
    for (const auto& [thread, floor] : threads) floors.threads.emplace_hint(floors.threads.end(), thread, floor);
  }
  return floors;
}

}  // namespace troupe::homeserver::sync
