// SQL of what was heard and is to be said in Slack. All functions run inside the caller's transaction and throw
// store::SqlError.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "assistant/surfaces/slack_event.h"
#include "store/database.h"

namespace troupe::assistant::surfaces {

/// An event as it is kept.
struct SlackHeard {
  SlackEvent event;
  base::UnixMs received_ms = 0;
};

/// A message that is to be posted.
struct SlackWords {
  std::string id;
  std::string channel;
  std::string thread_ts = {};
  std::string text = {};
  std::optional<base::UnixMs> sent_ms = {};
  std::int64_t tries = 0;
  base::UnixMs created_ms = 0;
};

namespace slack_store {

/// False: it was here before.
bool insert_event(store::Tx& tx, const SlackEvent& event, base::UnixMs now);
std::int64_t open_events(store::Connection& c);
/// Of each channel the oldest that may be looked at, the oldest first.
std::vector<SlackHeard> due_events(store::Connection& c, base::UnixMs now, std::int64_t limit);
/// False: somebody else has done it.
bool finish_event(store::Tx& tx, std::string_view event_id);
void put_off_event(store::Tx& tx, std::string_view event_id, base::UnixMs until);

std::optional<tasks::JsonObject> thread_of(store::Connection& c, std::string_view session, std::string_view person);
void put_thread(store::Tx& tx, std::string_view session, std::string_view person, const tasks::JsonObject& thread,
                base::UnixMs now);

/// One with this id that is there already stays.
void insert_post(store::Tx& tx, const SlackWords& words);
/// Of each channel the oldest that may go out, the oldest first.
std::vector<SlackWords> due_posts(store::Connection& c, base::UnixMs now, std::int64_t limit);
void mark_sent(store::Tx& tx, std::string_view id, base::UnixMs at);
void put_off_post(store::Tx& tx, std::string_view id, base::UnixMs until, bool nothing_sent);
void finish_post(store::Tx& tx, std::string_view id);

/// What was done with before a time; at most `limit` of each. Yields how many.
std::int64_t prune(store::Tx& tx, base::UnixMs before, std::int64_t limit);

}  // namespace slack_store
}  // namespace troupe::assistant::surfaces
