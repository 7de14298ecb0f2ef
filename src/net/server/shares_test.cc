// What one address may take: bodies that are on their way, and connections.
#include "net/server/shares.h"

#include <thread>

#include "net/server/server_fixture.h"
#include "net/server/turned_away.h"
#include "net/websocket/websocket_frame.h"

namespace troupe::net::server {
namespace {

using namespace testing_server;
using Outcome = Shares::Outcome;

TEST(SharesTest, OneTakesAPartAndAllTogetherTheWhole) {
  Shares shares({.all = 100, .each = 40});
  EXPECT_EQ(shares.take("a", 30), Outcome::taken);
  EXPECT_EQ(shares.take("a", 11), Outcome::too_much);
  EXPECT_EQ(shares.take("a", 10), Outcome::taken);
  EXPECT_EQ(shares.take("b", 50), Outcome::taken)
      << "one that is larger than a part goes in where its own holds nothing";
  EXPECT_EQ(shares.take("c", 11), Outcome::full);
  EXPECT_EQ(shares.take("c", 10), Outcome::taken);
  shares.give_back("a", 40);
  EXPECT_EQ(shares.take("c", 30), Outcome::taken);
  shares.give_back("b", 50);
  shares.give_back("c", 40);
  EXPECT_EQ(shares.taken(), 0U);
  EXPECT_EQ(shares.take("d", 101), Outcome::full);
}

TEST(SharesTest, ABodyGivesBackWhatItHad) {
  Shares shares({.all = 1'000'000, .each = 400'000});
  {
    BodyRoom small(shares), large(shares), more(shares), others(shares);
    EXPECT_TRUE(small.grow_to(BodyRoom::kNotCounted, "10.0.0.1"));
    EXPECT_EQ(shares.taken(), 0U);
    EXPECT_TRUE(large.grow_to(300'000, "10.0.0.1"));
    EXPECT_TRUE(large.grow_to(200'000, "10.0.0.1"));
    EXPECT_EQ(shares.taken(), 300'000U);
    const auto refused = more.grow_to(200'000, "10.0.0.1");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::limit_exceeded);
    EXPECT_GT(refused.error().retry_after().count(), 0);
    EXPECT_TRUE(others.grow_to(200'000, "10.0.0.2"));
    large.clear();
    EXPECT_EQ(shares.taken(), 200'000U);
  }
  EXPECT_EQ(shares.taken(), 0U);
}

TEST(SharesTest, AnAddressHasAPartOfTheConnections) {
  for (const auto& [all, part] : {std::pair(16'384UL, 4'096UL), std::pair(1'024UL, 256UL), std::pair(576UL, 256UL),
                                  std::pair(192UL, 96UL), std::pair(1UL, 1UL)}) {
    EXPECT_EQ(connections_of_address(all), part);
  }
}

TEST(SharesTest, ThisMachineIsNotCounted) {
  const auto holder = [](std::string_view text) { return holder_of(asio::ip::make_address(text)); };
  for (const auto* own : {"127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1"}) EXPECT_EQ(holder(own), "") << own;
  EXPECT_EQ(holder("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(holder("2001:db8:1:2::1"), holder("2001:db8:1:2::2"));
  // As a listener of both families tells of those who come by IPv4.
  EXPECT_EQ(holder("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(holder("::ffff:192.0.2.2"), "192.0.2.2");
}

TEST(TurnedAwayTest, EachIsCountedAndALineAMinuteSaysHowMany) {
  base::MetricRegistry metrics;
  TurnedAway turned_away(metrics, "test");
  const TurnedAway::TimePoint begin{1h};
  using enum TurnedAway::Why;
  EXPECT_EQ(turned_away.count(address_has_its_part, begin), 1U) << "the first is said at once";
  EXPECT_EQ(turned_away.count(address_has_its_part, begin + 1s), std::nullopt);
  EXPECT_EQ(turned_away.count(listener_full, begin + 59s), std::nullopt);
  EXPECT_EQ(turned_away.count(address_has_its_part, begin + 60s), 3U);
  EXPECT_EQ(turned_away.count(listener_full, begin + 61s), std::nullopt);
  const auto text = metrics.expose();
  EXPECT_NE(text.find("troupe_net_connections_refused_total{surface=\"test\",why=\"address\"} 3"), text.npos) << text;
  EXPECT_NE(text.find("troupe_net_connections_refused_total{surface=\"test\",why=\"full\"} 2"), text.npos) << text;
}

TEST_F(ServerTest, WhoeverIsTurnedAwayIsCounted) {
  options_.limits.connections = 1;
  const auto port = start();
  RawClient first(port);
  first.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_FALSE(first.read_answer().empty()) << "it has its place";
  RawClient second(port);
  EXPECT_TRUE(starts_with_status(second.read_to_end(), 503));
  EXPECT_NE(metrics_.expose().find("troupe_net_connections_refused_total{surface=\"test\",why=\"full\"} 1"),
            std::string::npos);
}

constexpr std::size_t kLarge = 8UL << 20;

/// Somebody who has sent a large body but for its last byte.
class SlowSender {
 public:
  SlowSender(std::uint16_t port, std::string_view all_but_one) : socket_(context_) {
    socket_.connect({asio::ip::make_address("127.0.0.1"), port});
    send("POST /large HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(kLarge) + "\r\n\r\n");
    send(all_but_one);
  }
  void send(std::string_view bytes) {
    boost::system::error_code ignored;  // it may be refused before it has said all
    asio::write(socket_, asio::buffer(bytes), ignored);
  }
  bool is_answered() {
    boost::system::error_code ignored;
    return socket_.available(ignored) > 0 || ignored;
  }
  std::string answer() {
    std::string seen;
    boost::system::error_code ended;
    asio::read_until(socket_, asio::dynamic_buffer(seen), "\r\n\r\n", ended);
    return seen;
  }

 private:
  asio::io_context context_;
  Tcp::socket socket_;
};

TEST_F(ServerTest, BodiesThatDoNotEndTakeABoundedPartOfMemory) {
  route::Route route;
  route.method = "POST";
  route.path = "/large";
  route.listener = "test";
  route.dialect = route::Dialect::matrix;
  route.needs = route::Access::open;
  route.body = route::Body::raw;
  route.max_body_bytes = kLarge;
  route.run = [](route::Call& call) -> Task<http::Response> {
    co_return http::Response::text(std::to_string(call.request.body.size()));
  };
  router_.add(std::move(route));
  const auto port = start();
  const std::string all_but_one(kLarge - 1, 'x');
  constexpr auto kFit = kBodiesInMemory.each / (kLarge + 1);
  constexpr std::size_t kTooMany = 3;
  std::vector<std::unique_ptr<SlowSender>> senders;
  for (std::size_t i = 0; i < kFit + kTooMany; ++i) senders.push_back(std::make_unique<SlowSender>(port, all_but_one));
  const auto answered = [&] { return std::ranges::count_if(senders, [](auto& each) { return each->is_answered(); }); };
  for (const auto end = std::chrono::steady_clock::now() + 60s; std::cmp_less(answered(), kTooMany);) {
    ASSERT_LT(std::chrono::steady_clock::now(), end) << answered() << " of " << senders.size() << " were refused";
    std::this_thread::sleep_for(5ms);
  }
  std::size_t refused = 0;
  for (auto& each : senders) {
    if (!each->is_answered()) continue;
    const auto answer = each->answer();
    EXPECT_TRUE(starts_with_status(answer, 429)) << answer;
    EXPECT_NE(answer.find("Retry-After: "), answer.npos);
    each.reset();
    ++refused;
  }
  std::erase(senders, nullptr);
  EXPECT_EQ(refused, kTooMany);
  RawClient small(port);
  small.send("POST /large HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_TRUE(small.read_answer().ends_with("3")) << "what is small goes on";
  for (auto& each : senders) {
    each->send("x");
    EXPECT_TRUE(starts_with_status(each->answer(), 200)) << "what has begun ends";
  }
  SlowSender again(port, all_but_one);
  again.send("x");
  EXPECT_TRUE(starts_with_status(again.answer(), 200)) << "and its room is free again";
}

TEST_F(ServerTest, WhoeverMayBeAnybodySaysLittleFirst) {
  for (const auto needs : {route::Access::open, route::Access::user}) {
    route::Route route;
    route.method = "GET";
    route.path = needs == route::Access::open ? "/open" : "/closed";
    route.listener = "test";
    route.dialect = route::Dialect::matrix;
    route.needs = needs;
    route.websocket = true;
    route.max_body_bytes = 256UL * 1024;
    route.run = [](route::Call&) -> Task<http::Response> {
      http::Response response = http::Response::empty(101);
      response.websocket = [](http::WebSocket& socket) -> asio::awaitable<void> {
        while (auto message = co_await socket.receive()) {
          if (!co_await socket.send({.text = true, .bytes = std::to_string(message->bytes.size()) + " came"}))
            co_return;
        }
      };
      co_return response;
    };
    router_.add(std::move(route));
  }
  const auto port = start();
  const auto says = [&](const std::string& path, std::size_t first) {
    auto client = std::make_unique<RawClient>(port);
    client->send("GET " + path +
                 " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    client->take(client->read_past("\r\n\r\n"));
    client->send(websocket::websocket_frame(websocket::Opcode::text, std::string(first, 'x'), 7));
    return client;
  };
  const auto is_heard = [](RawClient& client, std::size_t bytes) {
    const auto mark = std::to_string(bytes) + " came";
    return client.take(client.read_past(mark)).ends_with(mark);
  };
  const auto stranger = says("/open", 16UL * 1024);
  EXPECT_TRUE(is_heard(*stranger, 16UL * 1024));
  stranger->send(websocket::websocket_frame(websocket::Opcode::text, std::string(100'000, 'x'), 7));
  EXPECT_TRUE(is_heard(*stranger, 100'000)) << "what comes later may be as large as anywhere";
  EXPECT_TRUE(is_heard(*says("/closed", 17UL * 1024), 17UL * 1024));
  const auto refused = says("/open", 16UL * 1024 + 1)->read_to_end();
  EXPECT_EQ(refused.find(" came"), std::string::npos);
  EXPECT_NE(refused.find("\x03\xf1"), std::string::npos) << "1009: too big";
}

}  // namespace
}  // namespace troupe::net::server
