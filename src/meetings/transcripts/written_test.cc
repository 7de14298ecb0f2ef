#include "meetings/transcripts/written.h"

#include <gtest/gtest.h>

namespace troupe::meetings::transcripts {
namespace {

const std::vector<Segment> kTalk{
    {.said_ms = 10'500, .until_ms = 12'000, .text = "Hello & <b>all</b>", .speaker = "Anna"},
    {.said_ms = 3'672'004, .until_ms = 3'672'004, .text = "two\n\nlines --> here", .speaker = "Ben >\nx"},
    {.said_ms = 4'000'000, .until_ms = 4'001'000, .text = "nobody {\\an8}"}};

TEST(WrittenTest, AsText) {
  EXPECT_EQ(written(kTalk, 10'000, Format::text),
            "[00:00:00] Anna: Hello & <b>all</b>\n"
            "[01:01:02] Ben > x: two lines --> here\n"
            "[01:06:30] nobody {\\an8}\n");
}

TEST(WrittenTest, AsSubRip) {
  EXPECT_EQ(written(kTalk, 10'000, Format::srt),
            "1\n00:00:00,500 --> 00:00:02,000\nAnna: Hello & ‹b›all‹/b›\n\n"
            "2\n01:01:02,004 --> 01:01:02,005\nBen › x: two lines --› here\n\n"
            "3\n01:06:30,000 --> 01:06:31,000\nnobody (\\an8)\n");
}

TEST(WrittenTest, AsWebVtt) {
  EXPECT_EQ(written(kTalk, 10'000, Format::vtt),
            "WEBVTT\n\n00:00:00.500 --> 00:00:02.000\n<v Anna>Hello &amp; &lt;b&gt;all&lt;/b&gt;\n\n"
            "01:01:02.004 --> 01:01:02.005\n<v Ben &gt; x>two lines --&gt; here\n\n"
            "01:06:30.000 --> 01:06:31.000\nnobody {\\an8}\n");
}

TEST(WrittenTest, NothingBeginsBelowZero) {
  EXPECT_TRUE(written(kTalk, 999'999'999, Format::vtt).starts_with("WEBVTT\n\n00:00:00.000 -->"));
  EXPECT_EQ(written({}, 0, Format::vtt), "WEBVTT\n");
  EXPECT_EQ(written({}, 0, Format::srt), "");
}

}  // namespace
}  // namespace troupe::meetings::transcripts
