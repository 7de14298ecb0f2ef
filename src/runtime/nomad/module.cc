#include "runtime/nomad/module.h"

#include "runtime/cluster/add_cluster.h"
#include "runtime/instance.h"
#include "runtime/nomad/nomad_cluster.h"
#include "runtime/nomad/settings.h"

namespace troupe::runtime::nomad {
namespace {

std::string without_slash(std::string address) {
  while (address.ends_with('/')) address.pop_back();
  return address;
}

Result<Unit> set_up_nomad(host::Context& context) {
  const auto& settings = context.settings().of<NomadSettings>();
  if (settings.address.empty()) return Unit{};
  TRY(auto instance, instance_of(context.settings().data_dir, settings.instance));
  std::shared_ptr<net::client::HttpClient> http;
  try {
    http = net::client::HttpClient::make({.ca_file = settings.ca_file});
  } catch (const std::invalid_argument& wrong) {
    return Error(Errc::invalid_param, std::string("nomad.ca_file: ") + wrong.what());
  }
  auto engine = std::make_shared<NomadCluster>(
      std::move(http),
      NomadCluster::Options{
          .address = without_slash(settings.address),
          .token = settings.token,
          .region = settings.region,
          .place = {.job = settings.job, .instance = std::move(instance), .name_space = settings.name_space}});
  cluster::add_cluster(context, std::move(engine), settings.start_s);
  return Unit{};
}

}  // namespace

host::Module nomad_module() {
  return {.name = "nomad", .setup = set_up_nomad, .settings = nomad_settings(), .review = review_nomad};
}

}  // namespace troupe::runtime::nomad
