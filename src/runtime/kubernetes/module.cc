#include "runtime/kubernetes/module.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/log.h"
#include "runtime/cluster/add_cluster.h"
#include "runtime/in_clear.h"
#include "runtime/instance.h"
#include "runtime/kubernetes/access.h"
#include "runtime/kubernetes/kube_cluster.h"
#include "runtime/kubernetes/settings.h"

namespace troupe::runtime::kubernetes {
namespace {

constexpr const char* kServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

Result<Access> find_access(const KubernetesSettings& settings) {
  if (settings.in_cluster) {
    return read_service_account(kServiceAccount, variable("KUBERNETES_SERVICE_HOST"),
                                variable("KUBERNETES_SERVICE_PORT"));
  }
  std::ifstream in(settings.kubeconfig);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return Error(Errc::unavailable, "kubernetes.kubeconfig: " + settings.kubeconfig + " cannot be read");
  auto access = read_kubeconfig(text.str(), std::filesystem::path(settings.kubeconfig).parent_path());
  if (!access) return Error(access.error().code(), "kubernetes.kubeconfig: " + access.error().message());
  return access;
}

Result<Unit> set_up_kubernetes(host::Context& context) {
  const auto& settings = context.settings().of<KubernetesSettings>();
  if (!settings.in_cluster && settings.kubeconfig.empty()) return Unit{};
  TRY(const auto access, find_access(settings));
  if (is_in_clear(access.server)) {
    base::log_warning(
        "runtime",
        "Kubernetes is spoken to without TLS: who hears it can read the token and the secrets of tasks; use https://",
        {{"server", access.server}});
  }
  TRY(auto instance, instance_of(context.settings().data_dir, settings.instance));
  TRY(auto options, client_options(access, context.settings().data_dir / "kubernetes"));
  auto name_space = settings.name_space.empty() ? access.name_space : settings.name_space;
  if (name_space.empty()) name_space = "default";
  std::shared_ptr<net::client::HttpClient> http;
  try {
    http = net::client::HttpClient::make(std::move(options));
  } catch (const std::invalid_argument& wrong) {
    return Error(Errc::invalid_param, std::string("kubernetes: ") + wrong.what());
  }
  auto engine = std::make_shared<KubernetesCluster>(std::move(http),
                                                    KubernetesCluster::Options{.server = access.server,
                                                                               .token = token_source(access),
                                                                               .name_space = std::move(name_space),
                                                                               .instance = std::move(instance)});
  cluster::add_cluster(context, std::move(engine), settings.start_s);
  return Unit{};
}

}  // namespace

host::Module kubernetes_module() {
  return {
      .name = "kubernetes", .setup = set_up_kubernetes, .settings = kubernetes_settings(), .review = review_kubernetes};
}

}  // namespace troupe::runtime::kubernetes
