// A provider says that somebody has signed out there: OpenID Connect Back-Channel Logout 1.0.
#pragma once
#include <string>

#include "base/clock.h"
#include "homeserver/accounts/device_service.h"
#include "homeserver/sso/sign_in_store.h"
#include "identity/oidc/provider.h"
#include "identity/sessions.h"

namespace troupe::homeserver::sso {

/// One per server; callable from any thread.
class Logouts {
 public:
  struct Parts {
    store::Database& db;
    identity::oidc::Providers& providers;
    accounts::DeviceService& devices;
    identity::Sessions& sessions;
    bus::Bus& bus;
    const base::Clock& clock;
  };
  explicit Logouts(Parts parts) : parts_(parts) {}

  /// Ends what came from the session, or from all of the person: devices, login tokens, sign-ins on their way, browsers
  /// at the pages, sessions of the console. Durable when it returns. Errors: forbidden (not a logout token of a
  /// provider that may send them, or one that was taken already), unavailable (the provider's keys cannot be fetched).
  Task<Unit> take(std::string token);

 private:
  Task<Unit> end_console_sessions(accounts::SsoOrigin ended);

  Parts parts_;
};

}  // namespace troupe::homeserver::sso
