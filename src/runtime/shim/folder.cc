#include "runtime/shim/folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace troupe::runtime::shim {

void Record::add(std::string_view key, std::string_view value) { entries_.emplace_back(key, value); }

std::string_view Record::text(std::string_view key) const {
  for (const auto& [name, value] : entries_) {
    if (name == key) return value;
  }
  return {};
}

std::int64_t Record::number(std::string_view key, std::int64_t otherwise) const {
  const auto value = text(key);
  std::int64_t parsed = 0;
  auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  return failed == std::errc() && end == value.data() + value.size() && !value.empty() ? parsed : otherwise;
}

std::vector<std::string> Record::all(std::string_view key) const {
  std::vector<std::string> found;
  for (const auto& [name, value] : entries_) {
    if (name == key) found.push_back(value);
  }
  return found;
}

std::string Record::bytes() const {
  std::string out;
  for (const auto& [name, value] : entries_) out.append(name).append(1, '=').append(value).append(1, '\0');
  return out;
}

Record Record::parse(std::string_view bytes) {
  Record record;
  while (!bytes.empty()) {
    const auto end = bytes.find('\0');
    const auto line = bytes.substr(0, end);
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) break;
    record.add(line.substr(0, equals), line.substr(equals + 1));
    if (end == std::string_view::npos) break;
    bytes.remove_prefix(end + 1);
  }
  return record;
}

std::optional<std::string> read_file(const std::string& path, std::size_t most) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  std::string bytes;
  char piece[4096];
  while (true) {
    const auto count = ::read(file.get(), piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) return bytes;
    bytes.append(piece, static_cast<std::size_t>(count));
    if (bytes.size() > most) {
      errno = EFBIG;
      return std::nullopt;
    }
  }
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool replace_file(const std::string& path, std::string_view bytes) {
  const auto beside = path + ".tmp";
  Descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file || !write_all(file.get(), bytes)) return false;
  file.close();
  return ::rename(beside.c_str(), path.c_str()) == 0;
}

std::int64_t shim_pid(const std::string& folder) {
  const Descriptor file(::open((folder + "/" + kLockFile).c_str(), O_RDWR | O_CLOEXEC));
  if (!file) return errno == ENOENT ? 0 : -1;
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(file.get(), F_GETLK, &lock) != 0) return -1;
  return lock.l_type == F_UNLCK ? 0 : lock.l_pid;
}

std::int64_t unix_ms() {
  using std::chrono::system_clock;
  return std::chrono::duration_cast<std::chrono::milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::int64_t monotonic_ms() {
  using std::chrono::steady_clock;
  return std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now().time_since_epoch()).count();
}

void Descriptor::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

}  // namespace troupe::runtime::shim
