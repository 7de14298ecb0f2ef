// The configuration values that modules read. app fills them from troupe.toml, the environment and flags.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"

namespace troupe::host {

enum class Registration { closed, token, open };

struct TurnSettings {
  std::vector<std::string> uris;
  std::string shared_secret;
  std::int64_t ttl_s = 86'400;
  bool allow_guests = false;
};

/// One line of the configuration in force, for people: secrets are not in it.
struct SettingLine {
  std::string key;
  std::string value;
  std::string source;
  std::string help;
  bool secret = false;
};

/// A homeserver elsewhere that takes the place of the embedded one. `url` empty: the embedded one.
struct RemoteSettings {
  std::string url;                  ///< of its client-server API, without a slash at the end
  std::string registration_secret;  ///< its registration_shared_secret: accounts are made with it
  std::string admin_token;          ///< access token of an administrator there, for its admin API
  std::string as_token;             ///< with hs_token: bots act through an application service
  std::string hs_token;
  std::string callback_url;  ///< where that homeserver reaches our Matrix listener; empty: the listener's address
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

struct Settings {
  std::filesystem::path data_dir;
  std::string server_name = "localhost";
  std::string public_base_url;  ///< of the Matrix listener as clients see it; empty: derived from the listener
  std::string version;          ///< of the program

  std::string listen_platform = "127.0.0.1:8001";
  std::string listen_matrix = "127.0.0.1:8008";
  std::size_t io_threads = 2;
  std::string tls_certificate;  ///< PEM chain; with tls_key both listeners speak TLS
  std::string tls_key;
  std::uint64_t hsts_s =
      15'552'000;  ///< how long browsers insist on TLS for this host once they came by it; 0: not said

  Registration registration = Registration::closed;
  std::string registration_token;  ///< accepted when registration is `token`
  std::string registration_shared_secret;
  std::string admin_password;  ///< only used when the account `admin` is made
  std::string api_token;       ///< an administrator's API key
  std::string local_token;     ///< made anew at each start: what the command line shows over the local socket
  std::string auth_dev_token;  ///< the same with scope `assistant`
  bool rate_limits = true;
  bool presence = true;
  bool federation = false;

  std::string database_url;         ///< postgres://…, holds a password; empty: SQLite in the data folder
  std::string redis_url;            ///< redis://…: doorbells between the processes of one server; empty: none
  std::filesystem::path media_dir;  ///< of uploads; empty: <data_dir>/media. Several processes share one

  bool allow_programs = false;  ///< administrators may make bots that run programs on this machine

  std::uint64_t max_upload_bytes = 50ULL * 1024 * 1024;
  KeepSettings keep;
  std::int64_t keep_audit_days = 365;      ///< records of the audit log; 0: for ever
  std::int64_t keep_ended_keys_days = 90;  ///< API keys that are revoked or expired, after that; 0: for ever
  // What one account may keep on the homeserver.
  std::uint64_t media_bytes_per_user = 10ULL * 1024 * 1024 * 1024;  ///< of uploads
  std::uint64_t account_data_bytes_per_user = 64ULL * 1024 * 1024;
  std::uint64_t aliases_per_user = 10'000;
  bool profiles_need_token = false;  ///< GET /profile answers nobody without an access token
  TurnSettings turn;
  RemoteSettings remote;
  std::vector<std::string> allowed_private_addresses;
  std::vector<std::string> trusted_proxies;
  base::LogOptions log;
  std::vector<SettingLine> listing;              ///< all of the above as it was configured
  std::optional<std::filesystem::path> web_dir;  ///< serve the console from disk while developing
};

}  // namespace troupe::host
