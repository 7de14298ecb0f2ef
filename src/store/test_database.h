// A database in a directory of its own that goes away with the test. Only tests include this.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "store/database.h"

namespace troupe::store {

class TempDir {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "troupe-test-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary directory");
    path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Opens `dir`/troupe.db, which must succeed.
inline std::unique_ptr<Database> open_database(const TempDir& dir, base::MetricRegistry& metrics,
                                               DatabaseOptions options = {}) {
  options.file = dir.path() / "troupe.db";
  auto opened = Database::open(options, base::system_clock(), metrics);
  if (!opened) throw std::runtime_error(opened.error().message() + " " + opened.error().detail());
  return std::move(*opened);
}

}  // namespace troupe::store
