// What the server knows of the connections of sliding sync: how far each is, and what it was sent of which room. In
// memory only: after a restart, or when it had to go, a client begins anew (M_UNKNOWN_POS).
#pragma once
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "homeserver/account_data/account_data.h"
#include "homeserver/common/sync_token.h"
#include "homeserver/sliding/sliding_request.h"

namespace troupe::homeserver::sliding {

/// What the user is to a room, as far as clients see it.
enum class RoomPart : std::uint8_t { joined, invited, knocked, gone };

/// How a connection knows one room. Small: an account may be in thousands.
struct SentRoom {
  enum Flag : std::uint8_t {
    kLive = 1,  ///< among the rooms of the newest answer: shown up to that answer's position
    kDirect = 2,
    kAccountData = 4,  ///< the extension has shown what there is
    kReceipts = 8,
    kTyping = 16,  ///< somebody was shown typing
  };
  memory::RoomNum room = 0;
  StreamPos upto = 0;                ///< of one that is not live: shown up to here
  std::uint16_t timeline_limit = 0;  ///< so many of the newest events the client has
  std::uint16_t state = 0;           ///< which of the position's required states was asked for
  std::uint16_t notifications = 0;
  std::uint16_t highlights = 0;
  RoomPart part = RoomPart::joined;
  std::uint8_t flags = 0;
  bool forgotten = false;  ///< in a change: the connection does not know the room any more
  bool has(Flag flag) const { return (flags & flag) != 0; }
};

/// What a client was told of a list.
struct SentList {
  std::string name;
  std::size_t count = 0;
  std::size_t window = 0;  ///< a hash of the rooms shown
  bool operator==(const SentList&) const = default;
};

using RequiredStatePtr = std::shared_ptr<const RequiredState>;

/// A connection after one answer. Immutable once offered.
struct ConnectionState {
  std::uint64_t number = 0;
  StreamPos pos = 0;
  std::uint64_t ephemeral = 0;

  std::shared_ptr<const std::vector<SentRoom>> sent;  ///< by room; shared with the state before
  std::vector<SentRoom> changed;                      ///< over `sent`, by room
  std::vector<RequiredStatePtr> states;

  SlidingShape shape = SlidingShape::unstable;
  std::uint64_t lists_hash = 0;
  std::vector<SentList> lists;
  std::vector<std::pair<std::string, SlidingRule>> subscriptions;  ///< the oldest first
  unsigned extensions = 0;                                         ///< a bit for each that was asked for
  StreamPos to_device_upto = 0;                                    ///< the extension's next_batch
  bool to_device_more = false;
  account_data::UserSettingsPtr settings;  ///< that the unread counts rest on

  const SentRoom* find(memory::RoomNum room) const;
  /// All rooms with the changes.
  std::vector<SentRoom> rooms() const;
  std::size_t bytes() const;
};
using ConnectionStatePtr = std::shared_ptr<const ConnectionState>;

/// One per server; callable from any thread.
class SlidingConnections {
 public:
  struct Limits {
    std::size_t of_device = 16;
    std::size_t all = 20'000;
    std::size_t bytes_of_one = 8UL * 1024 * 1024;
    std::size_t bytes = 256UL * 1024 * 1024;
    /// The share of one account: whoever is beyond it loses its own oldest, never another's.
    std::size_t of_user = 64;
    std::size_t bytes_of_user = 16UL * 1024 * 1024;
  };
  static constexpr std::chrono::hours kKeep{24};  ///< unused ones

  explicit SlidingConnections(const base::Clock& clock) : SlidingConnections(clock, Limits()) {}
  SlidingConnections(const base::Clock& clock, Limits limits);

  /// Names this start of the program in positions.
  const std::string& boot() const { return boot_; }
  /// The number of the next answer.
  std::uint64_t next_number() { return numbers_.fetch_add(1, std::memory_order_relaxed) + 1; }

  /// A request's hold on its connection, until a newer request of the same connection comes.
  struct Turn {
    std::string key;
    std::uint64_t number = 0;
    ConnectionStatePtr since;  ///< none: the connection begins
    bool replaced = false;     ///< another request of the connection may be waiting still
  };
  /// Takes the turn. The newest position confirms itself: the one before it goes. The one before: the newest was lost
  /// on its way, or this request was given up by its client and comes behind the one that took its place; so of the
  /// answers to the same position the last two may be confirmed. Error: invalid_param (M_UNKNOWN_POS).
  Result<Turn> begin(const SlidingRequest& request);
  /// Another request has taken the connection over, or it is gone.
  bool is_over(const Turn& turn) const;
  /// The answer's state, before the answer is sent. False: is_over(); then it must not be sent.
  bool offer(const Turn& turn, ConnectionStatePtr state);

  /// Forgets what nobody used for kKeep. From a job.
  void evict();
  std::size_t count() const;
  std::size_t bytes() const;

 private:
  struct Connection {
    std::string user;
    std::string device;  ///< the device's key
    std::uint64_t turn = 0;
    bool answered = true;  ///< the request that has the turn
    ConnectionStatePtr acked;
    ConnectionStatePtr offered;
    ConnectionStatePtr offered_before;  ///< the answer before it to the same position
    std::int64_t used_ms = 0;
    std::uint64_t used = 0;  ///< orders by use
    std::size_t bytes = 0;
  };
  using Map = std::unordered_map<std::string, Connection>;
  using ByUse = std::map<std::uint64_t, std::string>;  ///< keys, the longest unused first
  struct Share {
    std::size_t bytes = 0;
    ByUse by_use;
  };

  void touch(const std::string& key, Connection& connection) REQUIRES(mutex_);
  void weigh(Connection& connection) REQUIRES(mutex_);
  void add_bytes(const std::string& user, std::size_t before, std::size_t now) REQUIRES(mutex_);
  void drop(Map::iterator connection) REQUIRES(mutex_);
  void make_room(const std::string& keep) REQUIRES(mutex_);
  /// The longest unused one of the account that takes most; nothing when `keep` is all there is.
  std::optional<std::string> oldest_of_the_largest(const std::string& keep) const REQUIRES(mutex_);

  const base::Clock& clock_;
  const Limits limits_;
  const std::string boot_;
  std::atomic<std::uint64_t> numbers_{0};
  mutable base::Mutex mutex_;
  Map connections_ GUARDED_BY(mutex_);
  ByUse by_use_ GUARDED_BY(mutex_);
  std::map<std::string, Share> of_user_ GUARDED_BY(mutex_);
  std::set<std::pair<std::size_t, std::string>> by_weight_ GUARDED_BY(mutex_);  ///< bytes and user id
  std::unordered_map<std::string, std::set<std::string>> of_device_ GUARDED_BY(mutex_);
  std::uint64_t uses_ GUARDED_BY(mutex_) = 0;
  std::size_t bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace troupe::homeserver::sliding
