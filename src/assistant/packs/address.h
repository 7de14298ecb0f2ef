// Addresses that packs and administrators write.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace troupe::assistant::packs {

/// "https://api.example.com/v2": http or https, a host, no query, no password; nothing otherwise.
std::optional<std::string> host_of(std::string_view url);

}  // namespace troupe::assistant::packs
