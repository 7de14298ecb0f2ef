#include "meetings/records/call_store.h"

#include "base/transitions.h"
#include "store/columns.h"
#include "store/words.h"

namespace troupe::meetings::records {
namespace {

using namespace store::words;

constexpr auto kCall =
    store::columns(column("meeting_id", &CallAccount::meeting), column("bot", &CallAccount::bot),
                   column("user_id", &CallAccount::user_id), column("room_id", &CallAccount::room_id),
                   column<store::Word<parse_call_kind, CallKind::rtc>>("kind", &CallAccount::kind),
                   column("call_id", &CallAccount::call_id), column("attempt", &CallAccount::attempt),
                   column("device_id", &CallAccount::device_id));
constexpr auto kInsertCall = store::insert("mtg_call", kCall);
constexpr auto kFindCall = sql("SELECT ", kCall, " FROM mtg_call WHERE meeting_id = ?1");
constexpr auto kStaleDevices =
    sql("SELECT ", kCall,
        " FROM mtg_call WHERE device_id <> '' AND NOT EXISTS (SELECT 1 FROM mtg_meeting m JOIN mtg_attempt a ON "
        "a.meeting_id = m.id AND a.number = m.attempts WHERE m.id = mtg_call.meeting_id AND a.number = "
        "mtg_call.attempt AND a.state <> 'gone' AND m.state NOT IN ('completed', 'failed', 'error')) ORDER BY "
        "meeting_id LIMIT ?1");

constexpr auto kEnded =
    store::columns(column("device_id", &EndedDevice::device_id), column("user_id", &EndedDevice::user_id),
                   column("again_ms", &EndedDevice::again_ms));
constexpr auto kPutEnded = sql(store::insert("mtg_ended_device", kEnded),
                               " ON CONFLICT (device_id) DO UPDATE SET again_ms = excluded.again_ms");
constexpr auto kEndedDevices =
    sql("SELECT ", kEnded, " FROM mtg_ended_device WHERE again_ms <= ?1 ORDER BY again_ms, device_id LIMIT ?2");

constexpr auto kConsent = store::columns(column("user_id", &Consent::user_id), column("declined", &Consent::declined),
                                         column("said_in", &Consent::meeting), column("at_ms", &Consent::at_ms));
constexpr auto kConsentsOf =
    sql("SELECT ", kConsent, " FROM mtg_meeting_consent WHERE meeting_id = ?1 ORDER BY user_id LIMIT ?2");

/// Whether they declined in the room, or in the meeting, after they said this. What stands as said later than now comes
/// from a clock that was set back since, and proves nothing.
bool is_overtaken(Tx& tx, const Consent& consent, base::UnixMs now) {
  return !consent.declined &&
         store::any(
             tx.query("SELECT 1 FROM mtg_consent WHERE room_id = ?1 AND user_id = ?2 AND at_ms > ?4 AND at_ms <= ?5 "
                      "UNION ALL SELECT 1 FROM mtg_meeting_consent WHERE meeting_id = ?3 AND user_id = ?2 AND "
                      "declined = 1 AND at_ms > ?4 AND at_ms <= ?5 LIMIT 1",
                      consent.room_id, consent.user_id, consent.meeting, consent.at_ms, now));
}

/// What was declined before is declined anew: what is taken back late must find the later one.
void decline_anew(Tx& tx, const Consent& consent, base::UnixMs now) {
  tx.run("UPDATE mtg_consent SET at_ms = ?3 WHERE room_id = ?1 AND user_id = ?2 AND (at_ms < ?3 OR at_ms > ?4)",
         consent.room_id, consent.user_id, consent.at_ms, now);
  tx.run(
      "UPDATE mtg_meeting_consent SET at_ms = ?3 WHERE meeting_id = ?1 AND user_id = ?2 AND declined = 1 AND (at_ms < "
      "?3 OR at_ms > ?4)",
      consent.meeting, consent.user_id, consent.at_ms, now);
}

bool put_in_room(Tx& tx, const Consent& consent) {
  const auto& [tenant, room, user, declined, meeting, at] = consent;
  if (!declined) {
    return tx.run("DELETE FROM mtg_consent WHERE room_id = ?1 AND user_id = ?2", room, user) > 0;
  }
  return tx.run(
             "INSERT INTO mtg_consent (tenant_id, room_id, user_id, meeting_id, at_ms, used_ms) VALUES (?1, ?2, ?3, "
             "?4, ?5, ?5) ON CONFLICT (tenant_id, room_id, user_id) DO NOTHING",
             tenant, room, user, meeting, at) > 0;
}

bool put_in_meeting(Tx& tx, const Consent& consent) {
  if (!consent.declined) {
    return tx.run(
               "UPDATE mtg_meeting_consent SET declined = 0, said_in = ?1, at_ms = ?3 WHERE meeting_id = ?1 AND "
               "user_id = ?2 AND declined = 1",
               consent.meeting, consent.user_id, consent.at_ms) > 0;
  }
  return tx.run(
             "INSERT INTO mtg_meeting_consent (meeting_id, user_id, declined, said_in, at_ms) VALUES (?1, ?2, 1, ?1, "
             "?3) ON CONFLICT (meeting_id, user_id) DO UPDATE SET declined = 1, said_in = excluded.said_in, at_ms = "
             "excluded.at_ms WHERE mtg_meeting_consent.declined = 0",
             consent.meeting, consent.user_id, consent.at_ms) > 0;
}

}  // namespace

std::string_view to_string(CallKind kind) { return kind == CallKind::rtc ? "rtc" : "legacy"; }

std::optional<CallKind> parse_call_kind(std::string_view text) { return base::find_named(kCallKinds, text); }

void insert_call(Tx& tx, const CallAccount& call) { store::run_insert(tx, kInsertCall, kCall, call); }

std::optional<CallAccount> find_call(Connection& c, MeetingId id) { return store::one(c.query(kFindCall, id), kCall); }

bool take_call_device(Tx& tx, MeetingId id, std::int64_t attempt, std::string_view device_id) {
  return tx.run("UPDATE mtg_call SET attempt = ?2, device_id = ?3 WHERE meeting_id = ?1 AND device_id = ''", id,
                attempt, device_id) > 0;
}

void set_call_device(Tx& tx, MeetingId id, std::int64_t attempt, std::string_view device_id) {
  tx.run("UPDATE mtg_call SET attempt = ?2, device_id = ?3 WHERE meeting_id = ?1", id, attempt, device_id);
}

std::vector<CallAccount> stale_devices(Connection& c, std::int64_t limit) {
  return store::all(c.query(kStaleDevices, limit), kCall);
}

bool has_answered(Connection& c, std::string_view room_id, std::string_view call_id) {
  return store::any(c.query("SELECT 1 FROM mtg_call WHERE room_id = ?1 AND call_id = ?2 AND call_id <> '' LIMIT 1",
                            room_id, call_id));
}

void delete_call(Tx& tx, MeetingId id) { tx.run("DELETE FROM mtg_call WHERE meeting_id = ?1", id); }

void put_ended_device(Tx& tx, const EndedDevice& device) { store::run_insert(tx, kPutEnded, kEnded, device); }

std::vector<EndedDevice> ended_devices(Connection& c, base::UnixMs now, std::int64_t limit) {
  return store::all(c.query(kEndedDevices, now, limit), kEnded);
}

void delete_ended_device(Tx& tx, std::string_view device_id) {
  tx.run("DELETE FROM mtg_ended_device WHERE device_id = ?1", device_id);
}

bool put_consent(Tx& tx, const Consent& consent, base::UnixMs now) {
  if (is_overtaken(tx, consent, now)) return false;
  if (consent.declined) decline_anew(tx, consent, now);
  const bool in_room = put_in_room(tx, consent);
  const bool in_meeting = consent.meeting != 0 && put_in_meeting(tx, consent);
  return in_room || in_meeting;
}

void move_consents(Tx& tx, std::string_view from_room, std::string_view to_room) {
  tx.run(
      "INSERT INTO mtg_consent (tenant_id, room_id, user_id, meeting_id, at_ms, used_ms) SELECT tenant_id, ?2, "
      "user_id, meeting_id, at_ms, used_ms FROM mtg_consent WHERE room_id = ?1 ON CONFLICT (tenant_id, room_id, "
      "user_id) DO NOTHING",
      from_room, to_room);
  tx.run("DELETE FROM mtg_consent WHERE room_id = ?1", from_room);
}

void note_declined(Tx& tx, const Meeting& meeting, std::string_view room_id, base::UnixMs now) {
  tx.run(
      "INSERT INTO mtg_meeting_consent (meeting_id, user_id, declined, said_in, at_ms) SELECT ?1, user_id, 1, "
      "MAX(CASE WHEN tenant_id = ?2 THEN meeting_id ELSE 0 END), MIN(at_ms) FROM mtg_consent WHERE room_id = ?3 GROUP "
      "BY user_id ON CONFLICT (meeting_id, user_id) DO NOTHING",
      meeting.id, meeting.tenant_id, room_id);
  tx.run("UPDATE mtg_consent SET used_ms = ?2 WHERE room_id = ?1", room_id, now);
}

std::vector<std::string> declined_in(Connection& c, std::string_view room_id, std::int64_t limit) {
  return store::values<std::string>(
      c.query("SELECT DISTINCT user_id FROM mtg_consent WHERE room_id = ?1 ORDER BY user_id LIMIT ?2", room_id, limit));
}

std::vector<Consent> consents_of(Connection& c, MeetingId id, std::int64_t limit) {
  return store::all(c.query(kConsentsOf, id, limit), kConsent);
}

std::int64_t forget_consents(Tx& tx, base::UnixMs before, std::int64_t limit) {
  return static_cast<std::int64_t>(
      tx.run("DELETE FROM mtg_consent WHERE (tenant_id, room_id, user_id) IN (SELECT tenant_id, room_id, user_id FROM "
             "mtg_consent WHERE used_ms < ?1 ORDER BY used_ms LIMIT ?2)",
             before, limit));
}

std::vector<std::string> consenting_users(Connection& c, std::string_view after, std::int64_t limit) {
  return store::values<std::string>(
      c.query("SELECT user_id FROM (SELECT user_id FROM mtg_consent WHERE user_id > ?1 UNION SELECT user_id FROM "
              "mtg_meeting_consent WHERE user_id > ?1) u ORDER BY user_id LIMIT ?2",
              after, limit));
}

void forget_consents_of(Tx& tx, std::string_view user_id) {
  tx.run("DELETE FROM mtg_consent WHERE user_id = ?1", user_id);
  tx.run("DELETE FROM mtg_meeting_consent WHERE user_id = ?1", user_id);
}

}  // namespace troupe::meetings::records
