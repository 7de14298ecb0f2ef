// Numbers changes of presence, and wakes those whom they concern: what /sync is told by.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

#include "homeserver/memory/rooms.h"
#include "homeserver/memory/users.h"
#include "homeserver/sync/presence.h"

namespace troupe::homeserver::sync {

/// One per server; callable from any thread. Costs nothing while nobody's presence changes. What changes is collected
/// and told at once, or when what was told last has been paid for: so many readers are woken in a second, however many
/// people come and go. In a room with many readers nobody is woken: they are told with their next request.
class PresenceFeed {
 public:
  static constexpr std::size_t kWokenPerSecond = 5'000;
  static constexpr std::size_t kMaxWokenAtOnce = 20'000;
  static constexpr std::size_t kMaxReadersToWake = 1'000;  ///< of one room
  static constexpr std::size_t kMaxPeople = 50'000;        ///< whose last change is remembered

  /// `executor` runs what is told later, one handler at a time. Everything must outlive stop().
  PresenceFeed(store::Database& db, memory::Rooms& rooms, memory::Users& users, Presence& presence,
               const base::Clock& clock, asio::any_io_executor executor);
  ~PresenceFeed();

  const Presence& presence() const;
  /// Those whose last change has a number in since < number <= upto, the newest first.
  std::vector<std::string> changed(std::uint64_t since, std::uint64_t upto) const;
  /// Tells now what waits, as far as the rate allows: when it returns the readers are woken.
  asio::awaitable<void> publish();
  /// No more timers. Before the executor goes.
  void stop();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
  base::SubscriptionPtr changes_;
};

}  // namespace troupe::homeserver::sync
