// The environment that a pack gives the program it starts.
#pragma once
#include <string_view>

namespace troupe::assistant::packs {

/// A name of 100 bytes at most; not one by which a program loads other code than its own.
bool is_variable(std::string_view name);

}  // namespace troupe::assistant::packs
