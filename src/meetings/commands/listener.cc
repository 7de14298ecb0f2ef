#include "meetings/commands/listener.h"

#include <fmt/format.h>

#include <fstream>

#include "base/log.h"
#include "store/durable_file.h"

namespace troupe::meetings::commands {
namespace {

std::uint16_t last_port(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::uint16_t port = 0;
  return in >> port ? port : 0;
}

void keep_port(const std::filesystem::path& file, std::uint16_t port) {
  if (port == last_port(file)) return;
  const auto kept = store::write_durably(file, fmt::format("{}\n", port));
  if (kept) return;
  base::log_warning("meetings", "The port for bots' commands could not be kept: after a restart it is another.",
                    {{"file", file.string()}, {"reason", kept.error().message()}});
}

}  // namespace

Listener::Listener(net::server::IoThreads& threads, const BotLines& lines, ListenerOptions options,
                   base::MetricRegistry& metrics)
    : threads_(threads),
      lines_(lines),
      options_(std::move(options)),
      connections_(metrics.gauge("troupe_meetings_command_connections", "Bots' open connections for commands")) {}

Result<std::unique_ptr<net::resp::RespServer>> Listener::listen(std::uint16_t port) {
  auto make = [lines = lines_](const OutletPtr& outlet) { return std::make_unique<BotTalk>(lines, outlet); };
  return net::resp::RespServer::listen(threads_, {.host = options_.endpoint.host, .port = port}, make, connections_);
}

Result<Unit> Listener::open() {
  const bool any = options_.endpoint.port == 0;
  auto made = listen(any ? last_port(options_.port_file) : options_.endpoint.port);
  // Another has taken it meanwhile: bots of before do not find this one, and are told to leave by signal.
  if (!made && any && made.error().code() == Errc::conflict) made = listen(0);
  if (!made) return std::unexpected(std::move(made).error());
  server_ = *std::move(made);
  port_ = server_->port();
  if (any) keep_port(options_.port_file, port_);
  return Unit{};
}

asio::awaitable<void> Listener::close() {
  if (server_) co_await server_->stop();
}

std::string Listener::address_for(const std::string& token) const {
  const auto port = port_.load();
  if (port == 0) return {};
  const auto& host = options_.reached_as.empty() ? options_.endpoint.host : options_.reached_as;
  const bool is_v6 = host.contains(':');
  return fmt::format("redis://:{}@{}{}{}:{}/0", token, is_v6 ? "[" : "", host, is_v6 ? "]" : "", port);
}

}  // namespace troupe::meetings::commands
