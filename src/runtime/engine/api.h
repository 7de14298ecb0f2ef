// A client of the Docker Engine API, version 1.41 where the engine has it; Podman's compatible socket speaks it too.
#pragma once
#include <boost/json/object.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "net/client/client.h"
#include "runtime/engine/frames.h"

namespace troupe::runtime::engine {

struct Version {
  std::string text;             ///< "20.10.24"
  std::string api;              ///< "1.41": what is spoken
  bool podman = false;          ///< it says exit code 137 of an out-of-memory kill and nothing else
  base::UnixMs engine_now = 0;  ///< its clock, to whole seconds; 0: it did not say
};

/// A container, as inspecting it tells.
struct Container {
  std::string id{};
  std::string
      status{};  ///< created, running, paused, restarting, removing, exited, dead; Podman: stopped, stopping too
  std::map<std::string, std::string> labels{};
  std::int64_t exit_code = 0;
  bool oom_killed = false;
  std::string error{};  ///< why it could not be started
  base::UnixMs started_at = 0;
  base::UnixMs finished_at = 0;
  std::int64_t pid = 0;
  std::string user{};             ///< that of the image, unless it was made with another
  std::string program{};          ///< what it runs: the first word
  std::string path{};             ///< PATH in its environment
  std::string stop_signal{};      ///< of the image; empty: SIGTERM
  std::int64_t memory_limit = 0;  ///< bytes; 0: none

  bool has_ended() const { return status == "exited" || status == "dead" || status == "stopped"; }
  bool runs() const;
};

/// A line of the list.
struct Listed {
  std::string id;
  std::string status;
  std::map<std::string, std::string> labels;
};

struct Event {
  std::string action;     ///< start, die (Podman: died too), oom, destroy, …
  std::string container;  ///< its id
  std::int64_t time_s = 0;
};

using Labels = std::map<std::string, std::string>;

/// On one executor, that of whoever awaits; outlives its coroutines. Errors of all: unavailable (not reachable, cut
/// off, an answer that is none of an engine's, its status 5xx), timed_out; with the engine's own words: invalid_param
/// (400), not_found (404), conflict (409), forbidden (401, 403).
class Api {
 public:
  /// `url`: what paths are put behind (host_address.h).
  Api(net::client::HttpClient& http, std::string url) : http_(http), url_(std::move(url)) {}

  /// Asks which version it is, and settles which version of the API is spoken.
  Task<Version> version();
  /// Yields the id. not_found: no such image; conflict: the name is taken.
  Task<std::string> create(std::string name, boost::json::object body);
  /// One that runs already is no error.
  Task<Unit> start(std::string container);
  /// By id or name.
  Task<Container> inspect(std::string container);
  /// All that bear these labels, those that have ended as well.
  Task<std::vector<Listed>> list(Labels labels);
  /// conflict: it does not run.
  Task<Unit> kill(std::string container, std::string signal);
  /// Kills and removes it and its unnamed volumes. One that is not there, or on its way out, is no error.
  Task<Unit> remove(std::string container);
  /// One that is not there is no error. conflict: a container has it.
  Task<Unit> remove_volume(std::string name);
  /// Unpacks a tar archive in a folder of the container.
  Task<Unit> put_archive(std::string container, std::string folder, std::string tar);
  /// Whether there is such a file, in a container that may have ended.
  Task<bool> has_file(std::string container, std::string path);
  /// Whether the image is on the engine.
  Task<bool> has_image(std::string image);
  /// Fetches an image, for up to fifteen minutes, and looks whether it is there then. `go_on` is asked whenever the
  /// engine tells how far it is; false gives up.
  Task<Unit> pull(std::string image, std::function<bool()> go_on);
  /// Each line that it has printed since `since` (seconds, "" all) and, while it runs, goes on printing, with the
  /// engine's time stamp in front. Ends with the container, and as timed_out after five silent minutes, as a connection
  /// may be dead without a word: ask again from the last stamp. `take` returning false stops.
  Task<Unit> logs(std::string container, std::string since, std::function<bool(Stream, std::string_view)> take);
  /// What happens to containers with these labels from `since` (unix seconds of the engine's clock; 0: from now) on.
  /// Ends only when the engine or the connection does, or when `take` returns false.
  Task<Unit> events(Labels labels, std::int64_t since, std::function<bool(const Event&)> take);

 private:
  net::client::ClientRequest request(std::string method, std::string_view path) const;
  Task<net::client::ClientResponse> ask(net::client::ClientRequest request);

  net::client::HttpClient& http_;
  std::string url_;
  std::string prefix_ = "/v1.41";
};

}  // namespace troupe::runtime::engine
