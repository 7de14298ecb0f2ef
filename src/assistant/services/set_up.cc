#include "assistant/services/set_up.h"

#include <fmt/format.h>

#include "assistant/calls/caller.h"
#include "assistant/own/own_client.h"
#include "assistant/services/grants.h"
#include "assistant/services/media_files.h"
#include "assistant/services/pack_services.h"
#include "assistant/services/pack_tester.h"
#include "base/on_pool.h"

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

/// Of the platform listener as this machine reaches it.
std::string own_address(const host::Settings& settings) {
  auto endpoint = settings.listen_platform;
  for (std::string_view everywhere : {"0.0.0.0:", "[::]:"}) {
    if (endpoint.starts_with(everywhere)) endpoint.replace(0, everywhere.size(), "127.0.0.1:");
  }
  return (settings.tls_certificate.empty() ? "http://" : "https://") + endpoint;
}

own::OwnClient& set_up_own(host::Context& c) {
  const bool is_here = c.routes().listener(host::kMatrixListener) != nullptr;
  auto& client = c.make<own::OwnClient>(
      own::OwnClient::Uses{.router = c.routes(),
                           .keys = c.get<identity::ActingKeys>(),
                           .principals = c.get<identity::Principals>(),
                           .accounts = c.get<matrix::Accounts>(),
                           .clock = c.clock(),
                           .outside = c.http(),
                           .matrix_listener = is_here ? std::string(host::kMatrixListener) : std::string()});
  c.every({.name = "assistant.own", .every = kSweepEvery, .run = [&client] { return client.sweep(); }});
  c.offer(client);
  return client;
}

calls::Caller& set_up_caller(host::Context& c, own::OwnClient& client) {
  auto& grants = c.make<StoredGrants>(StoredGrants::Uses{
      .db = c.db(), .sealing_key = c.sealing_key(), .secrets = c.get<tasks::Secrets>(), .clock = c.clock()});
  auto* media = c.find<matrix::MediaRepository>();
  calls::Files& files =
      media ? static_cast<calls::Files&>(c.make<MediaFiles>(*media)) : static_cast<calls::Files&>(c.make<NoFiles>());
  c.offer(files);
  auto& limits = c.make<calls::Limits>(c.clock(), calls::real_pause());
  auto& tokens = c.make<calls::Tokens>(c.http(), c.clock(), grants, calls::real_pause());
  return c.make<calls::Caller>(client, limits, tokens, files, c.clock());
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
      if (!found.empty() && !found.contains(name) && name != "client_secret")
        return host::warning(fmt::format("{} has only a part of its credential", known.service),
                             "set " + packs::environment_name(known.service, name));
    }
    if (!found.empty()) ++whole;
  }
  return host::ok(fmt::format("{} services have keys in the configuration", whole));
}

}  // namespace

void set_up_services(host::Context& c) {
  auto& services = c.make<PackServices>(PackServices::Uses{.db = c.db(),
                                                           .clock = c.clock(),
                                                           .stocker = {.sealing_key = c.sealing_key(),
                                                                       .secrets = c.get<tasks::Secrets>(),
                                                                       .settings = c.settings().of<ServiceSettings>(),
                                                                       .environment = process_environment(),
                                                                       .data_dir = c.settings().data_dir,
                                                                       .own_address = own_address(c.settings())}});
  auto& own = set_up_own(c);
  auto& caller = set_up_caller(c, own);
  auto& tester = c.make<PackTester>(caller, c.get<tasks::Journal>(), c.get<tasks::Secrets>(), &own);
  c.every({.name = "assistant.packs", .every = kLookEvery, .run = [&services, &files = c.files()]() -> Task<Unit> {
             auto look = [&services]() -> Result<Unit> {
               services.look();
               return Unit{};
             };
             co_return co_await base::on_pool(files, std::move(look));
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
