#include "net/client/sse.h"

#include <gtest/gtest.h>

namespace troupe::net::client {
namespace {
using Events = std::vector<std::string>;

/// Each event as "event|data|id", fed in pieces of `step` bytes.
Events parse(std::string_view text, std::size_t step, std::size_t limit = 1'000) {
  SseParser parser(limit);
  Events events;
  for (std::size_t at = 0; at < text.size(); at += step) {
    auto fed = parser.feed(text.substr(at, step), [&](const ServerSentEvent& e) {
      events.push_back(e.event + "|" + e.data + "|" + e.id);
      return true;
    });
    if (!fed) {
      events.push_back("error");
      break;
    }
  }
  return events;
}

void expect_events(std::string_view text, const Events& expected) {
  for (std::size_t step : {1UL, 2UL, 3UL, 7UL, 1000UL})
    EXPECT_EQ(parse(text, step), expected) << text << " in " << step;
}

TEST(Sse, AllThreeLineEndings) {
  expect_events("data: a\n\ndata: b\r\n\r\ndata: c\r\rdata:d\n\r\n",
                {"message|a|", "message|b|", "message|c|", "message|d|"});
}

TEST(Sse, FieldsFollowTheStandard) {
  expect_events(
      "\xef\xbb\xbf: hello\n\nevent: add\ndata: 73857293\nid: 1\n\nevent: x\n\ndata\n\ndata\ndata\n\ndata:test\n\n",
      {"add|73857293|1", "message||1", "message|\n|1", "message|test|1"});
  expect_events("id: 1\nid\ndata:  two spaces\nretry: 10\nunknown: x\n\n", {"message| two spaces|"});
  expect_events("data: YHOO\ndata: +2\ndata: 10\n\n", {"message|YHOO\n+2\n10|"});
}

TEST(Sse, FlowiseWritesMessageInPlaceOfEvent) {
  expect_events(
      "message:\ndata:{\"event\":\"token\",\"data\":\"h\"}\n\n:heartbeat\n\nmessage:\ndata:{\"event\":\"end\"}\n\n",
      {"message|{\"event\":\"token\",\"data\":\"h\"}|", "message|{\"event\":\"end\"}|"});
}

TEST(Sse, CharactersCutBetweenPiecesStayWhole) {
  expect_events("data: gr\xc3\xbc\xc3\x9f \xf0\x9f\x8e\xad\n\n", {"message|gr\xc3\xbc\xc3\x9f \xf0\x9f\x8e\xad|"});
}

TEST(Sse, BrokenUtf8IsReplaced) {
  expect_events(
      "data: a\xff"
      "b\xc3\n\n",
      {"message|a\xef\xbf\xbd"
       "b\xef\xbf\xbd|"});
}

TEST(Sse, AnUnfinishedEventIsDropped) {
  expect_events("data: a\n\ndata: b\n", {"message|a|"});
  expect_events("data: a", {});
}

TEST(Sse, OneEventHasALimitTheStreamHasNone) {
  EXPECT_EQ(parse("data: " + std::string(2'000, 'x'), 100), Events{"error"});
  expect_events("data: " + std::string(992, 'x') + "\n\n", {"message|" + std::string(992, 'x') + "|"});
  std::string lines;
  for (int i = 0; i < 500; ++i) lines += "data: x\n";
  EXPECT_EQ(parse(lines, 100), Events{"error"});
  std::string heartbeats;
  for (int i = 0; i < 500; ++i) heartbeats += ": heartbeat\n";
  EXPECT_EQ(parse(heartbeats + "data: x\n\n", 100), Events{"message|x|"});
  std::string unknown;
  for (int i = 0; i < 500; ++i) unknown += "unknown: field\n";
  EXPECT_EQ(parse(unknown, 100), Events{"error"});
}

TEST(Sse, StopsWhenToldTo) {
  SseParser parser(1'000);
  int seen = 0;
  const auto go_on = parser.feed("data: 1\n\ndata: 2\n\n", [&](const ServerSentEvent&) { return ++seen, false; });
  EXPECT_FALSE(go_on.value());
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace troupe::net::client
