#include "app/meeting_watch.h"

#include <gtest/gtest.h>

#include <vector>

namespace troupe::app {
namespace {

class MeetingWatchTest : public testing::Test {
 protected:
  MeetingWatch watch(bool as_json = false) {
    return MeetingWatch(as_json, [this](const std::string& line) { lines_.push_back(line); });
  }
  std::vector<std::string> lines_;
};

std::string segment_of(std::string_view id, std::string_view more) {
  return R"({"id":")" + std::string(id) + R"(","text":"Good\u001b[31m morning","said_at":"x",)" + std::string(more) +
         "}";
}

TEST_F(MeetingWatchTest, StatesAreToldWhenTheyChangeAndTheEndIsSeen) {
  auto shown = watch();
  EXPECT_TRUE(shown.take({.event = "hello", .data = "{}", .id = "0"}).value());
  const auto state = [&](std::string_view data) {
    return shown.take({.event = "state", .data = std::string(data), .id = "0"}).value();
  };
  EXPECT_TRUE(state(R"({"state":"starting","phase":"joining"})"));
  EXPECT_TRUE(state(R"({"state":"starting","phase":"joining","language":"en"})"));
  EXPECT_TRUE(state(R"({"state":"active","phase":"joining"})"));
  EXPECT_FALSE(shown.is_failed());
  EXPECT_FALSE(state(R"({"state":"failed","reason":"nobody\u0007","ended_at":"2026-11-20T20:43:26.123Z"})"));
  EXPECT_EQ(lines_, (std::vector<std::string>{"-- starting (joining)", "-- active", "-- failed: nobody?"}));
  EXPECT_TRUE(shown.is_failed());
  EXPECT_FALSE(state(R"({"state":"completed","ended_at":"2026-11-20T20:43:26.123Z"})"));
  EXPECT_FALSE(shown.is_failed());
}

TEST_F(MeetingWatchTest, WhatIsFinalIsToldOnceAndNothingThatWasTakenBack) {
  auto shown = watch();
  const auto segment = [&](std::string data) {
    EXPECT_TRUE(shown.take({.event = "segment", .data = std::move(data), .id = "1"}).value());
  };
  segment(segment_of("a", R"("final":false)"));
  segment(segment_of("a", R"("final":true,"speaker":"Anna")"));
  segment(segment_of("a", R"("final":true,"speaker":"Ben")"));
  segment(segment_of("b", R"("final":true,"retracted":true)"));
  segment(segment_of("c", R"("final":true)"));
  ASSERT_EQ(lines_.size(), 2U);
  EXPECT_EQ(lines_[0], "x Anna: Good?[31m morning");
  EXPECT_EQ(lines_[1], "x Somebody: Good?[31m morning");
}

TEST_F(MeetingWatchTest, AsJsonItIsWhatCame) {
  auto shown = watch(true);
  EXPECT_TRUE(shown.take({.event = "state", .data = R"({"state":"active"})", .id = "0"}).value());
  EXPECT_EQ(lines_, std::vector<std::string>{R"({"state":"active"})"});
  for (const auto* broken : {"", "[]", "{\"state\":"}) {
    const auto refused = shown.take({.event = "segment", .data = broken, .id = "0"});
    ASSERT_FALSE(refused) << broken;
    EXPECT_EQ(refused.error().code(), Errc::bad_json);
  }
}

}  // namespace
}  // namespace troupe::app
