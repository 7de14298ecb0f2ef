// One transaction for an application service, made from what waits for it.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "homeserver/appservice/device_notes_store.h"
#include "homeserver/appservice/services.h"
#include "homeserver/appservice_feed/feed_store.h"
#include "homeserver/memory/rooms.h"

namespace troupe::homeserver::appservice_feed {

inline constexpr std::int64_t kMaxEvents = 100;
inline constexpr std::size_t kMaxEdus = 100;
inline constexpr std::int64_t kMaxMessages = 100;      ///< to devices
inline constexpr std::int64_t kMaxLists = 100;         ///< people whose devices changed
inline constexpr std::int64_t kMaxCounts = 50;         ///< users whose numbers of keys are told
inline constexpr std::size_t kMaxBodyBytes = 4 << 20;  ///< it is full with the event that passes this

/// The events of a transaction, as members of a JSON array.
struct EventBatch {
  std::string events;
  std::int64_t count = 0;
  StreamPos upto = 0;  ///< of the positions that are in it, or that have no event any more; 0: none
};

/// The oldest events that wait for the service. What was redacted meanwhile comes in its pruned form; what was purged
/// does not come.
EventBatch read_batch(store::Connection& connection, memory::Rooms& rooms, std::string_view service,
                      std::int64_t now_ms);
/// What a transaction says of devices (MSC4203, MSC3202), and the notes that it settles.
struct DeviceBatch {
  std::vector<appservice::device_notes_store::MessageNote> messages;
  std::vector<appservice::device_notes_store::ListNote> lists;
  std::vector<appservice::device_notes_store::CountNote> counts;
  std::string members;     ///< of the body, each with a comma before it
  std::int64_t count = 0;  ///< what is in them; messages that nobody keeps any more do not count
  bool empty() const { return messages.empty() && lists.empty() && counts.empty(); }
};
DeviceBatch read_devices(store::Connection& connection, const appservice::Service& service);
/// The notes are settled, and messages have been handed over: those of devices on which nobody signed in wait no
/// longer, as no /sync will come for them (unless another service is still to have them).
void settle_devices(store::Tx& tx, const appservice::Services& services, const appservice::Service& service,
                    const DeviceBatch& batch);
/// Removes the oldest notes of messages that are gone, up to so many. Yields how many.
std::size_t forget_lost_messages(store::Tx& tx, std::string_view service, std::int64_t limit);

/// The body of PUT transactions, with what is no event under the stable and the unstable names.
std::string transaction_body(std::string_view events, std::span<const std::string> edus, std::string_view devices);

}  // namespace troupe::homeserver::appservice_feed
