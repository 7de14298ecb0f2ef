#include "runtime/sandbox/confinement.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "runtime/shim/command_run.h"
#include "runtime/shim/confined.h"

namespace troupe::runtime::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kTmpBytes = 64LL * 1024 * 1024;
constexpr std::int64_t kSharedBytes = 16LL * 1024 * 1024;
constexpr const char* kHelper = "/.troupe/command";
constexpr const char* kRootFolders[] = {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"};
constexpr const char* kOfEtc[] = {"/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime"};
/// What an administrator put there is configuration of services, not for commands.
constexpr const char* kNeverShown[] = {"/usr/local/etc", "/usr/etc"};

using Arguments = std::vector<std::string>;

void add(Arguments& arguments, std::initializer_list<std::string> more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
}

void add_memory(Arguments& arguments, const std::string& folder, std::int64_t bytes) {
  add(arguments, {"--perms", "1777", "--size", std::to_string(bytes), "--tmpfs", folder});
}

void add_system(Arguments& arguments) {
  add(arguments, {"--ro-bind", "/usr", "/usr"});
  for (const auto* folder : kRootFolders) {
    std::error_code ignored;
    if (fs::is_symlink(folder, ignored)) {
      add(arguments, {"--symlink", fs::read_symlink(folder, ignored).string(), folder});
    } else if (fs::is_directory(folder, ignored)) {
      add(arguments, {"--ro-bind", folder, folder});
    }
  }
  add(arguments, {"--dir", "/etc"});
  for (const auto* path : kOfEtc) add(arguments, {"--ro-bind-try", path, path});
  add(arguments, {"--perms", "0444", "--ro-bind-data", std::to_string(shim::kPasswdDescriptor), "/etc/passwd"});
  add(arguments, {"--perms", "0444", "--ro-bind-data", std::to_string(shim::kGroupDescriptor), "/etc/group"});
}

void hide(Arguments& arguments, const std::vector<std::string>& hidden) {
  std::vector<std::string> all(std::begin(kNeverShown), std::end(kNeverShown));
  all.insert(all.end(), hidden.begin(), hidden.end());
  for (const auto& folder : all) {
    std::error_code ignored;
    if (!folder.starts_with("/usr/") || !fs::is_directory(folder, ignored))
      continue;  // the rest of the machine is not shown
    add(arguments, {"--perms", "0555", "--size", "4096", "--tmpfs", folder, "--remount-ro", folder});
  }
}

std::string with_unit(std::int64_t bytes) { return std::to_string(bytes) + "b"; }

}  // namespace

Arguments bubblewrap_arguments(const std::string& bubblewrap, const Confinement& confinement) {
  Arguments arguments{bubblewrap,
                      "--unshare-user",
                      "--unshare-pid",
                      "--unshare-net",
                      "--unshare-ipc",
                      "--unshare-uts",
                      "--unshare-cgroup-try",
                      "--die-with-parent",
                      "--new-session",
                      "--as-pid-1",
                      "--uid",
                      "65534",
                      "--gid",
                      "65534",
                      "--cap-drop",
                      "ALL",
                      "--hostname",
                      "sandbox"};
  add_system(arguments);
  hide(arguments, confinement.hidden);
  add(arguments, {"--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev"});
  const auto memory = confinement.limits.memory_bytes;
  add_memory(arguments, "/dev/shm", std::min(memory, kSharedBytes));
  add(arguments, {"--remount-ro", "/dev"});
  add_memory(arguments, "/tmp", std::min(memory, kTmpBytes));
  if (confinement.folder.empty()) {
    add_memory(arguments, shim::kConfinedFolder, std::min(memory, kTmpBytes));
  } else {
    add(arguments, {confinement.writable ? "--bind" : "--ro-bind", confinement.folder, shim::kConfinedFolder});
  }
  add(arguments, {"--perms", "0555", "--ro-bind-data", std::to_string(shim::kHelperDescriptor), kHelper});
  add(arguments, {"--remount-ro", "/", "--chdir", "/", "--seccomp", std::to_string(shim::kFilterDescriptor)});
  add(arguments, {"--", kHelper, shim::kConfined});
  return arguments;
}

Arguments container_arguments(const Container& container, const Confinement& confinement, const std::string& cwd,
                              const Arguments& environment, const Arguments& argv) {
  const auto& limits = confinement.limits;
  const auto memory = with_unit(limits.memory_bytes);
  const auto file = std::to_string(limits.file_bytes);
  const auto cpu = std::to_string(limits.cpu_seconds);
  Arguments arguments{container.engine,
                      "run",
                      "--rm",
                      "--pull",
                      "never",
                      "--interactive",
                      "--name",
                      container.name,
                      "--network",
                      "none",
                      "--read-only",
                      "--cap-drop",
                      "ALL",
                      "--security-opt",
                      "no-new-privileges",
                      "--pids-limit",
                      std::to_string(limits.processes),
                      "--memory",
                      memory,
                      "--memory-swap",
                      memory,
                      "--cpus",
                      "1",
                      "--user",
                      "65534:65534",
                      "--hostname",
                      "sandbox"};
  add(arguments, {"--tmpfs", "/tmp:rw,noexec,nosuid,nodev,size=64m"});
  add(arguments, {"--ulimit", "core=0:0", "--ulimit", "nofile=1024:1024"});
  add(arguments, {"--ulimit", "fsize=" + file + ":" + file, "--ulimit", "cpu=" + cpu + ":" + cpu});
  const std::string work(shim::kConfinedFolder);
  if (confinement.folder.empty()) {
    add(arguments, {"--tmpfs", work + ":rw,nosuid,nodev,size=64m"});
  } else {
    const std::string mount = "type=bind,source=" + confinement.folder + ",target=" + work;
    add(arguments, {"--mount", mount + (confinement.writable ? "" : ",readonly")});
  }
  add(arguments, {"--workdir", cwd.empty() ? work : work + "/" + cwd});
  for (const auto& variable : environment) add(arguments, {"--env", variable});
  // The image's own entry point would read our program as its argument.
  add(arguments, {"--entrypoint", argv.front(), container.image});
  arguments.insert(arguments.end(), argv.begin() + 1, argv.end());
  return arguments;
}

Arguments container_end(const Container& container) {
  return {container.engine, "kill", "--signal", "KILL", container.name};
}

}  // namespace troupe::runtime::sandbox
