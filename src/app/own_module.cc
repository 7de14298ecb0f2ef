#include "app/own_module.h"

#include "app/own_doctor.h"
#include "base/log.h"
#include "bus/redis_address.h"
#include "host/console_address.h"
#include "matrix/ids.h"
#include "store/postgres_url.h"

namespace troupe::app {
namespace {

using host::Settings;
using host::text;

std::optional<std::string> wrong_server_name(const std::string& v) {
  return matrix::is_server_name(v) ? std::nullopt : std::optional("must be a host name, optionally with a port");
}

bool is_web_address(std::string_view address) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (address.starts_with(scheme)) return address.size() > scheme.size() && address[scheme.size()] != '/';
  }
  return false;
}

std::optional<std::string> wrong_database(const std::string& v) {
  if (v.empty()) return std::nullopt;
  auto parsed = store::PostgresUrl::parse(v);
  return parsed ? std::nullopt : std::optional(parsed.error().message());
}

host::Value redis_url() {
  auto value = text(&Settings::redis_url);
  value.takes = "redis://… or off";
  value.read = [](Settings& s, const std::string& v) -> std::optional<std::string> {
    if (v.empty() || v == "off") return std::nullopt;
    auto address = bus::RedisAddress::parse(v);
    if (!address) return "cannot be used: " + address.error().message();
    s.redis_url = v;
    return std::nullopt;
  };
  return value;
}

host::Value log_level() {
  using enum base::LogLevel;
  auto value = host::choice(&base::LogOptions::level,
                            {{"debug", debug}, {"info", info}, {"warning", warning}, {"error", error}});
  value.read = [read = value.read](Settings& s, const std::string& v) {
    std::string lower(v);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
    return read(s, lower == "warn" ? "warning" : lower);
  };
  return value;
}

std::vector<host::Setting> server_rows() {
  return {{.key = "data",
           .value = host::folder(&Settings::data_dir),
           .help = "folder that everything is written to (default ./data)"},
          {.key = "server.name",
           .value = text(&Settings::server_name, "a host name, optionally with a port", &wrong_server_name),
           .help = "the part after the colon in user ids; fixed at the first start"},
          {.key = "server.public_base_url",
           .environment = {"TROUPE_PUBLIC_BASE_URL"},
           .value = text(&Settings::public_base_url),
           .help = "the Matrix address as clients reach it"},
          {.key = "console.public_url",
           .value = text(&host::ConsoleAddress::public_url, "https://troupe.example.org, without a path",
                         &host::wrong_public_url),
           .help = "where browsers reach the dashboard: sign-ins elsewhere come back there, and links begin with it"},
          {.key = "admin.password",
           .value = text(&FirstStart::admin_password),
           .help = "only used when the account admin is made",
           .secret = host::Secret::credential},
          {.key = "limits.rate_limits",
           .environment = {"TROUPE_RATE_LIMITS"},
           .value = host::flag(&Settings::rate_limits),
           .help = "off only for tests and load runs"},
          {.key = "log.level",
           .environment = {"TROUPE_LOG_LEVEL", "LOG_LEVEL"},
           .value = log_level(),
           .help = "debug, info, warning or error"},
          {.key = "log.format",
           .value = host::choice(&base::LogOptions::format, {{"auto", base::LogFormat::automatic},
                                                             {"json", base::LogFormat::json},
                                                             {"text", base::LogFormat::text}}),
           .help = "json or text; auto: text on a terminal, json elsewhere"},
          {.key = "database.url",
           .environment = {"TROUPE_DATABASE_URL", "DATABASE_URL"},
           .value = text(&Settings::database_url, "postgres://…", &wrong_database),
           .help = "postgres://user:password@host:5432/database; unset: SQLite in the data folder"},
          {.key = "redis.url",
           .environment = {"TROUPE_REDIS_URL", "REDIS_URL"},
           .value = redis_url(),
           .help = "redis://…: several processes hear of each other at once"}};
}

constexpr std::string_view kTrustedProxies =
    "addresses whose X-Forwarded-For is believed. A proxy on another machine that is not named here counts as one "
    "address: all who come through it share that address's connections, bodies and rates";

std::vector<host::Setting> network_rows() {
  return {{.key = "listen.platform",
           .value = host::listener(&Settings::listen_platform),
           .help = "dashboard and API, host:port",
           .flag_help = "Dashboard and API (default 127.0.0.1:8001)"},
          {.key = "listen.matrix",
           .value = host::listener(&Settings::listen_matrix),
           .help = "Matrix clients, host:port",
           .flag_help = "Matrix clients (default 127.0.0.1:8008)"},
          {.key = "limits.io_threads",
           .environment = {"TROUPE_IO_THREADS"},
           .value = host::number(&Settings::io_threads, {.least = 1, .most = 64}),
           .help = "network threads, 1 to 64"},
          {.key = "tls.certificate",
           .value = text(&Settings::tls_certificate),
           .help = "PEM file with the certificate chain; with tls.key"},
          {.key = "tls.key", .value = text(&Settings::tls_key), .help = "PEM file with the private key"},
          {.key = "tls.hsts_s",
           .environment = {"TROUPE_HSTS_S"},
           .value = host::number(&Settings::hsts_s, {.least = 0, .most = 63'072'000, .unit = "seconds"}),
           .help = "seconds for which browsers insist on TLS once they came by it, 0 (not said) to 63072000"},
          {.key = "network.allowed_private",
           .environment = {"TROUPE_ALLOWED_PRIVATE"},
           .value = host::list(&Settings::allowed_private_addresses),
           .help = "private addresses that members' URLs may reach"},
          {.key = "network.trusted_proxies",
           .environment = {"TROUPE_TRUSTED_PROXIES"},
           .value = host::list(&Settings::trusted_proxies),
           .help = kTrustedProxies}};
}

void review(const Settings& settings, host::Review& review) {
  if (!settings.redis_url.empty() && settings.database_url.empty()) {
    review.problems.push_back({.fatal = true,
                               .where = "redis.url",
                               .message =
                                   "Redis carries word between several processes of one server, and the built-in "
                                   "database belongs to one process: set database.url to a PostgreSQL, or leave "
                                   "redis.url unset"});
  }
  if (settings.redis_url.empty() && !settings.database_url.empty()) {
    review.problems.push_back({.fatal = false,
                               .where = "redis.url",
                               .message = "not set: fine for one process; several on one PostgreSQL find each other's "
                                          "changes by looking every half second, and typing notices and presence stay "
                                          "inside each"});
  }
  if (!settings.public_base_url.empty() && !is_web_address(settings.public_base_url)) {
    review.problems.push_back({.fatal = false,
                               .where = "server.public_base_url",
                               .message = "clients, mails and sign-in providers are told this as it stands, and cannot "
                                          "use it: write a whole web address (https://chat.example.org)"});
  }
  if (settings.tls_certificate.empty() != settings.tls_key.empty()) {
    review.problems.push_back(
        {.fatal = true, .where = "tls", .message = "tls.certificate and tls.key must be set together"});
  }
  if (!settings.rate_limits) {
    review.exposures.emplace_back("without rate limits: unset TROUPE_RATE_LIMITS");
    review.at_start.emplace_back("WARNING: rate limits are OFF (TROUPE_RATE_LIMITS)");
  }
  if (settings.tls_certificate.empty() && settings.trusted_proxies.empty()) {
    review.exposures.emplace_back(
        "without TLS: set tls.certificate and tls.key, or network.trusted_proxies when a proxy in front does TLS");
  }
}

}  // namespace

host::Module own_module() {
  auto rows = server_rows();
  std::ranges::move(network_rows(), std::back_inserter(rows));
  return {
      .name = "program", .settings = std::move(rows), .review = review, .doctor = own_checks(), .backup = own_backup()};
}

}  // namespace troupe::app
