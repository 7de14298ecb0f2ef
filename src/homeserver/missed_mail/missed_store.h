// SQL for mails about missed messages that are planned (hs_missed_mail). All throw store::SqlError only.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"

namespace troupe::homeserver::missed_mail {

/// The cursor of whoever plans (push/push_look.h): it moves in the commit that plans.
inline constexpr std::string_view kPlannedUpTo = "homeserver.push";

/// What is known of mails to one address.
struct MissedRow {
  std::string user_id;
  std::string address;
  std::int64_t due_ms = 0;     ///< when the next look is due; 0: nothing waits
  std::int64_t told_pos = 0;   ///< what came up to here is in no further mail
  std::int64_t mailed_ms = 0;  ///< 0: never
  std::int64_t pause_ms = 0;   ///< after the last mail, while its messages stay unread
};

namespace missed_store {

/// Something came after a position: a look is due, unless one is already. What was before is not told of the first
/// time.
void plan(store::Tx&, std::string_view user_id, std::string_view address, std::int64_t due_ms, std::int64_t after_pos);
/// Those of people with a receipt at after < pos <= upto that are due after this time.
std::vector<MissedRow> of_readers(store::Connection&, StreamPos after, StreamPos upto, std::int64_t due_ms);
/// Who has read is told as at first: the next look is due at this time, if it was to be later.
void hasten(store::Tx&, std::string_view user_id, std::string_view address, std::int64_t due_ms);
/// Those due at this time, the longest due first, at most `limit`.
std::vector<MissedRow> due(store::Connection&, std::int64_t now_ms, std::int64_t limit);
/// Puts one row in place of another. False when that is not there any more: another process was faster, or mails to the
/// address have ended.
bool replace(store::Tx&, const MissedRow& known, const MissedRow& now);

}  // namespace missed_store
}  // namespace troupe::homeserver::missed_mail
