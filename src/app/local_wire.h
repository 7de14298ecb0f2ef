// How messages stand on the local socket, for both of its ends: a 4-byte big-endian length and that many bytes.
#pragma once
#include <array>
#include <boost/json/object.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/descriptor.h"

namespace troupe::app {

inline constexpr std::uint32_t kMostLocalMessageBytes = 16 * 1024 * 1024;  ///< of a message, which is JSON
inline constexpr std::uint32_t kMostLocalPieceBytes = 64 * 1024;           ///< of a piece of what goes on, as it is

using LocalLength = std::array<unsigned char, 4>;
std::uint32_t local_size(const LocalLength& head);
/// Its length before it. At most kMostLocalMessageBytes.
std::string local_frame(std::string_view bytes);
std::string local_frame(const boost::json::object& message);
/// A member that is a text; empty: there is none.
std::string local_text(const boost::json::value& message, std::string_view name);

/// A socket's address holds 107 bytes, a data folder's path may be longer: names the file through its open folder.
class ShortPath {
 public:
  explicit ShortPath(const std::filesystem::path& path);
  bool usable() const { return folder_.get() >= 0; }
  const std::string& text() const { return text_; }

 private:
  base::Descriptor folder_;
  std::string text_;
};

/// A blocking socket to whoever listens there, or -1: nobody does.
int connect_local(const std::filesystem::path& path);
/// All of it, whatever signals come. False: the other side is gone.
bool write_local(int socket, std::string_view bytes);

}  // namespace troupe::app
