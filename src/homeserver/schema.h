// The homeserver's migrations in their order.
#pragma once
#include <vector>

#include "store/migrations.h"

namespace troupe::homeserver {

std::vector<store::Migration> schema();

}  // namespace troupe::homeserver
