// Reading a part of a file.
#pragma once
#include <cstdint>
#include <expected>
#include <string>

namespace troupe::store {

/// So many bytes from `offset` on, or as many as there are. Error: errno.
std::expected<std::string, int> read_at(int descriptor, std::uint64_t offset, std::size_t bytes);

}  // namespace troupe::store
