// The table in its file: growth, full disks, power cuts. Another boot id plays the machine after a cut: what was not
// synced may be there or not, and must not be trusted.
#include "homeserver/memory/lookup_table.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <limits>

#include "store/test_database.h"

namespace troupe::homeserver::memory {
namespace {

class LookupTableTest : public testing::Test {
 protected:
  using Options = LookupTable::Options;
  static Options options(std::string boot = "boot 1", std::uint64_t slots = 64) {
    return {.database = "this one", .first_slots = slots, .reserve_bytes = 0, .boot_id = std::move(boot)};
  }
  std::unique_ptr<LookupTable> open(Options with = options()) { return LookupTable::open(file, std::move(with)); }
  static void fill(LookupTable& table, StreamPos from, StreamPos to) {
    for (auto pos = from; pos <= to; ++pos) EXPECT_TRUE(table.add(static_cast<std::uint64_t>(pos) * 7919, pos));
    table.set_applied({.pos = to, .key = static_cast<std::uint64_t>(to) * 7919});
  }
  static bool has(const LookupTable& table, StreamPos pos) {
    return table.find(static_cast<std::uint64_t>(pos) * 7919) == std::vector{pos};
  }
  std::filesystem::path new_file() const { return file.string() + ".new"; }

  store::TempDir dir;
  std::filesystem::path file = dir.path() / "lookup.db";
};

TEST_F(LookupTableTest, KeepsWhatAKilledProcessWroteAndWhatACleanStopSynced) {
  {
    auto table = open();
    fill(*table, 1, 10);
  }
  {
    auto table = open();
    EXPECT_EQ(table->applied().pos, 10);
    EXPECT_TRUE(has(*table, 10));
    table->close_cleanly();
  }
  EXPECT_EQ(open(options("boot 2"))->applied().pos, 10);
}

TEST_F(LookupTableTest, TrustsAfterAPowerCutWhatWasSynced) {
  {
    auto table = open();
    fill(*table, 1, 10);
    ASSERT_TRUE(table->sync());
    fill(*table, 11, 20);
  }
  auto table = open(options("boot 2"));
  EXPECT_EQ(table->applied(), (LookupTable::Mark{.pos = 10, .key = 79190}));
  EXPECT_EQ(table->count(), 20U) << "the slots may be there";
}

TEST_F(LookupTableTest, TwoPowerCutsOnTheWayBackAreNoDamage) {
  {
    auto table = open();
    fill(*table, 1, 10);
    ASSERT_TRUE(table->sync());
    fill(*table, 11, 20);
  }
  {
    auto table = open(options("boot 2"));
    ASSERT_EQ(table->applied().pos, 10);
    fill(*table, 11, 15);  // what was there already up to 20
    ASSERT_TRUE(table->sync());
  }
  {
    auto table = open(options("boot 3"));
    EXPECT_EQ(table->applied().pos, 15);
    EXPECT_EQ(table->count(), 20U) << "made anew";
    fill(*table, 16, 30);
    ASSERT_TRUE(table->sync());
  }
  auto table = open(options("boot 4"));
  EXPECT_EQ(table->applied().pos, 30);
  EXPECT_EQ(table->count(), 30U);
}

TEST_F(LookupTableTest, AFileThatWasClosedCleanlyIsMarkedBeforeItIsWrittenTo) {
  {
    auto table = open();
    fill(*table, 1, 10);
    table->close_cleanly();
  }
  {
    auto table = open();
    EXPECT_TRUE(table->add(1, 11));  // killed before the header says so
  }
  EXPECT_EQ(open(options("boot 2"))->applied().pos, 10);
  auto table = open(options("boot 1"));
  EXPECT_EQ(table->count(), 11U);
}

TEST_F(LookupTableTest, CountsAgainAfterAPowerCut) {
  {
    auto table = open();
    fill(*table, 1, 30);
    ASSERT_TRUE(table->sync());
  }
  // The header as it was long ago, the slots of today.
  const int fd = ::open(file.c_str(), O_RDWR);
  const std::uint64_t old_count = 2;
  ASSERT_EQ(::pwrite(fd, &old_count, sizeof old_count, 16), 8);
  ::close(fd);
  EXPECT_EQ(open()->count(), 2U);
  EXPECT_EQ(open(options("boot 2"))->count(), 30U);
}

TEST_F(LookupTableTest, AFileWhoseBytesWereChangedIsMadeAnew) {
  constexpr std::size_t kHead = 4096;
  struct How {
    std::string boot;  ///< of the next start
    bool clean;
  };
  for (const auto& [boot, clean] : {How{"boot 1", true}, How{"boot 1", false}, How{"boot 2", false}}) {
    for (std::size_t slot = 0; slot < 64; slot += 7) {
      std::filesystem::remove(file);
      {
        auto table = open();
        fill(*table, 1, 30);
        ASSERT_TRUE(table->sync());
        if (clean) table->close_cleanly();
      }
      ASSERT_EQ(open(options(boot))->applied().pos, 30) << "it is good as it is";
      const int fd = ::open(file.c_str(), O_RDWR);
      std::array<char, LookupTable::kSlotBytes> bytes{};
      const auto at = static_cast<off_t>(kHead + slot * bytes.size());
      ASSERT_EQ(::pread(fd, bytes.data(), bytes.size(), at), static_cast<ssize_t>(bytes.size()));
      bytes[1] ^= 4;
      bytes[9] ^= 16;
      ASSERT_EQ(::pwrite(fd, bytes.data(), bytes.size(), at), static_cast<ssize_t>(bytes.size()));
      ::close(fd);
      const auto table = open(options(boot));
      // A slot behind what was synced may hold anything after a power cut.
      const bool is_known = boot == "boot 2" && has(*table, 1) && has(*table, 30);
      EXPECT_TRUE(table->applied().pos == 0 || is_known) << "slot " << slot << ", " << boot << ", clean " << clean;
    }
  }
}

TEST_F(LookupTableTest, AFileOfAnOlderProgramHasNoSumsAndIsTaken) {
  {
    auto table = open();
    fill(*table, 1, 10);
    table->close_cleanly();
  }
  constexpr off_t kSums = 136;
  const std::array<std::uint64_t, 5> none{};
  const int fd = ::open(file.c_str(), O_RDWR);
  ASSERT_EQ(::pwrite(fd, none.data(), sizeof none, kSums), static_cast<ssize_t>(sizeof none));
  ::close(fd);
  {
    auto table = open();
    EXPECT_EQ(table->applied().pos, 10);
    fill(*table, 11, 20);
    ASSERT_TRUE(table->sync());
  }
  EXPECT_EQ(open(options("boot 2"))->applied().pos, 20);
}

TEST_F(LookupTableTest, WhatIsBehindAGrowthsMarkIsNoDamage) {
  {
    auto table = open();
    fill(*table, 1, 20);
    EXPECT_TRUE(table->add(21 * 7919, 21));  // of a list that has not been applied whole
    auto larger = table->copy(128, true);
    ASSERT_TRUE(larger);
    EXPECT_EQ((*larger)->count(), 21U);
  }
  EXPECT_EQ(open(options("boot 2"))->applied().pos, 20);
}

TEST_F(LookupTableTest, AnUnreadableBootIdIsNoCleanStop) {
  {
    auto table = open(options(""));
    fill(*table, 1, 10);
    ASSERT_TRUE(table->sync());
    fill(*table, 11, 20);
  }
  EXPECT_EQ(open(options(""))->applied().pos, 10);
  EXPECT_EQ(open(options("boot 2"))->applied().pos, 10);
}

TEST_F(LookupTableTest, AFullTableTakesNoMoreAndSearchesEnd) {
  auto table = open(options("boot 1", 8));
  StreamPos pos = 1;
  while (table->add(static_cast<std::uint64_t>(pos), pos)) ++pos;
  EXPECT_EQ(table->count(), 7U);
  EXPECT_TRUE(table->is_full());
  EXPECT_TRUE(table->find(1234).empty());
  EXPECT_FALSE(table->add(1234, 1234));
  EXPECT_TRUE(table->add(1, 1)) << "it is there already";
}

TEST_F(LookupTableTest, AnotherDatabaseGivesAnEmptyTable) {
  {
    auto table = open();
    fill(*table, 1, 10);
    table->close_cleanly();
  }
  auto other = options();
  other.database = "another one";
  EXPECT_EQ(open(other)->applied().pos, 0);
  EXPECT_EQ(open()->applied().pos, 0) << "the file is made anew";
}

TEST_F(LookupTableTest, GrowsInPlaceOfTheOldFile) {
  auto table = open();
  fill(*table, 1, 40);
  auto bigger = table->copy(128, true);
  ASSERT_TRUE(bigger) << bigger.error().detail();
  EXPECT_EQ((*bigger)->slots(), 128U);
  for (StreamPos pos = 1; pos <= 40; ++pos) EXPECT_TRUE(has(**bigger, pos));
  EXPECT_TRUE((*bigger)->in_place());
  EXPECT_FALSE(table->in_place());
  EXPECT_FALSE(std::filesystem::exists(new_file()));
  EXPECT_EQ(open(options("boot 2"))->applied().pos, 40) << "synced with its growth";
}

TEST_F(LookupTableTest, LeavesTheReserveOfTheDiskAlone) {
  {
    fill(*open(), 1, 10);
  }
  auto greedy = options();
  greedy.reserve_bytes = std::numeric_limits<std::int64_t>::max();
  auto table = open(greedy);
  auto bigger = table->copy(128, true);
  ASSERT_FALSE(bigger);
  EXPECT_NE(bigger.error().detail().find("are free"), std::string::npos) << bigger.error().detail();
  EXPECT_FALSE(std::filesystem::exists(new_file()));
  EXPECT_TRUE(has(*table, 10));
  EXPECT_TRUE(table->file_trouble().empty());

  auto fresh = LookupTable::open(dir.path() / "fresh.db", greedy);
  EXPECT_FALSE(fresh->file_trouble().empty());
  EXPECT_FALSE(std::filesystem::exists(dir.path() / "fresh.db"));
  fill(*fresh, 1, 10);
  EXPECT_TRUE(has(*fresh, 10)) << "in memory alone";
}

TEST_F(LookupTableTest, GivesBackWhatAFailedReservationGot) {
  auto table = open();
  fill(*table, 1, 40);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 1 << 20;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  auto bigger = table->copy(1 << 20, true);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(bigger);
  EXPECT_FALSE(std::filesystem::exists(new_file()));
  EXPECT_TRUE(has(*table, 40));
  EXPECT_TRUE(table->in_place());
}

TEST_F(LookupTableTest, RemovesWhatAKilledGrowthLeft) {
  {
    fill(*open(), 1, 10);
  }
  std::filesystem::copy_file(file, new_file());
  EXPECT_TRUE(has(*open(), 10));
  EXPECT_FALSE(std::filesystem::exists(new_file()));
}

TEST_F(LookupTableTest, NoticesThatItsFileWasDeleted) {
  auto table = open();
  fill(*table, 1, 10);
  EXPECT_TRUE(table->in_place());
  std::filesystem::remove(file);
  EXPECT_FALSE(table->in_place());
  EXPECT_TRUE(has(*table, 10));
  auto again = table->copy(table->slots(), true);
  ASSERT_TRUE(again);
  EXPECT_TRUE((*again)->in_place());
  EXPECT_TRUE(has(**again, 10));
}

}  // namespace
}  // namespace troupe::homeserver::memory
