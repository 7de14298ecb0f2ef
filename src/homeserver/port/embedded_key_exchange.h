// The port's keys (matrix/key_exchange.h) on the server in this program.
#pragma once
#include "homeserver/accounts/device_service.h"
#include "homeserver/crypto/cross_signing.h"
#include "homeserver/crypto/device_keys.h"
#include "homeserver/crypto/to_device.h"
#include "matrix/key_exchange.h"

namespace troupe::homeserver::port {

/// One per server. What it writes goes the way of every client's request.
class EmbeddedKeyExchange final : public matrix::KeyExchange {
 public:
  /// Everything must outlive the port.
  struct Parts {
    store::Database& db;
    accounts::DeviceService& devices;
    crypto::DeviceKeys& keys;
    crypto::CrossSigning& cross_signing;
    crypto::ToDevice& to_device;
  };
  explicit EmbeddedKeyExchange(Parts parts) : parts_(parts) {}

  Task<Unit> ensure_device(std::string user_id, std::string device_id, std::string display_name) override;
  Task<Unit> upload_keys(std::string user_id, std::string device_id, matrix::JsonObject body) override;
  Task<Unit> upload_cross_signing(std::string user_id, matrix::JsonObject body) override;
  Task<Unit> upload_signatures(std::string user_id, matrix::JsonObject body) override;
  Task<matrix::JsonObject> query_keys(std::string user_id, std::vector<std::string> user_ids) override;
  Task<matrix::JsonObject> claim_keys(std::string user_id, matrix::JsonObject wanted) override;
  Task<Unit> send_to_device(matrix::NewDeviceMessages messages) override;
  Task<matrix::DeviceInbox> inbox(std::string user_id, std::string device_id, StreamPos after,
                                  std::size_t limit) override;
  Task<Unit> forget_inbox(std::string user_id, std::string device_id, StreamPos upto) override;
  Task<matrix::KeyChanges> key_changes(StreamPos after) override;

 private:
  Parts parts_;
};

}  // namespace troupe::homeserver::port
