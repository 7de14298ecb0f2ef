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
#include "homeserver/memory/rooms.h"
#include "homeserver/memory/users.h"
#include "matrix/ephemeral_feed.h"

namespace troupe::homeserver::memory {

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
  void stopped(std::string_view room_id, const std::string& user_id);

  /// The whole list, when it changed after the number, also when nobody is left in it; nothing otherwise. No number,
  /// for who sees the room for the first time: whenever somebody types.
  std::optional<std::vector<std::string>> changed_since(RoomNum room, std::optional<std::uint64_t> since) const;
  /// The rooms whose list changed after the number, ascending.
  std::vector<RoomNum> rooms_changed_since(std::uint64_t since) const;
  /// The rooms where somebody types now, ascending.
  std::vector<RoomNum> rooms_typing() const;
  /// The list of a room whenever it changes, in order. Callbacks run under a lock of this object.
  [[nodiscard]] base::SubscriptionPtr observe(std::function<void(const matrix::TypingEdu&)> receive);
  /// Whoever types, or sends a message: a sign that somebody is there. Under no lock of this object.
  [[nodiscard]] base::SubscriptionPtr observe_acts(std::function<void(const std::string& user_id)> receive);
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
  base::SubscriptionPtr departures_;
};

}  // namespace troupe::homeserver::memory
