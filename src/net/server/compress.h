// Answers that are worth it go out compressed.
#pragma once
#include "base/task.h"
#include "net/http/http.h"

namespace troupe::net::server {

/// Compresses the body of a text answer of fitting size, where the client takes gzip; says in `Vary` that it depends on
/// that. Cheap level, since it happens on the I/O thread, and in pieces of a millisecond or two: others of the thread
/// go on in between. Leaves streamed answers alone. Both arguments must outlive the call.
asio::awaitable<void> maybe_compress(const http::Request& request, http::Response& response);

}  // namespace troupe::net::server
