// What connections cost while nothing happens on them: thousands of clients wait for news all day.
#include <arpa/inet.h>
#include <malloc.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "net/server/request_facts.h"
#include "net/server/server_fixture.h"
#include "net/server/spare_buffers.h"

namespace troupe::net::server {
namespace {

using namespace testing_server;

constexpr int kClients = 200;
/// What the threads keep for whoever reads next counts as everybody's, too.
constexpr std::size_t kSpareOfEach = 2 * SpareBuffers::kMost * SpareBuffers::kSize / kClients;

/// Sockets without anything around them, so that the heap holds the server's part only.
class BareClients {
 public:
  explicit BareClients(std::uint16_t port) {
    sockaddr_in there{};
    there.sin_family = AF_INET;
    there.sin_port = htons(port);
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (auto& client : sockets_) {
      client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      EXPECT_EQ(::connect(client, reinterpret_cast<const sockaddr*>(&there), sizeof there), 0);
    }
  }
  BareClients(const BareClients&) = delete;
  BareClients& operator=(const BareClients&) = delete;
  ~BareClients() {
    for (const int client : sockets_) ::close(client);
  }
  void send(std::string_view bytes) const {
    for (const int client : sockets_) {
      EXPECT_EQ(::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    }
  }

 private:
  std::array<int, kClients> sockets_{};
};

/// Bytes of malloc that are in use. Nothing under the sanitizers, which have a heap of their own.
std::size_t heap() {
  const auto now = ::mallinfo2();
  return now.uordblks + now.hblkhd;
}

/// What each client has added, once it is below the limit; it is looked at until then, for what is not needed goes a
/// moment later.
std::size_t bytes_of_each(std::size_t before, std::size_t limit) {
  for (const auto end = std::chrono::steady_clock::now() + 60s;;) {
    const auto now = heap();
    const auto each = now > before ? (now - before) / kClients : 0;
    if (each < limit || std::chrono::steady_clock::now() > end) return each;
    std::this_thread::sleep_for(20ms);
  }
}

bool becomes(const std::function<bool()>& condition) {
  for (const auto end = std::chrono::steady_clock::now() + 60s; !condition();) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

class WaitingTest : public ServerTest {
 protected:
  void add_poll(route::Handler run) {
    route::Route route;
    route.method = "GET";
    route.path = "/poll";
    route.listener = "test";
    route.dialect = route::Dialect::matrix;
    route.needs = route::Access::open;
    route.deadline = 300s;
    route.waits = true;
    route.run = std::move(run);
    router_.add(std::move(route));
  }
};

TEST(SpareBuffers, AreTakenAgainAndBounded) {
  SpareBuffers buffers;
  auto one = buffers.take();
  EXPECT_EQ(one.size(), SpareBuffers::kSize);
  const auto* const bytes = one.data();
  buffers.give_back(std::move(one));
  auto again = buffers.take();
  EXPECT_EQ(again.data(), bytes);
  buffers.give_back(std::string(SpareBuffers::kSize * 2, 'x'));
  buffers.give_back({});
  EXPECT_EQ(buffers.take().size(), SpareBuffers::kSize) << "others are not kept";
  for (std::size_t i = 0; i < 2 * SpareBuffers::kMost; ++i) buffers.give_back(std::string(SpareBuffers::kSize, 'x'));
  for (std::size_t i = 0; i < SpareBuffers::kMost; ++i) EXPECT_EQ(buffers.take().front(), 'x');
  EXPECT_EQ(buffers.take().front(), '\0') << "a new one";
}

TEST(IdleFields, WhoAsksAndHowTheyReadTheAnswerStays) {
  const std::vector<std::pair<std::string, std::string>> stay{{"Host", "x"},
                                                              {"Authorization", "Bearer t"},
                                                              {"X-API-Key", "k"},
                                                              {"Cookie", "a=b"},
                                                              {"Origin", "https://x"},
                                                              {"Sec-Fetch-Site", "none"},
                                                              {"User-Agent", "client"},
                                                              {"Accept", "*/*"},
                                                              {"X-Forwarded-For", "::1"},
                                                              {"Accept-Encoding", "gzip"},
                                                              {"Last-Event-ID", "7"},
                                                              {"Cookie", "c=d"}};
  http::Headers headers;
  for (const auto& [name, value] : stay) {
    headers.add("content-TYPE", "application/json");
    headers.add(name, value);
    headers.add("Accept-Language", "en");
    headers.add("sec-ch-ua", "a browser");
  }
  forget_idle_fields(headers);
  EXPECT_EQ(headers.all(), stay);
  headers.clear();
  forget_idle_fields(headers);
  EXPECT_TRUE(headers.all().empty());
}

TEST_F(WaitingTest, AConnectionWithoutARequestHoldsNoBuffer) {
  const auto port = start();
  EXPECT_TRUE(starts_with_status(exchange("GET /hello HTTP/1.0\r\nHost: x\r\n\r\n"), 200));
  const auto before = heap();
  const BareClients clients(port);
  const auto open = "troupe_net_connections{surface=\"test\"} " + std::to_string(kClients);
  EXPECT_TRUE(becomes([&] { return metrics_.expose().find(open) != std::string::npos; }));
  constexpr std::size_t kMost = 4'000 + kSpareOfEach;
  EXPECT_LT(bytes_of_each(before, kMost), kMost);
}

TEST_F(WaitingTest, ARequestThatWaitsHoldsNoBufferAndNoMoreFramesThanItNeeds) {
  std::atomic<int> waiting{0};
  add_poll([&](route::Call&) -> Task<http::Response> {
    ++waiting;
    asio::steady_timer timer(co_await asio::this_coro::executor, 300s);
    co_await timer.async_wait(asio::use_awaitable);
    co_return http::Response::json("{}");
  });
  const auto port = start();
  EXPECT_TRUE(starts_with_status(exchange("GET /hello HTTP/1.0\r\nHost: x\r\n\r\n"), 200));
  const auto before = heap();
  const BareClients clients(port);
  clients.send("GET /poll HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(becomes([&] { return waiting == kClients; }));
  constexpr std::size_t kMost = 5'200 + kSpareOfEach;
  EXPECT_LT(bytes_of_each(before, kMost), kMost);
}

TEST_F(WaitingTest, AnAnswerAfterAWaitIsFollowedByTheNextRequest) {
  std::promise<void> waits;
  add_poll([&](route::Call& call) -> Task<http::Response> {
    if (call.request.query_value("long")) {
      waits.set_value();
      asio::steady_timer timer(co_await asio::this_coro::executor, 600ms);  // the connection forgets what it read
      co_await timer.async_wait(asio::use_awaitable);
    }
    co_return http::Response::json(R"({"news":true})");
  });
  RawClient client(start());
  client.send("GET /poll?long=1 HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_EQ(waits.get_future().wait_for(30s), std::future_status::ready);
  // Two that come meanwhile, one of them in two parts.
  client.send("GET /poll HTTP/1.1\r\nHost: x\r\n\r\nPOST /echo HTTP/1.1\r\nHost: x\r\nContent-Le");
  EXPECT_TRUE(client.read_answer().ends_with(R"({"news":true})"));
  EXPECT_TRUE(client.read_answer().ends_with(R"({"news":true})"));
  client.send("ngth: 7\r\n\r\n{\"a\":1}");
  EXPECT_TRUE(client.read_answer().ends_with(R"({"a":1})"));
}

}  // namespace
}  // namespace troupe::net::server
