// SQL for what application services are still to be told of devices: messages for their users' devices, whose devices
// changed, and which of their users have other numbers of keys (MSC4203, MSC3202). And since when each is known. All
// functions throw store::SqlError only.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"

namespace troupe::homeserver::appservice::device_notes_store {

/// A message in the device's queue.
struct MessageNote {
  StreamPos pos = 0;
  std::string user_id;
  std::string device_id;
};
void note_message(store::Tx&, std::string_view service, const MessageNote& note);
/// The oldest.
std::vector<MessageNote> messages(store::Connection&, std::string_view service, std::int64_t limit);
void remove_message(store::Tx&, std::string_view service, const MessageNote& note);

/// Somebody's devices changed, or are no business of the service any more.
struct ListNote {
  std::string user_id;
  bool has_left = false;
  StreamPos pos = 0;
};
/// In place of what was noted of the user before.
void note_list(store::Tx&, std::string_view service, const ListNote& note);
std::vector<ListNote> lists(store::Connection&, std::string_view service, std::int64_t limit);
/// Unless there is a newer one.
void remove_list(store::Tx&, std::string_view service, const ListNote& note);

/// A user of the service whose devices have other numbers of one-time or fallback keys.
struct CountNote {
  std::string user_id;
  StreamPos pos = 0;
};
void note_count(store::Tx&, std::string_view service, const CountNote& note);
std::vector<CountNote> counts(store::Connection&, std::string_view service, std::int64_t limit);
/// Unless there is a newer one.
void remove_count(store::Tx&, std::string_view service, const CountNote& note);

/// The first service after this id of which there is a note; empty: none.
std::string service_after(store::Connection&, std::string_view service);
/// Removes up to so many notes of each kind. Yields whether there may be more.
bool remove_some(store::Tx&, std::string_view service, std::int64_t limit);

/// A service that is told of what comes after a position.
struct KnownService {
  std::string service;
  StreamPos from_pos = 0;
};
std::vector<KnownService> known(store::Connection&);
void put_known(store::Tx&, const KnownService& service);
void remove_known(store::Tx&, std::string_view service);

}  // namespace troupe::homeserver::appservice::device_notes_store
