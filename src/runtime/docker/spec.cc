#include "runtime/docker/spec.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <charconv>
#include <cmath>

#include "runtime/engine/tar.h"
#include "runtime/shim/folder.h"

namespace troupe::runtime::docker {

const std::string_view kDockerSchema =
    R"({"type":"object","additionalProperties":false,"properties":{
"image":{"type":"string","minLength":1,"maxLength":512,"description":"Default: docker.image."},
"pull":{"type":"string","enum":["missing","always","never"],"default":"missing","description":"When the image is fetched."},
"network":{"type":"string","minLength":1,"maxLength":128,"description":"A network of the engine, or host. Default: docker.network."},
"extra_hosts":{"type":"array","maxItems":32,"items":{"type":"string","minLength":3,"maxLength":300},
"description":"name:address, such as host.docker.internal:host-gateway."},
"user":{"type":"string","minLength":1,"maxLength":64,"description":"uid or uid:gid. Default: the image's."},
"working_dir":{"type":"string","minLength":1,"maxLength":4096,"description":"Absolute. Default: /troupe/work, which lasts over restarts."},
"cpus":{"type":"number","minimum":0.01,"maximum":1024,"description":"Processors it may use."},
"shm_mb":{"type":"integer","minimum":1,"maximum":65536,"description":"Of /dev/shm; a browser needs 1024 or more."},
"read_only":{"type":"boolean","default":false,"description":"Its files cannot be changed, but for /troupe, /tmp and /run."},
"init":{"type":"boolean","default":true,"description":"A small first process that passes signals on."},
"cap_drop":{"type":"array","maxItems":64,"items":{"type":"string","minLength":1,"maxLength":64},"description":"Capabilities it does not have; ALL for all."},
"labels":{"type":"object","additionalProperties":{"type":"string","maxLength":1024}}}})";

namespace {

constexpr std::size_t kMostLabels = 32;
constexpr double kNanoCpus = 1e9;
constexpr std::int64_t kMiB = 1024 * 1024;
constexpr std::int64_t kUsualShares = 1024;
constexpr double kSharesPerNice = 1.25;  // as the kernel weighs
constexpr std::string_view kImageMarks = "._/:@-";

Error wrong_config(std::string_view member, std::string_view what) {
  return Error(Errc::invalid_param, "driver_config/" + std::string(member) + " " + std::string(what));
}

std::string config_text(const boost::json::object& config, std::string_view key) {
  const auto* value = config.if_contains(key);
  return value ? std::string(value->get_string()) : std::string();
}

bool config_flag(const boost::json::object& config, std::string_view key, bool otherwise) {
  const auto* value = config.if_contains(key);
  return value ? value->get_bool() : otherwise;
}

/// It stands in a path of the engine's API and in its own command lines.
bool is_image(std::string_view text) {
  return !text.empty() && text.front() != '-' && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kImageMarks.contains(c);
  });
}

boost::json::array environment_of(const TaskSpec& spec, const std::string& run) {
  std::map<std::string, std::string> variables{
      {"HOME", std::string(kTaskHome)}, {"LANG", "C.UTF-8"}, {"TROUPE_STATE_DIR", std::string(kTaskHome)}};
  for (const auto& [name, value] : spec.environment) variables[name] = value;
  for (const auto& secret : spec.secrets) {
    if (!secret.variable.empty()) variables[secret.variable] = std::string(kTaskSecrets) + "/" + secret.name;
  }
  variables["TROUPE_TASK_ID"] = spec.id;
  variables[shim::kRunVariable] = run;
  boost::json::array out;
  for (const auto& [name, value] : variables) out.emplace_back(name + "=" + value);
  return out;
}

Result<boost::json::object> labels_of(const TaskSpec& spec, const std::string& instance, const std::string& run) {
  boost::json::object labels;
  if (const auto* given = spec.driver_config.if_contains("labels")) {
    if (given->get_object().size() > kMostLabels) return wrong_config("labels", "may be 32 at most");
    for (const auto& label : given->get_object()) {
      const std::string_view name(label.key());
      if (name.empty() || name.starts_with("troupe.") || name.starts_with("runtime.")) {
        return wrong_config("labels", "may not be empty or begin with troupe. or runtime.");
      }
      labels[name] = label.value();
    }
  }
  labels["runtime.managed"] = "true";
  labels["runtime.workload_id"] = spec.id;
  labels[kInstanceLabel] = instance;
  labels[kTaskLabel] = spec.id;
  labels[kRunLabel] = run;
  std::string secrets;
  for (const auto& secret : spec.secrets) secrets += (secrets.empty() ? "" : " ") + secret.name;
  if (!secrets.empty()) labels[kSecretsLabel] = secrets;
  return labels;
}

void add_limits(const ResourceLimits& limits, boost::json::object& host) {
  if (limits.memory_bytes > 0) {
    host["Memory"] = limits.memory_bytes;
    host["MemorySwap"] = limits.memory_bytes;  // memory and swap together: no swap
  }
  if (limits.processes > 0) host["PidsLimit"] = limits.processes;
  if (limits.nice > 0) {
    host["CpuShares"] =
        static_cast<std::int64_t>(static_cast<double>(kUsualShares) / std::pow(kSharesPerNice, limits.nice));
  }
  boost::json::array ulimits;
  const auto add = [&](const char* name, std::int64_t value) {
    if (value > 0) ulimits.push_back({{"Name", name}, {"Soft", value}, {"Hard", value}});
  };
  add("cpu", limits.cpu_seconds);
  add("fsize", limits.file_bytes);
  add("nofile", limits.open_files);
  if (!ulimits.empty()) host["Ulimits"] = std::move(ulimits);
}

/// The engine's own copy of the output: the driver reads it as it comes and keeps its own.
boost::json::object engine_log_of(const OutputLimits& output) {
  return {{"Type", "json-file"},
          {"Config", {{"max-size", std::to_string(std::max(output.file_bytes, kMiB))}, {"max-file", "2"}}}};
}

boost::json::object host_config_of(const TaskSpec& spec, const ContainerDefaults& defaults, const std::string& instance,
                                   const std::string& volume) {
  const auto& config = spec.driver_config;
  // AutoRemove stays off: with it the exit code goes with the container.
  boost::json::object host{{"AutoRemove", false},
                           {"Init", config_flag(config, "init", true)},
                           {"RestartPolicy", {{"Name", "no"}}},
                           {"SecurityOpt", boost::json::array{"no-new-privileges"}},
                           {"LogConfig", engine_log_of(spec.output)}};
  auto network = config_text(config, "network");
  if (network.empty()) network = defaults.network;
  if (spec.network == Network::none) network = "none";
  if (!network.empty()) host["NetworkMode"] = network;
  if (const auto* hosts = config.if_contains("extra_hosts")) host["ExtraHosts"] = *hosts;
  if (const auto* dropped = config.if_contains("cap_drop")) host["CapDrop"] = *dropped;
  if (const auto* cpus = config.if_contains("cpus")) {
    host["NanoCpus"] = static_cast<std::int64_t>(cpus->to_number<double>() * kNanoCpus);
  }
  if (const auto* shm = config.if_contains("shm_mb")) host["ShmSize"] = shm->to_number<std::int64_t>() * kMiB;
  if (config_flag(config, "read_only", false)) {
    host["ReadonlyRootfs"] = true;
    host["Tmpfs"] = {{"/tmp", "rw,nosuid,nodev,size=64m"}, {"/run", "rw,nosuid,nodev,size=16m"}};
  }
  boost::json::object mount{
      {"Type", "volume"},
      {"Source", volume},
      {"Target", kTaskMount},
      {"VolumeOptions", {{"NoCopy", true}, {"Labels", {{kInstanceLabel, instance}, {kTaskLabel, spec.id}}}}}};
  host["Mounts"] = boost::json::array{std::move(mount)};
  add_limits(spec.limits, host);
  return host;
}

}  // namespace

std::string container_name(const std::string& instance, const std::string& task_id) {
  return "troupe-" + instance + "-" + task_id;
}

Result<ContainerPlan> plan_container(const TaskSpec& spec, const ContainerDefaults& defaults,
                                     const std::string& instance, const std::string& run) {
  const auto& config = spec.driver_config;
  ContainerPlan plan;
  plan.image = config_text(config, "image");
  if (plan.image.empty()) plan.image = defaults.image;
  if (plan.image.empty()) return wrong_config("image", "must name an image: docker.image is not set");
  if (!is_image(plan.image)) return wrong_config("image", "must be the name of an image");
  const auto pull = config_text(config, "pull");
  plan.pull = pull == "always"  ? ContainerPlan::Pull::always
              : pull == "never" ? ContainerPlan::Pull::never
                                : ContainerPlan::Pull::missing;
  const auto user = config_text(config, "user");
  if (!user.empty() && !uid_of(user)) return wrong_config("user", "must be numbers, uid or uid:gid");
  auto working_dir = config_text(config, "working_dir");
  if (working_dir.empty()) working_dir = kTaskHome;
  if (!working_dir.starts_with('/')) return wrong_config("working_dir", "must be an absolute path");
  TRY(auto labels, labels_of(spec, instance, run));
  plan.body = {{"Image", plan.image},
               {"Env", environment_of(spec, run)},
               {"WorkingDir", working_dir},
               {"Labels", std::move(labels)},
               {"HostConfig", host_config_of(spec, defaults, instance, container_name(instance, spec.id))}};
  if (!user.empty()) plan.body["User"] = user;
  if (!spec.argv.empty()) {
    boost::json::array words;
    for (const auto& word : spec.argv) words.emplace_back(word);
    plan.body["Entrypoint"] = std::move(words);
    plan.body["Cmd"] = boost::json::array();
  }
  return plan;
}

std::optional<std::int64_t> uid_of(std::string_view user) {
  if (user.empty()) return 0;
  constexpr std::int64_t kMost = 2'097'151;  // what the archive's seven octal digits take
  const auto number = [](std::string_view text) -> std::optional<std::int64_t> {
    std::int64_t value = -1;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (wrong != std::errc() || end != text.data() + text.size() || value < 0 || value > kMost) return std::nullopt;
    return value;
  };
  const auto colon = user.find(':');
  if (colon != user.npos && !number(user.substr(colon + 1))) return std::nullopt;
  return number(user.substr(0, colon));
}

std::string task_archive(const TaskSpec& spec, std::int64_t uid) {
  engine::TarWriter tar(uid);
  tar.folder("work");
  tar.folder("secrets");
  for (const auto& secret : spec.secrets) tar.file("secrets/" + secret.name, secret.bytes);
  return tar.finish();
}

std::string emptied_archive(std::string_view secrets, std::int64_t uid) {
  engine::TarWriter tar(uid);
  while (!secrets.empty()) {
    const auto name = secrets.substr(0, secrets.find(' '));
    secrets.remove_prefix(std::min(name.size() + 1, secrets.size()));
    tar.file("secrets/" + std::string(name), "");
  }
  return tar.finish();
}

}  // namespace troupe::runtime::docker
