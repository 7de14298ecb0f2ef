// A container's output as the driver keeps it: numbered lines in the task's own folder, which go on over restarts of
// the task, of Troupe and of the engine.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/engine/frames.h"
#include "runtime/shim/log_writer.h"
#include "runtime/task_types.h"

namespace troupe::runtime::docker {

/// Writes what an engine's log stream brings (engine/api.h, logs()), each line once however often the stream begins
/// anew: it remembers the time stamp of the last one, and how many bore it. A crash between a line and the note of it
/// brings the line twice.
class ContainerLog {
 public:
  /// `folder`: the task's, there already.
  ContainerLog(std::string folder, std::string container, const OutputLimits& bounds);
  /// Goes on with the container whose output was written here last. Nothing: it was another one, or none.
  static std::optional<ContainerLog> reopen(std::string folder, const std::string& container);

  /// From where a stream has to begin; call before each.
  std::string begin();
  void take(engine::Stream stream, std::string_view payload);
  /// Writes lines, then the note of how far it came.
  void flush();
  /// What came after the last line end, and how many lines were dropped.
  void finish();

 private:
  void write(engine::Stream stream, std::string_view text, base::UnixMs at);

  std::string folder_;
  std::string container_;
  shim::LogBounds bounds_;
  shim::LogWriter writer_;
  std::array<shim::LineSplitter, 2> splitters_;
  base::UnixMs at_ = 0;    ///< of the newest
  std::string stamp_;      ///< of the newest, as the engine wrote it; empty: there was none
  std::int64_t seen_ = 0;  ///< with that stamp
  std::int64_t skip_ = 0;  ///< of those, still to come again
  bool catching_up_ = false;
};

/// "2026-11-22T15:43:10.436676477Z", also with an offset in place of the Z.
std::optional<base::UnixMs> read_stamp(std::string_view stamp);

}  // namespace troupe::runtime::docker
