#include "runtime/instance.h"

#include "base/crypto.h"
#include "base/text.h"
#include "store/durable_file.h"

namespace troupe::runtime {
namespace {

constexpr std::size_t kInstanceLetters = 12;
constexpr std::size_t kLongestInstance = 32;
constexpr std::size_t kMostInstanceBytes = 4'096;

}  // namespace

bool is_instance(std::string_view id) {
  return !id.empty() && id.size() <= kLongestInstance && id.front() != '-' && id.back() != '-' &&
         id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

std::filesystem::path containers_folder(const std::filesystem::path& data_dir) { return data_dir / "containers"; }

Result<std::string> instance_of(const std::filesystem::path& data_dir, const std::string& configured) {
  if (!configured.empty()) return configured;
  const auto folder = containers_folder(data_dir);
  TRY(store::make_folders_durably(folder));
  const auto file = folder / "instance";
  TRY(const auto kept, store::read_whole(file, kMostInstanceBytes));
  if (kept) {
    auto id = kept->substr(0, kept->find('\n'));
    if (is_instance(id)) return id;
    return Error(Errc::invalid_param, file.string() + " holds no id of this installation");
  }
  auto made = base::ascii_lower(base::random_alphanumeric(kInstanceLetters));
  TRY(store::write_durably(file, made + "\n"));
  return made;
}

}  // namespace troupe::runtime
