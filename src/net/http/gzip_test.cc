#include "net/http/gzip.h"

#include <gtest/gtest.h>

#include "base/crypto.h"

namespace troupe::net::http {
namespace {

TEST(Gzip, RoundTripsAtEveryLevel) {
  const std::string texts[] = {"", "a", std::string(1'000'000, 'x'), base::random_bytes(300'000)};
  for (const auto& text : texts) {
    for (int level : {1, 6, 9}) {
      const auto packed = gzip_compress(text, level);
      EXPECT_EQ(gzip_decompress(packed, text.size()).value(), text);
    }
  }
  EXPECT_LT(gzip_compress(texts[2]).size(), 10'000U);
}

TEST(Gzip, ByteByByteGivesTheSame) {
  const auto text = base::random_bytes(2'000) + std::string(60'000, 'y');
  const auto packed = gzip_compress(text, 6);
  GzipDecoder decoder(text.size());
  std::string out;
  for (char byte : packed) out += decoder.feed(std::string_view(&byte, 1)).value();
  EXPECT_EQ(out, text);
  EXPECT_TRUE(decoder.at_end());
}

TEST(Gzip, PiecesMakeOneMember) {
  const auto text = base::random_bytes(70'000) + std::string(300'000, 'y') + base::random_bytes(30'000);
  for (std::size_t announced : {std::size_t{0}, text.size()}) {
    for (std::size_t piece : {1'000U, 65'536U, 1'000'000U}) {
      GzipEncoder encoder(announced);
      for (std::size_t done = 0; done < text.size(); done += piece)
        encoder.add(std::string_view(text).substr(done, piece));
      EXPECT_EQ(gzip_decompress(encoder.finish(), text.size()).value(), text) << piece;
    }
  }
  EXPECT_EQ(gzip_decompress(GzipEncoder(0).finish(), 10).value(), "");
}

TEST(Gzip, MembersInARowAreOneStream) {
  EXPECT_EQ(gzip_decompress(gzip_compress("one ") + gzip_compress("two"), 100).value(), "one two");
}

TEST(Gzip, ABombStopsAtTheLimit) {
  const auto bomb = gzip_compress(std::string(50'000'000, '\0'), 9);
  ASSERT_LT(bomb.size(), 100'000U);
  const auto result = gzip_decompress(bomb, 1'000'000);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), Errc::too_large);
  EXPECT_EQ(gzip_decompress(gzip_compress("12345"), 4).error().code(), Errc::too_large);
}

TEST(Gzip, BrokenInputIsRefused) {
  const auto good = gzip_compress(std::string(5'000, 'z') + base::random_bytes(500));
  auto wrong_sum = good;
  wrong_sum[wrong_sum.size() - 6] ^= 1;
  for (const auto& bad : {std::string(), std::string("plain text"), good.substr(0, good.size() - 1), good.substr(0, 5),
                          wrong_sum, good + "x", good + "trailing bytes"}) {
    const auto result = gzip_decompress(bad, 100'000);
    ASSERT_FALSE(result) << bad.size();
    EXPECT_EQ(result.error().code(), Errc::invalid_param);
  }
}

}  // namespace
}  // namespace troupe::net::http
