// What a server answers to the client: head, interim answers, every body framing, gzip. Nothing over the limit is kept.

// modules: net
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "net/client/client_exchange.h"
#include "net/http/gzip.h"

namespace {
using namespace troupe;
using namespace troupe::net;

/// Gives out the bytes in pieces of `step`, then ends.
class Canned final : public tls::Stream {
 public:
  Canned(asio::any_io_executor executor, std::string_view bytes, std::size_t step)
      : executor_(std::move(executor)), bytes_(bytes), step_(step) {}
  Task<std::size_t> read_some(std::span<char> into) override {
    const auto count = std::min({into.size(), bytes_.size(), step_});
    std::memcpy(into.data(), bytes_.data(), count);
    bytes_.remove_prefix(count);
    co_return count;
  }
  Task<Unit> write_all(std::span<const std::string_view>) override { co_return Unit{}; }
  Task<Unit> shutdown_write() override { co_return Unit{}; }
  void read_until(TimePoint) override {}
  void write_until(TimePoint) override {}
  void cancel() override {}
  void close() override {}
  bool peer_has_left() override { return false; }
  const std::string& remote_address() const override { return remote_; }
  bool tls() const override { return false; }
  asio::any_io_executor get_executor() override { return executor_; }

 private:
  asio::any_io_executor executor_;
  std::string_view bytes_;
  std::size_t step_;
  std::string remote_ = "127.0.0.1";
};

asio::awaitable<void> read(std::string_view bytes, std::size_t step, bool head_only) {
  client::ClientConnection connection;
  connection.stream = std::make_unique<Canned>(co_await asio::this_coro::executor, bytes, step);
  const std::chrono::milliseconds second(1000);
  client::ClientExchange exchange(connection, {second, second, std::chrono::steady_clock::now() + second}, head_only);
  const auto started = co_await exchange.start("GET / HTTP/1.1\r\n\r\n", "");
  if (!started) co_return;
  if (exchange.status() < 200) std::abort();
  http::GzipDecoder gzip(100'000);
  for (std::size_t total = 0; total < 1'000'000;) {
    const auto piece = co_await exchange.body_piece();
    if (!piece) break;
    if (piece->empty()) {
      if (exchange.reusable() && !connection.input.empty()) std::abort();
      break;
    }
    total += piece->size();
    if (exchange.headers().get("content-encoding") != "gzip") continue;
    const auto plain = gzip.feed(*piece);
    if (!plain) break;
    if (plain->size() > 100'000) std::abort();
  }
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 100'000) return 0;
  const bool head_only = data[0] & 1;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (const std::size_t step : {std::size_t{100'000}, std::size_t{1} + (data[0] >> 1)}) {
    asio::io_context io{1};
    asio::co_spawn(io, read(bytes, step, head_only), [](const std::exception_ptr& failure) {
      if (failure) std::rethrow_exception(failure);
    });
    io.run();
  }
  return 0;
}
