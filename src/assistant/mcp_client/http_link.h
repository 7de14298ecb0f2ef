// An MCP server over Streamable HTTP: each message is a POST, answered by JSON or by a stream of events.
#pragma once
#include "assistant/calls/call.h"
#include "assistant/mcp_client/link.h"

namespace troupe::assistant::mcp_client {

/// How a stream of notifications ended.
enum class StreamEnd : std::uint8_t {
  over,     ///< it was cut, ended, or could not be had now: there may be another
  refused,  ///< not with this credential, or this session
  none,     ///< the server has none
};

/// Of what a server says by itself, on one stream and at once.
inline constexpr std::size_t kMaxStreamBytes = 1024 * 1024, kMaxStreamEventBytes = 64 * 1024;

/// Goes where calls of the service may go (calls/egress.h): a redirect is followed at the same host alone, and with its
/// method (307, 308).
class HttpLink final : public Link, public std::enable_shared_from_this<HttpLink> {
 public:
  /// `http` outlives it.
  HttpLink(net::client::HttpClient& http, calls::Service service, Heard heard)
      : http_(http), service_(std::move(service)), heard_(std::move(heard)) {}

  /// What is sent with each message from now on. `modern`: there is no session, and closing a stream cancels.
  void speak(std::string version, bool modern);

  asio::awaitable<Reply> ask(Asked asked) override;
  asio::awaitable<void> tell(std::string method, JsonObject params, net::http::Headers headers) override;
  /// Opens the stream of what the server says by itself, and hears it until it ends: the answer to `asked`
  /// (2026-07-28), or a GET (before), which goes on after the last event that had an id.
  asio::awaitable<StreamEnd> listen(Asked asked);
  bool alive() const override { return !closed_; }
  bool has_session() const override { return !session_.empty(); }
  void close() override;

 private:
  struct Exchange;
  net::client::ClientRequest request_of(const net::http::Headers& headers, std::chrono::milliseconds patience,
                                        std::size_t most_bytes) const;
  /// One request, redirects included.
  asio::awaitable<void> send(net::client::ClientRequest request, std::shared_ptr<Exchange> exchange);
  /// One whose answer nobody wants.
  asio::awaitable<void> send_aside(net::client::ClientRequest request);
  /// A stream that was cut goes on where it was, where the server counts its events.
  asio::awaitable<void> resume(const Asked& asked, std::shared_ptr<Exchange> exchange);
  bool take(const net::client::ServerSentEvent& event, const std::shared_ptr<Exchange>& exchange);
  Reply reply_of(const std::shared_ptr<Exchange>& exchange) const;
  StreamEnd end_of_stream(const std::shared_ptr<Exchange>& exchange) const;
  /// Beside what is under way. Of a server that asks faster than it takes answers some are left out.
  void post_soon(std::string body, net::http::Headers headers);
  asio::awaitable<void> post(std::string body, net::http::Headers headers);

  net::client::HttpClient& http_;
  calls::Service service_;
  Heard heard_;
  asio::any_io_executor executor_;  ///< of the latest request
  std::string version_, session_;
  std::string last_heard_;           ///< the id of the last event of listen()
  net::http::Headers last_headers_;  ///< with a credential: for the end of the session
  bool modern_ = false, closed_ = false;
  std::int64_t next_id_ = 0;
  std::size_t aside_ = 0;  ///< messages beside what is under way
};

}  // namespace troupe::assistant::mcp_client
