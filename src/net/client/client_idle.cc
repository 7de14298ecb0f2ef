#include "net/client/client_idle.h"

#include <sys/socket.h>

#include <boost/asio/query.hpp>
#include <cerrno>

namespace troupe::net::client {
namespace {
using Clock = std::chrono::steady_clock;
constexpr auto kSweepInterval = std::chrono::seconds(5);
}  // namespace

bool ClientConnection::is_fresh() const {
  if (Clock::now() >= expires || !input.empty()) return false;
  char byte = 0;
  const auto got = ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  // 0: closed. Bytes: an answer that nobody asked for, or TLS saying goodbye.
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

IdleConnections& IdleConnections::of(const asio::any_io_executor& executor) {
  return asio::use_service<IdleConnections>(asio::query(executor, asio::execution::context));
}

std::unique_ptr<ClientConnection> IdleConnections::take(const std::string& key,
                                                        const std::function<bool(const ClientConnection&)>& fits) {
  const auto found = idle_.find(key);
  if (found == idle_.end()) return nullptr;
  auto& connections = found->second;
  std::unique_ptr<ClientConnection> taken;
  for (std::size_t i = connections.size(); i-- > 0 && !taken;) {
    if (!fits(*connections[i])) continue;
    auto connection = std::move(connections[i]);
    connections.erase(connections.begin() + static_cast<std::ptrdiff_t>(i));
    --total_;
    if (connection->is_fresh()) taken = std::move(connection);
  }
  if (taken) taken->reused = true;
  return taken;
}

void IdleConnections::put(const std::string& key, std::unique_ptr<ClientConnection> connection, std::size_t per_key) {
  if (per_key == 0) return;
  if (total_ >= kMaxTotal) sweep();
  auto& connections = idle_[key];
  if (connections.size() >= per_key) {
    connections.erase(connections.begin());
    --total_;
  } else if (total_ >= kMaxTotal) {
    return;
  }
  connection->stream->read_until(tls::Stream::kNever);
  connection->stream->write_until(tls::Stream::kNever);
  const auto executor = connection->stream->get_executor();
  connections.push_back(std::move(connection));
  ++total_;
  if (!armed_) arm(executor);
}

void IdleConnections::arm(const asio::any_io_executor& executor) {
  armed_ = true;
  if (!timer_) timer_.emplace(executor);
  timer_->expires_after(kSweepInterval);
  timer_->async_wait([this, executor](const boost::system::error_code& failed) {
    armed_ = false;
    if (failed) return;
    sweep();
    if (total_ > 0) arm(executor);
  });
}

void IdleConnections::sweep() {
  for (auto it = idle_.begin(); it != idle_.end();) {
    total_ -= std::erase_if(it->second, [](const auto& connection) { return !connection->is_fresh(); });
    it = it->second.empty() ? idle_.erase(it) : std::next(it);
  }
}

void IdleConnections::shutdown() {
  timer_.reset();
  idle_.clear();
}

}  // namespace troupe::net::client
