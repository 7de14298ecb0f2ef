#include "console/files/assets.h"

#include <fstream>
#include <map>
#include <sstream>

#include "base/crypto.h"

namespace troupe::console::files {
namespace {

constexpr std::uintmax_t kMaxFileBytes = 32 * 1024 * 1024;

constexpr std::string_view kPlainPage = R"(<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">
<title>Troupe</title></head><body><h1>Troupe is running</h1>
<p>This program was built without its dashboard. Build it with <code>-DTROUPE_WEB=ON</code> (Node is needed), or serve one
from a folder: <code>troupe serve --web-dir web/dist</code>.</p>
<p>Everything the dashboard does is there without it: <a href="/docs">the API</a>, and on the command line
<code>troupe user add</code>, <code>troupe bot add</code>, <code>troupe bot start</code>.</p></body></html>
)";

std::string etag_of(std::string_view bytes) {
  auto hash = base::sha256(bytes);
  return "\"" + base::hex(base::Bytes(hash.data(), 12)) + "\"";
}

std::shared_ptr<Asset> make_asset(std::string_view path, std::string_view bytes, std::string_view gzip) {
  auto asset = std::make_shared<Asset>();
  asset->content_type = content_type_of(path);
  asset->etag = etag_of(bytes);
  asset->bytes = std::make_shared<const std::string>(bytes);
  if (!gzip.empty()) asset->gzip = std::make_shared<const std::string>(gzip);
  asset->hashed_name = path.starts_with("assets/");
  return asset;
}

class EmbeddedAssets : public Assets {
 public:
  EmbeddedAssets() {
    for (const auto& file : embedded_files()) files_.emplace(file.path, make_asset(file.path, file.bytes, file.gzip));
    if (!files_.contains("index.html")) files_["index.html"] = make_asset("index.html", kPlainPage, {});
  }
  std::shared_ptr<const Asset> find(std::string_view path) const override {
    auto found = files_.find(path);
    return found == files_.end() ? nullptr : found->second;
  }

 private:
  std::map<std::string, std::shared_ptr<const Asset>, std::less<>> files_;
};

class DiskAssets : public Assets {
 public:
  explicit DiskAssets(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::shared_ptr<const Asset> find(std::string_view path) const override {
    if (!is_clean_path(path)) return nullptr;
    std::error_code ec;
    auto file = std::filesystem::weakly_canonical(folder_ / path, ec);
    auto root = std::filesystem::weakly_canonical(folder_, ec);
    // A link may lead out of the folder; what it leads to is not served.
    if (ec || !file.string().starts_with(root.string() + "/")) return nullptr;
    if (!std::filesystem::is_regular_file(file, ec) || std::filesystem::file_size(file, ec) > kMaxFileBytes)
      return nullptr;
    std::ifstream in(file, std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    if (!in) return nullptr;
    return make_asset(path, bytes.view(), {});
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace

std::string_view content_type_of(std::string_view path) {
  static constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".ico", "image/x-icon"},
      {".webp", "image/webp"},
      {".woff2", "font/woff2"},
      {".webmanifest", "application/manifest+json"},
      {".txt", "text/plain; charset=utf-8"},
      {".map", "application/json"},
  };
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

bool is_clean_path(std::string_view path) {
  if (path.empty() || path.size() > 512 || path.find('\\') != path.npos || path.find('\0') != path.npos) return false;
  while (true) {
    auto end = path.find('/');
    auto part = path.substr(0, end);
    if (part.empty() || part.front() == '.') return false;
    if (end == path.npos) return true;
    path.remove_prefix(end + 1);
  }
}

std::unique_ptr<Assets> make_embedded_assets() { return std::make_unique<EmbeddedAssets>(); }
std::unique_ptr<Assets> make_disk_assets(std::filesystem::path folder) {
  return std::make_unique<DiskAssets>(std::move(folder));
}

}  // namespace troupe::console::files
