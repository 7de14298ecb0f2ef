#include "runtime/cluster/instance.h"

#include <fstream>

#include "base/crypto.h"

namespace troupe::runtime::cluster {
namespace {

constexpr std::size_t kInstanceBytes = 6;
constexpr std::size_t kLongestInstance = 32;

}  // namespace

bool is_instance(std::string_view id) {
  return !id.empty() && id.size() <= kLongestInstance && id.front() != '-' && id.back() != '-' &&
         id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

Result<std::string> instance_of(const std::filesystem::path& data_dir, const std::string& configured) {
  if (!configured.empty()) return configured;
  const auto file = data_dir / "instance";
  std::string id;
  if (std::ifstream in(file); in && std::getline(in, id)) {
    if (is_instance(id)) return id;
    return Error(Errc::invalid_param, file.string() + " holds no id of this installation");
  }
  if (std::filesystem::exists(file)) return Error(Errc::unavailable, file.string() + " cannot be read");
  id = base::hex(base::as_bytes(base::random_bytes(kInstanceBytes)));
  const auto fresh = data_dir / "instance.new";
  {
    std::ofstream out(fresh, std::ios::trunc);
    out << id << '\n';
    out.flush();
    if (!out) return Error(Errc::unavailable, fresh.string() + " cannot be written");
  }
  std::error_code failed;
  std::filesystem::rename(fresh, file, failed);
  if (failed) return Error(Errc::unavailable, file.string() + " cannot be written: " + failed.message());
  return id;
}

}  // namespace troupe::runtime::cluster
