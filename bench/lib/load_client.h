// A Matrix client for load: one keep-alive connection, written and read by one coroutine. Only the benchmarks use it.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::bench {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

struct Reply {
  int status = 0;
  std::string body;
};

/// Belongs to one io_context. Throws std::runtime_error when the server answers nonsense or goes away.
class LoadClient {
 public:
  LoadClient(asio::io_context& context, std::uint16_t port, std::string token = {});
  asio::awaitable<Reply> request(std::string_view method, std::string_view target, std::string_view body = {});
  /// The same; throws unless the status is 200.
  asio::awaitable<std::string> ok(std::string_view method, std::string_view target, std::string_view body = {});
  std::string token;
  std::string user_id;

 private:
  asio::awaitable<void> connect();
  asio::ip::tcp::socket socket_;
  std::uint16_t port_;
  std::string out_;
  std::string in_;
};

/// Registers `name` with the shared secret, as Synapse's register_new_matrix_user does; the client has its token and
/// user id afterwards.
asio::awaitable<void> register_user(LoadClient& client, std::string name);

/// The text of a string member, found by its name; good enough for our own server's answers.
std::string member(std::string_view json, std::string_view name);

/// Durations in milliseconds, for percentiles.
class Samples {
 public:
  void add(Clock::duration d) { ms_.push_back(std::chrono::duration<double, std::milli>(d).count()); }
  double percentile(double p);
  std::size_t size() const { return ms_.size(); }

 private:
  std::vector<double> ms_;
};

}  // namespace troupe::bench
