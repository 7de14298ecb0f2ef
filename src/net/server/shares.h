// What one address may take of what all connections of a listener share: bodies that are held in memory, and
// connections.
#pragma once
#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "base/result.h"

namespace troupe::net::server {

/// How much of something each of many holds, and all together. Callable from any thread.
class Shares {
 public:
  struct Limits {
    std::size_t all;
    std::size_t each;
  };
  enum class Outcome { taken, full, too_much };  ///< `too_much`: by this one; `full`: by all
  explicit Shares(Limits limits) : limits_(limits) {}

  /// Whoever holds nothing yet is bounded by `all` alone: one large thing goes in when it is taken at once. What grows,
  /// as a body does, holds something from its second step on, and is bounded by `each`.
  Outcome take(std::string_view who, std::size_t amount);
  void give_back(std::string_view who, std::size_t amount);
  std::size_t taken() const;

 private:
  const Limits limits_;
  mutable base::Mutex mutex_;
  std::size_t taken_ GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::size_t, std::less<>> by_holder_ GUARDED_BY(mutex_);
};

/// What the bodies of requests that are read whole may take in memory, from their first bytes to the end of the answer.
inline constexpr Shares::Limits kBodiesInMemory{.all = 256UL << 20, .each = 64UL << 20};
/// Of all connections of a listener one address may have a quarter, and where those are few, more; trusted proxies and
/// this machine all of them.
constexpr std::size_t connections_of_address(std::size_t all) {
  constexpr std::size_t kFew = 256;
  return std::max({std::size_t{1}, all / 4, std::min(all / 2, kFew)});
}

/// One body's part of the room for bodies; given back by the destructor.
class BodyRoom {
 public:
  /// Smaller ones are not counted: a connection costs as much.
  static constexpr std::size_t kNotCounted = 16UL * 1024;

  explicit BodyRoom(Shares& shares) : shares_(shares) {}
  ~BodyRoom() { clear(); }
  BodyRoom(const BodyRoom&) = delete;
  BodyRoom& operator=(const BodyRoom&) = delete;
  /// `bytes`: what it is by now. Errors: limit_exceeded (429), unavailable (503), both with a time to try again.
  Result<Unit> grow_to(std::size_t bytes, std::string_view address);
  void clear();

 private:
  Shares& shares_;
  std::string who_;
  std::size_t bytes_ = 0;
};

/// As whose the connections of this address are counted (route::rate_key_of_address), whichever way a listener of both
/// families tells it. Empty: as nobody's; this machine, where proxies and bridges are.
std::string holder_of(boost::asio::ip::address address);

}  // namespace troupe::net::server
