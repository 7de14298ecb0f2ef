// What happens when the disk fails: every statement in turn, a full disk, a process killed at any point.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

#include "store/disk_watch.h"
#include "store/fault_plan.h"
#include "store/test_database.h"

namespace troupe::store {
namespace {

using namespace std::chrono_literals;

constexpr const char* kCreate =
    "CREATE TABLE IF NOT EXISTS item(pos INTEGER PRIMARY KEY, name TEXT UNIQUE, bytes BLOB)";
constexpr const char* kInsert = "INSERT INTO item(pos, name, bytes) VALUES (?1, ?2, ?3)";
constexpr const char* kNames = "SELECT name FROM item";
constexpr const char* kPositions = "SELECT pos FROM item";

using Names = std::set<std::string>;

Result<Unit> make_table(Tx& tx) {
  tx.run(kCreate);
  return Unit{};
}

Names stored(Database& db) {
  Names out;
  EXPECT_TRUE(db.read_now([&](Connection& c) -> Result<Unit> {
    const auto names = values<std::string>(c.query(kNames));
    out = Names(names.begin(), names.end());
    return Unit{};
  }));
  return out;
}

/// Keeps the names in memory, as the rooms keep theirs: staged by an operation, then by the batch, then committed.
class Memory final : public Participant {
 public:
  void stage(std::string name) { operation_.push_back(std::move(name)); }
  void operation_succeeded() override {
    batch_.insert(batch_.end(), operation_.begin(), operation_.end());
    operation_.clear();
  }
  void operation_failed() override { operation_.clear(); }
  void batch_committed(StreamPos head) override {
    EXPECT_TRUE(operation_.empty());
    EXPECT_GE(head, head_);
    head_ = head;
    names.insert(batch_.begin(), batch_.end());
    batch_.clear();
  }
  void batch_failed() override {
    operation_.clear();
    batch_.clear();
  }
  Names names;

 private:
  std::vector<std::string> operation_;
  std::vector<std::string> batch_;
  StreamPos head_ = 0;
};

enum class Kind { plain, refuses_first, refuses_after_change, savepoint, savepoint_refuses };

Task<Unit> insert(Database& db, Memory& memory, std::string name, Kind kind) {
  auto operation = [&](Tx& tx) -> Result<Unit> {
    if (kind == Kind::refuses_first) return Error(Errc::forbidden, "no");
    const auto pos = tx.next_pos();
    tx.run(kInsert, pos, name, nullptr);
    memory.stage(name);
    tx.run("UPDATE item SET bytes = ?2 WHERE pos = ?1", pos, Value::blob(name));
    if (kind == Kind::refuses_after_change || kind == Kind::savepoint_refuses) return Error(Errc::conflict, "late");
    return Unit{};
  };
  const bool savepoint = kind == Kind::savepoint || kind == Kind::savepoint_refuses;
  co_return co_await db.write(operation, {.savepoint = savepoint});
}

struct Outcomes {
  Names acknowledged;
  Names refused;  ///< by the operation itself
  int unavailable = 0;
};

/// Twelve operations of all kinds in flight together.
Outcomes storm(Database& db, Memory& memory, const std::string& prefix) {
  Outcomes out;
  asio::io_context context;
  for (int i = 0; i < 12; ++i) {
    const auto name = prefix + std::to_string(i);
    const Kind kind = i == 3   ? Kind::refuses_first
                      : i == 5 ? Kind::savepoint
                      : i == 7 ? Kind::savepoint_refuses
                      : i == 9 ? Kind::refuses_after_change
                               : Kind::plain;
    asio::co_spawn(context, insert(db, memory, name, kind), [&out, name](std::exception_ptr e, Result<Unit> result) {
      EXPECT_FALSE(e);
      if (result) {
        out.acknowledged.insert(name);
      } else if (result.error().code() == Errc::unavailable) {
        EXPECT_GT(result.error().retry_after().count(), 0);
        ++out.unavailable;
      } else {
        out.refused.insert(name);
      }
    });
  }
  context.run();
  return out;
}

/// Waits out the back-off.
void write_until_it_works(Database& db, const std::function<Result<Unit>(Tx&)>& operation) {
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (!db.write_now(operation)) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << db.trouble().value_or("no trouble");
    std::this_thread::yield();
  }
}

class EveryFault : public testing::TestWithParam<FaultPlan::Kind> {};

TEST_P(EveryFault, LosesNothingAcknowledgedAndMemoryMatches) {
  TempDir dir;
  base::MetricRegistry metrics;
  FaultPlan plan;
  Memory memory;
  DatabaseOptions options;
  options.faults = &plan;
  options.first_back_off = 1ms;
  auto db = open_database(dir, metrics, options);
  db->add_participant(memory);
  ASSERT_TRUE(db->write_now(make_table, {.savepoint = true}));

  Names acknowledged;
  bool happened = true;
  int n = 0;
  for (; happened; ++n) {
    plan.arm(n, GetParam());
    const auto out = storm(*db, memory, "n" + std::to_string(n) + "-");
    happened = plan.happened();
    plan.disarm();
    EXPECT_EQ(out.unavailable > 0, happened) << n;
    acknowledged.insert(out.acknowledged.begin(), out.acknowledged.end());
    for (const auto& name : out.refused) EXPECT_FALSE(acknowledged.contains(name));
    write_until_it_works(*db, [](Tx&) -> Result<Unit> { return Unit{}; });
    EXPECT_FALSE(db->trouble());
    ASSERT_EQ(stored(*db), acknowledged) << "fault " << n;
    ASSERT_EQ(memory.names, acknowledged) << "fault " << n;
  }
  EXPECT_GT(n, 20);  // the walk really went through the batch
  db.reset();
  db = open_database(dir, metrics);
  EXPECT_EQ(stored(*db), acknowledged);
}

INSTANTIATE_TEST_SUITE_P(Store, EveryFault, testing::Values(FaultPlan::Kind::disk_full, FaultPlan::Kind::io_error));

TEST(Fault, WaitingOperationsAreToldAtOnceAndReadsGoOn) {
  TempDir dir;
  base::MetricRegistry metrics;
  FaultPlan plan;
  DatabaseOptions options;
  options.faults = &plan;
  options.first_back_off = 5s;
  auto db = open_database(dir, metrics, options);
  ASSERT_TRUE(db->write_now(make_table, {.savepoint = true}));
  plan.arm(0, FaultPlan::Kind::disk_full, 1'000'000);
  EXPECT_EQ(db->write_now(make_table).error().code(), Errc::unavailable);
  ASSERT_TRUE(db->trouble());
  const auto start = std::chrono::steady_clock::now();
  auto refused = db->write_now(make_table);
  EXPECT_EQ(refused.error().code(), Errc::unavailable);
  EXPECT_EQ(refused.error().retry_after(), 1s);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 4'500ms) << "it does not wait for the next try";
  EXPECT_TRUE(stored(*db).empty());
}

TEST(Fault, WhatFailsAfterTheCommitUndoesNothing) {
  TempDir dir;
  base::MetricRegistry metrics;
  FaultPlan plan;
  Memory memory;
  auto db = open_database(dir, metrics, {.faults = &plan});
  db->add_participant(memory);
  ASSERT_TRUE(db->write_now(make_table, {.savepoint = true}));
  plan.fail_after_commit(true);
  const auto storm_of = storm(*db, memory, "late-");
  EXPECT_EQ(storm_of.unavailable, 0);
  EXPECT_EQ(memory.names, storm_of.acknowledged);  // memory was not rolled back behind a durable batch
  EXPECT_EQ(stored(*db), storm_of.acknowledged);
  EXPECT_FALSE(db->trouble());
}

TEST(Fault, ASlowDiskIsSaidWhileItLastsAndAfter) {
  TempDir dir;
  base::MetricRegistry metrics;
  FaultPlan plan;
  const auto start = std::chrono::steady_clock::now();
  auto db = open_database(dir, metrics, {.slow_commit = 100ms, .faults = &plan});
  ASSERT_TRUE(db->write_now(make_table, {.savepoint = true}));
  const bool trouble = db->trouble(Trouble::slow).has_value();
  // The disk of a busy machine may be that slow by itself.
  if (std::chrono::steady_clock::now() - start < 100ms) EXPECT_FALSE(trouble);
  plan.arm(0, FaultPlan::Kind::slow, 1'000'000);
  std::thread writer([&] { EXPECT_TRUE(db->write_now(make_table)); });
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (!db->trouble(Trouble::slow)) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  writer.join();
  plan.disarm();
  ASSERT_TRUE(db->trouble(Trouble::slow));
  EXPECT_NE(db->trouble(Trouble::slow)->find("slow"), std::string::npos);
  EXPECT_FALSE(db->trouble(Trouble::writing));
  EXPECT_GT(metrics.counter("troupe_store_slow_commits_total", "").value(), 0U);
}

TEST(DiskWatch, ForgetsWhatIsLongPast) {
  DiskWatch watch("a commit", nullptr, 1ms, 50ms);
  {
    const auto waiting = watch.begin();
    std::this_thread::sleep_for(5ms);
    EXPECT_TRUE(watch.trouble());
  }
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (watch.trouble()) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
}

/// A file system too small for what the test writes: a tmpfs of its own, or, without the right to mount, a limit on the
/// size of files.
class SmallDisk {
 public:
  explicit SmallDisk(const std::filesystem::path& at) : at_(at) {
    std::filesystem::create_directory(at);
    mounted_ = ::mount("tmpfs", at.c_str(), "tmpfs", 0, "size=12m") == 0;
    if (mounted_) {
      std::ofstream(at / "ballast") << std::string(8U << 20, 'b');
      return;
    }
    ::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &usual_);
    rlimit small{4U << 20, usual_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallDisk() {
    if (mounted_) {
      ::umount2(at_.c_str(), MNT_DETACH);
    } else {
      setrlimit(RLIMIT_FSIZE, &usual_);
    }
  }
  void make_room() {
    if (mounted_) {
      std::filesystem::remove(at_ / "ballast");
    } else {
      setrlimit(RLIMIT_FSIZE, &usual_);
    }
  }

 private:
  std::filesystem::path at_;
  bool mounted_ = false;
  rlimit usual_{};
};

TEST(Fault, FullDiskRefusesWritesServesReadsAndRecovers) {
  TROUPE_SQLITE_ONLY();
  TempDir dir;
  base::MetricRegistry metrics;
  SmallDisk disk(dir.path() / "disk");
  Memory memory;
  auto opened =
      Database::open({.file = dir.path() / "disk" / "troupe.db", .first_back_off = 1ms}, base::system_clock(), metrics);
  ASSERT_TRUE(opened) << opened.error().message();
  auto& db = **opened;
  db.add_participant(memory);
  ASSERT_TRUE(db.write_now(make_table, {.savepoint = true}));
  Names acknowledged;
  const std::string bytes(20'000, 'x');
  int failures = 0;
  for (int i = 0; failures < 5 && i < 10'000; ++i) {
    const auto name = std::to_string(i);
    auto done = db.write_now([&](Tx& tx) -> Result<Unit> {
      tx.run(kInsert, tx.next_pos(), name, Value::blob(bytes));
      memory.stage(name);
      return Unit{};
    });
    if (done) {
      acknowledged.insert(name);
    } else {
      EXPECT_EQ(done.error().code(), Errc::unavailable) << done.error().detail();
      ++failures;
    }
  }
  ASSERT_EQ(failures, 5) << "the disk never filled";
  EXPECT_GT(acknowledged.size(), 50U);
  EXPECT_TRUE(db.trouble());
  EXPECT_EQ(stored(db), acknowledged);
  EXPECT_EQ(memory.names, acknowledged);

  disk.make_room();
  write_until_it_works(db, [&](Tx& tx) -> Result<Unit> {
    tx.run(kInsert, tx.next_pos(), "after", Value::blob(bytes));
    return Unit{};
  });
  acknowledged.insert("after");
  EXPECT_FALSE(db.trouble());
  EXPECT_EQ(stored(db), acknowledged);
  opened->reset();
  opened = Database::open({.file = dir.path() / "disk" / "troupe.db"}, base::system_clock(), metrics);
  ASSERT_TRUE(opened);
  EXPECT_EQ(stored(**opened), acknowledged);
  opened->reset();
}

constexpr const char* kKilledDirectory = "TROUPE_TEST_KILLED_DIRECTORY";
constexpr const char* kKilledUrl = "TROUPE_TEST_KILLED_URL";
constexpr int kPositionsDescriptor = 9;

/// The other side of the next test: writes until it is killed, and tells each position once it is acknowledged.
TEST(Killed, DISABLED_Writer) {
  const char* directory = std::getenv(kKilledDirectory);
  const char* url = std::getenv(kKilledUrl);
  ASSERT_TRUE(directory && url);
  base::MetricRegistry metrics;
  auto db = Database::open(
      {.file = std::filesystem::path(directory) / "troupe.db", .url = url, .wal_restart_bytes = 1U << 20},
      base::system_clock(), metrics);
  ASSERT_TRUE(db);
  ASSERT_TRUE((*db)->write_now(make_table, {.savepoint = true}));
  asio::io_context context;
  for (int i = 0; i < 32; ++i) {
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
          while (true) {
            auto operation = [](Tx& tx) -> Result<StreamPos> {
              const auto pos = tx.next_pos();
              tx.run(kInsert, pos, std::to_string(pos), Value::blob("some bytes for the log to grow by"));
              return pos;
            };
            auto pos = co_await (*db)->write(operation);
            if (!pos || ::write(kPositionsDescriptor, &*pos, sizeof *pos) != sizeof *pos) _exit(3);
          }
        },
        [](std::exception_ptr) { _exit(4); });
  }
  context.run();
}

/// Starts this program again as the writer above, with its output in a pipe.
class KilledChild {
 public:
  explicit KilledChild(const std::filesystem::path& directory) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    ::setenv(kKilledDirectory, directory.c_str(), 1);
    ::setenv(kKilledUrl, in_directory(directory).url.c_str(), 1);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], kPositionsDescriptor);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    std::string program = std::filesystem::read_symlink("/proc/self/exe");
    std::string filter = "--gtest_filter=Killed.DISABLED_Writer";
    std::string disabled = "--gtest_also_run_disabled_tests";
    char* arguments[] = {program.data(), filter.data(), disabled.data(), nullptr};
    const int failed = ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    ::unsetenv(kKilledDirectory);
    ::close(ends[1]);
    output_ = ends[0];
    if (failed) throw std::runtime_error("posix_spawn");
  }
  ~KilledChild() { ::close(output_); }

  /// Reads `count` acknowledged positions, kills, and reads what was still in the pipe.
  std::vector<StreamPos> kill_after(std::size_t count) {
    std::vector<StreamPos> out;
    StreamPos pos = 0;
    while (out.size() < count && ::read(output_, &pos, sizeof pos) == sizeof pos) out.push_back(pos);
    ::kill(pid_, SIGKILL);
    while (::read(output_, &pos, sizeof pos) == sizeof pos) out.push_back(pos);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << status;
    return out;
  }

 private:
  pid_t pid_ = 0;
  int output_ = -1;
};

TEST(Killed, NothingAcknowledgedIsLostAndNoPositionComesTwice) {
  TempDir dir;
  std::mt19937 random(42);
  std::set<StreamPos> acknowledged;
  for (int round = 0; round < 8; ++round) {
    KilledChild child(dir.path());
    StreamPos highest = acknowledged.empty() ? 0 : *acknowledged.rbegin();
    for (auto pos : child.kill_after(50 + random() % 3000)) {
      EXPECT_TRUE(acknowledged.insert(pos).second) << "position " << pos << " came twice";
      EXPECT_GT(pos, highest) << "round " << round;
    }
  }
  base::MetricRegistry metrics;
  auto db = open_database(dir, metrics);
  EXPECT_GE(db->head(), *acknowledged.rbegin());
  std::set<StreamPos> found;
  ASSERT_TRUE(db->read_now([&](Connection& c) -> Result<Unit> {
    for (const auto pos : values<StreamPos>(c.query(kPositions))) found.insert(pos);
    if (on_postgres()) return Unit{};
    EXPECT_EQ(value<std::string>(c.query("PRAGMA integrity_check")), "ok");
    return Unit{};
  }));
  EXPECT_TRUE(std::ranges::includes(found, acknowledged));
  EXPECT_GT(acknowledged.size(), 400U);
}

}  // namespace
}  // namespace troupe::store
