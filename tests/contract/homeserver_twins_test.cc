// The suite of matrix::Homeserver on its twins: the embedded one; the remote one against Troupe's own Matrix listener;
// the remote one against a real Synapse, with accounts of their own and as an application service (when
// TROUPE_TEST_SYNAPSE_URL names one: scripts/test --with-synapse).

// modules: homeserver remote
#include <cstdlib>

#include "contract/homeserver_suite.h"
#include "homeserver/module.h"
#include "remote/module.h"

namespace troupe::contract {
namespace {

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::unique_ptr<Twin> embedded() {
  auto twin = std::make_unique<Twin>();
  twin->server = std::make_unique<SmallProgram>(host::Settings{}, homeserver::homeserver_module());
  twin->server->start();
  return twin;
}

std::unique_ptr<Twin> over_http() {
  auto twin = std::make_unique<Twin>();
  host::Settings serving;
  serving.registration_shared_secret = "a shared secret";
  twin->server = std::make_unique<SmallProgram>(std::move(serving), homeserver::homeserver_module());
  twin->server->start();
  host::Settings calling;
  calling.remote.url = twin->server->listen();
  calling.remote.registration_secret = "a shared secret";
  twin->client = std::make_unique<SmallProgram>(std::move(calling), remote::remote_module());
  twin->client->start();
  twin->admin_api = false;
  return twin;
}

host::Settings synapse_settings() {
  host::Settings calling;
  calling.remote.url = from_environment("TROUPE_TEST_SYNAPSE_URL");
  calling.server_name = from_environment("TROUPE_TEST_SYNAPSE_NAME");
  calling.remote.registration_secret = from_environment("TROUPE_TEST_SYNAPSE_SECRET");
  return calling;
}

std::unique_ptr<Twin> synapse() {
  auto calling = synapse_settings();
  if (calling.remote.url.empty()) return nullptr;
  auto twin = std::make_unique<Twin>();
  twin->client = std::make_unique<SmallProgram>(std::move(calling), remote::remote_module());
  twin->client->start();
  return twin;
}

std::unique_ptr<Twin> synapse_appservice() {
  auto calling = synapse_settings();
  const auto listener = from_environment("TROUPE_TEST_SYNAPSE_LISTENER");
  if (calling.remote.url.empty() || listener.empty()) return nullptr;
  calling.remote.as_token = from_environment("TROUPE_TEST_SYNAPSE_AS_TOKEN");
  calling.remote.hs_token = from_environment("TROUPE_TEST_SYNAPSE_HS_TOKEN");
  auto twin = std::make_unique<Twin>();
  twin->client = std::make_unique<SmallProgram>(std::move(calling), remote::remote_module());
  twin->client->listen(static_cast<std::uint16_t>(std::stoi(listener)));
  twin->client->start();
  return twin;
}

INSTANTIATE_TEST_SUITE_P(Twins, HomeserverContract,
                         ::testing::Values(std::pair{"embedded", &embedded}, std::pair{"over_http", &over_http},
                                           std::pair{"synapse", &synapse},
                                           std::pair{"synapse_appservice", &synapse_appservice}),
                         [](const auto& info) { return std::string(info.param.first); });

}  // namespace
}  // namespace troupe::contract
