// Files as answers to browsers.
#pragma once
#include "homeserver/media/media_service.h"

namespace troupe::homeserver::media {

/// The file or the asked part of it (RFC 9110 section 14), piece by piece, so that nothing in it can run in the page's
/// name. Status 416 has no body: nothing of the asked bytes is there. Callable from any thread.
net::http::Response file_response(const net::http::Request& request, OpenMedia file);

}  // namespace troupe::homeserver::media
