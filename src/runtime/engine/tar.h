// A tar archive (POSIX ustar) of a few small files, as the engine takes it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::runtime::engine {

class TarWriter {
 public:
  /// Owner of everything in it.
  explicit TarWriter(std::int64_t uid) : uid_(uid) {}
  /// Mode 0700. Names are relative, at most 99 bytes.
  void folder(std::string_view name);
  /// Mode 0600.
  void file(std::string_view name, std::string_view bytes);
  /// The whole archive; afterwards it is empty.
  std::string finish();

 private:
  void head(std::string_view name, char type, int mode, std::size_t size);
  std::int64_t uid_;
  std::string bytes_;
};

}  // namespace troupe::runtime::engine
