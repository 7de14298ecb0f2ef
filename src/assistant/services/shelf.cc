#include "assistant/services/shelf.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/crypto.h"
#include "base/encoding.h"
#include "identity/types.h"

namespace troupe::assistant::services {
namespace {

namespace fs = std::filesystem;

/// Numbers of a file or folder that change when it is written or another takes its name.
std::string numbers_of(const fs::path& path) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) return "-";
  return std::to_string(found.st_dev) + "." + std::to_string(found.st_ino) + "." + std::to_string(found.st_size) + "." +
         std::to_string(found.st_mtim.tv_sec) + "." + std::to_string(found.st_mtim.tv_nsec);
}

std::string stamp_of(const fs::path& folder) {
  std::vector<std::string> parts;
  std::error_code failed;
  for (auto entry = fs::directory_iterator(folder, failed); !failed && entry != fs::directory_iterator();
       entry.increment(failed)) {
    // More than a pack can have: read_folder refuses it.
    if (parts.size() > packs::kMaxPackFiles * 4) break;
    parts.push_back(entry->path().filename().string() + ":" + numbers_of(entry->path()));
  }
  std::ranges::sort(parts);
  std::string out = numbers_of(folder);
  for (const auto& part : parts) out += "/" + part;
  return out;
}

std::string digest_of(const packs::Files& files) {
  std::string all;
  for (const auto& [name, bytes] : files) {
    const auto of_file = base::sha256(bytes);
    all += name + '\0' + std::string(of_file.begin(), of_file.end());
  }
  return base::hex(base::sha256(all));
}

std::shared_ptr<const ReadPack> unusable(std::string file, std::string message, std::string advice) {
  auto made = std::make_shared<ReadPack>();
  made->findings.add({report::Severity::error, std::move(file), "", std::move(message), std::move(advice)});
  return made;
}

}  // namespace

packs::AddedPacks Shelf::added(std::int64_t tenant_id) const {
  if (tenant_id == identity::kDefaultTenant) return packs::AddedPacks(data_dir_);
  return packs::AddedPacks(data_dir_ / "tenants" / std::to_string(tenant_id));
}

std::string Shelf::stamp(std::int64_t tenant_id) const {
  const auto folders = added(tenant_id);
  std::string out;
  for (const auto& service : folders.services()) out += service + "=" + stamp_of(folders.folder_of(service)) + "\n";
  return base::hex(base::sha256(out));
}

std::shared_ptr<const ReadPack> Shelf::shared(const packs::Files& files) {
  const auto digest = digest_of(files);
  if (auto known = by_digest_[digest].lock()) return known;
  auto made = std::make_shared<ReadPack>();
  made->digest = digest;
  auto checked = packs::read_pack(files);
  made->findings = std::move(checked.findings);
  if (checked.pack && checked.pack->config.mcp) made->files = files;
  if (checked.pack) made->pack = std::make_shared<const packs::Pack>(*std::move(checked.pack));
  std::erase_if(by_digest_, [](const auto& each) { return each.second.expired(); });
  by_digest_[digest] = made;
  return made;
}

std::shared_ptr<const ReadPack> Shelf::with_tools(const std::shared_ptr<const ReadPack>& read,
                                                  const std::string& tools) {
  const auto digest = base::hex(base::sha256(read->digest + '\0' + tools));
  if (auto known = by_digest_[digest].lock()) return known;
  const auto listed = matrix::parse_json(tools);
  const auto* list = listed ? listed->if_array() : nullptr;
  if (list == nullptr) return read;
  auto made = std::make_shared<ReadPack>();
  made->digest = digest;
  made->files = read->files;
  auto checked = packs::read_pack(read->files, list);
  made->findings = std::move(checked.findings);
  if (checked.pack) made->pack = std::make_shared<const packs::Pack>(*std::move(checked.pack));
  std::erase_if(by_digest_, [](const auto& each) { return each.second.expired(); });
  by_digest_[digest] = made;
  return made;
}

std::shared_ptr<const ReadPack> Shelf::read_shipped(const std::string& service) {
  auto& kept = shipped_[service];
  if (!kept) kept = shared(packs::shipped_pack(service));
  return kept;
}

std::shared_ptr<const ReadPack> Shelf::read_added(const packs::AddedPacks& added, const std::string& service) {
  const auto folder = added.folder_of(service);
  const auto stamp = stamp_of(folder);
  auto& kept = kept_[folder];
  if (kept.read && kept.stamp == stamp) return kept.read;
  auto files = packs::read_folder(folder);
  // Whoever replaced it meanwhile has taken these files away; the new ones are there.
  for (int again = 0; !files && again < 2; ++again) files = packs::read_folder(folder);
  if (!files) {
    kept_.erase(folder);
    return unusable("", "the files of " + service + " cannot be read", "add the pack again");
  }
  kept = {.stamp = stamp, .read = shared(*files)};
  // Copied by hand under another name it would stand beside the one that it says it is.
  if (kept.read->pack && kept.read->pack->config.service != service)
    kept.read = unusable("config.json", "the folder is called " + service + " and the pack otherwise",
                         "add it with troupe pack add");
  return kept.read;
}

std::vector<Shelved> Shelf::read(std::int64_t tenant_id) {
  const auto folders = added(tenant_id);
  const auto present = folders.services();
  const auto shipped = packs::shipped_services();
  std::vector<Shelved> out;
  out.reserve(present.size() + shipped.size());
  for (const auto& service : present) {
    out.push_back({.service = service,
                   .source = packs::Source::added,
                   .replaces_shipped = std::ranges::find(shipped, service) != shipped.end(),
                   .read = read_added(folders, service)});
  }
  for (const auto& service : shipped) {
    if (std::ranges::find(present, service) == present.end())
      out.push_back({.service = service, .source = packs::Source::shipped, .read = read_shipped(service)});
  }
  std::ranges::sort(out, {}, &Shelved::service);
  // What is gone from the disk is gone from here.
  std::erase_if(kept_, [](const auto& each) {
    std::error_code failed;
    return !fs::exists(each.first, failed);
  });
  return out;
}

}  // namespace troupe::assistant::services
