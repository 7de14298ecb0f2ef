#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/crypto.h"
#include "store/blob_store.h"
#include "store/durable_file.h"
#include "store/lock_file.h"
#include "store/test_database.h"

namespace troupe::store {
namespace {

TEST(LockFile, SecondHolderIsToldWhoHoldsIt) {
  TempDir dir;
  const auto file = dir.path() / "troupe.lock";
  {
    auto first = LockFile::take(file);
    ASSERT_TRUE(first);
    auto second = LockFile::take(file);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), Errc::conflict);
    EXPECT_NE(second.error().message().find("process " + std::to_string(::getpid())), std::string::npos);
  }
  EXPECT_TRUE(LockFile::take(file));
  EXPECT_EQ(LockFile::take(dir.path() / "no" / "troupe.lock").error().code(), Errc::unavailable);
}

TEST(LockFile, DiesWithItsProcess) {
  TempDir dir;
  const auto file = dir.path() / "troupe.lock";
  const pid_t child = fork();
  if (child == 0) {
    auto lock = LockFile::take(file);
    _exit(lock ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_TRUE(LockFile::take(file));
}

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(DurableFile, ReplacesWholeAndCleansUpAfterAnInterruptedStart) {
  TempDir dir;
  const auto file = dir.path() / "secret.key";
  std::ofstream(dir.path() / "secret.key.new") << "half of what an earlier start was writing when the power went";
  ASSERT_TRUE(write_durably(file, "first"));
  EXPECT_EQ(content(file), "first");
  ASSERT_TRUE(write_durably(file, "second, longer"));
  EXPECT_EQ(content(file), "second, longer");
  EXPECT_EQ(std::filesystem::status(file).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_FALSE(std::filesystem::exists(dir.path() / "secret.key.new"));
  EXPECT_EQ(read_whole(file, 100).value(), "second, longer");
  EXPECT_EQ(read_whole(dir.path() / "none", 100).value(), std::nullopt);
  EXPECT_EQ(read_whole(file, 3).error().code(), Errc::unavailable);
}

TEST(DurableFile, AFullDiskLeavesTheOldFileOrNone) {
  TempDir dir;
  const auto file = dir.path() / "kept";
  ASSERT_TRUE(write_durably(file, "old"));
  // As on a disk with no room left: the limit makes each write fail at once.
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit usual{};
  getrlimit(RLIMIT_FSIZE, &usual);
  const rlimit none{0, usual.rlim_max};
  setrlimit(RLIMIT_FSIZE, &none);
  const auto replaced = write_durably(file, "new");
  const auto made = write_durably(dir.path() / "made", "new");
  setrlimit(RLIMIT_FSIZE, &usual);
  ASSERT_FALSE(replaced);
  EXPECT_EQ(replaced.error().code(), Errc::unavailable);
  EXPECT_NE(replaced.error().message().find("kept.new"), std::string::npos) << replaced.error().message();
  EXPECT_FALSE(made);
  EXPECT_EQ(content(file), "old");
  const std::filesystem::directory_iterator entries(dir.path());
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
}

TEST(DurableFile, FoldersAreMadeWithAllAboveThem) {
  TempDir dir;
  ASSERT_TRUE(make_folders_durably(dir.path() / "a" / "b" / "c"));
  EXPECT_TRUE(std::filesystem::is_directory(dir.path() / "a" / "b" / "c"));
  ASSERT_TRUE(make_folders_durably(dir.path() / "a" / "b" / "c"));
  ASSERT_TRUE(make_folders_durably((dir.path() / "d").string() + "/"));
  EXPECT_TRUE(std::filesystem::is_directory(dir.path() / "d"));
  std::ofstream(dir.path() / "file") << "x";
  EXPECT_EQ(make_folders_durably(dir.path() / "file" / "e").error().code(), Errc::unavailable);
  EXPECT_GT(disk_space(dir.path())->free_bytes, 0U);
}

class BlobStoreTest : public testing::Test {
 protected:
  std::size_t leftovers() const {
    const std::filesystem::directory_iterator entries(root_ / "incoming");
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
  }
  TempDir dir_;
  std::filesystem::path root_ = dir_.path() / "media";
  BlobStore store_ = BlobStore::open(root_).value();
};

TEST_F(BlobStoreTest, StoresUnderItsHash) {
  auto upload = store_.begin(100).value();
  ASSERT_TRUE(upload.write("hello "));
  ASSERT_TRUE(upload.write("world"));
  auto blob = upload.finish();
  ASSERT_TRUE(blob);
  EXPECT_EQ(blob->sha256, "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9");
  EXPECT_EQ(blob->bytes, 11U);
  EXPECT_TRUE(std::filesystem::exists(root_ / "b9" / blob->sha256));
  auto reader = store_.read(blob->sha256);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->bytes(), 11U);
  EXPECT_EQ(reader->read(6, 100).value(), "world");
  EXPECT_EQ(reader->read(11, 100).value(), "");
  EXPECT_EQ(reader->read(99, 100).value(), "");
  EXPECT_EQ(leftovers(), 0U);
  EXPECT_FALSE(upload.finish());
  EXPECT_FALSE(upload.write("more"));

  EXPECT_EQ(store_.put("hello world")->sha256, blob->sha256);
  ASSERT_TRUE(store_.remove(blob->sha256));
  ASSERT_TRUE(store_.remove(blob->sha256));
  EXPECT_EQ(reader->read(0, 5).value(), "hello");
  EXPECT_EQ(store_.read(blob->sha256).error().code(), Errc::not_found);
}

TEST_F(BlobStoreTest, OverTheLimitLeavesNothing) {
  {
    auto upload = store_.begin(10).value();
    ASSERT_TRUE(upload.write("0123456789"));
    EXPECT_EQ(upload.write("x").error().code(), Errc::too_large);
    EXPECT_FALSE(upload.finish());
  }
  EXPECT_EQ(leftovers(), 0U);
}

TEST_F(BlobStoreTest, NamesThatAreNoHashReachNoFile) {
  for (std::string_view name : {"", "..", "../../etc/passwd", "incoming", "ABCDEF"}) {
    EXPECT_EQ(store_.read(name).error().code(), Errc::not_found);
    EXPECT_EQ(store_.remove(name).error().code(), Errc::invalid_param);
  }
  EXPECT_EQ(store_.read("../" + std::string(61, 'a')).error().code(), Errc::not_found);
}

TEST_F(BlobStoreTest, SweepTakesOnlyOldLeftovers) {
  std::ofstream(root_ / "incoming" / "interrupted") << "half";
  EXPECT_EQ(store_.sweep_leftovers(std::chrono::hours(1)).value(), 0U);
  std::filesystem::last_write_time(root_ / "incoming" / "interrupted",
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours(2));
  EXPECT_EQ(store_.sweep_leftovers(std::chrono::hours(1)).value(), 1U);
  EXPECT_EQ(leftovers(), 0U);
}

TEST_F(BlobStoreTest, LargeFilesStream) {
  auto upload = store_.begin(64U << 20).value();
  const std::string chunk(1 << 20, 'x');
  for (int i = 0; i < 16; ++i) ASSERT_TRUE(upload.write(chunk));
  auto blob = upload.finish();
  ASSERT_TRUE(blob);
  EXPECT_EQ(blob->bytes, 16U << 20);
  EXPECT_EQ(store_.read(blob->sha256)->bytes(), 16U << 20);
}

TEST_F(BlobStoreTest, AnOldBlobIsRemovedAndAYoungOneIsNot) {
  const auto blob = store_.put("hello").value();
  EXPECT_EQ(store_.list(blob.sha256.substr(0, 2)).value(), std::vector{blob.sha256});
  EXPECT_FALSE(store_.remove_unless_younger(blob.sha256, std::chrono::hours(24)).value());
  EXPECT_TRUE(store_.read(blob.sha256));
  std::filesystem::last_write_time(*store_.path(blob.sha256),
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours(25));
  EXPECT_TRUE(store_.remove_unless_younger(blob.sha256, std::chrono::hours(24)).value());
  EXPECT_FALSE(store_.read(blob.sha256));
  EXPECT_FALSE(store_.remove_unless_younger(blob.sha256, std::chrono::hours(24)).value());
  EXPECT_EQ(leftovers(), 0U);
  EXPECT_TRUE(store_.list(blob.sha256.substr(0, 2)).value().empty());
  EXPECT_TRUE(store_.list("00").value().empty());
  EXPECT_EQ(store_.list("..").error().code(), Errc::invalid_param);
  EXPECT_EQ(store_.remove_unless_younger("..", std::chrono::hours(1)).error().code(), Errc::invalid_param);
}

TEST_F(BlobStoreTest, AProcessThatStartsDuringARemovalMakesItNoError) {
  const auto old = std::filesystem::file_time_type::clock::now() - std::chrono::hours(25);
  std::atomic<bool> done = false;
  std::thread starting([&] {
    while (!done) EXPECT_TRUE(BlobStore::open(root_).has_value());
  });
  for (int i = 0; i < 500; ++i) {
    const auto blob = store_.put("hello").value();
    std::error_code taken_away;
    std::filesystem::last_write_time(*store_.path(blob.sha256), old, taken_away);
    const auto removed = store_.remove_unless_younger(blob.sha256, std::chrono::hours(24));
    EXPECT_TRUE(removed.has_value()) << removed.error().detail();
  }
  done = true;
  starting.join();
}

TEST_F(BlobStoreTest, AKilledRemovalTakesNothingAway) {
  const auto blob = store_.put("hello").value();
  std::filesystem::rename(*store_.path(blob.sha256), root_ / "incoming" / ("leaving-" + blob.sha256));
  EXPECT_FALSE(store_.read(blob.sha256));
  EXPECT_EQ(BlobStore::open(root_)->read(blob.sha256)->read(0, 5).value(), "hello");
  EXPECT_EQ(leftovers(), 0U);
}

}  // namespace
}  // namespace troupe::store
