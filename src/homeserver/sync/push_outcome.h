// What events of a room do to one member: by the predefined push rules or their own, with whom they ignore.
#pragma once
#include <optional>
#include <string>

#include "homeserver/account_data/account_data.h"
#include "homeserver/sync/history_store.h"
#include "matrix/push_rules.h"

namespace troupe::homeserver::sync {

/// Lives for one answer on one thread. Goes by the room as it is now: the member's name, powers, how many are in it.
class PushOutcomes {
 public:
  /// The user's id must outlive it.
  PushOutcomes(const memory::RoomPtr& room, const std::string& user_id, account_data::UserSettingsPtr settings);

  /// They have rules of their own.
  bool custom() const { return settings_->push_rules != nullptr; }
  /// Sender and content of each event matter, not only its flags.
  bool looks_closer() const { return custom() || settings_->ignored; }
  /// So do events that notify nobody by the predefined rules.
  bool hears_quiet_events() const { return hears_quiet_events_; }
  history_store::NamedUser user() const { return {.user_id = user_id_, .display_name = display_name_}; }

  /// The caller skips the user's own events.
  matrix::PushOutcome of(const memory::StoredEvent& stored) const;
  /// The actions of the rule that decides an event which notifies.
  matrix::JsonArray actions(const memory::StoredEvent& stored) const;

 private:
  bool is_unwanted_invite(const matrix::Event& event) const;
  matrix::PushRoom room_for(const memory::StoredEvent& stored) const;
  const std::string& user_id_;
  account_data::UserSettingsPtr settings_;
  std::string display_name_;
  std::size_t joined_members_ = 0;
  std::optional<matrix::PowerLevels> levels_;  ///< with rules of their own only
  bool hears_quiet_events_ = false;
};

}  // namespace troupe::homeserver::sync
