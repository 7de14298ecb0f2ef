#include "homeserver/memory/event_lookup.h"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/crypto.h"
#include "base/log.h"
#include "base/mutex.h"
#include "homeserver/common/mark_store.h"
#include "homeserver/memory/event_store.h"

namespace troupe::homeserver::memory {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kReadChunk = 5'000;
constexpr auto kGather = std::chrono::milliseconds(20);  // commits that are applied together
constexpr auto kSyncEvery = std::chrono::minutes(5);
constexpr auto kReadAgain = std::chrono::seconds(1);  // after a read that failed
constexpr auto kLongestRetry = std::chrono::milliseconds(600'000);
constexpr std::uint64_t kMostReserve = 256ULL << 20;
constexpr auto kRetryAfter = std::chrono::seconds(2);
constexpr std::string_view kIdentity = "database_id";
constexpr std::size_t kIdentityLength = 24;

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
  bool is_id;  ///< of the event itself; else of the request that made it
};

void append_entries(std::vector<Entry>& entries, std::string_view event_id, std::string_view txn_hash, StreamPos pos) {
  entries.push_back({key_of(event_id), pos, true});
  if (!txn_hash.empty()) entries.push_back({key_of(txn_hash), pos, false});
}

/// The event that the list ends with.
LookupTable::Mark mark_of(const std::vector<Entry>& entries) {
  const auto last = std::find_if(entries.rbegin(), entries.rend(), [](const Entry& entry) { return entry.is_id; });
  return {.pos = last->pos, .key = last->key};
}

/// The share of a disk that is left to the ledger and to media.
std::uint64_t usual_reserve(const std::filesystem::path& folder) {
  struct statvfs disk{};
  if (::statvfs(folder.empty() ? "." : folder.c_str(), &disk) != 0) return kMostReserve;
  return std::min<std::uint64_t>(kMostReserve, static_cast<std::uint64_t>(disk.f_blocks) * disk.f_frsize / 10);
}

/// The worker is the only one that changes the table; readers take a shared lock on it. What a reader must know to find
/// an event: it is in the table up to table_->applied(), or in pending_, or after scan_from_ in the ledger.
class FileLookup final : public EventLookup {
 public:
  FileLookup(std::filesystem::path file, std::string identity, store::Database& database, LookupOptions options)
      : database_(database),
        options_(std::move(options)),
        retry_(options_.first_retry),
        opened_at_(database.head()),
        table_(open_table(std::move(file), std::move(identity), options_)) {
    if (!table_->file_trouble().empty()) growth_failed(table_->file_trouble());
    worker_ = std::thread([this] { run(); });
  }
  ~FileLookup() override { stop(); }

  std::optional<StreamPos> find(store::Connection& connection, std::string_view event_id) override {
    const auto known = look(key_of(event_id));
    if (auto pos = among(connection, known, event_id)) return pos;
    if (known.scan_from < 0) return std::nullopt;
    return event_store::scan_for_id(connection, event_id, known.scan_from);
  }

  Result<std::optional<StreamPos>> find_writing(store::Connection& connection, std::string_view event_id) override {
    const bool may_scan = !rebuilding();  // read before looking: what is there afterwards only grows
    const auto known = look(key_of(event_id));
    if (auto pos = among(connection, known, event_id)) return pos;
    if (known.scan_from < 0) return std::optional<StreamPos>();
    if (!may_scan) return lookup_is_rebuilding();
    return event_store::scan_for_id(connection, event_id, known.scan_from);
  }

  Result<std::optional<Made>> find_txn(store::Connection& connection, std::string_view txn_hash) override {
    const bool may_scan = !rebuilding();
    const auto known = look(key_of(txn_hash));
    for (auto pos : known.candidates)
      if (auto id = event_store::event_id_of_txn(connection, pos, txn_hash); !id.empty())
        return Made{.pos = pos, .event_id = std::move(id)};
    if (known.scan_from < 0) return std::optional<Made>();
    if (!may_scan) return lookup_is_rebuilding();
    auto found = event_store::scan_for_txn(connection, txn_hash, known.scan_from);
    if (!found) return std::optional<Made>();
    return Made{.pos = found->pos, .event_id = std::move(found->event_id)};
  }

  bool rebuilding() const override { return rebuilding_.load(std::memory_order_acquire); }

  std::optional<std::string> trouble() const override {
    const base::Lock lock(mutex_);
    if (rebuilding())
      return fmt::format("the look-up file is being rebuilt: {} of {} positions", std::max<StreamPos>(scan_from_, 0),
                         database_.head());
    if (trouble_.empty()) return std::nullopt;
    return "the look-up file cannot grow, memory and the ledger stand in for it: " + trouble_;
  }

  void committed(std::string_view event_id, std::string_view txn_hash, StreamPos pos) override {
    const base::Lock lock(mutex_);
    if (dropping_ || pending_.size() >= options_.memory_keys) {
      // The ledger has it: from here on it is looked for there, until the worker has read on.
      if (scan_from_ < 0) scan_from_ = pos - 1;
      last_dropped_ = pos;
      dropping_ = true;
      wake_.notify_one();
      return;
    }
    if (queue_.empty()) wake_.notify_one();
    const auto before = queue_.size();
    append_entries(queue_, event_id, txn_hash, pos);
    for (auto i = before; i < queue_.size(); ++i) pending_.emplace(queue_[i].key, pos);
  }

  StreamPos opened_at() const override { return opened_at_; }

  void stop() override {
    {
      const base::Lock lock(mutex_);
      if (stopping_) return;
      stopping_ = true;
      wake_.notify_one();
    }
    worker_.join();
    table_->close_cleanly();
  }

 private:
  static std::unique_ptr<LookupTable> open_table(std::filesystem::path file, std::string identity,
                                                 const LookupOptions& options) {
    const auto reserve = options.reserve_bytes.value_or(usual_reserve(file.parent_path()));
    return LookupTable::open(
        std::move(file),
        {.database = std::move(identity), .first_slots = options.first_slots, .reserve_bytes = reserve});
  }

  struct Known {
    std::vector<StreamPos> candidates;  ///< two texts may share a key: the row decides
    StreamPos scan_from = -1;
  };

  Known look(std::uint64_t key) {
    Known known;
    {
      // Before the table: what the worker moves into it meanwhile is found twice, never missed.
      const base::Lock lock(mutex_);
      known.scan_from = scan_from_;
      auto [from, to] = pending_.equal_range(key);
      for (; from != to; ++from) known.candidates.push_back(from->second);
    }
    const base::ReadLock lock(table_mutex_);
    for (auto pos : table_->find(key)) known.candidates.push_back(pos);
    return known;
  }

  static std::optional<StreamPos> among(store::Connection& connection, const Known& known, std::string_view event_id) {
    for (auto pos : known.candidates)
      if (event_store::event_id_at(connection, pos) == event_id) return pos;
    return std::nullopt;
  }

  void run() {
    if (!settle()) return;
    while (!catch_up())
      if (pause(kReadAgain)) return;
    rebuilding_.store(false, std::memory_order_release);
    if (table_->dirty()) sync();
    while (wait_for_work()) work();
  }

  /// Whether the file was made from this very database: the event that it ends with must be in the ledger, at that
  /// place. An older database beside a newer file, or another branch of a restored one, has another there or none.
  std::optional<bool> fits() {
    const auto mark = table_->applied();
    if (mark.pos == 0) return true;
    std::string event_id;
    auto read = database_.read_now([&](store::Connection& connection) -> Result<Unit> {
      event_id = event_store::event_id_at(connection, mark.pos);
      return Unit{};
    });
    if (!read) return std::nullopt;
    return !event_id.empty() && key_of(event_id) == mark.key;
  }

  /// False when stopping.
  bool settle() {
    auto fitting = fits();
    while (!fitting) {
      if (pause(kReadAgain)) return false;
      fitting = fits();
    }
    if (!*fitting) {
      base::log_warning("homeserver", "the look-up file does not belong to this database: it is made anew");
      auto fresh = table_->anew();
      const base::WriteLock lock(table_mutex_);
      table_ = std::move(fresh);
    }
    const base::Lock lock(mutex_);
    scan_from_ = std::max(scan_from_, table_->applied().pos);
    return true;
  }

  /// Reads what the ledger has beyond the table: into it, and once it takes no more, into memory. False: could not
  /// read, or stopping.
  bool catch_up() {
    for (;;) {
      auto after = table_->applied().pos;
      bool in_table = true;
      for (;;) {
        if (options_.before_piece) options_.before_piece();
        std::vector<Entry> entries;
        auto read = database_.read_now([&](store::Connection& connection) -> Result<Unit> {
          entries.clear();
          for (const auto& row : event_store::keys_after(connection, after, kReadChunk))
            append_entries(entries, row.event_id, row.txn_hash, row.pos);
          return Unit{};
        });
        if (!read) return false;
        if (entries.empty()) break;
        if (in_table) in_table = apply(entries);
        if (!in_table && !keep_in_memory(entries)) return true;  // the rest is looked for in the ledger
        after = entries.back().pos;
        const base::Lock lock(mutex_);
        if (scan_from_ >= 0) scan_from_ = std::max(scan_from_, after);
        if (stopping_) return false;
      }
      const base::Lock lock(mutex_);
      std::erase_if(pending_, [upto = table_->applied().pos](const auto& item) { return item.second <= upto; });
      // There is room in memory again, as far as the table took what was in it; what was dropped comes with one more
      // reading.
      dropping_ = false;
      if (last_dropped_ > after) continue;
      last_dropped_ = 0;
      scan_from_ = -1;
      stuck_ = !in_table;
      return true;
    }
  }

  /// False when memory is full, too: what comes after the list is looked for in the ledger.
  bool keep_in_memory(const std::vector<Entry>& entries) {
    const base::Lock lock(mutex_);
    stuck_ = true;
    for (const auto& entry : entries) {
      if (pending_.size() >= options_.memory_keys) {
        scan_from_ = std::max(scan_from_, entry.pos - 1);
        last_dropped_ = std::max(last_dropped_, entries.back().pos);
        dropping_ = true;
        return false;
      }
      const auto [from, to] = pending_.equal_range(entry.key);
      if (std::none_of(from, to, [&](const auto& item) { return item.second == entry.pos; }))
        pending_.emplace(entry.key, entry.pos);
    }
    return true;
  }

  /// Sleeps until there is something to do; false when stopping.
  bool wait_for_work() {
    base::Lock lock(mutex_);
    if (queue_.empty() && !stopping_) {
      const auto ready = [this]() REQUIRES(mutex_) {
        return stopping_ || !queue_.empty() || (last_dropped_ != 0 && !stuck_);
      };
      auto until = Steady::time_point::max();
      if (wants_file()) until = next_try_;
      if (table_->dirty()) until = std::min(until, Steady::now() + options_.idle_sync);
      if (until == Steady::time_point::max())
        wake_.wait(lock, ready);
      else
        wake_.wait_until(lock, until, ready);
    }
    return !stopping_ || !queue_.empty();
  }

  /// The growth that is due, what was queued, and a sync when there was nothing or it is time.
  void work() {
    std::vector<Entry> batch;
    {
      const base::Lock lock(mutex_);
      batch.swap(queue_);
    }
    const bool idle = batch.empty();
    if (stuck_ ? Steady::now() >= next_try_ && grow(table_->slots() * 2) : dropped()) {
      if (!catch_up()) pause(kReadAgain);
      sync();
    } else if (!stuck_) {
      stuck_ = !apply(batch);
      if (!stuck_) forget_pending(batch);
    }  // else what was queued stays in memory, and a table that takes it reads it from the ledger
    if (idle || Steady::now() - synced_ > kSyncEvery) look_after_file();
    if (!idle) pause(kGather);
  }

  bool dropped() {
    const base::Lock lock(mutex_);
    return last_dropped_ != 0;
  }

  /// Whether a growth failed, or there is no file: tried again from time to time.
  bool wants_file() const { return stuck_ || table_->wants_growth() || !table_->file_trouble().empty(); }

  void look_after_file() {
    const bool lost = !table_->in_place();
    if ((lost || table_->wants_growth()) && Steady::now() >= next_try_)
      grow(table_->wants_growth() ? table_->slots() * 2 : table_->slots());
    if (table_->dirty()) sync();
  }

  void sync() {
    synced_ = Steady::now();
    if (auto done = table_->sync(); !done && !std::exchange(sync_failure_told_, true))
      base::log_error("homeserver", done.error().message(), {{"detail", done.error().detail()}});
  }

  /// Sleeps; true when stopping.
  bool pause(std::chrono::milliseconds time) {
    base::Lock lock(mutex_);
    return wake_.wait_for(lock, time, [this]() REQUIRES(mutex_) { return stopping_; });
  }

  bool grow(std::uint64_t slots) {
    // In a rebuild the sync comes at its end: a power cut before makes the file anew anyway.
    auto bigger = table_->copy(slots, !rebuilding());
    if (!bigger) {
      growth_failed(bigger.error().detail());
      return false;
    }
    {
      const base::WriteLock lock(table_mutex_);
      table_ = *std::move(bigger);
    }
    retry_ = options_.first_retry;
    next_try_ = {};
    const base::Lock lock(mutex_);
    if (!trouble_.empty()) base::log_info("homeserver", "the look-up file has grown again");
    trouble_.clear();
    return true;
  }

  void growth_failed(const std::string& why) {
    next_try_ = Steady::now() + retry_;
    base::log_error("homeserver", "the look-up file cannot grow",
                    {{"detail", why}, {"again_in_ms", static_cast<std::int64_t>(retry_.count())}});
    retry_ = std::min(retry_ * 2, kLongestRetry);
    const base::Lock lock(mutex_);
    trouble_ = why;
  }

  /// False: the table takes no more; what of the list is in it does no harm.
  bool apply(const std::vector<Entry>& entries) {
    for (const auto& entry : entries) {
      if (table_->wants_growth() && Steady::now() >= next_try_) grow(table_->slots() * 2);
      const base::WriteLock lock(table_mutex_);
      if (!table_->add(entry.key, entry.pos)) return false;
    }
    if (entries.empty()) return true;
    // Only now: killed before, the whole list is applied once more.
    const base::WriteLock lock(table_mutex_);
    if (const auto mark = mark_of(entries); mark.pos > table_->applied().pos) table_->set_applied(mark);
    return true;
  }

  void forget_pending(const std::vector<Entry>& entries) {
    const base::Lock lock(mutex_);
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
  const LookupOptions options_;

  // Worker (and stop() after the join).
  std::chrono::milliseconds retry_;
  Steady::time_point next_try_{};  ///< no growth before
  Steady::time_point synced_ = Steady::now();
  bool sync_failure_told_ = false;
  bool stuck_ = false;  ///< the table takes no more: memory does

  const StreamPos opened_at_;  // before the worker reads: what is committed later may be seen twice, never missed
  base::SharedMutex table_mutex_;
  std::unique_ptr<LookupTable> table_;  // replaced and changed by the worker only
  std::atomic<bool> rebuilding_{true};

  mutable base::Mutex mutex_;
  base::Condition wake_;  // the worker waits
  /// Events after this position may be missing from table and pending_; −1: none.
  StreamPos scan_from_ GUARDED_BY(mutex_) = 0;
  bool dropping_ GUARDED_BY(mutex_) = false;       ///< memory has no place for what is committed now
  StreamPos last_dropped_ GUARDED_BY(mutex_) = 0;  ///< newest event that memory had no place for; 0: none
  std::unordered_multimap<std::uint64_t, StreamPos> pending_ GUARDED_BY(mutex_);
  std::vector<Entry> queue_ GUARDED_BY(mutex_);
  std::string trouble_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread worker_;
};

/// Made at the first start and kept for ever: a copy of the database has the same, another database never.
Result<std::string> identity_of(store::Database& database) {
  std::string identity;
  TRY(database.read_now([&](store::Connection& connection) -> Result<Unit> {
    identity = mark_store::find(connection, kIdentity);
    return Unit{};
  }));
  if (!identity.empty()) return identity;
  const auto made = base::random_alphanumeric(kIdentityLength);
  TRY(database.write_now([&](store::Tx& tx) -> Result<Unit> {
    identity = mark_store::put_once(tx, kIdentity, made);
    return Unit{};
  }));
  return identity;
}

}  // namespace

Error lookup_is_rebuilding() {
  return Error(Errc::unavailable, "The server is rebuilding its index of events; try again shortly.")
      .with_retry_after(kRetryAfter);
}

Result<std::unique_ptr<EventLookup>> EventLookup::open(std::filesystem::path file, store::Database& database,
                                                       LookupOptions options) {
  TRY(auto identity, identity_of(database));
  return std::make_unique<FileLookup>(std::move(file), std::move(identity), database, std::move(options));
}

}  // namespace troupe::homeserver::memory
