// A database in a directory of its own that goes away with the test. Only tests include this.
// SQLite; PostgreSQL when TROUPE_TEST_POSTGRES holds the address of a server, where each directory stands for a schema.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "store/columns.h"
#include "store/database.h"
#include "store/test_schemas.h"

namespace troupe::store {

/// For tests of what only SQLite has: files, checkpoints, page caches.
#define TROUPE_SQLITE_ONLY() \
  if (troupe::store::on_postgres()) GTEST_SKIP() << "about SQLite"

class TempDir {
 public:
  TempDir() {
    note_database();  // perhaps a child process opens it
    std::string name = (std::filesystem::temp_directory_path() / "troupe-test-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary directory");
    path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
    TestSchemas::get().drop(path_);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// `options` for the database of a directory inside a TempDir.
inline DatabaseOptions in_directory(const std::filesystem::path& directory, DatabaseOptions options = {}) {
  options.file = directory / "troupe.db";
  options.url = TestSchemas::get().url(directory);
  return options;
}

/// Opens the directory's database, which must succeed.
inline std::unique_ptr<Database> open_database(const TempDir& dir, base::MetricRegistry& metrics,
                                               DatabaseOptions options = {}) {
  options = in_directory(dir.path(), options);
  auto opened = Database::open(options, base::system_clock(), metrics);
  if (!opened) throw std::runtime_error(opened.error().message() + " " + opened.error().detail());
  return std::move(*opened);
}

}  // namespace troupe::store
