// The port's keys: what a device of an account of ours publishes, learns of other devices and is sent by them, so that
// it can read and write in encrypted rooms. Client-Server API #end-to-end-encryption, #send-to-device-messaging,
// #cross-signing. The homeserver only carries: whoever uses this encrypts.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/task.h"
#include "base/types.h"
#include "matrix/json.h"

namespace troupe::matrix {

/// What is configured of it (host::Settings::of), for who offers the role and for who uses it.
struct EncryptionOptions {
  bool bots = true;  ///< bots take part in encrypted rooms, so clients may encrypt new ones
};

/// A message from another device.
struct DeviceMessage {
  StreamPos pos = 0;
  std::string sender;
  std::string type;
  JsonObject content;
};

/// What a device has not been told yet.
struct DeviceInbox {
  std::vector<DeviceMessage> messages;  ///< oldest first
  bool more = false;                    ///< there are more after the last one
  std::int64_t one_time_keys = 0;       ///< signed_curve25519 keys that others may still claim
  bool fallback_key = false;            ///< there is a fallback key that nobody was given yet
};

struct NewDeviceMessages {
  std::string sender;
  std::string sender_device;
  std::string type;
  JsonObject messages;  ///< user to device to content, as in the body of PUT /sendToDevice
  /// The same again is sent once. At most 255 bytes; required.
  std::string txn_id;
};

/// Whose devices or keys have changed.
struct KeyChanges {
  std::vector<std::string> user_ids;
  StreamPos upto = 0;  ///< ask again from here
};

/// Callable from any thread. Bodies and answers are those of the routes of the same name, errors Matrix ones. A twin
/// may lack this role: then accounts there cannot take part in encrypted rooms.
class KeyExchange {
 public:
  virtual ~KeyExchange() = default;
  /// Makes a device that nobody is signed in on; one that is there stays as it is. Errors: not_found (no such account),
  /// forbidden (closed, or too many devices).
  virtual Task<Unit> ensure_device(std::string user_id, std::string device_id, std::string display_name) = 0;
  /// `device_keys`, `one_time_keys`, `fallback_keys`. Errors: invalid_param, unknown_token (there is no such device).
  virtual Task<Unit> upload_keys(std::string user_id, std::string device_id, JsonObject body) = 0;
  /// `master_key`, `self_signing_key`, `user_signing_key`: takes the place of what is there. Error: invalid_param.
  virtual Task<Unit> upload_cross_signing(std::string user_id, JsonObject body) = 0;
  /// User to device or key to signed object. Error: invalid_param (also when one signature is not taken).
  virtual Task<Unit> upload_signatures(std::string user_id, JsonObject body) = 0;
  /// The answer of /keys/query about all devices of these users; at most 1,000 users.
  virtual Task<JsonObject> query_keys(std::string user_id, std::vector<std::string> user_ids) = 0;
  /// `one_time_keys` of the answer of /keys/claim, for user to device to algorithm; at most 1,000 devices.
  virtual Task<JsonObject> claim_keys(std::string user_id, JsonObject wanted) = 0;
  /// Completes when the messages are durable.
  virtual Task<Unit> send_to_device(NewDeviceMessages messages) = 0;
  /// Messages after a position, at most `limit`; they stay until forget_inbox().
  virtual Task<DeviceInbox> inbox(std::string user_id, std::string device_id, StreamPos after, std::size_t limit) = 0;
  /// The messages up to a position are kept elsewhere now.
  virtual Task<Unit> forget_inbox(std::string user_id, std::string device_id, StreamPos upto) = 0;
  /// Of all users of the homeserver, after a position; at the very first 0: nobody, and where to ask on from.
  virtual Task<KeyChanges> key_changes(StreamPos after) = 0;
};

}  // namespace troupe::matrix
