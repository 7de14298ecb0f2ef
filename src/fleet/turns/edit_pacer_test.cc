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
    EditPacer pacer;
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
  EditPacer::Time begin{};
};

TEST_F(EditPacerTest, BeginsSoonAndSlowsDown) {
  auto times = shown_times(20, 60s);
  ASSERT_GT(times.size(), 5U);
  EXPECT_EQ(times[0], 500ms);
  EXPECT_LE(times[1] - times[0], 700ms);
  EXPECT_GE(times.back() - times[times.size() - 2], 4'900ms);
  EXPECT_LT(times.size(), 30U) << "a minute of text";
}

TEST_F(EditPacerTest, FastTextIsShownByAmountButNeverTooOften) {
  auto times = shown_times(2'000, 20s);
  for (std::size_t i = 1; i < times.size(); ++i) EXPECT_GE(times[i] - times[i - 1], EditPacer::kFloor);
  auto medium = shown_times(100, 40s);
  EXPECT_NEAR(static_cast<double>((medium.back() - medium[medium.size() - 2]).count()), 2'400, 120) << "240 bytes";
}

TEST_F(EditPacerTest, ShowsTheRestAfterAPause) {
  EditPacer pacer;
  pacer.grew(begin, 10);
  pacer.shown(begin + 500ms, 10);
  EXPECT_FALSE(pacer.due());
  for (std::chrono::milliseconds at = 20s; at < 30s; at += 100ms) pacer.grew(begin + at, 10);
  pacer.shown(begin + 30s, 10);
  pacer.grew(begin + 31s, 20);
  EXPECT_EQ(*pacer.due(), begin + 33s);
  pacer.grew(begin + 32s, 25);
  EXPECT_EQ(*pacer.due(), begin + 34s);
}

TEST_F(EditPacerTest, NothingIsDueWithoutText) {
  EditPacer pacer;
  EXPECT_FALSE(pacer.due());
  pacer.grew(begin, 5);
  EXPECT_EQ(*pacer.due(), begin + EditPacer::kFirst);
}

}  // namespace
}  // namespace troupe::fleet::turns
