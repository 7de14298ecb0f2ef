// The form in which one recipient sees an event: the shared opening of it, and an `unsigned` of their own.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/account_data/account_data.h"
#include "homeserver/memory/members.h"

namespace troupe::homeserver::sync {

/// Who is going to read, and when.
struct Recipient {
  std::string user_id;
  std::string device_id;
  std::int64_t now_ms = 0;
  account_data::UserSettingsPtr settings{};  ///< whom they ignore; nothing: nobody
  bool sees_all = false;                     ///< an administrator who looks into a room, whoever may
};

struct EventFormat {
  std::string_view room_id;  ///< written into the event; empty inside /sync, where the room is the key
  bool federation = false;   ///< the PDU itself, with event_id
  const std::vector<std::string>* only = nullptr;  ///< paths of what is shown (matrix/property_path.h); none: all
};

/// A member's event as append_event() shows it in `state` sections, written straight down from where it lies. The
/// format is the plain one of clients.
void append_member(std::string& out, const memory::Members::Member& member, const Recipient& recipient,
                   std::string_view room_id);

/// What `unsigned` holds beside the age and the sender's transaction id (Client-Server API #definition-clientevent).
struct UnsignedParts {
  std::string_view membership;                     ///< the recipient's at the event; empty: left out
  const memory::StoredEvent* replaced = nullptr;   ///< the state before: prev_content, prev_sender, replaces_state
  const memory::StoredEvent* redaction = nullptr;  ///< redacted_because
  std::string_view relations;                      ///< members of m.relations without braces; empty: none
};

/// Appends one event. The transaction id goes to the device that sent the event only: any other device would take the
/// event for an echo of its own.
void append_event(std::string& out, const memory::StoredEvent& stored, const Recipient& recipient,
                  const EventFormat& format, const UnsignedParts& parts);

/// Appends content, sender, state_key and type only, for invites and knocks.
void append_stripped_event(std::string& out, const matrix::Event& event);

}  // namespace troupe::homeserver::sync
