// A connected byte stream, plain or TLS: the one place where sockets are read and written.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/task.h"

namespace troupe::net::tls {

/// At most one reader and one writer at a time; all calls on the stream's executor (one thread). The stream must
/// outlive its operations: end them with cancel() and let them return before it is destroyed.
class Stream {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr TimePoint kNever = TimePoint::max();

  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  /// Reads at least one byte, at most `into.size()` (> 0), and yields how many. 0: the peer has ended its side; it may
  /// still be reading ours. The caller keeps `into` alive. Errors: timed_out (see read_until), unavailable (connection
  /// lost, or cancelled).
  virtual Task<std::size_t> read_some(std::span<char> into) = 0;

  /// Waits until there is something to read, or the peer has ended its side: whoever waits for long takes a buffer only
  /// then. A stream that does not know answers at once. Errors as read_some.
  virtual Task<Unit> wait_readable() { co_return Unit{}; }

  /// Writes all parts, in order, gathered into as few system calls as possible. The caller keeps the array of parts and
  /// their bytes alive. Errors: timed_out (see write_until), unavailable (the peer is gone, or cancelled).
  virtual Task<Unit> write_all(std::span<const std::string_view> parts) = 0;

  /// The same for one piece; the caller keeps its bytes alive.
  Task<Unit> write_all(std::string_view bytes) { co_return co_await write_all(std::span(&bytes, 1)); }

  /// Ends our side (FIN; on TLS close_notify first). Reading stays possible. Errors as write_all.
  virtual Task<Unit> shutdown_write() = 0;

  /// A read (a write) that still waits at this instant ends with timed_out, and so does one that starts later and would
  /// have to wait. Costs a store, not a timer: a sweep of the thread notices up to 250 ms late. kNever: no end. The
  /// stream stays usable after a time-out, e.g. to say 408.
  virtual void read_until(TimePoint deadline) = 0;
  virtual void write_until(TimePoint deadline) = 0;
  void read_within(std::chrono::milliseconds time) { read_until(std::chrono::steady_clock::now() + time); }
  void write_within(std::chrono::milliseconds time) { write_until(std::chrono::steady_clock::now() + time); }

  /// What waits ends with unavailable.
  virtual void cancel() = 0;
  /// Ends everything at once. Idempotent.
  virtual void close() = 0;

  /// Whether the peer has ended its side, or all of the connection, although bytes of it may be unread still. Costs a
  /// system call and disturbs nobody who waits.
  virtual bool peer_has_left() = 0;

  /// The peer's address as text without port ("127.0.0.1", "::1"); "unix" for a local socket.
  virtual const std::string& remote_address() const = 0;
  virtual bool tls() const = 0;
  virtual asio::any_io_executor get_executor() = 0;
};

/// Takes over a connected socket; sets TCP_NODELAY.
std::unique_ptr<Stream> make_tcp_stream(asio::ip::tcp::socket socket);
/// The same for a unix-domain socket.
std::unique_ptr<Stream> make_local_stream(asio::local::stream_protocol::socket socket);

}  // namespace troupe::net::tls
