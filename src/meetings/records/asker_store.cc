#include "meetings/records/asker_store.h"

#include "store/columns.h"
#include "store/words.h"

namespace troupe::meetings::records {
namespace {

using namespace store::words;

constexpr auto kAsker = store::columns(column("meeting_id", &Asker::meeting), column("tenant_id", &Asker::tenant_id),
                                       column("owner_id", &Asker::owner_id), column("room_id", &Asker::room_id));
constexpr auto kOfCalls =
    sql("SELECT ", kAsker,
        " FROM mtg_call JOIN mtg_meeting ON mtg_meeting.id = mtg_call.meeting_id WHERE ended_ms IS NULL AND "
        "stop_requested = 0 AND meeting_id > ?1 ORDER BY meeting_id LIMIT ?2");
constexpr auto kOfThreads =
    sql("SELECT ", kAsker,
        " FROM mtg_thread JOIN mtg_meeting ON mtg_meeting.id = mtg_thread.meeting_id WHERE ended_ms IS NULL AND "
        "mtg_thread.state = 'open' AND meeting_id > ?1 ORDER BY meeting_id LIMIT ?2");

}  // namespace

std::vector<Asker> call_askers(Connection& c, MeetingId after, std::int64_t limit) {
  return store::all(c.query(kOfCalls, after, limit), kAsker);
}

std::vector<Asker> thread_askers(Connection& c, MeetingId after, std::int64_t limit) {
  return store::all(c.query(kOfThreads, after, limit), kAsker);
}

bool end_telling(Tx& tx, MeetingId id, std::string_view trouble) {
  return tx.run("UPDATE mtg_thread SET state = 'failed', trouble = ?2 WHERE meeting_id = ?1 AND state = 'open'", id,
                trouble) > 0;
}

}  // namespace troupe::meetings::records
