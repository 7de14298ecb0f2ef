#include "assistant/services/set_up.h"

#include <fmt/format.h>

#include "assistant/calls/caller.h"
#include "assistant/mcp_client/hub.h"
#include "assistant/own/own_client.h"
#include "assistant/services/file_links.h"
#include "assistant/services/grants.h"
#include "assistant/services/media_files.h"
#include "assistant/services/pack_services.h"
#include "assistant/services/pack_tester.h"
#include "base/on_pool.h"
#include "fleet/settings.h"
#include "host/address_here.h"
#include "host/lease.h"

namespace troupe::assistant::services {
namespace {

constexpr std::chrono::seconds kLookEvery{5};
constexpr std::chrono::minutes kSweepEvery{1};

/// Of a server without a media repository.
class NoFiles final : public calls::Files {
 public:
  bool is_reference(std::string_view text) const override { return text.starts_with("mxc://"); }
  Task<calls::Blob> read(std::string /*person*/, std::string /*reference*/, std::size_t /*most_bytes*/) override {
    co_return Error(Errc::not_found, "There is no such file.");
  }
};

own::OwnClient& set_up_own(host::Context& c) {
  const bool is_here = c.routes().listener(host::kMatrixListener) != nullptr;
  auto& client = c.make<own::OwnClient>(
      own::OwnClient::Uses{.router = c.routes(),
                           .keys = c.get<identity::ActingKeys>(),
                           .principals = c.get<identity::Principals>(),
                           .api_keys = c.get<identity::ApiKeys>(),
                           .accounts = c.get<matrix::Accounts>(),
                           .clock = c.clock(),
                           .outside = c.http(),
                           .matrix_listener = is_here ? std::string(host::kMatrixListener) : std::string()});
  c.every({.name = "assistant.own", .every = kSweepEvery, .run = [&client] { return client.sweep(); }});
  c.offer(client);
  return client;
}

mcp_client::Hub& set_up_hub(host::Context& c) {
  auto& hub = c.make<mcp_client::Hub>(mcp_client::Means{.http = c.http(),
                                                        .programs = c.find<runtime::sandbox::Programs>(),
                                                        .folders = c.settings().data_dir / "mcp",
                                                        .version = c.settings().version,
                                                        .path = process_environment()("PATH").value_or("")});
  c.on_stop([&hub] { return hub.stop(); });
  return hub;
}

calls::Files& set_up_media(host::Context& c, matrix::MediaRepository& media) {
  const auto& settings = c.settings();
  auto& links = c.make<FileLinks>(FileLinks::Uses{.public_base = settings.public_base_url,
                                                  .local_base = host::address_here(settings, settings.listen_matrix),
                                                  .key = c.sealing_key(),
                                                  .clock = c.clock()});
  auto& files = c.make<MediaFiles>(media, links);
  c.offer(files);
  return files;
}

calls::Caller& set_up_caller(host::Context& c, own::OwnClient& client, mcp_client::Hub& hub) {
  const auto* leases = c.find<host::Leases>();
  const bool alone = leases == nullptr || !c.db().shared();
  auto& grants = c.make<StoredGrants>(StoredGrants::Uses{.db = c.db(),
                                                         .sealing_key = c.sealing_key(),
                                                         .secrets = c.get<tasks::Secrets>(),
                                                         .clock = c.clock(),
                                                         .holder = alone ? std::string() : leases->holder()});
  auto* media = c.find<matrix::MediaRepository>();
  auto& files = media ? set_up_media(c, *media) : static_cast<calls::Files&>(c.make<NoFiles>());
  c.offer(files);
  auto& limits = c.make<calls::Limits>(c.clock(), calls::real_pause());
  auto& tokens = c.make<calls::Tokens>(c.http(), c.clock(), grants, calls::real_pause());
  calls::CallOptions options;
  options.tools = &hub;
  return c.make<calls::Caller>(client, limits, tokens, files, c.clock(), std::move(options));
}

/// Connections to servers that nobody uses any more, programs above all, are ended.
Task<Unit> sweep_servers(PackServices& services, mcp_client::Hub& hub) {
  std::set<std::string> in_use;
  for (const auto& each : services.mcp_services()) in_use.insert(mcp_client::Hub::key_of(each));
  co_return co_await hub.sweep(std::move(in_use));
}

host::Finding examine_packs(const host::Examination& e) {
  std::size_t added = 0;
  for (const auto& service : packs::AddedPacks(e.settings.data_dir).services()) {
    const auto known = packs::known_pack(e.settings.data_dir, service);
    if (!known) continue;
    ++added;
    if (!known->checked.pack)
      return host::trouble(
          fmt::format("the pack {} has errors and is not used", service),
          fmt::format("run troupe pack check {}", packs::AddedPacks(e.settings.data_dir).folder_of(service).string()));
  }
  return host::ok(fmt::format("{} packs were added, and all can be used", added));
}

/// A half of a credential is a mistake; none is a service that is not used, or whose keys a tenant stored.
host::Finding examine_keys(const host::Examination& e) {
  const ServerKeys keys(e.settings.of<ServiceSettings>(), process_environment());
  std::size_t whole = 0;
  for (const auto& known : packs::known_packs(e.settings.data_dir)) {
    if (!known.checked.pack) continue;
    const auto& config = known.checked.pack->config;
    const auto found = keys.secrets(config);
    for (const auto& name : config.auth.secrets()) {
      const bool signed_in_later = name == kSignIn && !config.auth.authorize_url.empty();
      if (!found.empty() && !found.contains(name) && name != "client_secret" && !signed_in_later)
        return host::warning(fmt::format("{} has only a part of its credential", known.service),
                             "set " + packs::environment_name(known.service, name));
    }
    if (!found.empty()) ++whole;
  }
  return host::ok(fmt::format("{} services have keys in the configuration", whole));
}

}  // namespace

std::string own_address(const host::Settings& settings) {
  return host::address_here(settings, settings.listen_platform);
}

void set_up_services(host::Context& c) {
  auto& own = set_up_own(c);
  auto& hub = set_up_hub(c);
  auto& caller = set_up_caller(c, own, hub);
  auto list_tools = [&caller](calls::Service service, std::chrono::milliseconds patience) {
    return caller.list_tools(std::move(service), patience);
  };
  auto& services = c.make<PackServices>(
      PackServices::Uses{.db = c.db(),
                         .clock = c.clock(),
                         .stocker = {.sealing_key = c.sealing_key(),
                                     .secrets = c.get<tasks::Secrets>(),
                                     .settings = c.settings().of<ServiceSettings>(),
                                     .environment = process_environment(),
                                     .data_dir = c.settings().data_dir,
                                     .own_address = own_address(c.settings())},
                         .list_tools = std::move(list_tools),
                         .allow_programs = c.settings().of<fleet::FleetSettings>().allow_programs});
  auto& tester = c.make<PackTester>(caller, c.get<tasks::Journal>(), c.get<tasks::Secrets>(), &own);
  c.every({.name = "assistant.packs", .every = kLookEvery, .run = [&services, &files = c.files()]() -> Task<Unit> {
             auto look = [&services]() -> Result<Unit> {
               services.look();
               return Unit{};
             };
             co_return co_await base::on_pool(files, std::move(look));
           }});
  c.every({.name = "assistant.servers", .every = kLookEvery, .run = [&services, &hub] {
             return sweep_servers(services, hub);
           }});
  c.every({.name = "assistant.tools", .every = kLookEvery, .run = [&services, &hub] {
             return services.look_at_tools(hub.take_changed());
           }});
  c.offer<Services>(services);
  c.offer(services);
  c.offer(tester);
  c.offer(caller);
}

std::vector<host::DoctorCheck> service_checks() {
  return {{.name = "packs", .run = examine_packs}, {.name = "service keys", .run = examine_keys}};
}

host::BackupStep backup_of_packs() {
  return host::backup_of_files("packs", "packs of services that were added",
                               [](const host::Settings& s) -> std::vector<std::filesystem::path> {
                                 return {s.data_dir / "packs", s.data_dir / "tenants"};
                               });
}

}  // namespace troupe::assistant::services
