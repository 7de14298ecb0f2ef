// The PostgreSQL schemas of tests. Only tests include this.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>

#include "base/mutex.h"
#include "store/postgres_schema.h"

namespace troupe::store {

/// Notes in a suite's report that it may open a database: scripts/test repeats no other on PostgreSQL.
inline void note_database() { testing::Test::RecordProperty("may_open_database", 1); }

/// Whether the tests run on PostgreSQL.
inline bool on_postgres() {
  note_database();
  const char* url = std::getenv("TROUPE_TEST_POSTGRES");
  return url && *url;
}

/// Notes what a schema's tables hold that are not noted yet: after migrations, what those have put there.
inline constexpr std::string_view kNoteTables = R"(
CREATE TABLE IF NOT EXISTS test_seed (name TEXT NOT NULL, content JSONB);
DO $$ DECLARE t RECORD; BEGIN
  FOR t IN SELECT relname FROM pg_class WHERE relnamespace = current_schema()::text::regnamespace AND relkind = 'r'
      AND relname NOT IN ('stream', 'stream_writer', 'stream_note', 'schema_migrations', 'test_seed')
      AND NOT EXISTS (SELECT FROM test_seed WHERE name = relname) LOOP
    INSERT INTO test_seed VALUES (t.relname, NULL);
    EXECUTE format('INSERT INTO test_seed SELECT %L, to_jsonb(x) FROM %I x', t.relname, t.relname);
  END LOOP;
END $$)";

/// Brings a schema back to what was noted. Fails where nothing was, or where there are other tables now.
inline constexpr std::string_view kEmptySchema = R"(
DO $$ DECLARE t RECORD; BEGIN
  IF to_regclass('test_seed') IS NULL THEN RAISE EXCEPTION 'nothing was noted'; END IF;
  IF EXISTS (
      SELECT FROM (SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::text::regnamespace
        AND relkind = 'r' AND relname NOT IN
        ('stream', 'stream_writer', 'stream_note', 'schema_migrations', 'test_seed')) there
      FULL JOIN (SELECT DISTINCT name FROM test_seed) noted ON name = relname
      WHERE name IS NULL OR relname IS NULL) THEN
    RAISE EXCEPTION 'other tables than were noted';
  END IF;
  PERFORM set_config('session_replication_role', 'replica', true);  -- rows that others refer to may go first
  FOR t IN SELECT relname FROM pg_class WHERE relnamespace = current_schema()::text::regnamespace AND relkind = 'r'
      AND relname NOT IN ('schema_migrations', 'test_seed') AND pg_relation_size(oid) > 0 LOOP
    EXECUTE format('DELETE FROM %I', t.relname);
  END LOOP;
  FOR t IN SELECT DISTINCT name FROM test_seed WHERE content IS NOT NULL LOOP
    EXECUTE format('INSERT INTO %I SELECT (jsonb_populate_record(NULL::%I, content)).* FROM test_seed'
      ' WHERE name = %L AND content IS NOT NULL', t.name, t.name, t.name);
  END LOOP;
END $$)";

/// The PostgreSQL schemas that stand for directories of this process. Making some hundred tables and dropping them
/// again is much of what a test costs the server: a schema whose tables kit::migrate() made is emptied when its
/// directory goes, and stands for the next one that a test of the same suite asks for. What a test has made or renamed
/// besides is not kept.
class TestSchemas {
 public:
  static TestSchemas& get() {
    static TestSchemas schemas;
    return schemas;
  }
  ~TestSchemas() {
    for (const auto& [suite, url] : kept_) {
      if (auto dropped = drop_postgres_schema(url); !dropped) std::cerr << dropped.error().detail() << '\n';
    }
  }
  TestSchemas(const TestSchemas&) = delete;
  TestSchemas& operator=(const TestSchemas&) = delete;

  /// The address of the schema for `directory`: made when a database is opened there. Empty on SQLite.
  std::string url(const std::filesystem::path& directory) {
    if (!on_postgres()) return {};
    const base::Lock lock(mutex_);
    auto& url = urls_[directory.string()];
    if (!url.empty()) return url;
    if (auto kept = kept_.find(suite()); kept != kept_.end()) {
      url = std::move(kept->second);
      kept_.erase(kept);
      return url;
    }
    url = std::getenv("TROUPE_TEST_POSTGRES");
    url += url.find('?') == std::string::npos ? "?" : "&";
    url += "schema=t" + std::to_string(getpid()) + "_" + std::to_string(++made_);
    return url;
  }
  /// What stands for `directory` is emptied and kept, or dropped.
  void drop(const std::filesystem::path& directory) {
    const base::Lock lock(mutex_);
    for (auto at = urls_.lower_bound(directory.string());
         at != urls_.end() && at->first.starts_with(directory.string()); at = urls_.erase(at)) {
      if (run_in_postgres_schema(at->second, kEmptySchema)) {
        kept_.emplace(suite(), at->second);
      } else if (auto dropped = drop_postgres_schema(at->second); !dropped) {
        ADD_FAILURE() << dropped.error().detail();
      }
    }
  }

 private:
  TestSchemas() = default;
  static std::string suite() {
    const auto* suite = testing::UnitTest::GetInstance()->current_test_suite();
    return suite ? suite->name() : "";
  }

  base::Mutex mutex_;
  std::map<std::string, std::string> urls_ GUARDED_BY(mutex_);
  std::multimap<std::string, std::string> kept_ GUARDED_BY(mutex_);  ///< by the suite that left them
  int made_ GUARDED_BY(mutex_) = 0;
};

}  // namespace troupe::store
