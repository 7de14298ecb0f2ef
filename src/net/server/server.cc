#include "net/server/server.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <unordered_set>

#include "base/log.h"
#include "base/mutex.h"
#include "net/route/rate_limit.h"
#include "net/server/http_connection.h"
#include "net/server/listen_tcp.h"
#include "net/server/turned_away.h"

namespace troupe::net::server {
namespace {

using boost::system::error_code;
using Tcp = asio::ip::tcp;
using Local = asio::local::stream_protocol;
constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kAcceptPause{100};  ///< after a failed accept, e.g. no file descriptors left
constexpr std::chrono::milliseconds kGrace{500};        ///< from cancelling the handlers to closing their sockets
constexpr std::chrono::milliseconds kLastWait{5'000};   ///< for coroutines that wait on what cannot be cancelled
constexpr std::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 5\r\nConnection: close\r\n\r\n";

base::Gauge& gauge_of(base::MetricRegistry& metrics, const std::string& listener) {
  return metrics.gauge("troupe_net_connections", "Open HTTP connections", {"surface"}).with({listener});
}

/// The connections of one I/O thread; touched only there.
using Live = std::unordered_set<std::shared_ptr<HttpConnection>>;

/// Everything that outlives the HttpServer object when a coroutine hangs.
struct State {
  State(IoThreads& threads, route::Router& router, const route::Listener& rules, ListenOptions options,
        base::MetricRegistry& metrics)
      : io(threads),
        turned_away(metrics, options.listener),
        facts(std::make_shared<ListenerFacts>(router, rules, std::move(options), gauge_of(metrics, rules.name))),
        live(threads.size()) {}

  IoThreads& io;
  TurnedAway turned_away;
  std::shared_ptr<ListenerFacts> facts;
  std::vector<Live> live;  ///< by thread
  base::Mutex mutex;
  base::Condition ended;
  std::size_t acceptors GUARDED_BY(mutex) = 0;  ///< loops that accept, and closings of theirs that are still to run

  bool wait_for_end(std::chrono::milliseconds patience) {
    base::Lock lock(mutex);
    return ended.wait_for(lock, patience, [&]() REQUIRES(mutex) { return facts->open == 0 && acceptors == 0; });
  }
  void acceptor_began() {
    const base::Lock lock(mutex);
    acceptors += 1;
  }
  void acceptor_ended() {
    const base::Lock lock(mutex);
    acceptors -= 1;
    ended.notify_all();
  }
  void connection_ended() {
    const base::Lock lock(mutex);
    ended.notify_all();
  }
};

/// Gives back what why_not() counted.
void count_out(ListenerFacts& facts, const std::string& counted_as) {
  if (!counted_as.empty()) facts.connections_of.give_back(counted_as, 1);
  facts.connections.add(-1);
  facts.open.fetch_sub(1);
}

/// On the connection's thread.
void start(const std::shared_ptr<State>& state, std::size_t thread, std::unique_ptr<tls::Stream> stream,
           std::string counted_as) {
  auto connection = std::make_shared<HttpConnection>(state->facts, std::move(stream));
  state->live[thread].insert(connection);
  auto finish = [state, thread, connection, counted_as = std::move(counted_as)](std::exception_ptr failure) {
    try {
      if (failure) std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      base::log_error("net", "a connection ended by an exception", {{"error", error.what()}});
    }
    state->live[thread].erase(connection);
    count_out(*state->facts, counted_as);
    if (state->facts->draining) state->connection_ended();
  };
  asio::co_spawn(state->io.at(thread), connection->serve(),
                 asio::bind_cancellation_slot(connection->cancellation_slot(), std::move(finish)));
}

/// As whose a connection is counted; empty: as nobody's.
std::string counted_as(const ListenerFacts& facts, const Tcp::socket& socket) {
  error_code gone;
  const auto address = socket.remote_endpoint(gone).address();
  if (gone) return {};
  const bool is_proxy =
      std::ranges::any_of(facts.trusted_proxies, [&](const auto& block) { return block.contains(address); });
  return is_proxy ? std::string() : holder_of(address);
}
std::string counted_as(const ListenerFacts& /*facts*/, const Local::socket& /*socket*/) { return {}; }

/// Counts the connection, unless there is no place for it.
std::optional<TurnedAway::Why> why_not(ListenerFacts& facts, const std::string& counted_as) {
  std::optional<TurnedAway::Why> why;
  if (facts.open.fetch_add(1) >= facts.options.limits.connections) {
    why = TurnedAway::Why::listener_full;
  } else if (!counted_as.empty() && facts.connections_of.take(counted_as, 1) != Shares::Outcome::taken) {
    why = TurnedAway::Why::address_has_its_part;
  }
  if (why) {
    facts.open.fetch_sub(1);
  } else {
    facts.connections.add(1);
  }
  return why;
}

void tell_turned_away(State& state, TurnedAway::Why why, const std::string& counted_as) {
  const auto times = state.turned_away.count(why, std::chrono::steady_clock::now());
  if (!times) return;
  if (why == TurnedAway::Why::listener_full) {
    base::log_warning("net", "a listener is full: connections are answered 503",
                      {{"listener", state.facts->rules.name}, {"refused", *times}});
    return;
  }
  base::log_warning("net",
                    "an address has as many connections as one may, and more are answered 503; if it is a proxy in "
                    "front of Troupe, name it in network.trusted_proxies",
                    {{"listener", state.facts->rules.name}, {"address", counted_as}, {"refused", *times}});
}

std::unique_ptr<tls::Stream> make_stream(Tcp::socket socket) { return tls::make_tcp_stream(std::move(socket)); }
std::unique_ptr<tls::Stream> make_stream(Local::socket socket) { return tls::make_local_stream(std::move(socket)); }

/// Deals sockets round robin until the acceptor is closed.
template <class Acceptor>
asio::awaitable<void> accept_all(std::shared_ptr<State> state, std::shared_ptr<Acceptor> acceptor) {
  using Socket = typename Acceptor::protocol_type::socket;
  for (std::size_t turn = 0; acceptor->is_open(); ++turn) {
    const std::size_t thread = turn % state->io.size();
    Socket socket(state->io.at(thread));
    auto [failed] = co_await acceptor->async_accept(socket, kNoThrow);
    if (!acceptor->is_open() || failed == asio::error::operation_aborted) co_return;
    if (failed) {
      base::log_warning("net", "a connection could not be accepted", {{"error", failed.message()}});
      asio::steady_timer pause(acceptor->get_executor(), kAcceptPause);
      co_await pause.async_wait(kNoThrow);
      continue;
    }
    auto counted = counted_as(*state->facts, socket);
    if (const auto why = why_not(*state->facts, counted)) {
      tell_turned_away(*state, *why, counted);
      error_code ignored;  // the peer may be gone already
      socket.non_blocking(true, ignored);
      socket.write_some(asio::buffer(kFull), ignored);
      continue;
    }
    asio::post(state->io.at(thread),
               [state, thread, socket = std::move(socket), counted = std::move(counted)]() mutable {
                 start(state, thread, make_stream(std::move(socket)), std::move(counted));
               });
  }
}

class Server final : public HttpServer {
 public:
  Server(std::shared_ptr<State> state, std::shared_ptr<Tcp::acceptor> tcp, std::shared_ptr<Local::acceptor> local)
      : state_(std::move(state)), tcp_(std::move(tcp)), local_(std::move(local)) {
    if (tcp_) port_ = tcp_->local_endpoint().port();
    if (!state_->facts->options.closed) open();
  }

  ~Server() override {
    drain(std::chrono::milliseconds(0));
    if (local_) ::unlink(state_->facts->options.unix_path.c_str());
  }

  std::uint16_t port() const override { return port_; }

  void open() override {
    if (tcp_) run(tcp_);
    if (local_) run(local_);
  }

  void drain(std::chrono::milliseconds patience) override {
    if (drained_) return;
    drained_ = true;
    state_->facts->draining = true;
    if (tcp_) close(tcp_);
    if (local_) close(local_);
    each_connection([](HttpConnection& connection) { connection.drain(); });
    if (state_->wait_for_end(patience)) return;
    each_connection([](HttpConnection& connection) { connection.interrupt(); });
    if (state_->wait_for_end(kGrace)) return;
    each_connection([](HttpConnection& connection) { connection.abort(); });
    if (!state_->wait_for_end(kLastWait)) {
      base::log_error("net", "connections did not end", {{"open", state_->facts->open.load()}});
    }
  }

 private:
  template <class Acceptor>
  void run(const std::shared_ptr<Acceptor>& acceptor) {
    state_->acceptor_began();
    asio::co_spawn(acceptor->get_executor(), accept_all(state_, acceptor),
                   [state = state_](std::exception_ptr failure) {
                     if (failure) base::log_error("net", "the acceptor ended by an exception");
                     state->acceptor_ended();
                   });
  }

  template <class Acceptor>
  void close(const std::shared_ptr<Acceptor>& acceptor) {
    state_->acceptor_began();  // a drain waits for the closing also when no loop has begun yet
    asio::post(acceptor->get_executor(), [state = state_, acceptor] {
      error_code ignored;  // closing is all that can be done
      acceptor->close(ignored);
      state->acceptor_ended();
    });
  }

  void each_connection(void (*action)(HttpConnection&)) {
    for (std::size_t thread = 0; thread < state_->io.size(); ++thread) {
      asio::post(state_->io.at(thread), [state = state_, thread, action] {
        const std::vector<std::shared_ptr<HttpConnection>> all(state->live[thread].begin(), state->live[thread].end());
        for (const auto& connection : all) action(*connection);
      });
    }
  }

  std::shared_ptr<State> state_;
  std::shared_ptr<Tcp::acceptor> tcp_;
  std::shared_ptr<Local::acceptor> local_;
  std::uint16_t port_ = 0;
  bool drained_ = false;
};

Result<std::shared_ptr<Local::acceptor>> open_local(asio::io_context& context, const std::string& path) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) == 0) {
    if (!S_ISSOCK(found.st_mode)) return Error(Errc::conflict, path + " exists and is not a socket.");
    ::unlink(path.c_str());  // the data directory's lock says that its server is gone
  }
  error_code failed;
  auto acceptor = std::make_shared<Local::acceptor>(context);
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return Error(Errc::invalid_param, "The path of the socket is too long (107 bytes at most): " + path);
  }
  const Local::endpoint endpoint(path);
  acceptor->open(endpoint.protocol(), failed);
  const auto old_mask = ::umask(0177);
  if (!failed) acceptor->bind(endpoint, failed);
  ::umask(old_mask);
  if (!failed) acceptor->listen(asio::socket_base::max_listen_connections, failed);
  if (failed) return cannot_listen(path, failed);
  return acceptor;
}

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::listen(IoThreads& threads, route::Router& router, ListenOptions options,
                                                       base::MetricRegistry& metrics) {
  const route::Listener* rules = router.listener(options.listener);
  if (!rules) return Error(Errc::invalid_param, "There is no listener " + options.listener + ".");
  auto state = std::make_shared<State>(threads, router, *rules, std::move(options), metrics);
  const ListenOptions& chosen = state->facts->options;
  for (const auto& text : chosen.trusted_proxies) {
    TRY(auto block, http::AddressBlock::parse(text));
    state->facts->trusted_proxies.push_back(std::move(block));
  }
  if (chosen.tls) {
    TRY(state->facts->tls, tls::TlsServer::load(*chosen.tls));
  }
  std::shared_ptr<Tcp::acceptor> tcp;
  std::shared_ptr<Local::acceptor> local;
  if (chosen.unix_path.empty()) {
    TRY(tcp, listen_tcp(threads.at(0), chosen.host, chosen.port));
  } else {
    TRY(local, open_local(threads.at(0), chosen.unix_path));
  }
  return std::make_unique<Server>(std::move(state), std::move(tcp), std::move(local));
}

}  // namespace troupe::net::server
