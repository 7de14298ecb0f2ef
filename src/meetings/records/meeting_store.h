// The tables of meetings. All functions run inside the caller's transaction and throw store::SqlError.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "meetings/types/meeting.h"
#include "store/database.h"

namespace troupe::meetings::records {

/// Whose meetings are meant: of one person, or of everybody in the tenant.
struct Whose {
  std::int64_t tenant_id = 0;
  std::optional<std::int64_t> owner_id{};
};

struct Wanted {
  std::string state{};  ///< empty: all
  std::int64_t from = 0;
  std::int64_t limit = 100;
};
struct MeetingPage {
  std::vector<Meeting> items{};  ///< newest first
  std::int64_t total = 0;
};

/// A meeting with its present attempt.
struct Kept {
  Meeting meeting{};
  std::optional<Attempt> attempt{};
};

void insert_meeting(store::Tx& tx, const Meeting& meeting);
/// All that decide() changes, and the times.
void update_meeting(store::Tx& tx, const Meeting& meeting);
void insert_session(store::Tx& tx, const Session& session);
void insert_attempt(store::Tx& tx, const Attempt& attempt);
void update_attempt(store::Tx& tx, const Attempt& attempt);
void insert_transition(store::Tx& tx, const Transition& transition);

/// With Life::container filled in.
std::optional<Kept> find_meeting(store::Connection& c, MeetingId id);
/// The same for whoever may see it.
std::optional<Kept> find_meeting(store::Connection& c, const Whose& whose, MeetingId id);
MeetingPage list_meetings(store::Connection& c, const Whose& whose, const Wanted& wanted);
/// The one that keeps others of this person out of the call.
std::optional<Meeting> find_in_call(store::Connection& c, const Meeting& wanted);
/// How many of this person count against the limit.
std::int64_t count_taken(store::Connection& c, std::int64_t tenant_id, std::int64_t owner_id);
/// Containers of this person that may be there, also those that are leaving, and those that are yet to be made.
std::int64_t count_containers(store::Connection& c, std::int64_t tenant_id, std::int64_t owner_id);
/// That have no end yet, or of which something may still run.
std::vector<MeetingId> in_care(store::Connection& c);

/// That any meeting ran on.
std::vector<std::string> drivers_of(store::Connection& c);
/// The names of the tasks on this driver that are not gone.
std::vector<std::string> open_tasks(store::Connection& c, std::string_view driver);
/// Nothing of it runs on the machine of the process that started it, which is the one to say so.
void release_attempt(store::Tx& tx, const Attempt& attempt);

std::optional<Attempt> find_attempt_by_token(store::Connection& c, std::string_view token_hash);
std::vector<Attempt> attempts_of(store::Connection& c, MeetingId id);
std::vector<Transition> transitions_of(store::Connection& c, MeetingId id);
std::optional<Session> find_session(store::Connection& c, MeetingId id, std::int64_t attempt);
std::optional<Session> find_session(store::Connection& c, std::string_view connection_id);

}  // namespace troupe::meetings::records
