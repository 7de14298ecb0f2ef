#include "host/doctor.h"

#include <fmt/format.h>

namespace troupe::host {

Finding examine_mode(const std::filesystem::path& path, std::string_view what) {
  using std::filesystem::perms;
  std::error_code failed;
  const auto status = std::filesystem::status(path, failed);
  if (status.type() == std::filesystem::file_type::not_found) return ok(fmt::format("{} is not there yet", what));
  if (failed) {
    return trouble(fmt::format("{} {} cannot be looked at: {}", what, path.string(), failed.message()),
                   "run this command as the user that Troupe runs as");
  }
  const auto others = status.permissions() & (perms::group_all | perms::others_all);
  if (others == perms::none) return ok(fmt::format("{} is for its owner only", what));
  return trouble(fmt::format("{} {} is open to other users of this machine", what, path.string()),
                 fmt::format("chmod go= {}", path.string()));
}

}  // namespace troupe::host
