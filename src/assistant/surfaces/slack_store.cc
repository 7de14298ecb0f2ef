#include "assistant/surfaces/slack_store.h"

#include "store/words.h"

namespace troupe::assistant::surfaces::slack_store {
namespace {

using namespace store::words;

constexpr auto kEventColumns = store::columns(
    column("event_id", &SlackEvent::id), column("team", &SlackEvent::team), column("channel", &SlackEvent::channel),
    column("person", &SlackEvent::user), column("ts", &SlackEvent::ts), column("thread_ts", &SlackEvent::thread_ts),
    column("direct", &SlackEvent::direct), column("text", &SlackEvent::text));
constexpr auto kHeardColumns =
    store::columns(store::part(&SlackHeard::event, kEventColumns), column("received_ms", &SlackHeard::received_ms));
constexpr auto kDueEvents =
    sql("SELECT ", kHeardColumns, " FROM (SELECT ", kHeardColumns,
        ", ROW_NUMBER() OVER (PARTITION BY channel ORDER BY received_ms, event_id) AS nth FROM as_slack_event "
        "WHERE done = 0 AND wait_ms <= ?1) firsts WHERE nth = 1 ORDER BY received_ms, event_id LIMIT ?2");
constexpr auto kWordsColumns = store::columns(
    column("id", &SlackWords::id), column("channel", &SlackWords::channel), column("thread_ts", &SlackWords::thread_ts),
    column("text", &SlackWords::text), column("sent_ms", &SlackWords::sent_ms), column("tries", &SlackWords::tries),
    column("created_ms", &SlackWords::created_ms));
constexpr auto kDuePosts =
    sql("SELECT ", kWordsColumns, " FROM (SELECT ", kWordsColumns,
        ", ROW_NUMBER() OVER (PARTITION BY channel ORDER BY created_ms, id) AS nth FROM as_slack_post "
        "WHERE done = 0 AND wait_ms <= ?1) firsts WHERE nth = 1 ORDER BY created_ms, id LIMIT ?2");

}  // namespace

bool insert_event(store::Tx& tx, const SlackEvent& event, base::UnixMs now) {
  return tx.run(
             "INSERT INTO as_slack_event (event_id, team, channel, person, ts, thread_ts, direct, text, received_ms, "
             "wait_ms, done) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, 0) ON CONFLICT (event_id) DO NOTHING",
             event.id, event.team, event.channel, event.user, event.ts, event.thread_ts, event.direct ? 1 : 0,
             event.text, now) > 0;
}

std::int64_t open_events(store::Connection& c) {
  return store::number(c.query("SELECT COUNT(*) FROM as_slack_event WHERE done = 0"));
}

std::vector<SlackHeard> due_events(store::Connection& c, base::UnixMs now, std::int64_t limit) {
  return store::all(c.query(kDueEvents, now, limit), kHeardColumns);
}

bool finish_event(store::Tx& tx, std::string_view event_id) {
  return tx.run("UPDATE as_slack_event SET done = 1 WHERE event_id = ?1 AND done = 0", event_id) > 0;
}

void put_off_event(store::Tx& tx, std::string_view event_id, base::UnixMs until) {
  tx.run("UPDATE as_slack_event SET wait_ms = ?2 WHERE event_id = ?1", event_id, until);
}

std::optional<tasks::JsonObject> thread_of(store::Connection& c, std::string_view session, std::string_view person) {
  auto stored = store::value<std::string>(
      c.query("SELECT thread FROM as_slack_thread WHERE session = ?1 AND person = ?2", session, person));
  if (!stored) return std::nullopt;
  boost::system::error_code ec;
  auto parsed = boost::json::parse(*stored, ec);
  if (ec || !parsed.is_object()) return std::nullopt;
  return std::move(parsed.get_object());
}

void put_thread(store::Tx& tx, std::string_view session, std::string_view person, const tasks::JsonObject& thread,
                base::UnixMs now) {
  tx.run(
      "INSERT INTO as_slack_thread (session, person, thread, updated_ms) VALUES (?1, ?2, ?3, ?4) "
      "ON CONFLICT (session, person) DO UPDATE SET thread = excluded.thread, updated_ms = excluded.updated_ms",
      session, person, boost::json::serialize(thread), now);
}

void insert_post(store::Tx& tx, const SlackWords& words) {
  tx.run(
      "INSERT INTO as_slack_post (id, channel, thread_ts, text, sent_ms, tries, wait_ms, done, created_ms) "
      "VALUES (?1, ?2, ?3, ?4, NULL, 0, 0, 0, ?5) ON CONFLICT (id) DO NOTHING",
      words.id, words.channel, words.thread_ts, words.text, words.created_ms);
}

std::vector<SlackWords> due_posts(store::Connection& c, base::UnixMs now, std::int64_t limit) {
  return store::all(c.query(kDuePosts, now, limit), kWordsColumns);
}

void mark_sent(store::Tx& tx, std::string_view id, base::UnixMs at) {
  tx.run("UPDATE as_slack_post SET sent_ms = ?2 WHERE id = ?1 AND sent_ms IS NULL", id, at);
}

void put_off_post(store::Tx& tx, std::string_view id, base::UnixMs until, bool nothing_sent) {
  tx.run("UPDATE as_slack_post SET wait_ms = ?2, tries = tries + 1 WHERE id = ?1", id, until);
  if (nothing_sent) tx.run("UPDATE as_slack_post SET sent_ms = NULL WHERE id = ?1", id);
}

void finish_post(store::Tx& tx, std::string_view id) {
  tx.run("UPDATE as_slack_post SET done = 1, text = '' WHERE id = ?1", id);
}

std::int64_t prune(store::Tx& tx, base::UnixMs before, std::int64_t limit) {
  tx.run("DELETE FROM as_slack_thread WHERE updated_ms < ?1", before);  // as many as there are people in channels
  return std::max(
      tx.run("DELETE FROM as_slack_event WHERE event_id IN (SELECT event_id FROM as_slack_event WHERE done = 1 "
             "AND received_ms < ?1 ORDER BY received_ms LIMIT ?2)",
             before, limit),
      tx.run("DELETE FROM as_slack_post WHERE id IN (SELECT id FROM as_slack_post WHERE done = 1 "
             "AND created_ms < ?1 ORDER BY created_ms LIMIT ?2)",
             before, limit));
}

}  // namespace troupe::assistant::surfaces::slack_store
