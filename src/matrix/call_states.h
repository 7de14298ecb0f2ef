// The port's calls: who is in the call of a room (MatrixRTC, MSC4143), and where its calls were before, as its state
// says.
#pragma once
#include <string>
#include <vector>

#include "base/task.h"

namespace troupe::matrix {

/// Callable from any thread. A twin may lack this role: then nobody knows of calls without being told.
class CallStates {
 public:
  virtual ~CallStates() = default;
  /// The user ids of those whose membership in the room's call has not ended, each once, at most 100. Nobody: there is
  /// no call, or no such room.
  virtual Task<std::vector<std::string>> in_call(std::string room_id) = 0;
  /// The room that this one replaces, where both of them say so (m.room.create, m.room.tombstone): what people said of
  /// calls there holds here. Empty: none, or no such room.
  virtual Task<std::string> replaced_by(std::string room_id) = 0;
};

}  // namespace troupe::matrix
