// SQL for whom mails about missed messages are for: pushers with the app id m.email (hs_pusher), which last as long as
// the account has their address, whichever devices come and go. All throw store::SqlError only.
#pragma once
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "store/database.h"

namespace troupe::homeserver::accounts::mail_pusher_store {

/// Nothing when there is one.
void begin(store::Tx&, std::string_view user_id, std::string_view address, base::UnixMs now_ms);
/// When it was made; nothing: there is none, or the address is not the account's.
std::optional<base::UnixMs> find(store::Connection&, std::string_view user_id, std::string_view address);
void end(store::Tx&, std::string_view user_id, std::string_view address);
/// Of everybody else: the address is this account's now.
void end_of_others(store::Tx&, std::string_view user_id, std::string_view address);
/// Those of addresses that the account does not have any more.
void end_without_address(store::Tx&, std::string_view user_id);

}  // namespace troupe::homeserver::accounts::mail_pusher_store
