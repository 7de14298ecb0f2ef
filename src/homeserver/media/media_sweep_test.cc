// Files and small pictures that nothing speaks of any more go.
#include <fstream>
#include <set>

#include "homeserver/common/mark_store.h"
#include "homeserver/media/media_fixture.h"

namespace troupe::homeserver::media {
namespace {

class MediaSweepTest : public MediaTest {
 protected:
  /// Enough calls to look at every folder once.
  void sweep_all() {
    for (int i = 0; i < 256 / MediaService::kSweptFolders; ++i) {
      const auto swept = run(media_.sweep(clock_.unix_ms()));
      ASSERT_TRUE(swept.has_value()) << swept.error().message() << swept.error().detail();
    }
  }
  /// As if it had been written two days ago.
  void make_old(const std::string& sha256) {
    std::filesystem::last_write_time(*blobs_.path(sha256),
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours(48));
  }
  bool there(const std::string& sha256) { return blobs_.read(sha256).has_value(); }
  void forget_row(const std::string& uri) {
    ASSERT_TRUE(db_->write_now([&](store::Tx& tx) -> Result<Unit> {
      tx.run("DELETE FROM hs_media WHERE media_id = ?1", uri.substr(uri.rfind('/') + 1));
      return Unit{};
    }));
  }
};

TEST_F(MediaSweepTest, AFileGoesADayAfterItsLastRow) {
  const auto one = uploaded({"shared"}, "text/plain");
  const auto two = uploaded({"shared"}, "text/plain");
  uploaded({"kept"}, "text/plain");
  make_old(hash_of("shared"));
  make_old(hash_of("kept"));
  forget_row(one);
  sweep_all();
  clock_.advance(std::chrono::hours(25));
  sweep_all();
  EXPECT_TRUE(there(hash_of("shared"))) << "one row is left";
  forget_row(two);
  sweep_all();
  clock_.advance(std::chrono::hours(23));
  sweep_all();
  EXPECT_TRUE(there(hash_of("shared"))) << "not yet";
  clock_.advance(std::chrono::hours(2));
  sweep_all();
  EXPECT_FALSE(there(hash_of("shared")));
  EXPECT_TRUE(there(hash_of("kept")));
}

TEST_F(MediaSweepTest, AnUploadWhoseRowFailedGoes) {
  const auto lost = blobs_.put("no row")->sha256;
  sweep_all();
  clock_.advance(std::chrono::hours(25));
  sweep_all();
  EXPECT_TRUE(there(lost)) << "just written: its row may come yet";
  make_old(lost);
  sweep_all();
  clock_.advance(std::chrono::hours(25));
  sweep_all();
  EXPECT_FALSE(there(lost));
}

TEST_F(MediaSweepTest, AFileThatIsSpokenOfAgainStays) {
  const auto lost = blobs_.put("again")->sha256;
  make_old(lost);
  sweep_all();
  uploaded({"again"}, "text/plain");
  make_old(lost);
  clock_.advance(std::chrono::hours(25));
  sweep_all();
  EXPECT_TRUE(there(lost));
}

TEST_F(MediaSweepTest, SmallPicturesGoWithTheirOriginal) {
  const auto small = blobs_.put("a small picture")->sha256;
  const auto uri = uploaded({"the original"}, "image/png");
  ASSERT_TRUE(db_->write_now([&](store::Tx& tx) -> Result<Unit> {
    media_store::insert_thumbnail(tx, hash_of("the original"), {.width = 32, .height = 32, .crop = false},
                                  {.sha256 = small, .content_type = "image/png", .bytes = 15});
    return Unit{};
  }));
  make_old(small);
  make_old(hash_of("the original"));
  sweep_all();
  clock_.advance(std::chrono::hours(25));
  sweep_all();
  EXPECT_TRUE(there(small));
  forget_row(uri);
  sweep_all();
  clock_.advance(std::chrono::hours(25));
  sweep_all();
  EXPECT_FALSE(there(small));
  EXPECT_FALSE(there(hash_of("the original")));
}

TEST_F(MediaSweepTest, LostSmallPicturesGoPieceByPiece) {
  // All in one folder, more than a piece; every third has its original.
  constexpr int kPictures = 1'300;
  const auto source = [](int number) { return "ab" + hash_of(std::to_string(number)).substr(2); };
  ASSERT_TRUE(db_->write_now([&](store::Tx& tx) -> Result<Unit> {
    for (int i = 0; i < kPictures; ++i) {
      for (const auto width : {32, 96}) {
        media_store::insert_thumbnail(tx, source(i), {.width = width, .height = width, .crop = false},
                                      {.sha256 = hash_of("small"), .content_type = "image/png", .bytes = 5});
      }
      if (i % 3 != 0) continue;
      media_store::insert(tx, {.media_id = "original" + std::to_string(i),
                               .user_id = "@anna:example.org",
                               .sha256 = source(i),
                               .content_type = "image/png",
                               .upload_name = {},
                               .bytes = 1,
                               .created_ms = 0,
                               .expires_ms = {}});
    }
    return Unit{};
  }));
  sweep_all();
  std::set<std::string> left;
  ASSERT_TRUE(db_->read_now([&](store::Connection& connection) -> Result<Unit> {
    const auto sources = store::values<std::string>(connection.query("SELECT source_sha256 FROM hs_thumbnail"));
    left = {sources.begin(), sources.end()};
    return Unit{};
  }));
  EXPECT_EQ(left.size(), (kPictures + 2) / 3);
  for (int i = 0; i < kPictures; i += 3) EXPECT_TRUE(left.contains(source(i)));
}

TEST_F(MediaSweepTest, GoesOnAfterTheLastFolderThatItFinished) {
  std::ofstream(dir_.path() / "media" / "05") << "no folder";
  EXPECT_FALSE(run(media_.sweep(clock_.unix_ms())).has_value());
  std::string mark;
  ASSERT_TRUE(db_->read_now([&](store::Connection& connection) -> Result<Unit> {
    mark = mark_store::find(connection, "sweep.media");
    return Unit{};
  }));
  EXPECT_EQ(mark, "5");
}

}  // namespace
}  // namespace troupe::homeserver::media
