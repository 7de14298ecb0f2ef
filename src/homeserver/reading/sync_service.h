// GET /sync: what is new for a device since a token, at once or as soon as there is something.
#pragma once
#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>

#include "homeserver/async_gate.h"
#include "homeserver/crypto/device_sync.h"
#include "homeserver/reading/sync_room.h"
#include "homeserver/reading/sync_token.h"
#include "homeserver/settings/filters.h"

namespace troupe::homeserver {

inline constexpr std::chrono::milliseconds kMaxSyncWait{30'000};

struct SyncRequest {
  std::string user_id;
  std::string device_id;
  std::string since;   ///< empty: first sync
  std::string filter;  ///< the parameter as it came: id, inline JSON, or empty
  bool full_state = false;
  std::string_view state_after_key;  ///< under which name `state_after` is wanted; empty: `state`
  std::chrono::milliseconds timeout{0};
};

/// Where the answer's part about devices comes from: read_device_sync and forget_delivered_to_device, or no_devices().
struct DeviceSync {
  std::function<Result<DeviceSyncPart>(store::Connection&, const DeviceSyncQuery&)> read;
  std::function<void(store::Connection&, std::string_view user_id, std::string_view device_id, StreamPos upto)> forget;
};
/// For a server where devices have no keys and send each other nothing.
DeviceSync no_devices();

/// One per server; callable from any I/O thread.
///
/// An answer is made from memory when it can be: loaded rooms hold their newest events and their state, and users know
/// the newest position that concerns them. What reaches further back is read in pieces of a few milliseconds each, up
/// to the position that the answer began with: other people's reads go in between. First syncs and other long answers
/// pass a gate that leaves readers and processors to everybody else. Waiting holds neither a reader nor a lock.
class SyncService {
 public:
  SyncService(store::Database& db, Rooms& rooms, Users& users, Filters& filters, SyncServices services,
              DeviceSync device_sync, const base::Clock& clock);

  /// Yields the body of the answer. Errors: invalid_param (token or filter), not_json, bad_json (inline filter).
  /// A token of the future (a database that was set back) is answered at once with a present one.
  Task<std::string> sync(SyncRequest request);
  /// How long one piece of a long answer, or of the reading before it, holds a reader. Before the first request.
  void set_piece(std::chrono::milliseconds piece) { piece_ = piece; }
  /// Answers whoever waits, and from now on everybody at once: the server is about to close.
  void stop();

 private:
  /// What is remembered of a device between two of its requests.
  struct DeviceMemory {
    StreamPos own_pos = -1;          ///< UserView::last_own_pos() when `counts` was read; -1: never
    std::string counts;              ///< the members about one-time and fallback keys, with a comma in front
    StreamPos to_forget = kUnknown;  ///< to-device messages up to here were shown and are stored still; 0: none
    StreamPos forgot_at = 0;         ///< last_own_pos() when it became 0: later ones another process may have shown
  };
  static constexpr StreamPos kUnknown = -1;
  static constexpr std::size_t kMaxDevicesPerShard = 16'384;
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, DeviceMemory> devices;
  };
  struct Answer;
  /// Long answers that are made at the same time, and those that wait for it.
  static constexpr std::size_t kMaxWaitingLong = 2'000;

  Shard& shard_of(const std::string& device_key);
  std::string counts_of(const std::string& device_key, StreamPos own_pos);
  Task<UserViewPtr> load_user(std::string user_id, bool first_sync);
  Task<Unit> load_rooms_of(std::string user_id);
  Task<Unit> read_in_pieces(Answer& answer);
  Task<Unit> forget_delivered(const SyncRequest& request, const std::string& device_key, StreamPos upto,
                              StreamPos own_pos);
  /// Whether the position is still to come after what other processes have committed was given time to arrive.
  asio::awaitable<bool> is_of_the_future(StreamPos pos);
  std::string empty_answer(const SyncToken& next, const std::string& counts) const;

  store::Database& db_;
  Rooms& rooms_;
  Users& users_;
  Filters& filters_;
  SyncServices services_;
  DeviceSync device_sync_;
  const base::Clock& clock_;
  std::atomic<bool> stopping_{false};
  std::string boot_;  ///< names this start of the program in tokens
  std::array<Shard, 16> shards_;
  AsyncGate long_answers_;
  std::chrono::milliseconds piece_{10};
};

}  // namespace troupe::homeserver
