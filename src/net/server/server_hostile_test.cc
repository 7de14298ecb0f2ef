// Raw bytes that no well-meaning client sends, over real loopback sockets. Each must get the right error, and the
// server must answer the next client as if nothing had happened.
#include <thread>

#include "net/server/server_fixture.h"

namespace troupe::net::server {
namespace {

using namespace testing_server;
using namespace std::string_literals;

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string post(std::string_view path, std::string_view body) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

std::string chunked(std::string_view chunks) {
  return "POST /raw HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" +
         std::string(chunks);
}

struct Attack {
  std::string name;
  std::string bytes;
  int status;
  std::string_view must_contain = {};
};

std::vector<Attack> attacks() {
  const std::string get = "GET /hello HTTP/1.1\r\nHost: x\r\n";
  return {
      // The request line.
      {"not HTTP", "hello there\r\n\r\n", 400, "M_"},
      {"binary", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS hello\r\n\r\n"s, 400},
      {"empty method", " /hello HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"NUL in the target", "GET /he\0llo HTTP/1.1\r\nHost: x\r\n\r\n"s, 400},
      {"space in the target", "GET /he llo HTTP/1.1\r\nHost: x\r\n\r\n", 505},
      {"HTTP/2.0", "GET /hello HTTP/2.0\r\nHost: x\r\n\r\n", 505},
      {"HTTP/0.9", "GET /hello\r\n\r\n", 400},
      {"preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"bare LF", "GET /hello HTTP/1.1\nHost: x\n\n", 505},
      {"many empty lines", repeat("\r\n", 50) + get + "\r\n", 400},
      {"target of 9 kB", "GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414, "too long"},
      {"target without end", "GET /" + std::string(60'000, 'a'), 414},
      {"method without end", std::string(20'000, 'A'), 414},
      {"no path", "GET hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400},
      {"authority form", "CONNECT x:80 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400},
      {"unknown method", "BREW /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405, "Allow: GET, HEAD"},
      {"long unknown method", std::string(1'000, 'M') + " /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
       405},
      // Fields.
      {"no Host", "GET /hello HTTP/1.1\r\n\r\n", 400, "Host"},
      {"two Hosts", get + "Host: y\r\n\r\n", 400, "two Host"},
      {"101 fields", get + repeat("A: b\r\n", 100) + "\r\n", 431, "too many"},
      {"one field of 40 kB", get + "A: " + std::string(40'000, 'b') + "\r\n\r\n", 431},
      {"fields of 40 kB in all", get + repeat("A: " + std::string(1'000, 'b') + "\r\n", 40) + "\r\n", 431},
      {"a field without end", get + "A: " + std::string(100'000, 'b'), 431},
      {"a field name without end", get + std::string(100'000, 'b'), 431},
      {"space before the colon", get + "A : b\r\n\r\n", 400},
      {"no colon", get + "abc\r\n\r\n", 400},
      {"empty field name", get + ": b\r\n\r\n", 400},
      {"NUL in a value", get + "A: b\0c\r\n\r\n"s, 400},
      {"control character in a value", get + "A: b\x01\r\n\r\n", 400},
      {"bare CR in a value", get + "A: b\rc: d\r\n\r\n", 400},
      {"non-ASCII field name", get + "\xc3\xa4: b\r\n\r\n", 400},
      {"unmeetable expectation", get + "Expect: miracles\r\n\r\n", 417},
      // Lengths.
      {"both lengths",
       "POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"both lengths, turned",
       "POST /raw HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400},
      {"two lengths", "POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400,
       "two different"},
      {"two lengths in a list", "POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 4\r\n\r\nabcd", 400},
      {"negative length", "POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
      {"length with sign", "POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc", 400},
      {"length in hex", "POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 0x3\r\n\r\nabc", 400},
      {"length beyond 64 bits", "POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
      {"empty length", "POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: \r\n\r\n", 400},
      {"huge length", "POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551615\r\n\r\n", 413,
       "M_TOO_LARGE"},
      {"length over the limit", "POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n", 413},
      {"gzip as transfer encoding",
       "POST /raw HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
      {"identity behind chunked",
       "POST /raw HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 501},
      {"chunked misspelt", "POST /raw HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501},
      {"chunked twice",
       "POST /raw HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       400},
      {"chunked on HTTP/1.0", "POST /raw HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      // Chunks.
      {"chunk size that is no number", chunked("zz\r\nabc\r\n0\r\n\r\n"), 400},
      {"negative chunk size", chunked("-3\r\nabc\r\n0\r\n\r\n"), 400},
      {"chunk size beyond 64 bits", chunked("fffffffffffffffff\r\nabc"), 400},
      {"chunk over the limit", chunked("fffffff\r\nabc"), 413},
      {"chunks over the limit together",
       chunked(repeat("2710\r\n" + std::string(10'000, 'x') + "\r\n", 11) + "0\r\n\r\n"), 413},
      {"chunk longer than its size", chunked("3\r\nabcdef\r\n0\r\n\r\n"), 400},
      {"chunk line without end", chunked(std::string(100'000, '1')), 400},
      {"extension without end", chunked("3;" + std::string(100'000, 'a')), 400},
      {"trailers without end", chunked("0\r\n" + repeat("A: b\r\n", 20'000)), 400},
      {"body that ends early", "POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc", 400, "ended early"},
      {"chunks that end early", chunked("a\r\nabc"), 400},
      // Paths.
      {"bad escape", "GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400},
      {"cut escape", "GET /%2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400},
      {"NUL by escape", "GET /hello%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400},
      {"overlong UTF-8 by escape", "GET /%c0%ae%c0%ae HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400},
      {"dot dot", "GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404, "M_UNRECOGNIZED"},
      {"dot dot by escape", "GET /files/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
       404},
      {"dot dot in one segment", "GET /files/..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
       404},
      {"100 slashes", "GET " + std::string(100, '/') + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404},
      {"2000 segments", "GET " + repeat("/a", 2'000) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404},
      {"bad escape in the query", "GET /hello?a=%f HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400},
      {"bad UTF-8 in the query", "GET /hello?a=%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400},
      {"1000 query parameters",
       "GET /hello?" + repeat("a&", 1'000) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400},
      // JSON.
      {"broken JSON", post("/echo", "{\"a\":"), 400, "M_NOT_JSON"},
      {"text behind JSON", post("/echo", "{} x"), 400, "M_NOT_JSON"},
      {"comment in JSON", post("/echo", "{/* hi */}"), 400, "M_NOT_JSON"},
      {"trailing comma", post("/echo", "{\"a\":1,}"), 400, "M_NOT_JSON"},
      {"NaN", post("/echo", "{\"a\":NaN}"), 400, "M_NOT_JSON"},
      {"bad UTF-8 in JSON", post("/echo", "{\"a\":\"\xff\xfe\"}"), 400, "M_NOT_JSON"},
      {"lone surrogate", post("/echo", "{\"a\":\"\\ud800\"}"), 400, "M_NOT_JSON"},
      {"array for an object", post("/echo", "[1]"), 400, "M_BAD_JSON"},
      {"string for an object", post("/echo", "\"a\""), 400, "M_BAD_JSON"},
      {"nested 90,000 deep", post("/echo", repeat("{\"a\":", 15'000) + "1" + repeat("}", 15'000)), 400, "M_BAD_JSON"},
      {"arrays 50,000 deep", post("/echo", "{\"a\":" + repeat("[", 40'000) + repeat("]", 40'000) + "}"), 400,
       "M_BAD_JSON"},
      {"number without end", post("/echo", "{\"a\":" + std::string(90'000, '1') + "}"), 400},
      {"handler that throws", post("/throws", ""), 500, "M_UNKNOWN"},
      // Credentials.
      {"no token", "GET /private HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 401, "M_MISSING_TOKEN"},
      {"wrong token", "GET /private HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer bad\r\n\r\n", 401,
       "\"soft_logout\":false"},
      {"token with rubbish",
       "GET /private HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: " + std::string(20'000, '?') +
           "\r\n\r\n",
       401},
      {"huge body without token", "POST /private HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n", 401},
  };
}

class HostileTest : public ServerTest {
 protected:
  HostileTest() {
    auto fine = [](route::Call&) -> Task<http::Response> { co_return http::Response::json("{}"); };
    add("GET", "/files/{path*}", route::Body::none, fine);
    add("GET", "/private", route::Body::none, fine, route::Access::user);
    add("POST", "/private", route::Body::json_object, fine, route::Access::user);
  }
};

TEST_F(HostileTest, EveryAttackGetsItsErrorAndTheServerStaysUp) {
  const auto port = start();
  for (const auto& attack : attacks()) {
    SCOPED_TRACE(attack.name);
    RawClient client(port);
    client.send(attack.bytes);
    client.end_sending();
    const auto answer = client.read_to_end();
    EXPECT_TRUE(starts_with_status(answer, attack.status)) << answer.substr(0, 600);
    EXPECT_NE(answer.find(attack.must_contain), answer.npos) << answer.substr(0, 600);
    EXPECT_NE(answer.find("Access-Control-Allow-Origin: *"), answer.npos) << answer.substr(0, 600);
    EXPECT_EQ(answer.find("secret detail"), answer.npos);
    EXPECT_TRUE(client.closed_cleanly());
    RawClient next(port);
    next.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(starts_with_status(next.read_answer(), 200));
  }
}

TEST_F(HostileTest, EveryAttackByteByByteGetsAnErrorToo) {
  const auto port = start();
  for (const auto& attack : attacks()) {
    if (attack.bytes.size() > 200) continue;
    SCOPED_TRACE(attack.name);
    RawClient client(port);
    for (char c : attack.bytes) client.send({&c, 1});
    client.end_sending();
    const auto answer = client.read_to_end();
    // Where the end of a line is missing, the end of the input may be noticed first.
    EXPECT_TRUE(starts_with_status(answer, attack.status) || starts_with_status(answer, 400)) << answer.substr(0, 600);
  }
}

TEST_F(HostileTest, EveryPrefixOfARequestEndsTheConnection) {
  const auto port = start();
  const std::string request = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}";
  for (std::size_t length = 0; length < request.size(); ++length) {
    RawClient client(port);
    client.send(request.substr(0, length));
    client.end_sending();
    const auto answer = client.read_to_end();
    EXPECT_TRUE(length == 0 ? answer.empty() : starts_with_status(answer, 400)) << length << answer;
  }
}

TEST_F(HostileTest, SlowHeadIsCutWith408) {
  options_.limits.head_timeout = 300ms;
  RawClient client(start());
  client.send("GET /hello HTTP/1.1\r\nHo");
  const auto begin = std::chrono::steady_clock::now();
  const auto answer = client.read_to_end();
  EXPECT_TRUE(starts_with_status(answer, 408)) << answer;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 25s) << "sooner than by any other limit";
}

TEST_F(HostileTest, DripFedHeadIsCutAllTheSame) {
  options_.limits.head_timeout = 600ms;
  RawClient client(start());
  std::string answer;
  std::jthread drip([&](std::stop_token stop) {
    for (char c : std::string("GET /hello HTTP/1.1\r\nHost: x\r\nA: ") + std::string(10'000, 'b')) {
      if (stop.stop_requested()) return;
      client.send({&c, 1});
      std::this_thread::sleep_for(10ms);  // the attack itself is slow
    }
  });
  answer = client.read_to_end();
  EXPECT_TRUE(starts_with_status(answer, 408)) << answer;
}

TEST_F(HostileTest, SlowBodyIsCutWith408) {
  options_.limits.body_timeout = 600ms;
  RawClient client(start());
  client.send("POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_TRUE(starts_with_status(client.read_to_end(), 408));
}

TEST_F(HostileTest, SlowReaderIsCut) {
  options_.limits.write_timeout = 600ms;
  RawClient client(start());
  client.send(repeat("GET /big HTTP/1.1\r\nHost: x\r\n\r\n", 4));
  // Nothing is read: the server must give up by itself, which shows as no connection being open any more.
  const auto until = std::chrono::steady_clock::now() + 60s;
  while (metrics_.expose().find("troupe_net_connections{surface=\"test\"} 0") == std::string::npos) {
    ASSERT_LT(std::chrono::steady_clock::now(), until);
    std::this_thread::yield();
  }
}

TEST_F(HostileTest, IdleConnectionIsClosedSilently) {
  options_.limits.idle_timeout = 300ms;
  RawClient client(start());
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_TRUE(client.closed_cleanly());
}

TEST_F(HostileTest, HalfClosedClientGetsItsAnswer) {
  RawClient client(start());
  client.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  client.end_sending();
  EXPECT_TRUE(starts_with_status(client.read_to_end(), 200));
}

TEST_F(HostileTest, TooManyConnectionsGet503) {
  options_.limits.connections = 2;
  const auto port = start();
  RawClient first(port);
  RawClient second(port);
  first.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  second.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  first.read_answer();
  second.read_answer();
  RawClient third(port);
  EXPECT_TRUE(starts_with_status(third.read_to_end(), 503));
  first.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(starts_with_status(first.read_answer(), 200));
}

TEST_F(HostileTest, AThousandConnectionsThatVanish) {
  const auto port = start();
  for (int i = 0; i < 1'000; ++i) {
    RawClient client(port);
    client.send(i % 2 ? "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"
                      : "POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n");
  }
  // Both at once: between two that are accepted there may be no connection for a moment.
  auto nothing_left = [&] {
    const auto now = metrics_.expose();
    return now.contains("troupe_net_connections{surface=\"test\"} 0\n") &&
           now.contains("troupe_net_requests_in_flight 0\n");
  };
  const auto until = std::chrono::steady_clock::now() + 60s;
  while (!nothing_left()) {
    ASSERT_LT(std::chrono::steady_clock::now(), until);
    std::this_thread::yield();
  }
}

TEST_F(HostileTest, AUselessBodyBehindARefusalIsReadWhenSmall) {
  RawClient client(start());
  client.send(
      "POST /private HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcdGET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(starts_with_status(client.read_answer(), 401));
  EXPECT_TRUE(starts_with_status(client.read_answer(), 200));
}

TEST_F(HostileTest, SmuggledRequestInARefusedBodyIsNotAnswered) {
  RawClient client(start());
  client.send(
      "POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
      "0\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  client.end_sending();
  const auto answer = client.read_to_end();
  EXPECT_TRUE(starts_with_status(answer, 400));
  EXPECT_EQ(answer.find("hello"), answer.npos) << answer;
}

}  // namespace
}  // namespace troupe::net::server
