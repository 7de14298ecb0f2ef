#include "net/http/chunk_decoder.h"

#include <gtest/gtest.h>

namespace troupe::net::http {
namespace {

constexpr std::uint64_t kLimit = 100;

/// The data of a whole body, or the wire name of what is wrong, whatever the pieces.
std::string decode(std::string_view bytes, std::size_t step, std::uint64_t limit = kLimit) {
  ChunkDecoder decoder;
  std::string data;
  while (!bytes.empty() && !decoder.done()) {
    auto used = decoder.feed(bytes.substr(0, step), &data, limit);
    if (!used) return std::string(base::info(used.error().code()).name);
    bytes.remove_prefix(*used);
  }
  return decoder.done() ? data + "|" + std::string(bytes) : "unfinished";
}

void expect(std::string_view bytes, std::string_view outcome) {
  for (std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{3}, bytes.size()})
    EXPECT_EQ(decode(bytes, step), outcome) << bytes << step;
}

TEST(ChunkDecoder, ReadsChunks) {
  expect("0\r\n\r\n", "|");
  expect("3\r\nabc\r\n0\r\n\r\nGET", "abc|GET");
  expect("00A\r\n0123456789\r\n1;a=b; c=\"d\"\r\nx\r\n000;e\r\nTrailer: t\r\nU: v\r\n\r\n", "0123456789x|");
  expect("3\r\na\r\n\r\n0\r\n\r\n", "a\r\n|");
}

TEST(ChunkDecoder, RefusesWhatIsMalformed) {
  for (std::string_view bytes :
       {"\r\n", "g\r\n", "-1\r\n", "+1\r\n", "0x1\r\n", "1\nab", "1\r\rab", "1\r\nab\r\n", "1\r\na\n0\r\n\r\n",
        "0\r\n\r\r", "0\r\nA: b\n\r\n", "0\r\nA: \x01\r\n\r\n", "1;\x01\r\na", "0000000000000000\r\n"}) {
    expect(bytes, "invalid_param");
  }
}

TEST(ChunkDecoder, LimitsEverything) {
  EXPECT_EQ(decode("65\r\n", 10), "too_large");
  EXPECT_EQ(decode("fffffffffffffff\r\n", 100), "too_large");
  EXPECT_EQ(decode("60\r\n" + std::string(96, 'x') + "\r\n5\r\n", 1'000), "too_large");
  EXPECT_EQ(decode("1;" + std::string(10'000, 'a'), 1'000), "invalid_param");
  EXPECT_EQ(decode("0\r\n" + std::string(20'000, 'a'), 1'000), "invalid_param");
  EXPECT_EQ(decode("0\r\n\r\n", 1, 0), "|");
}

TEST(ChunkDecoder, MayDropTheData) {
  ChunkDecoder decoder;
  ASSERT_TRUE(decoder.feed("3\r\nabc\r\n0\r\n\r\n", nullptr, kLimit));
  EXPECT_TRUE(decoder.done());
  EXPECT_EQ(decoder.seen(), 3U);
}

}  // namespace
}  // namespace troupe::net::http
