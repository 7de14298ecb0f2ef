// The keys of the configuration that the homeserver reads, by subject. Settings::of<…>() yields each.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "host/setting.h"

namespace troupe::homeserver {

enum class Registration { closed, token, open };

struct RegistrationSettings {
  Registration mode = Registration::closed;
  std::string token;  ///< accepted when the mode is `token`
  std::string shared_secret;
};

struct LoginSettings {
  std::int64_t token_timeout_s = 120;  ///< life of a token of POST /login/get_token; 0: there are none
};

struct NoticeSettings {
  std::string localpart;  ///< of the account that speaks for the server; empty: there are no notices
  std::string room_name = "Server Notices";
};

/// The OAuth 2.0 API (docs/oauth.md).
struct OAuthSettings {
  bool enabled = true;
  std::int64_t access_token_ttl_s = 300;
};

struct TurnSettings {
  std::vector<std::string> uris;
  std::string shared_secret;
  std::int64_t ttl_s = 86'400;
};

/// How much is kept, and how long.
struct KeepSettings {
  std::size_t devices_per_account = 300;
  std::size_t to_device_queue_bytes = 10ULL << 20;  ///< waiting for one device; the oldest messages go beyond
  std::int64_t to_device_days = 30;                 ///< a message that nobody fetches
  std::int64_t unused_device_days = 365;            ///< a person's device that nobody used is signed out; 0: never
  std::int64_t orphaned_media_hours = 24;           ///< a file after the last row that speaks of it is gone
  std::uint64_t room_memory_bytes = 512ULL << 20;   ///< rooms in memory that nobody needs just now go beyond
};

enum class MediaStorage { folder, s3 };

struct MediaSettings {
  MediaStorage storage = MediaStorage::folder;
  std::filesystem::path dir;  ///< of uploads; empty: <data_dir>/media. Several processes share one
  std::uint64_t max_upload_bytes = 50ULL << 20;
  std::uint64_t bytes_per_user = 10ULL << 30;  ///< of uploads that one account may keep
};

/// Where uploads lie when MediaSettings::storage is s3.
struct S3Settings {
  std::string endpoint;
  std::string bucket;
  std::string region = "us-east-1";
  std::string access_key;
  std::string secret_key;
};

/// Previews of pages that messages lead to.
struct PreviewSettings {
  bool enabled = false;
  std::size_t max_bytes = 10ULL << 20;  ///< of a page, and of its picture
};

struct HomeserverSettings {
  bool presence = true;
  bool profiles_need_token = false;  ///< GET /profile answers nobody without an access token
  std::uint64_t account_data_bytes_per_user = 64ULL << 20;
  std::uint64_t aliases_per_user = 10'000;
};

std::vector<host::Setting> setting_rows();
void review_settings(const host::Settings& settings, host::Review& review);

/// Where uploads lie.
std::filesystem::path media_folder(const host::Settings& settings);

}  // namespace troupe::homeserver
