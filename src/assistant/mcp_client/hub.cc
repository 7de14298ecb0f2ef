#include "assistant/mcp_client/hub.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include "base/crypto.h"
#include "base/encoding.h"

namespace troupe::assistant::mcp_client {
namespace {

constexpr std::chrono::minutes kIdle{10};
constexpr std::chrono::milliseconds kPolite{500};  ///< for sessions to be ended

/// Runs on the hub's thread; whoever gives up waiting does not stop it.
template <class T>
asio::awaitable<T> there(asio::io_context& home, asio::awaitable<T> work) {
  co_return co_await asio::co_spawn(home, std::move(work),
                                    asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
}

/// "7/slack": "7".
std::string_view tenant_of(std::string_view account) { return account.substr(0, account.find('/')); }

Error refused(bool stopped) {
  return Error(Errc::unavailable, stopped ? "the server is stopping" : "too many servers are connected");
}

}  // namespace

Hub::Hub(Means means, std::size_t most) : means_(std::move(means)), most_(most), thread_([this] { home_.run(); }) {}

Hub::~Hub() {
  home_.stop();
  thread_.join();
}

std::string Hub::key_of(const calls::Service& service) {
  std::string whole = service.account + '\0' + service.base_url + '\0' + (service.base_is_configured ? "+" : "-");
  const auto& mcp = *service.pack->config.mcp;
  if (mcp.stdio) {
    whole += '\0' + mcp.command + (mcp.sandbox ? "+" : "-");
    for (const auto& each : mcp.arguments) whole += '\0' + each;
    for (const auto& [name, value] : mcp.environment) whole += '\0' + name + "=" + value;
  }
  for (const auto& [name, secret] : service.secrets) whole += '\0' + name + ":" + secret;
  return base::hex(base::sha256(whole));
}

std::shared_ptr<RemoteServer> Hub::server_of(const calls::Service& service) {
  if (stopped_) return nullptr;
  auto key = key_of(service);
  if (const auto found = servers_.find(key); found != servers_.end()) return found->second;
  if (servers_.size() >= most_ && !make_room_for(tenant_of(service.account))) return nullptr;
  auto changed = [this, account = service.account] {
    const base::Lock lock(mutex_);
    changed_.insert(account);
  };
  auto made = std::make_shared<RemoteServer>(means_, service, std::move(changed));
  servers_.emplace(std::move(key), made);
  return made;
}

bool Hub::make_room_for(std::string_view tenant) {
  std::map<std::string, std::size_t, std::less<>> counts;
  for (const auto& [key, server] : servers_) ++counts[std::string(tenant_of(server->account()))];
  const auto own = counts.find(tenant);
  const auto own_count = own == counts.end() ? 0 : own->second;
  auto idle = servers_.end();
  std::pair<std::size_t, std::chrono::steady_clock::duration> best;  // how many its tenant has, and for how long
  for (auto each = servers_.begin(); each != servers_.end(); ++each) {
    const auto of = tenant_of(each->second->account());
    const auto count = counts.find(of)->second;
    if (each->second->busy() != 0 || (of != tenant && count <= own_count)) continue;
    const std::pair rank(count, -each->second->used().time_since_epoch());
    if (idle != servers_.end() && rank <= best) continue;
    best = rank;
    idle = each;
  }
  if (idle == servers_.end()) return false;
  idle->second->close();
  servers_.erase(idle);
  return true;
}

asio::awaitable<calls::Arrived> Hub::call(calls::ToolCall call) {
  auto work = [](Hub& hub, calls::ToolCall wanted) -> asio::awaitable<calls::Arrived> {
    const auto server = hub.server_of(wanted.service);
    if (!server) co_return calls::Arrived{.broken = refused(hub.stopped_), .sent = false, .response = {}};
    auto calling = server->call(std::move(wanted));
    co_return co_await std::move(calling);
  };
  auto working = there(home_, work(*this, std::move(call)));
  co_return co_await std::move(working);
}

Task<JsonArray> Hub::list(calls::Service service, net::http::Headers headers, std::chrono::milliseconds patience) {
  auto work = [](Hub& hub, calls::Service of, net::http::Headers with,
                 std::chrono::milliseconds most) -> Task<JsonArray> {
    const auto server = hub.server_of(of);
    if (!server) co_return refused(hub.stopped_);
    auto listing = server->list(std::move(with), most);
    co_return co_await std::move(listing);
  };
  auto working = there(home_, work(*this, std::move(service), std::move(headers), patience));
  co_return co_await std::move(working);
}

std::set<std::string> Hub::take_changed() {
  const base::Lock lock(mutex_);
  return std::exchange(changed_, {});
}

Task<Unit> Hub::sweep(std::set<std::string> in_use) {
  auto work = [](Hub& hub, std::set<std::string> wanted) -> Task<Unit> {
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(hub.servers_, [&](const auto& each) {
      const auto& server = *each.second;
      const bool is_used = now - server.used() < kIdle || server.is_heard();
      if (server.busy() != 0 || (wanted.contains(each.first) && is_used)) return false;
      each.second->close();
      return true;
    });
    co_return Unit{};
  };
  auto working = there(home_, work(*this, std::move(in_use)));
  co_return co_await std::move(working);
}

Task<Unit> Hub::stop() {
  auto work = [](Hub& hub) -> Task<Unit> {
    hub.stopped_ = true;
    const bool any = !hub.servers_.empty();
    for (const auto& [key, server] : hub.servers_) server->close();
    hub.servers_.clear();
    if (any) {
      asio::steady_timer timer(hub.home_, kPolite);
      co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    co_return Unit{};
  };
  auto working = there(home_, work(*this));
  co_return co_await std::move(working);
}

}  // namespace troupe::assistant::mcp_client
