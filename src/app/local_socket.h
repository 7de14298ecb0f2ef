// <data>/run/troupe.sock: how the command line reaches a running server. One JSON request a connection, behind a
// length.
#pragma once
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/task.h"

namespace troupe::app {

struct LocalRequest {
  std::string method;
  std::string target;
  std::string body;
  std::string range{};  ///< the field Range of HTTP: a part of what is longer than a message; empty: the whole
};
struct LocalReply {
  int status = 0;
  std::string body;
};

/// Listens with permissions 0600; whoever may open the file is the administrator of this data folder.
/// A message is a 4-byte big-endian length and that many bytes of JSON; at most 16 MiB.
class LocalSocket {
 public:
  using Handler = std::function<asio::awaitable<LocalReply>(LocalRequest)>;
  static Result<std::unique_ptr<LocalSocket>> listen(asio::io_context& context, std::filesystem::path path,
                                                     Handler handler);
  virtual ~LocalSocket() = default;
};

/// Nothing when no server listens there. Blocks. Error: unavailable (the server went away in the middle).
Result<std::optional<LocalReply>> call_local(const std::filesystem::path& path, const LocalRequest& request);

}  // namespace troupe::app
