// Other ways to a server than a plain TCP connection, and bodies that are read while they come.
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "net/client/client_fixture.h"

namespace troupe::net::client {
namespace {

using namespace testing_client;

/// Peer's twin on a unix-domain socket.
class LocalPeer {
 public:
  explicit LocalPeer(Peer::Script script) : script_(std::move(script)), acceptor_(io_, path()) {
    asio::co_spawn(io_, accept(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~LocalPeer() {
    io_.stop();
    thread_.join();
  }
  std::string path() const { return dir_.file("engine.sock"); }
  int connections() const { return connections_; }

 private:
  asio::awaitable<void> accept() {
    for (;;) {
      auto [failed, socket] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
      if (failed) co_return;
      asio::co_spawn(io_, serve(tls::make_local_stream(std::move(socket)), connections_++), asio::detached);
    }
  }
  asio::awaitable<void> serve(std::unique_ptr<tls::Stream> stream, int number) { co_await script_(*stream, number); }

  TempDir dir_;
  Peer::Script script_;
  asio::io_context io_{1};
  asio::local::stream_protocol::acceptor acceptor_;
  std::atomic<int> connections_{0};
  std::thread thread_;
};

class LocalClientTest : public ClientTest {
 protected:
  void use(const std::string& socket) { client_ = HttpClient::make({.unix_socket = socket}); }
  /// The pieces, joined; how many there were.
  struct Streamed {
    Result<ClientResponse> response = Error(Errc::internal, "hung");
    std::string text;
    int pieces = 0;
  };
  Streamed stream(ClientRequest request, int most_pieces = 1'000) {
    Streamed out;
    auto receive = [&](std::string_view piece) {
      out.text += piece;
      return ++out.pieces < most_pieces;
    };
    auto result = run_to_end(io_, client_->stream_body(std::move(request), receive));
    if (result) out.response = std::move(*result);
    return out;
  }
};

TEST_F(LocalClientTest, ARequestGoesToTheSocketWhateverItsHost) {
  LocalPeer peer(answering([](const std::string& request) { return ok(request.substr(0, request.find("\r\nUser"))); }));
  use(peer.path());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(get("http://docker/v1.41/version").value().body, "GET /v1.41/version HTTP/1.1\r\nHost: docker");
  }
  EXPECT_EQ(peer.connections(), 1) << "connections are used again";
}

TEST_F(LocalClientTest, OnlyTheAdministratorsRequestsReachTheSocket) {
  LocalPeer peer(answering([](const std::string&) { return ok("hi"); }));
  use(peer.path());
  expect_error(untrusted("http://example.org/"), Errc::forbidden);
  expect_error(to("https://docker/"), Errc::invalid_param);
  EXPECT_EQ(peer.connections(), 0);
}

TEST_F(LocalClientTest, ASocketThatNobodyListensOnIsNamed) {
  TempDir dir;
  use(dir.file("missing.sock"));
  const auto failed = get("http://docker/_ping");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), Errc::unavailable);
  EXPECT_NE(failed.error().message().find("missing.sock"), std::string::npos) << failed.error().message();
  use(std::string(200, 'x'));
  expect_error(to("http://docker/"), Errc::invalid_param);
}

TEST_F(LocalClientTest, AConnectionThatIsCutIsAnError) {
  LocalPeer peer(once("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"));
  use(peer.path());
  expect_error(to("http://docker/"), Errc::unavailable);
}

TEST_F(LocalClientTest, ABodyIsHandedOverWhileItComes) {
  LocalPeer peer([](tls::Stream& stream, int) -> asio::awaitable<void> {
    co_await read_request(stream);
    co_await say(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
    co_await wait_for_end(stream);  // until the client has what it wants
  });
  use(peer.path());
  const auto got = stream(to("http://docker/events"), 1);
  ASSERT_TRUE(got.response) << got.response.error().message();
  EXPECT_EQ(got.text, "one");
}

TEST_F(LocalClientTest, AStreamThatIsCutKeepsWhatCame) {
  LocalPeer peer(once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntw"));
  use(peer.path());
  const auto got = stream(to("http://docker/events"));
  ASSERT_FALSE(got.response);
  EXPECT_EQ(got.response.error().code(), Errc::unavailable);
  EXPECT_EQ(got.text, "onetw");
}

TEST_F(LocalClientTest, AnErrorIsNoStream) {
  LocalPeer peer(once("HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\ngone"));
  use(peer.path());
  const auto got = stream(to("http://docker/events"));
  ASSERT_TRUE(got.response);
  EXPECT_EQ(got.response->status, 404);
  EXPECT_EQ(got.response->body, "gone");
  EXPECT_EQ(got.pieces, 0);
}

TEST_F(LocalClientTest, AStreamHasALimitAndEndsWithItsBody) {
  LocalPeer peer(answering([](const std::string&) { return ok(std::string(5'000, 'x')); }));
  use(peer.path());
  auto request = to("http://docker/events");
  EXPECT_EQ(stream(request).text.size(), 5'000U);
  request.max_stream_bytes = 4'999;
  const auto got = stream(request);
  ASSERT_FALSE(got.response);
  EXPECT_EQ(got.response.error().code(), Errc::too_large);
}

/// Lets in one connection that shows a certificate which `trusted` vouches for, and says hi.
class SuspiciousServer {
 public:
  SuspiciousServer(const tls::TlsFiles& own, const std::string& trusted)
      : context_(SSL_CTX_new(TLS_server_method())), acceptor_(io_, {asio::ip::address_v4::loopback(), 0}) {
    SSL_CTX_use_certificate_chain_file(context_, own.certificate_chain_file.c_str());
    SSL_CTX_use_PrivateKey_file(context_, own.private_key_file.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_load_verify_file(context_, trusted.c_str());
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_num_tickets(context_, 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~SuspiciousServer() {
    thread_.join();
    SSL_CTX_free(context_);
  }
  std::string url() const { return "https://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/"; }

 private:
  void serve() {
    tcp::socket socket(io_);
    acceptor_.accept(socket);
    SSL* ssl = SSL_new(context_);
    SSL_set_fd(ssl, socket.native_handle());
    if (SSL_accept(ssl) == 1) {
      char request[4096];
      if (SSL_read(ssl, request, sizeof request) > 0) {
        const auto answer = ok("hi", "Connection: close\r\n");
        SSL_write(ssl, answer.data(), static_cast<int>(answer.size()));
        SSL_shutdown(ssl);
      }
    }
    SSL_free(ssl);
  }

  SSL_CTX* context_;
  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::thread thread_;
};

TEST_F(LocalClientTest, ACertificateIsShownToAServerThatAsks) {
  TempDir dir;
  const auto server = make_certificate(dir, "server", "IP:127.0.0.1");
  const auto own = make_certificate(dir, "client", "DNS:client");
  {
    SuspiciousServer peer(server, own.certificate_chain_file);
    client_ = HttpClient::make({.ca_file = server.certificate_chain_file, .certificate = own});
    const auto answer = get(peer.url());
    ASSERT_TRUE(answer) << answer.error().message() << " " << answer.error().detail();
    EXPECT_EQ(answer->body, "hi");
  }
  SuspiciousServer peer(server, own.certificate_chain_file);
  client_ = HttpClient::make({.ca_file = server.certificate_chain_file});
  expect_error(to(peer.url()), Errc::unavailable);
  EXPECT_THROW((void)HttpClient::make({.certificate = {.certificate_chain_file = dir.file("no.crt"),
                                                       .private_key_file = dir.file("no.key")}}),
               std::invalid_argument);
}

}  // namespace
}  // namespace troupe::net::client
