// A handler that changes something, and a deadline that passes meanwhile.
#include <thread>

#include "net/server/server_fixture.h"

namespace troupe::net::server {
namespace {

using namespace testing_server;

TEST_F(ServerTest, WhatChangesSomethingIsNotCutBetweenTwoSteps) {
  std::promise<void> second_step, is_written;
  route::Route late;
  late.method = "GET";
  late.path = "/late";
  late.listener = "test";
  late.dialect = route::Dialect::matrix;
  late.needs = route::Access::open;
  late.deadline = 100ms;
  auto change = late;
  change.method = "POST";
  change.path = "/change";
  late.run = [](route::Call&) -> Task<http::Response> {
    asio::steady_timer timer(co_await asio::this_coro::executor, 60s);
    co_await timer.async_wait(asio::use_awaitable);
    co_return http::Response::json("{}");
  };
  change.run = [&](route::Call&) -> Task<http::Response> {
    // As a write that is queued: whoever waits for it is not let go before it is done.
    auto queued = [written = is_written.get_future().share()](auto handler) {
      std::thread([written, handler = std::move(handler)]() mutable {
        written.wait();
        const auto executor = asio::get_associated_executor(handler);
        asio::post(executor, std::move(handler));
      }).detach();
    };
    co_await asio::async_initiate<decltype(asio::use_awaitable), void()>(queued, asio::use_awaitable);
    auto step = [&]() -> Task<Unit> {
      second_step.set_value();
      co_return Unit{};
    };
    CO_TRY(co_await step());
    co_return http::Response::json("{}");
  };
  router_.add(late);
  router_.add(change);
  auto done = second_step.get_future();
  RawClient client(start()), other(server_->port());
  client.send("POST /change HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  for (int i = 0; i < 4; ++i) {  // by then its deadline is over, too
    other.send("GET /late HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(starts_with_status(other.read_answer(), 504));
  }
  is_written.set_value();
  EXPECT_EQ(done.wait_for(60s), std::future_status::ready) << "the second step was left out";
  EXPECT_TRUE(starts_with_status(client.read_answer(), 200));
  client.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(starts_with_status(client.read_answer(), 200));
}

}  // namespace
}  // namespace troupe::net::server
