#include "app/local_socket.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "store/test_database.h"

namespace troupe::app {
namespace {

TEST(LocalSocketTest, ASignalWhileItWaitsEndsNoQuestion) {
  struct sigaction quiet{};
  struct sigaction before{};
  quiet.sa_handler = [](int) {};  // and no SA_RESTART: the call that waits returns
  sigaction(SIGUSR1, &quiet, &before);
  const store::TempDir folder;
  const auto path = folder.path() / "troupe.sock";
  asio::io_context context;
  const auto asker = ::pthread_self();
  auto socket = LocalSocket::listen(context, path, [asker](LocalRequest request) -> asio::awaitable<LocalReply> {
    for (int i = 0; i < 200; ++i) {
      ::pthread_kill(asker, SIGUSR1);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    co_return LocalReply{.status = 200, .body = request.target};
  });
  ASSERT_TRUE(socket);
  std::thread server([&context] { context.run(); });
  const auto reply = call_local(path, {.method = "GET", .target = "/here", .body = {}});
  socket->reset();
  context.stop();
  server.join();
  sigaction(SIGUSR1, &before, nullptr);
  ASSERT_TRUE(reply) << reply.error().message();
  ASSERT_TRUE(*reply);
  EXPECT_EQ((*reply)->body, "/here");
}

TEST(LocalSocketTest, AnswersAreAnyBytes) {
  const std::string picture("\x89PNG\r\n\x1a\n\0\xff\xfe\"}", 14);
  const store::TempDir folder;
  const auto path = folder.path() / "troupe.sock";
  asio::io_context context;
  auto socket = LocalSocket::listen(context, path, [&picture](LocalRequest) -> asio::awaitable<LocalReply> {
    co_return LocalReply{.status = 200, .body = picture};
  });
  ASSERT_TRUE(socket);
  std::thread server([&context] { context.run(); });
  const auto reply = call_local(path, {.method = "GET", .target = "/picture", .body = {}});
  socket->reset();
  context.stop();
  server.join();
  ASSERT_TRUE(reply) << reply.error().message();
  ASSERT_TRUE(*reply);
  EXPECT_EQ((*reply)->body, picture);
}

TEST(LocalSocketTest, APartIsAskedForAsByHttp) {
  const store::TempDir folder;
  const auto path = folder.path() / "troupe.sock";
  asio::io_context context;
  auto socket = LocalSocket::listen(context, path, [](LocalRequest request) -> asio::awaitable<LocalReply> {
    co_return LocalReply{.status = 206, .body = request.range};
  });
  ASSERT_TRUE(socket);
  std::thread server([&context] { context.run(); });
  const auto reply = call_local(path, {.method = "GET", .target = "/recording", .body = {}, .range = "bytes=4-7"});
  socket->reset();
  context.stop();
  server.join();
  ASSERT_TRUE(reply) << reply.error().message();
  ASSERT_TRUE(*reply);
  EXPECT_EQ((*reply)->status, 206);
  EXPECT_EQ((*reply)->body, "bytes=4-7");
}

}  // namespace
}  // namespace troupe::app
