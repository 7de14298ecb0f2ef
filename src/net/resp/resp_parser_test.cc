#include "net/resp/resp_parser.h"

#include <gtest/gtest.h>

#include "net/resp/resp_reply.h"

namespace troupe::net::resp {
namespace {

using Commands = std::vector<Command>;

/// All whole commands of the bytes, which come in pieces of this size; the last is the error, if there is one.
Commands parse(std::string_view bytes, std::size_t step, RespLimits limits = {}) {
  RespParser parser(limits);
  Commands all;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    parser.feed(bytes.substr(at, step));
    for (;;) {
      auto command = parser.next();
      if (!command) {
        all.push_back({command.error().message()});
        return all;
      }
      if (!*command) break;
      all.push_back(**std::move(command));
    }
  }
  return all;
}

TEST(RespParser, ReadsArraysAndLinesInWhateverPieces) {
  using std::string_literals::operator""s;
  for (const std::size_t step : {1, 2, 3, 7, 1000}) {
    EXPECT_EQ(parse("*2\r\n$4\r\nAUTH\r\n$3\r\na\0b\r\n"s, step), (Commands{{"AUTH", "a\0b"s}}));
    EXPECT_EQ(parse("\r\n  \t\r\nPING hello  you\r\nQUIT\n*0\r\n*-1\r\n*1\r\n$0\r\n\r\n", step),
              (Commands{{"PING", "hello", "you"}, {"QUIT"}, {""}}));
  }
}

TEST(RespParser, RefusesWhatIsTooMuchBeforeItHasCome) {
  const RespLimits small{.line_bytes = 32, .words = 4, .command_bytes = 100};
  const std::pair<std::string, std::string> cases[]{
      {"*1\r\n$1073741824\r\n", "invalid bulk length"},
      {"*1\r\n$101\r\n", "invalid bulk length"},
      {"*2\r\n$60\r\n" + std::string(60, 'a') + "\r\n$41\r\n", "invalid bulk length"},
      {"*1\r\n$-1\r\n", "invalid bulk length"},
      {"*1\r\n$x\r\n", "invalid bulk length"},
      {"*5\r\n", "invalid multibulk length"},
      {"*2147483648\r\n", "invalid multibulk length"},
      {"*99999999999999999999999999", "too big mbulk count string"},
      {"*1\r\n$99999999999999999999999999", "too big bulk count string"},
      {"*1\r\n:3\r\n", "expected '$'"},
      {"*1\r\n$2\r\nabc\r\n", "a bulk string does not end where it should"},
      {std::string(40, 'a'), "too big inline request"},
      {std::string(40, 'a') + "\r\n", "too big inline request"},
      {"a b c d e\r\n", "too big inline request"},
  };
  for (const auto& [bytes, wanted] : cases) {
    for (const std::size_t step : {1, 5, 1000}) {
      EXPECT_EQ(parse(bytes, step, small), (Commands{{"Protocol error: " + wanted}})) << bytes << " by " << step;
    }
  }
}

TEST(RespParser, KeepsNoMoreThanItMust) {
  RespParser parser({.line_bytes = 64, .words = 4, .command_bytes = 1 << 20U});
  for (int i = 0; i < 10'000; ++i) {
    parser.feed("*1\r\n$4\r\nPING\r\n");
    ASSERT_TRUE(parser.next().value());
  }
  EXPECT_EQ(parser.buffered(), 0U);
}

TEST(RespReply, IsWritten) {
  EXPECT_EQ(simple("OK"), "+OK\r\n");
  EXPECT_EQ(error("ERR a\r\nb"), "-ERR a  b\r\n");
  EXPECT_EQ(integer(-3), ":-3\r\n");
  EXPECT_EQ(bulk("a\r\n"), "$3\r\na\r\n\r\n");
  EXPECT_EQ(nil(), "$-1\r\n");
  EXPECT_EQ(bulks(std::vector<std::string_view>{"a", ""}), "*2\r\n$1\r\na\r\n$0\r\n\r\n");
}

}  // namespace
}  // namespace troupe::net::resp
