// Why a task does not go on: what every part of a run hands up instead of a value.
#pragma once
#include <expected>
#include <optional>
#include <string>

#include "assistant/tasks/tasks.h"

namespace troupe::assistant::executor {

struct Stop {
  /// Of several at once the first in this order counts.
  enum class Kind : std::uint8_t {
    lost,        ///< the task is another process's: nothing more is done here, nor said
    halted,      ///< our own database is out of reach, or the program stops: the claim stays, and another round goes on
    asks,        ///< `question`
    cancelled,   ///< by a person; nothing of it is under way
    failed,      ///< `reason`
    unapproved,  ///< the calls at this step want an approval
  };
  Kind kind = Kind::failed;
  std::string reason = {};  ///< a sentence for the person
  std::optional<tasks::QuestionDraft> question = {};
};

template <class T>
using OrStop = std::expected<T, Stop>;

inline std::unexpected<Stop> failed(std::string reason) {
  return std::unexpected(Stop{.kind = Stop::Kind::failed, .reason = std::move(reason)});
}
inline std::unexpected<Stop> stopped(Stop::Kind kind) { return std::unexpected(Stop{.kind = kind}); }

/// What an error of tasks::Tasks comes to.
Stop stop_of(const Error& error);

}  // namespace troupe::assistant::executor
