// The keys of the configuration that the homeserver reads, by subject. Settings::of<…>() yields each.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "host/setting.h"
#include "matrix/room_version.h"

namespace troupe::homeserver {

enum class Registration { closed, token, open };

struct RegistrationSettings {
  Registration mode = Registration::closed;
  std::string token;  ///< accepted when the mode is `token`
  std::string shared_secret;
  bool require_email = false;    ///< who registers must read a mail first; needs MailSettings
  bool guests = false;           ///< people may come without an account
  std::int64_t guest_days = 30;  ///< a guest that nobody used for so long is closed; 0: never
  /// Of every new password, in characters. One: programs make throw-away accounts with whatever they like, as on
  /// Synapse, and nobody registers here unless an administrator has said so. A page asks for 8 of its own accord.
  std::int64_t password_min_length = 1;
};

/// How the connection to the mail relay is encrypted; `automatic`: not on this machine, from the first byte at port
/// 465, by STARTTLS else.
enum class MailTls { automatic, none, starttls, tls };

/// Mails that the server sends (docs/guide/mail.md).
struct MailSettings {
  std::string host;  ///< of the relay; empty: the server sends no mail
  std::int64_t port = 587;
  std::string from;  ///< "Name <address>", or only the address
  MailTls tls = MailTls::automatic;
  std::string user;  ///< empty: the relay wants no sign-in
  std::string password;
  std::int64_t token_ttl_s = 3600;    ///< life of a link in a mail
  bool missed_messages = false;       ///< people may have mails about what they have not read
  std::int64_t missed_after_s = 600;  ///< so long it waits to be read
  bool enabled() const { return !host.empty(); }
};

/// Whether people can have mails about what they have not read: each has a link, which needs a configured address.
bool sends_missed_mails(const host::Settings& settings);

struct PushSettings {
  bool gateway = true;  ///< POST /_matrix/push/v1/notify is served here
};

struct LoginSettings {
  std::int64_t token_timeout_s = 120;  ///< life of a token of POST /login/get_token; 0: there are none
};

struct NoticeSettings {
  std::string localpart = "_server";  ///< of the account that speaks for the server; empty: there are no notices
  std::string room_name = "Server Notices";
};

/// Single sign-on (docs/guide/single-sign-on.md). The providers themselves: identity/oidc/settings.h.
struct SsoSettings {
  std::vector<std::string> trusted_redirects;  ///< clients that people are sent back to without being asked
  bool allow_passwords = false;  ///< people whom a provider vouches for may give their accounts a password
};

/// The OAuth 2.0 API (docs/oauth.md).
struct OAuthSettings {
  bool enabled = true;
  std::int64_t access_token_ttl_s = 300;
};

/// Bridges and the like (docs/guide/application-services.md).
struct AppserviceSettings {
  std::vector<std::string> files;  ///< their registrations
};

struct TurnSettings {
  std::vector<std::string> uris;
  std::string shared_secret;
  std::int64_t ttl_s = 86'400;
};

/// Whom people turn to (Client-Server API #getwell-knownmatrixsupport). All may be empty.
struct SupportSettings {
  std::string email;
  std::string matrix_id;
  std::string page;
};

/// Calls of many over a LiveKit service (MatrixRTC), and the events that end them when a client is gone.
struct RtcSettings {
  std::string livekit_service_url;  ///< of the service that lets people in; empty: this server, or there is none
  std::string livekit_url;          ///< of the LiveKit server, as clients are told: wss://…
  std::string livekit_key;
  std::string livekit_secret;
  std::int64_t max_delay_s = 86'400;  ///< how far ahead a delayed event may be; 0: there are none
  /// Whether this server lets people in itself.
  bool lets_in() const { return !livekit_url.empty(); }
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

struct SearchSettings {
  std::int64_t per_s = 2;  ///< of one account, and ten times as many at once
};

enum class MediaStorage { folder, s3 };

struct MediaSettings {
  MediaStorage storage = MediaStorage::folder;
  std::filesystem::path dir;  ///< of uploads; empty: <data_dir>/media. Several processes share one
  std::uint64_t max_upload_bytes = 50ULL << 20;
  std::uint64_t bytes_per_user = 10ULL << 30;  ///< of uploads that one account may keep
  std::uint64_t under_way_bytes = 1ULL << 30;  ///< of uploads that have come in and are not stored yet
};

/// Where uploads lie when MediaSettings::storage is s3.
struct S3Settings {
  std::string endpoint;
  std::string bucket;
  std::string prefix;  ///< of every key: empty, or a folder that ends with '/'
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
  bool search_all_users = false;     ///< the user directory finds everybody, not only whom one can meet in rooms
  std::string default_room_version{
      matrix::kDefaultRoomVersion};  ///< of rooms whose creator names none; one of matrix::room_versions()
  std::uint64_t account_data_bytes_per_user = 64ULL << 20;
  std::uint64_t aliases_per_user = 10'000;
};

std::vector<host::Setting> setting_rows();
void review_settings(const host::Settings& settings, host::Review& review);

/// Whether a host's name or address is this machine's own.
bool is_this_machine(std::string_view host);

/// Where uploads lie.
std::filesystem::path media_folder(const host::Settings& settings);

}  // namespace troupe::homeserver
