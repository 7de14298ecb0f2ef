#include "fleet/turns/edit_pacer.h"

#include <gtest/gtest.h>

namespace troupe::fleet::turns {
namespace {

using namespace std::chrono_literals;

class EditPacerTest : public ::testing::Test {
 protected:
  /// Text at a steady pace for a while, shown whenever it is due; yields when that was.
  std::vector<std::chrono::milliseconds> shown_times(std::size_t bytes_per_s, std::chrono::milliseconds time) {
    std::vector<std::chrono::milliseconds> times;
    for (auto at = 0ms; at <= time; at += 10ms) {
      auto now = begin + at;
      auto bytes = bytes_per_s * static_cast<std::size_t>(at.count()) / 1000 + 1;
      pacer.grew(now, bytes);
      auto due = pacer.due();
      if (due && *due <= now) {
        pacer.shown(now, bytes);
        times.push_back(at);
      }
    }
    return times;
  }
  EditPacer pacer{10ms};
  EditPacer::Time begin{};
};

TEST_F(EditPacerTest, ShowsTheFirstTextAtOnceThenAHandfulOfTimesEverLater) {
  const auto times = shown_times(200, 10min);
  using Times = std::vector<std::chrono::milliseconds>;
  EXPECT_EQ(times, (Times{10ms, 510ms, 2'510ms, 7'510ms, 19'510ms}));
}

TEST_F(EditPacerTest, TheFirstTextWaitsLessForWhomItIsWorthIt) {
  EditPacer patient(500ms);
  patient.grew(begin, 10);
  EXPECT_EQ(*patient.due(), begin + 500ms);
  patient.hurry();
  EXPECT_EQ(*patient.due(), begin + EditPacer::kHurried);
}

TEST_F(EditPacerTest, TextThatIsShownIsNotShownAgain) {
  pacer.grew(begin, 10);
  EXPECT_EQ(*pacer.due(), begin + 10ms);
  pacer.shown(begin + 10ms, 10);
  EXPECT_FALSE(pacer.due());
  pacer.grew(begin + 31s, 20);
  EXPECT_EQ(*pacer.due(), begin + 10ms + EditPacer::kPauses[0]) << "long due";
}

TEST_F(EditPacerTest, WhatNobodyNeedsIsThoughtOfAgainAndCountsForNothing) {
  pacer.grew(begin, 10);
  pacer.shown(begin, 10);
  for (auto at = 1s; at < 60s; at += 1s) {
    pacer.grew(begin + at, 10 + static_cast<std::size_t>(at.count()));
    ASSERT_LE(*pacer.due(), begin + at);
    pacer.put_off(begin + at);
    EXPECT_EQ(*pacer.due(), begin + at + EditPacer::kAskAgain);
  }
}

TEST_F(EditPacerTest, WhatABotIsDoingIsShownAfterAWhileButItsTextAtOnce) {
  EXPECT_FALSE(pacer.due()) << "nothing is due without text";
  pacer.expect(begin + 500ms);
  EXPECT_EQ(*pacer.due(), begin + 510ms);
  pacer.grew(begin + 100ms, 5);
  EXPECT_EQ(*pacer.due(), begin + 110ms);
}

}  // namespace
}  // namespace troupe::fleet::turns
