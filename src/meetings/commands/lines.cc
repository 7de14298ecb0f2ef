#include "meetings/commands/lines.h"

#include <boost/asio/co_spawn.hpp>

#include "base/log.h"
#include "base/on_pool.h"
#include "meetings/commands/channels.h"
#include "net/http/url.h"

namespace troupe::meetings::commands {
namespace {

constexpr int kMostWaiting = 100;  ///< reports, and messages of chats, that wait for the store
constexpr std::string_view kOff = "off";

bool is_everywhere(std::string_view host) { return host == "0.0.0.0" || host == "::"; }

/// Where bots find a listener on all addresses: where they find the rest of this server.
std::string reached_as(const std::string& listen_host, const std::string& callback_base) {
  if (!is_everywhere(listen_host)) return {};
  const auto url = net::http::Url::parse(callback_base);
  return url ? url->host : "127.0.0.1";
}

}  // namespace

LinesOptions lines_options(const host::Settings& settings, std::string listen, std::string bots_redis,
                           std::string callback_base) {
  const bool is_own = !listen.empty() && listen != kOff;
  auto handed = bots_redis;
  if (handed.empty() && !is_own) handed = settings.redis_url;
  return {.listen = std::move(listen),
          .outside = settings.redis_url.empty() ? std::move(bots_redis) : settings.redis_url,
          .handed = std::move(handed),
          .callback_base = std::move(callback_base)};
}

Task<Unit> Lines::open(host::Context& c, life::Meetings& meetings, transcripts::Transcripts& transcripts) {
  dropped_ = &c.metrics().counter("troupe_meetings_stream_dropped_total", "Stream entries that could not be used");
  intake_ = std::make_unique<Intake>(meetings, transcripts, c.clock(), records::ChatLine(c.bus()));
  const bool wants_own = options_.listen.empty() ? options_.outside.empty() : options_.listen != kOff;
  if (wants_own) CO_TRY(open_listener(c, meetings));
  if (!options_.outside.empty()) CO_TRY(open_redis(c));
  is_open_ = true;
  co_return Unit{};
}

Result<Unit> Lines::open_listener(host::Context& c, life::Meetings& meetings) {
  host::Endpoint endpoint{.host = "127.0.0.1", .port = 0};
  if (!options_.listen.empty()) {
    TRY(endpoint, host::parse_endpoint(options_.listen));
  }
  const auto host = reached_as(endpoint.host, options_.callback_base);
  listener_ = std::make_unique<Listener>(
      c.io(), BotLines{.meetings = meetings, .ear = *intake_, .clock = c.clock(), .hub = hub_, .guard = guard_},
      ListenerOptions{.endpoint = std::move(endpoint),
                      .reached_as = host,
                      .port_file = c.settings().data_dir / "run" / "meeting_commands.port"},
      c.metrics());
  TRY(listener_->open());
  post_.use(*listener_);
  return Unit{};
}

Result<Unit> Lines::open_redis(host::Context& c) {
  TRY(const auto address, bus::RedisAddress::parse(options_.outside));
  channels_ = bus::make_redis_channels({.address = address}, c.metrics());
  post_.use(*channels_, options_.handed);
  const auto* leases = c.find<host::Leases>();
  const auto consumer = leases ? "troupe-" + leases->holder() : std::string("troupe");
  const auto read = [&](std::string_view stream, std::string group, StreamTaker::Read reader) {
    takers_.push_back(std::make_unique<StreamTaker>(
        reader, [this](Heard heard) { return intake_->take_from_stream(std::move(heard)); }, *dropped_));
    streams_.push_back(bus::make_redis_stream(
        {.address = address, .stream = std::string(stream), .group = std::move(group), .consumer = consumer},
        c.io().next().get_executor(), [taker = takers_.back().get()](std::vector<bus::StreamEntry> entries) {
          return taker->take(std::move(entries));
        }));
  };
  read(kSegments, "collector_group", read_segments);
  read(kSpeakers, "collector_speaker_group", read_speaker);
  const asio::any_io_executor home = c.io().next().get_executor();
  reports_ = bus::make_redis_pattern({.address = address, .pattern = std::string(kReports) + "*"},
                                     [this, home](std::string_view channel, std::string_view body) {
                                       hear(home, reports_waiting_,
                                            [this, of = std::string(channel.substr(kReports.size())),
                                             body = std::string(body)] { return intake_->take_report_of(of, body); });
                                     });
  chats_ = bus::make_redis_pattern({.address = address, .pattern = std::string(kChatPattern)},
                                   [this, home](std::string_view channel, std::string_view body) {
                                     if (lease_ && !lease_->held()) return;  // another process hears it, too
                                     const auto meeting = meeting_of_chat(channel);
                                     if (!meeting || body.size() > kMostChatBytes) return dropped_->add();
                                     hear(home, chats_waiting_, [this, id = *meeting, body = std::string(body)] {
                                       return intake_->take_chat_of(id, body);
                                     });
                                   });
  return Unit{};
}

void Lines::hear(const asio::any_io_executor& home, std::atomic<int>& waiting, std::function<Task<Unit>()> take) {
  if (++waiting > kMostWaiting) {
    --waiting;
    dropped_->add();
    return;
  }
  auto ended = [&waiting](std::exception_ptr failure) {
    --waiting;
    if (failure) base::log_error("meetings", "What a bot published could not be taken.");
  };
  asio::co_spawn(home, take_heard(std::move(take)), ended);
}

asio::awaitable<void> Lines::take_heard(std::function<Task<Unit>()> take) {
  const auto taken = co_await take();
  if (taken) co_return;
  dropped_->add();
  base::log_debug("meetings", "What a bot published is dropped.", {{"why", taken.error().message()}});
}

Task<Unit> Lines::close(host::Context& c) {
  is_open_ = false;
  auto end = [this] {
    for (const auto& stream : streams_) stream->stop();
    if (reports_) reports_->stop();
    if (chats_) chats_->stop();
    if (channels_) channels_->stop();
    return true;
  };
  // It waits for Redis; what is being taken goes on meanwhile.
  co_await base::on_pool(c.files(), end);
  if (listener_) co_await listener_->close();
  co_return Unit{};
}

std::optional<std::string> Lines::trouble() const {
  if (!is_open_) return std::nullopt;
  if (channels_) {
    if (auto trouble = channels_->trouble()) return trouble;
  }
  for (const auto* pattern : {reports_.get(), chats_.get()}) {
    if (!pattern) continue;
    if (auto trouble = pattern->trouble()) return trouble;
  }
  for (const auto& stream : streams_) {
    if (auto trouble = stream->trouble()) return trouble;
  }
  return std::nullopt;
}

}  // namespace troupe::meetings::commands
