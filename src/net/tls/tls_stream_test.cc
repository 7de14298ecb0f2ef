#include "net/tls/tls_stream.h"

#include <gtest/gtest.h>

#include "net/tls/test_peer.h"

namespace troupe::net::tls {
namespace {
using namespace testing;

asio::awaitable<std::unique_ptr<Stream>> dial(std::uint16_t port) {
  tcp::socket socket(co_await asio::this_coro::executor);
  co_await socket.async_connect({asio::ip::address_v4::loopback(), port}, asio::use_awaitable);
  auto stream = make_tcp_stream(std::move(socket));
  stream->read_within(10s);
  stream->write_within(10s);
  co_return stream;
}

asio::awaitable<std::unique_ptr<Stream>> dial_tls(std::uint16_t port, std::shared_ptr<TlsClient> tls) {
  auto plain = co_await dial(port);
  auto stream = co_await tls->connect(std::move(plain), "localhost");
  EXPECT_TRUE(stream) << stream.error().message();
  co_return std::move(stream.value());
}

asio::awaitable<std::string> read_all(Stream& stream) {
  std::string text;
  std::array<char, 5'000> buffer;
  for (;;) {
    const auto got = co_await stream.read_some(buffer);
    if (!got) co_return text + "|" + got.error().message();
    if (*got == 0) co_return text;
    text.append(buffer.data(), *got);
  }
}

class TlsStreamTest : public ::testing::Test {
 protected:
  TempDir dir_;
  TlsFiles files_ = make_certificate(dir_, "one", "DNS:localhost");
  std::shared_ptr<TlsServer> server_ = TlsServer::load(files_).value();
  std::shared_ptr<TlsClient> client_ = TlsClient::make(files_.certificate_chain_file).value();
  asio::io_context io_{1};
};

TEST_F(TlsStreamTest, BothDirectionsAtOnce) {
  // The peer sends everything back while it is still being sent to: neither side may wait for the other.
  Peer echo(
      [](Stream& stream, int) -> asio::awaitable<void> {
        std::array<char, 10'000> buffer;
        for (;;) {
          const auto got = co_await stream.read_some(buffer);
          if (!got || *got == 0) co_return;
          co_await say(stream, std::string(buffer.data(), *got));
        }
      },
      server_);
  const auto text = base::random_bytes(20'000'000);
  const auto task = [&]() -> asio::awaitable<std::string> {
    auto stream = co_await dial_tls(echo.port(), client_);
    const auto send = [&]() -> asio::awaitable<void> {
      const std::string_view parts[] = {std::string_view(text).substr(0, 10), std::string_view(text).substr(10, 17'000),
                                        std::string_view(text).substr(17'010)};
      EXPECT_TRUE(co_await stream->write_all(parts));
      EXPECT_TRUE(co_await stream->shutdown_write());
    };
    asio::co_spawn(io_, send(), asio::detached);
    auto all = co_await read_all(*stream);
    EXPECT_TRUE(stream->tls());
    co_return all;
  };
  EXPECT_EQ(run_to_end(io_, task()), text);
}

TEST_F(TlsStreamTest, ACutIsToldFromAnEnd) {
  Peer peer(
      [](Stream& stream, int) -> asio::awaitable<void> {
        co_await say(stream, "half");
        stream.close();  // no close_notify
      },
      server_);
  const auto task = [&]() -> asio::awaitable<std::string> {
    auto stream = co_await dial_tls(peer.port(), client_);
    co_return co_await read_all(*stream);
  };
  EXPECT_EQ(run_to_end(io_, task()), "half|the connection was cut off");
}

TEST_F(TlsStreamTest, DeadlinesHold) {
  Peer peer([](Stream& stream, int) -> asio::awaitable<void> { co_await wait_for_end(stream); }, server_);
  const auto task = [&]() -> asio::awaitable<Errc> {
    auto stream = co_await dial_tls(peer.port(), client_);
    stream->read_within(50ms);
    std::array<char, 10> buffer;
    const auto got = co_await stream->read_some(buffer);
    co_return got ? Errc::internal : got.error().code();
  };
  EXPECT_EQ(run_to_end(io_, task()), Errc::timed_out);
}

TEST_F(TlsStreamTest, GarbageEndsTheHandshakeOnly) {
  std::atomic<int> served{0};
  Peer peer(
      [&](Stream& stream, int) -> asio::awaitable<void> {
        ++served;
        co_await say(stream, "hi");
      },
      server_);
  for (const auto& garbage : {std::string("GET / HTTP/1.1\r\n\r\n"), base::random_bytes(1'000), std::string(),
                              std::string("\x16\x03\x01\xff\xff", 5)}) {
    const auto task = [&]() -> asio::awaitable<bool> {
      auto stream = co_await dial(peer.port());
      co_await say(*stream, garbage);
      static_cast<void>(co_await stream->shutdown_write());
      co_await wait_for_end(*stream);
      co_return true;
    };
    EXPECT_TRUE(run_to_end(io_, task()));
  }
  const auto good = [&]() -> asio::awaitable<std::string> {
    auto stream = co_await dial_tls(peer.port(), client_);
    co_return co_await read_all(*stream);
  };
  EXPECT_EQ(run_to_end(io_, good()), "hi");
  EXPECT_EQ(served, 1);
}

TEST_F(TlsStreamTest, ReloadTakesNewFilesAndKeepsTheOldOnError) {
  Peer peer([](Stream& stream, int) -> asio::awaitable<void> { co_await say(stream, "hi"); }, server_);
  const auto other = make_certificate(dir_, "two", "DNS:localhost");
  const auto accepted_by = [&](const std::string& ca_file) {
    const auto task = [&]() -> asio::awaitable<bool> {
      auto plain = co_await dial(peer.port());
      co_return (co_await TlsClient::make(ca_file).value()->connect(std::move(plain), "localhost")).has_value();
    };
    return run_to_end(io_, task()).value();
  };
  const auto first = dir_.file("first.crt");
  std::filesystem::copy_file(files_.certificate_chain_file, first);
  EXPECT_TRUE(accepted_by(first));

  std::ofstream(files_.certificate_chain_file) << "nonsense";
  EXPECT_EQ(server_->reload().error().code(), Errc::invalid_param);
  EXPECT_TRUE(accepted_by(first));

  const auto overwrite = std::filesystem::copy_options::overwrite_existing;
  std::filesystem::copy_file(other.certificate_chain_file, files_.certificate_chain_file, overwrite);
  EXPECT_FALSE(server_->reload());  // the old key does not belong to it
  std::filesystem::copy_file(other.private_key_file, files_.private_key_file, overwrite);
  EXPECT_TRUE(server_->reload());
  EXPECT_FALSE(accepted_by(first));
  EXPECT_TRUE(accepted_by(other.certificate_chain_file));
}

TEST_F(TlsStreamTest, AKeyThatOthersMayReadIsRefused) {
  ::chmod(files_.private_key_file.c_str(), 0644);
  const auto refused = TlsServer::load(files_);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message().contains("chmod 600")) << refused.error().message();
  ::chmod(files_.private_key_file.c_str(), 0640);
  EXPECT_TRUE(TlsServer::load(files_));
}

TEST_F(TlsStreamTest, WrongFilesAreNamed) {
  const auto other = make_certificate(dir_, "two", "DNS:localhost");
  for (const auto& files : {TlsFiles{dir_.file("none.crt"), files_.private_key_file},
                            TlsFiles{files_.certificate_chain_file, dir_.file("none.key")},
                            TlsFiles{files_.certificate_chain_file, other.private_key_file}}) {
    const auto loaded = TlsServer::load(files);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code(), Errc::invalid_param);
    EXPECT_TRUE(loaded.error().message().contains(dir_.file(""))) << loaded.error().message();
  }
}

}  // namespace
}  // namespace troupe::net::tls
