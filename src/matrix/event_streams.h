// The port's streams: what grows beside a message until it is whole, told to those who ask for it and kept nowhere.
// MSC4471.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/types.h"
#include "matrix/json.h"

namespace troupe::matrix {

/// The stream of one message, as long as this lives. Callable from one thread at a time.
class EventStream {
 public:
  virtual ~EventStream() = default;
  /// Adds the members to a message's content that say that it has a stream. An edit whose new content lacks them ends
  /// the stream for those who follow it.
  virtual void describe(JsonObject& content) = 0;
  /// The message was sent. Until then nobody is told anything.
  virtual void placed(std::string event_id, StreamPos pos) = 0;
  /// The whole text so far: valid UTF-8. Whoever follows is told what is new in it. Quick.
  virtual void update(std::string_view text) = 0;
  /// Whether somebody may be watching the room just now without knowing streams, so that there must be edits: false
  /// when somebody watches and all who do follow streams. Quick.
  virtual bool others_watch() const = 0;
};

/// Callable from any thread.
class EventStreams {
 public:
  virtual ~EventStreams() = default;
  /// For a message that `sender` is about to send. Nothing where there are none: on another homeserver, in an encrypted
  /// room, or when too many are open.
  virtual std::unique_ptr<EventStream> open_stream(std::string room_id, std::string sender) = 0;
  /// Whether somebody watches the room just now with a client that has followed streams before. Quick.
  virtual bool are_followed(std::string_view room_id) const = 0;
};

}  // namespace troupe::matrix
