// What Vexa's WebSocket says: the frames of its first version, and those of its third (`"protocol":"v1"`). Pure.
#pragma once
#include <boost/json/object.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "meetings/types/chat.h"
#include "meetings/types/meeting.h"
#include "meetings/types/speech.h"

namespace troupe::meetings::vexa_live {

/// Which call somebody follows.
struct CallName {
  Platform platform = Platform::google_meet;
  std::string native_id{};
  auto operator<=>(const CallName&) const = default;
};

/// What a client sends.
struct Command {
  enum class Kind { subscribe, unsubscribe, ping };
  Kind kind = Kind::ping;
  std::vector<CallName> calls{};
  std::vector<std::string> problems{};  ///< what of the list is no call
  bool is_v1 = false;                   ///< "protocol":"v1"
};
inline constexpr std::size_t kMostCallsAtOnce = 100;
inline constexpr std::size_t kMostCommandBytes = 64UL * 1024;

/// Errors, whose message is the code that goes to the client: invalid_json, unknown_action, invalid_subscribe_payload,
/// invalid_unsubscribe_payload.
Result<Command> read_command(std::string_view text);

std::string error_frame(std::string_view code, const std::vector<std::string>& details = {});
/// `subscribed` or `unsubscribed`.
std::string calls_frame(std::string_view type, const std::vector<CallName>& calls);
std::string pong_frame();

/// A meeting, as far as frames name it.
struct Named {
  CallName call{};
  MeetingId id = 0;
  std::int64_t user_id = 0;
  bool is_v1 = false;  ///< with the numbers
};
std::string status_frame(const Named& meeting, std::string_view status, base::UnixMs at_ms);
/// Final ones are in it, too: readers merge it by absolute_start_time, and pass the finalized frame over.
std::string mutable_frame(const Named& meeting, const std::vector<Segment>& segments, base::UnixMs now);
std::string finalized_frame(const Named& meeting, const std::vector<Segment>& segments, base::UnixMs now);
/// What a speaker has said since, and all that may still change of it.
std::string transcript_frame(const Named& meeting, const std::string& speaker, const std::vector<Segment>& confirmed,
                             const std::vector<Segment>& pending, base::UnixMs now);
std::string retract_frame(const Named& meeting, const std::vector<std::string>& segment_ids);

/// Of the call's own chat; the same in both versions.
std::string chat_frame(const Named& meeting, const ChatMessage& message);

/// What may still change, by speaker, as transcript_frame() repeats it.
class Pending {
 public:
  static constexpr std::size_t kMost = 500;  ///< beyond it the oldest go
  /// The frames of a page of changes.
  std::vector<std::string> frames(const Named& meeting, const std::vector<Segment>& changes, base::UnixMs now);

 private:
  std::map<std::string, Segment> open_;  ///< by id
};

}  // namespace troupe::meetings::vexa_live
