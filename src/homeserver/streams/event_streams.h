// Streams of messages that grow (MSC4471): who follows which, and what each has been told. In memory only.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "homeserver/memory/device_inbox.h"
#include "homeserver/memory/rooms.h"
#include "matrix/event_streams.h"

namespace troupe::homeserver::streams {

/// The device that messages of this server name as their publisher. No session has it: what is sent there comes here.
inline constexpr std::string_view kPublisher = "TROUPE_STREAMS";

/// A message from a device to kPublisher of `to`.
struct FromDevice {
  std::string_view sender;
  std::string_view sender_device;
  std::string_view type;
  std::string_view to;
  const matrix::JsonObject& content;
};

/// One per server; callable from any thread. Each process knows the streams of its own bots, and the devices that ask
/// there. MSC4471 §Subscribing, §Message stream updates; encryption of streams is not offered.
class EventStreams final : public matrix::EventStreams {
 public:
  static constexpr std::size_t kMostStreams = 10'000;
  static constexpr std::size_t kMostFollowers = 200;  ///< of a stream
  static constexpr std::size_t kMostWaiting = 50;     ///< that ask before the stream's event is known
  static constexpr std::chrono::minutes kExpiry{20};  ///< longer than any brain may take
  /// So long after a commit of another process somebody may be listening there.
  static constexpr std::chrono::minutes kOthersStay{10};

  struct Parts {
    memory::Rooms& rooms;
    memory::DeviceInbox& inbox;
    const base::Clock& clock;
  };
  explicit EventStreams(Parts parts);
  ~EventStreams() override;

  std::unique_ptr<matrix::EventStream> open_stream(std::string room_id, std::string sender) override;
  bool are_followed(std::string_view room_id) const override;

  /// Whether messages of this type to kPublisher are for streams.
  static bool is_ours(std::string_view type);
  /// A device asks for a stream, or wants it no more. What is wrong with that the device hears by `cancel`.
  void hear(const FromDevice& message);
  /// Another process of this server has committed something. Any thread.
  void others_are_there();

 private:
  class Stream;
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace troupe::homeserver::streams
