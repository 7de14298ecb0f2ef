// An MCP server over HTTP as it was before Streamable HTTP (2024-11-05): a stream of events stays open and brings all
// that the server says, the address for messages first.
#pragma once
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>

#include "assistant/calls/call.h"
#include "assistant/mcp_client/link.h"
#include "net/http/url.h"

namespace troupe::assistant::mcp_client {

/// Ends with its stream, which ends after an hour at the latest: whoever needs it makes another one. The address for
/// messages is one of the service's own origin, or it is not used; no redirect is followed.
class SseLink final : public Link, public std::enable_shared_from_this<SseLink> {
 public:
  /// `http` outlives it.
  SseLink(net::client::HttpClient& http, calls::Service service, asio::any_io_executor executor, Heard heard)
      : http_(http),
        service_(std::move(service)),
        executor_(std::move(executor)),
        heard_(std::move(heard)),
        opened_(executor_) {}

  /// Opens the stream, once. Nothing: messages can be sent. Else why not.
  asio::awaitable<std::optional<Reply>> open(net::http::Headers headers, std::chrono::milliseconds patience);

  asio::awaitable<Reply> ask(Asked asked) override;
  asio::awaitable<void> tell(std::string method, JsonObject params, net::http::Headers headers) override;
  bool alive() const override { return !over_; }
  void close() override { end(Error(Errc::unavailable, "the connection to the server was closed")); }

 private:
  struct Waiting {
    explicit Waiting(asio::steady_timer of) : timer(std::move(of)) {}
    asio::steady_timer timer;
    std::size_t most_bytes = 0;
    std::optional<Reply> reply;
  };
  /// What became of a message on its way there; its answer comes by the stream.
  struct Posted {
    std::optional<Error> error;
    bool sent = true;
    net::client::ClientResponse response;
  };
  asio::awaitable<void> read(net::http::Headers headers);
  /// One event. False: no more.
  bool take(const net::client::ServerSentEvent& event);
  bool take_address(const net::client::ServerSentEvent& event);
  asio::awaitable<Posted> post(std::string body, net::http::Headers headers, std::chrono::milliseconds patience);
  /// Beside what is under way, a few at a time.
  void post_soon(std::string body);
  /// Nothing goes on by it any more. Of the stream itself, which ends by what take() says, or has ended.
  void fail(Error why);
  /// The same from outside: the stream is cut off.
  void end(Error why);

  net::client::HttpClient& http_;
  calls::Service service_;
  asio::any_io_executor executor_;
  Heard heard_;
  asio::steady_timer opened_;
  asio::cancellation_signal over_signal_;
  std::optional<net::http::Url> address_;  ///< for messages
  net::http::Headers last_headers_;        ///< with a credential: for what is answered beside
  std::map<std::int64_t, std::shared_ptr<Waiting>> waiting_;
  std::optional<Error> over_;
  std::size_t unasked_ = 0;  ///< events since the last answer
  std::size_t answering_ = 0;
  std::int64_t next_id_ = 0;
};

}  // namespace troupe::assistant::mcp_client
