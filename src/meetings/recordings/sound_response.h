// A recording as an answer: the whole of it or a part, piece by piece.
#pragma once
#include "meetings/recordings/recordings.h"
#include "net/http/http.h"

namespace troupe::meetings::recordings {

/// The sound or the asked part of it (RFC 9110 section 14), one chunk in memory at a time, so that nothing in it can
/// run in the page's name and no cache keeps it. Status 416 has no body. `recordings` outlives the answer.
net::http::Response sound_response(const net::http::Request& request, Recordings& recordings, Sound sound);

}  // namespace troupe::meetings::recordings
