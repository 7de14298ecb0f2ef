// The listener over real sockets: order, pushes, and clients that want too much.
#include "net/resp/resp_server.h"

#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include "kit/task_runner.h"
#include "net/resp/resp_reply.h"

namespace troupe::net::resp {
namespace {

using namespace std::chrono_literals;
using Tcp = asio::ip::tcp;

/// Everything that the talks of a test share.
struct Room {
  base::Mutex mutex;
  std::vector<std::shared_ptr<Outlet>> joined GUARDED_BY(mutex);
  std::atomic<int> talks{0};

  std::size_t count() {
    const base::Lock lock(mutex);
    return joined.size();
  }
  bool push(const std::string& bytes) {
    const base::Lock lock(mutex);
    return joined.at(0)->push(bytes);
  }
};

class EchoTalk final : public Talk {
 public:
  EchoTalk(std::shared_ptr<Room> room, std::shared_ptr<Outlet> outlet)
      : room_(std::move(room)), outlet_(std::move(outlet)) {
    ++room_->talks;
  }
  ~EchoTalk() override { --room_->talks; }
  asio::awaitable<Answer> answer(Command command) override {
    if (command[0] == "auth") is_known_ = true;
    if (command[0] == "quit") co_return Answer{.bytes = simple("OK"), .ends = true};
    if (command[0] == "join") {
      const base::Lock lock(room_->mutex);
      room_->joined.push_back(outlet_);
    }
    if (command[0] == "much") co_return Answer{bulk(std::string(100'000, 'x'))};
    co_return Answer{simple(command[0])};
  }
  bool is_known() const override { return is_known_; }

 private:
  std::shared_ptr<Room> room_;
  std::shared_ptr<Outlet> outlet_;
  bool is_known_ = false;
};

class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(io_) { socket_.connect({asio::ip::address_v4::loopback(), port}); }
  /// False: the server is gone.
  bool send(std::string_view bytes) {
    boost::system::error_code failed;
    asio::write(socket_, asio::buffer(bytes), failed);
    return !failed;
  }
  std::string line() {
    boost::system::error_code failed;
    const auto size = asio::read_until(socket_, asio::dynamic_buffer(seen_), '\n', failed);
    if (failed) return "end";
    auto text = seen_.substr(0, size);
    seen_.erase(0, size);
    return text;
  }
  Tcp::socket& socket() { return socket_; }

 private:
  asio::io_context io_;
  Tcp::socket socket_;
  std::string seen_;
};

class RespServerTest : public ::testing::Test {
 protected:
  void serve(RespServerLimits limits = {}) {
    server = *RespServer::listen(
        io, {.limits = limits},
        [this](const std::shared_ptr<Outlet>& outlet) { return std::make_unique<EchoTalk>(room, outlet); },
        connections);
  }
  void TearDown() override {
    if (server) asio::co_spawn(io.at(0), server->stop(), asio::use_future).get();
    EXPECT_EQ(room->talks, 0);
  }

  base::MetricRegistry metrics;
  base::Gauge& connections = metrics.gauge("test_connections", "of the test");
  server::IoThreads io{2};
  std::shared_ptr<Room> room = std::make_shared<Room>();
  std::unique_ptr<RespServer> server;
};

TEST_F(RespServerTest, AnswersInOrderAndPushesInBetween) {
  serve();
  Client client(server->port());
  client.send("auth\r\n*1\r\n$1\r\na\r\nb\r\njoin\r\n");
  for (const auto* wanted : {"+auth\r\n", "+a\r\n", "+b\r\n", "+join\r\n"}) EXPECT_EQ(client.line(), wanted);
  EXPECT_TRUE(room->push("+pushed\r\n"));
  EXPECT_EQ(client.line(), "+pushed\r\n");
  client.send("quit\r\nnever\r\n");
  EXPECT_EQ(client.line(), "+OK\r\n");
  EXPECT_EQ(client.line(), "end");
  EXPECT_TRUE(kit::eventually([&] { return !room->push("+late\r\n"); }));
}

TEST_F(RespServerTest, AProtocolErrorIsSaidAndEndsIt) {
  serve();
  for (const std::string bytes : {"auth\r\n*1\r\n$1073741824\r\n", "auth\r\n*1000000\r\n"}) {
    Client client(server->port());
    client.send(bytes);
    EXPECT_EQ(client.line(), "+auth\r\n");
    EXPECT_TRUE(client.line().starts_with("-ERR Protocol error")) << bytes;
    EXPECT_EQ(client.line(), "end");
  }
  Client endless(server->port());
  while (endless.send(std::string(1'000, 'a'))) {
  }
  SUCCEED() << "cut off";
}

TEST_F(RespServerTest, AStrangerHasLittleTimeAndRoom) {
  serve({.stranger = {.line_bytes = 64, .words = 4, .command_bytes = 64}, .stranger_time = 300ms});
  Client silent(server->port());
  EXPECT_EQ(silent.line(), "end");
  Client slow(server->port());
  slow.send("hello\r\n");
  EXPECT_EQ(slow.line(), "+hello\r\n");
  EXPECT_EQ(slow.line(), "end") << "talking is not enough";
  Client big(server->port());
  big.send("*1\r\n$65\r\n");
  EXPECT_TRUE(big.line().starts_with("-ERR Protocol error"));
  Client known(server->port());
  known.send("auth\r\n*1\r\n$65\r\n" + std::string(65, 'a') + "\r\n");
  EXPECT_EQ(known.line(), "+auth\r\n");
  EXPECT_EQ(known.line(), "+" + std::string(65, 'a') + "\r\n");
}

TEST_F(RespServerTest, WhoDoesNotReadIsCutOff) {
  serve({.write_time = 300ms, .output_bytes = 200'000});
  Client client(server->port());
  client.send("auth\r\njoin\r\n");
  ASSERT_TRUE(kit::eventually([&] { return room->count() == 1; }));
  bool goes_on = true;
  for (int i = 0; goes_on && i < 10'000; ++i) goes_on = room->push(std::string(50'000, 'x'));
  EXPECT_FALSE(goes_on);
  EXPECT_TRUE(kit::eventually([&] { return room->talks == 0; }));
  // Answers that nobody reads end it by time.
  Client asking(server->port());
  asking.send("auth\r\n");
  ASSERT_EQ(asking.line(), "+auth\r\n");
  for (int i = 0; i < 200 && asking.send("much\r\nmuch\r\nmuch\r\n"); ++i) {
  }
  EXPECT_TRUE(kit::eventually([&] { return room->talks == 0; }));
}

TEST_F(RespServerTest, AThousandConnectionsAreNoTooMany) {
  serve({.connections = 500, .strangers_of_address = 1'000});
  std::vector<std::unique_ptr<Client>> all;
  for (int i = 0; i < 1'000; ++i) all.push_back(std::make_unique<Client>(server->port()));
  // They are accepted in order: once the last has its answer, all of them were let in, refused, or had to give way.
  all.back()->send("a\r\n");
  (void)all.back()->line();
  EXPECT_TRUE(kit::eventually([&] { return room->talks == 500; }));
  int refused = 0;
  for (auto& client : all) {
    client->send("a\r\n");
    const auto line = client->line();
    if (line != "+a\r\n") ++refused;
  }
  EXPECT_EQ(refused, 500);
  all.clear();
  EXPECT_TRUE(kit::eventually([&] { return room->talks == 0; }));
  Client late(server->port());
  late.send("a\r\n");
  EXPECT_EQ(late.line(), "+a\r\n") << "the places are free again";
}

TEST_F(RespServerTest, StrangersOfAnAddressDoNotTakeAllPlaces) {
  serve({.strangers_of_address = 2});
  Client known(server->port());
  known.send("auth\r\n");
  EXPECT_EQ(known.line(), "+auth\r\n");
  Client first(server->port());
  first.send("a\r\n");
  EXPECT_EQ(first.line(), "+a\r\n");
  Client second(server->port());
  second.send("a\r\n");
  EXPECT_EQ(second.line(), "+a\r\n");
  Client third(server->port());
  third.send("a\r\n");
  EXPECT_EQ(third.line(), "+a\r\n") << "whoever comes is not shut out by those that only wait";
  EXPECT_EQ(first.line(), "end") << "the oldest gives way";
  known.send("b\r\n");
  EXPECT_EQ(known.line(), "+b\r\n") << "who is known is not one of them";
  second.send("auth\r\n");
  EXPECT_EQ(second.line(), "+auth\r\n");
  Client fourth(server->port());
  for (auto* client : {&third, &fourth}) {
    client->send("c\r\n");
    EXPECT_EQ(client->line(), "+c\r\n") << "in the place of one that is known now";
  }
}

TEST_F(RespServerTest, WhoIsKnownGivesWayToNobody) {
  serve({.connections = 2});
  Client known(server->port());
  known.send("auth\r\n");
  EXPECT_EQ(known.line(), "+auth\r\n");
  Client idle(server->port());
  idle.send("a\r\n");
  EXPECT_EQ(idle.line(), "+a\r\n");
  Client late(server->port());
  late.send("auth\r\n");
  EXPECT_EQ(late.line(), "+auth\r\n") << "in the place of the one that waits";
  EXPECT_EQ(idle.line(), "end");
  EXPECT_TRUE(kit::eventually([&] { return connections.value() == 2; }));
  Client more(server->port());
  EXPECT_EQ(more.line(), "-ERR max number of clients reached\r\n");
  known.send("b\r\n");
  EXPECT_EQ(known.line(), "+b\r\n");
}

TEST_F(RespServerTest, AnAddressThatIsTakenIsSaid) {
  serve();
  const auto other = RespServer::listen(io, {.port = server->port()}, {}, connections);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), Errc::conflict);
  EXPECT_EQ(RespServer::listen(io, {.host = "example.org"}, {}, connections).error().code(), Errc::invalid_param);
}

}  // namespace
}  // namespace troupe::net::resp
