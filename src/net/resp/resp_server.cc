#include "net/resp/resp_server.h"

#include <netinet/tcp.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "base/async.h"
#include "base/log.h"
#include "base/mutex.h"
#include "net/resp/resp_reply.h"
#include "net/route/rate_limit.h"
#include "net/server/listen_tcp.h"
#include "net/tls/stream.h"

namespace troupe::net::resp {
namespace {

using Tcp = asio::ip::tcp;
using boost::system::error_code;

constexpr auto kQuiet = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kPiece = 16 * 1024;
constexpr std::chrono::milliseconds kPause{100};  ///< after a failed accept, e.g. no file descriptors left
constexpr std::chrono::seconds kLookForEnd{1};
constexpr std::size_t kGivingWay = 64;  ///< connections above the limit, for as long as it takes to end older ones
constexpr std::string_view kFull = "-ERR max number of clients reached\r\n";
constexpr std::chrono::seconds kPatienceAtStop{5};
/// A peer whose machine is gone is noticed after two minutes: subscribers may be silent for hours.
constexpr int kFirstProbeS = 60, kProbeEveryS = 20, kProbes = 3;

void keep_alive(Tcp::socket& socket) {
  error_code ignored;  // a socket that died meanwhile fails at its first read
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  using Option = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPIDLE>;
  using Every = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPINTVL>;
  using Count = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPCNT>;
  socket.set_option(Option(kFirstProbeS), ignored);
  socket.set_option(Every(kProbeEveryS), ignored);
  socket.set_option(Count(kProbes), ignored);
}

/// The clients that have not said yet who they are, the oldest first. Any thread.
class Strangers {
 public:
  using Ticket = std::uint64_t;
  explicit Strangers(std::size_t most) : most_(std::max(most, std::size_t{1})) {}
  /// Where the address has as many as it may have, its oldest gives way: whoever means well says at once who they are,
  /// and it is the idle ones that are old.
  Ticket enter(const std::string& address, std::weak_ptr<Outlet> client) {
    std::shared_ptr<Outlet> oldest;  // closed, and maybe gone, without the lock
    Ticket ticket = 0;
    {
      const base::Lock lock(mutex_);
      if (counts_[address] >= most_)
        oldest = give_way(std::ranges::find(waiting_, address, [](const auto& each) { return each.second.address; }));
      ++counts_[address];
      ticket = ++last_;
      waiting_.emplace(ticket, Waiting{address, std::move(client)});
    }
    if (oldest) oldest->close();
    return ticket;
  }
  /// The oldest of all addresses gives way. False: there is none.
  bool make_room() {
    std::shared_ptr<Outlet> oldest;
    {
      const base::Lock lock(mutex_);
      if (waiting_.empty()) return false;
      oldest = give_way(waiting_.begin());
    }
    if (oldest) oldest->close();
    return true;
  }
  /// They are known, or gone; also if they gave way before.
  void leave(Ticket ticket) {
    const base::Lock lock(mutex_);
    if (const auto found = waiting_.find(ticket); found != waiting_.end()) (void)give_way(found);
  }

 private:
  struct Waiting {
    std::string address;
    std::weak_ptr<Outlet> client;
  };
  using Queue = std::map<Ticket, Waiting>;

  std::shared_ptr<Outlet> give_way(Queue::iterator found) REQUIRES(mutex_) {
    const auto count = counts_.find(found->second.address);
    if (--count->second == 0) counts_.erase(count);
    auto client = found->second.client.lock();
    waiting_.erase(found);
    return client;
  }

  const std::size_t most_;
  base::Mutex mutex_;
  Ticket last_ GUARDED_BY(mutex_) = 0;
  Queue waiting_ GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::size_t> counts_ GUARDED_BY(mutex_);
};

/// A client's place among them.
class StrangersPlace {
 public:
  StrangersPlace(std::shared_ptr<Strangers> strangers, const std::shared_ptr<Outlet>& client)
      : strangers_(std::move(strangers)),
        ticket_(strangers_->enter(std::string(route::rate_key_of_address(client->remote_address())), client)) {}
  ~StrangersPlace() { strangers_->leave(ticket_); }
  StrangersPlace(const StrangersPlace&) = delete;
  StrangersPlace& operator=(const StrangersPlace&) = delete;

 private:
  const std::shared_ptr<Strangers> strangers_;  ///< may be all that is left of the server
  const Strangers::Ticket ticket_;
};

class Connection final : public Outlet, public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::unique_ptr<tls::Stream> stream, const RespServerLimits& limits, std::shared_ptr<Strangers> strangers)
      : stream_(std::move(stream)),
        limits_(limits),
        strangers_(std::move(strangers)),
        home_(stream_->get_executor()),
        filled_(home_),
        drained_(home_),
        parser_(limits.stranger) {}

  bool push(std::string bytes) override {
    if (is_over_) return false;
    // Counted before it is handed over: whoever pushes faster than the thread takes is seen here.
    if (waiting_bytes_.fetch_add(bytes.size()) + bytes.size() > limits_.output_bytes) {
      close();
      return false;
    }
    asio::post(home_, [self = shared_from_this(), bytes = std::move(bytes)] {
      self->out_ += bytes;
      self->filled_.notify();
    });
    return true;
  }
  void close() override {
    is_over_ = true;
    asio::post(home_, [self = shared_from_this()] { self->end(); });
  }
  const std::string& remote_address() const override { return stream_->remote_address(); }

  asio::awaitable<void> read(MakeTalk make_talk) {
    const auto self = shared_from_this();
    place_.emplace(strangers_, self);
    auto talk = make_talk(self);
    stream_->read_within(limits_.stranger_time);
    std::array<char, kPiece> piece;
    bool goes_on = true;
    while (goes_on && !is_over_) {
      const auto got = co_await stream_->read_some(piece);
      if (!got || *got == 0) break;
      parser_.feed({piece.data(), *got});
      goes_on = co_await answer_all(*talk);
    }
    while (!is_over_ && waiting_bytes_ > 0) (void)co_await drained_.wait(kLookForEnd);
    is_over_ = true;
    place_.reset();
    end();
  }

  asio::awaitable<void> write() {
    const auto self = shared_from_this();
    while (!is_over_) {
      if (out_.empty()) (void)co_await filled_.wait(std::chrono::hours(1));
      if (is_over_ || out_.empty()) continue;
      const auto bytes = std::exchange(out_, {});
      stream_->write_within(limits_.write_time);
      const auto written = co_await stream_->write_all(bytes);
      waiting_bytes_ -= bytes.size();
      drained_.notify();
      if (!written) break;
    }
    is_over_ = true;
    end();
  }

 private:
  /// All that has been read. False: it is the end.
  asio::awaitable<bool> answer_all(Talk& talk) {
    while (!is_over_) {
      auto command = parser_.next();
      if (!command) {
        send(error("ERR " + command.error().message()));
        co_return false;
      }
      if (!*command) co_return true;
      const bool was_known = talk.is_known();
      auto answer = co_await talk.answer(**std::move(command));
      if (!was_known && talk.is_known()) {
        place_.reset();
        parser_.set_limits(limits_.known);
        stream_->read_until(tls::Stream::kNever);
      }
      send(std::move(answer.bytes));
      if (answer.ends) co_return false;
      // Whoever does not read the answers is asked for no more commands.
      while (!is_over_ && waiting_bytes_ > limits_.output_bytes / 2) (void)co_await drained_.wait(kLookForEnd);
    }
    co_return false;
  }
  /// On the thread: what is pushed from others after this comes after it.
  void send(std::string bytes) {
    if (bytes.empty()) return;
    waiting_bytes_ += bytes.size();
    out_ += bytes;
    filled_.notify();
  }
  void end() {
    stream_->close();
    filled_.notify();
    drained_.notify();
  }

  const std::unique_ptr<tls::Stream> stream_;
  const RespServerLimits limits_;
  const std::shared_ptr<Strangers> strangers_;
  std::optional<StrangersPlace> place_;  ///< while it is read, and the client is not known
  const asio::any_io_executor home_;
  base::Notify filled_, drained_;
  RespParser parser_;
  std::string out_;
  std::atomic<std::size_t> waiting_bytes_{0};
  std::atomic<bool> is_over_{false};
};

/// What outlives the server while a connection ends.
struct Shared {
  Shared(server::IoThreads& all, RespServerOptions chosen, MakeTalk make, base::Gauge& gauge)
      : threads(all), options(std::move(chosen)), make_talk(std::move(make)), connections(gauge) {}
  server::IoThreads& threads;
  const RespServerOptions options;
  const MakeTalk make_talk;
  base::Gauge& connections;
  const std::shared_ptr<Strangers> strangers = std::make_shared<Strangers>(options.limits.strangers_of_address);
  std::atomic<bool> is_stopping{false};
  std::atomic<std::size_t> open{0};  ///< connections, and the loop that accepts
  base::Mutex mutex;
  std::unordered_set<std::shared_ptr<Connection>> live GUARDED_BY(mutex);
};

void log_end(std::exception_ptr failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& thrown) {
    base::log_error("net", "a connection ended by an exception", {{"error", thrown.what()}});
  }
}

void start(const std::shared_ptr<Shared>& shared, Tcp::socket socket) {
  const auto home = socket.get_executor();
  keep_alive(socket);
  auto stream = tls::make_tcp_stream(std::move(socket));
  auto connection = std::make_shared<Connection>(std::move(stream), shared->options.limits, shared->strangers);
  {
    const base::Lock lock(shared->mutex);
    shared->live.insert(connection);
  }
  if (shared->is_stopping) connection->close();
  asio::co_spawn(home, connection->write(), [](std::exception_ptr failure) { log_end(failure); });
  asio::co_spawn(home, connection->read(shared->make_talk), [shared, connection](std::exception_ptr failure) {
    log_end(failure);
    connection->close();
    {
      const base::Lock lock(shared->mutex);
      shared->live.erase(connection);
    }
    shared->connections.add(-1);
    --shared->open;
  });
}

/// False: full of clients that are known, or of those that are just giving way. Counts it otherwise.
bool admit(Shared& shared) {
  const auto most = shared.options.limits.connections + 1;
  const auto open = ++shared.open;
  if (open <= most || (open <= most + kGivingWay && shared.strangers->make_room())) {
    shared.connections.add(1);
    return true;
  }
  --shared.open;
  return false;
}

asio::awaitable<void> accept_all(std::shared_ptr<Shared> shared, std::shared_ptr<Tcp::acceptor> acceptor) {
  while (acceptor->is_open()) {
    Tcp::socket socket(shared->threads.next());
    auto [failed] = co_await acceptor->async_accept(socket, kQuiet);
    if (!acceptor->is_open() || failed == asio::error::operation_aborted) co_return;
    if (failed) {
      asio::steady_timer pause(acceptor->get_executor(), kPause);
      co_await pause.async_wait(kQuiet);
      continue;
    }
    if (!admit(*shared)) {
      error_code ignored;  // the peer may be gone already
      socket.non_blocking(true, ignored);
      socket.write_some(asio::buffer(kFull), ignored);
      continue;
    }
    const auto home = socket.get_executor();
    asio::post(home, [shared, socket = std::move(socket)]() mutable { start(shared, std::move(socket)); });
  }
}

class Server final : public RespServer {
 public:
  Server(std::shared_ptr<Shared> shared, std::shared_ptr<Tcp::acceptor> acceptor)
      : shared_(std::move(shared)), acceptor_(std::move(acceptor)), port_(acceptor_->local_endpoint().port()) {
    ++shared_->open;
    asio::co_spawn(acceptor_->get_executor(), accept_all(shared_, acceptor_), [shared = shared_](auto failure) {
      log_end(failure);
      --shared->open;
    });
  }
  ~Server() override { end(); }

  std::uint16_t port() const override { return port_; }

  asio::awaitable<void> stop() override {
    end();
    const auto shared = shared_;
    asio::steady_timer timer(co_await asio::this_coro::executor);
    const auto until = std::chrono::steady_clock::now() + kPatienceAtStop;
    while (shared->open > 0 && std::chrono::steady_clock::now() < until) {
      timer.expires_after(std::chrono::milliseconds(2));
      co_await timer.async_wait(kQuiet);
    }
    if (shared->open > 0) base::log_error("net", "connections did not end", {{"open", shared->open.load()}});
  }

 private:
  void end() {
    if (shared_->is_stopping.exchange(true)) return;
    asio::post(acceptor_->get_executor(), [acceptor = acceptor_] {
      error_code ignored;  // closing is all that can be done
      acceptor->close(ignored);
    });
    const base::Lock lock(shared_->mutex);
    for (const auto& connection : shared_->live) connection->close();
  }

  const std::shared_ptr<Shared> shared_;
  const std::shared_ptr<Tcp::acceptor> acceptor_;
  std::uint16_t port_;
};

}  // namespace

Result<std::unique_ptr<RespServer>> RespServer::listen(server::IoThreads& threads, RespServerOptions options,
                                                       MakeTalk make_talk, base::Gauge& connections) {
  TRY(auto acceptor, server::listen_tcp(threads.at(0), options.host, options.port));
  auto shared = std::make_shared<Shared>(threads, std::move(options), std::move(make_talk), connections);
  return std::make_unique<Server>(std::move(shared), std::move(acceptor));
}

}  // namespace troupe::net::resp
