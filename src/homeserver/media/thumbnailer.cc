#include "homeserver/media/thumbnailer.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <csignal>
#include <cstring>

#include "base/log.h"

namespace troupe::homeserver::media {
namespace {

constexpr std::size_t kMaxHeadBytes = 128;

/// A child that is killed and reaped at the end of the scope. It has nothing left to do by then, or is not trusted to.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

 private:
  pid_t pid_;
};

class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

std::string order_of(const ThumbnailShape& shape) {
  return std::string(kThumbnailOrder) + '=' + std::to_string(shape.width) + ' ' + std::to_string(shape.height) + ' ' +
         (shape.crop ? "crop" : "scale");
}

/// Starts the worker: input from `input`, output to `output`, nothing else open, an environment of its own.
Result<pid_t> start(const std::vector<std::string>& command, int input, int output, const ThumbnailShape& shape) {
  FileActions actions;
  posix_spawn_file_actions_adddup2(actions.get(), input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(actions.get(), output, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(actions.get(), STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(actions.get(), STDERR_FILENO + 1);
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const auto& part : command) arguments.push_back(const_cast<char*>(part.c_str()));
  arguments.push_back(nullptr);
  std::vector<std::string> variables{order_of(shape), "VIPS_CONCURRENCY=1",
                                     "VIPS_NOVECTOR=1",  // no code made at run time
                                     "MALLOC_ARENA_MAX=2", "PATH=/usr/bin:/bin"};
  std::vector<char*> environment;
  environment.reserve(variables.size() + 1);
  for (auto& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);
  pid_t pid = 0;
  const int failed =
      posix_spawn(&pid, command.front().c_str(), actions.get(), nullptr, arguments.data(), environment.data());
  if (failed) {
    return Error(Errc::unavailable, "Thumbnails cannot be made at the moment.",
                 std::string("posix_spawn: ") + strerror(failed));
  }
  return pid;
}

Error not_a_picture(std::string_view why) {
  return Error(Errc::unsupported, "No thumbnail can be made of this file: " + std::string(why) + ".")
      .with_status(400)
      .with_wire_code("M_UNKNOWN");
}

/// "ok TYPE BYTES\n" + the bytes, or "error WHY\n".
Result<ThumbnailPicture> read_answer(std::string answer) {
  const auto line_end = answer.substr(0, kMaxHeadBytes).find('\n');
  if (line_end == std::string::npos) return not_a_picture("it is damaged or too complex");
  const std::string_view line = std::string_view(answer).substr(0, line_end);
  if (line.starts_with("error ")) return not_a_picture(line.substr(6));
  const auto space = line.rfind(' ');
  if (!line.starts_with("ok ") || space < 3) return not_a_picture("the worker failed");
  std::size_t bytes = 0;
  std::from_chars(line.data() + space + 1, line.data() + line.size(), bytes);
  const auto type = line.substr(3, space - 3);
  if (answer.size() - line_end - 1 != bytes || (type != "image/png" && type != "image/jpeg")) {
    return not_a_picture("the worker failed");
  }
  return ThumbnailPicture{std::string(type), answer.substr(line_end + 1)};
}

}  // namespace

Thumbnailer::Thumbnailer(base::MetricRegistry& metrics, ThumbnailerOptions options)
    : options_(std::move(options)),
      gate_(options_.at_once, options_.max_waiting),
      made_(metrics.counter("troupe_homeserver_thumbnails_total", "Thumbnails made")),
      failed_(metrics.counter("troupe_homeserver_thumbnail_failures_total",
                              "Pictures that no thumbnail could be made of")) {}

void Thumbnailer::note_walls(std::string& answer) {
  if (!answer.starts_with(kMissingWalls)) return;
  const auto end = answer.substr(0, kMaxHeadBytes).find('\n');
  if (end == std::string::npos) return;
  if (!warned_.exchange(true)) {
    base::log_warning("homeserver", "this kernel does not let thumbnail workers shut themselves in",
                      {{"missing", answer.substr(kMissingWalls.size(), end - kMissingWalls.size())}});
  }
  answer.erase(0, end + 1);
}

Task<ThumbnailPicture> Thumbnailer::make(const Place&, int picture_descriptor, ThumbnailShape shape) {
  using asio::experimental::awaitable_operators::operator||;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    co_return Error(Errc::unavailable, "Thumbnails cannot be made at the moment.",
                    std::string("pipe: ") + strerror(errno));
  }
  auto executor = co_await asio::this_coro::executor;
  asio::posix::stream_descriptor out(executor, ends[0]);
  if (lseek(picture_descriptor, 0, SEEK_SET) != 0) {
    ::close(ends[1]);
    co_return Error(Errc::unavailable, "The file cannot be read at the moment.",
                    std::string("lseek: ") + strerror(errno));
  }
  auto pid = start(options_.command, picture_descriptor, ends[1], shape);
  ::close(ends[1]);
  if (!pid) co_return std::unexpected(std::move(pid).error());
  const Child child(*pid);
  std::string answer;
  asio::steady_timer timer(executor, options_.timeout);
  constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
  auto read = asio::async_read(out, asio::dynamic_buffer(answer, options_.max_result_bytes + 1), kNoThrow);
  const auto first = co_await (std::move(read) || timer.async_wait(kNoThrow));
  if (first.index() == 1 || answer.size() > options_.max_result_bytes) {
    failed_.add();
    base::log_warning("homeserver", "a thumbnail worker was stopped", {{"timeout", first.index() == 1}});
    co_return not_a_picture("it takes too long or too much memory");
  }
  note_walls(answer);
  auto picture = read_answer(std::move(answer));
  (picture ? made_ : failed_).add();
  co_return picture;
}

}  // namespace troupe::homeserver::media
