// Read receipts: stored, and kept in memory per room so that /sync shows what is new without a query
// (Client-Server API #receipts).
#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "homeserver/account_data/account_data.h"
#include "homeserver/memory/receipt_store.h"
#include "homeserver/memory/rooms.h"
#include "matrix/ephemeral_feed.h"

namespace troupe::homeserver::sync {

/// Up to where a user has read a room, from their public and private receipts.
struct ReadFloors {
  StreamPos everything = 0;                               ///< by receipts without a thread
  StreamPos main = 0;                                     ///< of the main timeline only
  std::map<std::string, StreamPos, std::less<>> threads;  ///< by the root's event id
  bool operator==(const ReadFloors&) const = default;

  /// Takes a receipt in.
  void raise(std::string_view thread, StreamPos event_pos);
  /// Whether an event has been read: of the thread with this root, or of the main timeline when it is empty.
  bool cover(StreamPos pos, std::string_view thread) const;
};

/// The event id of the root when the event is an answer in a thread, else empty.
std::string_view thread_of(const memory::StoredEvent& stored);

/// One per server; callable from any thread.
class Receipts {
 public:
  Receipts(store::Database& db, memory::Rooms& rooms, memory::Users& users, account_data::AccountData& account_data,
           const base::Clock& clock);

  struct Mark {
    std::string kind;  ///< m.read, m.read.private, m.fully_read
    std::string event_id;
    std::string thread;  ///< empty: not threaded; "main" or the root's event id
  };
  /// Sets receipts (and the fully-read marker) of one user in one room, all in one commit. A mark that lies before the
  /// present one changes nothing. Errors: forbidden (not joined), not_found (event is not in the room).
  Task<Unit> mark(std::string user_id, std::string room_id, std::vector<Mark> marks);

  /// One public receipt without a thread, as products set it.
  Task<Unit> mark_read(std::string room_id, std::string user_id, std::string event_id);

  /// The m.receipt events' content with since < pos <= upto as this user may see it, appended as members of `content`
  /// without braces; nothing when there are none. Others' private receipts are left out.
  /// `own_changed`: one of them is the user's own (their unread counts may have changed).
  /// False when the room's receipts are not in memory and there is no connection.
  bool append_since(std::string& out, store::Connection* connection, const memory::RoomPtr& room,
                    std::string_view user_id, StreamPos since, StreamPos upto, bool& own_changed);
  /// The same of receipts at these events, and of the user's own wherever they are, up to a position.
  bool append_at(std::string& out, store::Connection* connection, const memory::RoomPtr& room, std::string_view user_id,
                 const std::vector<std::string_view>& event_ids, StreamPos upto);
  /// Nothing when they are not in memory and there is no connection.
  std::optional<ReadFloors> floors(store::Connection* connection, const memory::RoomPtr& room,
                                   std::string_view user_id);

  /// Every public receipt (m.read) once it is durable, in the order of the commits. Callbacks run on the writer thread.
  [[nodiscard]] base::SubscriptionPtr observe(std::function<void(const matrix::ReceiptEdu&)> receive);

  /// Another process stored a receipt. Writer thread. Throws store::SqlError.
  void heard(store::Connection& connection, memory::RoomNum room, memory::receipt_store::ReceiptRow row);
  /// Forgets what is in memory.
  void clear();

  /// Drops what belongs to rooms that are no longer in memory. From a job.
  void evict();

 private:
  struct RoomReceipts;
  using RoomReceiptsPtr = std::shared_ptr<RoomReceipts>;
  void tell(const std::string& room_id, const memory::receipt_store::ReceiptRow& row) const;
  RoomReceiptsPtr entry(const memory::RoomPtr& room) EXCLUDES(mutex_);
  RoomReceiptsPtr loaded(store::Connection* connection, const memory::RoomPtr& room);
  Result<Unit> write_marks(store::Tx& tx, const std::string& user_id, const std::string& room_id,
                           const std::vector<Mark>& marks, base::UnixMs now);

  store::Database& db_;
  memory::Rooms& rooms_;
  memory::Users& users_;
  account_data::AccountData& account_data_;
  const base::Clock& clock_;
  base::Observers<const matrix::ReceiptEdu&> observers_;
  base::Mutex mutex_;
  std::unordered_map<memory::RoomNum, RoomReceiptsPtr> rooms_in_memory_ GUARDED_BY(mutex_);
  /// Other processes' newest receipts in rooms that were not in memory: whoever reads such a room now may have an older
  /// snapshot.
  struct Late {
    base::UnixMs at_ms;
    memory::RoomNum room;
    memory::receipt_store::ReceiptRow row;
  };
  std::deque<Late> late_ GUARDED_BY(mutex_);
};

}  // namespace troupe::homeserver::sync
