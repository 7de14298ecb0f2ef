#include "homeserver/memory/lookup_table.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/log.h"

namespace troupe::homeserver::memory {
namespace {

constexpr char kMagic[9] = "TRPLKUP2";  // another layout takes another number: the file is made anew
constexpr std::size_t kHeaderBytes = 4096;
constexpr std::uint64_t kMaxSlots = 1ULL << 36;
constexpr std::size_t kNameBytes = 40;
/// More entries behind the mark are not told apart, and a second power cut on the way back has the file made anew.
constexpr std::size_t kMostBeyond = 1U << 20;
/// Stands for a boot that never was: such a file is only trusted as far as it was synced.
constexpr const char* kUnknownBoot = "unknown";

Error cannot(std::string_view what, const std::filesystem::path& file, int code) {
  return Error(Errc::unavailable, "The look-up file cannot be written.",
               fmt::format("{} {}: {}", what, file.string(), std::strerror(code)));
}

std::filesystem::path beside(const std::filesystem::path& file) {
  auto name = file;
  name += ".new";
  return name;
}

void put_text(char (&field)[kNameBytes], std::string_view text) {
  std::memset(field, 0, sizeof field);
  std::memcpy(field, text.data(), std::min(text.size(), sizeof field - 1));
}

std::string_view text_in(const char (&field)[kNameBytes]) { return {field, ::strnlen(field, sizeof field)}; }

void sync_folder_of(const std::filesystem::path& file) {
  const auto folder = file.parent_path();
  const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);  // not done: the older file is found after a power cut, which is as good
  ::close(fd);
}

/// Whether the file system keeps `reserve` bytes free after `bytes` more were taken.
Result<Unit> leaves_room(const std::filesystem::path& file, std::uint64_t bytes, std::uint64_t reserve) {
  struct statvfs disk{};
  const auto folder = file.parent_path();
  if (::statvfs(folder.empty() ? "." : folder.c_str(), &disk) != 0) return cannot("measure", folder, errno);
  const auto free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
  if (free >= bytes && free - bytes >= reserve) return Unit{};
  return Error(Errc::unavailable, "The look-up file does not fit on the disk.",
               fmt::format("{} needs {} KiB and leaves {} KiB to others; {} KiB are free", file.string(), bytes / 1024,
                           reserve / 1024, free / 1024));
}

/// What an entry adds to a sum; never 0.
std::uint64_t share_of(std::uint64_t key, StreamPos pos) {
  auto mixed = key + 0x9e3779b97f4a7c15ULL * static_cast<std::uint64_t>(pos);
  mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9ULL;
  mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebULL;
  return (mixed ^ mixed >> 31) | 1;
}

/// Who is killed here has written what stands before it and nothing of what follows.
void in_this_order() { std::atomic_signal_fence(std::memory_order_seq_cst); }

}  // namespace

std::string machine_boot_id() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(in, id);
  return id;
}

struct LookupTable::Header {
  char magic[8];
  std::uint64_t slots;
  std::uint64_t count;
  Mark applied;
  Mark synced;
  char boot_id[kNameBytes];   // of the machine when the table was last written to; empty: closed cleanly
  char database[kNameBytes];  // whose entries these are
  // Sums over entries, so that a file whose bytes were changed is not believed. Zeros where an older program made it.
  std::uint64_t has_sums;
  std::uint64_t sum;         // of all
  std::uint64_t beyond_sum;  // of those behind `applied`
  std::uint64_t synced_sum;  // of those up to `synced`
  std::uint64_t adding;      // what the entry that is being added adds; 0: none is
};
struct LookupTable::Slot {
  std::uint64_t key;
  StreamPos pos;  // 0: free
};

LookupTable::LookupTable(std::filesystem::path file, Options options, void* map, std::size_t bytes)
    : file_(std::move(file)),
      options_(std::move(options)),
      map_(map),
      bytes_(bytes),
      header_(static_cast<Header*>(map)),
      slots_(reinterpret_cast<Slot*>(static_cast<char*>(map) + kHeaderBytes)) {
  static_assert(sizeof(Slot) == kSlotBytes && sizeof(Header) <= kHeaderBytes);
  if (options_.boot_id.empty()) options_.boot_id = kUnknownBoot;
}

LookupTable::~LookupTable() { ::munmap(map_, bytes_); }

Result<std::unique_ptr<LookupTable>> LookupTable::make(const std::filesystem::path& file, const Options& options,
                                                       std::uint64_t slots) {
  const auto bytes = kHeaderBytes + slots * sizeof(Slot);
  TRY(leaves_room(file, bytes, options.reserve_bytes));
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return cannot("open", file, errno);
  // Reserved now: a full disk shows here, and not as a bus error when a page is written back.
  int code = ::posix_fallocate(fd, 0, static_cast<off_t>(bytes));
  struct stat info{};
  if (code == 0 && ::fstat(fd, &info) != 0) code = errno;
  void* map = MAP_FAILED;
  if (code == 0) {
    map = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) code = errno;
  }
  ::close(fd);
  if (map == MAP_FAILED) {
    ::unlink(file.c_str());  // a reservation that fails keeps what it got so far
    return cannot("reserve", file, code);
  }
  auto table = std::unique_ptr<LookupTable>(new LookupTable(file, options, map, bytes));
  table->inode_ = info.st_ino;
  std::memcpy(table->header_->magic, kMagic, sizeof table->header_->magic);
  table->header_->slots = slots;
  table->header_->has_sums = 1;
  put_text(table->header_->database, options.database);
  // Never synced, so it belongs to no boot yet that could vouch for it.
  put_text(table->header_->boot_id, table->options_.boot_id);
  table->writing_ = true;
  return table;
}

std::unique_ptr<LookupTable> LookupTable::make_or_stay_in_memory(std::filesystem::path file, Options options) {
  auto made = make(file, options, options.first_slots);
  if (made) return *std::move(made);
  const auto bytes = kHeaderBytes + options.first_slots * sizeof(Slot);
  void* map = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) throw std::bad_alloc();
  auto table = std::unique_ptr<LookupTable>(new LookupTable(std::move(file), std::move(options), map, bytes));
  table->header_->slots = table->options_.first_slots;
  table->header_->has_sums = 1;
  table->writing_ = true;
  table->file_trouble_ = made.error().detail();
  return table;
}

std::unique_ptr<LookupTable> LookupTable::open(std::filesystem::path file, Options options) {
  ::unlink(beside(file).c_str());
  const int fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return make_or_stay_in_memory(std::move(file), std::move(options));
  struct stat info{};
  Header header{};
  const bool whole = ::fstat(fd, &info) == 0 && info.st_size > static_cast<off_t>(kHeaderBytes) &&
                     ::pread(fd, &header, sizeof header, 0) == static_cast<ssize_t>(sizeof header) &&
                     std::memcmp(header.magic, kMagic, sizeof header.magic) == 0 && std::has_single_bit(header.slots) &&
                     header.slots <= kMaxSlots && header.count <= header.slots &&
                     info.st_size == static_cast<off_t>(kHeaderBytes + header.slots * sizeof(Slot)) &&
                     text_in(header.database) == options.database;
  const auto bytes = static_cast<std::size_t>(info.st_size);
  void* map = whole ? ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
  ::close(fd);
  if (map == MAP_FAILED) {
    ::unlink(file.c_str());
    return make_or_stay_in_memory(std::move(file), std::move(options));
  }
  ::madvise(map, bytes, MADV_WILLNEED);  // it is read whole now: in long reads, ahead of who waits for them
  auto table = std::unique_ptr<LookupTable>(new LookupTable(std::move(file), std::move(options), map, bytes));
  table->inode_ = info.st_ino;
  if (table->recover()) return table;
  base::log_warning("homeserver", "The look-up file was damaged: it is made anew.", {{"file", table->file_.string()}});
  return table->anew();
}

/// After a power cut the header may be older than the slots and the other way round: what was synced counts. False: the
/// entries are not those that were written.
bool LookupTable::recover() {
  const auto boot = text_in(header_->boot_id);
  const bool is_this_boot = boot == options_.boot_id && boot != kUnknownBoot;
  const bool is_cut = !boot.empty() && !is_this_boot;
  if (is_cut) header_->applied = header_->synced;
  std::uint64_t count = 0, sum = 0, beyond = 0;
  for (const Slot* slot = slots_; slot != slots_ + header_->slots; ++slot) {
    if (slot->pos == 0) continue;
    const auto share = share_of(slot->key, slot->pos);
    ++count;
    sum += share;
    if (slot->pos <= header_->applied.pos) continue;
    beyond += share;
    if (beyond_.size() == kMostBeyond) continue;
    beyond_.push_back({.pos = slot->pos, .share = share});
    beyond_of_start_ += share;
  }
  const bool is_whole = is_cut ? sum - beyond == header_->synced_sum
                               : sum == header_->sum || (header_->adding != 0 && sum == header_->sum + header_->adding);
  if (header_->has_sums != 0 && !is_whole) return false;
  if (is_this_boot) writing_ = true;
  if (is_cut) header_->count = count;
  if (!boot.empty() || header_->has_sums == 0) {
    header_->sum = sum;
    header_->beyond_sum = beyond;
    if (header_->has_sums == 0) header_->synced_sum = sum - beyond;
    header_->adding = 0;
    header_->has_sums = 1;
  }
  std::ranges::sort(beyond_, std::ranges::greater(), &Beyond::pos);
  return true;
}

/// Before the first entry: a power cut from here on must not find a file that says it was closed cleanly.
void LookupTable::begin_writing() {
  put_text(header_->boot_id, options_.boot_id);
  if (::msync(map_, kHeaderBytes, MS_SYNC) != 0) sync_failed_ = true;
  writing_ = true;
}

Result<std::unique_ptr<LookupTable>> LookupTable::copy(std::uint64_t slots, bool durable) const {
  const auto temporary = beside(file_);
  TRY(auto made, make(temporary, options_, slots));
  made->set_applied(header_->applied);  // first: what lies behind it is known as that
  for (std::uint64_t i = 0; i < header_->slots; ++i)
    if (slots_[i].pos != 0) made->add(slots_[i].key, slots_[i].pos);
  made->beyond_ = beyond_;
  made->beyond_of_start_ = beyond_of_start_;
  if (durable) {
    if (auto synced = made->sync(); !synced) {
      ::unlink(temporary.c_str());
      return std::unexpected(std::move(synced).error());
    }
  }
  if (::rename(temporary.c_str(), file_.c_str()) != 0) {
    const int code = errno;
    ::unlink(temporary.c_str());
    return cannot("rename", temporary, code);
  }
  if (durable) sync_folder_of(file_);
  made->file_ = file_;
  return made;
}

std::unique_ptr<LookupTable> LookupTable::anew() const {
  ::unlink(file_.c_str());
  return make_or_stay_in_memory(file_, options_);
}

std::uint64_t LookupTable::slots() const { return header_->slots; }
std::uint64_t LookupTable::count() const { return header_->count; }
bool LookupTable::wants_growth() const { return header_->count >= header_->slots / 8 * 5; }
bool LookupTable::is_full() const { return header_->count >= header_->slots / 8 * 7; }

bool LookupTable::add(std::uint64_t key, StreamPos pos) {
  if (!writing_) begin_writing();
  const auto mask = header_->slots - 1;
  auto at = key & mask;
  for (std::uint64_t steps = 0; steps < header_->slots; ++steps, at = (at + 1) & mask) {
    auto& slot = slots_[at];
    if (slot.key == key && slot.pos == pos) return true;
    if (slot.pos != 0) continue;
    if (is_full()) return false;
    const auto share = share_of(key, pos);
    header_->adding = share;
    in_this_order();
    slot = {key, pos};
    in_this_order();
    header_->sum += share;
    in_this_order();
    header_->adding = 0;
    if (pos > header_->applied.pos) header_->beyond_sum += share;
    ++header_->count;
    return true;
  }
  return false;
}

std::vector<StreamPos> LookupTable::find(std::uint64_t key) const {
  std::vector<StreamPos> found;
  const auto mask = header_->slots - 1;
  auto at = key & mask;
  for (std::uint64_t steps = 0; steps < header_->slots && slots_[at].pos != 0; ++steps, at = (at + 1) & mask)
    if (slots_[at].key == key) found.push_back(slots_[at].pos);
  return found;
}

LookupTable::Mark LookupTable::applied() const { return header_->applied; }

void LookupTable::set_applied(Mark mark) {
  if (!writing_) begin_writing();
  header_->applied = mark;
  // What is added comes before the mark that it is behind; what was there at the start does not.
  for (; !beyond_.empty() && beyond_.back().pos <= mark.pos; beyond_.pop_back())
    beyond_of_start_ -= beyond_.back().share;
  header_->beyond_sum = beyond_of_start_;
}

bool LookupTable::dirty() const { return file_trouble_.empty() && header_->applied != header_->synced; }

Result<Unit> LookupTable::sync() {
  if (!file_trouble_.empty()) return Unit{};
  const auto upto = header_->applied;
  if (!sync_failed_ && ::msync(map_, bytes_, MS_SYNC) == 0) {
    header_->synced_sum = header_->sum - header_->beyond_sum;
    header_->synced = upto;
    if (::msync(map_, kHeaderBytes, MS_SYNC) == 0) return Unit{};
  }
  // The kernel may have dropped the pages that it could not write: only what was synced earlier counts.
  const int code = sync_failed_ ? EIO : errno;
  sync_failed_ = true;
  put_text(header_->boot_id, kUnknownBoot);
  return cannot("sync", file_, code);
}

void LookupTable::close_cleanly() {
  if (!file_trouble_.empty() || !sync()) return;
  std::memset(header_->boot_id, 0, sizeof header_->boot_id);
  ::msync(map_, kHeaderBytes, MS_SYNC);
}

bool LookupTable::in_place() const {
  struct stat info{};
  return file_trouble_.empty() && ::stat(file_.c_str(), &info) == 0 && info.st_ino == inode_;
}

}  // namespace troupe::homeserver::memory
