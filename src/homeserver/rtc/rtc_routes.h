// How clients find the service for calls of many (MatrixRTC: MSC4143, MSC4195), and that service itself where this
// server is it.
#pragma once
#include "homeserver/accounts/openid_tokens.h"
#include "homeserver/common/offers.h"
#include "homeserver/memory/rooms.h"
#include "host/module.h"
#include "matrix/json.h"

namespace troupe::homeserver::rtc {

/// What calls may run over, as MSC4143 lists it in `rtc_transports` and in /.well-known/matrix/client; empty: nothing
/// is set up. `rtc.livekit_service_url`, else this server's own address where it lets people in itself.
matrix::JsonArray rtc_transports(const host::Settings& settings, const net::http::Request& request);

struct RtcBasis {
  memory::Rooms& rooms;
  accounts::OpenIdTokens& openid;
  Offers& offers;
};

/// Adds the route that lists them to signed-in clients and, with `rtc.livekit_url`, those that let people into calls.
void setup_rtc(host::Context& context, const RtcBasis& basis);

}  // namespace troupe::homeserver::rtc
