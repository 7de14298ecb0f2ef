// SQL for leases.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/database.h"

namespace troupe::host {

/// One row of host_lease.
struct LeaseRow {
  std::string holder;
  std::int64_t epoch = 0;
  std::int64_t beat = 0;
};

// Functions, not a class: they hold no state. All throw store::SqlError only.
namespace lease_store {
std::optional<LeaseRow> find(store::Connection& connection, std::string_view name);
void put(store::Tx& tx, std::string_view name, const LeaseRow& row);
}  // namespace lease_store

}  // namespace troupe::host
