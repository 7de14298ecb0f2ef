// The server over TLS, asked by our own client.
#include "net/client/client.h"
#include "net/server/server_fixture.h"
#include "net/tls/test_peer.h"

namespace troupe::net::server {
namespace {

using namespace testing_server;

class ServerTlsTest : public ServerTest {
 protected:
  ServerTlsTest() {
    options_.tls = tls::testing::make_certificate(directory_, "one", "DNS:localhost,IP:127.0.0.1");
    options_.tls->hsts_s = 77;
    add("GET", "/secure", route::Body::none, [](route::Call& call) -> Task<http::Response> {
      co_return http::Response::text(call.request.tls ? "tls" : "plain");
    });
  }

  Result<client::ClientResponse> get(std::string path) {
    client::ClientOptions options;
    options.ca_file = options_.tls->certificate_chain_file;
    auto client = client::HttpClient::make(options);
    client::ClientRequest request(client::Trust::configured);
    request.url = "https://127.0.0.1:" + std::to_string(server_->port()) + path;
    asio::io_context io(1);
    auto answer = tls::testing::run_to_end(io, client->send(std::move(request)));
    return answer ? *std::move(answer) : Error(Errc::internal, "hung");
  }

  tls::testing::TempDir directory_;
};

TEST_F(ServerTlsTest, AnswersWholeAndStreamedAndBig) {
  start();
  EXPECT_EQ(get("/secure").value().body, "tls");
  EXPECT_EQ(get("/stream").value().body, "onetwo");
  EXPECT_EQ(get("/text").value().body.size(), 5'000U);
  EXPECT_EQ(get("/nothing").value().status, 404);
}

TEST_F(ServerTlsTest, BrowsersAreToldToComeByTlsOnly) {
  start();
  EXPECT_EQ(get("/secure").value().headers.get("Strict-Transport-Security"), "max-age=77");
  EXPECT_EQ(get("/nothing").value().headers.get("Strict-Transport-Security"), "max-age=77");
}

TEST_F(ServerTlsTest, WhoSpeaksPlainIsCutOff) {
  RawClient client(start());
  client.send("GET /secure HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.read_to_end().find("HTTP/1.1"), std::string::npos);
  EXPECT_EQ(get("/secure").value().body, "tls") << "the next one is served";
}

TEST_F(ServerTlsTest, AHandshakeThatStallsIsCutOff) {
  options_.limits.head_timeout = 600ms;
  RawClient client(start());
  client.send("\x16\x03\x01");
  client.read_to_end();
  EXPECT_TRUE(client.closed_cleanly());
}

TEST_F(ServerTlsTest, AMissingCertificateStopsTheStart) {
  options_.tls->certificate_chain_file = "/nowhere/chain.pem";
  router_.freeze();
  auto listening = HttpServer::listen(threads_, router_, options_, metrics_);
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error().code(), Errc::invalid_param);
}

}  // namespace
}  // namespace troupe::net::server
