// Where the own listener takes what bots say.
#pragma once
#include "meetings/commands/heard.h"
#include "meetings/records/meeting_store.h"

namespace troupe::meetings::commands {

/// Callable from any thread. `kept`: whose bot says it.
class Ear {
 public:
  virtual ~Ear() = default;
  /// It is stored durably when this returns. Errors: forbidden (it speaks of another's), not_found (nothing is taken
  /// for it any more), limit_exceeded, invalid_param.
  virtual Task<Unit> take(records::Kept kept, Heard heard) = 0;
  /// What a bot says of a command: {"action":"reconfigure","status":"applied","language":…,"task":…}. Error: bad_json.
  virtual Task<Unit> take_report(records::Kept kept, std::string body) = 0;
  /// What is written in the call's own chat, for whoever follows the meeting now. Errors: bad_json, too_large.
  virtual Result<Unit> take_chat(const records::Kept& kept, std::string_view body) = 0;
};

}  // namespace troupe::meetings::commands
