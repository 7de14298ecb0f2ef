// Where calls of the tools of MCP servers go: the port that mcp_client/ stands behind.
#pragma once
#include "assistant/calls/call.h"
#include "assistant/calls/meaning.h"
#include "base/task.h"
#include "net/http/http.h"

namespace troupe::assistant::calls {

/// One call of a tool, as it goes out once.
struct ToolCall {
  Service service;
  packs::Tool tool;
  JsonObject arguments;
  net::http::Headers headers;  ///< the pack's and the credential's; for a program nothing
  bool writes = true;
  std::chrono::milliseconds patience{60'000};
  std::size_t most_answer_bytes = 8 * 1024 * 1024;
};

/// One per program; callable from any thread.
class Tools {
 public:
  virtual ~Tools() = default;

  /// Calls it once. What comes back is an answer as a service of HTTP would give it:
  ///   200  what the tool yields, as JSON
  ///   422  the tool says that it failed: {"error": {"message"}}
  ///   400, 404, 500  the server refused the message, or broke over it: {"error": {"code", "message"}}
  ///   others  what its HTTP answered
  /// `broken` and `sent` are as of any request. A tool that is another one by now (packs::Tool::digest) is not called.
  virtual asio::awaitable<Arrived> call(ToolCall call) = 0;

  /// The entries of the server's tools/list, all pages of it: each an object with a name. `headers` as in ToolCall.
  /// Errors: unavailable, timed_out; forbidden (an address rule, a server that does not let us in); too_large;
  /// invalid_param (no address); unsupported (it speaks another protocol).
  virtual Task<JsonArray> list(Service service, net::http::Headers headers, std::chrono::milliseconds patience) = 0;
};

}  // namespace troupe::assistant::calls
