// What belongs to the program itself rather than to one of its modules: the data folder, the listeners' addresses, TLS,
// the network, the log, the database and Redis.
#pragma once
#include <string>

#include "host/module.h"

namespace troupe::app {

struct FirstStart {
  std::string admin_password;  ///< of the account `admin`; empty: one is made up and shown
};

/// It stands first in the list of modules and sets nothing up.
host::Module own_module();

}  // namespace troupe::app
