// One HTTP/1.1 request and its answer on a connection. The head is read by Beast's parser.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "net/client/client.h"
#include "net/client/client_idle.h"
#include "net/http/chunk_decoder.h"
#include "net/http/url.h"

namespace troupe::net::client {

/// Checks what the caller gave: method and header syntax, headers that are the client's own. Errors: invalid_param.
Result<Unit> check_request(const ClientRequest& request);
/// The request's head as bytes, ending in the empty line.
std::string request_head(const ClientRequest& request, const http::Url& url, bool with_body, bool accept_gzip);

/// Used once, on one connection, which must outlive it.
class ClientExchange {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Times {
    std::chrono::milliseconds first_byte;
    std::chrono::milliseconds idle;
    TimePoint total;
  };
  /// `upgrades`: the request asks for another protocol; then a 101 is its answer, and what the connection's input holds
  /// behind the head belongs to that.
  ClientExchange(ClientConnection& connection, Times times, bool head_only, bool upgrades = false);
  ~ClientExchange();

  /// Sends the request and reads the answer's head; 1xx answers are skipped. `head` and `body` must stay alive until
  /// then. An answer that comes although the request could not be written to the end is an answer.
  Task<Unit> start(std::string_view head, std::string_view body);
  /// Whether any byte of an answer came; if not, the request may be repeated.
  bool answered() const { return answered_; }

  int status() const;
  const http::Headers& headers() const;
  /// What Content-Length says about the body, if there is one.
  std::optional<std::uint64_t> announced_bytes() const;
  /// The next piece of the body, of any size; empty at the end. Errors: timed_out, unavailable (cut off, not HTTP).
  Task<std::string> body_piece();
  /// Whether the answer is over and the connection may carry another request, and until when.
  bool reusable() const;
  std::chrono::steady_clock::time_point reusable_until() const;

 private:
  class HeadParser;
  enum class Framing { none, length, chunked, until_close };
  Task<Unit> send(std::string_view head, std::string_view body);
  Task<Unit> wait_for_more(TimePoint deadline);
  template <std::size_t kBytes>
  Task<Unit> read_more(TimePoint deadline);
  Result<Unit> parse_head();
  void choose_framing();
  Result<std::string> take_body();
  bool is_done() const;

  ClientConnection& connection_;
  Times times_;
  bool head_only_;
  bool upgrades_;
  bool answered_ = false;
  bool ended_ = false;   ///< the peer has closed its side
  bool spoilt_ = false;  ///< the connection can carry nothing more
  std::unique_ptr<HeadParser> head_;
  Framing framing_ = Framing::none;
  http::ChunkDecoder chunks_;
  std::uint64_t length_ = 0;
  std::uint64_t taken_ = 0;
};

}  // namespace troupe::net::client
