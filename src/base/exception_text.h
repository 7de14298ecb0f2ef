// What an exception says, where a coroutine's end hands it over.
#pragma once
#include <exception>
#include <string>

namespace troupe::base {

/// Its what(), for logs. `thrown` holds one.
std::string exception_text(const std::exception_ptr& thrown);

}  // namespace troupe::base
