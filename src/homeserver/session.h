// Access tokens: who a request on the Matrix listener stands for. The hot path of every request.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "host/settings.h"
#include "net/router.h"
#include "store/database.h"

namespace troupe::homeserver {

/// The accounts' tokens, cached in memory by hash; the database is asked once per token.
/// authenticate() is callable from any thread and does no SQL for a cached token.
class Sessions : public net::Authenticator {
 public:
  virtual ~Sessions() = default;
  /// Forgets cached tokens of a user (all devices, or one) after logout, password change, lock or deactivation.
  virtual void forget(std::string_view user_id, std::optional<std::string_view> device_id = {}) = 0;
};

}  // namespace troupe::homeserver
