// The shim's program, as it is built into this one.
#pragma once
#include <string_view>

namespace troupe::runtime::launch {

/// A whole static ELF file.
std::string_view embedded_shim();

}  // namespace troupe::runtime::launch
