#include "meetings/vexa/wire.h"

#include <gtest/gtest.h>

#include "meetings/vexa/shapes.h"

namespace troupe::meetings::vexa {
namespace {

constexpr base::UnixMs kThen = 1'767'323'045'000;  // 2026-01-02T03:04:05Z

Shown meeting(State state, Reason reason = Reason::none, Phase phase = Phase::none) {
  Shown shown;
  shown.meeting = {.id = 42,
                   .tenant_id = 1,
                   .owner_id = 7,
                   .platform = Platform::teams,
                   .native_id = "9387167464734",
                   .link = "https://teams.live.com/meet/9387167464734",
                   .sealed_url = "sealed",
                   .bot_name = "Scribe",
                   .life = {.state = state, .phase = phase, .reason = reason, .reason_raw = "in its words"},
                   .created_ms = kThen};
  return shown;
}

TEST(VexaWire, WritesTimesAsItsClientsCompareThem) {
  EXPECT_EQ(naive_time(kThen), "2026-01-02T03:04:05.000000");
  EXPECT_EQ(naive_time(kThen + 493), "2026-01-02T03:04:05.493000");
  EXPECT_EQ(zoned_time(kThen + 1), "2026-01-02T03:04:05.001000+00:00");
}

TEST(VexaWire, KnowsOnlyStatusesThatItsClientsKnow) {
  const std::vector<std::string_view> known{"requested", "joining", "awaiting_admission", "active", "stopping",
                                            "completed", "failed",  "needs_human_help"};
  for (const auto state : kStates) {
    for (const auto phase : kPhases) {
      for (const auto reason : kReasons) {
        const auto shown = meeting(state, reason, phase);
        EXPECT_NE(std::ranges::find(known, status_of(shown.meeting, {})), known.end());
        EXPECT_NE(status_of(shown.meeting, {.strict_a = true}), "needs_human_help");
        const auto why = completion_reason_of(shown.meeting);
        EXPECT_EQ(why.has_value(), is_terminal(state) && reason != Reason::none && reason < Reason::start_failed);
      }
    }
  }
  const auto not_let_in = meeting(State::failed, Reason::awaiting_admission_timeout, Phase::awaiting_admission);
  EXPECT_EQ(status_of(not_let_in.meeting, {}), "failed");
  EXPECT_EQ(failure_stage_of(not_let_in.meeting, {}), "awaiting_admission");
  EXPECT_EQ(status_of(not_let_in.meeting, {.strict_a = true}), "completed");
  EXPECT_EQ(failure_stage_of(not_let_in.meeting, {.strict_a = true}), std::nullopt);
}

TEST(VexaWire, ShowsAnErrorWithItsKindAndStage) {
  const auto stuck = meeting(State::error, Reason::stop_failed, Phase::joining);
  EXPECT_EQ(failure_stage_of(stuck.meeting, {}), "joining");
  const auto data = data_of(stuck, {});
  EXPECT_EQ(data.at("error_code"), "stop_failed");
  EXPECT_EQ(data.at("failure_stage"), "joining");
  EXPECT_EQ(data.at("completion_reason_raw"), "in its words");
  EXPECT_FALSE(data.contains("completion_reason"));
}

TEST(VexaWire, ShowsAMeetingWholeAndNoSecretOfIt) {
  auto shown = meeting(State::completed, Reason::stopped);
  shown.meeting.active_ms = kThen + 1'000;
  shown.meeting.ended_ms = kThen + 2'000;
  shown.attempt = Attempt{.task_id = "meeting-42-1", .token_hash = "hash", .exit_text = "exited with code 0"};
  shown.note = {{"name", "Weekly"}};
  shown.steps = {{.number = 1, .to = "requested", .trigger = "", .actor_id = 7, .actor = "@anna:a", .at_ms = kThen},
                 {.number = 2, .from = "requested", .to = "starting", .actor = "troupe", .at_ms = kThen},
                 {.number = 3, .from = "starting", .to = "active", .actor = "bot", .at_ms = kThen + 1'000}};
  const auto json = api::write(reply_of(shown, {}));
  const auto text = boost::json::serialize(json);
  for (const auto* secret : {"sealed", "hash"}) EXPECT_EQ(text.find(secret), text.npos) << secret;
  EXPECT_EQ(json.at("user_id"), 7);
  EXPECT_EQ(json.at("constructed_meeting_url"), "https://teams.live.com/meet/9387167464734");
  EXPECT_EQ(json.at("bot_container_id"), "meeting-42-1");
  EXPECT_EQ(json.at("start_time"), "2026-01-02T03:04:06.000000");
  EXPECT_EQ(json.at("completion_reason"), "stopped");
  EXPECT_TRUE(json.at("failure_stage").is_null());
  EXPECT_EQ(json.at("data").at("name"), "Weekly");
  const auto& steps = json.at("data").at("status_transition").as_array();
  ASSERT_EQ(steps.size(), 2) << "starting has no name there";
  EXPECT_EQ(steps[0].at("source"), "user");
  EXPECT_EQ(steps[1].at("to"), "active");
}

TEST(VexaWire, ForgetsWhichCallItWas) {
  auto shown = meeting(State::completed, Reason::stopped);
  shown.meeting.native_id.clear();
  shown.meeting.link.clear();
  const auto json = api::write(reply_of(shown, {}));
  EXPECT_TRUE(json.at("native_meeting_id").is_null());
  EXPECT_TRUE(json.at("constructed_meeting_url").is_null());
  EXPECT_EQ(json.at("data").at("redacted"), true);
}

TEST(VexaWire, WritesPiecesInSeconds) {
  const auto json = segment_reply({.id = "s:k:12500",
                                   .session_uid = "s",
                                   .start_ms = 12'500,
                                   .end_ms = 15'100,
                                   .said_ms = kThen,
                                   .until_ms = kThen + 2'600,
                                   .text = "Hello",
                                   .updated_ms = kThen + 3'000});
  EXPECT_EQ(json.at("start"), 12.5);
  EXPECT_EQ(json.at("end"), 15.1);
  EXPECT_TRUE(json.at("language").is_null());
  EXPECT_TRUE(json.at("speaker").is_null());
  EXPECT_EQ(json.at("absolute_start_time"), "2026-01-02T03:04:05.000000+00:00");
}

}  // namespace
}  // namespace troupe::meetings::vexa
