// How clients find the service for calls of many (MatrixRTC: MSC4143, MSC4195).
#pragma once
#include "homeserver/common/offers.h"
#include "host/module.h"
#include "matrix/json.h"

namespace troupe::homeserver::rtc {

/// What calls may run over, as MSC4143 lists it in `rtc_transports` and in /.well-known/matrix/client; empty: nothing
/// is set up (`rtc.livekit_service_url`).
matrix::JsonArray rtc_transports(const host::Settings& settings);

/// Adds the route that lists them to signed-in clients.
void setup_rtc(host::Context& context, Offers& offers);

}  // namespace troupe::homeserver::rtc
