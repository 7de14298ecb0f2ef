// Vexa's REST dialect: /bots, /meetings, /transcripts, /user and /admin, as the clients of that program know them
// (docs/vexa.md). Everything stands below /vexa, and on a listener of its own where one is configured; all but GET
// /bots stands at the root of the platform's listener, too, where that path is an older face's.
#pragma once
#include <string>

#include "api/group.h"
#include "api/kit.h"
#include "host/settings.h"
#include "meetings/hooks/webhooks.h"
#include "meetings/life/courier.h"
#include "meetings/life/service.h"
#include "meetings/routes/transcript_routes.h"
#include "meetings/transcripts/transcripts.h"
#include "meetings/vexa/call_rate.h"
#include "meetings/vexa/reading.h"
#include "meetings/vexa/shapes.h"
#include "meetings/vexa/shares.h"
#include "meetings/vexa/users.h"

namespace troupe::meetings::vexa {

/// The listener that has only this dialect.
inline constexpr std::string_view kListener = "vexa";

/// What the settings say of the dialect.
struct Rules {
  Style style{};
  std::int64_t usual_at_once = 3;
  links::Hosts hosts{};
};

/// What the handlers use; it lives as long as the route table.
struct Dialect {
  api::Kit kit;
  life::Meetings& meetings;
  transcripts::Transcripts& transcripts;
  recordings::Recordings& recordings;
  routes::Readers& readers;
  routes::Readers& listeners;  ///< of recordings
  hooks::Webhooks& webhooks;
  const calls::CallBots& call_bots;
  Users& users;
  Reading reading;
  store::Database& db;
  Rules rules;
  Shares& shares;
  const host::Settings& settings;
  CallRate& rate;
  life::Courier& courier;
  bool own_bot;  ///< the one that comes with this program is sent
};

/// Everything, at the usual places; on the dialect's own listener where `has_listener`.
void add_routes(Dialect& dialect, bool has_listener);

/// One of the places where the routes stand.
struct Mount {
  std::string listener{net::route::kPlatformListener};
  std::string prefix{};
  bool is_shown = false;     ///< in the API document
  bool has_bot_list = true;  ///< GET /bots
};

/// Routes whose answers say how often their caller may call.
class LimitedGroup : private api::Group {
 public:
  LimitedGroup(CallRate& rate, api::Group group) : api::Group(std::move(group)), rate_(rate) {}
  void add(api::Operation row) const {
    row.run = limited(rate_, std::move(row.run));
    api::Group::add(std::move(row));
  }

 private:
  CallRate& rate_;
};

/// The group of a mount's routes; those of the dialect's WebSocket stand on the same mounts.
LimitedGroup group_of(Dialect& dialect, const Mount& mount, std::string_view scheme);

void add_bot_routes(Dialect& dialect, const Mount& mount);
void add_act_routes(Dialect& dialect, const Mount& mount);
void add_meeting_routes(Dialect& dialect, const Mount& mount);
void add_recording_routes(Dialect& dialect, const Mount& mount);
void add_user_routes(Dialect& dialect, const Mount& mount);
void add_admin_routes(Dialect& dialect, const Mount& mount);
void add_share_routes(Dialect& dialect, const Mount& mount);

// For the handlers.

/// The caller's own meetings.
records::Whose own(const net::route::Call& call);
Actor actor_of(const net::route::Call& call);
/// As the dialect shows somebody, with the address of the webhook.
Task<UserReply> shown_user(Dialect& dialect, User user);
/// Whether bots of this user record where the request does not say.
bool records_usually(const User& user);
/// A number after the '?'. Errors: 422.
Result<std::int64_t> number_of(const net::http::Request& request, std::string_view name, std::int64_t otherwise,
                               std::int64_t least, std::int64_t most);
/// All that was said, at most 50 000 pieces; the audit log has who read it.
Task<std::vector<boost::json::object>> read_transcript(Dialect& dialect, const net::route::Call& call,
                                                       MeetingId meeting);
/// The meetings as the dialect lists them: ?limit=&offset=&platform=. Errors: 422.
Task<net::http::Response> list_meetings(Dialect& dialect, net::route::Call& call);
/// Which call the path means. Errors: 422.
Result<Reading::Call> call_of(const net::route::Call& call);

}  // namespace troupe::meetings::vexa
