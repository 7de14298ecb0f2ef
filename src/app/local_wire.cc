#include "app/local_wire.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>

namespace troupe::app {

std::uint32_t local_size(const LocalLength& head) {
  return std::uint32_t{head[0]} << 24 | std::uint32_t{head[1]} << 16 | std::uint32_t{head[2]} << 8 | head[3];
}

std::string local_frame(std::string_view bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  std::string out{static_cast<char>(size >> 24), static_cast<char>(size >> 16), static_cast<char>(size >> 8),
                  static_cast<char>(size)};
  return out.append(bytes);
}

std::string local_frame(const boost::json::object& message) { return local_frame(boost::json::serialize(message)); }

std::string local_text(const boost::json::value& message, std::string_view name) {
  const auto* object = message.if_object();
  const auto* value = object ? object->if_contains(name) : nullptr;
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string(*text) : std::string();
}

ShortPath::ShortPath(const std::filesystem::path& path)
    : folder_(::open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
      text_("/proc/self/fd/" + std::to_string(folder_.get()) + "/" + path.filename().string()) {}

int connect_local(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const ShortPath short_path(path);
  if (!short_path.usable()) return -1;
  std::memcpy(address.sun_path, short_path.text().data(), short_path.text().size());
  const auto socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  while (socket >= 0 && ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    if (errno == EINTR) continue;
    ::close(socket);
    return -1;
  }
  return socket;
}

bool write_local(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace troupe::app
