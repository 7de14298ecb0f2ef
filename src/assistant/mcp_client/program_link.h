// An MCP server that is a program here: messages are lines of its standard input and output.
#pragma once
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>

#include "assistant/mcp_client/gate.h"
#include "assistant/mcp_client/link.h"
#include "runtime/sandbox/programs.h"

namespace troupe::assistant::mcp_client {

inline constexpr std::size_t kMaxLineBytes = 9 * 1024 * 1024;

/// Ends with the program. Its program ends with it.
class ProgramLink final : public Link, public std::enable_shared_from_this<ProgramLink> {
 public:
  ProgramLink(asio::any_io_executor executor, std::unique_ptr<runtime::sandbox::Program> program, Heard heard);
  /// Begins to read. Once.
  void begin();

  asio::awaitable<Reply> ask(Asked asked) override;
  asio::awaitable<void> tell(std::string method, JsonObject params, net::http::Headers headers) override;
  bool alive() const override { return !over_; }
  void close() override { fail("it was ended"); }
  /// Why it is over; empty while it is not.
  std::string why() const;

 private:
  struct Waiting {
    explicit Waiting(asio::steady_timer of) : timer(std::move(of)) {}
    asio::steady_timer timer;
    std::optional<Reply> reply;
  };
  asio::awaitable<void> read();
  void take(std::string_view line);
  /// False: it is over, and how much of the line it got nobody knows.
  asio::awaitable<bool> write(std::string line, std::chrono::milliseconds patience, bool* begun);
  void write_soon(std::string line);
  void fail(std::string why);

  asio::local::stream_protocol::socket socket_;
  std::unique_ptr<runtime::sandbox::Program> program_;
  Heard heard_;
  Gate writing_;
  std::string input_, why_;
  std::map<std::int64_t, std::shared_ptr<Waiting>> waiting_;
  std::size_t answering_ = 0;  ///< lines that are on their way to be written beside
  std::int64_t next_id_ = 0;
  bool over_ = false;
};

}  // namespace troupe::assistant::mcp_client
