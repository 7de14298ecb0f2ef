// Every key with many values, many files and environments: what is said of them, and what becomes of them, stands in
// tests/golden/app/config.txt. TROUPE_GOLDEN=write in the environment writes it anew.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "app/config.h"
#include "app/config_listing.h"
#include "app/modules.h"
#include "app/own_module.h"
#include "assistant/settings.h"
#include "base/log.h"
#include "console/files/settings.h"
#include "fleet/settings.h"
#include "homeserver/common/settings.h"
#include "host/console_address.h"
#include "identity/settings.h"
#include "remote/settings.h"

namespace troupe::app {
namespace {

using Values = std::map<std::string, std::string>;

std::filesystem::path config_file() {
  return std::filesystem::path(::testing::TempDir()) / ("troupe_golden_" + std::to_string(::getpid()) + ".toml");
}

const std::vector<host::Module>& modules() {
  static const auto all = every_module();
  return all;
}

LoadedConfig load(const std::string& file, const Values& environment, const Values& flags = {}) {
  if (!file.empty()) std::ofstream(config_file()) << file;
  auto look = [&](std::string_view name) -> std::optional<std::string> {
    auto found = environment.find(std::string(name));
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  };
  return load_config(modules(), file.empty() ? std::nullopt : std::optional(config_file()), look, flags);
}

std::string without_folder(std::string text) {
  const auto name = config_file().string();
  for (auto at = text.find(name); at != text.npos; at = text.find(name)) text.replace(at, name.size(), "FILE");
  return text;
}

std::string joined(const std::vector<std::string>& items) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : "+") + item;
  return out;
}

/// The settings by the names of their members.
Values members(const host::Settings& s) {
  const auto number = [](auto n) { return std::to_string(n); };
  const auto flag = [](bool on) { return std::string(on ? "yes" : "no"); };
  const auto& first = s.of<FirstStart>();
  const auto& log = s.of<base::LogOptions>();
  const auto& identity = s.of<identity::IdentitySettings>();
  const auto& registration = s.of<homeserver::RegistrationSettings>();
  const auto& homeserver = s.of<homeserver::HomeserverSettings>();
  const auto& keep = s.of<homeserver::KeepSettings>();
  const auto& media = s.of<homeserver::MediaSettings>();
  const auto& turn = s.of<homeserver::TurnSettings>();
  const auto& remote = s.of<remote::RemoteSettings>();
  return {{"data_dir", s.data_dir.string()},
          {"server_name", s.server_name},
          {"public_base_url", s.public_base_url},
          {"listen_platform", s.listen_platform},
          {"listen_matrix", s.listen_matrix},
          {"io_threads", number(s.io_threads)},
          {"tls_certificate", s.tls_certificate},
          {"tls_key", s.tls_key},
          {"hsts_s", number(s.hsts_s)},
          {"registration", number(static_cast<int>(registration.mode))},
          {"registration_token", registration.token},
          {"registration_shared_secret", registration.shared_secret},
          {"admin_password", first.admin_password},
          {"api_token", identity.api_token},
          {"auth_dev_token", identity.dev_token},
          {"rate_limits", flag(s.rate_limits)},
          {"presence", flag(homeserver.presence)},
          {"database_url", s.database_url},
          {"redis_url", s.redis_url},
          {"media_dir", media.dir.string()},
          {"allow_programs", flag(s.of<fleet::FleetSettings>().allow_programs)},
          {"keep_answered_from_days", number(s.of<fleet::FleetSettings>().keep_answered_from_days)},
          {"keep_assistant_days", number(s.of<assistant::AssistantSettings>().keep_days)},
          {"keep_assistant_calls_days", number(s.of<assistant::AssistantSettings>().keep_calls_days)},
          {"max_upload_bytes", number(media.max_upload_bytes)},
          {"searches_per_s", number(s.of<homeserver::SearchSettings>().per_s)},
          {"devices_per_account", number(keep.devices_per_account)},
          {"to_device_queue_bytes", number(keep.to_device_queue_bytes)},
          {"to_device_days", number(keep.to_device_days)},
          {"unused_device_days", number(keep.unused_device_days)},
          {"orphaned_media_hours", number(keep.orphaned_media_hours)},
          {"room_memory_bytes", number(keep.room_memory_bytes)},
          {"keep_audit_days", number(identity.keep_audit_days)},
          {"keep_ended_keys_days", number(identity.keep_ended_keys_days)},
          {"media_bytes_per_user", number(media.bytes_per_user)},
          {"account_data_bytes_per_user", number(homeserver.account_data_bytes_per_user)},
          {"aliases_per_user", number(homeserver.aliases_per_user)},
          {"profiles_need_token", flag(homeserver.profiles_need_token)},
          {"turn_uris", joined(turn.uris)},
          {"turn_shared_secret", turn.shared_secret},
          {"turn_ttl_s", number(turn.ttl_s)},
          {"remote_url", remote.url},
          {"remote_registration_secret", remote.registration_secret},
          {"remote_admin_token", remote.admin_token},
          {"remote_as_token", remote.as_token},
          {"remote_hs_token", remote.hs_token},
          {"remote_callback_url", remote.callback_url},
          {"allowed_private", joined(s.allowed_private_addresses)},
          {"trusted_proxies", joined(s.trusted_proxies)},
          {"log_level", number(static_cast<int>(log.level))},
          {"log_format", number(static_cast<int>(log.format))},
          {"console_public_url", s.of<host::ConsoleAddress>().public_url},
          {"web_dir", s.of<console::files::ConsoleSettings>().web_dir.string()}};
}

/// What a value does: the members that differ from the defaults.
std::string effect(const host::Settings& settings) {
  static const auto before = members(load("", {}).settings);
  std::string out;
  for (const auto& [name, value] : members(settings)) {
    if (before.at(name) != value) out += fmt::format(" {}={}", name, value);
  }
  return out;
}

host::SettingLine line_of(const LoadedConfig& config, std::string_view key) {
  for (auto& line : list_settings(config)) {
    if (line.key == key) return line;
  }
  return {};
}

std::vector<std::string> told(const LoadedConfig& config) {
  std::vector<std::string> out;
  for (const auto& p : config.problems) {
    out.push_back(fmt::format("{} {}: {}", p.fatal ? "mistake" : "warning", without_folder(p.where), p.message));
  }
  for (const auto& sentence : config.exposures) out.push_back("exposed " + sentence);
  std::ranges::sort(out);
  return out;
}

constexpr const char* kProbes[] = {"",
                                   "on",
                                   "OFF",
                                   "off",
                                   "true",
                                   "maybe",
                                   "-1",
                                   "0",
                                   "1",
                                   "5",
                                   "9",
                                   "10",
                                   "29",
                                   "30",
                                   "59",
                                   "60",
                                   "64",
                                   "65",
                                   "365",
                                   "366",
                                   "720",
                                   "721",
                                   "1023",
                                   "1024",
                                   "3650",
                                   "3651",
                                   "5000",
                                   "5001",
                                   "36500",
                                   "36501",
                                   "65535",
                                   "65536",
                                   "604800",
                                   "604801",
                                   "1000000",
                                   "1000001",
                                   "1048575",
                                   "1048576",
                                   "16777215",
                                   "16777216",
                                   "63072000",
                                   "63072001",
                                   "1073741824",
                                   "1073741825",
                                   "4294967296",
                                   "4294967297",
                                   "1099511627776",
                                   "1099511627777",
                                   "1125899906842624",
                                   "1125899906842625",
                                   "99999999999999999999",
                                   "1.5",
                                   "7 days",
                                   "closed",
                                   "token",
                                   "open",
                                   "Closed",
                                   "debug",
                                   "WARN",
                                   "warning",
                                   "json",
                                   "text",
                                   "a,b , c",
                                   " x ",
                                   "https://x/",
                                   "http://me:pw@x//",
                                   "ftp://x",
                                   "postgres://u:p%40@h:5433/d?schema=t",
                                   "mysql://x",
                                   "redis://:pw@h:1",
                                   "rediss://:pw@h",
                                   "127.0.0.1:80",
                                   "[::1]:80",
                                   "0.0.0.0:80",
                                   "localhost:0",
                                   ":1",
                                   "127.0.0.1:99999",
                                   "example.org",
                                   "example.org:8448",
                                   "no spaces",
                                   "turn:a.example,turns:b.example"};

/// For each key: values that do alike on one line.
void describe_keys(std::vector<std::string>& out) {
  for (const auto& key : keys_of(modules())) {
    const auto unset = line_of(load("", {}), key.key);
    out.push_back(fmt::format("key {} [{}] {} | {} default \"{}\" ({})", key.key, fmt::join(key.environment, " "),
                              key.help, unset.secret ? "secret" : "shown", unset.value, unset.source));
    std::map<std::string, std::vector<std::string>> alike;
    for (const std::string probe : kProbes) {
      const auto config = load("", {}, {{std::string(key.key), probe}});
      std::string outcome;
      for (const auto& problem : config.problems) {
        if (problem.where.starts_with("--")) outcome += problem.message;
      }
      if (outcome.empty()) {
        const auto line = line_of(config, key.key);
        outcome = fmt::format("shown \"{}\" from {}, sets{}", line.value, line.source, effect(config.settings));
      }
      for (auto at = outcome.find(probe); probe.size() > 1 && at != outcome.npos; at = outcome.find(probe, at + 3)) {
        outcome.replace(at, probe.size(), "<?>");
      }
      alike[outcome].push_back(probe);
    }
    for (const auto& [outcome, probes] : alike) {
      out.push_back(fmt::format("key {}: {} <= \"{}\"", key.key, outcome, fmt::join(probes, "\" \"")));
    }
  }
}

/// For each key: every environment variable alone, and the first of two.
void describe_environment(std::vector<std::string>& out) {
  for (const auto& key : keys_of(modules())) {
    for (const auto& name : key.environment) {
      const auto config = load("", {{std::string(name), "127.0.0.1:7"}});
      out.push_back(fmt::format("environment {} is {}: {}", name, key.key,
                                config.given.contains(key.key) ? config.given.find(key.key)->second.where
                                                               : fmt::format("{}", fmt::join(told(config), "; "))));
    }
  }
  const auto both = load("", {{"TROUPE_LOG_LEVEL", "error"}, {"LOG_LEVEL", "debug"}});
  out.push_back("environment both: " + both.given.at("log.level").where);
}

void describe_files(std::vector<std::string>& out) {
  const char* files[] = {"[server\n",
                         "[server]\n\nnmae = \"x\"\n[limits]\nio_threds = 3\nio_threads = 0\n",
                         "unknown = 1\npresence = false\n[log]\nlevel = 3\nformat = [\"json\"]\n",
                         "[turn]\nuris = [\"turn:a\", \"turn:b\"]\nttl_s = 60.5\n",
                         "[network]\ntrusted_proxies = [1, 2]\nallowed_private = \"10.0.0.0/8, ::1\"\n",
                         "[registration]\nmode = \"token\"\n",
                         "[registration]\nmode = \"open\"\n[listen]\nmatrix = \"0.0.0.0:8008\"\n",
                         "[homeserver]\nas_token = \"a\"\n",
                         "[homeserver]\nurl = \"https://h\"\nas_token = \"a\"\n",
                         "[homeserver]\ncallback_url = \"http://x\"\n",
                         "[tls]\ncertificate = \"c.pem\"\n",
                         "[redis]\nurl = \"redis://h\"\n",
                         "[database]\nurl = \"postgres://u:pw@h/d\"\n",
                         "[database]\nurl = \"postgres://u:pw@h/d\"\n[redis]\nurl = \"redis://:pw@h\"\n",
                         "data = \"/srv/x\"\nweb_dir = \"/w\"\nkeep.audit_days = 7\nserver = 3\n",
                         "when = 2020-01-01\nlisten.platform = \"0.0.0.0:1\"\nlisten.matrix = \"[::]:2\"\n"};
  for (const auto* file : files) {
    const auto config = load(file, {});
    out.push_back(fmt::format("file {}", fmt::join(std::vector<std::string>{without_folder(std::string(file))}, "")));
    for (auto& c : out.back()) c = c == '\n' ? ';' : c;
    for (const auto& line : told(config)) out.push_back("  " + line);
    for (const auto& line : list_settings(config)) {
      if (line.source == "default") continue;
      out.push_back(fmt::format("  {} = \"{}\" from {}", line.key, line.value, without_folder(line.source)));
    }
    out.push_back("  sets" + effect(config.settings));
  }
}

void describe_exposure(std::vector<std::string>& out) {
  const Values weak{{"TROUPE_LISTEN_PLATFORM", "0.0.0.0:8001"},
                    {"TROUPE_LISTEN_MATRIX", "[::]:8008"},
                    {"TROUPE_RATE_LIMITS", "off"},
                    {"TROUPE_REGISTRATION", "open"},
                    {"TROUPE_REGISTRATION_TOKEN", "short"},
                    {"TROUPE_REGISTRATION_SHARED_SECRET", "short"},
                    {"TROUPE_ADMIN_PASSWORD", "short"},
                    {"TROUPE_API_TOKEN", "elevenchars"},
                    {"AUTH_DEV_TOKEN", "twelve chars"},
                    {"TROUPE_TURN_SHARED_SECRET", "short"}};
  for (const auto& line : told(load("", weak))) out.push_back("weak: " + line);
  auto proxied = weak;
  proxied["TROUPE_TRUSTED_PROXIES"] = "10.0.0.1";
  proxied["TROUPE_LISTEN_PLATFORM"] = "localhost:8001";
  for (const auto& line : told(load("", proxied))) out.push_back("behind a proxy: " + line);
}

TEST(ConfigGolden, EveryKeyAndMistakeIsAsItWas) {
  std::vector<std::string> keys;
  describe_keys(keys);
  std::ranges::sort(keys);
  std::vector<std::string> out = keys;
  std::vector<std::string> environment;
  describe_environment(environment);
  std::ranges::sort(environment);
  out.insert(out.end(), environment.begin(), environment.end());
  describe_files(out);
  describe_exposure(out);
  std::filesystem::remove(config_file());
  const std::string now = fmt::format("{}\n", fmt::join(out, "\n"));
  const std::filesystem::path golden(TROUPE_GOLDEN_DIR "config.txt");
  if (const char* write = std::getenv("TROUPE_GOLDEN"); write && std::string_view(write) == "write") {
    std::ofstream(golden) << now;
  }
  std::ifstream file(golden);
  std::stringstream before;
  before << file.rdbuf();
  std::vector<std::string> was;
  for (std::string line; std::getline(before, line);) was.push_back(line);
  for (std::size_t n = 0; n < std::max(was.size(), out.size()); ++n) {
    const auto expected = n < was.size() ? was[n] : "(nothing)";
    ASSERT_EQ(n < out.size() ? out[n] : "(nothing)", expected) << "line " << n + 1;
  }
}

}  // namespace
}  // namespace troupe::app
