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
  std::string state{};               ///< empty: all
  std::string platform{};            ///< empty: all
  bool only_of_old_clients = false;  ///< only platforms that Vexa's first clients know
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
/// All that there were in it, newest first.
std::vector<Meeting> meetings_in_call(store::Connection& c, const Whose& whose, Platform platform,
                                      std::string_view native_id, std::int64_t limit);
/// How many bots this person may have in meetings at once; nothing: as many as everybody.
std::optional<std::int64_t> most_at_once(store::Connection& c, std::int64_t tenant_id, std::int64_t owner_id);
void set_most_at_once(store::Tx& tx, std::int64_t tenant_id, std::int64_t owner_id, std::optional<std::int64_t> most);
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

inline constexpr std::int64_t kDayMs = 86'400'000;

/// Whose transcripts are older than they are to be: the shortest of what is set (0 days: for ever), what the tenant's
/// operators said (TenantRetention) and what whoever asked for the meeting said.
struct Ages {
  base::UnixMs now = 0;
  std::int64_t days = 0;
};
std::vector<MeetingId> old_transcripts(store::Connection& c, const Ages& ages, std::int64_t limit);
/// That ended before this, of which nothing runs any more and whose transcript and recordings are gone or never were.
std::vector<MeetingId> old_meetings(store::Connection& c, base::UnixMs before, std::int64_t limit);
/// With its history and its attempts.
void delete_meeting(store::Tx& tx, MeetingId id);

/// Whoever has asked for meetings that have words or sound yet, by tenant and number, after that one.
struct MeetingOwner {
  std::int64_t tenant_id = 0;
  std::int64_t owner_id = 0;
};
std::vector<MeetingOwner> owners_of_words(store::Connection& c, const MeetingOwner& after, std::int64_t limit);
/// Their meetings of that kind, in their order, after that one.
std::vector<MeetingId> meetings_with_words(store::Connection& c, const Whose& whose, MeetingId after,
                                           std::int64_t limit);

std::optional<Attempt> find_attempt_by_token(store::Connection& c, std::string_view token_hash);
std::vector<Attempt> attempts_of(store::Connection& c, MeetingId id);
std::vector<Transition> transitions_of(store::Connection& c, MeetingId id);
/// Of all these meetings with ids in this range: their present attempts, and their histories in their order.
struct IdRange {
  MeetingId first = 0;
  MeetingId last = 0;
};
/// Those whose container may be there, or is to be made, newest first.
std::vector<Kept> with_containers(store::Connection& c, const Whose& whose, std::int64_t limit);
std::vector<Attempt> present_attempts(store::Connection& c, const Whose& whose, IdRange range);
std::vector<Transition> transitions_of(store::Connection& c, const Whose& whose, IdRange range);
std::optional<Session> find_session(store::Connection& c, MeetingId id, std::int64_t attempt);
std::optional<Session> find_session(store::Connection& c, std::string_view connection_id);

}  // namespace troupe::meetings::records
