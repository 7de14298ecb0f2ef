// Messages that pass to devices which are listening now, and are kept nowhere: a device that is away misses them.
// Beside them, which devices listen, and which of them follow streams (MSC4471).
#pragma once
#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "homeserver/memory/room.h"

namespace troupe::homeserver::memory {

class Users;

/// One per server, of its Users; callable from any thread, under no lock of a user. Every message has an ephemeral
/// number of this start of the program, so a reader with a token is shown what came after it, also twice.
class DeviceInbox {
 public:
  static constexpr std::size_t kMostMessages = 128;           ///< of a device; the oldest go
  static constexpr std::size_t kMostBytes = 256 * 1024;       ///< of a device
  static constexpr std::size_t kMostBytesOfAll = 64UL << 20;  ///< beyond it nothing is taken
  static constexpr std::size_t kMostDevicesOfOne = 64;        ///< of a user; the one that was away longest goes
  static constexpr std::chrono::milliseconds kKept{30'000};
  /// A device that waits for nothing now is still taken to listen for so long: it is about to ask again.
  static constexpr std::chrono::milliseconds kBetweenRequests{30'000};
  /// After that it is forgotten, and with it that it knows streams.
  static constexpr std::chrono::hours kRemembered{1};

  DeviceInbox(Users& users, const base::Clock& clock) : users_(users), clock_(clock) {}

  /// For a device that was seen listening (heard_of). `json`: the event as /sync shows it. False: it is not there, or
  /// there is no room.
  bool push(std::string_view user_id, std::string_view device_id, std::string json);
  /// since < number <= upto, oldest first, at most `limit`.
  std::vector<std::string> read(std::string_view user_id, std::string_view device_id, std::uint64_t since,
                                std::uint64_t upto, std::size_t limit) const;

  /// A device asks what is new, and waits for it as long as this.
  void heard_of(std::string_view user_id, std::string_view device_id, std::chrono::milliseconds waits);
  /// A device has asked for a stream: it knows what they are.
  void follows_streams(std::string_view user_id, std::string_view device_id);
  /// Which devices are meant: those of which that is known, or the others.
  enum class Knows : std::uint8_t { streams, no_streams };
  /// Whether such a device of somebody in the room listens, or did a moment ago; `but` apart.
  bool has_listener(const RoomPtr& room, Knows knows, std::string_view but) const;

  /// Forgets messages that are too old, and devices that have been away for a while. From a job.
  void sweep();

 private:
  struct Message {
    std::uint64_t number = 0;
    std::int64_t at_ms = 0;
    std::string json;
  };
  struct Device {
    std::string id;
    std::int64_t listens_until_ms = 0;
    bool follows_streams = false;
    std::deque<Message> messages = {};
    std::size_t bytes = 0;
  };
  /// Users by their hash, so that thousands of requests a second do not meet at one lock.
  struct Shard {
    mutable base::Mutex mutex;
    std::unordered_map<std::string, std::vector<Device>> users GUARDED_BY(mutex);
    Device* find(const std::string& user_id, std::string_view device_id) REQUIRES(mutex);
  };
  Shard& shard_of(const std::string& user_id) const;
  bool listens(const std::string& user_id, Knows knows) const;
  void drop_first(Device& device);
  void drop_old(Device& device, std::int64_t now_ms);

  Users& users_;
  const base::Clock& clock_;
  mutable std::array<Shard, 16> shards_;
  std::atomic<std::size_t> bytes_{0};  ///< of all messages
};

}  // namespace troupe::homeserver::memory
