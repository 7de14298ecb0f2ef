// Recordings in a bucket: brought there once they do not change any more, and as sealed, heard and deleted as in the
// folder.
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>

#include "base/mutex.h"
#include "meetings/recordings/recordings_fixture.h"

namespace troupe::meetings::recordings {
namespace {

/// A bucket in memory, which may be away, or take so many more objects only.
class SaidObjects final : public host::ObjectStore {
 public:
  Task<Unit> put(std::string name, std::string bytes) override {
    {
      const base::Lock lock(mutex_);
      most_at_once = std::max(most_at_once, ++at_once);
    }
    // Until so many are under way, as where each takes its time.
    const auto executor = co_await asio::this_coro::executor;
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (are_fewer() && std::chrono::steady_clock::now() < patience)
      co_await asio::post(executor, asio::use_awaitable);
    const base::Lock lock(mutex_);
    --at_once;
    if (away || takes == 0) co_return gone();
    --takes;
    ++puts;
    all[name] = std::move(bytes);
    co_return Unit{};
  }
  Task<std::string> get(std::string name, std::size_t most) override {
    const base::Lock lock(mutex_);
    if (away) co_return gone();
    if (!all.contains(name)) co_return Error(Errc::not_found, "no such object");
    co_return all.at(name).substr(0, most);
  }
  Task<Unit> remove(std::string name) override {
    {
      const base::Lock lock(mutex_);
      most_removed_at_once = std::max(most_removed_at_once, ++removed_at_once);
    }
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    const base::Lock lock(mutex_);
    --removed_at_once;
    if (away) co_return gone();
    all.erase(name);
    co_return Unit{};
  }
  /// In pages of two.
  Task<Page> list(std::string begin, std::string from) override {
    const base::Lock lock(mutex_);
    ++lists;
    if (away) co_return gone();
    Page page;
    for (auto it = all.upper_bound(from.empty() ? begin : from); it != all.end() && it->first.starts_with(begin);
         ++it) {
      if (page.names.size() == 2) {
        page.next = page.names.back();
        break;
      }
      page.names.push_back(it->first);
    }
    co_return page;
  }
  std::map<std::string, std::string> all;
  bool away = false;
  int takes = 1'000;
  int puts = 0;
  int lists = 0;
  int at_once = 0;
  int together = 1;  ///< so many puts wait for each other
  int most_at_once = 0;
  int removed_at_once = 0;
  int most_removed_at_once = 0;

 private:
  bool are_fewer() {
    const base::Lock lock(mutex_);
    return most_at_once < together;
  }
  static Error gone() { return Error(Errc::unavailable, "away", "the bucket said 503"); }
  base::Mutex mutex_;
};

class BucketRecordingsTest : public RecordingsTest {
 protected:
  BucketRecordingsTest() { open_bucket(); }
  void open_bucket() {
    sound = std::make_unique<Recordings>(
        Recordings::Uses{.db = *db, .clock = time, .bell = bell, .files = files, .objects = &objects},
        ChunkFiles::Options{.root = root(), .reserve_bytes = 0});
  }
  /// Three pieces of an ended meeting, which wait in the folder.
  Recording ready() {
    const auto made = take(chunk(0, "first words, "));
    take(chunk(1, "second, "));
    take(chunk(2, "third"));
    finish(meeting);
    return made;
  }
  static std::string folder(const Recording& made) { return "recordings/" + std::to_string(made.id) + "/"; }
  static constexpr std::string_view kWhole = "first words, second, third";
  SaidObjects objects;
};

TEST_F(BucketRecordingsTest, WhatChangesNoMoreGoesThereSealedAndIsHeard) {
  const auto made = take(chunk(0, "first words, "));
  must(sound->bring_to_bucket());
  EXPECT_TRUE(objects.all.empty()) << "its meeting goes on";
  take(chunk(1, "second, "));
  take(chunk(2, "third"));
  finish(meeting);
  const auto before = must(sound->open(made.id));
  must(sound->bring_to_bucket());
  EXPECT_EQ(objects.all.size(), 3U);
  for (const auto& [name, bytes] : objects.all) {
    EXPECT_TRUE(name.starts_with(folder(made))) << name;
    EXPECT_FALSE(bytes.contains("words") || bytes.contains("third"));
  }
  EXPECT_EQ(files_on_disk(), 0U);
  EXPECT_EQ(whole(made.id), kWhole);
  EXPECT_EQ(whole(made.id, "bytes=6-14"), "words, se");
  EXPECT_EQ(must(sound->read(before, 1)), "second, ") << "whoever was listening goes on";
  must(sound->bring_to_bucket());
  EXPECT_EQ(objects.puts, 3) << "once";
}

TEST_F(BucketRecordingsTest, WhatWasCutOffGoesOnAndIsHeardMeanwhile) {
  const auto made = ready();
  objects.takes = 2;
  EXPECT_EQ(code(sound->bring_to_bucket()), Errc::unavailable);
  EXPECT_TRUE(sound->trouble());
  EXPECT_EQ(whole(made.id), kWhole);
  EXPECT_EQ(files_on_disk(), 3U);
  die();
  open_bucket();
  objects.takes = 1;
  must(sound->bring_to_bucket());
  EXPECT_FALSE(sound->trouble());
  EXPECT_EQ(objects.puts, 3) << "each piece once";
  EXPECT_EQ(files_on_disk(), 0U);
  EXPECT_EQ(whole(made.id), kWhole);
}

TEST_F(BucketRecordingsTest, AKillBehindTheLastPieceLeavesNothingInTheFolder) {
  const auto made = ready();
  const auto kept = root().string() + ".kept";
  std::filesystem::copy(root(), kept, std::filesystem::copy_options::recursive);
  must(sound->bring_to_bucket());
  std::filesystem::copy(kept, root(), std::filesystem::copy_options::recursive);
  ASSERT_EQ(files_on_disk(), 3U);
  objects.all.erase(objects.all.begin());
  must(sound->forget_old({.now = time.unix_ms()}));
  EXPECT_EQ(files_on_disk(), 0U);
  EXPECT_EQ(objects.all.size(), 3U) << "nothing goes from the folder that is not there";
  EXPECT_EQ(whole(made.id), kWhole);
}

TEST_F(BucketRecordingsTest, APieceThatIsLostHoldsUpNoOther) {
  const auto made = ready();
  const auto broken = must(sound->open(made.id));
  std::filesystem::remove(root() / std::to_string(made.id) / broken.chunks[0].file);
  meeting = add_meeting();
  wants_recording(meeting);
  const auto other = ready();
  EXPECT_EQ(code(sound->bring_to_bucket()), Errc::internal);
  EXPECT_EQ(whole(other.id), kWhole);
  EXPECT_TRUE(must(sound->open(other.id)).recording.in_bucket);
  EXPECT_FALSE(must(sound->open(made.id)).recording.in_bucket);
}

TEST_F(BucketRecordingsTest, OneThatIsAwaySaysSo) {
  const auto made = ready();
  must(sound->bring_to_bucket());
  objects.away = true;
  const auto heard = run(sound->read(must(sound->open(made.id)), 0));
  ASSERT_FALSE(heard);
  EXPECT_EQ(heard.error().code(), Errc::unavailable);
  EXPECT_GT(heard.error().retry_after().count(), 0);
  objects.away = false;
  objects.all.erase(objects.all.begin());
  EXPECT_EQ(code(sound->read(must(sound->open(made.id)), 0)), Errc::unavailable);
}

TEST_F(BucketRecordingsTest, AnObjectInTheWrongPlaceIsNotHeard) {
  const auto made = ready();
  must(sound->bring_to_bucket());
  auto first = objects.all.begin(), second = std::next(first);
  std::swap(first->second, second->second);
  EXPECT_EQ(code(sound->read(must(sound->open(made.id)), 0)), Errc::internal);
}

TEST_F(BucketRecordingsTest, WhatIsDeletedGoesFromThereOnceItAnswers) {
  const auto made = ready();
  must(sound->bring_to_bucket());
  objects.away = true;
  EXPECT_FALSE(must(sound->erase(made.id))) << "nobody can hear it, and its objects are there yet";
  EXPECT_EQ(code(sound->open(made.id)), Errc::not_found);
  EXPECT_EQ(code(sound->finish_erasures()), Errc::unavailable);
  objects.away = false;
  must(sound->finish_erasures());
  EXPECT_TRUE(objects.all.empty());
  EXPECT_EQ(rows("mtg_recording"), 0);
}

TEST_F(BucketRecordingsTest, OneThatIsDeletedHalfWayThereGoesWhole) {
  const auto made = ready();
  objects.takes = 2;
  EXPECT_FALSE(run(sound->bring_to_bucket()));
  EXPECT_TRUE(must(sound->erase(made.id)));
  EXPECT_TRUE(objects.all.empty());
  EXPECT_EQ(files_on_disk(), 0U);
}

TEST_F(BucketRecordingsTest, WhatNoRowSpeaksOfHasADay) {
  const auto made = ready();
  must(sound->bring_to_bucket());
  objects.all["recordings/987654/0-00"] = "of a row that is not there";
  objects.all["recordings/nobody"] = "no recording's";
  objects.all["media/ab/cd"] = "somebody else's";
  must(sound->forget_old({.now = time.unix_ms()}));
  time.advance(std::chrono::hours(23));
  must(sound->forget_old({.now = time.unix_ms()}));
  EXPECT_EQ(objects.all.size(), 6U) << "an older copy of the database deletes nothing at once";
  time.advance(std::chrono::hours(2));
  must(sound->forget_old({.now = time.unix_ms()}));
  EXPECT_EQ(objects.all.size(), 5U);
  EXPECT_FALSE(objects.all.contains("recordings/987654/0-00"));
  EXPECT_EQ(whole(made.id), kWhole);
}

TEST_F(BucketRecordingsTest, WhatNoRowSpeaksOfIsRememberedOverAKill) {
  objects.all["recordings/987654/0-00"] = "of a row that is not there";
  must(sound->forget_old({.now = time.unix_ms()}));
  die();
  open_bucket();
  time.advance(std::chrono::hours(23));
  must(sound->forget_old({.now = time.unix_ms()}));
  EXPECT_EQ(objects.all.size(), 1U);
  die();
  open_bucket();
  time.advance(std::chrono::hours(2));
  must(sound->forget_old({.now = time.unix_ms()}));
  EXPECT_TRUE(objects.all.empty());
  EXPECT_EQ(rows("mtg_bucket_orphan"), 1) << "until it was seen to be gone";
  time.advance(std::chrono::hours(25));
  must(sound->forget_old({.now = time.unix_ms()}));
  EXPECT_EQ(rows("mtg_bucket_orphan"), 0);
}

TEST_F(BucketRecordingsTest, WhoBringsNothingAnyMoreComplainsOfNothing) {
  ready();
  objects.away = true;
  EXPECT_EQ(code(sound->bring_to_bucket()), Errc::unavailable);
  EXPECT_TRUE(sound->trouble());
  time.advance(std::chrono::minutes(6));
  EXPECT_FALSE(sound->trouble()) << "another process has the lease by now";
}

TEST_F(BucketRecordingsTest, KeysWaitForNoBucket) {
  const auto made = ready();
  must(sound->bring_to_bucket());
  const auto key = must(sound->open(made.id)).recording.key;
  ASSERT_FALSE(key.empty());
  objects.away = true;
  EXPECT_FALSE(must(sound->erase(made.id)));
  if (!store::on_postgres()) EXPECT_FALSE(is_in_a_file(key));
}

TEST_F(BucketRecordingsTest, ABucketThatIsAwayIsAskedOnceForAll) {
  const auto first = ready();
  meeting = add_meeting();
  wants_recording(meeting);
  const auto second = ready();
  must(sound->bring_to_bucket());
  objects.away = true;
  for (const auto id : {first.id, second.id}) EXPECT_FALSE(must(sound->erase(id)));
  std::filesystem::create_directories(root() / std::to_string(second.id));
  objects.lists = 0;
  EXPECT_EQ(code(sound->finish_erasures()), Errc::unavailable);
  EXPECT_EQ(objects.lists, 1);
  EXPECT_FALSE(std::filesystem::exists(root() / std::to_string(second.id))) << "the disk waits for no bucket";
  objects.away = false;
  must(sound->finish_erasures());
  EXPECT_TRUE(objects.all.empty());
  EXPECT_EQ(rows("mtg_recording"), 0);
}

TEST_F(BucketRecordingsTest, PiecesGoBesideEachOther) {
  const auto made = take(chunk(0, "piece 0, "));
  std::string all = "piece 0, ";
  for (int number = 1; number < 20; ++number) {
    const auto piece = "piece " + std::to_string(number) + ", ";
    take(chunk(number, piece));
    all += piece;
  }
  finish(meeting);
  objects.together = 8;
  must(sound->bring_to_bucket());
  EXPECT_EQ(objects.puts, 20);
  EXPECT_EQ(objects.most_at_once, 8);
  EXPECT_EQ(whole(made.id), all);
  EXPECT_TRUE(must(sound->erase(made.id)));
  EXPECT_TRUE(objects.all.empty());
  EXPECT_EQ(objects.most_removed_at_once, 8);
}

TEST_F(BucketRecordingsTest, WithoutTheBucketOnesCopiedBackAreHeard) {
  const auto made = ready();
  const auto kept = root().string() + ".kept";
  std::filesystem::copy(root(), kept, std::filesystem::copy_options::recursive);
  must(sound->bring_to_bucket());
  open_recordings();
  EXPECT_EQ(code(sound->read(must(sound->open(made.id)), 0)), Errc::unavailable);
  std::filesystem::copy(kept, root(), std::filesystem::copy_options::recursive);
  EXPECT_EQ(whole(made.id), kWhole);
  must(sound->forget_old({.now = time.unix_ms()}));
  EXPECT_EQ(whole(made.id), kWhole);
}

}  // namespace
}  // namespace troupe::meetings::recordings
