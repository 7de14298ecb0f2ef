#include "runtime/process_launch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "runtime/shim/child.h"

namespace troupe::runtime {
namespace {

using shim::Descriptor;

Error failed(std::string_view what) {
  const int error = errno;
  return Error(Errc::unavailable, "The task cannot be started at the moment.",
               std::string(what) + ": " + std::strerror(error));
}

/// A file that only this user reads, new: whatever was there is gone.
bool write_secret(const std::string& path, std::string_view bytes) {
  ::unlink(path.c_str());
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  return file && shim::write_all(file.get(), bytes);
}

bool make_private_folder(const std::string& path) {
  return ::mkdir(path.c_str(), 0700) == 0 || (errno == EEXIST && ::chmod(path.c_str(), 0700) == 0);
}

shim::Record record_of(const std::string& folder, const TaskSpec& spec, const std::string& run,
                       const std::string& working_dir) {
  shim::Record record;
  record.add(shim::kRunKey, run);
  for (const auto& argument : spec.argv) record.add(shim::kArgKey, argument);
  for (const auto& variable : task_environment(folder, spec, run)) record.add(shim::kEnvironmentKey, variable);
  record.add(shim::kWorkingDirKey, working_dir);
  record.add("memory_bytes", spec.limits.memory_bytes);
  record.add("cpu_seconds", spec.limits.cpu_seconds);
  record.add("file_bytes", spec.limits.file_bytes);
  record.add("open_files", spec.limits.open_files);
  record.add("processes", spec.limits.processes);
  record.add("nice", spec.limits.nice);
  record.add("log_file_bytes", spec.output.file_bytes);
  record.add("log_files", spec.output.files);
  record.add("log_line_bytes", spec.output.line_bytes);
  record.add("log_bytes_per_s", spec.output.bytes_per_s);
  return record;
}

}  // namespace

std::vector<std::string> task_environment(const std::string& folder, const TaskSpec& spec, const std::string& run) {
  std::map<std::string, std::string> variables{
      {"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"HOME", folder + "/" + shim::kWorkDir}, {"LANG", "C.UTF-8"}};
  for (const auto& [name, value] : spec.environment) variables[name] = value;
  for (const auto& secret : spec.secrets) {
    if (!secret.variable.empty()) variables[secret.variable] = folder + "/" + shim::kSecretsDir + "/" + secret.name;
  }
  variables["TROUPE_TASK_ID"] = spec.id;
  variables[shim::kRunVariable] = run;
  std::vector<std::string> out;
  out.reserve(variables.size());
  for (const auto& [name, value] : variables) out.push_back(name + "=" + value);
  return out;
}

Result<std::string> working_dir_of(const std::string& folder, const TaskSpec& spec) {
  const auto* given = spec.driver_config.if_contains("working_dir");
  if (given == nullptr) return folder + "/" + shim::kWorkDir;
  std::string path(given->get_string());
  if (path.starts_with('/') && path.find('\0') == std::string::npos) return path;
  return Error(Errc::invalid_param, "driver_config/working_dir must be an absolute path");
}

Result<Unit> prepare_folder(const std::string& folder, const TaskSpec& spec, const std::string& run) {
  TRY(const auto working_dir, working_dir_of(folder, spec));
  if (!make_private_folder(folder) || !make_private_folder(folder + "/" + shim::kWorkDir)) return failed("mkdir");
  for (const auto* old : {shim::kStateFile, shim::kStopFile, shim::kExitFile, shim::kExitReserve, shim::kDroppedFile}) {
    if (::unlink((folder + "/" + old).c_str()) != 0 && errno != ENOENT) return failed("unlink");
  }
  const auto secrets = folder + "/" + shim::kSecretsDir;
  std::error_code ignored;
  std::filesystem::remove_all(secrets, ignored);
  if (!spec.secrets.empty() && !make_private_folder(secrets)) return failed("mkdir");
  for (const auto& secret : spec.secrets) {
    if (!write_secret(secrets + "/" + secret.name, secret.bytes)) return failed("write");
  }
  if (!shim::replace_file(folder + "/" + shim::kSpecFile, record_of(folder, spec, run, working_dir).bytes())) {
    return failed("write");
  }
  return Unit{};
}

}  // namespace troupe::runtime
