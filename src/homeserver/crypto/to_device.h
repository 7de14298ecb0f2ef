// Messages from device to device (Client-Server API #send-to-device-messaging).
#pragma once
#include <string>
#include <vector>

#include "base/clock.h"
#include "homeserver/appservice/services.h"
#include "homeserver/memory/users.h"
#include "homeserver/streams/event_streams.h"
#include "host/settings.h"
#include "matrix/json.h"

namespace troupe::homeserver::crypto {

struct DeviceMessage {
  std::string user_id;
  std::string device_id;  ///< "*": every device of the user
  std::string content;    ///< serialized object
};
/// Member `messages` of the body. Errors: bad_json, missing_param, invalid_param, too_large.
Result<std::vector<DeviceMessage>> read_device_messages(const matrix::JsonObject& body);

struct SendToDevice {
  std::string sender;
  std::string sender_device = {};  ///< empty: a token without a device
  bool by_guest = false;           ///< all guests count as one sender, where a queue is shared out
  std::string txn_hash;            ///< stands for the request (txn_hash() of event_store.h)
  std::string type;
  std::vector<DeviceMessage> messages;
};

/// One per server; callable from any thread.
class ToDevice {
 public:
  static constexpr std::size_t kMaxMessages = 5'000;          ///< of one request
  static constexpr std::size_t kMaxContentBytes = 64 * 1024;  ///< of each
  static constexpr std::size_t kMaxBodyBytes = 8 * 1024 * 1024;
  /// What one request may store: a message to "*" counts once for each device.
  static constexpr std::size_t kMaxStoredBytes = 8 * 1024 * 1024;

  /// `streams` hears what is sent to the publisher of this server's streams, `services` what is sent to their users;
  /// nullptr: there are none.
  ToDevice(store::Database& db, memory::Users& users, const host::Settings& settings, const base::Clock& clock,
           streams::EventStreams* streams = nullptr, const appservice::Services* services = nullptr)
      : db_(db), users_(users), settings_(settings), clock_(clock), streams_(streams), services_(services) {}

  /// What asks for a stream of this server is heard at once and stored nowhere: it is worth nothing later. For the rest
  /// it completes when the messages are durable; they wait until the devices have them. Unknown users and devices, and
  /// other servers, are passed over. The same request again: nothing is written. What waits for a
  /// device beyond KeepSettings::to_device_queue_bytes goes: the oldest of whoever takes most. Errors: invalid_param
  /// (too many devices), too_large.
  Task<Unit> send(SendToDevice request);
  /// Removes what no device fetched for KeepSettings::to_device_days. `now`: by host::age_clock. From a job.
  Task<Unit> forget_old(base::UnixMs now);

 private:
  void hear_streams(SendToDevice& request) const;
  std::vector<const appservice::Service*> services_of(std::string_view user_id) const;
  store::Database& db_;
  memory::Users& users_;
  const host::Settings& settings_;
  const base::Clock& clock_;
  streams::EventStreams* streams_;
  const appservice::Services* services_;
};

}  // namespace troupe::homeserver::crypto
