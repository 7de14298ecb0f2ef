// Paths as they may stand in a log: some addresses are themselves the credential (/webhook/<secret>, one-time tokens).
#pragma once
#include <string>
#include <string_view>

namespace troupe::net::http {

/// The path with "…" in place of each segment that has the form of base::random_token(""), 43 characters of base64url,
/// also before a file's ending.
/// Nothing else in our paths has it: Matrix ids of that length have a sigil in front.
std::string path_for_log(std::string_view path);

}  // namespace troupe::net::http
