// SQL for the time by which stored things are old.
#pragma once
#include <optional>

#include "host/age_clock.h"

// Functions, not a class: they hold no state. All throw store::SqlError only.
namespace troupe::host::age_store {

std::optional<AgeMark> find(store::Connection& connection);
void put(store::Tx& tx, const AgeMark& mark);

}  // namespace troupe::host::age_store
