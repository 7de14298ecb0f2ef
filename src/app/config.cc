#include "app/config.h"

#include <fmt/format.h>

#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <cstdlib>
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "app/nearest.h"
#include "bus/redis_address.h"
#include "matrix/ids.h"
#include "store/postgres_url.h"

namespace troupe::app {
namespace {

using host::Settings;

/// How a key's text becomes a setting; yields what is wrong, or nothing.
using Apply = std::function<std::optional<std::string>(Settings&, const std::string&)>;

struct Key {
  ConfigKey about;
  Apply apply;
};

Apply text(std::string Settings::* member) {
  return [member](Settings& s, const std::string& v) {
    s.*member = v;
    return std::optional<std::string>();
  };
}

std::optional<bool> as_bool(const std::string& v) {
  if (v == "true" || v == "on" || v == "yes" || v == "1") return true;
  if (v == "false" || v == "off" || v == "no" || v == "0") return false;
  return std::nullopt;
}

Apply flag(bool Settings::* member) {
  return [member](Settings& s, const std::string& v) -> std::optional<std::string> {
    auto value = as_bool(v);
    if (!value) return "must be on or off";
    s.*member = *value;
    return std::nullopt;
  };
}

template <class T>
std::optional<T> as_number(const std::string& v) {
  T value{};
  auto [end, failed] = std::from_chars(v.data(), v.data() + v.size(), value);
  if (failed != std::errc{} || end != v.data() + v.size()) return std::nullopt;
  return value;
}

/// For how long something is kept.
Apply days(std::int64_t Settings::* member) {
  return [member](Settings& s, const std::string& v) -> std::optional<std::string> {
    constexpr std::int64_t kMostDays = 36'500;
    auto n = as_number<std::int64_t>(v);
    if (!n || *n < 0 || *n > kMostDays) return "must be a number of days from 0 (for ever) to 36500";
    s.*member = *n;
    return std::nullopt;
  };
}

std::vector<std::string> as_list(const std::string& v) {
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin <= v.size();) {
    auto end = std::min(v.find(',', begin), v.size());
    auto part = v.substr(begin, end - begin);
    part.erase(0, part.find_first_not_of(' '));
    part.erase(part.find_last_not_of(' ') + 1);
    if (!part.empty()) out.push_back(part);
    begin = end + 1;
  }
  return out;
}

/// A number within bounds, of KeepSettings.
template <class T>
Apply kept(T host::KeepSettings::* member, T lowest, T highest, std::string_view unit) {
  return [=](Settings& s, const std::string& v) -> std::optional<std::string> {
    const auto n = as_number<T>(v);
    if (!n || *n < lowest || *n > highest) {
      return fmt::format("must be a number of {} from {} to {}", unit, lowest, highest);
    }
    s.keep.*member = *n;
    return std::nullopt;
  };
}

Apply endpoint(std::string Settings::* member) {
  return [member](Settings& s, const std::string& v) -> std::optional<std::string> {
    auto parsed = parse_endpoint(v);
    if (!parsed) return parsed.error().message();
    s.*member = v;
    return std::nullopt;
  };
}

Apply remote_text(std::string host::RemoteSettings::* member) {
  return [member](Settings& s, const std::string& v) { return s.remote.*member = v, std::optional<std::string>(); };
}

std::optional<std::string> apply_remote_url(Settings& s, const std::string& v) {
  auto url = v;
  while (url.ends_with('/')) url.pop_back();
  if (!url.empty() && !url.starts_with("http://") && !url.starts_with("https://")) {
    return "must begin with http:// or https://";
  }
  s.remote.url = url;
  return std::nullopt;
}

Apply not_here(std::string what) {
  return [what](Settings&, const std::string& v) -> std::optional<std::string> {
    if (v.empty() || v == "off") return std::nullopt;
    return what + " is not part of this version; leave it unset";
  };
}

std::optional<std::string> apply_database_url(Settings& s, const std::string& v) {
  if (!v.empty()) {
    auto parsed = store::PostgresUrl::parse(v);
    if (!parsed) return parsed.error().message();
  }
  s.database_url = v;
  return std::nullopt;
}

std::optional<std::string> apply_redis_url(Settings& s, const std::string& v) {
  if (v.empty() || v == "off") return std::nullopt;
  auto address = bus::RedisAddress::parse(v);
  if (!address) return "cannot be used: " + address.error().message();
  s.redis_url = v;
  return std::nullopt;
}

std::optional<std::string> apply_server_name(Settings& s, const std::string& v) {
  if (!matrix::is_server_name(v)) return "must be a host name, optionally with a port";
  s.server_name = v;
  return std::nullopt;
}

std::optional<std::string> apply_registration(Settings& s, const std::string& v) {
  if (v == "closed") {
    s.registration = host::Registration::closed;
  } else if (v == "token") {
    s.registration = host::Registration::token;
  } else if (v == "open") {
    s.registration = host::Registration::open;
  } else {
    return "must be closed, token or open";
  }
  return std::nullopt;
}

std::optional<std::string> apply_log_level(Settings& s, const std::string& v) {
  using enum base::LogLevel;
  static const std::map<std::string, base::LogLevel, std::less<>> kLevels{
      {"debug", debug}, {"info", info}, {"warning", warning}, {"warn", warning}, {"error", error}};
  std::string lower(v);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  auto found = kLevels.find(lower);
  if (found == kLevels.end()) return "must be debug, info, warning or error";
  s.log.level = found->second;
  return std::nullopt;
}

std::optional<std::string> apply_log_format(Settings& s, const std::string& v) {
  if (v != "json" && v != "text") return "must be json or text";
  s.log.format = v == "json" ? base::LogFormat::json : base::LogFormat::text;
  return std::nullopt;
}

/// A whole number between two bounds.
Apply within(std::uint64_t Settings::* member, std::uint64_t least, std::uint64_t most, std::string_view unit) {
  return [=](Settings& s, const std::string& v) -> std::optional<std::string> {
    const auto n = as_number<std::uint64_t>(v);
    if (!n || *n < least || *n > most) {
      return "must be a number of " + std::string(unit) + " from " + std::to_string(least) + " to " +
             std::to_string(most);
    }
    s.*member = *n;
    return std::nullopt;
  };
}

const std::vector<Key>& keys() {
  static const std::vector<Key> table{
      {{"data", {"TROUPE_DATA"}, "folder that everything is written to (default ./data)"},
       [](Settings& s, const std::string& v) { return s.data_dir = v, std::optional<std::string>(); }},
      {{"server.name", {"TROUPE_SERVER_NAME"}, "the part after the colon in user ids; fixed at the first start"},
       apply_server_name},
      {{"server.public_base_url", {"TROUPE_PUBLIC_BASE_URL"}, "the Matrix address as clients reach it"},
       text(&Settings::public_base_url)},
      {{"listen.platform", {"TROUPE_LISTEN_PLATFORM"}, "dashboard and API, host:port"},
       endpoint(&Settings::listen_platform)},
      {{"listen.matrix", {"TROUPE_LISTEN_MATRIX"}, "Matrix clients, host:port"}, endpoint(&Settings::listen_matrix)},
      {{"listen.federation", {"TROUPE_FEDERATION", "TROUPE_LISTEN_FEDERATION"}, "off (federation comes later)"},
       not_here("Federation")},
      {{"tls.certificate", {"TROUPE_TLS_CERTIFICATE"}, "PEM file with the certificate chain; with tls.key"},
       text(&Settings::tls_certificate)},
      {{"tls.key", {"TROUPE_TLS_KEY"}, "PEM file with the private key"}, text(&Settings::tls_key)},
      {{"tls.hsts_s",
        {"TROUPE_HSTS_S"},
        "seconds for which browsers insist on TLS once they came by it, 0 (not said) to 63072000"},
       within(&Settings::hsts_s, 0, 63'072'000, "seconds")},
      {{"registration.mode", {"TROUPE_REGISTRATION"}, "closed, token or open"}, apply_registration},
      {{"registration.token", {"TROUPE_REGISTRATION_TOKEN"}, "what people must show when the mode is token"},
       text(&Settings::registration_token)},
      {{"registration.shared_secret", {"TROUPE_REGISTRATION_SHARED_SECRET"}, "for scripts that register accounts"},
       text(&Settings::registration_shared_secret)},
      {{"homeserver.url", {"TROUPE_HOMESERVER_URL"}, "a homeserver elsewhere, in place of the one in this program"},
       apply_remote_url},
      {{"homeserver.registration_secret", {"TROUPE_HOMESERVER_SECRET"}, "its registration_shared_secret"},
       remote_text(&host::RemoteSettings::registration_secret)},
      {{"homeserver.admin_token", {"TROUPE_HOMESERVER_ADMIN_TOKEN"}, "an administrator's access token there"},
       remote_text(&host::RemoteSettings::admin_token)},
      {{"homeserver.as_token", {"TROUPE_AS_TOKEN"}, "with hs_token: bots act through an application service there"},
       remote_text(&host::RemoteSettings::as_token)},
      {{"homeserver.hs_token", {"TROUPE_HS_TOKEN"}, "what that homeserver shows when it pushes events here"},
       remote_text(&host::RemoteSettings::hs_token)},
      {{"homeserver.callback_url", {"TROUPE_HOMESERVER_CALLBACK"}, "where that homeserver reaches listen.matrix"},
       remote_text(&host::RemoteSettings::callback_url)},
      {{"admin.password", {"TROUPE_ADMIN_PASSWORD"}, "only used when the account admin is made"},
       text(&Settings::admin_password)},
      {{"admin.api_token", {"TROUPE_API_TOKEN"}, "an administrator's API key"}, text(&Settings::api_token)},
      {{"admin.dev_token", {"AUTH_DEV_TOKEN"}, "an API key with scope assistant"}, text(&Settings::auth_dev_token)},
      {{"limits.rate_limits", {"TROUPE_RATE_LIMITS"}, "off only for tests and load runs"},
       flag(&Settings::rate_limits)},
      {{"limits.max_upload_bytes", {"TROUPE_MAX_UPLOAD_BYTES"}, "largest media file, 1 KiB to 4 GiB"},
       [](Settings& s, const std::string& v) -> std::optional<std::string> {
         auto n = as_number<std::uint64_t>(v);
         if (!n || *n < 1024 || *n > (std::uint64_t{4} << 30)) return "must be a number of bytes from 1024 to 4 GiB";
         s.max_upload_bytes = *n;
         return std::nullopt;
       }},
      {{"limits.devices_per_account", {"TROUPE_DEVICES_PER_ACCOUNT"}, "devices an account may have, 10 to 5000"},
       kept<std::size_t>(&host::KeepSettings::devices_per_account, 10, 5000, "devices")},
      {{"limits.to_device_queue_bytes",
        {"TROUPE_TO_DEVICE_QUEUE_BYTES"},
        "messages waiting for one device, 64 KiB to 1 GiB; the oldest go beyond"},
       kept<std::size_t>(&host::KeepSettings::to_device_queue_bytes, 64 << 10, 1 << 30, "bytes")},
      {{"limits.room_memory_bytes",
        {"TROUPE_ROOM_MEMORY_BYTES"},
        "rooms kept in memory that nobody uses just now, 16 MiB to 1 TiB"},
       kept<std::uint64_t>(&host::KeepSettings::room_memory_bytes, 16 << 20, std::uint64_t{1} << 40, "bytes")},
      {{"keep.to_device_days", {"TROUPE_KEEP_TO_DEVICE_DAYS"}, "messages that a device does not fetch, 1 to 365 days"},
       kept<std::int64_t>(&host::KeepSettings::to_device_days, 1, 365, "days")},
      {{"keep.unused_device_days",
        {"TROUPE_KEEP_UNUSED_DEVICE_DAYS"},
        "people's devices that nobody uses are signed out, 30 to 3650 days; 0: never"},
       [](Settings& s, const std::string& v) -> std::optional<std::string> {
         const auto n = as_number<std::int64_t>(v);
         if (!n || (*n != 0 && (*n < 30 || *n > 3650))) return "must be 0 or a number of days from 30 to 3650";
         s.keep.unused_device_days = *n;
         return std::nullopt;
       }},
      {{"keep.orphaned_media_hours",
        {"TROUPE_KEEP_ORPHANED_MEDIA_HOURS"},
        "files that nothing speaks of any more, 1 to 720 hours"},
       kept<std::int64_t>(&host::KeepSettings::orphaned_media_hours, 1, 720, "hours")},
      {{"limits.media_bytes_per_user",
        {"TROUPE_MEDIA_BYTES_PER_USER"},
        "uploads that one account may keep, 1 MiB to 1 PiB"},
       within(&Settings::media_bytes_per_user, 1 << 20, std::uint64_t{1} << 50, "bytes")},
      {{"limits.account_data_bytes_per_user",
        {"TROUPE_ACCOUNT_DATA_BYTES_PER_USER"},
        "settings that clients may keep for one account, 1 MiB to 4 GiB"},
       within(&Settings::account_data_bytes_per_user, 1 << 20, std::uint64_t{4} << 30, "bytes")},
      {{"limits.aliases_per_user",
        {"TROUPE_ALIASES_PER_USER"},
        "room addresses that one account may make, 1 to 1000000"},
       within(&Settings::aliases_per_user, 1, 1'000'000, "addresses")},
      {{"profiles.need_token",
        {"TROUPE_PROFILES_NEED_TOKEN"},
        "on: names and avatars are shown to signed-in clients only, so that nobody else learns who exists"},
       flag(&Settings::profiles_need_token)},
      {{"limits.io_threads", {"TROUPE_IO_THREADS"}, "network threads, 1 to 64"},
       [](Settings& s, const std::string& v) -> std::optional<std::string> {
         auto n = as_number<std::size_t>(v);
         if (!n || *n < 1 || *n > 64) return "must be a number from 1 to 64";
         s.io_threads = *n;
         return std::nullopt;
       }},
      {{"keep.audit_days", {"TROUPE_KEEP_AUDIT_DAYS"}, "records of the audit log, 1 to 36500 days; 0: for ever"},
       days(&Settings::keep_audit_days)},
      {{"keep.ended_keys_days",
        {"TROUPE_KEEP_ENDED_KEYS_DAYS"},
        "API keys after they were revoked or expired, 1 to 36500 days; 0: for ever"},
       days(&Settings::keep_ended_keys_days)},
      {{"media.dir", {"TROUPE_MEDIA_DIR"}, "folder of uploaded files (default media in the data folder)"},
       [](Settings& s, const std::string& v) { return s.media_dir = v, std::optional<std::string>(); }},
      {{"programs.allow",
        {"TROUPE_ALLOW_PROGRAMS"},
        "on: administrators may make bots that run programs as Troupe's user"},
       flag(&Settings::allow_programs)},
      {{"presence", {"TROUPE_PRESENCE"}, "off: nobody's presence is kept or sent"}, flag(&Settings::presence)},
      {{"turn.uris", {"TROUPE_TURN_URIS"}, "TURN servers for calls"},
       [](Settings& s, const std::string& v) { return s.turn.uris = as_list(v), std::optional<std::string>(); }},
      {{"turn.shared_secret", {"TROUPE_TURN_SHARED_SECRET"}, "coturn's static-auth-secret"},
       [](Settings& s, const std::string& v) { return s.turn.shared_secret = v, std::optional<std::string>(); }},
      {{"turn.ttl_s", {"TROUPE_TURN_TTL_S"}, "life of TURN credentials in seconds, 60 to 604800"},
       [](Settings& s, const std::string& v) -> std::optional<std::string> {
         auto n = as_number<std::int64_t>(v);
         if (!n || *n < 60 || *n > 604'800) return "must be a number of seconds from 60 to 604800";
         s.turn.ttl_s = *n;
         return std::nullopt;
       }},
      {{"network.allowed_private", {"TROUPE_ALLOWED_PRIVATE"}, "private addresses that members' URLs may reach"},
       [](Settings& s, const std::string& v) {
         return s.allowed_private_addresses = as_list(v), std::optional<std::string>();
       }},
      {{"network.trusted_proxies", {"TROUPE_TRUSTED_PROXIES"}, "addresses whose X-Forwarded-For is believed"},
       [](Settings& s, const std::string& v) { return s.trusted_proxies = as_list(v), std::optional<std::string>(); }},
      {{"log.level", {"TROUPE_LOG_LEVEL", "LOG_LEVEL"}, "debug, info, warning or error"}, apply_log_level},
      {{"log.format", {"TROUPE_LOG_FORMAT"}, "json or text"}, apply_log_format},
      {{"web_dir", {"TROUPE_WEB_DIR"}, "serve the console from this folder while developing"},
       [](Settings& s, const std::string& v) { return s.web_dir = v, std::optional<std::string>(); }},
      {{"database.url",
        {"TROUPE_DATABASE_URL", "DATABASE_URL"},
        "postgres://user:password@host:5432/database; unset: SQLite in the data folder"},
       apply_database_url},
      {{"redis.url", {"TROUPE_REDIS_URL", "REDIS_URL"}, "redis://…: several processes hear of each other at once"},
       apply_redis_url},
  };
  return table;
}

const Key* find_key(std::string_view name) {
  auto found = std::ranges::find(keys(), name, [](const Key& k) { return k.about.key; });
  return found == keys().end() ? nullptr : &*found;
}

std::string nearest_key(std::string_view name) {
  auto best = std::ranges::min_element(keys(), {}, [&](const Key& k) { return edit_distance(name, k.about.key); });
  return std::string(best->about.key);
}

class Loader {
 public:
  explicit Loader(LoadedConfig& out) : out_(out) {}

  void set(std::string_view name, const std::string& value, std::string where) {
    const auto* key = find_key(name);
    if (!key) {
      complain(where, fmt::format("unknown key \"{}\"; did you mean \"{}\"?", name, nearest_key(name)));
      return;
    }
    if (auto wrong = key->apply(out_.settings, value)) {
      complain(std::move(where), fmt::format("{} {}", name, *wrong));
      return;
    }
    out_.given[std::string(name)] = {.value = value, .where = std::move(where)};
  }

  void read_table(const toml::table& table, const std::string& prefix, const std::string& file) {
    for (const auto& [name, node] : table) {
      const auto full = prefix + std::string(name.str());
      const auto where = fmt::format("{}:{}", file, node.source().begin.line);
      if (const auto* inner = node.as_table()) {
        read_table(*inner, full + ".", file);
      } else if (auto value = scalar_text(node)) {
        set(full, *value, where);
      } else {
        complain(where, fmt::format("{} has a value of a kind that no key takes", full));
      }
    }
  }

  void complain(std::string where, std::string message) {
    out_.problems.push_back({.fatal = true, .where = std::move(where), .message = std::move(message)});
  }

 private:
  static std::optional<std::string> scalar_text(const toml::node& node) {
    if (const auto* s = node.as_string()) return s->get();
    if (const auto* n = node.as_integer()) return std::to_string(n->get());
    if (const auto* b = node.as_boolean()) return b->get() ? "true" : "false";
    const auto* list = node.as_array();
    if (!list) return std::nullopt;
    std::string joined;
    for (const auto& element : *list) {
      const auto* s = element.as_string();
      if (!s) return std::nullopt;
      joined += (joined.empty() ? "" : ",") + s->get();
    }
    return joined;
  }

  LoadedConfig& out_;
};

}  // namespace

bool LoadedConfig::usable() const {
  return std::ranges::none_of(problems, [](const ConfigProblem& p) { return p.fatal; });
}

const std::vector<ConfigKey>& config_keys() {
  static const std::vector<ConfigKey> listed = [] {
    std::vector<ConfigKey> out;
    for (const auto& key : keys()) out.push_back(key.about);
    return out;
  }();
  return listed;
}

Environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
}

/// As it is written on the command line: "--listen-platform" for "listen.platform".
static std::string flag_of(std::string key) {
  std::ranges::replace_if(key, [](char c) { return c == '.' || c == '_'; }, '-');
  return "--" + key;
}

LoadedConfig load_config(const std::optional<std::filesystem::path>& file, const Environment& environment,
                         const std::map<std::string, std::string>& flags) {
  LoadedConfig out;
  out.settings.data_dir = "data";
  Loader loader(out);
  if (file) {
    auto parsed = toml::parse_file(file->string());
    if (parsed) {
      loader.read_table(parsed.table(), "", file->string());
    } else {
      const auto& error = parsed.error();
      loader.complain(fmt::format("{}:{}", file->string(), error.source().begin.line),
                      std::string(error.description()));
    }
  }
  for (const auto& key : keys()) {
    for (auto name : key.about.environment) {
      if (auto value = environment(name)) {
        loader.set(key.about.key, *value, std::string(name));
        break;
      }
    }
  }
  for (const auto& [name, value] : flags) loader.set(name, value, flag_of(name));
  if (!out.settings.redis_url.empty() && out.settings.database_url.empty()) {
    loader.complain("redis.url",
                    "Redis carries word between several processes of one server, and the built-in database belongs to "
                    "one process: set database.url to a PostgreSQL, or leave redis.url unset");
  }
  if (out.settings.redis_url.empty() && !out.settings.database_url.empty()) {
    out.problems.push_back({.fatal = false,
                            .where = "redis.url",
                            .message = "not set: fine for one process; several on one PostgreSQL find each other's "
                                       "changes by looking every half second, and typing notices and presence stay "
                                       "inside each"});
  }
  if (out.settings.tls_certificate.empty() != out.settings.tls_key.empty()) {
    loader.complain("tls", "tls.certificate and tls.key must be set together");
  }
  if (out.settings.registration == host::Registration::token && out.settings.registration_token.empty()) {
    loader.complain("registration", "registration.mode is token, so registration.token must be set");
  }
  const auto& remote = out.settings.remote;
  if (remote.as_token.empty() != remote.hs_token.empty()) {
    loader.complain("homeserver", "homeserver.as_token and homeserver.hs_token must be set together");
  }
  if (remote.url.empty() && !(remote.registration_secret.empty() && remote.admin_token.empty() &&
                              remote.as_token.empty() && remote.callback_url.empty())) {
    loader.complain("homeserver", "homeserver.url is not set, so the other homeserver.* keys have no meaning");
  }
  return out;
}

std::vector<std::string> exposure_problems(const host::Settings& settings) {
  std::vector<std::string> out;
  for (const auto& listen : {settings.listen_platform, settings.listen_matrix}) {
    auto parsed = parse_endpoint(listen);
    if (!parsed || is_loopback(parsed->host)) continue;
    constexpr std::size_t kWeakBelow = 12;
    if (settings.registration == host::Registration::open) {
      out.push_back(
          fmt::format("{} is reachable by others and registration is open to everybody: set "
                      "TROUPE_REGISTRATION=token and a TROUPE_REGISTRATION_TOKEN",
                      listen));
    }
    if (!settings.rate_limits) {
      out.push_back(fmt::format("{} is reachable by others without rate limits: unset TROUPE_RATE_LIMITS", listen));
    }
    auto weak = [&](const std::string& value, std::string_view name) {
      if (!value.empty() && value.size() < kWeakBelow) {
        out.push_back(fmt::format("{} is reachable by others and {} is shorter than {} characters: choose a longer one",
                                  listen, name, kWeakBelow));
      }
    };
    weak(settings.admin_password, "TROUPE_ADMIN_PASSWORD");
    weak(settings.api_token, "TROUPE_API_TOKEN");
    weak(settings.auth_dev_token, "AUTH_DEV_TOKEN");
    weak(settings.registration_shared_secret, "TROUPE_REGISTRATION_SHARED_SECRET");
    if (settings.tls_certificate.empty() && settings.trusted_proxies.empty()) {
      out.push_back(
          fmt::format("{} is reachable by others without TLS: set tls.certificate and tls.key, or "
                      "network.trusted_proxies when a proxy in front does TLS",
                      listen));
    }
  }
  return out;
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  const auto wrong = [&] {
    return Error(Errc::invalid_param, fmt::format("must be host:port, like 127.0.0.1:8001, not \"{}\"", text));
  };
  if (colon == text.npos || colon == 0) return wrong();
  auto host = text.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  auto port = as_number<std::uint16_t>(std::string(text.substr(colon + 1)));
  boost::system::error_code failed;
  if (host != "localhost") boost::asio::ip::make_address(std::string(host), failed);
  if (!port || failed) return wrong();
  return Endpoint{.host = host == "localhost" ? "127.0.0.1" : std::string(host), .port = *port};
}

bool is_loopback(std::string_view host) {
  boost::system::error_code failed;
  auto address = boost::asio::ip::make_address(std::string(host), failed);
  return !failed && address.is_loopback();
}

}  // namespace troupe::app
