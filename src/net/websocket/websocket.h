// A WebSocket over a Stream, after the 101: the server's side and the client's. Frames: websocket_frame.h. The way to
// the 101 as a client: net/client/websocket_client.h.
#pragma once
#include <chrono>
#include <functional>
#include <string>

#include "net/http/http.h"
#include "net/tls/stream.h"
#include "net/websocket/websocket_frame.h"

namespace troupe::net::websocket {

struct WebSocketLimits {
  std::size_t max_message_bytes = 1024 * 1024;
  std::size_t max_first_bytes = WebSocketDecoder::kNoLimit;  ///< of the first message, where that is less
  std::size_t inbox_messages = 32;                  ///< received and not yet taken; when full, the socket is not read
  std::chrono::milliseconds ping_interval{25'000};  ///< a ping goes out when nothing came for so long
  std::chrono::milliseconds idle_timeout{60'000};   ///< cut when nothing came for so long, not even a pong
  std::chrono::milliseconds write_timeout{30'000};  ///< a peer that does not take a message within it is cut
  std::chrono::milliseconds close_timeout{5'000};   ///< how long to wait for the peer's close frame
};

/// Runs `handler` with the socket and ends when the handler has ended, the close handshake is over and nothing waits on
/// the stream any more. `leftover`: bytes read behind the upgrade request. Never throws for what the peer does; when
/// the handler throws, the peer gets close code 1011 and the error is logged. To end it from outside: stream.close(),
/// or cancel the calling coroutine, which throws in the handler; after the end that coroutine cannot be cancelled any
/// more. In the handler receive() and send() may wait at the same time, in two coroutines on the stream's executor.
asio::awaitable<void> serve_websocket(tls::Stream& stream, std::string leftover,
                                      std::function<asio::awaitable<void>(http::WebSocket&)> handler,
                                      WebSocketLimits limits = {});

/// The same on the client's side, after the 101 was read: what is sent is masked, and a masked frame of the server's is
/// a breach of the protocol.
asio::awaitable<void> join_websocket(tls::Stream& stream, std::string leftover,
                                     std::function<asio::awaitable<void>(http::WebSocket&)> handler,
                                     WebSocketLimits limits = {});

}  // namespace troupe::net::websocket
