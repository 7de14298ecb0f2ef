// Runs any program as a task, each under a small shim that survives a restart of this program. README.md has the whole.
#pragma once
#include <filesystem>
#include <memory>

#include "base/metrics.h"
#include "runtime/homed_driver.h"

namespace troupe::runtime {

struct ProcessState;

/// One for a data folder, kept by the lock of that folder. Works on a thread of its own.
class ProcessDriver final : public HomedDriver<ProcessState> {
 public:
  struct Options {
    std::filesystem::path folder;  ///< holds a folder for each task; made when missing
    std::vector<std::string>
        shim_command{};  ///< where programs cannot run from memory: a command that is the shim's program
  };
  ProcessDriver(Options options, base::MetricRegistry& metrics);
  /// Tasks go on.
  ~ProcessDriver() override;

  std::string_view name() const override { return kProcessDriver; }
  Capabilities capabilities() const override;
  /// Its version is the kernel's.
  Fingerprint fingerprint() const override;
  /// {"working_dir": an absolute path; without it the folder `work` in the task's own, which lasts over restarts}.
  std::string_view config_schema() const override;
};

}  // namespace troupe::runtime
