#include "homeserver/common/settings.h"

#include "net/http/url.h"

namespace troupe::homeserver {
namespace {

using host::flag;
using host::number;
using host::Secret;
using host::text;
using host::Value;

constexpr std::int64_t kKiB = 1 << 10;
constexpr std::int64_t kMiB = kKiB << 10;
constexpr std::int64_t kGiB = kMiB << 10;
constexpr std::int64_t kTiB = kGiB << 10;

/// A key whose feature is not there yet: scripts may say that it is off.
Value federation() {
  return {.takes = "off",
          .read = [](host::Settings&, const std::string& v) -> std::optional<std::string> {
            if (v.empty() || v == "off") return std::nullopt;
            return "Federation is not part of this version; leave it unset";
          },
          .write = [](const host::Settings&) { return "off"; }};
}

void add(std::vector<host::Setting>& rows, std::vector<host::Setting> more) {
  rows.insert(rows.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::vector<host::Setting> registration_rows() {
  using S = RegistrationSettings;
  using enum Registration;
  return {{.key = "registration.mode",
           .environment = {"TROUPE_REGISTRATION"},
           .value = host::choice(&S::mode, {{"closed", closed}, {"token", token}, {"open", open}}),
           .help = "closed, token or open"},
          {.key = "registration.token",
           .environment = {"TROUPE_REGISTRATION_TOKEN"},
           .value = text(&S::token),
           .help = "what people must show when the mode is token",
           .secret = Secret::yes},
          {.key = "registration.shared_secret",
           .environment = {"TROUPE_REGISTRATION_SHARED_SECRET"},
           .value = text(&S::shared_secret),
           .help = "for scripts that register accounts",
           .secret = Secret::credential}};
}

std::vector<host::Setting> login_rows() {
  using S = LoginSettings;
  return {{.key = "login_via_existing_session.token_timeout_s",
           .environment = {"TROUPE_LOGIN_TOKEN_TIMEOUT_S"},
           .value = number(&S::token_timeout_s, {.least = 10, .most = 600, .unit = "seconds", .zero_too = true}),
           .help = "life of a token with which a device lets another one in, 10 to 600 seconds; 0: there are none"}};
}

std::vector<host::Setting> notice_rows() {
  using S = NoticeSettings;
  return {{.key = "server_notices.localpart",
           .environment = {"TROUPE_SERVER_NOTICES_LOCALPART"},
           .value = text(&S::localpart),
           .help = "account in whose name the server writes to people; empty: server notices are off"},
          {.key = "server_notices.room_name",
           .environment = {"TROUPE_SERVER_NOTICES_ROOM_NAME"},
           .value = text(&S::room_name),
           .help = "name of that account and of the rooms of its notices"}};
}

std::vector<host::Setting> oauth_rows() {
  using S = OAuthSettings;
  return {{.key = "oauth.enabled",
           .environment = {"TROUPE_OAUTH", "TROUPE_OAUTH_ENABLED"},
           .value = flag(&S::enabled),
           .help = "on: clients that can sign in on a page of this server may do so, besides signing in by password"},
          {.key = "oauth.access_token_ttl_s",
           .environment = {"TROUPE_OAUTH_ACCESS_TOKEN_TTL_S"},
           .value = number(&S::access_token_ttl_s, {.least = 30, .most = 86'400, .unit = "seconds"}),
           .help = "how long an access token lasts before its client renews it, 30 to 86400 seconds"}};
}

std::vector<host::Setting> turn_rows() {
  using S = TurnSettings;
  return {{.key = "turn.uris",
           .environment = {"TROUPE_TURN_URIS"},
           .value = host::list(&S::uris),
           .help = "TURN servers for calls"},
          {.key = "turn.shared_secret",
           .environment = {"TROUPE_TURN_SHARED_SECRET"},
           .value = text(&S::shared_secret),
           .help = "coturn's static-auth-secret",
           .secret = Secret::yes},
          {.key = "turn.ttl_s",
           .environment = {"TROUPE_TURN_TTL_S"},
           .value = number(&S::ttl_s, {.least = 60, .most = 604'800, .unit = "seconds"}),
           .help = "life of TURN credentials in seconds, 60 to 604800"}};
}

std::vector<host::Setting> keep_rows() {
  using S = KeepSettings;
  return {{.key = "limits.devices_per_account",
           .environment = {"TROUPE_DEVICES_PER_ACCOUNT"},
           .value = number(&S::devices_per_account, {.least = 10, .most = 5000, .unit = "devices"}),
           .help = "devices an account may have, 10 to 5000"},
          {.key = "limits.to_device_queue_bytes",
           .environment = {"TROUPE_TO_DEVICE_QUEUE_BYTES"},
           .value = number(&S::to_device_queue_bytes, {.least = 64 * kKiB, .most = kGiB, .unit = "bytes"}),
           .help = "messages waiting for one device, 64 KiB to 1 GiB; the oldest go beyond"},
          {.key = "limits.room_memory_bytes",
           .environment = {"TROUPE_ROOM_MEMORY_BYTES"},
           .value = number(&S::room_memory_bytes, {.least = 16 * kMiB, .most = kTiB, .unit = "bytes"}),
           .help = "rooms kept in memory that nobody uses just now, 16 MiB to 1 TiB"},
          {.key = "keep.to_device_days",
           .environment = {"TROUPE_KEEP_TO_DEVICE_DAYS"},
           .value = number(&S::to_device_days, {.least = 1, .most = 365, .unit = "days"}),
           .help = "messages that a device does not fetch, 1 to 365 days"},
          {.key = "keep.unused_device_days",
           .environment = {"TROUPE_KEEP_UNUSED_DEVICE_DAYS"},
           .value = number(&S::unused_device_days, {.least = 30, .most = 3650, .unit = "days", .zero_too = true}),
           .help = "people's devices that nobody uses are signed out, 30 to 3650 days; 0: never"},
          {.key = "keep.orphaned_media_hours",
           .environment = {"TROUPE_KEEP_ORPHANED_MEDIA_HOURS"},
           .value = number(&S::orphaned_media_hours, {.least = 1, .most = 720, .unit = "hours"}),
           .help = "files that nothing speaks of any more, 1 to 720 hours"}};
}

std::vector<host::Setting> media_rows() {
  using S = MediaSettings;
  return {{.key = "limits.max_upload_bytes",
           .environment = {"TROUPE_MAX_UPLOAD_BYTES"},
           .value = number(&S::max_upload_bytes,
                           {.least = kKiB, .most = 4 * kGiB, .takes = "a number of bytes from 1024 to 4 GiB"}),
           .help = "largest media file, 1 KiB to 4 GiB"},
          {.key = "limits.media_bytes_per_user",
           .environment = {"TROUPE_MEDIA_BYTES_PER_USER"},
           .value = number(&S::bytes_per_user, {.least = kMiB, .most = kTiB << 10, .unit = "bytes"}),
           .help = "uploads that one account may keep, 1 MiB to 1 PiB"},
          {.key = "media.dir",
           .environment = {"TROUPE_MEDIA_DIR"},
           .value = host::folder(&S::dir),
           .help = "folder of uploaded files (default media in the data folder)"},
          {.key = "media.storage",
           .environment = {"TROUPE_MEDIA_STORAGE"},
           .value = host::choice(&S::storage, {{"folder", MediaStorage::folder}, {"s3", MediaStorage::s3}}),
           .help = "where uploaded files lie: folder (media.dir) or s3 (the keys under s3)"}};
}

/// What is wrong with a text that should be an address of the web, or nothing.
std::optional<std::string> wrong_url(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto url = net::http::Url::parse(text);
  return url ? std::nullopt : std::optional(url.error().message());
}

std::vector<host::Setting> s3_rows() {
  using S = S3Settings;
  return {{.key = "s3.endpoint",
           .environment = {"TROUPE_S3_ENDPOINT"},
           .value = text(&S::endpoint, "an address, http:// or https://", wrong_url),
           .help = "the service: https://s3.eu-central-1.amazonaws.com, or your own"},
          {.key = "s3.bucket",
           .environment = {"TROUPE_S3_BUCKET"},
           .value = text(&S::bucket),
           .help = "the bucket, which must be there"},
          {.key = "s3.region",
           .environment = {"TROUPE_S3_REGION"},
           .value = text(&S::region),
           .help = "its region, as requests are signed for it"},
          {.key = "s3.access_key",
           .environment = {"TROUPE_S3_ACCESS_KEY"},
           .value = text(&S::access_key),
           .help = "id of the key that may read, write, delete and list there"},
          {.key = "s3.secret_key",
           .environment = {"TROUPE_S3_SECRET_KEY"},
           .value = text(&S::secret_key),
           .help = "its secret",
           .secret = Secret::yes}};
}

std::vector<host::Setting> preview_rows() {
  using S = PreviewSettings;
  return {
      {.key = "media.url_previews",
       .environment = {"TROUPE_MEDIA_URL_PREVIEWS", "TROUPE_URL_PREVIEWS"},
       .value = flag(&S::enabled),
       .help = "on: this server fetches pages that people's messages lead to, and shows what they say of themselves"},
      {.key = "media.preview_max_bytes",
       .environment = {"TROUPE_MEDIA_PREVIEW_MAX_BYTES"},
       .value = number(&S::max_bytes, {.least = kKiB, .most = 100 * kMiB, .unit = "bytes"}),
       .help = "largest page and picture that are fetched for a preview, 1 KiB to 100 MiB"}};
}

}  // namespace

std::vector<host::Setting> setting_rows() {
  using S = HomeserverSettings;
  std::vector<host::Setting> rows{
      {.key = "listen.federation",
       .environment = {"TROUPE_FEDERATION", "TROUPE_LISTEN_FEDERATION"},
       .value = federation(),
       .help = "off (federation comes later)",
       .flag_help = "HOST:PORT or off (default off)"},
      {.key = "limits.account_data_bytes_per_user",
       .environment = {"TROUPE_ACCOUNT_DATA_BYTES_PER_USER"},
       .value = number(&S::account_data_bytes_per_user, {.least = kMiB, .most = 4 * kGiB, .unit = "bytes"}),
       .help = "settings that clients may keep for one account, 1 MiB to 4 GiB"},
      {.key = "limits.aliases_per_user",
       .environment = {"TROUPE_ALIASES_PER_USER"},
       .value = number(&S::aliases_per_user, {.least = 1, .most = 1'000'000, .unit = "addresses"}),
       .help = "room addresses that one account may make, 1 to 1000000"},
      {.key = "profiles.need_token",
       .environment = {"TROUPE_PROFILES_NEED_TOKEN"},
       .value = flag(&S::profiles_need_token),
       .help = "on: names and avatars are shown to signed-in clients only, so that nobody else learns who exists"},
      {.key = "presence",
       .environment = {"TROUPE_PRESENCE"},
       .value = flag(&S::presence),
       .help = "off: nobody's presence is kept or sent"},
      {.key = "presence.enabled",
       .environment = {"TROUPE_PRESENCE_ENABLED"},
       .value = flag(&S::presence),
       .help = "the same, under the name that Synapse has for it"}};
  add(rows, registration_rows());
  add(rows, login_rows());
  add(rows, notice_rows());
  add(rows, oauth_rows());
  add(rows, turn_rows());
  add(rows, keep_rows());
  add(rows, media_rows());
  add(rows, preview_rows());
  add(rows, s3_rows());
  return rows;
}

void review_settings(const host::Settings& settings, host::Review& review) {
  const auto& registration = settings.of<RegistrationSettings>();
  if (registration.mode == Registration::token && registration.token.empty()) {
    review.problems.push_back({.fatal = true,
                               .where = "registration",
                               .message = "registration.mode is token, so registration.token must be set"});
  }
  const auto& s3 = settings.of<S3Settings>();
  if (settings.of<MediaSettings>().storage == MediaStorage::s3 &&
      (s3.endpoint.empty() || s3.bucket.empty() || s3.region.empty() || s3.access_key.empty() ||
       s3.secret_key.empty())) {
    review.problems.push_back(
        {.fatal = true,
         .where = "s3",
         .message =
             "media.storage is s3, so s3.endpoint, s3.bucket, s3.region, s3.access_key and s3.secret_key must be set"});
  }
  if (!settings.of<HomeserverSettings>().presence)
    review.at_start.emplace_back("note: presence is off (TROUPE_PRESENCE)");
  if (registration.mode == Registration::open) {
    review.exposures.emplace_back(
        "and registration is open to everybody: set TROUPE_REGISTRATION=token and a TROUPE_REGISTRATION_TOKEN");
    review.at_start.emplace_back("WARNING: anybody who reaches the Matrix address can register an account");
  }
}

std::filesystem::path media_folder(const host::Settings& settings) {
  const auto& dir = settings.of<MediaSettings>().dir;
  return dir.empty() ? settings.data_dir / "media" : dir;
}

}  // namespace troupe::homeserver
