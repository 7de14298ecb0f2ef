// For how long recordings, and what was said, are kept.
#include "meetings/recordings/recordings_fixture.h"

namespace troupe::meetings::recordings {
namespace {

class RetentionTest : public RecordingsTest {
 protected:
  /// With a transcript and a recording, ended now.
  MeetingId held(std::int64_t tenant = 1, std::int64_t own_days = 0) {
    meeting = add_meeting(tenant);
    wants_recording(meeting, own_days);
    begin("W1");
    hear("W1", {piece(0, 900, "Hello.")});
    take(chunk(0, "sound"));
    finish(meeting);
    return meeting;
  }
  void tenant_keeps(std::int64_t tenant, records::TenantRetention kept) {
    change([&](store::Tx& tx) { records::set_retention(tx, tenant, kept); });
  }
  void forget(std::int64_t transcript_days = 0, std::int64_t recording_days = 0, std::int64_t meeting_days = 0) {
    must(sound->forget_old({.now = time.unix_ms(), .recording_days = recording_days, .meeting_days = meeting_days}));
    must(all->forget_old({.now = time.unix_ms(), .transcript_days = transcript_days, .meeting_days = meeting_days}));
  }
  bool has_sound(MeetingId id) { return !must(sound->list(id)).empty(); }
  bool has_words(MeetingId id) { return must(all->read(id, 0, 10)).total > 0; }
  void days(std::int64_t count) { time.advance(std::chrono::milliseconds(count * kDay)); }
};

TEST_F(RetentionTest, EachTenantHasItsOwnAndWordsAndSoundGoApart) {
  tenant_keeps(1, {.transcript_days = 10, .recording_days = 3});
  tenant_keeps(2, {.recording_days = 20});
  const auto a = held(1), b = held(2), c = held(3);
  days(2);
  forget();
  EXPECT_TRUE(has_sound(a) && has_words(a));
  days(1);
  forget();
  EXPECT_FALSE(has_sound(a));
  EXPECT_TRUE(has_words(a));
  days(7);
  forget();
  EXPECT_FALSE(has_words(a));
  EXPECT_TRUE(has_sound(b) && has_words(b));
  days(10);
  forget();
  EXPECT_FALSE(has_sound(b));
  EXPECT_TRUE(has_words(b));
  EXPECT_TRUE(has_sound(c) && has_words(c));
  EXPECT_EQ(files_on_disk(), 1U);
}

TEST_F(RetentionTest, TheShortestOfServerTenantAndMeetingCounts) {
  tenant_keeps(1, {.recording_days = 5});
  const auto shorter = held(1, 2), longer = held(1, 9), server = held(2, 9);
  days(2);
  forget(0, 7);
  EXPECT_FALSE(has_sound(shorter));
  EXPECT_TRUE(has_sound(longer));
  days(3);
  forget(0, 7);
  EXPECT_FALSE(has_sound(longer));
  EXPECT_TRUE(has_sound(server));
  days(2);
  forget(0, 7);
  EXPECT_FALSE(has_sound(server));
}

TEST_F(RetentionTest, AMeetingThatIsForgottenTakesItsRecordingsAlong) {
  const auto id = held();
  days(4);
  forget(0, 0, 4);
  EXPECT_EQ(files_on_disk(), 0U);
  EXPECT_EQ(rows("mtg_recording") + rows("mtg_recording_chunk"), 0);
  kit::must(db->read_now([&](store::Connection& c) -> Result<Unit> {
    EXPECT_FALSE(records::find_meeting(c, id));
    return Unit{};
  }));
}

TEST_F(RetentionTest, WhatATenantSaysCanBeTakenBack) {
  tenant_keeps(1, {.transcript_days = 1, .recording_days = 1});
  tenant_keeps(1, {});
  const auto id = held();
  days(400);
  forget();
  EXPECT_TRUE(has_sound(id) && has_words(id));
  EXPECT_EQ(rows("mtg_retention"), 0);
}

TEST_F(RetentionTest, AMeetingThatGoesOnIsNotForgotten) {
  tenant_keeps(1, {.recording_days = 1});
  take(chunk(0, "sound"));
  days(30);
  forget(1, 1, 1);
  EXPECT_TRUE(has_sound(meeting));
}

TEST_F(RetentionTest, FoldersThatNoRowSpeaksOfAreSwept) {
  const auto id = held();
  ASSERT_TRUE(store::make_folders_durably(root() / "424242"));
  std::ofstream(root() / "424242" / "0-00") << "left";
  std::ofstream(root() / "notes.txt") << "somebody's";
  forget();
  EXPECT_FALSE(std::filesystem::exists(root() / "424242"));
  EXPECT_TRUE(std::filesystem::exists(root() / "notes.txt"));
  EXPECT_TRUE(has_sound(id));
}

}  // namespace
}  // namespace troupe::meetings::recordings
