// What whoever follows a meeting at the command line sees of its events.
#pragma once
#include <boost/json/object.hpp>
#include <functional>
#include <set>
#include <string>

#include "base/result.h"
#include "net/client/client.h"

namespace troupe::app {

/// When somebody said what, for a person: one line without its end.
std::string segment_line(const boost::json::value& segment);

/// Tells each change of a meeting's state, and what was said as soon as it is final, each once: streams repeat both.
/// Not thread-safe.
class MeetingWatch {
 public:
  using Tell = std::function<void(const std::string& line)>;
  MeetingWatch(bool as_json, Tell tell) : as_json_(as_json), tell_(std::move(tell)) {}

  /// Takes an event of the meeting's stream; those it does not know are passed over. False: the meeting is over.
  /// Error: bad_json.
  Result<bool> take(const net::client::ServerSentEvent& event);
  /// The meeting as it is now. False: it is over.
  bool take_meeting(const boost::json::object& meeting);
  void take_segment(const boost::json::object& segment);

  /// It ended otherwise than such meetings end.
  bool is_failed() const { return state_ == "failed" || state_ == "error"; }

 private:
  bool as_json_;
  Tell tell_;
  std::string state_;
  std::string shown_;           ///< the state as it was told
  std::set<std::string> told_;  ///< ids of segments; a meeting has a limit of them
};

}  // namespace troupe::app
