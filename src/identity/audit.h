// The audit log: who did what to what, when. Append-only, but for what is older than it is kept.
#pragma once
#include <deque>
#include <optional>

#include "base/mutex.h"
#include "base/task.h"
#include "bus/bus.h"
#include "identity/audit_chain.h"
#include "identity/types.h"
#include "store/database.h"

namespace troupe::identity {

/// Knows rows elsewhere of which records of the log bear a digest. Callable from any thread.
class AuditedRows {
 public:
  virtual ~AuditedRows() = default;
  /// What is wrong with the row that the record is about; nothing: the row is as it was, is kept no longer, or the
  /// record is about none.
  virtual std::optional<std::string> trouble_of(store::Connection& c, const AuditLine& line) const = 0;
};

/// One per program; callable from any thread.
class Audit {
 public:
  /// So many records wait in memory for a database that takes nothing; what comes beyond is lost, and counted.
  static constexpr std::size_t kMostWaiting = 10'000;

  Audit(store::Database& db, bus::Bus& bus, const base::Clock& clock) : db_(db), bus_(bus), clock_(clock) {}

  /// verify() looks at these as well. While the program is set up; they outlive all calls.
  void compare_with(const AuditedRows& rows) { rows_.push_back(&rows); }

  /// Completes when the record is durable. Id and time are set here; secrets in `detail` are replaced (see redacted()).
  /// What it is about has happened already, so nothing is left out: where the database takes nothing just now
  /// (unavailable), or whoever waits is told to stop, the record waits in memory and is written with the next one, or
  /// by write_waiting().
  Task<Unit> record(AuditRecord record);
  /// Writes what waits. From a job.
  Task<Unit> write_waiting();
  /// Nothing, or that records wait or were lost.
  std::optional<std::string> trouble() const;
  /// The same inside the transaction of the change itself. Rings nobody; `now` was read before it.
  void append(store::Tx& tx, AuditRecord record, base::UnixMs now);
  /// The same for whoever rings nobody themselves: the bell rings after the commit.
  void append_and_ring(store::Tx& tx, AuditRecord record, base::UnixMs now);
  /// For writes that are many: line_of() has been made before the transaction. Its number and hash are set here.
  void append(store::Tx& tx, AuditLine& line);
  Task<AuditPage> page(std::int64_t tenant_id, AuditQuery query);
  Task<AuditChain> chain(std::int64_t tenant_id);
  /// The records behind number `after`, oldest first, at most `limit`.
  Task<std::vector<AuditLine>> lines(std::int64_t tenant_id, std::int64_t after, std::int64_t limit);
  /// Walks the tenant's chain as it was at the call, and compares the rows that its records bear digests of. `wanted`:
  /// a head that was written down elsewhere, or empty. `anchors`: by record, as they were before the call.
  Task<ChainReport> verify(std::int64_t tenant_id, std::string wanted, std::vector<Anchored> anchors = {});
  /// Deletes what is older than so many days, from each tenant's oldest record on, some hundred at a time; 0: nothing.
  /// From a job.
  Task<Unit> sweep(std::int64_t keep_days, base::UnixMs now);

 private:
  /// A record with the time at which it was made.
  struct Line {
    AuditRecord record;
    base::UnixMs at_ms;
  };
  class Held;

  Task<ChainReport> walk(std::int64_t tenant_id, AuditChain chain, std::string wanted, std::vector<Anchored> anchors);
  /// What is whole so far, and whether the tenant has records that are not of the chain.
  Task<ChainReport> look_outside(std::int64_t tenant_id, ChainReport report);
  /// The oldest that wait, some at a time, to be written or put back.
  std::vector<Line> take_waiting();
  void put_back(std::vector<Line> lines);
  void note_lost(const Line& line, const Error& error);
  Task<Unit> write(Held& held);

  store::Database& db_;
  bus::Bus& bus_;
  const base::Clock& clock_;
  std::vector<const AuditedRows*> rows_;
  mutable base::Mutex mutex_;
  std::deque<Line> waiting_ GUARDED_BY(mutex_);
  std::size_t lost_ GUARDED_BY(mutex_) = 0;
};

/// A copy in which members whose name speaks of a secret, and what looks like a credential in any text, are replaced by
/// "[redacted]"; long texts are cut at 1,000 bytes.
boost::json::object redacted(const boost::json::object& detail);

/// The record as it is stored, but for its number and its place in the chain.
AuditLine line_of(AuditRecord record, base::UnixMs now);

}  // namespace troupe::identity
