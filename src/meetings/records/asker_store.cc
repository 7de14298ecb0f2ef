#include "meetings/records/asker_store.h"

#include "store/columns.h"
#include "store/words.h"

namespace troupe::meetings::records {
namespace {

using namespace store::words;

constexpr auto kAsker =
    store::columns(column("meeting_id", &CallAsker::meeting), column("tenant_id", &CallAsker::tenant_id),
                   column("owner_id", &CallAsker::owner_id), column("room_id", &CallAsker::room_id));
constexpr auto kAskers =
    sql("SELECT ", kAsker,
        " FROM mtg_call JOIN mtg_meeting ON mtg_meeting.id = mtg_call.meeting_id WHERE ended_ms IS NULL AND "
        "stop_requested = 0 AND meeting_id > ?1 ORDER BY meeting_id LIMIT ?2");

}  // namespace

std::vector<CallAsker> call_askers(Connection& c, MeetingId after, std::int64_t limit) {
  return store::all(c.query(kAskers, after, limit), kAsker);
}

}  // namespace troupe::meetings::records
