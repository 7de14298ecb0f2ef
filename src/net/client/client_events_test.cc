#include <gtest/gtest.h>

#include "net/client/client.h"
#include "net/http/gzip.h"
#include "net/tls/test_peer.h"

namespace troupe::net::client {
namespace {
using namespace tls::testing;
using Events = std::vector<std::string>;

struct Seen {
  Result<ClientResponse> result = Error(Errc::internal, "hung");
  Events events;
};

Seen listen(const Peer& peer, std::size_t stop_after = 1000, std::function<void(ClientRequest&)> adjust = {}) {
  asio::io_context io{1};
  const auto client = HttpClient::make({});
  ClientRequest request(Trust::configured);
  request.url = peer.url();
  request.method = "POST";
  request.body = "{}";
  if (adjust) adjust(request);
  Seen seen;
  auto result = run_to_end(io, client->stream_events(request, [&](const ServerSentEvent& event) {
    seen.events.push_back(event.event + ":" + event.data);
    return seen.events.size() < stop_after;
  }));
  if (result) seen.result = std::move(*result);
  return seen;
}

std::string chunk(const std::string& text) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", text.size());
  return size + text + "\r\n";
}
const std::string kHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n";

/// Sends the pieces one by one, each as a chunk of its own, then closes.
Peer::Script pieces(std::vector<std::string> parts, bool end) {
  return [parts, end](tls::Stream& stream, int) -> asio::awaitable<void> {
    co_await read_request(stream);
    co_await say(stream, kHead);
    for (const auto& part : parts) co_await say(stream, chunk(part));
    if (end) co_await say(stream, "0\r\n\r\n");
  };
}

TEST(ClientEvents, FlowiseStream) {
  Peer peer(pieces({":heartbeat\n\n", "message:\nda", "ta:{\"event\":\"token\",\"data\":\"gr\xc3", "\xbc\"}\n\n",
                    "message:\r", "\ndata:{\"event\":\"end\"}\r\n\r\n"},
                   true));
  const auto seen = listen(peer);
  EXPECT_EQ(seen.result.value().status, 200);
  EXPECT_EQ(seen.events,
            (Events{"message:{\"event\":\"token\",\"data\":\"gr\xc3\xbc\"}", "message:{\"event\":\"end\"}"}));
}

TEST(ClientEvents, AnythingElseComesBackWhole) {
  Peer json([](tls::Stream& stream, int) -> asio::awaitable<void> {
    co_await read_request(stream);
    co_await say(stream, ok("{\"text\":\"data: x\\n\\n\"}", "Content-Type: application/json\r\n"));
  });
  auto seen = listen(json);
  EXPECT_EQ(seen.result.value().body, "{\"text\":\"data: x\\n\\n\"}");
  EXPECT_TRUE(seen.events.empty());

  Peer failure([](tls::Stream& stream, int) -> asio::awaitable<void> {
    co_await read_request(stream);
    co_await say(stream, "HTTP/1.1 500 Oh\r\nContent-Type: text/event-stream\r\nContent-Length: 9\r\n\r\ndata: x\n\n");
  });
  seen = listen(failure);
  EXPECT_EQ(seen.result.value().status, 500);
  EXPECT_EQ(seen.result.value().body, "data: x\n\n");
}

TEST(ClientEvents, ACutStreamIsAnErrorAfterItsEvents) {
  Peer peer(pieces({"data: 1\n\n", "data: 2\n\ndata: 3"}, false));
  const auto seen = listen(peer);
  EXPECT_EQ(seen.result.error().code(), Errc::unavailable);
  EXPECT_EQ(seen.events, (Events{"message:1", "message:2"}));
}

TEST(ClientEvents, AStreamWithoutLengthEndsWithTheConnection) {
  Peer peer([](tls::Stream& stream, int) -> asio::awaitable<void> {
    co_await read_request(stream);
    co_await say(stream, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nevent: a\ndata: 1\n\n");
  });
  EXPECT_EQ(listen(peer).events, Events{"a:1"});
}

TEST(ClientEvents, TheReceiverMayStop) {
  Peer peer([](tls::Stream& stream, int) -> asio::awaitable<void> {
    co_await read_request(stream);
    co_await say(stream, kHead + chunk("data: 1\n\n") + chunk("data: 2\n\n"));
    co_await wait_for_end(stream);
  });
  const auto seen = listen(peer, 1);
  EXPECT_TRUE(seen.result);
  EXPECT_EQ(seen.events, Events{"message:1"});
}

TEST(ClientEvents, SilenceEndsAtTheIdleTimeout) {
  Peer peer([](tls::Stream& stream, int) -> asio::awaitable<void> {
    co_await read_request(stream);
    co_await say(stream, kHead + chunk("data: 1\n\n"));
    co_await wait_for_end(stream);
  });
  const auto seen = listen(peer, 10, [](ClientRequest& request) { request.idle_timeout = 1s; });
  EXPECT_EQ(seen.result.error().code(), Errc::timed_out);
  EXPECT_EQ(seen.events, Events{"message:1"});
}

TEST(ClientEvents, FlowiseThatNeverAnswersEndsAtTheFirstByteTimeout) {
  Peer peer([](tls::Stream& stream, int) -> asio::awaitable<void> {
    co_await read_request(stream);
    co_await wait_for_end(stream);
  });
  const auto seen = listen(peer, 10, [](ClientRequest& request) { request.first_byte_timeout = 100ms; });
  EXPECT_EQ(seen.result.error().code(), Errc::timed_out);
}

TEST(ClientEvents, TheStreamMayBeLongerThanTheLimitOfOneEvent) {
  std::vector<std::string> many(300, "data: " + std::string(50, 'x') + "\n\n");
  Peer peer(pieces(many, true));
  const auto limit = [](ClientRequest& request) { request.max_body_bytes = 100; };
  EXPECT_EQ(listen(peer, 1000, limit).events.size(), 300U);
  Peer large(pieces({"data: " + std::string(5'000, 'x')}, true));
  EXPECT_EQ(listen(large, 1000, limit).result.error().code(), Errc::too_large);
}

TEST(ClientEvents, ACompressedStreamIsExpanded) {
  Peer peer([](tls::Stream& stream, int) -> asio::awaitable<void> {
    co_await read_request(stream);
    co_await say(stream, ok(http::gzip_compress("data: 1\n\ndata: 2\n\n"),
                            "Content-Type: text/event-stream\r\nContent-Encoding: gzip\r\n"));
  });
  EXPECT_EQ(listen(peer).events, (Events{"message:1", "message:2"}));
}

TEST(ClientEvents, AWholeStreamHasALimitWhereOneIsAskedFor) {
  const auto limit = [](ClientRequest& request) { request.max_stream_bytes = 100'000; };
  for (const std::string& nothing : {std::string(10'000'000, '\n'), std::string(": \n")}) {
    Peer peer([&](tls::Stream& stream, int) -> asio::awaitable<void> {
      co_await read_request(stream);
      std::string heartbeats = nothing;
      while (heartbeats.size() < 1'000'000) heartbeats += nothing;
      co_await say(
          stream, ok(http::gzip_compress(heartbeats), "Content-Type: text/event-stream\r\nContent-Encoding: gzip\r\n"));
    });
    const auto seen = listen(peer, 1000, limit);
    ASSERT_FALSE(seen.result);
    EXPECT_EQ(seen.result.error().code(), Errc::too_large);
  }
  Peer small(pieces({"\n\n\r\n\n", "data: 1\n\n", "\n\n\n: \n\ndata: 2\n\n"}, true));
  EXPECT_EQ(listen(small, 1000, limit).events, (Events{"message:1", "message:2"}));
}

}  // namespace
}  // namespace troupe::net::client
