#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "runtime/shim/folder.h"
#include "runtime/shim/log_writer.h"
#include "runtime/shim/processes.h"

namespace troupe::runtime::shim {
namespace {

namespace fs = std::filesystem;

TEST(Processes, ASignalNeverHitsALaterProcessOfTheSamePid) {
  auto self = process_stat(::getpid());
  ASSERT_TRUE(self);
  EXPECT_TRUE(signal_process(*self, 0));
  self->start_ticks -= 1;
  EXPECT_FALSE(signal_process(*self, 0));
  EXPECT_FALSE(process_stat(0x7fffffff));
}

TEST(LogWriter, GoesOnBehindALineThatWasTornApart) {
  auto pattern = (fs::temp_directory_path() / "troupe-log-XXXXXX").string();
  const fs::path folder = ::mkdtemp(pattern.data());
  std::ofstream(folder / "7.log") << "7 1 O seven\n8 1 O eight\n9 1 O to";
  LogWriter writer(folder.string(), (folder / "dropped").string(), {});
  writer.line(kFromOut, "nine", 2, 2);
  writer.flush();
  EXPECT_EQ(*read_file((folder / "7.log").string(), 1000), "7 1 O seven\n8 1 O eight\n9 2 O nine\n");
  fs::remove_all(folder);
}

TEST(Record, KeepsEveryByteButZero) {
  Record record;
  record.add("a", std::string_view("x=y\nz"));
  record.add("n", std::int64_t{-5});
  record.add("a", std::string_view("second"));
  auto bytes = record.bytes();
  bytes.resize(200, '\0');
  const auto read = Record::parse(bytes);
  EXPECT_EQ(read.text("a"), "x=y\nz");
  EXPECT_EQ(read.number("n"), -5);
  EXPECT_EQ(read.number("a", 9), 9);
  EXPECT_EQ(read.all("a").size(), 2U);
}

}  // namespace
}  // namespace troupe::runtime::shim
