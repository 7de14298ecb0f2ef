#include "meetings/whisper/hearing.h"

#include "meetings/whisper/http_upstream.h"
#include "meetings/whisper/live_upstream.h"
#include "meetings/whisper/whisper_routes.h"
#include "net/http/url.h"

namespace troupe::meetings::whisper {
namespace {

constexpr std::string_view kTranscriptions = "/v1/audio/transcriptions";
constexpr std::string_view kSocketPath = "/ws";
constexpr std::string_view kNobody =
    "Nobody turns calls into words: set meetings.whisper_upstream or meetings.transcriber_command.";

bool is_socket(const std::string& address) { return net::client::http_form(address) != address; }

/// http as ws, https as wss.
std::string socket_form(const std::string& base) { return base.starts_with("http") ? "ws" + base.substr(4) : base; }

std::unique_ptr<Upstream> live(const Hearing::Uses& uses, const HearingOptions& options, Worker* worker) {
  LiveOptions made{.address = {}, .key = options.key};
  if (!options.model.empty()) made.model = options.model;
  made.session_limit = options.session_limit;
  if (worker != nullptr) {
    made.address = [worker] { return worker->address(); };
    made.session_limit = std::chrono::milliseconds(0);
    made.flushes = true;
    made.key.clear();
  } else {
    made.address = [address = options.upstream]() -> Task<std::string> { co_return address; };
  }
  return std::make_unique<LiveUpstream>(uses.sockets, std::move(made));
}

std::unique_ptr<Upstream> in_pieces(const Hearing::Uses& uses, const HearingOptions& options) {
  HttpOptions made{.url = options.upstream, .key = options.key};
  if (!options.model.empty()) made.model = options.model;
  return std::make_unique<HttpUpstream>(uses.http, std::move(made));
}

}  // namespace

std::optional<std::string> wrong_upstream(const std::string& address) {
  if (address.empty()) return std::nullopt;
  const auto url = net::http::Url::parse(net::client::http_form(address));
  if (!url) return "must be an address of ws, wss, http or https";
  const auto path = std::string_view(url->target).substr(0, url->target.find('?'));
  if (!is_socket(address) && !path.ends_with(kTranscriptions)) {
    return "must be ws:// or wss:// of a WhisperLive server, or http(s):// with a path that ends in "
           "/v1/audio/transcriptions";
  }
  return std::nullopt;
}

std::string bots_address(const std::string& base, const std::string& listen_here, const std::string& callback_base) {
  if (!base.empty()) return base + std::string(kSocketPath);
  if (!listen_here.empty()) return socket_form(listen_here) + std::string(kSocketPath);
  return socket_form(callback_base) + std::string(kWhisperPath);
}

Hearing::Hearing(const Uses& uses, HearingOptions options, FrontLimits limits)
    : options_(std::move(options)), metrics_(uses.metrics) {
  if (options_.upstream.empty()) {
    worker_ = std::make_unique<Worker>(uses.programs, uses.home,
                                       WorkerOptions{.command = options_.command, .folder = options_.folder});
  }
  upstream_ = worker_ || is_socket(options_.upstream) ? live(uses, options_, worker_.get()) : in_pieces(uses, options_);
  front_ = std::make_unique<Front>(
      Front::Uses{
          .record = uses.record, .upstream = *upstream_, .clock = uses.clock, .guard = uses.guard, .metrics = metrics_},
      limits);
}

Task<std::string> Hearing::worker_address() {
  if (!worker_) co_return Error(Errc::unavailable, "Another server hears: meetings.whisper_upstream.");
  co_return co_await worker_->address();
}

std::optional<std::string> Hearing::trouble() const {
  if (worker_ && options_.command.empty()) return std::string(kNobody);
  if (worker_) {
    if (auto words = worker_->trouble()) return words;
  }
  return upstream_->trouble();
}

Task<Unit> Hearing::stop() {
  const auto ended = co_await front_->stop();
  if (worker_) CO_TRY(co_await worker_->stop());
  co_return ended;
}

}  // namespace troupe::meetings::whisper
