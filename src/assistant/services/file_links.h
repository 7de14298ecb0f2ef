// Addresses by which a service fetches a file that somebody posted: some take an address in the place of bytes.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/crypto.h"

namespace troupe::assistant::services {

/// Each address is a capability for one file, until it ends: whoever has it reads the file, and nobody can make one up
/// or change it. Nothing is stored. Unchanging once made; any thread.
class FileLinks {
 public:
  struct Uses {
    std::string public_base;  ///< of the Matrix listener as others reach it; empty: nobody said
    std::string local_base;   ///< the same for services on this machine
    const base::SealingKey& key;
    const base::Clock& clock;
  };
  explicit FileLinks(Uses uses) : uses_(std::move(uses)) {}

  /// `service_url`: where the service that will fetch it is. Errors: unavailable (nothing says how it could be reached
  /// from there).
  Result<std::string> link(std::string_view reference, std::string_view service_url) const;
  /// The file's reference. Nothing: it is none of ours, or has ended.
  std::optional<std::string> reference_of(std::string_view token) const;

  static constexpr std::string_view kPath = "/_troupe/files";
  static constexpr std::int64_t kLifeMs = 24 * 3'600'000;  ///< services fetch later, and again

 private:
  const Uses uses_;
};

}  // namespace troupe::assistant::services
