#include "runtime/kubernetes/kube_job.h"

#include <boost/json/array.hpp>

#include "base/crypto.h"

namespace troupe::runtime::kubernetes {
namespace {

using boost::json::array;
using boost::json::object;

constexpr std::size_t kMostSecretBytes = 900 * 1024;  // a Secret is at most 1 MiB, base64 not counted
constexpr std::size_t kNameCharacters = 24;
constexpr std::size_t kRunCharacters = 10;
constexpr int kKeptAfterEnd = 24 * 60 * 60;
constexpr int kStandardGrace = 30;
constexpr int kOwnerReads = 0400;
constexpr const char* kSecretsFolder = "/var/run/troupe/secrets";
constexpr std::string_view kSchemaOfKubernetes =
    R"({"type":"object","additionalProperties":false,"required":["image"],"properties":{
"image":{"type":"string","minLength":1,"maxLength":500,"description":"The container image."},
"image_pull_policy":{"type":"string","enum":["Always","IfNotPresent","Never"]},
"image_pull_secrets":{"type":"array","maxItems":8,"items":{"type":"string","minLength":1,"maxLength":253}},
"cpu":{"type":"string","maxLength":20,"description":"Requested, such as 500m or 2."},
"memory":{"type":"string","maxLength":20,"description":"Requested and the limit, such as 2Gi."},
"shm_mib":{"type":"integer","minimum":1,"maximum":65536,"description":"Shared memory; browsers need it."},
"service_account":{"type":"string","maxLength":253},
"run_as_user":{"type":"integer","minimum":1,"maximum":2147483647,"description":"Secrets become readable to its group."},
"node_selector":{"type":"object","additionalProperties":{"type":"string","maxLength":63}},
"tolerations":{"type":"array","maxItems":32,"items":{"type":"object","additionalProperties":false,"properties":{
"key":{"type":"string","maxLength":316},"operator":{"type":"string","enum":["Exists","Equal"]},
"value":{"type":"string","maxLength":63},"effect":{"type":"string","enum":["NoSchedule","PreferNoSchedule","NoExecute"]},
"tolerationSeconds":{"type":"integer","minimum":0,"maximum":86400}}}},
"active_deadline_s":{"type":"integer","minimum":1,"maximum":8640000,"description":"Kubernetes ends it then."}}})";

/// $(NAME) would be replaced in arguments and values.
std::string literal(const std::string& text) {
  std::string escaped;
  for (const char c : text) escaped.append(c == '$' ? 2 : 1, c);
  return escaped;
}

const boost::json::value* given(const TaskSpec& spec, std::string_view name) {
  return spec.driver_config.if_contains(name);
}

array environment_of(const TaskSpec& spec, const std::string& run) {
  array variables{{{"name", "TROUPE_TASK_ID"}, {"value", spec.id}}, {{"name", "TROUPE_TASK_RUN"}, {"value", run}}};
  for (const auto& [name, value] : spec.environment) {
    variables.push_back({{"name", name}, {"value", literal(value)}});
  }
  for (const auto& secret : spec.secrets) {
    if (secret.variable.empty()) continue;
    variables.push_back({{"name", secret.variable}, {"value", std::string(kSecretsFolder) + "/" + secret.name}});
  }
  return variables;
}

object container_of(const TaskSpec& spec, const std::string& run) {
  object security{{"allowPrivilegeEscalation", false}};
  if (const auto* user = given(spec, "run_as_user")) security["runAsUser"] = *user;
  object container{{"name", kContainer},
                   {"image", spec.driver_config.at("image")},
                   {"env", environment_of(spec, run)},
                   {"securityContext", std::move(security)},
                   {"terminationMessagePolicy", "FallbackToLogsOnError"}};
  array command;
  for (const auto& argument : spec.argv) command.emplace_back(literal(argument));
  if (!command.empty()) container["command"] = std::move(command);
  if (const auto* policy = given(spec, "image_pull_policy")) container["imagePullPolicy"] = *policy;
  object requests;
  object limits;
  if (const auto* cpu = given(spec, "cpu")) requests["cpu"] = *cpu;
  if (const auto* memory = given(spec, "memory")) requests["memory"] = limits["memory"] = *memory;
  if (!requests.empty())
    container["resources"] = object{{"requests", std::move(requests)}, {"limits", std::move(limits)}};
  array mounts;
  if (!spec.secrets.empty()) mounts.push_back({{"name", "secrets"}, {"mountPath", kSecretsFolder}, {"readOnly", true}});
  if (given(spec, "shm_mib")) mounts.push_back({{"name", "shm"}, {"mountPath", "/dev/shm"}});
  if (!mounts.empty()) container["volumeMounts"] = std::move(mounts);
  return container;
}

object pod_of(const cluster::Order& order, const std::string& instance) {
  const auto& spec = order.spec;
  object pod{{"restartPolicy", "Never"},
             {"terminationGracePeriodSeconds", kStandardGrace},
             {"automountServiceAccountToken", given(spec, "service_account") != nullptr},
             {"enableServiceLinks", false},
             {"containers", array{container_of(spec, order.run)}}};
  array volumes;
  if (!spec.secrets.empty()) {
    volumes.push_back({{"name", "secrets"},
                       {"secret", {{"secretName", secret_name(order, instance)}, {"defaultMode", kOwnerReads}}}});
  }
  if (const auto* mib = given(spec, "shm_mib")) {
    const auto size = std::to_string(mib->to_number<std::int64_t>()) + "Mi";
    volumes.push_back({{"name", "shm"}, {"emptyDir", {{"medium", "Memory"}, {"sizeLimit", size}}}});
  }
  if (!volumes.empty()) pod["volumes"] = std::move(volumes);
  if (const auto* user = given(spec, "run_as_user")) pod["securityContext"] = object{{"fsGroup", *user}};
  if (const auto* account = given(spec, "service_account")) pod["serviceAccountName"] = *account;
  if (const auto* selector = given(spec, "node_selector")) pod["nodeSelector"] = *selector;
  if (const auto* tolerations = given(spec, "tolerations")) pod["tolerations"] = *tolerations;
  if (const auto* secrets = given(spec, "image_pull_secrets")) {
    array names;
    for (const auto& name : secrets->get_array()) names.push_back({{"name", name}});
    pod["imagePullSecrets"] = std::move(names);
  }
  return pod;
}

object labels_of(const cluster::Order& order, const std::string& instance) {
  return {{"app.kubernetes.io/managed-by", "troupe"},
          {kInstanceLabel, instance},
          {kJobLabel, job_name(order.spec.id, instance)}};
}

object notes_of(const cluster::Order& order) {
  return {{kTaskNote, order.spec.id}, {kRunNote, order.run}, {kLogNote, std::to_string(order.log_after)}};
}

}  // namespace

std::string_view kubernetes_config_schema() { return kSchemaOfKubernetes; }

Result<Unit> check_for_kubernetes(const TaskSpec& spec) {
  std::size_t bytes = 0;
  for (const auto& secret : spec.secrets) bytes += secret.bytes.size();
  if (bytes <= kMostSecretBytes) return Unit{};
  return Error(Errc::invalid_param, "secrets: the task driver 'kubernetes' hands over at most 900 KiB together");
}

std::string job_name(const std::string& task_id, const std::string& instance) {
  return "troupe-" + base::hex(base::sha256(instance + "\n" + task_id)).substr(0, kNameCharacters);
}

std::string secret_name(const cluster::Order& order, const std::string& instance) {
  return job_name(order.spec.id, instance) + "-" + order.run.substr(0, kRunCharacters);
}

object job_of(const cluster::Order& order, const std::string& instance) {
  auto notes = notes_of(order);
  auto pod_notes = notes;
  pod_notes["cluster-autoscaler.kubernetes.io/safe-to-evict"] = "false";
  object spec{{"backoffLimit", 0},
              {"completions", 1},
              {"parallelism", 1},
              {"suspend", !order.spec.secrets.empty()},
              {"ttlSecondsAfterFinished", kKeptAfterEnd},
              {"template",
               {{"metadata", {{"labels", labels_of(order, instance)}, {"annotations", std::move(pod_notes)}}},
                {"spec", pod_of(order, instance)}}}};
  if (const auto* deadline = given(order.spec, "active_deadline_s")) spec["activeDeadlineSeconds"] = *deadline;
  return {{"apiVersion", "batch/v1"},
          {"kind", "Job"},
          {"metadata",
           {{"name", job_name(order.spec.id, instance)},
            {"labels", labels_of(order, instance)},
            {"annotations", std::move(notes)}}},
          {"spec", std::move(spec)}};
}

object secret_of(const cluster::Order& order, const std::string& instance, std::string_view uid) {
  object data;
  for (const auto& secret : order.spec.secrets) {
    auto text = base::base64(base::as_bytes(secret.bytes));
    text.append((4 - text.size() % 4) % 4, '=');
    data[secret.name] = std::move(text);
  }
  object owner{{"apiVersion", "batch/v1"}, {"kind", "Job"}, {"name", job_name(order.spec.id, instance)}, {"uid", uid}};
  return {{"apiVersion", "v1"},
          {"kind", "Secret"},
          {"metadata",
           {{"name", secret_name(order, instance)},
            {"labels", labels_of(order, instance)},
            {"ownerReferences", array{std::move(owner)}}}},
          {"immutable", true},
          {"type", "Opaque"},
          {"data", std::move(data)}};
}

}  // namespace troupe::runtime::kubernetes
