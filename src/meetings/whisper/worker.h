// The built-in transcriber: a program that speaks WhisperLive on this machine, started when it is first needed.
#pragma once
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <set>

#include "meetings/whisper/upstream.h"
#include "runtime/sandbox/programs.h"

namespace troupe::meetings::whisper {

struct WorkerOptions {
  std::vector<std::string> command{};  ///< it prints "ready ws://127.0.0.1:PORT" on a line when it listens
  std::string folder{};                ///< where it begins, absolute; made when missing
  std::int64_t memory_bytes = std::int64_t{3} << 30;
  std::chrono::milliseconds ready{120'000};
  std::chrono::milliseconds first_pause{1'000};  ///< before it is started again; doubled up to the longest
  std::chrono::milliseconds longest_pause{60'000};
  std::chrono::milliseconds held_long{60'000};  ///< one that ran so long has not failed to start
};

/// One for the program. It ends with Troupe, however that ends, and at the end of its input.
class Worker {
 public:
  /// `programs`: nullptr where none are run here. `home`: one thread; all of it outlives this.
  Worker(runtime::sandbox::Programs* programs, asio::any_io_executor home, WorkerOptions options);

  /// Where it listens, started if it does not run. Any thread. Error: unavailable (why not).
  Task<std::string> address();
  std::optional<std::string> trouble() const { return standing_.get(); }
  /// Ends it, and it is not started any more.
  Task<Unit> stop();

 private:
  using Clock = std::chrono::steady_clock;
  using Socket = asio::local::stream_protocol::socket;
  Task<std::string> find();
  void wake();  ///< all who wait for the address
  asio::awaitable<void> watch();
  asio::awaitable<std::string> run_once();

  runtime::sandbox::Programs* programs_;
  asio::any_io_executor home_;
  WorkerOptions options_;
  Standing standing_;
  // At home:
  base::TaskGroup watching_;
  base::StopSource stop_;
  std::set<asio::steady_timer*> waiting_;  ///< each who waits has one of its own
  std::weak_ptr<Socket> socket_;           ///< to the program, while it runs
  std::string address_;                    ///< empty: it does not listen
  bool running_ = false;
  std::int64_t failures_ = 0;
  Clock::time_point not_before_{};
};

}  // namespace troupe::meetings::whisper
