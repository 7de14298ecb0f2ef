// Who is typing where. In memory only; every change has an ephemeral number of this start of the program. Processes of
// one server tell each other over the bus.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "bus/bus.h"
#include "homeserver/reading/users.h"
#include "homeserver/rooms/rooms.h"

namespace troupe::homeserver {

inline constexpr std::chrono::milliseconds kDefaultTyping{30'000};
inline constexpr std::chrono::milliseconds kMaxTyping{120'000};

/// One per server; callable from any thread. Client-Server API #typing-notifications
class Typing {
 public:
  /// `executor` runs the timer that ends forgotten notices.
  Typing(store::Database& db, Rooms& rooms, Users& users, bus::Bus& bus, asio::any_io_executor executor);
  ~Typing();

  /// Errors: forbidden (not joined).
  Task<Unit> set(std::string room_id, std::string user_id, bool typing, std::chrono::milliseconds timeout);
  /// For a message that was just sent: whoever sends has stopped typing. Cheap when they were not.
  void stopped(RoomNum room, std::string_view user_id);

  /// The whole list, when it changed after the number; nothing otherwise. `since` 0: whenever somebody types.
  std::optional<std::vector<std::string>> changed_since(RoomNum room, std::uint64_t since) const;
  /// The rooms whose list changed after the number, ascending.
  std::vector<RoomNum> rooms_changed_since(std::uint64_t since) const;
  /// Ends the timer; notices that still stand stay as they are. Before the executor goes.
  void stop();

 private:
  struct Impl;
  /// What a process of this server said on the bus.
  void heard(std::string_view bytes);
  void tell(std::string_view room_id, std::string_view user_id, std::chrono::milliseconds left);
  std::shared_ptr<Impl> impl_;
  store::Database& db_;
  Rooms& rooms_;
  bus::Bus& bus_;
  bus::SubscriptionPtr others_;
};

}  // namespace troupe::homeserver
