// What an MCP server says by itself over HTTP: one stream, open while the server is in use.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "assistant/mcp_client/http_link.h"

namespace troupe::assistant::mcp_client {

/// Asks for it (HttpLink::listen) and, when it ends, asks again after a pause that doubles up to five minutes; after
/// ten that came to nothing not before somebody uses the server again. Holds up nobody: it is no request that is waited
/// for, and ends at once with end(). What was said while there was no stream is unknown: `missed` is called before it
/// is opened again, once in five minutes at most.
///
/// All calls on one executor that one thread runs.
class ChangeStream final : public std::enable_shared_from_this<ChangeStream> {
 public:
  using Milliseconds = std::chrono::milliseconds;
  /// How it is asked for, with these headers of the pack and the credential.
  using Order = std::function<Asked(const net::http::Headers&)>;
  struct Pauses {
    Milliseconds first{2'000}, longest{300'000};
    Milliseconds lived_long{20'000};  ///< a stream that lasted so long came to something
  };

  ChangeStream(std::shared_ptr<HttpLink> link, Order order, std::function<void()> missed, Pauses pauses)
      : link_(std::move(link)), order_(std::move(order)), missed_(std::move(missed)), pauses_(pauses) {}

  /// The server is in use, with these headers: opens the stream where there is none and may be one.
  void use(const asio::any_io_executor& executor, const net::http::Headers& headers);
  /// Whether it is open, or is to be opened again.
  bool goes_on() const { return goes_on_; }
  void end();

 private:
  using Steady = std::chrono::steady_clock;
  asio::awaitable<void> run();
  /// After one that ended. False: it is not opened again, or not yet.
  bool again(StreamEnd ended, Milliseconds lived);

  std::shared_ptr<HttpLink> link_;
  Order order_;
  std::function<void()> missed_;
  const Pauses pauses_;
  asio::cancellation_signal over_;
  net::http::Headers headers_;
  Milliseconds pause_{0};
  int failures_ = 0;  ///< in a row
  Steady::time_point not_before_{};
  std::optional<Steady::time_point> caught_up_;
  bool goes_on_ = false, offered_ = true, ended_ = false;
};

}  // namespace troupe::assistant::mcp_client
