#include "assistant/packs/added.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "assistant/openapi/names.h"
#include "base/crypto.h"

namespace troupe::assistant::packs {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kFolderMode = 0700, kFileMode = 0600;
constexpr std::string_view kScratchPrefix = ".new-";

Error disk_error(std::string_view what, const fs::path& path) {
  return Error(Errc::internal, std::string(what) + " " + path.string() + ": " + std::strerror(errno));
}

Result<Unit> sync_folder(const fs::path& folder) {
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return disk_error("cannot open", folder);
  const bool synced = ::fsync(opened) == 0;
  ::close(opened);
  if (!synced) return disk_error("cannot sync", folder);
  return Unit{};
}

Result<Unit> write_file(const fs::path& path, std::string_view bytes) {
  const int opened = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode);
  if (opened < 0) return disk_error("cannot write", path);
  bool fine = true;
  while (fine && !bytes.empty()) {
    const auto count = ::write(opened, bytes.data(), bytes.size());
    fine = count > 0 || (count < 0 && errno == EINTR);
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  fine = fine && ::fsync(opened) == 0;
  fine = ::close(opened) == 0 && fine;
  if (!fine) return disk_error("cannot write", path);
  return Unit{};
}

/// A folder that goes when it has not got its name.
class Scratch {
 public:
  explicit Scratch(fs::path path) : path_(std::move(path)) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// What a process left that was killed in the middle; an hour is longer than any add takes.
void drop_old_scratch(const fs::path& folder) {
  std::error_code failed;
  const auto before = fs::file_time_type::clock::now() - std::chrono::hours(1);
  std::vector<fs::path> old;
  for (auto entry = fs::directory_iterator(folder, failed); !failed && entry != fs::directory_iterator();
       entry.increment(failed)) {
    std::error_code unknown;
    const auto at = entry->last_write_time(unknown);
    if (entry->path().filename().string().starts_with(kScratchPrefix) && !unknown && at < before)
      old.push_back(entry->path());
  }
  for (const auto& each : old) fs::remove_all(each, failed);
}

bool is_plain_name(const std::string& name) {
  return !name.empty() && !name.starts_with('.') && !name.contains('/') && !name.contains('\0');
}

fs::path scratch_name(const fs::path& folder) {
  return folder / (std::string(kScratchPrefix) + base::random_alphanumeric(12));
}

}  // namespace

Result<bool> AddedPacks::add(const std::string& service, const Files& files) const {
  if (!openapi::is_service(service))
    return Error(Errc::invalid_param, report::quoted(service) + " is no service's name");
  for (const auto& [name, bytes] : files) {
    if (!is_plain_name(name)) return Error(Errc::invalid_param, report::quoted(name) + " is no file's name in a pack");
  }
  const auto present = services();
  const bool known = std::ranges::find(present, service) != present.end();
  if (!known && present.size() >= kMaxAddedPacks) return Error(Errc::too_large, "500 packs were added already");
  std::error_code failed;
  fs::create_directories(folder_, failed);
  if (failed) return Error(Errc::internal, "cannot make " + folder_.string() + ": " + failed.message());
  drop_old_scratch(folder_);
  const Scratch scratch(scratch_name(folder_));
  if (::mkdir(scratch.path().c_str(), kFolderMode) != 0) return disk_error("cannot make", scratch.path());
  for (const auto& [name, bytes] : files) TRY(write_file(scratch.path() / name, bytes));
  TRY(sync_folder(scratch.path()));
  const auto target = folder_of(service);
  // Exchanged where one is there: at no moment there is none. What was there goes with the scratch name.
  const bool replaced = ::renameat2(AT_FDCWD, scratch.path().c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0;
  // Where nothing is replaced a disk without exchanging (NFS) serves as well.
  if (!replaced && errno != ENOENT && (known || errno != EINVAL)) return disk_error("cannot replace", target);
  if (!replaced && ::rename(scratch.path().c_str(), target.c_str()) != 0) return disk_error("cannot make", target);
  TRY(sync_folder(folder_));
  return replaced;
}

Result<Unit> AddedPacks::remove(const std::string& service) const {
  const auto present = services();
  if (std::ranges::find(present, service) == present.end())
    return Error(Errc::not_found, "no pack " + report::quoted(service) + " was added");
  const Scratch scratch(scratch_name(folder_));
  if (::rename(folder_of(service).c_str(), scratch.path().c_str()) != 0)
    return disk_error("cannot remove", folder_of(service));
  return sync_folder(folder_);
}

std::vector<std::string> AddedPacks::services() const {
  std::vector<std::string> out;
  std::error_code failed;
  for (auto entry = fs::directory_iterator(folder_, failed); !failed && entry != fs::directory_iterator();
       entry.increment(failed)) {
    const auto name = entry->path().filename().string();
    std::error_code ignored;
    if (openapi::is_service(name) && entry->is_directory(ignored) && !entry->is_symlink(ignored)) out.push_back(name);
    if (out.size() > kMaxAddedPacks) break;
  }
  std::ranges::sort(out);
  return out;
}

std::optional<Known> known_pack(const fs::path& data_dir, const std::string& service) {
  const AddedPacks added(data_dir);
  const auto present = added.services();
  const auto shipped = shipped_services();
  const bool is_shipped = std::ranges::find(shipped, service) != shipped.end();
  Known out{.service = service, .source = Source::shipped, .replaces_shipped = false, .checked = {}};
  if (std::ranges::find(present, service) != present.end()) {
    out.source = Source::added;
    out.replaces_shipped = is_shipped;
    auto files = read_folder(added.folder_of(service));
    // Whoever replaced it meanwhile has taken these files away; the new ones are there.
    for (int again = 0; !files && again < 2; ++again) files = read_folder(added.folder_of(service));
    if (files) {
      out.checked = read_pack(*files);
    } else {
      out.checked.findings.add({report::Severity::error, "", "", files.error().message(), "add the pack again"});
    }
    return out;
  }
  if (!is_shipped) return std::nullopt;
  out.checked = read_pack(shipped_pack(service));
  return out;
}

std::vector<Known> known_packs(const fs::path& data_dir) {
  auto names = AddedPacks(data_dir).services();
  for (auto& each : shipped_services()) names.push_back(std::move(each));
  std::ranges::sort(names);
  const auto again = std::ranges::unique(names);
  names.erase(again.begin(), again.end());
  std::vector<Known> out;
  for (const auto& name : names) {
    if (auto known = known_pack(data_dir, name)) out.push_back(*std::move(known));
  }
  return out;
}

}  // namespace troupe::assistant::packs
