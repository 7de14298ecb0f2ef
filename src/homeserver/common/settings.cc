#include "homeserver/common/settings.h"

#include <algorithm>
#include <boost/url/parse.hpp>

#include "homeserver/common/mail_address.h"
#include "homeserver/common/media_rows.h"
#include "net/http/url.h"

namespace troupe::homeserver {
namespace {

using host::flag;
using host::number;
using host::Secret;
using host::text;
using host::Value;

/// A key whose feature is not there yet: scripts may say that it is off.
Value federation() {
  return {.takes = "off",
          .read = [](host::Settings&, const std::string& v) -> std::optional<std::string> {
            if (v.empty() || v == "off") return std::nullopt;
            return "Federation is not part of this version; leave it unset";
          },
          .write = [](const host::Settings&) { return "off"; }};
}

Value room_version() {
  return {.takes = "a room version from 1 to 12",
          .read = [](host::Settings& settings, const std::string& v) -> std::optional<std::string> {
            if (!matrix::room_version(v)) return "must be a room version from 1 to 12";
            settings.edit<HomeserverSettings>().default_room_version = v;
            return std::nullopt;
          },
          .write = [](const host::Settings& s) { return s.of<HomeserverSettings>().default_room_version; }};
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
           .value = text(&S::token),
           .help = "what people must show when the mode is token",
           .secret = Secret::yes},
          {.key = "registration.shared_secret",
           .value = text(&S::shared_secret),
           .help = "for scripts that register accounts",
           .secret = Secret::credential},
          {.key = "registration.require_email",
           .value = flag(&S::require_email),
           .help = "on: whoever registers must open a link in a mail first; needs smtp.host"},
          {.key = "registration.guests",
           .value = flag(&S::guests),
           .help = "on: people may look in without an account, and join rooms that let guests in"},
          {.key = "registration.guest_days",
           .value = number(&S::guest_days, {.least = 1, .most = 3650, .unit = "days", .zero_too = true}),
           .help = "a guest that nobody used for so long is closed; 0: never"},
          {.key = "registration.password_min_length",
           .value = number(&S::password_min_length, {.least = 1, .most = 20, .unit = "characters"}),
           .help = "every new password has at least so many, whoever sets it; pages ask for 8 where this is less"}};
}

/// It goes into headers of mails and into commands to the relay.
std::optional<std::string> wrong_sender(const std::string& text) {
  if (text.empty() || parse_mail_sender(text)) return std::nullopt;
  return "must be an address, or a name and an address in angle brackets";
}

std::optional<std::string> wrong_relay(const std::string& text) {
  const auto fits = [](char c) { return c > ' ' && c <= '~' && !std::string_view("/@?#[]\\").contains(c); };
  if (text.size() <= 253 && std::ranges::all_of(text, fits)) return std::nullopt;
  return "must be a host name or an address, without a port";
}

/// The words, or on and off.
Value mail_tls() {
  auto value = host::choice(
      &MailSettings::tls,
      {{"auto", MailTls::automatic}, {"none", MailTls::none}, {"starttls", MailTls::starttls}, {"tls", MailTls::tls}});
  value.read = [read = value.read](host::Settings& s, const std::string& v) {
    if (const auto on = host::read_flag(v)) return read(s, *on ? "auto" : "none");
    return read(s, v);
  };
  return value;
}

std::vector<host::Setting> mail_rows() {
  using S = MailSettings;
  return {{.key = "smtp.host",
           .value = text(&S::host, "a host name or an address", &wrong_relay),
           .help = "the mail relay that takes this server's mails; empty: it sends none"},
          {.key = "smtp.port",
           .value = number(&S::port, {.least = 1, .most = 65'535, .takes = "a port number"}),
           .help = "port of the relay"},
          {.key = "smtp.from",
           .value = text(&S::from, "an address, or a name and an address in angle brackets", &wrong_sender),
           .help = "who the mails are from"},
          {.key = "smtp.tls",
           .value = mail_tls(),
           .help = "how the connection is encrypted; auto: not on this machine, tls at port 465, starttls else"},
          {.key = "smtp.user", .value = text(&S::user), .help = "the relay's user name; empty: it wants none"},
          {.key = "smtp.password", .value = text(&S::password), .help = "the relay's password", .secret = Secret::yes},
          {.key = "mail.token_ttl_s",
           .value = number(&S::token_ttl_s, {.least = 1, .most = 604'800, .unit = "seconds"}),
           .help = "how long a link in a mail works, 1 second to 7 days"},
          {.key = "mail.missed_messages",
           .value = flag(&S::missed_messages),
           .help = "on: people may ask for mails about messages that they have not read"},
          {.key = "mail.missed_after_s",
           .value = number(&S::missed_after_s, {.least = 1, .most = 604'800, .unit = "seconds"}),
           .help = "how long a message waits to be read before such a mail, 1 second to 7 days"}};
}

std::vector<host::Setting> push_rows() {
  return {{.key = "push.gateway",
           .value = flag(&PushSettings::gateway),
           .help = "on: this server is a push gateway, for UnifiedPush and Web Push"}};
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
           .value = text(&S::localpart),
           .help = "account in whose name the server writes to people; empty: server notices are off"},
          {.key = "server_notices.room_name",
           .value = text(&S::room_name),
           .help = "name of that account and of the rooms of its notices"}};
}

std::vector<host::Setting> sso_rows() {
  using S = SsoSettings;
  return {
      {.key = "sso.trusted_redirects",
       .value = host::list(&S::trusted_redirects),
       .help = "addresses of clients, as https://app.example.org/, to which single sign-on leads back without asking "
               "the person"},
      {.key = "sso.allow_passwords",
       .value = flag(&S::allow_passwords),
       .help = "on: people who sign in through a provider may give their accounts a password besides"}};
}

std::vector<host::Setting> oauth_rows() {
  using S = OAuthSettings;
  return {{.key = "oauth.enabled",
           .environment = {"TROUPE_OAUTH", "TROUPE_OAUTH_ENABLED"},
           .value = flag(&S::enabled),
           .help = "on: clients that can sign in on a page of this server may do so, besides signing in by password"},
          {.key = "oauth.access_token_ttl_s",
           .value = number(&S::access_token_ttl_s, {.least = 30, .most = 86'400, .unit = "seconds"}),
           .help = "how long an access token lasts before its client renews it, 30 to 86400 seconds"}};
}

std::vector<host::Setting> appservice_rows() {
  using S = AppserviceSettings;
  return {{.key = "appservices.files",
           .value = host::list(&S::files),
           .help = "registration files (YAML) of application services: bridges and the like"}};
}

std::vector<host::Setting> turn_rows() {
  using S = TurnSettings;
  return {{.key = "turn.uris", .value = host::list(&S::uris), .help = "TURN servers for calls"},
          {.key = "turn.shared_secret",
           .value = text(&S::shared_secret),
           .help = "coturn's static-auth-secret",
           .secret = Secret::yes},
          {.key = "turn.ttl_s",
           .value = number(&S::ttl_s, {.least = 60, .most = 604'800, .unit = "seconds"}),
           .help = "life of TURN credentials in seconds, 60 to 604800"}};
}

std::vector<host::Setting> support_rows() {
  using S = SupportSettings;
  return {{.key = "support.email",
           .value = text(&S::email),
           .help = "address of who runs this server, for everybody to see (/.well-known/matrix/support)"},
          {.key = "support.matrix_id", .value = text(&S::matrix_id), .help = "their user id"},
          {.key = "support.page", .value = text(&S::page), .help = "web page with help for the people of this server"}};
}

std::optional<std::string> wrong_socket(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto address = boost::urls::parse_uri(text);
  if (address && (address->scheme() == "wss" || address->scheme() == "ws") && !address->host().empty() &&
      !address->has_userinfo() && !address->has_query() && !address->has_fragment())
    return std::nullopt;
  return "must be the address of a WebSocket (wss://…)";
}

std::vector<host::Setting> rtc_rows() {
  using S = RtcSettings;
  return {
      {.key = "rtc.livekit_service_url",
       .value = text(&S::livekit_service_url),
       .help = "web address of the service that lets people into LiveKit calls, as Element Call asks for it; empty: "
               "this server itself where rtc.livekit_url is set, else clients are told of none"},
      {.key = "rtc.livekit_url",
       .value = text(&S::livekit_url, "an address (wss://…)", &wrong_socket),
       .help =
           "address of a LiveKit server as clients reach it (wss://…): this server lets its people into calls there"},
      {.key = "rtc.livekit_key", .value = text(&S::livekit_key), .help = "API key of that LiveKit server"},
      {.key = "rtc.livekit_secret",
       .value = text(&S::livekit_secret),
       .help = "the secret that belongs to rtc.livekit_key",
       .secret = Secret::yes},
      {.key = "limits.max_delay_s",
       .environment = {"TROUPE_MAX_DELAY_S"},
       .value = number(&S::max_delay_s, {.least = 1, .most = 31'536'000, .unit = "seconds", .zero_too = true}),
       .help = "how far ahead clients may have events sent, 1 to 31536000 seconds; 0: nothing is sent later"}};
}

std::vector<host::Setting> search_rows() {
  return {{.key = "limits.searches_per_s",
           .environment = {"TROUPE_SEARCHES_PER_S"},
           .value = number(&SearchSettings::per_s, {.least = 1, .most = 1000, .unit = "searches"}),
           .help = "searches of messages that one account may make each second, 1 to 1000; ten times as many at once"}};
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
           .value = number(&S::to_device_days, {.least = 1, .most = 365, .unit = "days"}),
           .help = "messages that a device does not fetch, 1 to 365 days"},
          {.key = "keep.unused_device_days",
           .value = number(&S::unused_device_days, {.least = 30, .most = 3650, .unit = "days", .zero_too = true}),
           .help = "people's devices that nobody uses are signed out, 30 to 3650 days; 0: never"},
          {.key = "keep.orphaned_media_hours",
           .value = number(&S::orphaned_media_hours, {.least = 1, .most = 720, .unit = "hours"}),
           .help = "files that nothing speaks of any more, 1 to 720 hours"}};
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
       .value = flag(&S::profiles_need_token),
       .help = "on: names and avatars are shown to signed-in clients only, so that nobody else learns who exists"},
      {.key = "user_directory.search_all_users",
       .environment = {"TROUPE_SEARCH_ALL_USERS"},
       .value = flag(&S::search_all_users),
       .help = "on: the user directory finds everybody here, not only whom one shares a room with or meets in a public "
               "one"},
      {.key = "rooms.default_version",
       .environment = {"TROUPE_DEFAULT_ROOM_VERSION"},
       .value = room_version(),
       .help = "version of rooms whose creator names none, 1 to 12"},
      {.key = "presence", .value = flag(&S::presence), .help = "off: nobody's presence is kept or sent"},
      {.key = "presence.enabled",
       .value = flag(&S::presence),
       .help = "the same, under the name that Synapse has for it"}};
  add(rows, registration_rows());
  add(rows, mail_rows());
  add(rows, push_rows());
  add(rows, login_rows());
  add(rows, notice_rows());
  add(rows, sso_rows());
  add(rows, oauth_rows());
  add(rows, appservice_rows());
  add(rows, turn_rows());
  add(rows, rtc_rows());
  add(rows, support_rows());
  add(rows, keep_rows());
  add(rows, search_rows());
  add(rows, media_rows());
  add(rows, preview_rows());
  add(rows, s3_rows());
  return rows;
}

namespace {

void review_mail(const host::Settings& settings, host::Review& review) {
  const auto& mail = settings.of<MailSettings>();
  const auto say = [&review](bool fatal, std::string where, std::string message) {
    review.problems.push_back({.fatal = fatal, .where = std::move(where), .message = std::move(message)});
  };
  if (!mail.enabled()) {
    if (settings.of<RegistrationSettings>().require_email)
      say(true, "registration", "registration.require_email is on, so smtp.host must be set");
    if (mail.missed_messages)
      say(false, "mail", "mail.missed_messages is on, but smtp.host is not set: no mail is sent");
    return;
  }
  if (mail.missed_messages && settings.public_base_url.empty())
    say(false, "mail",
        "mail.missed_messages is on, but such mails have a link: none are sent without server.public_base_url");
  if (mail.from.empty()) say(true, "smtp", "smtp.host is set, so smtp.from must be set");
  if (mail.user.empty() != mail.password.empty()) say(true, "smtp", "set smtp.user and smtp.password, or neither");
  if (mail.tls == MailTls::none && !mail.user.empty() && !is_this_machine(mail.host))
    say(false, "smtp", "smtp.tls is none: the relay's password and all links in mails go over the network unencrypted");
  if (settings.public_base_url.empty())
    say(false, "smtp", "links in mails begin with server.public_base_url: set it, or no mail with a link is sent");
}

void review_calls(const host::Settings& settings, host::Review& review) {
  const auto& set = settings.of<RtcSettings>();
  const auto address = boost::urls::parse_uri(set.livekit_service_url);
  const bool is_web = address && (address->scheme() == "https" || address->scheme() == "http") &&
                      !address->host().empty() && !address->has_userinfo();
  if (!set.livekit_service_url.empty() && !is_web) {
    review.problems.push_back({.fatal = true,
                               .where = "rtc.livekit_service_url",
                               .message = "rtc.livekit_service_url must be a web address (https://…)"});
  }
  const bool all = set.lets_in() && !set.livekit_key.empty() && !set.livekit_secret.empty();
  if (!all && (set.lets_in() || !set.livekit_key.empty() || !set.livekit_secret.empty())) {
    review.problems.push_back({.fatal = true,
                               .where = "rtc",
                               .message = "set rtc.livekit_url, rtc.livekit_key and rtc.livekit_secret, or none"});
  }
  if (set.lets_in() && set.livekit_service_url.empty() && settings.public_base_url.empty()) {
    review.problems.push_back(
        {.fatal = false,
         .where = "rtc.address",
         .message = "rtc.livekit_url is set, but not server.public_base_url: meeting bots tell the others of a call "
                    "an address of this machine only, and who is elsewhere cannot come in"});
  }
}

}  // namespace

void review_settings(const host::Settings& settings, host::Review& review) {
  const auto& registration = settings.of<RegistrationSettings>();
  if (registration.mode == Registration::token && registration.token.empty()) {
    review.at_start.emplace_back(
        "note: people register with tokens: make them in the console (Server, Registration), or set "
        "registration.token to one that is good for everybody");
  }
  review_calls(settings, review);
  review_mail(settings, review);
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
  if (registration.guests)
    review.at_start.emplace_back("note: anybody may come as a guest, without an account (TROUPE_REGISTRATION_GUESTS)");
  if (registration.mode == Registration::open) {
    review.exposures.emplace_back(
        "and registration is open to everybody: set TROUPE_REGISTRATION=token and a TROUPE_REGISTRATION_TOKEN");
    review.at_start.emplace_back("WARNING: anybody who reaches the Matrix address can register an account");
  }
}

bool sends_missed_mails(const host::Settings& settings) {
  const auto& mail = settings.of<MailSettings>();
  return mail.enabled() && mail.missed_messages && !settings.public_base_url.empty();
}

bool is_this_machine(std::string_view host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

std::filesystem::path media_folder(const host::Settings& settings) {
  const auto& dir = settings.of<MediaSettings>().dir;
  return dir.empty() ? settings.data_dir / "media" : dir;
}

}  // namespace troupe::homeserver
