// From a task's spec to the container that the engine is asked for.
#pragma once
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/task_types.h"

namespace troupe::runtime::docker {

extern const std::string_view kDockerSchema;  ///< of driver_config

// Inside every container: a volume of the task's own, which lasts over its restarts and goes with destroy().
inline constexpr std::string_view kTaskMount = "/troupe";
inline constexpr std::string_view kTaskHome = "/troupe/work";        ///< its home and working folder
inline constexpr std::string_view kTaskSecrets = "/troupe/secrets";  ///< 0600 files, emptied when the task has ended

inline constexpr const char* kInstanceLabel = "troupe.instance";
inline constexpr const char* kDriverLabel = "troupe.driver";  ///< two may be at one engine
inline constexpr const char* kTaskLabel = "troupe.task";
inline constexpr const char* kRunLabel = "troupe.run";
inline constexpr const char* kSecretsLabel = "troupe.secrets";  ///< names of the files, apart by spaces

struct ContainerDefaults {
  std::string image{};    ///< of tasks that name none; empty: they must
  std::string network{};  ///< of tasks that name none; empty: the engine's own
};

struct ContainerPlan {
  enum class Pull { missing, always, never };
  std::string image;
  Pull pull = Pull::missing;
  boost::json::object body;
};

/// The container's name, and its volume's.
std::string container_name(const std::string& instance, const std::string& task_id);

/// `spec` has passed check_for_driver with kDockerSchema. Error: invalid_param, naming the field.
Result<ContainerPlan> plan_container(const TaskSpec& spec, const ContainerDefaults& defaults,
                                     const std::string& instance, const std::string& run);

/// Whose the task's files must be, where `user` is a container's. Nothing: it is a name, which only the image knows.
std::optional<std::int64_t> uid_of(std::string_view user);

/// The folders and secrets of a task as an archive for kTaskMount.
std::string task_archive(const TaskSpec& spec, std::int64_t uid);
/// Empty files in the place of secrets, whose names are as kSecretsLabel has them.
std::string emptied_archive(std::string_view secrets, std::int64_t uid);

}  // namespace troupe::runtime::docker
