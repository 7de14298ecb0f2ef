// Keys by which the program itself calls its own routes for somebody whom it serves: in memory, for minutes, and of no
// use to whoever comes through a socket.
#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/mutex.h"
#include "identity/types.h"

namespace troupe::identity {

/// One per program; callable from any thread. What a key may do is asked at each use: the account's role now, and at
/// most the role that it was made with.
class ActingKeys {
 public:
  static constexpr std::chrono::minutes kLife{15};
  static constexpr std::size_t kMost = 10'000;

  struct Acting {
    Principal principal;
    net::route::Role most = net::route::Role::member;
  };

  explicit ActingKeys(const base::Clock& clock) : clock_(clock) {}

  /// `tra_` and 256 random bits. Error: limit_exceeded (kMost are in use).
  Result<std::string> make(Principal principal, net::route::Role most);
  /// Nothing: unknown, ended, or too old.
  std::optional<Acting> find(std::string_view key) const;
  void end(std::string_view key);

 private:
  struct Entry {
    Acting acting;
    base::UnixMs ends_ms = 0;
  };

  const base::Clock& clock_;
  mutable base::Mutex mutex_;
  std::map<base::Sha256, Entry> by_hash_ GUARDED_BY(mutex_);
};

}  // namespace troupe::identity
