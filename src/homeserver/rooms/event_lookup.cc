#include "homeserver/rooms/event_lookup.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/log.h"
#include "homeserver/rooms/event_store.h"
#include "homeserver/rooms/lookup_table.h"

namespace troupe::homeserver {
namespace {

constexpr std::size_t kReadChunk = 5'000;
constexpr auto kGather = std::chrono::milliseconds(20);  // commits that are applied together
constexpr auto kLongestWait = std::chrono::seconds(10);  // of a send, for a rebuild
constexpr auto kSyncEvery = std::chrono::minutes(5);

std::uint64_t key_of(std::string_view event_id) {
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a, then a finishing mix: the low bits choose the slot
  for (unsigned char byte : event_id) hash = (hash ^ byte) * 1099511628211ULL;
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdULL;
  return hash ^ (hash >> 33);
}

struct Entry {
  std::uint64_t key;
  StreamPos pos;
};

class FileLookup final : public EventLookup {
 public:
  FileLookup(std::unique_ptr<LookupTable> table, store::Database& database)
      : database_(database), opened_at_(database.head()), table_(std::move(table)) {
    worker_ = std::thread([this] { run(); });
  }
  ~FileLookup() override { stop(); }

  std::optional<StreamPos> find(store::Connection& connection, std::string_view event_id) override {
    // Read before the table: what the worker adds to it meanwhile must still be scanned.
    auto from = scan_from_.load(std::memory_order_acquire);
    // Two ids may share a key, and the file may be older than the database: the row decides.
    for (auto pos : candidates(key_of(event_id)))
      if (event_store::event_id_at(connection, pos) == event_id) return pos;
    if (from < 0) return std::nullopt;
    return event_store::scan_for_id(connection, event_id, from);
  }

  std::optional<Made> find_txn(store::Connection& connection, std::string_view txn_hash) override {
    if (scan_from_.load(std::memory_order_acquire) >= 0) wait_for_rebuild();
    for (auto pos : candidates(key_of(txn_hash)))
      if (auto id = event_store::event_id_of_txn(connection, pos, txn_hash); !id.empty())
        return Made{.pos = pos, .event_id = std::move(id)};
    return std::nullopt;
  }

  void committed(std::string_view event_id, std::string_view txn_hash, StreamPos pos) override {
    std::lock_guard lock(mutex_);
    if (queue_.empty()) wake_.notify_one();
    auto add = [&](std::string_view text) {
      auto key = key_of(text);
      pending_.emplace(key, pos);
      queue_.push_back({key, pos});
    };
    add(event_id);
    if (!txn_hash.empty()) add(txn_hash);
  }

  StreamPos opened_at() const override { return opened_at_; }

  void stop() override {
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return;
      stopping_ = true;
      wake_.notify_one();
      rebuilt_.notify_all();
    }
    worker_.join();
    if (caught_up_) table_->close_cleanly();
  }

 private:
  std::vector<StreamPos> candidates(std::uint64_t key) {
    std::vector<StreamPos> found;
    {
      std::lock_guard lock(mutex_);
      auto [from, to] = pending_.equal_range(key);
      for (; from != to; ++from) found.push_back(from->second);
    }
    std::shared_lock lock(table_mutex_);
    for (auto pos : table_->find(key)) found.push_back(pos);
    return found;
  }

  void wait_for_rebuild() {
    std::unique_lock lock(mutex_);
    auto done = [this] { return stopping_ || scan_from_.load(std::memory_order_acquire) < 0; };
    rebuilt_.wait_for(lock, kLongestWait, done);
    if (scan_from_.load(std::memory_order_acquire) >= 0)
      throw store::SqlError("the look-up file is being rebuilt", true);
  }

  void run() {
    if (!matches_database()) start_over();
    scan_from_.store(table_->applied(), std::memory_order_release);
    while (!catch_up())
      if (pause(std::chrono::seconds(1))) return;
    caught_up_ = true;
    scan_from_.store(-1, std::memory_order_release);
    rebuilt_.notify_all();
    auto synced = std::chrono::steady_clock::now();
    for (;;) {
      std::vector<Entry> batch;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) return;
        batch.swap(queue_);
      }
      if (!apply(batch)) {
        // The disk is full: these stay answered from memory, and after a restart they are read from the database.
        caught_up_ = false;
        if (pause(std::chrono::seconds(10))) return;
        std::lock_guard lock(mutex_);
        queue_.insert(queue_.begin(), batch.begin(), batch.end());
        continue;
      }
      caught_up_ = true;
      forget_pending(batch);
      if (auto now = std::chrono::steady_clock::now(); now - synced > kSyncEvery) {
        table_->sync();
        synced = now;
      }
      if (pause(kGather)) {
        std::lock_guard lock(mutex_);
        if (queue_.empty()) return;
      }
    }
  }

  /// Sleeps; true when stopping.
  bool pause(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return wake_.wait_for(lock, time, [this] { return stopping_; });
  }

  /// Whether the file was made from this database: its oldest event must be found in it.
  bool matches_database() {
    if (table_->applied() == 0) return true;
    std::vector<event_store::EventKeys> oldest;
    auto read = database_.read_now([&](store::Connection& connection) -> Result<Unit> {
      oldest = event_store::keys_after(connection, 0, 1);
      return Unit{};
    });
    if (!read) return true;  // stopping; nothing is decided
    if (oldest.empty()) return false;
    auto pos = oldest.front().pos;
    if (pos > table_->applied()) return false;
    auto found = table_->find(key_of(oldest.front().event_id));
    return std::find(found.begin(), found.end(), pos) != found.end();
  }

  void start_over() {
    base::log_warning("homeserver", "the look-up file does not belong to this database: it is made anew");
    std::unique_lock lock(table_mutex_);
    scan_from_.store(0, std::memory_order_release);
    table_->clear();
  }

  /// Reads what the database has beyond the table. False: could not, try again.
  bool catch_up() {
    for (;;) {
      std::vector<event_store::EventKeys> rows;
      auto after = table_->applied();
      auto read = database_.read_now([&](store::Connection& connection) -> Result<Unit> {
        rows = event_store::keys_after(connection, after, kReadChunk);
        return Unit{};
      });
      if (!read) return false;
      if (rows.empty()) return true;
      std::vector<Entry> entries;
      entries.reserve(2 * rows.size());
      for (const auto& row : rows) {
        entries.push_back({key_of(row.event_id), row.pos});
        if (!row.txn_hash.empty()) entries.push_back({key_of(row.txn_hash), row.pos});
      }
      if (!apply(entries)) return false;
      scan_from_.store(table_->applied(), std::memory_order_release);
      std::lock_guard lock(mutex_);
      if (stopping_) return false;
    }
  }

  bool apply(const std::vector<Entry>& entries) {
    for (const auto& entry : entries) {
      if (table_->is_full()) {
        auto bigger = table_->grown();
        if (!bigger) {
          base::log_error("homeserver", bigger.error().message(), {{"detail", bigger.error().detail()}});
          return false;
        }
        std::unique_lock lock(table_mutex_);
        table_ = *std::move(bigger);
      }
      std::unique_lock lock(table_mutex_);
      table_->add(entry.key, entry.pos);
    }
    // Only now: killed before, the whole list is applied once more.
    std::unique_lock lock(table_mutex_);
    if (!entries.empty() && entries.back().pos > table_->applied()) table_->set_applied(entries.back().pos);
    return true;
  }

  void forget_pending(const std::vector<Entry>& entries) {
    std::lock_guard lock(mutex_);
    for (const auto& entry : entries) {
      auto [from, to] = pending_.equal_range(entry.key);
      for (; from != to; ++from)
        if (from->second == entry.pos) {
          pending_.erase(from);
          break;
        }
    }
  }

  store::Database& database_;
  const StreamPos opened_at_;  // before the worker reads: what is committed later may be seen twice, never missed
  std::shared_mutex table_mutex_;
  std::unique_ptr<LookupTable> table_;  // replaced and changed by the worker only
  /// Events after this position may be missing from table and pending; −1: none.
  std::atomic<StreamPos> scan_from_{0};
  bool caught_up_ = false;  // worker; read by stop() after the join

  std::mutex mutex_;
  std::condition_variable wake_;     // the worker waits
  std::condition_variable rebuilt_;  // the writer waits
  std::unordered_multimap<std::uint64_t, StreamPos> pending_;
  std::vector<Entry> queue_;
  bool stopping_ = false;
  std::thread worker_;
};

}  // namespace

Result<std::unique_ptr<EventLookup>> EventLookup::open(std::filesystem::path file, store::Database& database) {
  TRY(auto table, LookupTable::open(std::move(file)));
  return std::make_unique<FileLookup>(std::move(table), database);
}

}  // namespace troupe::homeserver
