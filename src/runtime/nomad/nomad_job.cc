#include "runtime/nomad/nomad_job.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/crypto.h"
#include "runtime/cluster/json_read.h"

namespace troupe::runtime::nomad {
namespace {

constexpr std::size_t kMostPayloadBytes = 16'384;  // of a dispatch, decoded
constexpr std::size_t kDigestCharacters = 12;
constexpr std::size_t kTokenCharacters = 32;
constexpr std::int64_t kKillTimeoutNs = 5'000'000'000;
constexpr std::int64_t kMib = 1024 * 1024;
constexpr std::int64_t kDefaultCpuMhz = 500;
constexpr std::int64_t kDefaultMemoryMib = 512;
constexpr std::int64_t kLogDiskMib = 100;  // beside the logs themselves
constexpr std::string_view kSchemaOfNomad =
    R"({"type":"object","additionalProperties":false,"required":["image"],"properties":{
"image":{"type":"string","minLength":1,"maxLength":500,"description":"The container image."},
"driver":{"type":"string","enum":["docker","podman"],"description":"Nomad's own task driver: docker unless given."},
"cpu_mhz":{"type":"integer","minimum":1,"maximum":1000000,"description":"500 unless given."},
"memory_mib":{"type":"integer","minimum":16,"maximum":1048576,"description":"The limit: 512 unless given."},
"shm_mib":{"type":"integer","minimum":1,"maximum":65536,"description":"Shared memory (docker); browsers need it."},
"network_mode":{"type":"string","maxLength":100,"description":"As the driver of Nomad takes it."},
"datacenters":{"type":"array","maxItems":64,"items":{"type":"string","minLength":1,"maxLength":100}},
"constraints":{"type":"array","maxItems":64,"items":{"type":"object","additionalProperties":false,
"required":["attribute","value"],"properties":{"attribute":{"type":"string","maxLength":200},
"operator":{"type":"string","maxLength":40},"value":{"type":"string","maxLength":200}}}}}})";

std::string argument_key(std::size_t number) { return "troupe_arg_" + std::to_string(number); }
std::string environment_key(const std::string& name) { return "troupe_env_" + name; }
std::string placeholder(const std::string& key) { return "${NOMAD_META_" + key + "}"; }

/// A text as metadata of a dispatch. Nomad replaces ${NAME} in metadata, once, and knows no escape: what would be read
/// as such a name is cut behind its '$', and put together only where the metadata is used.
std::vector<std::pair<std::string, std::string>> metadata_of(const std::string& key, std::string_view text) {
  std::vector<std::pair<std::string, std::string>> pieces;
  for (;;) {
    const auto at = text.find("${");
    const auto piece = text.substr(0, at == std::string_view::npos ? at : at + 1);
    // In front: names of variables may end in anything.
    pieces.emplace_back(pieces.empty() ? key : "troupe_p" + std::to_string(pieces.size()) + "_" + key, piece);
    if (at == std::string_view::npos) return pieces;
    text.remove_prefix(piece.size());
  }
}

std::string placeholders(const std::string& key, std::string_view text) {
  std::string all;
  for (const auto& [name, piece] : metadata_of(key, text)) all += placeholder(name);
  return all;
}

std::int64_t configured(const TaskSpec& spec, std::string_view name, std::int64_t standard) {
  const auto* value = spec.driver_config.if_contains(name);
  return value ? value->to_number<std::int64_t>() : standard;
}

std::string configured_text(const TaskSpec& spec, std::string_view name, std::string_view standard) {
  const auto* value = spec.driver_config.if_contains(name);
  return std::string(value ? std::string_view(value->get_string()) : standard);
}

boost::json::object config_for_driver(const TaskSpec& spec) {
  boost::json::object config{{"image", spec.driver_config.at("image")}};
  // In place of the image's own program: a "command" would become its argument.
  if (!spec.argv.empty()) config["entrypoint"] = boost::json::array{placeholders(argument_key(0), spec.argv.front())};
  boost::json::array arguments;
  for (std::size_t i = 1; i < spec.argv.size(); ++i)
    arguments.emplace_back(placeholders(argument_key(i), spec.argv[i]));
  if (!arguments.empty()) config["args"] = std::move(arguments);
  if (const auto mode = configured_text(spec, "network_mode", ""); !mode.empty()) config["network_mode"] = mode;
  if (const auto mib = configured(spec, "shm_mib", 0); mib != 0) config["shm_size"] = mib * kMib;
  return config;
}

boost::json::object variables_of(const TaskSpec& spec) {
  boost::json::object variables{{"TROUPE_TASK_ID", placeholder("troupe_task")},
                                {"TROUPE_TASK_RUN", placeholder("troupe_run")}};
  for (const auto& [name, value] : spec.environment) variables[name] = placeholders(environment_key(name), value);
  for (const auto& secret : spec.secrets) {
    if (!secret.variable.empty()) variables[secret.variable] = "${NOMAD_TASK_DIR}/" + secret.name;
  }
  return variables;
}

boost::json::array constraints_of(const TaskSpec& spec) {
  boost::json::array constraints;
  const auto* given = spec.driver_config.if_contains("constraints");
  if (!given) return constraints;
  for (const auto& one : given->get_array()) {
    const auto operation = cluster::text_at(one, {"operator"});
    constraints.push_back({{"LTarget", cluster::text_at(one, {"attribute"})},
                           {"RTarget", cluster::text_at(one, {"value"})},
                           {"Operand", operation.empty() ? "=" : operation}});
  }
  return constraints;
}

boost::json::object task_of(const TaskSpec& spec) {
  const auto file_mib = std::max<std::int64_t>(1, (spec.output.file_bytes + kMib - 1) / kMib);
  boost::json::object task{{"Name", kTask},
                           {"Driver", configured_text(spec, "driver", "docker")},
                           {"Config", config_for_driver(spec)},
                           {"Env", variables_of(spec)},
                           {"Resources",
                            {{"CPU", configured(spec, "cpu_mhz", kDefaultCpuMhz)},
                             {"MemoryMB", configured(spec, "memory_mib", kDefaultMemoryMib)}}},
                           {"LogConfig", {{"MaxFiles", spec.output.files}, {"MaxFileSizeMB", file_mib}}},
                           {"KillTimeout", kKillTimeoutNs},
                           {"KillSignal", "SIGTERM"}};
  if (!spec.secrets.empty()) task["DispatchPayload"] = boost::json::object{{"File", spec.secrets.front().name}};
  return task;
}

}  // namespace

std::string_view nomad_config_schema() { return kSchemaOfNomad; }

Result<Unit> check_for_nomad(const TaskSpec& spec) {
  if (spec.secrets.size() > 1) {
    return Error(Errc::invalid_param,
                 "secrets: the task driver 'nomad' hands over one file, the payload of a dispatch; put them into one");
  }
  if (!spec.secrets.empty() && spec.secrets.front().bytes.size() > kMostPayloadBytes) {
    return Error(Errc::invalid_param, "secrets: the task driver 'nomad' hands over at most 16384 bytes");
  }
  return Unit{};
}

boost::json::object parameterised_job(const TaskSpec& spec, const Place& place) {
  boost::json::array required{"troupe_instance", "troupe_task", "troupe_run", "troupe_log_after"};
  const auto require = [&required](const std::string& key, const std::string& text) {
    for (auto& [name, piece] : metadata_of(key, text)) required.emplace_back(std::move(name));
  };
  for (std::size_t i = 0; i < spec.argv.size(); ++i) require(argument_key(i), spec.argv[i]);
  for (const auto& [name, value] : spec.environment) require(environment_key(name), value);
  const auto log_mib = spec.output.files * std::max<std::int64_t>(1, (spec.output.file_bytes + kMib - 1) / kMib);
  boost::json::object group{{"Name", kTask},
                            {"Count", 1},
                            {"RestartPolicy", {{"Attempts", 0}, {"Mode", "fail"}}},
                            {"ReschedulePolicy", {{"Attempts", 0}, {"Unlimited", false}}},
                            {"EphemeralDisk", {{"SizeMB", kLogDiskMib + 2 * log_mib}}},
                            {"Tasks", boost::json::array{task_of(spec)}}};
  const auto* centers = spec.driver_config.if_contains("datacenters");
  boost::json::object job{
      {"Type", "batch"},
      {"Namespace", place.name_space},
      {"Datacenters", centers ? *centers : boost::json::value(boost::json::array{"*"})},
      {"Constraints", constraints_of(spec)},
      {"Meta", {{"troupe_parent_of", place.instance}}},
      {"ParameterizedJob",
       {{"Payload", spec.secrets.empty() ? "forbidden" : "required"}, {"MetaRequired", std::move(required)}}},
      {"TaskGroups", boost::json::array{std::move(group)}}};
  const auto digest = base::hex(base::sha256(boost::json::serialize(job)));
  const auto id = place.prefix() + digest.substr(0, kDigestCharacters);
  job["ID"] = id;
  job["Name"] = id;
  return {{"Job", std::move(job)}};
}

boost::json::object dispatch_of(const cluster::Order& order, const Place& place) {
  boost::json::object meta{{"troupe_instance", place.instance},
                           {"troupe_task", order.spec.id},
                           {"troupe_run", order.run},
                           {"troupe_log_after", std::to_string(order.log_after)}};
  const auto add = [&meta](const std::string& key, const std::string& text) {
    for (const auto& [name, piece] : metadata_of(key, text)) meta[name] = piece;
  };
  for (std::size_t i = 0; i < order.spec.argv.size(); ++i) add(argument_key(i), order.spec.argv[i]);
  for (const auto& [name, value] : order.spec.environment) add(environment_key(name), value);
  boost::json::object dispatch{{"Meta", std::move(meta)}};
  if (!order.spec.secrets.empty()) {
    auto payload = base::base64(base::as_bytes(order.spec.secrets.front().bytes));
    payload.append((4 - payload.size() % 4) % 4, '=');  // Go's standard decoder wants the padding
    dispatch["Payload"] = std::move(payload);
  }
  return dispatch;
}

std::string idempotency_token(const std::string& task_id, const Place& place) {
  return base::hex(base::sha256(place.prefix() + "\n" + task_id)).substr(0, kTokenCharacters);
}

}  // namespace troupe::runtime::nomad
