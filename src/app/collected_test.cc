#include "app/collected.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

namespace troupe::app {
namespace {

net::http::Response streamed(std::vector<std::string> pieces, std::optional<std::uint64_t> length) {
  net::http::Response response;
  response.status = 206;
  response.content_length = length;
  response.stream = [pieces = std::move(pieces)](net::http::BodyWriter& out) -> Task<Unit> {
    for (const auto& piece : pieces) CO_TRY(co_await out.write(piece));
    co_return Unit{};
  };
  return response;
}

net::http::Response collect(net::http::Response response) {
  asio::io_context context;
  auto done = asio::co_spawn(context, collected(std::move(response)), asio::use_future);
  context.run();
  return done.get();
}

TEST(CollectedTest, AStreamIsItsPieces) {
  const auto response = collect(streamed({"one ", "two"}, 7));
  EXPECT_EQ(response.status, 206);
  EXPECT_EQ(response.body, "one two");
  EXPECT_FALSE(response.stream);
}

TEST(CollectedTest, WhatMayHaveNoEndIsNotWaitedFor) {
  const auto response = collect(streamed({"one"}, std::nullopt));
  EXPECT_TRUE(response.stream);
  EXPECT_EQ(response.body, "");
}

TEST(CollectedTest, TooMuchIsRefusedUnread) {
  const auto response = collect(streamed({}, kMostCollectedBytes + 1));
  EXPECT_EQ(response.status, 413);
  EXPECT_NE(response.body.find("ask for a part"), std::string::npos);
}

TEST(CollectedTest, NoHalfIsHandedOut) {
  EXPECT_EQ(collect(streamed({"one"}, 7)).status, 500);
  EXPECT_EQ(collect(streamed({"one", "two", "three"}, 7)).status, 500);
  net::http::Response failing = streamed({}, 3);
  failing.stream = [](net::http::BodyWriter& out) -> Task<Unit> {
    CO_TRY(co_await out.write("on"));
    co_return Error(Errc::unavailable, "The disk is away.");
  };
  const auto response = collect(std::move(failing));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body.find("\"on\""), std::string::npos);
  EXPECT_NE(response.body.find("The disk is away."), std::string::npos);
}

}  // namespace
}  // namespace troupe::app
