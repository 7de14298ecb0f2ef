#include "homeserver/media/thumbnail_worker.h"

#include <dlfcn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vips/vips.h>

#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>

#include "homeserver/media/thumbnail_walls.h"
#include "homeserver/media/thumbnailer.h"

namespace troupe::homeserver::media {
namespace {

constexpr std::int64_t kMaxPixels = 100'000'000;
[[maybe_unused]] constexpr rlim_t kMemoryBytes = 1024UL * 1024 * 1024;
constexpr rlim_t kCpuSeconds = 10;
constexpr rlim_t kOpenFiles = 64;

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TROUPE_SHADOW_MEMORY 1  // terabytes of address space are normal then
#endif
#endif

void limit(int what, rlim_t value) {
  const rlimit both{.rlim_cur = value, .rlim_max = value};
  setrlimit(static_cast<__rlimit_resource_t>(what), &both);
}

void limit_myself() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_SET_DUMPABLE, 0);
#ifndef TROUPE_SHADOW_MEMORY
  limit(RLIMIT_AS, kMemoryBytes);
#endif
  limit(RLIMIT_CPU, kCpuSeconds);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);  // pipes are not files: the answer still goes out
  std::signal(SIGXFSZ, SIG_IGN);
  limit(RLIMIT_NOFILE, kOpenFiles);
  // Low priority: requests that wait for nothing but the network come first.
  setpriority(PRIO_PROCESS, 0, 10);
}

bool write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

int refuse(std::string_view why) {
  write_all("error " + std::string(why) + "\n");
  return 1;
}

std::optional<std::string> read_picture() {
  std::string bytes;
  std::string piece(256 * 1024, '\0');
  for (;;) {
    const auto count = ::read(STDIN_FILENO, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) return bytes;
    bytes.append(piece, 0, static_cast<std::size_t>(count));
    if (bytes.size() > kMaxThumbnailSourceBytes) return std::nullopt;
  }
}

/// "WIDTH HEIGHT crop|scale"
std::optional<ThumbnailShape> read_order(std::string_view text) {
  ThumbnailShape shape;
  const auto* const end = text.data() + text.size();
  auto width = std::from_chars(text.data(), end, shape.width);
  if (width.ec != std::errc() || width.ptr == end) return std::nullopt;
  auto height = std::from_chars(width.ptr + 1, end, shape.height);
  if (height.ec != std::errc() || height.ptr == end) return std::nullopt;
  shape.crop = std::string_view(height.ptr + 1, end) == "crop";
  if (shape.width < 1 || shape.height < 1 || shape.width > 4096 || shape.height > 4096) return std::nullopt;
  return shape;
}

/// libvips brings some 80 libraries; it is loaded here, so that the server itself does not carry them.
class Vips {
 public:
  /// Nothing when the library is not installed.
  static std::optional<Vips> load() {
    Vips vips;
    vips.library_ = dlopen("libvips.so.42", RTLD_NOW | RTLD_LOCAL);
    const bool complete =
        vips.library_ && vips.bind(vips.init, "vips_init") &&
        vips.bind(vips.block_untrusted, "vips_block_untrusted_set") &&
        vips.bind(vips.find_loader, "vips_foreign_find_load_buffer") &&
        vips.bind(vips.open, "vips_image_new_from_buffer") && vips.bind(vips.thumbnail, "vips_thumbnail_buffer") &&
        vips.bind(vips.write, "vips_image_write_to_buffer") && vips.bind(vips.width, "vips_image_get_width") &&
        vips.bind(vips.height, "vips_image_get_height") && vips.bind(vips.has_alpha, "vips_image_hasalpha") &&
        vips.bind(vips.unref, "g_object_unref");
    if (!complete) return std::nullopt;
    return vips;
  }

  decltype(&vips_init) init = nullptr;
  decltype(&vips_block_untrusted_set) block_untrusted = nullptr;
  decltype(&vips_foreign_find_load_buffer) find_loader = nullptr;
  decltype(&vips_image_new_from_buffer) open = nullptr;
  decltype(&vips_thumbnail_buffer) thumbnail = nullptr;
  decltype(&vips_image_write_to_buffer) write = nullptr;
  decltype(&vips_image_get_width) width = nullptr;
  decltype(&vips_image_get_height) height = nullptr;
  decltype(&vips_image_hasalpha) has_alpha = nullptr;
  decltype(&g_object_unref) unref = nullptr;

 private:
  template <class Function>
  bool bind(Function& function, const char* name) {
    function = reinterpret_cast<Function>(dlsym(library_, name));
    return function != nullptr;
  }
  void* library_ = nullptr;
};

/// The decoders that meet bytes from outside; every other format is refused.
bool is_known_loader(const char* loader) {
  constexpr std::string_view kKnown[] = {"VipsForeignLoadJpegBuffer", "VipsForeignLoadPngBuffer",
                                         "VipsForeignLoadNsgifBuffer", "VipsForeignLoadWebpBuffer",
                                         "VipsForeignLoadHeifBuffer"};
  return loader && std::ranges::find(kKnown, loader) != std::end(kKnown);
}

}  // namespace

int thumbnail_worker_main() {
  limit_myself();
  const char* order = std::getenv(kThumbnailOrder);
  const auto shape = read_order(order ? order : "");
  if (!shape) return refuse("no order");
  auto vips = Vips::load();
  if (!vips) return refuse("libvips is not installed");
  if (vips->init("troupe") != 0) return refuse("libvips does not start");
  vips->block_untrusted(TRUE);
  // The library is there; from here on bytes from outside are met.
  const auto missing = wall_in();
  if (!missing.empty() && !write_all(std::string(kMissingWalls) + missing + "\n")) return 1;
  auto picture = read_picture();
  if (!picture) return refuse("too large");
  if (!is_known_loader(vips->find_loader(picture->data(), picture->size()))) return refuse("unknown format");
  VipsImage* header = vips->open(picture->data(), picture->size(), "", nullptr);
  if (!header) return refuse("damaged");
  const auto pixels = static_cast<std::int64_t>(vips->width(header)) * vips->height(header);
  vips->unref(header);
  if (pixels > kMaxPixels) return refuse("too many pixels");
  VipsImage* small = nullptr;
  const int failed = vips->thumbnail(picture->data(), picture->size(), &small, static_cast<int>(shape->width), "height",
                                     static_cast<int>(shape->height), "size", VIPS_SIZE_DOWN, "crop",
                                     shape->crop ? VIPS_INTERESTING_CENTRE : VIPS_INTERESTING_NONE, nullptr);
  if (failed || !small) return refuse("damaged");
  const bool alpha = vips->has_alpha(small);
  void* out = nullptr;
  std::size_t out_bytes = 0;
  if (vips->write(small, alpha ? ".png[strip]" : ".jpg[Q=82,strip]", &out, &out_bytes, nullptr) != 0) {
    return refuse("damaged");
  }
  const std::string head = std::string(alpha ? "ok image/png " : "ok image/jpeg ") + std::to_string(out_bytes) + "\n";
  return write_all(head) && write_all({static_cast<const char*>(out), out_bytes}) ? 0 : 1;
}

bool can_make_thumbnails() { return Vips::load().has_value(); }

}  // namespace troupe::homeserver::media
