// The suite of the port on its twins: the one in memory that tests stand on; the embedded one; the remote one against
// Troupe's own Matrix listener; the remote one against a real Synapse, with accounts of their own and as an application
// service (when TROUPE_TEST_SYNAPSE_URL names one: scripts/test --with-synapse).

// modules: homeserver remote kit
#include <cstdlib>

#include "contract/homeserver_suite.h"
#include "homeserver/common/settings.h"
#include "homeserver/module.h"
#include "kit/fake_homeserver/fake_homeserver.h"
#include "remote/module.h"
#include "remote/settings.h"

namespace troupe::contract {
namespace {

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// PUT /presence/{userId}/status on the homeserver at `url`, as the account itself.
std::function<void(const std::string&, std::string)> by_presence_status(Twin& twin, std::string url) {
  return [&twin, url = std::move(url)](const std::string& user_id, std::string status) {
    auto token = twin.program().run(twin.accounts().issue_token(user_id, "PHONE")).value();
    net::client::ClientRequest request(net::client::Trust::configured);
    request.method = "PUT";
    request.url = url + "/_matrix/client/v3/presence/" + base::percent_encode(user_id) + "/status";
    request.headers.add("Authorization", "Bearer " + token.access_token);
    request.headers.add("Content-Type", "application/json");
    request.body =
        boost::json::serialize(matrix::JsonObject{{"presence", "online"}, {"status_msg", std::move(status)}});
    const auto answer = twin.program().run(twin.program().web->send(std::move(request)));
    ASSERT_TRUE(answer) << answer.error().message();
    ASSERT_EQ(answer->status, 200) << answer->body;
  };
}

host::Module fake_module() {
  return {.name = "fake", .migrations = {}, .setup = [](host::Context& context) -> Result<Unit> {
            auto& fake = context.make<kit::FakeHomeserver>(context.bus(), context.clock());
            matrix::offer_roles(context, fake);
            context.offer(fake);
            return Unit{};
          }};
}

std::unique_ptr<Twin> fake() {
  auto twin = std::make_unique<Twin>();
  twin->server = std::make_unique<SmallProgram>(host::Settings{}, fake_module());
  twin->come_online = [&twin = *twin](const std::string& user_id, std::string status) {
    twin.role<kit::FakeHomeserver>().set_presence(
        {.user_id = user_id, .presence = "online", .status_msg = std::move(status)});
  };
  return twin;
}

std::unique_ptr<Twin> embedded() {
  auto twin = std::make_unique<Twin>();
  twin->server = std::make_unique<SmallProgram>(host::Settings{}, homeserver::homeserver_module());
  twin->server->start();
  twin->come_online = by_presence_status(*twin, twin->server->listen());
  return twin;
}

std::unique_ptr<Twin> over_http() {
  auto twin = std::make_unique<Twin>();
  host::Settings serving;
  serving.edit<homeserver::RegistrationSettings>().shared_secret = "a shared secret";
  twin->server = std::make_unique<SmallProgram>(std::move(serving), homeserver::homeserver_module());
  twin->server->start();
  host::Settings calling;
  calling.edit<remote::RemoteSettings>().url = twin->server->listen();
  calling.edit<remote::RemoteSettings>().registration_secret = "a shared secret";
  twin->client = std::make_unique<SmallProgram>(std::move(calling), remote::remote_module());
  twin->client->start();
  twin->admin_api = false;
  return twin;
}

host::Settings synapse_settings() {
  host::Settings calling;
  calling.edit<remote::RemoteSettings>().url = from_environment("TROUPE_TEST_SYNAPSE_URL");
  calling.server_name = from_environment("TROUPE_TEST_SYNAPSE_NAME");
  calling.edit<remote::RemoteSettings>().registration_secret = from_environment("TROUPE_TEST_SYNAPSE_SECRET");
  return calling;
}

std::unique_ptr<Twin> synapse() {
  auto calling = synapse_settings();
  if (calling.of<remote::RemoteSettings>().url.empty()) return nullptr;
  auto twin = std::make_unique<Twin>();
  twin->come_online = by_presence_status(*twin, calling.of<remote::RemoteSettings>().url);
  twin->client = std::make_unique<SmallProgram>(std::move(calling), remote::remote_module());
  twin->client->start();
  return twin;
}

std::unique_ptr<Twin> synapse_appservice() {
  auto calling = synapse_settings();
  const auto listener = from_environment("TROUPE_TEST_SYNAPSE_LISTENER");
  if (calling.of<remote::RemoteSettings>().url.empty() || listener.empty()) return nullptr;
  calling.edit<remote::RemoteSettings>().as_token = from_environment("TROUPE_TEST_SYNAPSE_AS_TOKEN");
  calling.edit<remote::RemoteSettings>().hs_token = from_environment("TROUPE_TEST_SYNAPSE_HS_TOKEN");
  auto twin = std::make_unique<Twin>();
  twin->come_online = by_presence_status(*twin, calling.of<remote::RemoteSettings>().url);
  twin->client = std::make_unique<SmallProgram>(std::move(calling), remote::remote_module());
  twin->client->listen(static_cast<std::uint16_t>(std::stoi(listener)));
  twin->client->start();
  return twin;
}

INSTANTIATE_TEST_SUITE_P(Twins, HomeserverContract,
                         ::testing::Values(std::pair{"fake", &fake}, std::pair{"embedded", &embedded},
                                           std::pair{"over_http", &over_http}, std::pair{"synapse", &synapse},
                                           std::pair{"synapse_appservice", &synapse_appservice}),
                         [](const auto& info) { return std::string(info.param.first); });

}  // namespace
}  // namespace troupe::contract
