#include "runtime/kubernetes/settings.h"

#include "runtime/instance.h"

namespace troupe::runtime::kubernetes {
namespace {

std::optional<std::string> wrong_label(const std::string& text) {
  if (text.empty() || is_instance(text)) return std::nullopt;
  return "must be up to 32 of a-z, 0-9 and -";
}

std::optional<std::string> wrong_namespace(const std::string& text) {
  constexpr std::size_t kLongest = 63;
  if (text.empty() || (text.size() <= kLongest && text.front() != '-' && text.back() != '-' &&
                       text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos)) {
    return std::nullopt;
  }
  return "must be a namespace's name";
}

}  // namespace

std::vector<host::Setting> kubernetes_settings() {
  return {
      {.key = "kubernetes.in_cluster",
       .value = host::flag(&KubernetesSettings::in_cluster),
       .help = "on: Troupe runs in a pod, and tasks in the same cluster, by the pod's service account"},
      {.key = "kubernetes.kubeconfig",
       .value = host::text(&KubernetesSettings::kubeconfig),
       .help = "the file with the API server and the credentials; its current context counts"},
      {.key = "kubernetes.namespace",
       .value = host::text(&KubernetesSettings::name_space, "a namespace's name", &wrong_namespace),
       .help = "where tasks run; empty: the context's or the service account's, else default"},
      {.key = "kubernetes.instance",
       .value = host::text(&KubernetesSettings::instance, "up to 32 of a-z, 0-9 and -", &wrong_label),
       .help = "whose tasks they are, where several installations share a namespace; empty: the id in the data folder"},
      {.key = "kubernetes.start_s",
       .value = host::number(&KubernetesSettings::start_s, {.least = 5, .most = 3'600, .unit = "seconds"}),
       .help = "from the order to the running task, pulling of its image included"},
  };
}

void review_kubernetes(const host::Settings& settings, host::Review& review) {
  const auto& kubernetes = settings.of<KubernetesSettings>();
  if (!kubernetes.in_cluster || kubernetes.kubeconfig.empty()) return;
  review.problems.push_back({.fatal = true,
                             .where = "kubernetes.in_cluster",
                             .message = "is on, and kubernetes.kubeconfig names another way; one of them must go"});
}

}  // namespace troupe::runtime::kubernetes
