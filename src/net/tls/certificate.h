// When a certificate ends, for whoever has to renew it in time.
#pragma once
#include <cstdint>
#include <filesystem>

#include "base/result.h"

namespace troupe::net::tls {

/// The last second, in Unix time, at which the first certificate of a PEM file is valid.
/// Errors: unavailable (cannot be read), invalid_param (no certificate in it).
Result<std::int64_t> certificate_end(const std::filesystem::path& file);

}  // namespace troupe::net::tls
