// A database in a directory of its own that goes away with the test. Only tests include this.
// SQLite; PostgreSQL when TROUPE_TEST_POSTGRES holds the address of a server, where each directory stands for a schema.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "store/columns.h"
#include "store/database.h"
#include "store/postgres_schema.h"

namespace troupe::store {

/// Whether the tests run on PostgreSQL.
inline bool on_postgres() {
  const char* url = std::getenv("TROUPE_TEST_POSTGRES");
  return url && *url;
}

/// For tests of what only SQLite has: files, checkpoints, page caches.
#define TROUPE_SQLITE_ONLY() \
  if (troupe::store::on_postgres()) GTEST_SKIP() << "about SQLite"

/// The PostgreSQL schemas that stand for directories of this process.
class TestSchemas {
 public:
  static TestSchemas& get() {
    static TestSchemas schemas;
    return schemas;
  }
  /// The address of the schema for `directory`: made when a database is opened there. Empty on SQLite.
  std::string url(const std::filesystem::path& directory) {
    if (!on_postgres()) return {};
    const base::Lock lock(mutex_);
    auto& url = urls_[directory.string()];
    if (!url.empty()) return url;
    url = std::getenv("TROUPE_TEST_POSTGRES");
    url += url.find('?') == std::string::npos ? "?" : "&";
    url += "schema=t" + std::to_string(getpid()) + "_" + std::to_string(++made_);
    return url;
  }
  /// Drops what stands for `directory` and what is in it.
  void drop(const std::filesystem::path& directory) {
    const base::Lock lock(mutex_);
    for (auto at = urls_.lower_bound(directory.string());
         at != urls_.end() && at->first.starts_with(directory.string()); at = urls_.erase(at)) {
      if (auto dropped = drop_postgres_schema(at->second); !dropped) ADD_FAILURE() << dropped.error().detail();
    }
  }

 private:
  base::Mutex mutex_;
  std::map<std::string, std::string> urls_ GUARDED_BY(mutex_);
  int made_ GUARDED_BY(mutex_) = 0;
};

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
