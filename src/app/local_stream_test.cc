#include "app/local_stream.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstring>
#include <thread>

#include "app/local_wire.h"
#include "store/test_database.h"

namespace troupe::app {
namespace {

using namespace std::chrono_literals;
using net::client::ServerSentEvent;
using How = Followed::How;

const auto kSoon = [] { return std::chrono::steady_clock::now() + 20s; };

std::string event_text(std::string_view name, int id, std::string_view data) {
  return "event: " + std::string(name) + "\nid: " + std::to_string(id) + "\ndata: " + std::string(data) + "\n\n";
}

/// A program whose socket answers as `handler` says, in a thread of its own.
class LocalServer {
 public:
  LocalServer(std::filesystem::path path, LocalSocket::Handler handler,
              std::chrono::milliseconds patience = kLocalWritePatience) {
    auto socket = LocalSocket::listen(context_, std::move(path), std::move(handler), patience);
    EXPECT_TRUE(socket);
    if (socket) socket_ = *std::move(socket);
    thread_ = std::thread([this] { context_.run(); });
  }
  ~LocalServer() {
    socket_.reset();
    context_.stop();
    thread_.join();
  }

 private:
  asio::io_context context_;
  std::unique_ptr<LocalSocket> socket_;
  std::thread thread_;
};

asio::awaitable<void> wait_long() {
  asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
  boost::system::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

LocalReply live_reply(std::function<Task<Unit>(net::http::BodyWriter&)> stream) {
  return {.status = 200, .body = {}, .stream = std::move(stream)};
}

class LocalStreamTest : public testing::Test {
 protected:
  Following following() const {
    return {.socket = path_,
            .target = "/live",
            .silence = 20s,
            .first_pause = 1ms,
            .longest_pause = 20ms,
            .patience = 20s,
            .late = 0ms};
  }
  Result<Followed> follow(const Following& how) {
    return follow_local(
        how, stop_,
        [this](const ServerSentEvent& event) -> Result<bool> {
          seen_.push_back(event.data);
          return event.event != "over";
        },
        [this] { ++lost_; });
  }

  store::TempDir folder_;
  std::filesystem::path path_ = folder_.path() / "troupe.sock";
  std::atomic<bool> stop_{false};
  std::vector<std::string> seen_;
  std::atomic<int> lost_{0};
};

TEST_F(LocalStreamTest, PiecesComeWholeInTheirOrderToTheEnd) {
  const std::string big(200'000, 'x');
  const LocalServer server(path_, [&big](LocalRequest) -> asio::awaitable<LocalReply> {
    co_return live_reply([&big](net::http::BodyWriter& writer) -> Task<Unit> {
      CO_TRY(co_await writer.write("a\xff\n"));
      CO_TRY(co_await writer.write(big));
      co_return Unit{};
    });
  });
  auto stream = LocalStream::open(path_, {.method = "GET", .target = "/live", .body = {}}, stop_, kSoon());
  ASSERT_TRUE(stream) << stream.error().message();
  ASSERT_TRUE(*stream);
  EXPECT_FALSE((*stream)->whole());
  std::string all;
  for (;;) {
    const auto piece = (*stream)->next(kSoon());
    ASSERT_TRUE(piece) << piece.error().message();
    if (piece->empty()) break;
    EXPECT_LE(piece->size(), kMostLocalPieceBytes);
    all += *piece;
  }
  EXPECT_EQ(all, "a\xff\n" + big);
}

TEST_F(LocalStreamTest, WhoAsksForAWholeAnswerGetsOne) {
  const LocalServer server(path_, [](LocalRequest request) -> asio::awaitable<LocalReply> {
    co_return LocalReply{.status = request.live ? 404 : 200, .body = request.last_event_id};
  });
  auto stream =
      LocalStream::open(path_, {.method = "GET", .target = "/", .body = {}, .last_event_id = "7"}, stop_, kSoon());
  ASSERT_TRUE(stream && *stream);
  ASSERT_TRUE((*stream)->whole());
  EXPECT_EQ((*stream)->whole()->status, 404);
  EXPECT_EQ((*stream)->whole()->body, "7");
  const auto plain = call_local(path_, {.method = "GET", .target = "/", .body = {}});
  ASSERT_TRUE(plain && *plain);
  EXPECT_EQ((*plain)->status, 200);
}

TEST_F(LocalStreamTest, SilenceEndsAtItsDeadline) {
  const LocalServer server(path_, [](LocalRequest) -> asio::awaitable<LocalReply> {
    co_return live_reply([](net::http::BodyWriter&) -> Task<Unit> {
      co_await wait_long();
      co_return Unit{};
    });
  });
  auto stream = LocalStream::open(path_, {.method = "GET", .target = "/", .body = {}}, stop_, kSoon());
  ASSERT_TRUE(stream && *stream);
  const auto piece = (*stream)->next(std::chrono::steady_clock::now() + 50ms);
  ASSERT_FALSE(piece);
  EXPECT_EQ(piece.error().code(), Errc::timed_out);
}

TEST_F(LocalStreamTest, AReaderThatTakesNothingIsCut) {
  std::atomic<bool> cut{false};
  const LocalServer server(
      path_,
      [&cut](LocalRequest) -> asio::awaitable<LocalReply> {
        co_return live_reply([&cut](net::http::BodyWriter& writer) -> Task<Unit> {
          for (;;) {
            const auto written = co_await writer.write(std::string(64 * 1024, 'x'));
            if (written) continue;
            cut = true;
            co_return written;
          }
        });
      },
      100ms);
  auto stream = LocalStream::open(path_, {.method = "GET", .target = "/", .body = {}}, stop_, kSoon());
  ASSERT_TRUE(stream && *stream);
  for (const auto until = kSoon(); !cut && std::chrono::steady_clock::now() < until;) std::this_thread::yield();
  EXPECT_TRUE(cut);
}

/// One connection is answered with these bytes, whatever it asks, and closed.
std::thread answer_with(const std::filesystem::path& path, std::string bytes) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const ShortPath name(path);
  std::memcpy(address.sun_path, name.text().data(), name.text().size());
  const auto listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  EXPECT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(::listen(listener, 1), 0);
  return std::thread([listener, bytes = std::move(bytes)] {
    const auto peer = ::accept(listener, nullptr, nullptr);
    char asked = 0;
    EXPECT_EQ(::recv(peer, &asked, 1, 0), 1);
    EXPECT_TRUE(write_local(peer, bytes));
    ::shutdown(peer, SHUT_WR);
    while (::recv(peer, &asked, 1, 0) > 0) {
    }
    ::close(peer);
    ::close(listener);
  });
}

TEST_F(LocalStreamTest, ALongerPieceThanMayBeIsRefusedBeforeItIsRead) {
  auto liar = answer_with(path_, local_frame(R"({"status":200,"live":true})") + "\xff\xff\xff\xff");
  const auto followed = follow(following());
  liar.join();
  ASSERT_FALSE(followed);
  EXPECT_EQ(followed.error().code(), Errc::too_large);
}

TEST_F(LocalStreamTest, AnOlderServerThatAnswersWholeIsNotAskedForEver) {
  auto old = answer_with(path_, local_frame(R"({"status":200,"body":""})"));
  const auto followed = follow(following());
  old.join();
  ASSERT_FALSE(followed);
  EXPECT_EQ(followed.error().code(), Errc::unavailable);
  EXPECT_NE(followed.error().message().find("older"), std::string::npos);
}

TEST_F(LocalStreamTest, ItGoesOnAfterTheLastEventThatWasTaken) {
  std::vector<std::string> asked;  // by the one thread of the server
  const LocalServer server(path_, [&asked](LocalRequest request) -> asio::awaitable<LocalReply> {
    asked.push_back(request.last_event_id);
    const auto number = asked.size();
    co_return live_reply([number](net::http::BodyWriter& writer) -> Task<Unit> {
      if (number == 1) {
        // Cut in the middle of an event, which is none then.
        CO_TRY(co_await writer.write(event_text("segment", 5, "one") + "event: segment\nid: 6\nda"));
        co_return Error(Errc::unavailable, "broken");
      }
      if (number == 2) co_return co_await writer.write(event_text("segment", 6, "two"));
      CO_TRY(co_await writer.write(event_text("over", 9, "three")));
      co_await wait_long();
      co_return Unit{};
    });
  });
  const auto followed = follow(following());
  ASSERT_TRUE(followed) << followed.error().message();
  EXPECT_EQ(followed->how, How::ended);
  EXPECT_EQ(seen_, (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_EQ(asked, (std::vector<std::string>{"", "5", "6"}));
}

TEST_F(LocalStreamTest, ASilentConnectionIsMadeAnew) {
  std::atomic<int> calls{0};
  const LocalServer server(path_, [&calls](LocalRequest) -> asio::awaitable<LocalReply> {
    const bool first = ++calls == 1;
    co_return live_reply([first](net::http::BodyWriter& writer) -> Task<Unit> {
      CO_TRY(co_await writer.write(first ? event_text("hello", 0, "hello") : event_text("over", 1, "over")));
      co_await wait_long();
      co_return Unit{};
    });
  });
  auto how = following();
  how.silence = 300ms;
  const auto followed = follow(how);
  ASSERT_TRUE(followed) << followed.error().message();
  EXPECT_EQ(followed->how, How::ended);
  EXPECT_GE(calls, 2);
}

TEST_F(LocalStreamTest, AServerThatComesBackIsFollowedOn) {
  std::atomic<bool> began{false};
  auto first = std::make_unique<LocalServer>(path_, [&began](LocalRequest) -> asio::awaitable<LocalReply> {
    co_return live_reply([&began](net::http::BodyWriter& writer) -> Task<Unit> {
      CO_TRY(co_await writer.write(event_text("segment", 3, "before")));
      began = true;
      co_await wait_long();
      co_return Unit{};
    });
  });
  std::string asked;
  std::unique_ptr<LocalServer> second;
  std::thread restarting([&] {
    for (const auto until = kSoon(); !began && std::chrono::steady_clock::now() < until;) std::this_thread::yield();
    first.reset();
    for (const auto until = kSoon(); lost_ == 0 && std::chrono::steady_clock::now() < until;) std::this_thread::yield();
    second = std::make_unique<LocalServer>(path_, [&asked](LocalRequest request) -> asio::awaitable<LocalReply> {
      asked = request.last_event_id;
      co_return live_reply([](net::http::BodyWriter& writer) -> Task<Unit> {
        co_return co_await writer.write(event_text("over", 4, "after"));
      });
    });
  });
  const auto followed = follow(following());
  restarting.join();
  second.reset();
  ASSERT_TRUE(followed) << followed.error().message();
  EXPECT_EQ(followed->how, How::ended);
  EXPECT_EQ(seen_, (std::vector<std::string>{"before", "after"}));
  EXPECT_EQ(asked, "3");
  EXPECT_EQ(lost_, 1) << "told once, however often it was tried";
}

TEST_F(LocalStreamTest, AServerThatStaysAwayIsGivenUp) {
  auto server = std::make_unique<LocalServer>(path_, [](LocalRequest) -> asio::awaitable<LocalReply> {
    co_return live_reply([](net::http::BodyWriter& writer) -> Task<Unit> {
      co_return co_await writer.write(event_text("hello", 0, "hello"));
    });
  });
  auto how = following();
  how.patience = 100ms;
  const auto followed = follow_local(
      how, stop_,
      [&](const ServerSentEvent&) -> Result<bool> {
        std::filesystem::remove(path_);  // nobody finds it any more
        return true;
      },
      [] {});
  ASSERT_FALSE(followed);
  EXPECT_EQ(followed.error().code(), Errc::unavailable);
}

TEST_F(LocalStreamTest, NobodyThereIsSaidAtOnceAndARefusalIsHandedOn) {
  const auto nobody = follow(following());
  ASSERT_TRUE(nobody);
  EXPECT_EQ(nobody->how, How::nobody);
  const LocalServer server(path_, [](LocalRequest) -> asio::awaitable<LocalReply> {
    co_return LocalReply{.status = 404, .body = "no such meeting"};
  });
  const auto refused = follow(following());
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->how, How::refused);
  EXPECT_EQ(refused->reply.body, "no such meeting");
}

TEST_F(LocalStreamTest, AStopEndsItWhileNothingComes) {
  const LocalServer server(path_, [this](LocalRequest) -> asio::awaitable<LocalReply> {
    co_return live_reply([this](net::http::BodyWriter& writer) -> Task<Unit> {
      CO_TRY(co_await writer.write(event_text("hello", 0, "hello")));
      stop_ = true;
      co_await wait_long();
      co_return Unit{};
    });
  });
  const auto followed = follow(following());
  ASSERT_TRUE(followed) << followed.error().message();
  EXPECT_EQ(followed->how, How::interrupted);
}

TEST_F(LocalStreamTest, AnEventOverTheLimitAndOneThatIsNotTakenEndIt) {
  const LocalServer server(path_, [](LocalRequest) -> asio::awaitable<LocalReply> {
    co_return live_reply([](net::http::BodyWriter& writer) -> Task<Unit> {
      CO_TRY(co_await writer.write(event_text("segment", 1, std::string(5'000, 'x'))));
      co_await wait_long();
      co_return Unit{};
    });
  });
  auto how = following();
  how.max_event_bytes = 1'000;
  const auto too_long = follow(how);
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().code(), Errc::too_large);
  const auto not_taken = follow_local(
      following(), stop_, [](const ServerSentEvent&) -> Result<bool> { return Error(Errc::bad_json, "no"); }, [] {});
  ASSERT_FALSE(not_taken);
  EXPECT_EQ(not_taken.error().code(), Errc::bad_json);
}

TEST_F(LocalStreamTest, WhatComesLateIsStillTaken) {
  const LocalServer server(path_, [](LocalRequest) -> asio::awaitable<LocalReply> {
    co_return live_reply([](net::http::BodyWriter& writer) -> Task<Unit> {
      CO_TRY(co_await writer.write(event_text("over", 1, "over") + event_text("segment", 2, "late")));
      co_await wait_long();
      co_return Unit{};
    });
  });
  auto how = following();
  how.late = 300ms;
  const auto followed = follow(how);
  ASSERT_TRUE(followed);
  EXPECT_EQ(followed->how, How::ended);
  EXPECT_EQ(seen_, (std::vector<std::string>{"over", "late"}));
}

}  // namespace
}  // namespace troupe::app
