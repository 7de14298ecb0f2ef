#include "meetings/whisper/worker.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>

#include "base/log.h"
#include "base/retry.h"

namespace troupe::meetings::whisper {
namespace {

using std::chrono::milliseconds;
constexpr auto kQuiet = asio::as_tuple(asio::use_awaitable);
constexpr std::string_view kReady = "ready ";
constexpr std::size_t kLongestLine = 4 * 1024;
constexpr milliseconds kStopPatience{10'000};

/// Of a line: the address, when it is one of this machine.
std::string address_in(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!line.starts_with(kReady)) return {};
  line.remove_prefix(kReady.size());
  const bool here = line.starts_with("ws://127.0.0.1:") || line.starts_with("ws://[::1]:");
  return here ? std::string(line) : std::string();
}

}  // namespace

Worker::Worker(runtime::sandbox::Programs* programs, asio::any_io_executor home, WorkerOptions options)
    : programs_(programs), home_(home), options_(std::move(options)), watching_(home), stop_(home) {
  if (programs_ == nullptr) standing_.trouble("programs cannot be run here");
}

Task<std::string> Worker::address() {
  auto finding = asio::co_spawn(home_, find(), asio::use_awaitable);
  co_return co_await std::move(finding);
}

Task<std::string> Worker::find() {
  if (programs_ == nullptr || options_.command.empty()) {
    co_return Error(Errc::unavailable,
                    "there is no transcriber: set meetings.whisper_upstream or "
                    "meetings.transcriber_command");
  }
  const auto until = Clock::now() + options_.ready;
  while (address_.empty()) {
    if (stop_.stop_requested()) co_return Error(Errc::unavailable, "the server is stopping");
    if (!running_ && Clock::now() < not_before_) {
      co_return Error(Errc::unavailable, standing_.get().value_or("the transcriber is started again soon"));
    }
    if (Clock::now() >= until) co_return Error(Errc::unavailable, "the transcriber is not ready");
    if (!running_) {
      running_ = true;
      watching_.spawn("the transcriber", watch());
    }
    asio::steady_timer timer(home_, until);
    waiting_.insert(&timer);
    static_cast<void>(co_await timer.async_wait(kQuiet));
    waiting_.erase(&timer);
  }
  co_return address_;
}

void Worker::wake() {
  for (auto* timer : waiting_) timer->cancel();
}

asio::awaitable<void> Worker::watch() {
  const auto begun = Clock::now();
  auto why = co_await run_once();
  address_.clear();
  running_ = false;
  failures_ = Clock::now() - begun >= options_.held_long ? 1 : failures_ + 1;
  not_before_ = Clock::now() + base::doubled(options_.first_pause, failures_ - 1, options_.longest_pause);
  if (!stop_.stop_requested()) {
    base::log_warning("meetings", "the transcriber ended", {{"why", why}});
    standing_.trouble("the transcriber ended: " + why);
  }
  wake();
}

asio::awaitable<std::string> Worker::run_once() {
  std::error_code failed;
  std::filesystem::create_directories(options_.folder, failed);
  if (failed) co_return "its folder cannot be made: " + failed.message();
  auto starting =
      programs_->start({.argv = options_.command, .folder = options_.folder, .memory_bytes = options_.memory_bytes});
  auto program = co_await std::move(starting);
  if (!program) co_return program.error().message();
  const auto socket = std::make_shared<Socket>(home_, asio::local::stream_protocol(), (*program)->take_socket());
  asio::steady_timer deadline(home_, options_.ready);
  deadline.async_wait([socket](boost::system::error_code cut) {
    if (!cut) socket->cancel();
  });
  socket_ = socket;
  std::string line;
  std::string piece(kLongestLine, '\0');
  bool in_time = true;
  while (!stop_.stop_requested()) {
    const auto [over, count] = co_await socket->async_read_some(asio::buffer(piece), kQuiet);
    if (over) {
      in_time = !address_.empty() || over != asio::error::operation_aborted;
      break;
    }
    for (const char c : std::string_view(piece).substr(0, count)) {
      if (c != '\n') {
        if (line.size() < kLongestLine) line += c;
        continue;
      }
      if (auto found = address_in(line); address_.empty() && !found.empty()) {
        address_ = std::move(found);
        deadline.cancel();
        standing_.well();
        wake();
      }
      line.clear();
    }
  }
  socket_.reset();
  deadline.cancel();
  if (!in_time) co_return "it did not become ready in time";
  // Its last words come a moment after the end of its output.
  for (int i = 0; i < 20 && !(*program)->ended() && !stop_.stop_requested(); ++i) {
    if (!co_await stop_.sleep(milliseconds(50))) break;
  }
  co_return (*program)->ended().value_or("it closed its output");
}

Task<Unit> Worker::stop() {
  auto ending = [](Worker& self) -> Task<Unit> {
    self.stop_.request_stop();
    if (const auto socket = self.socket_.lock()) socket->cancel();
    self.wake();
    if (!co_await self.watching_.join(kStopPatience)) {
      co_return Error(Errc::timed_out, "The transcriber does not end.");
    }
    co_return Unit{};
  };
  auto done = asio::co_spawn(home_, ending(*this), asio::use_awaitable);
  co_return co_await std::move(done);
}

}  // namespace troupe::meetings::whisper
