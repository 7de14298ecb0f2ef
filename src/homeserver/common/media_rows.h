// The keys of the configuration that are about files; settings.cc has the others.
#pragma once
#include <vector>

#include "host/setting.h"

namespace troupe::homeserver {

inline constexpr std::int64_t kKiB = 1 << 10;
inline constexpr std::int64_t kMiB = kKiB << 10;
inline constexpr std::int64_t kGiB = kMiB << 10;
inline constexpr std::int64_t kTiB = kGiB << 10;

/// How much may be uploaded, and where it lies.
std::vector<host::Setting> media_rows();
/// The bucket of `media.storage = "s3"`.
std::vector<host::Setting> s3_rows();
/// Previews of pages.
std::vector<host::Setting> preview_rows();

}  // namespace troupe::homeserver
