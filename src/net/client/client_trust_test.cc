// Whom the client talks to: redirects, addresses that only we may reach, certificates.
#include "net/client/client_fixture.h"

namespace troupe::net::client {
namespace {

using namespace testing_client;
using ClientTrustTest = ClientTest;

TEST_F(ClientTrustTest, RedirectsKeepOrTurnTheMethod) {
  Peer peer(answering([](const std::string& request) {
    const auto path = request.substr(request.find('/') + 1, 3);
    if (path == "end") return ok(request.substr(0, 4) + "|" + request.substr(request.find("\r\n\r\n") + 4));
    return "HTTP/1.1 " + path + " Moved\r\nLocation: /end\r\nContent-Length: 3\r\n\r\nold";
  }));
  for (const auto& [path, method, expected] :
       {std::tuple{"/301", "POST", "GET |"}, std::tuple{"/302", "POST", "GET |"}, std::tuple{"/303", "PUT", "GET |"},
        std::tuple{"/307", "POST", "POST|body"}, std::tuple{"/308", "POST", "POST|body"},
        std::tuple{"/301", "PUT", "PUT |body"}}) {
    EXPECT_EQ(send(to(peer.url(path), method, "body")).value().body, expected) << path << method;
  }
  EXPECT_EQ(peer.connections(), 1);
}

TEST_F(ClientTrustTest, RedirectsAreCounted) {
  Peer peer(
      answering([](const std::string&) { return "HTTP/1.1 302 F\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"; }));
  expect_error(to(peer.url()), Errc::unavailable);
  auto request = to(peer.url());
  request.max_redirects = 0;
  EXPECT_EQ(send(request).value().status, 302);
}

TEST_F(ClientTrustTest, CredentialsDoNotFollowToAnotherOrigin) {
  client_ = HttpClient::make({.allowed_private = {"127.0.0.0/8"}, .ca_file = "", .connections_per_host = 16});
  Peer target(answering([](const std::string& request) { return ok(request); }));
  Peer source(answering([&](const std::string& request) {
    if (request.starts_with("GET /end")) return ok(request);
    const auto location = request.starts_with("GET /far") ? target.url() : "/end";
    return "HTTP/1.1 302 F\r\nLocation: " + location + "\r\nContent-Length: 0\r\n\r\n";
  }));
  for (const auto& [path, kept] : {std::pair{"/far", false}, std::pair{"/near", true}}) {
    auto request = to(source.url(path));
    request.headers.add("Authorization", "Bearer secret");
    request.headers.add("cookie", "a=secret");
    request.headers.add("X-Other", "stays");
    const auto body = send(request).value().body;
    EXPECT_EQ(body.contains("secret"), kept) << body;
    EXPECT_TRUE(body.contains("stays"));
  }
}

TEST_F(ClientTrustTest, UntrustedUrlsDoNotReachThePrivateNetwork) {
  Peer peer(answering([](const std::string&) { return ok("secret"); }));
  const auto port = ":" + std::to_string(peer.port()) + "/";
  for (const char* host : {"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1", "0x7f000001",
                           "2130706433", "169.254.169.254", "10.0.0.1"}) {
    expect_error(untrusted("http://" + std::string(host) + port), Errc::forbidden);
  }
  EXPECT_EQ(peer.connections(), 0);
  // A connection that a trusted request left in the pool is no way in.
  EXPECT_TRUE(get(peer.url()));
  expect_error(untrusted(peer.url()), Errc::forbidden);

  client_ = HttpClient::make({.allowed_private = {"127.0.0.1"}, .ca_file = "", .connections_per_host = 16});
  EXPECT_EQ(send(untrusted(peer.url())).value().body, "secret");
  EXPECT_EQ(send(untrusted(peer.url())).value().body, "secret");
  auto of_stranger = untrusted(peer.url());
  of_stranger.trust = Trust::stranger;
  expect_error(std::move(of_stranger), Errc::forbidden);  // not over the open connection either
  EXPECT_EQ(peer.connections(), 2);
}

TEST_F(ClientTrustTest, RedirectsIntoThePrivateNetworkAreRefused) {
  Peer secret(answering([](const std::string&) { return ok("secret"); }));
  Peer source(answering([&](const std::string& request) {
    std::string location = secret.url();
    if (request.starts_with("GET /same")) location = "/end";
    if (request.starts_with("GET /end")) return ok("end");
    return "HTTP/1.1 302 F\r\nLocation: " + location + "\r\nContent-Length: 0\r\n\r\n";
  }));
  // An untrusted URL on a listed address, which then leads to one that is not listed.
  client_ = HttpClient::make({.allowed_private = {"127.0.0.2"}, .ca_file = "", .connections_per_host = 16});
  Peer listed(answering([&](const std::string&) {
    return "HTTP/1.1 302 F\r\nLocation: " + secret.url() + "\r\nContent-Length: 0\r\n\r\n";
  }));
  expect_error(untrusted(listed.url()), Errc::forbidden);
  // A configured URL may be private; its redirects may stay there, and not go elsewhere.
  EXPECT_EQ(get(source.url("/same")).value().body, "end");
  expect_error(to(source.url("/other")), Errc::forbidden);
  EXPECT_EQ(secret.connections(), 0);
}

TEST_F(ClientTrustTest, CertificatesAreChecked) {
  TempDir dir;
  const auto files = make_certificate(dir, "local", "DNS:localhost,IP:127.0.0.1");
  const auto foreign_files = make_certificate(dir, "foreign", "DNS:example.org");
  Peer peer(answering([](const std::string& request) { return ok(request.substr(0, 5)); }),
            tls::TlsServer::load(files).value());
  Peer foreign(answering([](const std::string&) { return ok("secret"); }), tls::TlsServer::load(foreign_files).value());
  expect_error(to(peer.url()), Errc::unavailable);  // self-signed, not known

  client_ =
      HttpClient::make({.allowed_private = {}, .ca_file = files.certificate_chain_file, .connections_per_host = 16});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(get(peer.url()).value().body, "GET /");
  EXPECT_EQ(get(peer.url("/", "localhost")).value().body, "GET /");
  EXPECT_EQ(peer.connections(), 3);  // one failed, one kept, one for the other name

  client_ = HttpClient::make(
      {.allowed_private = {}, .ca_file = foreign_files.certificate_chain_file, .connections_per_host = 16});
  const auto refused = get(foreign.url());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message().contains("not accepted")) << refused.error().message();
}

TEST_F(ClientTrustTest, TlsPeersThatStallOrSpeakPlain) {
  Peer plain([](tls::Stream& stream, int) -> asio::awaitable<void> {
    co_await say(stream, ok("plain"));
    co_await wait_for_end(stream);
  });
  expect_error(to("https://127.0.0.1:" + std::to_string(plain.port())), Errc::unavailable);
  Peer silent([](tls::Stream& stream, int) -> asio::awaitable<void> { co_await wait_for_end(stream); });
  auto request = to("https://127.0.0.1:" + std::to_string(silent.port()));
  request.connect_timeout = 200ms;
  expect_error(request, Errc::timed_out);
}

}  // namespace
}  // namespace troupe::net::client
