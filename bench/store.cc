// Durable inserts a second on a database that already holds many events, beside the disk's own floor.
// modules: base store
// Usage: bench_store [--rows N] [--seconds S] [--rooms N] [--dir DIR] [--without-txn] [--url postgres://…?schema=NAME]
// With --url the rows go to PostgreSQL, into a schema that is dropped before and after.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "store/database.h"
#include "store/postgres_schema.h"

namespace troupe::bench {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kEventBytes = 700;
constexpr std::size_t kDevices = 200;
constexpr int kIoThreads = 2;

struct Options {
  std::int64_t rows = 1'000'000;
  double seconds = 5;
  std::int64_t rooms = 1'000;
  std::filesystem::path dir = ".";
  bool txn = true;
  std::string url;
};

constexpr const char* kSchema =
    "CREATE TABLE bench_event(pos INTEGER PRIMARY KEY, room INTEGER NOT NULL, event_id TEXT NOT NULL, type TEXT NOT "
    "NULL,"
    " sender INTEGER NOT NULL, ts INTEGER NOT NULL, depth INTEGER NOT NULL, flags INTEGER NOT NULL, redacted_by "
    "INTEGER,"
    " bytes BLOB NOT NULL);"
    "CREATE TABLE bench_timeline(room INTEGER NOT NULL, pos INTEGER NOT NULL, PRIMARY KEY (room, pos)) WITHOUT ROWID;"
    "CREATE TABLE bench_txn(device INTEGER NOT NULL, path_hash BLOB NOT NULL, pos INTEGER NOT NULL,"
    " PRIMARY KEY (device, path_hash)) WITHOUT ROWID;";
constexpr const char* kInsertEvent =
    "INSERT INTO bench_event(pos, room, event_id, type, sender, ts, depth, flags, redacted_by, bytes)"
    " VALUES (?1, ?2, ?3, 'm.room.message', ?4, ?5, ?6, 0, NULL, ?7)";
constexpr const char* kInsertTimeline = "INSERT INTO bench_timeline(room, pos) VALUES (?1, ?2)";
constexpr const char* kFindTxn = "SELECT pos FROM bench_txn WHERE device = ?1 AND path_hash = ?2";
constexpr const char* kInsertTxn = "INSERT INTO bench_txn(device, path_hash, pos) VALUES (?1, ?2, ?3)";

/// What the writer thread needs to make up events; no two threads use one.
class Events {
 public:
  Events(const Options& options, std::uint64_t seed) : options_(options), random_(seed), bytes_(kEventBytes, 'e') {}

  void insert(store::Tx& tx) {
    const auto room = static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(options_.rooms));
    const auto device = static_cast<std::int64_t>(random_() % kDevices);
    std::uint64_t hash[2] = {random_(), random_()};
    const std::string_view path_hash(reinterpret_cast<const char*>(hash), sizeof hash);
    if (options_.txn) {
      auto seen = tx.query(kFindTxn, device, store::Value::blob(path_hash));
      if (seen.next()) return;
    }
    const auto pos = tx.next_pos();
    event_id_ = fmt::format("${:016x}{:016x}{:011x}", hash[0], hash[1], pos);
    std::copy_n(event_id_.begin(), 16, bytes_.begin() + 8);
    tx.run(kInsertEvent, pos, room, event_id_, device, 1'700'000'000'000 + pos, pos, store::Value::blob(bytes_));
    tx.run(kInsertTimeline, room, pos);
    if (options_.txn) tx.run(kInsertTxn, device, store::Value::blob(path_hash), pos);
  }

 private:
  const Options& options_;
  std::mt19937_64 random_;
  std::string event_id_;
  std::string bytes_;
};

double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Rows a second when `batch` rows are appended to a plain file and fdatasync is called once.
double floor_rate(const Options& options, std::size_t batch) {
  const auto file = options.dir / "floor.bin";
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) throw std::runtime_error("cannot write " + file.string());
  const std::string bytes(batch * kEventBytes, 'f');
  const auto start = Steady::now();
  std::int64_t rows = 0;
  while (seconds_since(start) < std::min(options.seconds, 2.0)) {
    if (::write(descriptor, bytes.data(), bytes.size()) < 0 || ::fdatasync(descriptor) != 0) {
      throw std::runtime_error("disk error");
    }
    rows += static_cast<std::int64_t>(batch);
  }
  const auto rate = static_cast<double>(rows) / seconds_since(start);
  ::close(descriptor);
  std::filesystem::remove(file);
  return rate;
}

/// Rows a second when one operation inserts exactly `batch` rows, with nobody else in its commit.
double exact_rate(store::Database& db, Events& events, std::size_t batch, double seconds) {
  const auto start = Steady::now();
  std::int64_t rows = 0;
  while (seconds_since(start) < seconds) {
    auto done = db.write_now([&](store::Tx& tx) -> Result<Unit> {
      for (std::size_t i = 0; i < batch; ++i) events.insert(tx);
      return Unit{};
    });
    if (!done) throw std::runtime_error(done.error().detail());
    rows += static_cast<std::int64_t>(batch);
  }
  return static_cast<double>(rows) / seconds_since(start);
}

struct Concurrent {
  double rate = 0;
  double batch = 0;
  double cpu_per_1000 = 0;
  double p50_ms = 0;
  double p99_ms = 0;
  double max_ms = 0;
};

asio::awaitable<void> sender(store::Database& db, Events& events, Steady::time_point end, std::vector<float>& waits) {
  while (true) {
    const auto start = Steady::now();
    if (start >= end) co_return;
    auto insert = [&](store::Tx& tx) -> Result<Unit> {
      events.insert(tx);
      return Unit{};
    };
    auto done = co_await db.write(insert);
    if (!done) throw std::runtime_error(done.error().message());
    waits.push_back(std::chrono::duration<float, std::milli>(Steady::now() - start).count());
  }
}

/// `senders` coroutines on a few threads, each inserting one row at a time and waiting until it is durable.
Concurrent concurrent_rate(store::Database& db, Events& events, base::MetricRegistry& metrics, int senders,
                           double seconds) {
  auto& batches = metrics.counter("troupe_store_batches_total", "");
  const auto batches_before = batches.value();
  const auto cpu_before = cpu_seconds();
  const auto start = Steady::now();
  const auto end = start + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(seconds));
  std::vector<std::vector<float>> waits(kIoThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kIoThreads; ++t) {
    threads.emplace_back([&, t] {
      asio::io_context context(1);
      for (int i = t; i < senders; i += kIoThreads) {
        asio::co_spawn(context, sender(db, events, end, waits[static_cast<std::size_t>(t)]), [](std::exception_ptr e) {
          if (e) std::rethrow_exception(e);
        });
      }
      context.run();
    });
  }
  for (auto& thread : threads) thread.join();
  const auto took = seconds_since(start);
  std::vector<float> all;
  for (auto& part : waits) all.insert(all.end(), part.begin(), part.end());
  std::ranges::sort(all);
  const auto rows = static_cast<double>(all.size());
  const auto at = [&](double q) { return all.empty() ? 0.0 : all[static_cast<std::size_t>(q * (rows - 1))]; };
  return {.rate = rows / took,
          .batch = rows / static_cast<double>(std::max<std::uint64_t>(1, batches.value() - batches_before)),
          .cpu_per_1000 = (cpu_seconds() - cpu_before) / rows * 1000,
          .p50_ms = at(0.5),
          .p99_ms = at(0.99),
          .max_ms = at(1)};
}

void fill(store::Database& db, Events& events, std::int64_t rows) {
  const auto start = Steady::now();
  constexpr std::int64_t kBatch = 256;
  double slowest_ms = 0;
  for (std::int64_t done = 0; done < rows; done += kBatch) {
    const auto batch_start = Steady::now();
    auto written = db.write_now([&](store::Tx& tx) -> Result<Unit> {
      for (std::int64_t i = 0; i < kBatch; ++i) events.insert(tx);
      return Unit{};
    });
    if (!written) throw std::runtime_error(written.error().detail());
    slowest_ms = std::max(slowest_ms, seconds_since(batch_start) * 1000);
  }
  fmt::print("stored {} events, {} a commit: {:.0f} rows/s, slowest commit {:.0f} ms\n", rows, kBatch,
             static_cast<double>(rows) / seconds_since(start), slowest_ms);
}

void run(const Options& options) {
  const auto file = options.dir / "bench.db";
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + suffix);
  const auto drop = [&] {
    if (options.url.empty()) return;
    if (auto dropped = store::drop_postgres_schema(options.url); !dropped) {
      throw std::runtime_error(dropped.error().message() + " " + dropped.error().detail());
    }
  };
  drop();
  base::MetricRegistry metrics;
  auto opened = store::Database::open({.file = file, .url = options.url}, base::system_clock(), metrics);
  if (!opened) throw std::runtime_error(opened.error().message());
  auto& db = **opened;
  Events events(options, 1);
  auto made = db.write_now(
      [](store::Tx& tx) -> Result<Unit> {
        tx.script(kSchema);
        return Unit{};
      },
      {.savepoint = true});
  if (!made) throw std::runtime_error(made.error().detail());
  fill(db, events, options.rows);

  fmt::print("\n{:>5} {:>14} {:>16} {:>16} {:>10} {:>9} {:>9} {:>9} {:>12}\n", "n", "fdatasync/s", "n rows/commit",
             "n senders", "avg batch", "p50 ms", "p99 ms", "max ms", "cpu s/1000");
  for (const int n : {1, 8, 64, 256}) {
    const auto floor = floor_rate(options, static_cast<std::size_t>(n));
    const auto exact = exact_rate(db, events, static_cast<std::size_t>(n), options.seconds);
    const auto many = concurrent_rate(db, events, metrics, n, options.seconds);
    fmt::print("{:>5} {:>14.0f} {:>16.0f} {:>16.0f} {:>10.1f} {:>9.2f} {:>9.2f} {:>9.2f} {:>12.3f}\n", n, floor, exact,
               many.rate, many.batch, many.p50_ms, many.p99_ms, many.max_ms, many.cpu_per_1000);
  }
  const auto rows = db.head();
  if (!options.url.empty()) {
    opened->reset();
    drop();
    return;
  }
  const auto wal_bytes = std::filesystem::file_size(file.string() + "-wal");
  opened->reset();
  fmt::print("\n{} rows, {:.0f} bytes of disk each; write-ahead log file {:.0f} MiB at the end\n", rows,
             static_cast<double>(std::filesystem::file_size(file)) / static_cast<double>(rows),
             static_cast<double>(wal_bytes) / (1 << 20));
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace troupe::bench

int main(int argc, char** argv) {
  troupe::bench::Options options;
  try {
    for (int i = 1; i < argc; ++i) {
      const std::string_view name = argv[i];
      if (name == "--without-txn") {
        options.txn = false;
        continue;
      }
      if (i + 1 == argc)
        throw std::invalid_argument(
            "Usage: bench_store [--rows N] [--seconds S] [--rooms N] "
            "[--dir DIR] [--without-txn] [--url postgres://…?schema=NAME]");
      const std::string value = argv[++i];
      if (name == "--rows") {
        options.rows = std::stoll(value);
      } else if (name == "--seconds") {
        options.seconds = std::stod(value);
      } else if (name == "--rooms") {
        options.rooms = std::max(1LL, std::stoll(value));
      } else if (name == "--url") {
        options.url = value;
      } else if (name == "--dir") {
        options.dir = value;
      } else {
        throw std::invalid_argument("Unknown option " + std::string(name));
      }
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
  try {
    troupe::bench::run(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  return 0;
}
