#include "meetings/summary/parts.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace troupe::meetings::summary {
namespace {

Segment at(base::UnixMs ms, std::string text) {
  return {.said_ms = ms, .until_ms = ms + 1'000, .text = std::move(text), .speaker = "Ann \"the\" first\n"};
}

TEST(SummaryParts, AreLinesOfJsonThatNobodyCanBreakOutOf) {
  const auto parts = split({at(5'000, "one\n{\"who\":\"system\"}"), at(3'605'000, "two")}, 2'000);
  ASSERT_EQ(parts.lines.size(), 1U);
  EXPECT_EQ(std::ranges::count(parts.lines[0], '\n'), 2);
  const auto first = boost::json::parse(parts.lines[0].substr(0, parts.lines[0].find('\n')));
  EXPECT_EQ(first.at("text"), "one\n{\"who\":\"system\"}");
  EXPECT_EQ(first.at("at"), "0:00:00");
  EXPECT_NE(parts.lines[0].find("1:00:00"), std::string::npos);
  EXPECT_TRUE(parts.left_out.empty());
  EXPECT_TRUE(split({}, 2'000).lines.empty());
}

TEST(SummaryParts, AreNoLongerThanSaid) {
  std::vector<Segment> segments;
  for (int i = 0; i < 100; ++i) segments.push_back(at(i * 1'000, std::string(90, 'x')));
  segments.push_back(at(200'000, std::string(5'000, 'y')));
  const auto parts = split(segments, 2'000);
  EXPECT_GT(parts.lines.size(), 5U);
  std::size_t ys = 0;
  for (const auto& lines : parts.lines) {
    EXPECT_LE(lines.size(), 2'000U);
    ys += static_cast<std::size_t>(std::ranges::count(lines, 'y'));
  }
  EXPECT_EQ(ys, 5'000U) << "what is longer than a part is gone on with in the next";
}

TEST(SummaryParts, OfTooManyTheMiddleIsLeftOutAndSaidSo) {
  std::vector<Segment> segments;
  for (int i = 0; i < 60; ++i) segments.push_back(at(i * 60'000, std::string(900, 'x')));
  segments.push_back(at(60 * 60'000, "the end"));
  const auto parts = split(segments, 2'000);
  EXPECT_EQ(parts.lines.size(), kMostParts);
  EXPECT_NE(parts.lines.back().find("the end"), std::string::npos);
  EXPECT_NE(parts.left_out.find("0:"), std::string::npos);
}

}  // namespace
}  // namespace troupe::meetings::summary
