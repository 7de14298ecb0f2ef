// What is acknowledged is there, whatever fails; what is deleted is gone; nobody hears what is not theirs.
#include <boost/asio/use_future.hpp>
#include <future>

#include "meetings/recordings/recordings_fixture.h"

namespace troupe::meetings::recordings {
namespace {

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
  EXPECT_EQ(code(sound->take(chunk(0, std::string(ChunkFiles::kMostChunkBytes + 1, 'x')))), Errc::too_large);
  auto late = chunk(0, "x");
  late.until_ms = kLongestMs + 1;
  EXPECT_EQ(code(sound->take(late)), Errc::invalid_param);
  EXPECT_EQ(files_on_disk(), 0U);
}

TEST_F(RecordingsTest, SoundThatComesFasterThanTimeWaits) {
  const std::string large(ChunkFiles::kMostChunkBytes, 'x');
  std::int64_t number = 0;
  for (; number < Pace::kBytesAtOnce / std::ssize(large); ++number) take(chunk(number, large));
  EXPECT_EQ(code(sound->take(chunk(number, large))), Errc::limit_exceeded);
  EXPECT_EQ(code(sound->take(chunk(0, large, "another"))), Errc::limit_exceeded) << "all of a meeting together";
  time.advance(std::chrono::seconds(8));
  take(chunk(number, large));
  EXPECT_EQ(code(sound->take(chunk(number + 1, large))), Errc::limit_exceeded);
}

/// Somebody sets the wall clock; time passes all the same.
class SetClock final : public base::Clock {
 public:
  explicit SetClock(base::ManualClock& time) : time_(time) {}
  base::UnixMs unix_ms() const override { return time_.unix_ms() + ahead_ms; }
  std::chrono::steady_clock::time_point steady() const override { return time_.steady(); }
  base::UnixMs ahead_ms = 0;

 private:
  base::ManualClock& time_;
};

TEST_F(RecordingsTest, AClockThatIsSetBackEndsNoRecordingAndOneThatIsSetAheadHurriesNone) {
  SetClock wall(time);
  Recordings here({.db = *db, .clock = wall, .bell = bell, .files = files}, {.root = root(), .reserve_bytes = 0});
  const std::string large(ChunkFiles::kMostChunkBytes, 'x');
  std::int64_t number = 0;
  for (; number < Pace::kBytesAtOnce / std::ssize(large); ++number) must(here.take(chunk(number, large)));
  wall.ahead_ms = 40 * kDay;
  EXPECT_EQ(code(here.take(chunk(number, large))), Errc::limit_exceeded);
  wall.ahead_ms = -40 * kDay;
  for (int i = 0; i < 8; ++i, ++number) {
    time.advance(std::chrono::seconds(8));
    must(here.take(chunk(number, large)));
  }
  EXPECT_EQ(must(here.list(meeting))[0].chunks, number);
}

TEST_F(RecordingsTest, WhatATenantMayKeepIsNotExceeded) {
  open_recordings(0, 14);
  const auto made = take(chunk(0, "01234"));
  const auto first = meeting;
  meeting = add_meeting();
  wants_recording(meeting);
  take(chunk(0, "567890123"));
  take(chunk(0, "567890123"));  // again: that was acknowledged
  EXPECT_EQ(code(sound->take(chunk(1, "x"))), Errc::limit_exceeded);
  EXPECT_EQ(code(sound->take(chunk(0, "x", "another"))), Errc::limit_exceeded);
  const auto mine = std::exchange(meeting, add_meeting(2));
  wants_recording(meeting);
  take(chunk(0, "another tenant"));
  finish(first);
  must(sound->erase(made.id));
  meeting = mine;
  take(chunk(1, "x"));
}

TEST_F(RecordingsTest, TheSamePieceManyTimesAtOnceIsOneFile) {
  const auto made = take(chunk(0, "zero"));
  constexpr int kAtOnce = 16;
  std::vector<std::future<Result<Recording>>> taken;
  for (int i = 0; i < kAtOnce; ++i) {
    taken.push_back(asio::co_spawn(io.at(0), sound->take(chunk(1, "one")), asio::use_future));
  }
  for (auto& one : taken) EXPECT_TRUE(one.get());
  EXPECT_EQ(files_on_disk(), 2U) << "those that came too late leave nothing";
  EXPECT_EQ(whole(made.id), "zeroone");
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

TEST_F(RecordingsTest, WhereFilesCannotBeRemovedNobodyHearsItAllTheSameAndTheyGoLater) {
  const auto made = take(chunk(0, "zanzibar"));
  finish(meeting);
  const auto away = dir.path() / "away";
  std::filesystem::rename(root(), away);
  std::filesystem::create_directory_symlink(root(), root());  // a loop: whatever lies below cannot be looked at
  EXPECT_FALSE(must(sound->erase(made.id))) << "the files are there yet";
  EXPECT_EQ(code(sound->open(made.id)), Errc::not_found);
  EXPECT_EQ(code(sound->finish_erasures()), Errc::unavailable);
  std::filesystem::remove(root());
  std::filesystem::rename(away, root());
  EXPECT_EQ(files_on_disk(), 1U);
  must(sound->finish_erasures(meeting));
  EXPECT_EQ(files_on_disk(), 0U);
  EXPECT_EQ(rows("mtg_recording") + rows("mtg_recording_chunk"), 0);
}

TEST_F(RecordingsTest, MoreDeletionsThanAreLookedAtAtOnceAreAllDone) {
  constexpr int kMany = 230;
  change([&](store::Tx& tx) {
    for (int i = 0; i < kMany; ++i) {
      records::insert_recording(
          tx,
          {.id = tx.next_pos(), .meeting = meeting, .part = "e" + std::to_string(i), .state = RecordingState::erased});
    }
  });
  must(sound->finish_erasures());
  EXPECT_EQ(rows("mtg_recording"), 0);
}

TEST_F(RecordingsTest, WhatIsDeletedWhileSomebodyListensEndsThere) {
  class Listener final : public net::http::BodyWriter {
   public:
    explicit Listener(std::function<void()> then) : then_(std::move(then)) {}
    Task<Unit> write(std::string piece) override {
      text += piece;
      then_();
      co_return Unit{};
    }
    std::string text;

   private:
    std::function<void()> then_;
  };
  const auto made = take(chunk(0, "one"));
  take(chunk(1, "two"));
  finish(meeting);
  net::http::Request request;
  request.method = "GET";
  auto response = sound_response(request, *sound, must(sound->open(made.id)));
  // The key is gone, and the files are there yet.
  Listener listener([&] {
    change([&](store::Tx& tx) { records::erase_recording(tx, made.id); });
    time.advance(std::chrono::seconds(2));
  });
  EXPECT_EQ(code(response.stream(listener)), Errc::not_found);
  EXPECT_EQ(listener.text, "one");
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

}  // namespace
}  // namespace troupe::meetings::recordings
