// A homeserver's accounts on a temporary database, called through the router. Only tests include this.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include "homeserver/account_data/account_data_routes.h"
#include "homeserver/accounts/account_parts.h"
#include "homeserver/common/settings.h"
#include "homeserver/mail/mail_fixture.h"
#include "homeserver/migrations.gen.h"
#include "homeserver/server_info_routes.h"
#include "homeserver/sync/read_routes.h"
#include "host/listeners.h"
#include "matrix/json.h"
#include "net/route/rate_limit.h"
#include "store/migrations.h"
#include "store/test_database.h"

namespace troupe::homeserver::accounts {

/// What came back from a call.
struct Answer {
  int status = 0;
  net::http::Headers headers;
  std::string body;
  matrix::JsonObject json;

  std::string text(std::string_view key) const { return std::string(matrix::find_string(json, key).value_or("")); }
  std::string errcode() const { return text("errcode"); }
};

/// Notes what accounts tell.
struct HeardOfAccounts final : AccountObserver {
  Task<Unit> profile_changed(std::string user_id) override {
    profiles.push_back(std::move(user_id));
    co_return Unit{};
  }
  Task<Unit> deactivated(std::string user_id) override {
    if (rooms_are_busy) co_return Error(Errc::unavailable);
    left.push_back(std::move(user_id));
    co_return Unit{};
  }
  void signed_out(store::Tx&, std::string_view user_id) override { ended.emplace_back(user_id); }
  Result<Unit> device_removed(store::Tx&, std::string_view user_id, std::string_view device_id) override {
    removed.push_back(std::string(user_id) + " " + std::string(device_id));
    return Unit{};
  }

  std::vector<std::string> profiles;
  std::vector<std::string> left;
  bool rooms_are_busy = false;  ///< so that nobody leaves them
  std::vector<std::string> ended;
  std::vector<std::string> removed;  ///< "USER DEVICE"
};

class AccountFixture : public testing::Test {
 protected:
  AccountFixture() : AccountFixture(false) {}
  explicit AccountFixture(bool with_mail)
      : mail_(with_mail ? std::make_unique<mail::MailOfTests>(*db_, settings_, clock_, metrics_) : nullptr),
        router_(metrics_) {
    if (with_mail) mail::configure_mail(settings_);
    settings_.server_name = "example.org";
    settings_.edit<RegistrationSettings>().shared_secret = "sesame";
    settings_.data_dir = dir_.path();
    auto migrated = store::migrate(*db_, "homeserver", migrations());
    if (!migrated) throw std::runtime_error(migrated.error().message() + migrated.error().detail());
    offer_accounts(offers_, settings_);
    router_.add_listener(host::matrix_listener());
    router_.add_scheme(std::string(host::kMatrixScheme), *sessions_);
    net::route::RateLimits limits;
    limits.enabled = false;
    router_.set_rate_limits(limits);
    add_login_routes(router_, login_api_);
    add_login_token_routes(router_, login_token_api_);
    add_register_routes(router_, register_api_);
    add_shared_secret_routes(router_, shared_secret_api_);
    add_account_routes(router_, account_api_);
    if (mail_) {
      add_mail_routes(router_, *mail_api_);
      mail::add_mail_pages(router_, *mail_pages_);
    } else {
      add_third_party_routes(router_, account_api_);
    }
    add_device_routes(router_, device_api_);
    add_profile_routes(router_, profile_api_);
    add_moderation_routes(router_, accounts_);
    account_data::add_pusher_routes(router_, pusher_api_);
  }
  ~AccountFixture() override { cpu_.join(); }

  /// Runs the coroutine to its end on this thread.
  template <class T>
  T run(asio::awaitable<T> work) {
    std::optional<T> out;
    std::exception_ptr failed;
    context_.restart();
    asio::co_spawn(context_, std::move(work), [&](std::exception_ptr error, T value) {
      failed = error;
      if (!error) out.emplace(std::move(value));
    });
    context_.run();
    if (failed) std::rethrow_exception(failed);
    return *std::move(out);
  }

  /// One request through the router. `token` empty: none.
  Answer call(std::string method, std::string_view target, std::string body = {}, std::string_view token = {}) {
    freeze();
    net::http::Request request;
    request.method = std::move(method);
    EXPECT_TRUE(request.set_target(target).has_value()) << target;
    request.body = std::move(body);
    request.remote_address = address_;
    request.headers.add("Host", "matrix.example.org");
    request.headers.add("User-Agent", "test/1.0");
    if (!content_type_.empty()) request.headers.add("Content-Type", content_type_);
    if (!token.empty()) request.headers.add("Authorization", "Bearer " + std::string(token));
    auto response = run(router_.dispatch(host::kMatrixListener, request));
    Answer answer{.status = response.status, .headers = response.headers, .body = response.body, .json = {}};
    if (response.shared_body) answer.body = *response.shared_body;
    boost::system::error_code ignored;
    auto parsed = boost::json::parse(answer.body, ignored);
    if (auto* object = parsed.if_object()) answer.json = std::move(*object);
    return answer;
  }

  void freeze() {
    if (std::exchange(frozen_, true)) return;
    add_server_info_routes(router_, info_api_);
    router_.freeze();
  }

  /// An account with a password, made directly.
  void make_account(std::string localpart, std::string password = "secret", bool admin = false) {
    matrix::NewAccount account;
    account.localpart = std::move(localpart);
    account.password = std::move(password);
    account.admin = admin;
    auto made = run(accounts_.create(std::move(account)));
    ASSERT_TRUE(made.has_value()) << made.error().message();
  }

  Answer login(std::string_view user, std::string_view password = "secret", matrix::JsonObject more = {}) {
    more["type"] = "m.login.password";
    more["identifier"] = {{"type", "m.id.user"}, {"user", user}};
    more["password"] = password;
    return call("POST", "/_matrix/client/v3/login", boost::json::serialize(more));
  }
  /// Makes the account and signs it in; yields the access token.
  std::string signed_in(std::string localpart, std::string device_id = "DEV1") {
    make_account(localpart);
    return login(localpart, "secret", {{"device_id", device_id}}).text("access_token");
  }

  store::TempDir dir_;
  base::MetricRegistry metrics_;
  base::ManualClock clock_;
  host::Settings settings_;
  std::unique_ptr<store::Database> db_ = store::open_database(dir_, metrics_);
  asio::io_context context_;
  asio::thread_pool cpu_{2};
  std::unique_ptr<bus::Bus> bus_ = bus::make_local_bus();
  std::unique_ptr<Sessions> sessions_ = make_sessions(*db_, clock_, metrics_, settings_);
  PasswordPool passwords_{cpu_};
  HeardOfAccounts heard_;
  AccountService accounts_{{*db_, *sessions_, passwords_, *bus_, settings_, clock_, heard_, clock_}};
  DeviceService devices_{{*db_, *sessions_, clock_, heard_, settings_, clock_}};
  RegistrationRules registration_{*db_, settings_, clock_};
  std::unique_ptr<mail::MailOfTests> mail_;  ///< nullptr: the server sends no mail
  mail::Proofs* proofs_ = mail_ ? &mail_->proofs : nullptr;
  Uia uia_{accounts_, registration_, clock_, proofs_};
  LoginTokens login_tokens_{*db_, settings_, clock_};
  OpenIdTokens openid_{*db_, clock_};
  ProfileService profiles_{*db_, heard_};
  Nonces nonces_{clock_};
  Offers offers_;
  ServerInfoApi info_api_{settings_, clock_, offers_};
  LoginApi login_api_{accounts_, devices_, login_tokens_, settings_, offers_};
  LoginTokenApi login_token_api_{login_tokens_, uia_};
  Guests guests_{{*db_, accounts_, settings_, clock_, clock_}};
  RegisterApi register_api_{accounts_, devices_, registration_, uia_, guests_, settings_, proofs_};
  SharedSecretApi shared_secret_api_{accounts_, devices_, nonces_, settings_};
  AccountApi account_api_{accounts_, uia_, openid_, settings_, proofs_};
  std::unique_ptr<MailApi> mail_api_ =
      mail_ ? std::make_unique<MailApi>(MailApi{accounts_, registration_, uia_, *proofs_}) : nullptr;
  std::unique_ptr<mail::MailPageApi> mail_pages_ =
      mail_ ? std::make_unique<mail::MailPageApi>(mail::MailPageApi{*proofs_, settings_}) : nullptr;
  DeviceApi device_api_{devices_, uia_};
  ProfileApi profile_api_{profiles_, *db_, settings_};
  account_data::PusherApi pusher_api_{*db_, clock_, settings_};
  net::route::Router router_;
  bool frozen_ = false;
  std::string address_ = "192.0.2.7";  ///< where requests come from
  std::string content_type_;           ///< of their bodies; empty: not said
};

}  // namespace troupe::homeserver::accounts
