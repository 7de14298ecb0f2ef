#include "assistant/packs/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "assistant/packs/shipped.h"
#include "base/descriptor.h"
#include "base/encoding.h"

namespace troupe::assistant::packs {
namespace {

using base::Descriptor;

constexpr std::array<std::string_view, 5> kEndings{".json", ".jsonl", ".yaml", ".yml", ".md"};
constexpr std::size_t kChunk = 64 * 1024;
constexpr std::size_t kMaxFound = 10'000;

/// Opened beside the folder's own descriptor and never through a link: what was looked at is what is read.
Result<std::string> read_file(int folder, const std::string& name) {
  const Descriptor file(::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0)
    return Error(Errc::invalid_param, name + " cannot be read; symbolic links are not followed");
  if (!S_ISREG(status.st_mode)) return Error(Errc::invalid_param, name + " is no file");
  std::string out;
  std::array<char, kChunk> chunk{};
  for (;;) {
    const auto count = ::read(file.get(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Error(Errc::invalid_param, name + " cannot be read");
    if (count == 0) break;
    out.append(chunk.data(), static_cast<std::size_t>(count));
    if (out.size() > kMaxFileBytes) return Error(Errc::too_large, name + " is larger than 16 MiB");
  }
  if (!base::is_utf8(out)) return Error(Errc::invalid_param, name + " is no UTF-8");
  if (out.starts_with("\xef\xbb\xbf")) out.erase(0, 3);
  return out;
}

/// The names in the folder that is open, and not in one that has taken its name since.
Result<std::vector<std::string>> names_in(int folder) {
  const int again = ::fcntl(folder, F_DUPFD_CLOEXEC, 0);
  DIR* listing = again < 0 ? nullptr : ::fdopendir(again);
  if (!listing) {
    if (again >= 0) ::close(again);
    return Error(Errc::not_found, "the folder cannot be listed");
  }
  std::vector<std::string> out;
  errno = 0;
  while (const auto* entry = ::readdir(listing)) {
    out.emplace_back(entry->d_name);
    if (out.size() > kMaxFound) break;
    errno = 0;
  }
  const bool failed = errno != 0;
  ::closedir(listing);
  if (failed) return Error(Errc::not_found, "the folder cannot be listed");
  if (out.size() > kMaxFound) return Error(Errc::too_large, "the folder has more than 10000 files");
  return out;
}

/// Whether the path still names the open folder: one that was replaced loses its files while it is read.
bool is_still(const std::filesystem::path& path, int folder) {
  struct stat opened{}, named{};
  return ::fstat(folder, &opened) == 0 && ::stat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
         opened.st_dev == named.st_dev;
}

bool is_of_pack(const std::string& name) {
  return !name.starts_with('.') && std::ranges::any_of(kEndings, [&](auto ending) { return name.ends_with(ending); });
}

}  // namespace

Result<Files> read_folder(const std::filesystem::path& folder) {
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() < 0) return Error(Errc::not_found, folder.string() + " is no folder that can be read");
  Files out;
  std::size_t total = 0;
  TRY(const auto names, names_in(opened.get()));
  for (const auto& name : names) {
    if (!is_of_pack(name)) continue;
    if (out.size() >= kMaxPackFiles) return Error(Errc::too_large, "the folder has more than 16 files of a pack");
    TRY(auto bytes, read_file(opened.get(), name));
    total += bytes.size();
    if (total > kMaxPackBytes) return Error(Errc::too_large, "the folder's files are larger than 32 MiB together");
    out.emplace(name, std::move(bytes));
  }
  if (!is_still(folder, opened.get()))
    return Error(Errc::not_found, folder.string() + " was replaced while it was read");
  if (!out.contains("config.json"))
    return Error(Errc::not_found, folder.string() + " has no config.json: it is no pack");
  return out;
}

Files shipped_pack(std::string_view service) {
  Files out;
  const auto prefix = std::string(service) + "/";
  for (const auto& file : shipped_files()) {
    if (file.path.starts_with(prefix)) out.emplace(file.path.substr(prefix.size()), file.bytes);
  }
  return out;
}

std::vector<std::string> shipped_services() {
  std::vector<std::string> out;
  for (const auto& file : shipped_files()) {
    if (file.path.ends_with("/config.json")) out.emplace_back(file.path.substr(0, file.path.find('/')));
  }
  return out;
}

}  // namespace troupe::assistant::packs
