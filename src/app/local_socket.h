// <data>/run/troupe.sock: how the command line reaches a running server. One JSON request a connection, behind a
// length.
#pragma once
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/task.h"
#include "net/http/http.h"

namespace troupe::app {

struct LocalRequest {
  std::string method;
  std::string target;
  std::string body;
  std::string range{};          ///< the field Range of HTTP: a part of what is longer than a message; empty: the whole
  bool live = false;            ///< an answer that goes on is wanted as it goes on (local_stream.h)
  std::string last_event_id{};  ///< the field Last-Event-ID of HTTP; empty: from the beginning
};
struct LocalReply {
  int status = 0;
  std::string body;
  /// Instead of a body, for who wants it live: what goes on is written piece by piece. Runs after the handler.
  std::function<Task<Unit>(net::http::BodyWriter&)> stream{};
};

/// Who takes nothing of an answer that goes on for so long is cut.
inline constexpr std::chrono::milliseconds kLocalWritePatience{30'000};

/// Listens with permissions 0600; whoever may open the file is the administrator of this data folder.
/// A message is a 4-byte big-endian length and that many bytes of JSON; at most 16 MiB. After the message that begins
/// an answer that goes on come pieces, of 64 KiB at most, each after its length; one without bytes is the end.
class LocalSocket {
 public:
  using Handler = std::function<asio::awaitable<LocalReply>(LocalRequest)>;
  static Result<std::unique_ptr<LocalSocket>> listen(asio::io_context& context, std::filesystem::path path,
                                                     Handler handler,
                                                     std::chrono::milliseconds patience = kLocalWritePatience);
  virtual ~LocalSocket() = default;
};

/// Nothing when no server listens there. Blocks. Error: unavailable (the server went away in the middle).
Result<std::optional<LocalReply>> call_local(const std::filesystem::path& path, const LocalRequest& request);

}  // namespace troupe::app
