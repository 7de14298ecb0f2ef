#include "net/http/request_parser.h"

#include <gtest/gtest.h>

namespace troupe::net::http {
namespace {

/// Feeds text in pieces of `step` bytes, as a connection would.
struct Fed {
  explicit Fed(std::string_view text, std::size_t step = 1'000'000, HeadLimits limits = {}) : parser(limits) {
    parser.start(request);
    std::string pending;
    while (!text.empty() && !parser.done()) {
      pending += text.substr(0, step);
      text.remove_prefix(std::min(step, text.size()));
      while (!pending.empty() && !parser.done()) {
        auto used = parser.feed(pending);
        if (!used) {
          status = used.error().http_status();
          return;
        }
        pending.erase(0, *used);
        if (parser.head_done()) parser.limit_body(1'000);
        if (*used == 0) break;
      }
    }
    left = pending + std::string(text);
  }
  Request request;
  RequestParser parser;
  int status = 0;
  std::string left;
};

constexpr std::string_view kChunked =
    "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    "3\r\nabc\r\n4;name=value\r\ndefg\r\n0\r\nTrailer: yes\r\n\r\nGET /";

TEST(RequestParser, ReadsChunksWhateverThePieces) {
  for (std::size_t step = 1; step < kChunked.size(); ++step) {
    Fed fed(kChunked, step);
    EXPECT_EQ(fed.status, 0) << step;
    EXPECT_TRUE(fed.parser.done()) << step;
    EXPECT_EQ(fed.request.body, "abcdefg") << step;
    EXPECT_FALSE(fed.request.headers.has("Trailer"));
    EXPECT_EQ(fed.left, "GET /") << step;
  }
}

TEST(RequestParser, StopsAfterTheHead) {
  Request request;
  RequestParser parser({});
  parser.start(request);
  const std::string_view text = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
  const auto used = parser.feed(text).value();
  EXPECT_TRUE(parser.head_done());
  EXPECT_EQ(text.substr(used), "abc");
  EXPECT_EQ(parser.content_length(), 3U);
  EXPECT_TRUE(parser.keep_alive());
}

TEST(RequestParser, IsReusable) {
  RequestParser parser({});
  Request request;
  for (int i = 0; i < 3; ++i) {
    parser.start(request);
    ASSERT_TRUE(parser.feed("GET /a?b=" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n"));
    EXPECT_TRUE(parser.done());
    EXPECT_EQ(request.query_value("b"), std::to_string(i));
    EXPECT_EQ(request.headers.all().size(), 2U);
  }
}

TEST(RequestParser, CountsTheHeadOverManyPieces) {
  std::string head = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 50; ++i) head += "A: " + std::string(100, 'b') + "\r\n";
  EXPECT_EQ(Fed(head + "\r\n", 20, {.head_bytes = 4'000, .header_count = 100, .target_bytes = 1'000}).status, 431);
  EXPECT_EQ(Fed(head + "\r\n", 20, {.head_bytes = 8'000, .header_count = 100, .target_bytes = 1'000}).status, 0);
  EXPECT_EQ(Fed(head + "\r\n", 20, {.head_bytes = 8'000, .header_count = 20, .target_bytes = 1'000}).status, 431);
}

TEST(RequestParser, ToleratesAFewEmptyLines) {
  Fed fed("\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 1);
  EXPECT_TRUE(fed.parser.done());
  EXPECT_EQ(fed.request.method, "GET");
}

TEST(RequestParser, RefusesFieldsOverSeveralLines) {
  for (const std::string fold : {"\r\n ", "\r\n\t", " \r\n  ", "\r\n \r\n "}) {
    for (const std::string& field : {"A: b" + fold + "C: d", "Transfer-Encoding:" + fold + "chunked",
                                     "Content-Length:" + fold + "3", "Authorization: Bearer" + fold + "x"}) {
      const auto text = "POST / HTTP/1.1\r\nHost: x\r\n" + field + "\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n";
      for (std::size_t step = 1; step <= text.size(); ++step) EXPECT_EQ(Fed(text, step).status, 400) << field << step;
    }
  }
}

TEST(RequestParser, KnowsTheConnectionsFate) {
  EXPECT_TRUE(Fed("GET / HTTP/1.1\r\nHost: x\r\n\r\n").parser.keep_alive());
  EXPECT_FALSE(Fed("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").parser.keep_alive());
  EXPECT_FALSE(Fed("GET / HTTP/1.0\r\n\r\n").parser.keep_alive());
  EXPECT_TRUE(Fed("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").parser.keep_alive());
}

TEST(RequestParser, LimitsTheBody) {
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\n";
  EXPECT_EQ(Fed(head + "Content-Length: 1001\r\n\r\n" + std::string(1'001, 'x')).status, 413);
  EXPECT_EQ(Fed(head + "Content-Length: 1000\r\n\r\n" + std::string(1'000, 'x')).status, 0);
  EXPECT_EQ(Fed(head + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n").status, 413);
}

TEST(RequestParser, DiscardsWhatNobodyWants) {
  Request request;
  RequestParser parser({});
  parser.start(request);
  const std::string text = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
  const auto used = parser.feed(text).value();
  parser.limit_body(10);
  parser.discard_body();
  ASSERT_TRUE(parser.feed(std::string_view(text).substr(used)));
  EXPECT_TRUE(parser.done());
  EXPECT_EQ(request.body, "");
  EXPECT_EQ(parser.body_seen(), 3U);
}

}  // namespace
}  // namespace troupe::net::http
