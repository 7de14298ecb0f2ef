#include "net/client/client_connect.h"

#include "base/mutex.h"

#include <sys/un.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace troupe::net::client {
namespace {
using Clock = std::chrono::steady_clock;
using asio::ip::tcp;
constexpr auto kQuiet = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kLookupThreads = 4;  // getaddrinfo blocks, and a slow name server must not hold up an I/O thread
constexpr std::size_t kMaxAddresses = 16;

Error timed_out(const http::Url& url) { return Error(Errc::timed_out, url.origin() + " cannot be reached in time"); }

/// A lookup on its way; the waiter may be gone before it ends.
struct Lookup {
  explicit Lookup(const asio::any_io_executor& executor) : timer(executor) {}
  asio::steady_timer timer;
  base::Mutex mutex;
  bool abandoned GUARDED_BY(mutex) = false;  // while it is false, the executor is there
  bool done = false;                         // from here on only touched on the waiter's executor
  boost::system::error_code failure;
  std::vector<asio::ip::address> addresses;
};

/// A connect on its way, and the timer that ends it.
template <class Socket>
struct Attempt {
  explicit Attempt(const asio::any_io_executor& executor) : socket(executor), timer(executor) {}
  Socket socket;
  asio::steady_timer timer;
  bool over = false;
  bool late = false;
};

/// Yields the connected socket, or why not.
template <class Socket>
Task<Socket> connect_one(typename Socket::endpoint_type endpoint, Connector::TimePoint deadline) {
  const auto attempt = std::make_shared<Attempt<Socket>>(co_await asio::this_coro::executor);
  struct Guard {
    Attempt<Socket>& attempt;
    ~Guard() {
      attempt.over = true;
      attempt.timer.cancel();
    }
  } guard{*attempt};
  attempt->timer.expires_at(deadline);
  attempt->timer.async_wait([attempt](boost::system::error_code ec) {
    if (ec || attempt->over) return;
    attempt->late = true;
    attempt->socket.close(ec);
  });
  const auto [failure] = co_await attempt->socket.async_connect(endpoint, kQuiet);
  if (attempt->late) co_return Error(Errc::timed_out, "no answer in time");
  if (failure) co_return Error(Errc::unavailable, failure.message());
  co_return std::move(attempt->socket);
}
}  // namespace

Connector::Connector(http::AddressRules rules, std::shared_ptr<tls::TlsClient> tls, std::string unix_socket)
    : rules_(std::move(rules)), tls_(std::move(tls)), unix_socket_(std::move(unix_socket)), lookups_(kLookupThreads) {}

Connector::~Connector() {
  lookups_.stop();
  lookups_.join();
}

bool Connector::allows(const asio::ip::address& address, Trust trust) const {
  switch (trust) {
    case Trust::configured:
      return true;
    case Trust::untrusted:
      return rules_.allows(address);
    case Trust::stranger:
      break;
  }
  return http::is_public_address(address);
}

Task<std::vector<asio::ip::address>> Connector::look_up(std::string host, TimePoint deadline) {
  boost::system::error_code not_literal;
  const auto literal = asio::ip::make_address(host, not_literal);
  if (!not_literal) co_return std::vector{literal};

  const auto executor = co_await asio::this_coro::executor;
  const auto lookup = std::make_shared<Lookup>(executor);
  struct Guard {
    Lookup& lookup;
    ~Guard() {
      const base::Lock lock(lookup.mutex);
      lookup.abandoned = true;
    }
  } guard{*lookup};
  asio::post(lookups_, [this, lookup, executor, host] {
    {
      const base::Lock lock(lookup->mutex);
      if (lookup->abandoned) return;
    }
    tcp::resolver resolver(lookups_);
    boost::system::error_code failure;
    const auto found = resolver.resolve(host, "", failure);
    std::vector<asio::ip::address> addresses;
    for (const auto& entry : found) {  // once per address: the resolver repeats it for each socket type
      const auto address = entry.endpoint().address();
      if (std::ranges::find(addresses, address) == addresses.end()) addresses.push_back(address);
    }
    const base::Lock lock(lookup->mutex);
    if (lookup->abandoned) return;
    asio::post(executor, [lookup, failure, addresses = std::move(addresses)]() mutable {
      lookup->done = true;
      lookup->failure = failure;
      lookup->addresses = std::move(addresses);
      lookup->timer.cancel();
    });
  });
  lookup->timer.expires_at(deadline);
  co_await lookup->timer.async_wait(kQuiet);
  if (!lookup->done) co_return Error(Errc::timed_out, "the name " + host + " was not found in time");
  if (lookup->failure) {
    co_return Error(Errc::unavailable, "the name " + host + " was not found", lookup->failure.message());
  }
  co_return std::move(lookup->addresses);
}

Task<std::unique_ptr<ClientConnection>> Connector::connect_local(http::Url url, Trust trust, TimePoint deadline) {
  using Socket = asio::local::stream_protocol::socket;
  const auto name = "unix://" + unix_socket_;
  if (trust != Trust::configured) co_return Error(Errc::forbidden, name + " is not for this URL: " + url.origin());
  if (url.tls) co_return Error(Errc::invalid_param, name + " speaks no TLS: the URL must begin with http://");
  if (unix_socket_.size() >= sizeof(sockaddr_un::sun_path)) {
    co_return Error(Errc::invalid_param, name + ": the path of a socket may be 107 bytes long");
  }
  auto socket = co_await connect_one<Socket>(asio::local::stream_protocol::endpoint(unix_socket_), deadline);
  if (!socket) co_return Error(socket.error().code(), name + " cannot be reached: " + socket.error().message());
  auto connection = std::make_unique<ClientConnection>();
  connection->socket = socket->native_handle();
  connection->stream = tls::make_local_stream(std::move(*socket));
  co_return connection;
}

Task<std::unique_ptr<ClientConnection>> Connector::connect(http::Url url, Trust trust, TimePoint deadline) {
  if (!unix_socket_.empty()) co_return co_await connect_local(std::move(url), trust, deadline);
  CO_TRY(auto addresses, co_await look_up(url.host, deadline));
  const auto found = addresses.size();
  std::erase_if(addresses, [&](const auto& address) { return !allows(address, trust); });
  if (addresses.empty()) {
    if (found == 0) co_return Error(Errc::unavailable, "the name " + url.host + " has no address");
    co_return Error(Errc::forbidden, url.origin() + " is in a private network, which this URL may not reach");
  }
  addresses.resize(std::min(addresses.size(), kMaxAddresses));

  std::string last_failure;
  bool late = false;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const auto now = Clock::now();
    if (now >= deadline) break;
    // An address that swallows packets leaves time for the ones after it.
    const auto share = now + (deadline - now) / static_cast<int>(addresses.size() - i);
    auto socket = co_await connect_one<tcp::socket>(tcp::endpoint(addresses[i], url.port), share);
    if (!socket) {
      last_failure = socket.error().message();
      late = socket.error().code() == Errc::timed_out;
      continue;
    }
    auto connection = std::make_unique<ClientConnection>();
    connection->address = addresses[i];
    connection->socket = socket->native_handle();
    connection->stream = tls::make_tcp_stream(std::move(*socket));
    if (url.tls) {
      connection->stream->read_until(deadline);
      connection->stream->write_until(deadline);
      auto plain = std::move(connection->stream);
      auto secured = co_await tls_->connect(std::move(plain), url.host);
      if (!secured) {
        if (secured.error().code() == Errc::timed_out) co_return timed_out(url);
        co_return Error(secured.error().code(), url.origin() + ": " + secured.error().message(),
                        secured.error().detail());
      }
      connection->stream = std::move(*secured);
    }
    co_return connection;
  }
  if (late || last_failure.empty()) co_return timed_out(url);
  co_return Error(Errc::unavailable, url.origin() + " cannot be reached: " + last_failure);
}

}  // namespace troupe::net::client
