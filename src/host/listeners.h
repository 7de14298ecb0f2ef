// The listeners that more than one module has routes on. A module that needs one for itself describes its own, and
// gives it to Context::listen() with an address from its own settings.
#pragma once
#include <string_view>

#include "net/route/listener.h"

namespace troupe::host {

inline constexpr std::string_view kMatrixListener = "matrix";

/// The scheme of the platform's routes: a console session's cookie, or an API key.
inline constexpr std::string_view kSessionScheme = "session";
/// The scheme of the Matrix listener's routes: an access token.
inline constexpr std::string_view kMatrixScheme = "matrix_token";

/// The console, `/api/v1`, and the faces of other products. Whoever speaks Matrix to it by mistake is told so in
/// Matrix.
net::route::Listener platform_listener();

/// Clients and other servers that speak Matrix. Older names of today's paths lead to them: Client-Server API r0, the
/// prefix `unstable`, and api/v1.
net::route::Listener matrix_listener();

}  // namespace troupe::host
