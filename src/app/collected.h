// A streamed answer whole, for those who ask the program without a socket of HTTP.
#pragma once
#include <boost/asio/awaitable.hpp>

#include "net/http/http.h"

namespace troupe::app {

/// What it writes is 11 MiB at most: in base64 it still fits into a message of the local socket.
inline constexpr std::uint64_t kMostCollectedBytes = 11ULL * 1024 * 1024;

/// The answer with its stream read into `body`. One without `content_length` stays as it is: it may have no end.
/// Longer than kMostCollectedBytes: 413, which says to ask for a part. A stream that fails, or ends elsewhere than it
/// said: the failure as problem+json, and nothing of its bytes.
asio::awaitable<net::http::Response> collected(net::http::Response response);

}  // namespace troupe::app
