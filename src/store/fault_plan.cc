#include "store/fault_plan.h"

#include <new>
#include <thread>

#include "store/connection.h"

namespace troupe::store {

void FaultPlan::arm(std::int64_t first, Kind kind, std::int64_t count) {
  armed_ = false;
  happened_ = false;
  seen_ = 0;
  first_ = first;
  count_ = count;
  kind_ = kind;
  armed_ = true;
}

void FaultPlan::disarm() { armed_ = false; }

void FaultPlan::before_statement(std::string_view sql) {
  if (!armed_.load() || sql.starts_with("ROLLBACK") || sql.starts_with("PRAGMA")) return;
  const auto number = seen_.fetch_add(1) - first_.load();
  if (number < 0 || number >= count_.load()) return;
  happened_ = true;
  if (kind_.load() == Kind::slow) {
    std::this_thread::sleep_for(kSlowness);
    return;
  }
  const char* what =
      kind_.load() == Kind::disk_full ? "database or disk is full (injected)" : "disk I/O error (injected)";
  throw SqlError(std::string(what) + " in: " + std::string(sql.substr(0, 200)), true);
}

void FaultPlan::after_commit() {
  if (after_commit_.exchange(false)) throw std::bad_alloc();
}

}  // namespace troupe::store
