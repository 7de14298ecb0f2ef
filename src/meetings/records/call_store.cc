#include "meetings/records/call_store.h"

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

constexpr auto kConsent = store::columns(column("tenant_id", &Consent::tenant_id), column("room_id", &Consent::room_id),
                                         column("user_id", &Consent::user_id), column("declined", &Consent::declined),
                                         column("meeting_id", &Consent::meeting), column("at_ms", &Consent::at_ms));
constexpr auto kPutConsent =
    sql(store::insert("mtg_consent", kConsent),
        " ON CONFLICT (tenant_id, room_id, user_id) DO UPDATE SET declined = excluded.declined, meeting_id = "
        "excluded.meeting_id, at_ms = excluded.at_ms WHERE mtg_consent.declined <> excluded.declined");
constexpr auto kConsentsOf =
    sql("SELECT ", kConsent,
        " FROM mtg_consent WHERE tenant_id = ?1 AND (meeting_id = ?2 OR (declined = 1 AND room_id = (SELECT "
        "room_id FROM mtg_call WHERE mtg_call.meeting_id = ?2))) ORDER BY user_id LIMIT ?3");

}  // namespace

std::string_view to_string(CallKind kind) { return kind == CallKind::rtc ? "rtc" : "legacy"; }

std::optional<CallKind> parse_call_kind(std::string_view text) {
  for (const auto kind : kCallKinds) {
    if (to_string(kind) == text) return kind;
  }
  return std::nullopt;
}

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

void delete_call(Tx& tx, MeetingId id) { tx.run("DELETE FROM mtg_call WHERE meeting_id = ?1", id); }

void put_ended_device(Tx& tx, const EndedDevice& device) { store::run_insert(tx, kPutEnded, kEnded, device); }

std::vector<EndedDevice> ended_devices(Connection& c, base::UnixMs now, std::int64_t limit) {
  return store::all(c.query(kEndedDevices, now, limit), kEnded);
}

void delete_ended_device(Tx& tx, std::string_view device_id) {
  tx.run("DELETE FROM mtg_ended_device WHERE device_id = ?1", device_id);
}

bool put_consent(Tx& tx, const Consent& consent) { return store::run_insert(tx, kPutConsent, kConsent, consent) > 0; }

std::vector<std::string> declined_in(Connection& c, std::int64_t tenant_id, std::string_view room_id,
                                     std::int64_t limit) {
  return store::values<std::string>(
      c.query("SELECT user_id FROM mtg_consent WHERE tenant_id = ?1 AND room_id = ?2 AND declined = 1 ORDER BY user_id "
              "LIMIT ?3",
              tenant_id, room_id, limit));
}

std::vector<Consent> consents_of(Connection& c, std::int64_t tenant_id, MeetingId id, std::int64_t limit) {
  return store::all(c.query(kConsentsOf, tenant_id, id, limit), kConsent);
}

}  // namespace troupe::meetings::records
