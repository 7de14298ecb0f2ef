// What /sync remembers of a device between two of its requests.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/mutex.h"
#include "base/types.h"

namespace troupe::homeserver::sync {

/// What is remembered of devices, so that a request without news needs no database. Bounded; callable from any thread.
/// `own_pos` is always UserView::last_own_pos().
class DeviceMemories {
 public:
  static std::string key_of(std::string_view user_id, std::string_view device_id);

  /// The members about one-time and fallback keys; empty: they are not known as of `own_pos`.
  std::string counts_of(const std::string& key, StreamPos own_pos);
  /// `to_device_upto`: an answer shows messages up to here, which are stored still; 0: it shows none.
  void shown(const std::string& key, StreamPos own_pos, std::string counts, StreamPos to_device_upto);
  /// Whether there may be messages up to a position to be removed, which the caller then does. `shared`: other
  /// processes show messages, too.
  bool take_delivered(const std::string& key, StreamPos upto, StreamPos own_pos, bool shared);
  /// That removal failed: the next request tries again.
  void not_removed(const std::string& key);

 private:
  static constexpr StreamPos kUnknown = -1;
  static constexpr std::size_t kMaxPerShard = 16'384;
  struct Memory {
    StreamPos own_pos = -1;  ///< when `counts` was read; -1: never
    std::string counts;
    StreamPos to_forget = kUnknown;  ///< to-device messages up to here were shown and are stored still; 0: none
    StreamPos forgot_at = 0;         ///< own_pos when it became 0: later ones another process may have shown
  };
  struct Shard {
    base::Mutex mutex;
    std::unordered_map<std::string, Memory> devices GUARDED_BY(mutex);
    Memory& of(const std::string& key) REQUIRES(mutex);
  };
  Shard& shard_of(const std::string& key);

  std::array<Shard, 16> shards_;
};

}  // namespace troupe::homeserver::sync
