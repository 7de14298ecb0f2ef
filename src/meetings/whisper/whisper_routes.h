// Where bots find the front: on a listener of its own, or on the platform's.
#pragma once
#include "meetings/whisper/front.h"
#include "net/route/router.h"

namespace troupe::meetings::whisper {

inline constexpr std::string_view kWhisperListener = "whisper";
/// On the platform's listener, beside the callbacks.
inline constexpr std::string_view kWhisperPath = "/bots/internal/whisper";

net::route::Listener whisper_listener();

/// `front` and `upstream` outlive the router's use.
void add_platform_route(net::route::Router& router, Front& front);
/// Any path is a bot's, but for /health and /metrics.
void add_whisper_routes(net::route::Router& router, Front& front, const Upstream& upstream, const base::Clock& clock);

}  // namespace troupe::meetings::whisper
