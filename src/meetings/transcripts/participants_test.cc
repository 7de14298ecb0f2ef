#include "meetings/transcripts/participants.h"

#include <gtest/gtest.h>

namespace troupe::meetings::transcripts {
namespace {

Segment spoken_by(std::string who, base::UnixMs from, base::UnixMs until, std::string text) {
  return {.said_ms = from, .until_ms = until, .text = std::move(text), .speaker = std::move(who)};
}

TEST(MeetingParticipants, AreThoseHeardWithTheirTimesAndWords) {
  const auto all =
      participants_of({spoken_by("Ben", 5'000, 6'000, " two  words "), spoken_by("Ann", 1'000, 3'000, "one"),
                       spoken_by("Ann", 2'000, 4'000, "and more now"), spoken_by("", 0, 900, "nobody knows")});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].name, "Ann");
  EXPECT_EQ(all[0].first_ms, 1'000);
  EXPECT_EQ(all[0].last_ms, 4'000);
  EXPECT_EQ(all[0].spoken_ms, 3'000) << "what overlaps counts once";
  EXPECT_EQ(all[0].words, 4);
  EXPECT_EQ(all[0].segments, 2);
  EXPECT_EQ(all[1].name, "Ben");
  EXPECT_EQ(all[1].words, 2);
}

TEST(MeetingParticipants, AreToldApartByMoreThanTheirNames) {
  auto one = spoken_by("Ann", 1'000, 3'000, "one"), other = spoken_by("Ann", 1'000, 3'000, "and another");
  one.speaker_key = "@ann:x";
  other.speaker_key = "@ann:y";
  auto renamed = spoken_by("Annie", 4'000, 5'000, "again");
  renamed.speaker_key = "@ann:x";
  const auto all = participants_of({one, other, renamed});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].words, 2);
  EXPECT_EQ(all[0].spoken_ms, 3'000);
  EXPECT_EQ(all[1].spoken_ms, 2'000) << "at the same time";
}

TEST(MeetingParticipants, AreNoMoreThanAFewHundredAndSurviveTimesThatRunBackwards) {
  std::vector<Segment> many;
  for (int i = 0; i < 600; ++i) many.push_back(spoken_by("P" + std::to_string(i), i, i - 10, ""));
  const auto all = participants_of(many);
  ASSERT_EQ(all.size(), kMostParticipants);
  for (const auto& one : all) {
    EXPECT_EQ(one.spoken_ms, 0);
    EXPECT_EQ(one.words, 0);
  }
}

}  // namespace
}  // namespace troupe::meetings::transcripts
