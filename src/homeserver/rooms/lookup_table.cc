#include "homeserver/rooms/lookup_table.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace troupe::homeserver {
namespace {

constexpr char kMagic[9] = "TRPLKUP1";  // another layout takes another number: the file is made anew
constexpr std::size_t kHeaderBytes = 4096;
constexpr std::uint64_t kMaxSlots = 1ULL << 36;

std::string machine_boot_id() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(in, id);
  return id;
}

Error cannot(std::string_view what, const std::filesystem::path& file) {
  return Error(Errc::unavailable, "The look-up file cannot be written.",
               std::string(what) + " " + file.string() + ": " + std::strerror(errno));
}

}  // namespace

struct LookupTable::Header {
  char magic[8];
  std::uint64_t slots;
  std::uint64_t count;
  StreamPos applied;
  StreamPos synced;
  char boot_id[40];  // of the machine when the table was last written to; empty: closed cleanly
};
struct LookupTable::Slot {
  std::uint64_t key;
  StreamPos pos;  // 0: free
};

LookupTable::LookupTable(std::filesystem::path file, void* map, std::size_t bytes)
    : file_(std::move(file)),
      map_(map),
      bytes_(bytes),
      header_(static_cast<Header*>(map)),
      slots_(reinterpret_cast<Slot*>(static_cast<char*>(map) + kHeaderBytes)) {}

LookupTable::~LookupTable() { ::munmap(map_, bytes_); }

Result<std::unique_ptr<LookupTable>> LookupTable::make(const std::filesystem::path& file, std::uint64_t slots) {
  auto bytes = kHeaderBytes + slots * sizeof(Slot);
  int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return cannot("open", file);
  // Reserved now: a full disk shows here, and not as a bus error when a page is written back.
  if (int code = ::posix_fallocate(fd, 0, static_cast<off_t>(bytes)); code != 0) {
    ::close(fd);
    errno = code;
    return cannot("reserve", file);
  }
  void* map = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  if (map == MAP_FAILED) return cannot("map", file);
  auto table = std::unique_ptr<LookupTable>(new LookupTable(file, map, bytes));
  std::memcpy(table->header_->magic, kMagic, sizeof table->header_->magic);
  table->header_->slots = slots;
  return table;
}

Result<std::unique_ptr<LookupTable>> LookupTable::empty(std::filesystem::path file) { return make(file, kFirstSlots); }

Result<std::unique_ptr<LookupTable>> LookupTable::open(std::filesystem::path file) {
  int fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT) return empty(std::move(file));
    return cannot("open", file);
  }
  struct stat info{};
  Header header{};
  bool whole = ::fstat(fd, &info) == 0 && info.st_size > static_cast<off_t>(kHeaderBytes) &&
               ::pread(fd, &header, sizeof header, 0) == static_cast<ssize_t>(sizeof header) &&
               std::memcmp(header.magic, kMagic, sizeof header.magic) == 0 && std::has_single_bit(header.slots) &&
               header.slots <= kMaxSlots && header.count < header.slots &&
               info.st_size == static_cast<off_t>(kHeaderBytes + header.slots * sizeof(Slot));
  if (!whole) {
    ::close(fd);
    return empty(std::move(file));
  }
  auto bytes = static_cast<std::size_t>(info.st_size);
  void* map = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  if (map == MAP_FAILED) return cannot("map", file);
  auto table = std::unique_ptr<LookupTable>(new LookupTable(std::move(file), map, bytes));
  auto& kept = *table->header_;
  kept.boot_id[sizeof kept.boot_id - 1] = '\0';
  if (kept.boot_id[0] != '\0' && machine_boot_id() != kept.boot_id) kept.applied = kept.synced;  // after a power cut
  return table;
}

Result<std::unique_ptr<LookupTable>> LookupTable::grown() const {
  auto beside = file_;
  beside += ".new";
  TRY(auto bigger, make(beside, header_->slots * 2));
  for (std::uint64_t i = 0; i < header_->slots; ++i)
    if (slots_[i].pos != 0) bigger->add(slots_[i].key, slots_[i].pos);
  // Not synced, so that no commit waits for it: after a power cut it counts as empty and is filled again.
  bigger->set_applied(header_->applied);
  if (::rename(beside.c_str(), file_.c_str()) != 0) return cannot("rename", beside);
  bigger->file_ = file_;
  return bigger;
}

bool LookupTable::is_full() const { return header_->count >= header_->slots / 8 * 5; }

void LookupTable::add(std::uint64_t key, StreamPos pos) {
  auto mask = header_->slots - 1;
  for (auto at = key & mask;; at = (at + 1) & mask) {
    auto& slot = slots_[at];
    if (slot.pos == 0) {
      slot = {key, pos};
      ++header_->count;
      return;
    }
    if (slot.key == key && slot.pos == pos) return;
  }
}

std::vector<StreamPos> LookupTable::find(std::uint64_t key) const {
  std::vector<StreamPos> found;
  auto mask = header_->slots - 1;
  auto at = key & mask;
  for (std::uint64_t steps = 0; steps < header_->slots && slots_[at].pos != 0; ++steps, at = (at + 1) & mask)
    if (slots_[at].key == key) found.push_back(slots_[at].pos);
  return found;
}

void LookupTable::clear() {
  header_->applied = header_->synced = 0;
  header_->count = 0;
  std::memset(slots_, 0, header_->slots * sizeof(Slot));
}

StreamPos LookupTable::applied() const { return header_->applied; }

void LookupTable::set_applied(StreamPos pos) {
  if (header_->boot_id[0] == '\0') {
    static const std::string boot_id = machine_boot_id();
    std::strncpy(header_->boot_id, boot_id.c_str(), sizeof header_->boot_id - 1);
  }
  header_->applied = pos;
}

void LookupTable::sync() {
  auto upto = header_->applied;
  if (::msync(map_, bytes_, MS_SYNC) != 0) return;
  header_->synced = upto;
  ::msync(map_, kHeaderBytes, MS_SYNC);
}

void LookupTable::close_cleanly() {
  sync();
  std::memset(header_->boot_id, 0, sizeof header_->boot_id);
  ::msync(map_, kHeaderBytes, MS_SYNC);
}

}  // namespace troupe::homeserver
