// The only place where a meeting changes: decides what becomes of it and writes that down, with its line of history, in
// one transaction. Effects are attempted after the commit.
#pragma once
#include <optional>
#include <string>

#include "meetings/life/timing.h"
#include "meetings/records/meeting_store.h"

namespace troupe::meetings::life {

/// What is noted of the present attempt beside what is decided; also when nothing is.
struct Notes {
  std::optional<std::string> token_hash{};
  std::optional<std::string> started_by{};
  std::optional<std::string> handle{};
  std::optional<std::string> container{};
  std::optional<std::string> exit_text{};
  std::optional<std::string> output{};
};

struct Happening {
  Input input{};
  Actor actor{};
  std::string cause{};  ///< for the history
  Notes notes{};
  Speaking wanted{};  ///< of reconfigure
  /// The attempt that it happens to; 0: the present one. It is ignored when that is another by now.
  std::int64_t attempt = 0;
};

struct Outcome {
  records::Kept kept{};
  std::optional<Arrow> arrow{};
  bool ignored = false;
  bool shows = false;  ///< Vexa's word for it is another than before
};

/// What the operation is given from outside, because it may run more than once.
struct Given {
  base::UnixMs now = 0;
  std::string connection_id{};  ///< for the session of a next attempt
};
Given given(base::UnixMs now);

/// A new meeting: its row, its session and the first line of its history.
void open_meeting(store::Tx& tx, const Meeting& meeting, const Given& given);
/// Error: not_found.
Result<Outcome> record(store::Tx& tx, MeetingId id, const Happening& happening, const Timing& timing,
                       const Given& given);

/// A line of history without a step. Error: not_found.
Result<Unit> remark(store::Tx& tx, MeetingId id, const std::string& cause, const Given& given);

/// The name of an attempt's task, and the meeting that such a name belongs to (0: it is no meeting's).
std::string task_id_of(MeetingId meeting, std::int64_t attempt);
MeetingId meeting_of(std::string_view task_id);

}  // namespace troupe::meetings::life
