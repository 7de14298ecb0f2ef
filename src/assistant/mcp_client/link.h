// A way to one MCP server: over HTTP, or over the standard streams of a program.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "assistant/mcp_client/message.h"
#include "assistant/packs/tools.h"
#include "base/task.h"
#include "net/http/http.h"

namespace troupe::assistant::mcp_client {

/// What the server says without being asked: the method of a notification.
using Heard = std::function<void(const std::string& method)>;

/// One request on its way.
struct Asked {
  std::string method;
  JsonObject params;
  net::http::Headers headers;  ///< HTTP: the pack's, the credential's, the protocol's
  std::chrono::milliseconds patience{60'000};
  std::size_t most_bytes = 8 * 1024 * 1024;  ///< of its answer
};

/// All calls on the executor of the hub, which one thread runs. What is awaited outlives the link's owner only through
/// the shared pointer that the caller holds.
class Link {
 public:
  virtual ~Link() = default;
  /// Sends one request and waits for its answer. What was not waited for to the end is cancelled at the server, as far
  /// as the protocol lets it.
  virtual asio::awaitable<Reply> ask(Asked asked) = 0;
  /// Sends a notification; what becomes of it is nobody's news.
  virtual asio::awaitable<void> tell(std::string method, JsonObject params, net::http::Headers headers) = 0;
  /// False: it has ended, and another one has to be made.
  virtual bool alive() const = 0;
  /// Its server has given it a session, which it may forget.
  virtual bool has_session() const { return false; }
  /// Ends it, as politely as can be without waiting.
  virtual void close() = 0;
};

}  // namespace troupe::assistant::mcp_client
