#include "meetings/transcripts/tidy.h"

#include <gmock/gmock.h>

namespace troupe::meetings::transcripts {
namespace {

using testing::ElementsAre;

TEST(TidyTest, NoiseIsWhatHasNoWord) {
  for (const auto* noise : {"", " ", "...", "♪♪", "[BLANK_AUDIO]", "<no audio>", "<inaudible>", "<>", "<3", "<<<<",
                            ">>", "mmmmmm", "aaaaa aaaa"}) {
    EXPECT_TRUE(is_noise(noise)) << noise;
  }
}

TEST(TidyTest, ShortAnswersAndTestSentencesAreSpeech) {
  for (const auto* said : {"OK", "Ja.", "好", "да", "No!", "42", "testing", "hello 123", "It costs 100000 euros", "the",
                           "11111", "Zzz then aaaaaaa"}) {
    EXPECT_FALSE(is_noise(said)) << said;
  }
}

Segment said(std::string speaker, std::int64_t from, std::int64_t until, std::string text) {
  return {.start_ms = from,
          .end_ms = until,
          .said_ms = from,
          .until_ms = until,
          .text = std::move(text),
          .speaker = std::move(speaker)};
}

std::vector<std::string> left(std::vector<Segment> all) {
  std::vector<std::string> out;
  for (const auto& s : tidy(std::move(all))) {
    out.push_back(s.speaker + " " + std::to_string(s.said_ms) + "-" + std::to_string(s.until_ms) + " " + s.text);
  }
  return out;
}

TEST(TidyTest, EqualNeighboursThatOverlapBecomeOne) {
  EXPECT_THAT(left({said("A", 0, 1'000, "Hello all"), said("A", 500, 1'800, "Hello all")}),
              ElementsAre("A 0-1800 Hello all"));
  EXPECT_THAT(left({said("A", 0, 1'000, "Hello"), said("A", 1'000, 2'000, "Hello")}),
              ElementsAre("A 0-1000 Hello", "A 1000-2000 Hello"));  // said twice
  EXPECT_THAT(left({said("A", 0, 1'000, "Yes"), said("B", 0, 1'000, "Yes")}),
              ElementsAre("A 0-1000 Yes", "B 0-1000 Yes"));  // by two
}

TEST(TidyTest, WhatRepeatsAPartOfALongerPieceGoes) {
  EXPECT_THAT(left({said("A", 0, 4'000, "So, we begin with the budget."), said("A", 1'000, 2'000, "we begin with")}),
              ElementsAre("A 0-4000 So, we begin with the budget."));
  EXPECT_THAT(left({said("A", 0, 1'000, "so we"), said("A", 0, 4'000, "So, we begin.")}),
              ElementsAre("A 0-4000 So, we begin."));
  // What is no repetition stays, whatever its times are.
  EXPECT_THAT(left({said("A", 0, 4'000, "So, we begin."), said("A", 1'000, 2'000, "Wait")}),
              ElementsAre("A 0-4000 So, we begin.", "A 1000-2000 Wait"));
  EXPECT_THAT(left({said("A", 0, 4'000, "So, we begin."), said("B", 1'000, 2'000, "we")}),
              ElementsAre("A 0-4000 So, we begin.", "B 1000-2000 we"));
}

}  // namespace
}  // namespace troupe::meetings::transcripts
