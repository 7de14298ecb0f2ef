// All that turns the sound of calls into words, put together: the front, what is behind it, and its own worker.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "meetings/whisper/front.h"
#include "meetings/whisper/worker.h"
#include "net/client/client.h"
#include "net/client/websocket_client.h"

namespace troupe::meetings::whisper {

struct HearingOptions {
  /// ws or wss: a WhisperLive server; http or https with a path that ends in /v1/audio/transcriptions: a server that
  /// takes pieces; empty: the own worker.
  std::string upstream{};
  std::string key{};
  std::string model{};  ///< empty: the usual one of such servers
  std::chrono::seconds session_limit{300};
  std::vector<std::string> command{};  ///< of the own worker
  std::string folder{};                ///< where it begins
};

/// What is wrong with the address of an upstream; nothing: it can be one. Empty can.
std::optional<std::string> wrong_upstream(const std::string& address);

/// Where bots are told to speak. `base`: as configured, ws or wss without a path; `listen_here`: the own listener as
/// this machine reaches it, http or https; `callback_base`: where bots reach the platform. The first that is not empty
/// counts.
std::string bots_address(const std::string& base, const std::string& listen_here, const std::string& callback_base);

/// Callable from any thread.
class Hearing {
 public:
  struct Uses {
    net::client::WebSocketClient& sockets;
    net::client::HttpClient& http;
    runtime::sandbox::Programs* programs = nullptr;
    asio::any_io_executor home;  ///< the worker's, of one thread
    Record& record;
    const base::Clock& clock;
    net::route::CredentialGuard& guard;
    base::MetricRegistry& metrics;
  };
  Hearing(const Uses& uses, HearingOptions options, FrontLimits limits = {});

  Front& front() { return *front_; }
  const Upstream& upstream() const { return *upstream_; }
  /// Where the own worker listens, started if it does not run. Errors: unavailable (also where another server hears).
  Task<std::string> worker_address();
  /// Why no call is heard just now; nothing: all is well, or nobody has tried.
  std::optional<std::string> trouble() const;
  Task<Unit> stop();

 private:
  HearingOptions options_;
  SoundMetrics metrics_;
  std::unique_ptr<Worker> worker_;  ///< nullptr: another server hears
  std::unique_ptr<Upstream> upstream_;
  std::unique_ptr<Front> front_;
};

}  // namespace troupe::meetings::whisper
