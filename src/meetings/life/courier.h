// The way from a meeting to its bot, and to those who follow meetings by Redis. What carries it is meetings/commands.
#pragma once
#include <cstdint>
#include <string>

#include "base/task.h"
#include "meetings/types/meeting.h"

namespace troupe::meetings::life {

/// A command, and whose it is.
struct Order {
  MeetingId meeting = 0;
  std::string connection_id{};  ///< of the container that it is for
  std::string body{};           ///< JSON, as Vexa's bots read it
};

/// Callable from any thread.
class Courier {
 public:
  virtual ~Courier() = default;
  /// Where the bot with this token hears commands: a redis:// URL. Empty: nowhere just now.
  virtual std::string address_for(const std::string& token) const = 0;
  /// How many heard it, on both of its channels together. 0: nobody listens, and nothing keeps it. Error: unavailable.
  virtual Task<std::int64_t> tell(Order order) = 0;
  /// The meeting has another status, as Vexa names them. Who does not hear it asks for it.
  virtual void announce(const Meeting& meeting) = 0;
};

/// {"action":"leave"}
std::string leave_body(MeetingId meeting);
/// {"action":"reconfigure"}, with both values whatever was changed: Vexa's bots take both.
std::string reconfigure_body(const Meeting& meeting, const std::string& connection_id);

}  // namespace troupe::meetings::life
