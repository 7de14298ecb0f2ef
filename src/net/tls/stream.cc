#include "net/tls/stream.h"

#include <poll.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>

#include "net/tls/deadline_sweep.h"

namespace troupe::net::tls {
namespace {

using boost::system::error_code;
constexpr auto kNoThrow = asio::as_tuple(asio::deferred);  // in place of use_awaitable: no frame of its own
constexpr std::size_t kMaxParts = 16;

Error timed_out() { return Error(Errc::timed_out, "The peer did not go on in time."); }
Error lost(const error_code& why) { return Error(Errc::unavailable, "The connection is gone.", why.message()); }

/// One direction's deadline, and why its wait was ended.
struct Wait {
  Stream::TimePoint deadline = Stream::kNever;
  bool waiting = false;
  bool expired = false;    ///< the sweep ended it
  bool disturbed = false;  ///< the sweep ended the other direction, which the socket can only do for both
};

template <class Socket>
class SocketStream final : public Stream, private DeadlineSweep::Entry {
 public:
  SocketStream(Socket socket, std::string remote) : socket_(std::move(socket)), remote_(std::move(remote)) {
    error_code ignored;  // a socket that died meanwhile fails at its first read
    socket_.non_blocking(true, ignored);
  }

  Task<std::size_t> read_some(std::span<char> into) override {
    // Asio does not try a read again after an end or an error but waits for the next event, which never comes.
    if (read_ended_ == asio::error::eof) co_return std::size_t{0};
    if (read_ended_) co_return lost(read_ended_);
    for (;;) {
      begin(read_);
      auto [failed, count] = co_await socket_.async_read_some(asio::buffer(into.data(), into.size()), kNoThrow);
      read_.waiting = false;
      if (!failed) co_return count;
      if (failed != asio::error::operation_aborted) read_ended_ = failed;
      if (failed == asio::error::eof) co_return std::size_t{0};
      if (failed == asio::error::operation_aborted && read_.disturbed) continue;
      if (read_.expired) co_return timed_out();
      co_return lost(failed);
    }
  }

  Task<Unit> wait_readable() override {
    while (!read_ended_) {
      begin(read_);
      auto [failed] = co_await socket_.async_wait(Socket::wait_read, kNoThrow);
      read_.waiting = false;
      if (!failed) break;
      if (failed == asio::error::operation_aborted && read_.disturbed) continue;
      if (read_.expired) co_return timed_out();
      co_return lost(failed);
    }
    co_return Unit{};
  }

  Task<Unit> write_all(std::span<const std::string_view> parts) override {
    std::size_t done = 0;  // of the first part
    for (;;) {
      std::array<asio::const_buffer, kMaxParts> buffers;
      std::size_t count = 0;
      std::size_t skip = done;
      for (auto part : parts.first(std::min(parts.size(), kMaxParts))) {
        buffers[count++] = asio::const_buffer(part.data() + skip, part.size() - skip);
        skip = 0;
      }
      const std::span pending(buffers.data(), count);
      if (asio::buffer_size(pending) == 0) {
        if (parts.size() <= kMaxParts) co_return Unit{};
        parts = parts.subspan(kMaxParts);
        done = 0;
        continue;
      }
      error_code failed;
      std::size_t written = socket_.write_some(pending, failed);
      if (failed == asio::error::would_block || failed == asio::error::try_again) {
        begin(write_);
        auto [waited] = co_await socket_.async_wait(Socket::wait_write, kNoThrow);
        write_.waiting = false;
        if (waited == asio::error::operation_aborted && write_.disturbed) continue;
        if (write_.expired) co_return timed_out();
        if (waited) co_return lost(waited);
        continue;
      }
      if (failed) co_return lost(failed);
      while (!parts.empty() && written >= parts.front().size() - done) {
        written -= parts.front().size() - done;
        done = 0;
        parts = parts.subspan(1);
      }
      done += written;
      if (parts.empty()) co_return Unit{};
    }
  }

  Task<Unit> shutdown_write() override {
    error_code failed;
    socket_.shutdown(Socket::shutdown_send, failed);
    if (failed) co_return lost(failed);
    co_return Unit{};
  }

  void read_until(TimePoint deadline) override { set(read_, deadline); }
  void write_until(TimePoint deadline) override { set(write_, deadline); }

  void cancel() override {
    error_code ignored;
    socket_.cancel(ignored);
  }
  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }

  bool peer_has_left() override {
    if (read_ended_ || !socket_.is_open()) return true;
    pollfd look{.fd = socket_.native_handle(), .events = POLLRDHUP, .revents = 0};
    return ::poll(&look, 1, 0) > 0 && (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
  }

  const std::string& remote_address() const override { return remote_; }
  bool tls() const override { return false; }
  asio::any_io_executor get_executor() override { return socket_.get_executor(); }

 private:
  void set(Wait& wait, TimePoint deadline) {
    wait.deadline = deadline;
    if (deadline == kNever || is_linked()) return;
    const asio::any_io_executor executor = socket_.get_executor();
    DeadlineSweep::of(executor).watch(*this, executor);
  }

  static void begin(Wait& wait) {
    wait.waiting = true;
    wait.expired = false;
    wait.disturbed = false;
  }

  void sweep(TimePoint now) override {
    auto late = [&](const Wait& wait) { return wait.waiting && wait.deadline <= now; };
    read_.expired = late(read_);
    write_.expired = late(write_);
    if (!read_.expired && !write_.expired) return;
    read_.disturbed = read_.waiting && !read_.expired;
    write_.disturbed = write_.waiting && !write_.expired;
    cancel();
  }

  Socket socket_;
  std::string remote_;
  Wait read_;
  Wait write_;
  error_code read_ended_;
};

}  // namespace

std::unique_ptr<Stream> make_tcp_stream(asio::ip::tcp::socket socket) {
  error_code failed;
  socket.set_option(asio::ip::tcp::no_delay(true), failed);
  const auto peer = socket.remote_endpoint(failed);
  auto address = peer.address();
  // An IPv4 peer of a dual-stack listener is the same peer.
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return std::make_unique<SocketStream<asio::ip::tcp::socket>>(std::move(socket), failed ? "" : address.to_string());
}

std::unique_ptr<Stream> make_local_stream(asio::local::stream_protocol::socket socket) {
  return std::make_unique<SocketStream<asio::local::stream_protocol::socket>>(std::move(socket), "unix");
}

}  // namespace troupe::net::tls
