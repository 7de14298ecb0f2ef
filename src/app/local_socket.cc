#include "app/local_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>
#include <cerrno>

#include "app/local_wire.h"
#include "base/descriptor.h"
#include "base/encoding.h"
#include "base/log.h"

namespace troupe::app {
namespace {

namespace json = boost::json;
using base::Descriptor;
using Protocol = asio::local::stream_protocol;
constexpr auto kQuiet = asio::as_tuple(asio::use_awaitable);

/// An answer as it is sent: JSON has no other bytes than UTF-8.
json::object message_of(const LocalReply& reply) {
  json::object message{{"status", reply.status}};
  if (base::is_utf8(reply.body)) {
    message["body"] = reply.body;
  } else {
    message["base64"] = base::base64(base::as_bytes(reply.body));
  }
  return message;
}

LocalReply reply_of(const json::value& message, int status) {
  const auto coded = local_text(message, "base64");
  auto body = coded.empty() ? local_text(message, "body") : base::base64_decode(coded).value_or("");
  return {.status = status, .body = std::move(body)};
}

/// Where an exception of a connection ends: in the log, for the person at the command line only sees a closed socket.
void log_failure(const std::exception_ptr& failed) {
  if (!failed) return;
  try {
    std::rethrow_exception(failed);
  } catch (const std::exception& error) {
    base::log_error("app", "a command's connection failed", {{"detail", error.what()}});
  }
}

/// What goes on, as frames of bytes.
class Pieces final : public net::http::BodyWriter {
 public:
  Pieces(Protocol::socket socket, std::chrono::milliseconds patience)
      : socket_(std::make_shared<Protocol::socket>(std::move(socket))),
        timer_(socket_->get_executor()),
        patience_(patience) {}

  Task<Unit> write(std::string piece) override {
    for (std::string_view rest = piece; !rest.empty(); rest.remove_prefix(std::min(rest.size(), kMost))) {
      CO_TRY(co_await write_bytes(local_frame(rest.substr(0, kMost))));
    }
    co_return Unit{};
  }

  /// A reader that takes nothing, stopped at its terminal, is cut: what it holds is for others, too.
  Task<Unit> write_bytes(std::string bytes) {
    const auto waits = std::make_shared<bool>(true);
    timer_.expires_after(patience_);
    timer_.async_wait([waits, socket = socket_](boost::system::error_code ended) {
      boost::system::error_code ignored;
      if (!ended && *waits) socket->cancel(ignored);
    });
    auto [failed, written] = co_await asio::async_write(*socket_, asio::buffer(bytes), kQuiet);
    *waits = false;
    timer_.cancel();
    if (failed) co_return Error(Errc::unavailable, failed.message());
    co_return Unit{};
  }

 private:
  static constexpr std::size_t kMost = kMostLocalPieceBytes;
  std::shared_ptr<Protocol::socket> socket_;
  asio::steady_timer timer_;
  std::chrono::milliseconds patience_;
};

class Listener final : public LocalSocket, public std::enable_shared_from_this<Listener> {
 public:
  Listener(asio::io_context& context, std::filesystem::path path, Handler handler, std::chrono::milliseconds patience)
      : acceptor_(context), path_(std::move(path)), handler_(std::move(handler)), patience_(patience) {}

  Result<Unit> open() {
    // A stale file is a killed server's: the data folder's lock says that nobody else is alive here.
    std::error_code ignored;
    std::filesystem::create_directories(path_.parent_path(), ignored);
    std::filesystem::permissions(path_.parent_path(), std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove(path_, ignored);
    boost::system::error_code failed;
    acceptor_.open(Protocol(), failed);
    const auto old_mask = ::umask(0177);
    const ShortPath short_path(path_);
    if (!failed) acceptor_.bind(Protocol::endpoint(short_path.text()), failed);
    ::umask(old_mask);
    if (!failed) acceptor_.listen(16, failed);
    if (failed) {
      return Error(Errc::unavailable, "Cannot listen on " + path_.string() + ": " + failed.message() +
                                          ". Check the permissions of the data folder.");
    }
    return Unit{};
  }

  void start() { asio::co_spawn(acceptor_.get_executor(), accept_loop(shared_from_this()), log_failure); }
  void close() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    std::error_code removed;
    std::filesystem::remove(path_, removed);
  }

 private:
  static asio::awaitable<void> accept_loop(std::shared_ptr<Listener> self) {
    while (self->acceptor_.is_open()) {
      auto [failed, socket] = co_await self->acceptor_.async_accept(kQuiet);
      if (failed) co_return;
      asio::co_spawn(self->acceptor_.get_executor(), serve(self, std::move(socket)), log_failure);
    }
  }

  static asio::awaitable<void> serve_live(Protocol::socket socket, LocalReply reply,
                                          std::chrono::milliseconds patience) {
    Pieces pieces(std::move(socket), patience);
    const auto head = local_frame(json::object{{"status", reply.status}, {"live", true}});
    auto told = co_await pieces.write_bytes(head);
    if (told) told = co_await reply.stream(pieces);
    // An end that is none is told by no last piece: whoever follows begins anew.
    if (told) told = co_await pieces.write_bytes(local_frame(std::string_view()));
    if (!told) base::log_debug("app", "a command that followed went away", {{"detail", told.error().message()}});
  }

  static asio::awaitable<void> serve(std::shared_ptr<Listener> self, Protocol::socket socket) {
    LocalLength head{};
    auto [head_failed, head_bytes] = co_await asio::async_read(socket, asio::buffer(head), kQuiet);
    const auto size = local_size(head);
    if (head_failed || size > kMostLocalMessageBytes) co_return;
    std::string bytes(size, '\0');
    auto [body_failed, body_bytes] = co_await asio::async_read(socket, asio::buffer(bytes), kQuiet);
    if (body_failed) co_return;
    boost::system::error_code not_json;
    const auto message = json::parse(bytes, not_json);
    if (not_json) co_return;
    LocalRequest request{.method = local_text(message, "method"),
                         .target = local_text(message, "target"),
                         .body = local_text(message, "body"),
                         .range = local_text(message, "range"),
                         .live = message.is_object() && message.get_object().contains("live"),
                         .last_event_id = local_text(message, "last_event_id")};
    const bool live = request.live;
    auto reply = co_await self->handler_(std::move(request));
    if (live && reply.stream) co_return co_await serve_live(std::move(socket), std::move(reply), self->patience_);
    const auto out = local_frame(message_of(reply));
    auto [write_failed, written] = co_await asio::async_write(socket, asio::buffer(out), kQuiet);
    if (write_failed) base::log_debug("app", "a command went away before its answer");
  }

  Protocol::acceptor acceptor_;
  std::filesystem::path path_;
  Handler handler_;
  std::chrono::milliseconds patience_;
};

/// Keeps the listener alive until its owner lets go, then closes it.
class Handle final : public LocalSocket {
 public:
  explicit Handle(std::shared_ptr<Listener> listener) : listener_(std::move(listener)) {}
  ~Handle() override { listener_->close(); }

 private:
  std::shared_ptr<Listener> listener_;
};

// A signal ends none of these: Ctrl-C is answered by whoever asked, with the answer in hand.

bool read_all(int fd, void* into, std::size_t count) {
  auto* at = static_cast<char*>(into);
  while (count > 0) {
    const auto got = ::recv(fd, at, count, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    count -= static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<LocalSocket>> LocalSocket::listen(asio::io_context& context, std::filesystem::path path,
                                                         Handler handler, std::chrono::milliseconds patience) {
  auto listener = std::make_shared<Listener>(context, std::move(path), std::move(handler), patience);
  TRY(auto opened, listener->open());
  static_cast<void>(opened);
  listener->start();
  return std::make_unique<Handle>(std::move(listener));
}

Result<std::optional<LocalReply>> call_local(const std::filesystem::path& path, const LocalRequest& request) {
  const Descriptor socket(connect_local(path));
  if (!socket) return std::optional<LocalReply>();
  const Error gone(Errc::unavailable, "The server went away before it answered; look at its log and try again.");
  const auto out = local_frame(json::object{
      {"method", request.method}, {"target", request.target}, {"body", request.body}, {"range", request.range}});
  if (!write_local(socket.get(), out)) return Error(gone);
  LocalLength head{};
  if (!read_all(socket.get(), head.data(), head.size())) return Error(gone);
  std::string bytes(std::min(local_size(head), kMostLocalMessageBytes), '\0');
  if (!read_all(socket.get(), bytes.data(), bytes.size())) return Error(gone);
  boost::system::error_code not_json;
  const auto message = json::parse(bytes, not_json);
  const auto* status = message.is_object() ? message.get_object().if_contains("status") : nullptr;
  if (not_json || !status || !status->is_int64()) return Error(gone);
  return reply_of(message, static_cast<int>(status->get_int64()));
}

}  // namespace troupe::app
