#include "app/local_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>
#include <cerrno>
#include <cstring>

#include "base/descriptor.h"
#include "base/encoding.h"
#include "base/log.h"

namespace troupe::app {
namespace {

namespace json = boost::json;
using base::Descriptor;
using Protocol = asio::local::stream_protocol;
constexpr std::uint32_t kMaxMessageBytes = 16 * 1024 * 1024;
constexpr auto kQuiet = asio::as_tuple(asio::use_awaitable);

std::string framed(const json::object& message) {
  auto bytes = json::serialize(message);
  const auto size = static_cast<std::uint32_t>(bytes.size());
  std::string out{static_cast<char>(size >> 24), static_cast<char>(size >> 16), static_cast<char>(size >> 8),
                  static_cast<char>(size)};
  return out + bytes;
}

std::uint32_t frame_size(const std::array<unsigned char, 4>& head) {
  return std::uint32_t{head[0]} << 24 | std::uint32_t{head[1]} << 16 | std::uint32_t{head[2]} << 8 | head[3];
}

std::string member(const json::value& message, std::string_view name) {
  const auto* object = message.if_object();
  const auto* value = object ? object->if_contains(name) : nullptr;
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string(*text) : std::string();
}

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
  const auto coded = member(message, "base64");
  auto body = coded.empty() ? member(message, "body") : base::base64_decode(coded).value_or("");
  return {.status = status, .body = std::move(body)};
}

/// A socket's address holds 107 bytes, a data folder's path may be longer: name the file through its open folder.
class ShortPath {
 public:
  explicit ShortPath(const std::filesystem::path& path)
      : folder_(::open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
        text_("/proc/self/fd/" + std::to_string(folder_.get()) + "/" + path.filename().string()) {}
  bool usable() const { return folder_.get() >= 0; }
  const std::string& text() const { return text_; }

 private:
  Descriptor folder_;
  std::string text_;
};

/// Where an exception of a connection ends: in the log, for the person at the command line only sees a closed socket.
void log_failure(const std::exception_ptr& failed) {
  if (!failed) return;
  try {
    std::rethrow_exception(failed);
  } catch (const std::exception& error) {
    base::log_error("app", "a command's connection failed", {{"detail", error.what()}});
  }
}

class Listener final : public LocalSocket, public std::enable_shared_from_this<Listener> {
 public:
  Listener(asio::io_context& context, std::filesystem::path path, Handler handler)
      : acceptor_(context), path_(std::move(path)), handler_(std::move(handler)) {}

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

  static asio::awaitable<void> serve(std::shared_ptr<Listener> self, Protocol::socket socket) {
    std::array<unsigned char, 4> head{};
    auto [head_failed, head_bytes] = co_await asio::async_read(socket, asio::buffer(head), kQuiet);
    const auto size = frame_size(head);
    if (head_failed || size > kMaxMessageBytes) co_return;
    std::string bytes(size, '\0');
    auto [body_failed, body_bytes] = co_await asio::async_read(socket, asio::buffer(bytes), kQuiet);
    if (body_failed) co_return;
    boost::system::error_code not_json;
    const auto message = json::parse(bytes, not_json);
    if (not_json) co_return;
    LocalRequest request{.method = member(message, "method"),
                         .target = member(message, "target"),
                         .body = member(message, "body"),
                         .range = member(message, "range")};
    auto reply = co_await self->handler_(std::move(request));
    const auto out = framed(message_of(reply));
    auto [write_failed, written] = co_await asio::async_write(socket, asio::buffer(out), kQuiet);
    if (write_failed) base::log_debug("app", "a command went away before its answer");
  }

  Protocol::acceptor acceptor_;
  std::filesystem::path path_;
  Handler handler_;
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

bool connect_to(int fd, const sockaddr_un& address) {
  while (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

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
                                                         Handler handler) {
  auto listener = std::make_shared<Listener>(context, std::move(path), std::move(handler));
  TRY(auto opened, listener->open());
  static_cast<void>(opened);
  listener->start();
  return std::make_unique<Handle>(std::move(listener));
}

Result<std::optional<LocalReply>> call_local(const std::filesystem::path& path, const LocalRequest& request) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const ShortPath short_path(path);
  if (!short_path.usable()) return std::optional<LocalReply>();
  std::memcpy(address.sun_path, short_path.text().data(), short_path.text().size());
  const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.get() < 0 || !connect_to(socket.get(), address)) return std::optional<LocalReply>();
  const Error gone(Errc::unavailable, "The server went away before it answered; look at its log and try again.");
  const auto out = framed(
      {{"method", request.method}, {"target", request.target}, {"body", request.body}, {"range", request.range}});
  if (!write_all(socket.get(), out)) return Error(gone);
  std::array<unsigned char, 4> head{};
  if (!read_all(socket.get(), head.data(), head.size())) return Error(gone);
  std::string bytes(std::min(frame_size(head), kMaxMessageBytes), '\0');
  if (!read_all(socket.get(), bytes.data(), bytes.size())) return Error(gone);
  boost::system::error_code not_json;
  const auto message = json::parse(bytes, not_json);
  const auto* status = message.is_object() ? message.get_object().if_contains("status") : nullptr;
  if (not_json || !status || !status->is_int64()) return Error(gone);
  return reply_of(message, static_cast<int>(status->get_int64()));
}

}  // namespace troupe::app
