// What is acknowledged is there, whatever fails; what is deleted is gone; nobody hears what is not theirs.
#include "meetings/recordings/recordings.h"

#include <fstream>

#include "kit/crash.h"
#include "meetings/recordings/sound_response.h"
#include "meetings/transcripts/transcripts_fixture.h"
#include "store/durable_file.h"

namespace troupe::meetings::recordings {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr base::UnixMs kDay = records::kDayMs;

/// Keeps what an answer writes.
class Heard final : public net::http::BodyWriter {
 public:
  Task<Unit> write(std::string piece) override {
    largest = std::max(largest, piece.size());
    text += piece;
    co_return Unit{};
  }
  std::string text;
  std::size_t largest = 0;
};

class RecordingsTest : public transcripts::TranscriptsTest {
 protected:
  RecordingsTest() {
    open_recordings();
    wants_recording(meeting);
  }
  ~RecordingsTest() override { files.join(); }

  std::filesystem::path root() const { return dir.path() / "recordings"; }
  void open_recordings(std::uint64_t reserve = 0) {
    sound = std::make_unique<Recordings>(Recordings::Uses{.db = *db, .clock = time, .bell = bell, .files = files},
                                         ChunkFiles::Options{.root = root(), .reserve_bytes = reserve});
  }
  /// A kill: what is in memory is lost.
  void die() {
    sound.reset();
    kill();
    open_recordings();
  }
  void change(std::function<void(store::Tx&)> how) {
    kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
      how(tx);
      return Unit{};
    }));
  }
  void wants_recording(MeetingId id, std::int64_t days = 0) {
    change([&](store::Tx& tx) {
      tx.run("UPDATE mtg_meeting SET recording = 1, attempts = 1, recording_retention_days = ?2 WHERE id = ?1", id,
             days > 0 ? store::Value(days) : store::Value(nullptr));
    });
  }
  NewChunk chunk(std::int64_t number, std::string bytes, std::string part = "p1") const {
    return {.meeting = meeting,
            .attempt = 1,
            .session_uid = "C1",
            .part = std::move(part),
            .number = number,
            .until_ms = (number + 1) * 5'000,
            .bytes = std::move(bytes)};
  }
  Recording take(NewChunk chunk) { return must(sound->take(std::move(chunk))); }
  /// As Aftercare does it.
  std::vector<Recording> finish(MeetingId id) {
    end_meeting(id);
    must(sound->tidy(id));
    std::vector<Recording> ready;
    change([&](store::Tx& tx) { ready = finish_recordings(tx, id, time.unix_ms()); });
    return ready;
  }
  std::string whole(RecordingId id, std::string range = {}) {
    net::http::Request request;
    request.method = "GET";
    if (!range.empty()) request.headers.add("Range", range);
    auto response = sound_response(request, *sound, must(sound->open(id)));
    Heard heard;
    must(response.stream(heard));
    EXPECT_EQ(heard.text.size(), response.content_length);
    EXPECT_LE(heard.largest, ChunkFiles::kMostChunkBytes);
    return heard.text;
  }
  std::size_t files_on_disk() const {
    if (!std::filesystem::exists(root())) return 0;
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root())) count += entry.is_regular_file();
    return count;
  }
  std::int64_t rows(const std::string& table) {
    std::int64_t count = 0;
    kit::must(db->read_now([&](store::Connection& c) -> Result<Unit> {
      count = store::number(c.query("SELECT COUNT(*) FROM " + table));
      return Unit{};
    }));
    return count;
  }
  bool is_in_a_file(std::string_view bytes) const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir.path())) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string content(std::istreambuf_iterator<char>(file), {});
      if (content.contains(bytes)) return true;
    }
    return false;
  }

  asio::thread_pool files{2};
  std::unique_ptr<Recordings> sound;
};

TEST_F(RecordingsTest, PiecesInAnyOrderAndRepeatedMakeOneSound) {
  for (const auto number : {2, 0, 1, 0, 2}) take(chunk(number, "piece" + std::to_string(number)));
  const auto list = must(sound->list(meeting));
  ASSERT_THAT(list, SizeIs(1));
  EXPECT_EQ(list[0].chunks, 3);
  EXPECT_EQ(list[0].bytes, 18);
  EXPECT_EQ(list[0].length_ms, 15'000);
  EXPECT_EQ(files_on_disk(), 3U);
  EXPECT_EQ(whole(list[0].id), "piece0piece1piece2");
  EXPECT_EQ(whole(list[0].id, "bytes=5-14"), "0piece1pie");
  EXPECT_EQ(whole(list[0].id, "bytes=-1"), "2");
  EXPECT_FALSE(is_in_a_file("piece1")) << "it is sealed";
  const auto ready = finish(meeting);
  ASSERT_THAT(ready, SizeIs(1));
  EXPECT_EQ(ready[0].state, RecordingState::ready);
  EXPECT_EQ(ready[0].ended_ms, time.unix_ms());
}

TEST_F(RecordingsTest, AnotherContentUnderTheSameNumberIsRefusedAndTheFirstStays) {
  const auto made = take(chunk(0, "first"));
  EXPECT_EQ(code(sound->take(chunk(0, "other"))), Errc::conflict);
  EXPECT_EQ(whole(made.id), "first");
  EXPECT_EQ(files_on_disk(), 1U);
}

TEST_F(RecordingsTest, WhatIsWrongWithAPieceIsSaidAndNothingIsStored) {
  EXPECT_EQ(code(sound->take(chunk(0, ""))), Errc::invalid_param);
  EXPECT_EQ(code(sound->take(chunk(-1, "x"))), Errc::invalid_param);
  EXPECT_EQ(code(sound->take(chunk(0, "x", "../../etc"))), Errc::invalid_param);
  EXPECT_EQ(code(sound->take(chunk(0, "x", "\xc3"))), Errc::invalid_param);
  EXPECT_EQ(code(sound->take(chunk(0, "x", std::string(65, 'a')))), Errc::invalid_param);
  EXPECT_EQ(code(sound->take(chunk(kMostChunks, "x"))), Errc::limit_exceeded);
  EXPECT_EQ(code(sound->take(chunk(kChunksAtOnce, "x"))), Errc::limit_exceeded) << "faster than sound";
  EXPECT_EQ(code(sound->take(chunk(0, std::string(ChunkFiles::kMostChunkBytes + 1, 'x')))), Errc::too_large);
  auto late = chunk(0, "x");
  late.until_ms = kLongestMs + 1;
  EXPECT_EQ(code(sound->take(late)), Errc::invalid_param);
  EXPECT_EQ(files_on_disk(), 0U);
}

TEST_F(RecordingsTest, SoundThatComesFasterThanTimeWaits) {
  const std::string large(ChunkFiles::kMostChunkBytes, 'x');
  std::int64_t number = 0;
  for (; number < kBytesAtOnce / std::ssize(large); ++number) take(chunk(number, large));
  EXPECT_EQ(code(sound->take(chunk(number, large))), Errc::limit_exceeded);
  time.advance(std::chrono::seconds(8));
  take(chunk(number, large));
  EXPECT_EQ(code(sound->take(chunk(number + 1, large))), Errc::limit_exceeded);
  time.advance(-std::chrono::hours(1));
  EXPECT_EQ(code(sound->take(chunk(number + 1, large))), Errc::limit_exceeded) << "a clock that was set back";
}

TEST_F(RecordingsTest, OnlyTheBotOfAMeetingThatIsToBeRecordedAndGoesOnRecords) {
  auto earlier = chunk(0, "x");
  earlier.attempt = 0;
  EXPECT_EQ(code(sound->take(earlier)), Errc::not_found);
  auto unasked = chunk(0, "x");
  unasked.meeting = add_meeting();
  EXPECT_EQ(code(sound->take(unasked)), Errc::not_found);
  auto nowhere = chunk(0, "x");
  nowhere.meeting = 999'999;
  EXPECT_EQ(code(sound->take(nowhere)), Errc::not_found);
  take(chunk(0, "x"));
  finish(meeting);
  EXPECT_EQ(code(sound->take(chunk(1, "x"))), Errc::conflict);
  EXPECT_EQ(code(sound->take(chunk(0, "x", "p2"))), Errc::conflict);
  EXPECT_EQ(files_on_disk(), 1U);
}

TEST_F(RecordingsTest, AMeetingHasSoManyRecordingsAndNoMore) {
  for (int i = 0; i < kMostRecordings; ++i) take(chunk(0, "x", "p" + std::to_string(i)));
  EXPECT_EQ(code(sound->take(chunk(0, "x", "another"))), Errc::limit_exceeded);
  take(chunk(1, "x", "p7"));
}

TEST_F(RecordingsTest, OfAnotherTenantOrPersonNothingIsFound) {
  const auto made = take(chunk(0, "x"));
  EXPECT_EQ(must(sound->find({.tenant_id = 1}, made.id)).id, made.id);
  EXPECT_EQ(must(sound->find({.tenant_id = 1, .owner_id = 7}, made.id)).id, made.id);
  EXPECT_EQ(code(sound->find({.tenant_id = 2}, made.id)), Errc::not_found);
  EXPECT_EQ(code(sound->find({.tenant_id = 1, .owner_id = 8}, made.id)), Errc::not_found);
  EXPECT_EQ(must(sound->list({.tenant_id = 2}, 0, 10)).total, 0);
  EXPECT_EQ(must(sound->list({.tenant_id = 1, .owner_id = 7}, 0, 10)).total, 1);
}

TEST_F(RecordingsTest, AFileInThePlaceOfAnotherOrAlteredIsNotPlayed) {
  const auto made = take(chunk(0, "aaaa"));
  take(chunk(1, "bbbb"));
  const auto other = take(chunk(0, "cccc", "p2"));
  const auto opened = must(sound->open(made.id));
  const auto at = [&](RecordingId id, const RecordingChunk& row) { return root() / std::to_string(id) / row.file; };
  const auto first = at(made.id, opened.chunks[0]), second = at(made.id, opened.chunks[1]);
  const auto keep = dir.path() / "kept";
  std::filesystem::copy_file(first, keep);
  const auto put = [&](const std::filesystem::path& from) {
    std::filesystem::copy_file(from, first, std::filesystem::copy_options::overwrite_existing);
  };
  put(second);
  EXPECT_EQ(code(sound->read(opened, 0)), Errc::internal);
  put(at(other.id, must(sound->open(other.id)).chunks[0]));
  EXPECT_FALSE(run(sound->read(opened, 0)));
  put(keep);
  EXPECT_EQ(must(sound->read(opened, 0)), "aaaa");
  std::filesystem::resize_file(first, std::filesystem::file_size(first) - 1);
  EXPECT_FALSE(run(sound->read(opened, 0)));
  std::filesystem::remove(first);
  EXPECT_EQ(code(sound->read(opened, 0)), Errc::unavailable);
}

TEST_F(RecordingsTest, AKillAtAnyStatementLosesNothingThatWasAcknowledged) {
  for (int first = 0;; ++first) {
    const auto part = "p" + std::to_string(first);
    const auto kept = take(chunk(0, "kept ", part));
    faults.arm(first, store::FaultPlan::Kind::io_error, 1'000);
    const auto taken = run(sound->take(chunk(1, "more ", part)));
    const bool failed = faults.happened();
    faults.disarm();
    die();
    // The bot has no answer, or an error: it sends the piece again.
    if (!taken) take(chunk(1, "more ", part));
    take(chunk(1, "more ", part));
    EXPECT_EQ(whole(kept.id), "kept more ") << first;
    if (!failed) break;
    ASSERT_LT(first, 40);
  }
  finish(meeting);
  EXPECT_EQ(files_on_disk(), static_cast<std::size_t>(rows("mtg_recording_chunk"))) << "leftovers are gone";
}

TEST_F(RecordingsTest, ADiskThatIsFullIsSaidAndWhatCameStays) {
  const auto made = take(chunk(0, "kept"));
  open_recordings(std::numeric_limits<std::uint64_t>::max() / 2);
  const auto refused = run(sound->take(chunk(1, "more")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::unavailable);
  EXPECT_GT(refused.error().retry_after().count(), 0);
  EXPECT_FALSE(refused.error().message().contains(dir.path().string())) << "folders are for the log";
  EXPECT_TRUE(sound->trouble());
  must(all->open_session({.meeting = meeting, .uid = "W1", .began_ms = time.unix_ms()}));  // the transcript goes on
  open_recordings();
  take(chunk(1, "more"));
  EXPECT_FALSE(sound->trouble());
  EXPECT_EQ(whole(made.id), "keptmore");
}

TEST_F(RecordingsTest, HalfAPieceOnTheDiskIsNoPiece) {
  const auto made = take(chunk(0, "kept"));
  // What a kill between the file and its row leaves, and one in the middle of the file.
  const auto folder = root() / std::to_string(made.id);
  std::ofstream(folder / "1-0011223344556677") << "half";
  std::ofstream(folder / "1-8899.new") << "half";
  die();
  EXPECT_EQ(whole(made.id), "kept");
  take(chunk(1, "more"));
  finish(meeting);
  EXPECT_EQ(whole(made.id), "keptmore");
  EXPECT_EQ(files_on_disk(), 2U);
}

TEST_F(RecordingsTest, DeletingTakesKeyFilesAndRows) {
  const auto made = take(chunk(0, "zanzibar"));
  const auto stays = take(chunk(0, "stays", "p2"));
  EXPECT_EQ(code(sound->erase(made.id)), Errc::conflict) << "its bot is still recording";
  finish(meeting);
  const auto key = must(sound->open(made.id)).recording.key;
  must(sound->erase(made.id));
  EXPECT_EQ(code(sound->erase(made.id)), Errc::not_found);
  EXPECT_EQ(code(sound->open(made.id)), Errc::not_found);
  EXPECT_EQ(files_on_disk(), 1U);
  EXPECT_EQ(rows("mtg_recording"), 1);
  EXPECT_EQ(rows("mtg_recording_chunk"), 1);
  if (!store::on_postgres()) EXPECT_FALSE(is_in_a_file(key));
  EXPECT_EQ(whole(stays.id), "stays");
}

TEST_F(RecordingsTest, ADeletionThatIsInterruptedAnywhereIsTakenUp) {
  for (int first = 0;; ++first) {
    meeting = add_meeting();
    wants_recording(meeting);
    const auto made = take(chunk(0, "zanzibar"));
    finish(meeting);
    faults.arm(first, store::FaultPlan::Kind::io_error, 1'000);
    const auto erased = run(sound->erase(made.id));
    const bool failed = faults.happened();
    faults.disarm();
    die();
    if (erased || code(sound->open(made.id)) == Errc::not_found) {
      must(sound->finish_erasures());
    } else {
      must(sound->erase(made.id));
    }
    EXPECT_EQ(files_on_disk(), 0U) << first;
    EXPECT_EQ(rows("mtg_recording") + rows("mtg_recording_chunk"), 0) << first;
    if (!failed) break;
    ASSERT_LT(first, 40);
  }
}

TEST_F(RecordingsTest, WithWhatWasSaidGoesWhatWasRecorded) {
  const auto made = take(chunk(0, "zanzibar"));
  must(all->open_session({.meeting = meeting, .uid = "W1", .began_ms = time.unix_ms()}));
  hear("W1", {piece(0, 900, "Hello.")});
  finish(meeting);
  must(all->erase(meeting));
  EXPECT_EQ(code(sound->open(made.id)), Errc::not_found) << "at once";
  must(sound->finish_erasures());
  EXPECT_EQ(files_on_disk(), 0U);
  EXPECT_EQ(rows("mtg_recording"), 0);
}

TEST_F(RecordingsTest, RecordingsOfWhichNothingCameAreNone) {
  change([&](store::Tx& tx) {
    records::insert_recording(tx,
                              {.id = tx.next_pos(), .meeting = meeting, .part = "p9", .key = ChunkFiles::make_key()});
  });
  EXPECT_THAT(finish(meeting), IsEmpty());
  must(sound->finish_erasures());
  EXPECT_EQ(rows("mtg_recording"), 0);
}

// ---- For how long. ----

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
