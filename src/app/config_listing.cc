#include "app/config_listing.h"

#include <algorithm>
#include <array>

namespace troupe::app {
namespace {

using host::Settings;

/// By the key's name, so that a new key of this kind is a secret without being listed anywhere.
bool is_secret(std::string_view key) {
  constexpr std::array<std::string_view, 3> kWords{"secret", "token", "password"};
  return std::ranges::any_of(kWords, [&](auto word) { return key.contains(word); });
}

std::string on_or_off(bool value) { return value ? "on" : "off"; }

/// What a key that nobody set stands for. Others are empty.
std::string standard(std::string_view key, const Settings& s) {
  if (key == "data") return s.data_dir.string();
  if (key == "server.name") return s.server_name;
  if (key == "listen.platform") return s.listen_platform;
  if (key == "listen.matrix") return s.listen_matrix;
  if (key == "listen.federation") return on_or_off(s.federation);
  if (key == "registration.mode") return "closed";
  if (key == "limits.rate_limits") return on_or_off(s.rate_limits);
  if (key == "limits.max_upload_bytes") return std::to_string(s.max_upload_bytes);
  if (key == "limits.media_bytes_per_user") return std::to_string(s.media_bytes_per_user);
  if (key == "limits.account_data_bytes_per_user") return std::to_string(s.account_data_bytes_per_user);
  if (key == "limits.aliases_per_user") return std::to_string(s.aliases_per_user);
  if (key == "profiles.need_token") return on_or_off(s.profiles_need_token);
  if (key == "tls.hsts_s") return std::to_string(s.hsts_s);
  if (key == "limits.io_threads") return std::to_string(s.io_threads);
  const auto& keep = s.keep;
  if (key == "limits.devices_per_account") return std::to_string(keep.devices_per_account);
  if (key == "limits.to_device_queue_bytes") return std::to_string(keep.to_device_queue_bytes);
  if (key == "limits.room_memory_bytes") return std::to_string(keep.room_memory_bytes);
  if (key == "keep.to_device_days") return std::to_string(keep.to_device_days);
  if (key == "keep.unused_device_days") return std::to_string(keep.unused_device_days);
  if (key == "keep.orphaned_media_hours") return std::to_string(keep.orphaned_media_hours);
  if (key == "keep.audit_days") return std::to_string(s.keep_audit_days);
  if (key == "keep.ended_keys_days") return std::to_string(s.keep_ended_keys_days);
  if (key == "presence") return on_or_off(s.presence);
  if (key == "turn.ttl_s") return std::to_string(s.turn.ttl_s);
  if (key == "log.level") return "info";
  return {};
}

/// "postgres://user:secret@host/db" without the secret.
std::string without_password(std::string value) {
  const auto scheme = value.find("://");
  if (scheme == value.npos) return value;
  const auto end = value.find_first_of("/?#", scheme + 3);
  const auto at = value.rfind('@', end == value.npos ? end : end - 1);
  const auto colon = value.find(':', scheme + 3);
  if (at == value.npos || at < scheme || colon == value.npos || colon > at) return value;
  return value.replace(colon + 1, at - colon - 1, "***");
}

}  // namespace

std::vector<host::SettingLine> list_settings(const LoadedConfig& config) {
  std::vector<host::SettingLine> lines;
  for (const auto& key : config_keys()) {
    host::SettingLine line{.key = std::string(key.key),
                           .value = {},
                           .source = "default",
                           .help = std::string(key.help),
                           .secret = is_secret(key.key)};
    auto given = config.given.find(line.key);
    if (given != config.given.end()) line.source = given->second.where;
    if (line.secret) {
      line.value = given == config.given.end() || given->second.value.empty() ? "" : "set";
    } else {
      line.value =
          given == config.given.end() ? standard(key.key, config.settings) : without_password(given->second.value);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace troupe::app
