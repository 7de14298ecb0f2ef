// A whole server for tests of keys, messages between devices, backups and push rules, called through the router: real
// accounts and devices, real rooms, real /sync. Only tests include this.
#pragma once
#include <sodium.h>

#include "base/encoding.h"
#include "homeserver/account_changes.h"
#include "homeserver/account_data/account_data_routes.h"
#include "homeserver/accounts/account_routes.h"
#include "homeserver/crypto/crypto_routes.h"
#include "homeserver/json_answer_fixture.h"
#include "homeserver/rooms/room_fixture.h"
#include "homeserver/rooms/room_routes.h"
#include "homeserver/sync/read_routes.h"
#include "host/listeners.h"
#include "net/route/rate_limit.h"

namespace troupe::homeserver::crypto {

/// An Ed25519 key pair that signs JSON.
class SigningKey {
 public:
  SigningKey() { crypto_sign_keypair(public_.data(), secret_.data()); }
  std::string public_key() const { return base::base64(public_); }
  /// Adds `signatures[user_id]["ed25519:<key_id>"]`.
  void sign(matrix::JsonObject& object, std::string_view user_id, std::string_view key_id) const {
    const auto message = signed_part(object);
    std::array<std::uint8_t, crypto_sign_BYTES> signature{};
    crypto_sign_detached(signature.data(), nullptr, base::as_bytes(message).data(), message.size(), secret_.data());
    auto& all = object["signatures"];
    if (!all.is_object()) all.emplace_object();
    auto& own = all.get_object()[user_id];
    if (!own.is_object()) own.emplace_object();
    own.get_object()["ed25519:" + std::string(key_id)] = base::base64(signature);
  }

 private:
  std::array<std::uint8_t, crypto_sign_PUBLICKEYBYTES> public_{};
  std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> secret_{};
};

/// Everything of a server above its rooms that these tests need.
struct CryptoServer {
  explicit CryptoServer(rooms::RoomServer& server)
      : rooms(server),
        cross_signing(*rooms.db, changes),
        to_device(*rooms.db, *rooms.users, rooms.settings, rooms.clock),
        backup(*rooms.db),
        account_data(*rooms.db, *rooms.rooms, *rooms.users),
        receipts(*rooms.db, *rooms.rooms, *rooms.users, account_data, rooms.clock),
        unread(receipts, account_data),
        typing(*rooms.db, *rooms.rooms, *rooms.users, *bus, rooms.io.get_executor()),
        filters(*rooms.db),
        sync(*rooms.db, *rooms.rooms, *rooms.users, filters,
             sync::SyncServices{receipts, unread, typing, account_data, presence_feed}, rooms.clock),
        router(rooms.metrics) {
    router.add_listener(host::matrix_listener());
    router.add_scheme(std::string(host::kMatrixScheme), *sessions);
    net::route::RateLimits limits;
    limits.enabled = false;
    router.set_rate_limits(limits);
    accounts::add_login_routes(router, login_api);
    accounts::add_device_routes(router, device_api);
    rooms::add_room_routes(router, room_api);
    rooms::add_membership_routes(router, room_api);
    sync::add_sync_routes(router, sync_api);
    account_data::add_account_data_routes(router, account_data);
    add_key_routes(router, key_api);
    add_to_device_routes(router, to_device);
    add_key_backup_routes(router, backup);
    account_data::add_push_rule_routes(router, account_data);
    router.freeze();
  }
  ~CryptoServer() { cpu.join(); }

  rooms::RoomServer& rooms;
  asio::thread_pool cpu{1};
  std::unique_ptr<bus::Bus> bus = bus::make_local_bus();
  std::unique_ptr<accounts::Sessions> sessions =
      accounts::make_sessions(*rooms.db, rooms.clock, rooms.metrics, rooms.settings);
  accounts::PasswordPool passwords{cpu};
  DeviceChanges changes{*rooms.rooms, *rooms.users};
  DeviceKeys keys{*rooms.db, *rooms.rooms, changes, rooms.settings};
  AccountChanges account_changes{*rooms.service, keys, nullptr, nullptr, nullptr};
  accounts::AccountService accounts{
      {*rooms.db, *sessions, passwords, *bus, rooms.settings, rooms.clock, account_changes, rooms.clock}};
  accounts::DeviceService devices{{*rooms.db, *sessions, rooms.clock, account_changes, rooms.settings, rooms.clock}};
  accounts::RegistrationRules registration{*rooms.db, rooms.settings, rooms.clock};
  accounts::Uia uia{accounts, registration, rooms.clock};
  accounts::DelegatedProof delegated{*rooms.db, rooms.clock};
  CrossSigning cross_signing;
  ToDevice to_device;
  KeyBackup backup;
  account_data::AccountData account_data;
  sync::Receipts receipts;
  sync::Unread unread;
  memory::Typing typing;
  sync::Filters filters;
  sync::Presence presence{*bus, rooms.clock, false};
  sync::PresenceFeed presence_feed{*rooms.db, *rooms.rooms, *rooms.users,
                                   presence,  rooms.clock,  rooms.io.get_executor()};
  sync::SyncService sync;
  Offers offers;
  accounts::LoginTokens login_tokens{*rooms.db, rooms.settings, rooms.clock};
  accounts::LoginApi login_api{accounts, devices, login_tokens, rooms.settings, offers};
  accounts::DeviceApi device_api{devices, uia};
  rooms::RoomApi room_api{*rooms.db, *rooms.service, rooms.settings, typing};
  sync::SyncApi sync_api{sync, filters, presence};
  KeyApi key_api{keys, cross_signing, uia, rooms.clock, delegated, rooms.settings};
  net::route::Router router;
};

using CryptoAnswer = JsonAnswer;

class CryptoTest : public rooms::RoomTest {
 protected:
  CryptoTest() { begin(); }
  ~CryptoTest() override { crypto.reset(); }

  void begin() { crypto = std::make_unique<CryptoServer>(*server); }
  void restart_all() {
    crypto.reset();
    restart();
    begin();
  }

  /// Makes the account (password "secret") when it is new, and signs in on the device.
  std::string sign_in(std::string_view name, std::string_view device = "PHONE") {
    if (!made_.contains(std::string(name))) {
      matrix::NewAccount account;
      account.localpart = name;
      account.password = "secret";
      const auto created = server->run(crypto->accounts.create(std::move(account)));
      EXPECT_TRUE(created) << created.error().message();
      made_.insert(std::string(name));
    }
    const matrix::JsonObject body{{"type", "m.login.password"},
                                  {"identifier", {{"type", "m.id.user"}, {"user", name}}},
                                  {"password", "secret"},
                                  {"device_id", device}};
    return call("", "POST", "/login", body).string_at("/access_token");
  }

  std::future<CryptoAnswer> start_call(std::string token, std::string method, std::string path, std::string body) {
    return boost::asio::co_spawn(server->io, ask(std::move(token), std::move(method), std::move(path), std::move(body)),
                                 boost::asio::use_future);
  }
  /// `path` starts after /_matrix/client/v3.
  CryptoAnswer call(const std::string& token, std::string method, std::string path, const matrix::Json& body = {}) {
    auto text = body.is_null() ? std::string() : boost::json::serialize(body);
    return start_call(token, std::move(method), std::move(path), std::move(text)).get();
  }
  CryptoAnswer get(const std::string& token, std::string path) { return call(token, "GET", std::move(path)); }
  CryptoAnswer post(const std::string& token, std::string path, const matrix::Json& body) {
    return call(token, "POST", std::move(path), body);
  }
  CryptoAnswer put(const std::string& token, std::string path, const matrix::Json& body) {
    return call(token, "PUT", std::move(path), body);
  }
  CryptoAnswer sync(const std::string& token, const std::string& since = {}) {
    return get(token, "/sync?timeout=0" + (since.empty() ? "" : "&since=" + since));
  }
  /// The next token after everything there is now.
  std::string now(const std::string& token) { return sync(token).string_at("/next_batch"); }

  /// Device keys as a client makes them, signed by `key`.
  static matrix::JsonObject device_keys(std::string_view name, std::string_view device, const SigningKey& key) {
    const std::string id(device);
    matrix::JsonObject keys{{"user_id", user(name)},
                            {"device_id", device},
                            {"algorithms", {"m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"}},
                            {"keys", {{"curve25519:" + id, "curve of " + id}, {"ed25519:" + id, key.public_key()}}}};
    key.sign(keys, user(name), device);
    return keys;
  }
  static matrix::JsonObject one_time_keys(std::initializer_list<std::string_view> ids) {
    matrix::JsonObject keys;
    for (auto id : ids) {
      keys["signed_curve25519:" + std::string(id)] = {{"key", "value of " + std::string(id)}};
    }
    return keys;
  }
  static matrix::JsonObject cross_signing_key(std::string_view name, std::string_view usage, const SigningKey& key) {
    return {{"user_id", user(name)}, {"usage", {usage}}, {"keys", {{"ed25519:" + key.public_key(), key.public_key()}}}};
  }
  /// A room with these members.
  std::string room_of(std::string_view creator, std::initializer_list<std::string_view> others) {
    const auto room_id = public_room(creator);
    for (auto other : others) EXPECT_TRUE(join(other, room_id));
    return room_id;
  }
  static bool lists(const matrix::Json& array, std::string_view text) {
    if (!array.is_array()) return false;
    return std::ranges::any_of(array.get_array(), [text](const auto& item) {
      return item.is_string() && matrix::view(item.get_string()) == text;
    });
  }

  std::unique_ptr<CryptoServer> crypto;

 private:
  asio::awaitable<CryptoAnswer> ask(std::string token, std::string method, std::string path, std::string body) {
    net::http::Request request;
    request.method = std::move(method);
    const auto target = "/_matrix/client/v3" + path;
    EXPECT_TRUE(request.set_target(target).has_value()) << target;
    request.body = std::move(body);
    request.remote_address = "192.0.2.7";
    if (!token.empty()) request.headers.add("Authorization", "Bearer " + token);
    const auto response = co_await crypto->router.dispatch(host::kMatrixListener, request);
    CryptoAnswer answer{response.status, response.shared_body ? *response.shared_body : response.body, {}};
    boost::system::error_code broken;
    answer.json = boost::json::parse(answer.text, broken);
    EXPECT_FALSE(broken) << answer.text;
    co_return answer;
  }

  std::set<std::string> made_;
};

}  // namespace troupe::homeserver::crypto
