#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <thread>

#include "base/crypto.h"
#include "net/http/gzip.h"
#include "net/server/server_fixture.h"
#include "net/websocket/websocket_frame.h"

namespace troupe::net::server {
namespace {

using namespace testing_server;

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
  RawClient client(start());
  for (int i = 0; i < 3; ++i) {
    client.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto answer = client.read_answer();
    EXPECT_TRUE(starts_with_status(answer, 200)) << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\n{\"hello\":true}")) << answer;
    EXPECT_NE(answer.find("X-Request-Id: "), answer.npos);
    EXPECT_NE(answer.find("Date: "), answer.npos);
    EXPECT_NE(answer.find("Access-Control-Allow-Origin: *"), answer.npos);
  }
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  RawClient client(start());
  std::string requests;
  for (int i = 0; i < 200; ++i) {
    const std::string body = "{\"n\":" + std::to_string(i) + "}";
    requests += "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  client.send(requests);
  for (int i = 0; i < 200; ++i) {
    EXPECT_TRUE(client.read_answer().ends_with("\r\n\r\n{\"n\":" + std::to_string(i) + "}"));
  }
}

TEST_F(ServerTest, HeadHasTheHeadersOnly) {
  RawClient client(start());
  client.send("HEAD /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const auto answer = client.read_to_end();
  EXPECT_NE(answer.find("Content-Length: 14\r\n"), answer.npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(ServerTest, ReadsChunkedBodies) {
  RawClient client(start());
  client.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n2;x=y\r\n1}\r\n0\r\nT: "
      "u\r\n\r\n");
  EXPECT_TRUE(client.read_answer().ends_with("\r\n\r\n{\"a\":1}"));
}

TEST_F(ServerTest, SaysContinueWhenAsked) {
  RawClient client(start());
  client.send("POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  const auto end = client.read_past("\r\n\r\n");
  EXPECT_EQ(client.take(end), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("abc");
  EXPECT_TRUE(client.read_answer().ends_with("\r\n\r\n3"));
  client.send("POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(starts_with_status(client.read_to_end(), 413)) << "refused before the body is sent";
}

TEST_F(ServerTest, StreamsUploads) {
  RawClient client(start());
  const std::string body(100'000, 'u');
  client.send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + body);
  EXPECT_TRUE(client.read_answer().ends_with("\r\n\r\n100000"));
  client.send("POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  EXPECT_TRUE(client.read_answer().ends_with("\r\n\r\n3"));
  client.send("POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n30000\r\n" + body);
  EXPECT_TRUE(starts_with_status(client.read_to_end(), 413));
}

TEST_F(ServerTest, StreamsAnswers) {
  RawClient client(start());
  client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto end = client.read_past("0\r\n\r\n");
  const auto answer = client.take(end);
  EXPECT_NE(answer.find("Transfer-Encoding: chunked\r\n"), answer.npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")) << answer;
  client.send("GET /stream HTTP/1.0\r\n\r\n");
  const auto old = client.read_to_end();
  EXPECT_TRUE(old.ends_with("\r\n\r\nonetwo")) << old;
}

TEST_F(ServerTest, CompressesTextOnRequest) {
  RawClient client(start());
  client.send("GET /text HTTP/1.1\r\nHost: x\r\nAccept-Encoding: br, gzip\r\n\r\n");
  const auto packed = client.read_answer();
  EXPECT_NE(packed.find("Content-Encoding: gzip\r\n"), packed.npos);
  EXPECT_EQ(http::gzip_decompress(packed.substr(packed.find("\r\n\r\n") + 4), 10'000).value(), std::string(5'000, 'x'));
  for (const char* accepted : {"", "Accept-Encoding: gzip;q=0\r\n", "Accept-Encoding: br\r\n"}) {
    client.send("GET /text HTTP/1.1\r\nHost: x\r\n" + std::string(accepted) + "\r\n");
    EXPECT_EQ(client.read_answer().find("Content-Encoding"), std::string::npos) << accepted;
  }
  client.send("GET /hello HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
  EXPECT_EQ(client.read_answer().find("Content-Encoding"), std::string::npos) << "too small to be worth it";
}

TEST_F(ServerTest, LongTextIsCompressedAsOneMember) {
  RawClient client(start());
  client.send("GET /book HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n");
  const auto packed = client.read_to_end();
  EXPECT_NE(packed.find("Content-Encoding: gzip\r\n"), packed.npos);
  EXPECT_EQ(http::gzip_decompress(packed.substr(packed.find("\r\n\r\n") + 4), 2'000'000).value(), book());
}

TEST_F(ServerTest, BigAnswersArriveWhole) {
  RawClient client(start());
  client.send("GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const auto answer = client.read_to_end();
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, 8U * 1024 * 1024);
}

TEST_F(ServerTest, OldClientsAreClosedUnlessTheyAsk) {
  EXPECT_NE(exchange("GET /hello HTTP/1.0\r\n\r\n").find("Connection: close"), std::string::npos);
  RawClient client(server_->port());
  client.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_NE(client.read_answer().find("Connection: keep-alive"), std::string::npos);
  client.send("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(starts_with_status(client.read_to_end(), 200));
}

/// Vouches for method, target and body, as homeservers do for each other.
class Signature final : public route::Scheme {
 public:
  Task<std::optional<route::Caller>> admit(const http::Request& head) override {
    if (!head.headers.has("Authorization")) co_return std::nullopt;
    route::Caller caller;
    caller.kind = route::CallerKind::server;
    caller.server = "one";
    co_return caller;
  }
  bool binds_body() const override { return true; }
  Task<route::Caller> verify(const http::Request& request, route::Caller claimed) override {
    if (request.headers.get("Authorization") != of(request.method, request.target, request.body)) {
      co_return Error(Errc::forbidden, "The signature is wrong.");
    }
    co_return claimed;
  }
  static std::string of(const std::string& method, const std::string& target, const std::string& body) {
    return base::hmac_sha1_hex("secret", method + ' ' + target + ' ' + body);
  }
};

TEST_F(ServerTest, AModuleBringsAListenerAndASchemeOfItsOwn) {
  Signature signature;
  router_.add_scheme("signature", signature);
  router_.add_listener({.name = "second", .dialect = route::Dialect::detail, .scheme = "signature"});
  route::Route route;
  route.method = "PUT";
  route.path = "/send";
  route.listener = "second";
  route.dialect = route::Dialect::detail;
  route.body = route::Body::json_object;
  route.max_body_bytes = 100;
  route.run = [](route::Call& call) -> Task<http::Response> { co_return http::Response::text(call.caller->server); };
  router_.add(std::move(route));
  start();
  options_.listener = "second";
  auto second = HttpServer::listen(threads_, router_, options_, metrics_);
  ASSERT_TRUE(second) << second.error().message();
  RawClient client((*second)->port());
  const auto put = [&](const std::string& signed_body, const std::string& body) {
    client.send(
        "PUT /send?a=b HTTP/1.1\r\nHost: x\r\nAuthorization: " + Signature::of("PUT", "/send?a=b", signed_body) +
        "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return client.read_answer();
  };
  const auto good = put("{\"a\":1}", "{\"a\":1}");
  EXPECT_TRUE(starts_with_status(good, 200)) << good;
  EXPECT_TRUE(good.ends_with("one"));
  EXPECT_EQ(good.find("Access-Control"), good.npos) << "only where the listener says so";
  const auto forged = put("{\"a\":1}", "{\"a\":2}");
  EXPECT_TRUE(starts_with_status(forged, 403)) << forged;
  EXPECT_NE(forged.find("{\"detail\":"), forged.npos);
  client.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(starts_with_status(client.read_answer(), 404)) << "that is a route of the first";
  const auto long_body = '"' + std::string(200, 'x') + '"';
  EXPECT_TRUE(starts_with_status(put(long_body, long_body), 413)) << "a limit holds before anything is verified";
  EXPECT_NE(metrics_.expose().find("troupe_net_connections{surface=\"second\"} "), std::string::npos);
  EXPECT_NE(exchange("nonsense\r\n\r\n").find("errcode"), std::string::npos);
  RawClient confused((*second)->port());
  confused.send("nonsense\r\n\r\n");
  EXPECT_NE(confused.read_to_end().find("{\"detail\":"), std::string::npos) << "each in its own dialect";
  options_.listener = "third";
  auto third = HttpServer::listen(threads_, router_, options_, metrics_);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code(), Errc::invalid_param);
}

TEST_F(ServerTest, AHandlerPastItsDeadlineIsStopped) {
  route::Route route;
  route.method = "GET";
  route.path = "/late";
  route.listener = "test";
  route.dialect = route::Dialect::matrix;
  route.needs = route::Access::open;
  route.deadline = 100ms;
  route.run = [](route::Call&) -> Task<http::Response> {
    asio::steady_timer timer(co_await asio::this_coro::executor, 60s);
    co_await timer.async_wait(asio::use_awaitable);
    co_return http::Response::json("{}");
  };
  router_.add(route);
  RawClient client(start());
  client.send("GET /late HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(starts_with_status(client.read_answer(), 504));
  client.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(starts_with_status(client.read_answer(), 200)) << "the connection goes on, and waits can wait again";
  client.send("GET /late HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(starts_with_status(client.read_answer(), 504));
}

TEST_F(ServerTest, AHandlerIsStoppedWhenItsClientLeaves) {
  std::promise<void> stopped;
  route::Route route;
  route.method = "GET";
  route.path = "/wait-long";
  route.listener = "test";
  route.dialect = route::Dialect::matrix;
  route.needs = route::Access::open;
  route.deadline = 300s;
  route.run = [&stopped](route::Call&) -> Task<http::Response> {
    const std::shared_ptr<void> end(nullptr, [&stopped](void*) { stopped.set_value(); });
    asio::steady_timer timer(co_await asio::this_coro::executor, 300s);
    co_await timer.async_wait(asio::use_awaitable);
    co_return http::Response::json("{}");
  };
  router_.add(route);
  auto end = stopped.get_future();
  {
    RawClient client(start());
    // A second request on the connection, unread, hides nothing.
    client.send("GET /wait-long HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(end.wait_for(1'500ms), std::future_status::timeout) << "the client is there";
  }
  EXPECT_EQ(end.wait_for(60s), std::future_status::ready);
}

TEST_F(ServerTest, BelievesOnlyTrustedProxies) {
  add("GET", "/who", route::Body::none, [](route::Call& call) -> Task<http::Response> {
    co_return http::Response::text(call.request.remote_address + (call.request.tls ? " tls" : ""));
  });
  options_.trusted_proxies = {"127.0.0.0/8", "10.0.0.1"};
  RawClient client(start());
  auto who = [&](std::string fields) {
    client.send("GET /who HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n");
    const auto answer = client.read_answer();
    return answer.substr(answer.find("\r\n\r\n") + 4);
  };
  EXPECT_EQ(who(""), "127.0.0.1");
  EXPECT_EQ(who("X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\n"), "1.2.3.4 tls");
  EXPECT_EQ(who("X-Forwarded-For: 6.6.6.6, 1.2.3.4, 10.0.0.1\r\n"), "1.2.3.4");
  EXPECT_EQ(who("X-Forwarded-For: rubbish\r\n"), "127.0.0.1");
  EXPECT_EQ(who("X-Forwarded-For: 10.0.0.1\r\n"), "10.0.0.1");
}

TEST_F(ServerTest, SpeaksWebSocket) {
  route::Route route;
  route.method = "GET";
  route.path = "/ws";
  route.listener = "test";
  route.needs = route::Access::open;
  route.websocket = true;
  route.run = [](route::Call&) -> Task<http::Response> {
    http::Response response = http::Response::empty(101);
    response.websocket = [](http::WebSocket& socket) -> asio::awaitable<void> {
      for (;;) {
        auto message = co_await socket.receive();
        if (!message) co_return;
        message->bytes = "echo " + message->bytes;
        if (!co_await socket.send(*std::move(message))) co_return;
      }
    };
    co_return response;
  };
  router_.add(route);
  RawClient client(start());
  client.send(
      "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" +
      websocket::websocket_frame(websocket::Opcode::text, "early", 7));
  const auto head = client.take(client.read_past("\r\n\r\n"));
  EXPECT_TRUE(starts_with_status(head, 101));
  EXPECT_NE(head.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), head.npos) << head;
  client.take(client.read_past("echo early"));
  client.send(websocket::websocket_frame(websocket::Opcode::text, "late", 9));
  client.take(client.read_past("echo late"));
  RawClient plain(server_->port());
  plain.send("GET /ws HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(starts_with_status(plain.read_answer(), 426));
  server_->drain(10ms);
  EXPECT_EQ(metrics_.expose().find("troupe_net_connections{surface=\"test\"} 0") != std::string::npos, true);
}

TEST_F(ServerTest, ListensOnAUnixSocketOfItsOwner) {
  char directory[] = "/tmp/troupe_net_XXXXXX";
  ASSERT_NE(::mkdtemp(directory), nullptr);
  options_.unix_path = std::string(directory) + "/troupe.sock";
  add("GET", "/who", route::Body::none, [](route::Call& call) -> Task<http::Response> {
    co_return http::Response::text(call.request.remote_address + (call.request.local ? " local" : ""));
  });
  start();
  const auto rights = std::filesystem::status(options_.unix_path).permissions();
  EXPECT_EQ(rights, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  asio::io_context context;
  asio::local::stream_protocol::socket socket(context);
  socket.connect(options_.unix_path);
  asio::write(socket, asio::buffer(std::string_view("GET /who HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")));
  std::string answer;
  boost::system::error_code failed;
  asio::read(socket, asio::dynamic_buffer(answer), failed);
  EXPECT_TRUE(answer.ends_with("unix local")) << answer;
  server_.reset();
  EXPECT_FALSE(std::filesystem::exists(options_.unix_path));
  std::filesystem::remove_all(directory);
}

TEST_F(ServerTest, ATakenPortIsAConflict) {
  options_.port = start();
  auto second = HttpServer::listen(threads_, router_, options_, metrics_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), Errc::conflict);
  EXPECT_NE(second.error().message().find(std::to_string(options_.port)), std::string::npos);
  options_.host = "not an address";
  EXPECT_EQ(HttpServer::listen(threads_, router_, options_, metrics_).error().code(), Errc::invalid_param);
}

TEST_F(ServerTest, DrainClosesIdleConnectionsAtOnce) {
  RawClient client(start());
  client.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  client.read_answer();
  const auto begin = std::chrono::steady_clock::now();
  server_->drain(50s);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 40s);
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_TRUE(client.closed_cleanly());
}

TEST_F(ServerTest, DrainLetsAnAnswerFinish) {
  std::promise<void> running;
  std::atomic<bool> go = false;
  add("GET", "/work", route::Body::none, [&](route::Call&) -> Task<http::Response> {
    running.set_value();
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (!go) {
      timer.expires_after(1ms);
      co_await timer.async_wait(asio::use_awaitable);
    }
    co_return http::Response::text("finished");
  });
  RawClient client(start());
  client.send("GET /work HTTP/1.1\r\nHost: x\r\n\r\n");
  running.get_future().wait();
  std::jthread drain([&] { server_->drain(60s); });
  std::string answer;
  go = true;
  answer = client.read_to_end();
  EXPECT_TRUE(starts_with_status(answer, 200)) << answer;
  EXPECT_NE(answer.find("finished"), answer.npos);
}

/// An event stream that says hello and then waits for an hour.
route::Handler live(std::function<void()> running, std::function<void()> ended = [] {}) {
  return [running, ended](route::Call&) -> Task<http::Response> {
    http::Response response;
    response.headers.add("Content-Type", "text/event-stream");
    const std::shared_ptr<void> place(nullptr, [ended](void*) { ended(); });
    response.stream = [running, place](http::BodyWriter& writer) -> Task<Unit> {
      CO_TRY(co_await writer.write("data: hello\n\n"));
      running();
      asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
      co_await timer.async_wait(asio::use_awaitable);
      co_return Unit{};
    };
    co_return response;
  };
}

TEST_F(ServerTest, DrainEndsAnEventStreamAtOnce) {
  std::promise<void> running;
  add("GET", "/live", route::Body::none, live([&] { running.set_value(); }));
  RawClient client(start());
  client.send("GET /live HTTP/1.1\r\nHost: x\r\n\r\n");
  running.get_future().wait();
  const auto begin = std::chrono::steady_clock::now();
  server_->drain(60s);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 50s);
  EXPECT_NE(client.read_to_end().find("data: hello"), std::string::npos);
}

/// Each event stream counts among the few that a person may have: a closed page must not hold its place for long.
TEST_F(ServerTest, AnEventStreamEndsSoonAfterItsReaderHasLeft) {
  std::promise<void> running;
  std::promise<void> ended;
  add("GET", "/live", route::Body::none, live([&] { running.set_value(); }, [&] { ended.set_value(); }));
  {
    RawClient client(start());
    client.send("GET /live HTTP/1.1\r\nHost: x\r\n\r\n");
    running.get_future().wait();
  }
  EXPECT_EQ(ended.get_future().wait_for(60s), std::future_status::ready);
}

TEST_F(ServerTest, DrainCancelsALongPoll) {
  RawClient client(start());
  client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  while (metrics_.expose().find("troupe_net_requests_in_flight 1") == std::string::npos) std::this_thread::yield();
  server_->drain(50ms);
  const auto answer = client.read_to_end();
  EXPECT_TRUE(starts_with_status(answer, 504)) << answer;
  EXPECT_NE(answer.find("Connection: close"), answer.npos) << answer;
  EXPECT_TRUE(client.closed_cleanly());
}

TEST_F(ServerTest, ADrainBeforeTheOpeningEndsWhenTheAddressIsFree) {
  options_.closed = true;
  const auto port = start();
  std::promise<void> busy;
  asio::post(threads_.at(0), [&] {
    busy.set_value();
    std::this_thread::sleep_for(100ms);  // the thread that closes has something else to do first
  });
  busy.get_future().wait();
  server_->drain(10s);
  EXPECT_THROW(RawClient client(port), boost::system::system_error);
}

TEST_F(ServerTest, ADrainDuringTheOpeningLeavesNobodyAccepting) {
  options_.closed = true;
  const auto port = start();
  std::jthread opening([this] { server_->open(); });
  server_->drain(10ms);
  opening.join();
  server_.reset();
  EXPECT_THROW(RawClient client(port), boost::system::system_error);
}

}  // namespace
}  // namespace troupe::net::server
