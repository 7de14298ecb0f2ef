// One accepted connection: reads requests, has them answered, writes the answers, until it ends.
#pragma once
#include <atomic>
#include <boost/asio/cancellation_signal.hpp>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "net/http/address_rules.h"
#include "net/http/request_parser.h"
#include "net/http/response_writer.h"
#include "net/route/router.h"
#include "net/server/server.h"
#include "net/server/shares.h"
#include "net/tls/deadline_sweep.h"
#include "net/tls/stream.h"
#include "net/tls/tls_stream.h"

namespace troupe::net::server {

/// What all connections of one listener share. Immutable but for the atomics.
struct ListenerFacts {
  route::Router& router;
  const route::Listener& rules;
  ListenOptions options;
  base::Gauge& connections;
  std::vector<http::AddressBlock> trusted_proxies;
  std::shared_ptr<tls::TlsServer> tls;
  std::atomic<std::size_t> open{0};
  std::atomic<bool> draining{false};
  Shares bodies{kBodiesInMemory};
  Shares connections_of{
      {.all = options.limits.connections, .each = connections_of_address(options.limits.connections)}};
};

/// Lives on one I/O thread; all calls there.
class HttpConnection final : private tls::DeadlineSweep::Entry, private http::BodyReader, private http::BodyWriter {
 public:
  HttpConnection(std::shared_ptr<ListenerFacts> listener, std::unique_ptr<tls::Stream> stream);

  /// The whole life of the connection. Never throws for what the peer does.
  asio::awaitable<void> serve();
  /// Bound to serve(): what makes a handler stop waiting.
  asio::cancellation_slot cancellation_slot() { return stop_waiting_.slot(); }

  /// Ends an idle connection and an event stream now, and a busy one after its answer.
  void drain();
  /// Makes the handler stop waiting; its answer still goes out.
  void interrupt();
  /// Ends at once.
  void abort();

 private:
  using TimePoint = tls::Stream::TimePoint;
  enum class Next { keep, close, linger };
  static constexpr std::size_t kCheapToDiscard = 64UL * 1024;  ///< an unread body up to this costs no connection

  asio::awaitable<bool> secure();
  asio::awaitable<Next> read_head();
  asio::awaitable<Next> take_request();
  void begin_handling(const route::Route& route);
  asio::awaitable<Next> refuse(const route::Router::Admission& admission, route::Router::ResponsePtr response);
  Task<Unit> read_whole_body(const route::Route& route);
  Task<Unit> read_more_body();
  Task<Unit> send_continue();
  asio::awaitable<Next> after_answer(bool written);
  asio::awaitable<bool> discard_body();
  asio::awaitable<void> linger();
  asio::awaitable<Next> upgrade(route::Router::ResponsePtr response, const route::Route& route);
  route::Router::ResponsePtr refusal_of(const Error& error, route::Dialect dialect) const;
  void give_buffer_back();
  void forget_what_was_read();

  asio::awaitable<bool> write_response(http::Response& response);
  asio::awaitable<bool> write_streamed(http::Response& response);
  asio::awaitable<bool> write_body(std::string_view body);
  asio::awaitable<Next> answer_parse_error(Error error);

  Task<std::string> next() override;             // BodyReader
  Task<Unit> write(std::string piece) override;  // BodyWriter
  void sweep(TimePoint now) override;

  Task<std::size_t> fill();
  std::string_view unread() const { return {buffer_.data() + begin_, end_ - begin_}; }
  bool may_keep_alive() const;
  std::uint64_t hsts_s() const;
  /// Makes the head of an answer to a request; from here on the connection closes unless it may be kept alive.
  void make_head(const http::Response& response, http::Framing framing, std::uint64_t content_length);
  bool is_head() const { return request_.method == "HEAD"; }
  void log_access(int status) const;

  std::shared_ptr<ListenerFacts> listener_;
  std::unique_ptr<tls::Stream> stream_;
  http::RequestParser parser_;
  http::Request request_;
  BodyRoom body_room_;
  std::optional<route::Router::Admission> admission_;  ///< of the request that is to be handled
  std::string buffer_;  ///< read and not yet parsed: [begin_, end_); none before there is something to read
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::string head_;  ///< of the answer; kept for its memory
  asio::cancellation_signal stop_waiting_;
  TimePoint handler_deadline_ = tls::Stream::kNever;
  TimePoint next_look_ = tls::Stream::kNever;  ///< whether the client of a GET is there still
  TimePoint started_{};
  bool interrupted_ = false;  ///< stop_waiting_ has been emitted for this request
  bool idle_ = true;          ///< between two requests
  bool fresh_ = true;         ///< nothing has been read yet
  bool closing_ = false;      ///< no request after this one
  bool waits_ = false;        ///< a handler runs that may wait long, and what was read for it is there still
  bool awaits_continue_ = false;
  bool chunked_answer_ = false;
  bool endless_ = false;                         ///< an event stream is being written: it has no end to wait for
  std::optional<std::uint64_t> promised_bytes_;  ///< of a streamed answer with a length
};

}  // namespace troupe::net::server
