#include "meetings/hooks/webhook_store.h"

#include "store/columns.h"
#include "store/words.h"

namespace troupe::meetings::hooks {
namespace {

using namespace store::words;

/// No try is that far ahead: the clock was, when it was written down.
constexpr base::UnixMs kFarthest = 12LL * 3'600'000;

constexpr auto kWebhook = store::columns(
    column("id", &Webhook::id), column("tenant_id", &Webhook::tenant_id), column("owner_id", &Webhook::owner_id),
    column("owner", &Webhook::owner), column("url", &Webhook::url),
    column<store::BytesOrNull>("secret", &Webhook::sealed_secret), column<store::Json>("events", &Webhook::events),
    column<store::Word<parse_format, Format::envelope>>("format", &Webhook::format),
    column("enabled", &Webhook::enabled), column("disabled_why", &Webhook::disabled_why),
    column("is_vexa", &Webhook::is_vexa), column("is_trusted", &Webhook::is_trusted),
    column("created_ms", &Webhook::created_ms));
constexpr auto kInsertWebhook = store::insert("mtg_webhook", kWebhook);
constexpr auto kHookById = sql("SELECT ", kWebhook, " FROM mtg_webhook WHERE id = ?1");
constexpr auto kHooksOfWhom =
    sql("SELECT ", kWebhook, " FROM mtg_webhook WHERE tenant_id = ?1 AND (?2 = 0 OR owner_id = ?2)");
constexpr auto kHookSeenById = sql(kHooksOfWhom, " AND id = ?3");
constexpr auto kHookList = sql(kHooksOfWhom, " ORDER BY id");
constexpr auto kVexaHook =
    sql("SELECT ", kWebhook, " FROM mtg_webhook WHERE tenant_id = ?1 AND owner_id = ?2 AND is_vexa = 1");
constexpr auto kListening = sql(
    "SELECT ", kWebhook, " FROM mtg_webhook WHERE tenant_id = ?1 AND owner_id IN (0, ?2) AND enabled = 1 ORDER BY id");

constexpr auto kDelivery = store::columns(
    column("id", &Delivery::id), column("webhook_id", &Delivery::webhook), column("meeting_id", &Delivery::meeting),
    column("event_id", &Delivery::event_id), column("event_type", &Delivery::event_type),
    column<store::Bytes>("body", &Delivery::body), column("is_sealed", &Delivery::is_sealed),
    column<store::Word<parse_delivery_state, DeliveryState::dead>>("state", &Delivery::state),
    column("tries", &Delivery::tries), column("begun_ms", &Delivery::begun_ms), column("due_ms", &Delivery::due_ms),
    column("done_ms", &Delivery::done_ms), column("status", &Delivery::status), column("problem", &Delivery::problem));
constexpr auto kInsertDelivery = store::insert("mtg_delivery", kDelivery);
constexpr auto kInsertOnce = sql(kInsertDelivery, " ON CONFLICT DO NOTHING");
constexpr auto kDeliveryAt = sql("SELECT ", kDelivery, " FROM mtg_delivery WHERE webhook_id = ?1 AND id = ?2");
constexpr auto kDeliveries =
    sql("SELECT ", kDelivery, " FROM mtg_delivery WHERE webhook_id = ?1 ORDER BY id DESC LIMIT ?3 OFFSET ?2");

constexpr auto kDue = store::columns(column("id", &Due::webhook), column("tenant_id", &Due::tenant_id),
                                     column("owner_id", &Due::owner_id));
constexpr auto kHead = store::columns(column("id", &Head::delivery), column("meeting_id", &Head::meeting));
constexpr auto kDueHooks = sql(
    "SELECT ", kDue,
    " FROM mtg_webhook WHERE id IN (SELECT webhook_id FROM mtg_delivery WHERE state = 'waiting' AND due_ms <= ?1 UNION "
    "SELECT webhook_id FROM mtg_delivery WHERE state = 'waiting' AND due_ms > ?2) ORDER BY id");
constexpr const char* kHeads =
    "SELECT d.id, d.meeting_id FROM mtg_delivery d WHERE d.state = 'waiting' AND d.webhook_id = ?1 AND (d.due_ms <= ?2 "
    "OR d.due_ms > ?3) AND NOT EXISTS (SELECT 1 FROM mtg_delivery e WHERE e.state = 'waiting' AND e.webhook_id = "
    "d.webhook_id AND e.meeting_id = d.meeting_id AND e.id < d.id) ORDER BY d.due_ms, d.id LIMIT ?4";

}  // namespace

void insert_webhook(Tx& tx, const Webhook& hook) { store::run_insert(tx, kInsertWebhook, kWebhook, hook); }

void update_webhook(Tx& tx, const Webhook& hook) {
  tx.run(
      "UPDATE mtg_webhook SET url = ?2, secret = ?3, events = ?4, format = ?5, enabled = ?6, disabled_why = ?7, "
      "is_trusted = ?8 WHERE id = ?1",
      hook.id, hook.url, store::blob_or_null(hook.sealed_secret), store::Json::write(hook.events),
      to_string(hook.format), hook.enabled, hook.disabled_why, hook.is_trusted);
}

void delete_webhook(Tx& tx, std::int64_t id) {
  tx.run("DELETE FROM mtg_delivery WHERE webhook_id = ?1", id);
  tx.run("DELETE FROM mtg_webhook WHERE id = ?1", id);
}

std::optional<Webhook> find_webhook(Connection& c, std::int64_t id) {
  return store::one(c.query(kHookById, id), kWebhook);
}

std::optional<Webhook> find_webhook(Connection& c, const records::Whose& whose, std::int64_t id) {
  return store::one(c.query(kHookSeenById, whose.tenant_id, whose.owner_id.value_or(0), id), kWebhook);
}

std::vector<Webhook> webhooks_of(Connection& c, const records::Whose& whose) {
  return store::all(c.query(kHookList, whose.tenant_id, whose.owner_id.value_or(0)), kWebhook);
}

std::optional<Webhook> find_vexa_webhook(Connection& c, std::int64_t tenant_id, std::int64_t owner_id) {
  return store::one(c.query(kVexaHook, tenant_id, owner_id), kWebhook);
}

std::vector<Webhook> listening_to(Connection& c, std::int64_t tenant_id, std::int64_t owner_id) {
  return store::all(c.query(kListening, tenant_id, owner_id), kWebhook);
}

void insert_delivery(Tx& tx, const Delivery& delivery) { store::run_insert(tx, kInsertOnce, kDelivery, delivery); }

void forget_bodies(Tx& tx, MeetingId meeting) {
  tx.run("UPDATE mtg_delivery SET body = ?2, is_sealed = 1 WHERE meeting_id = ?1 AND is_sealed = 0", meeting,
         Value::blob(std::string_view("")));
}

bool update_delivery(Tx& tx, const Delivery& delivery, std::int64_t tries_before) {
  return tx.run(
             "UPDATE mtg_delivery SET state = ?3, tries = ?4, due_ms = ?5, done_ms = ?6, status = ?7, problem = ?8 "
             "WHERE id = ?1 AND state = 'waiting' AND tries = ?2",
             delivery.id, tries_before, to_string(delivery.state), delivery.tries, delivery.due_ms, delivery.done_ms,
             delivery.status, delivery.problem) > 0;
}

void replay_delivery(Tx& tx, std::int64_t id, base::UnixMs now) {
  tx.run(
      "UPDATE mtg_delivery SET state = 'waiting', tries = 0, begun_ms = ?2, due_ms = ?2, done_ms = NULL, status = 0, "
      "problem = '' WHERE id = ?1",
      id, now);
}

std::optional<Delivery> find_delivery(Connection& c, std::int64_t webhook, std::int64_t id) {
  return store::one(c.query(kDeliveryAt, webhook, id), kDelivery);
}

DeliveryPage deliveries_of(Connection& c, std::int64_t webhook, std::int64_t from, std::int64_t limit) {
  DeliveryPage page{
      .items = store::all(c.query(kDeliveries, webhook, from, limit), kDelivery),
      .total = store::number(c.query("SELECT COUNT(*) FROM mtg_delivery WHERE webhook_id = ?1", webhook))};
  for (auto& one : page.items) one.body.clear();
  return page;
}

std::int64_t waiting_pings(Connection& c, std::int64_t webhook) {
  return store::number(c.query(
      "SELECT COUNT(*) FROM mtg_delivery WHERE webhook_id = ?1 AND meeting_id = 0 AND state = 'waiting'", webhook));
}

void give_up_waiting(Tx& tx, std::int64_t webhook, std::string_view why, base::UnixMs now) {
  tx.run(
      "UPDATE mtg_delivery SET state = 'dead', done_ms = ?2, problem = ?3 WHERE webhook_id = ?1 AND state = 'waiting'",
      webhook, now, why);
}

std::size_t delete_old_deliveries(Tx& tx, base::UnixMs before, std::size_t most) {
  return static_cast<std::size_t>(tx.run(
      "DELETE FROM mtg_delivery WHERE id IN (SELECT id FROM mtg_delivery WHERE done_ms IS NOT NULL AND done_ms < "
      "?1 LIMIT ?2)",
      before, static_cast<std::int64_t>(most)));
}

std::vector<Due> due_webhooks(Connection& c, base::UnixMs now) {
  return store::all(c.query(kDueHooks, now, now + kFarthest), kDue);
}

std::vector<Head> due_heads(Connection& c, std::int64_t webhook, base::UnixMs now, std::size_t most) {
  return store::all(c.query(kHeads, webhook, now, now + kFarthest, static_cast<std::int64_t>(most)), kHead);
}

}  // namespace troupe::meetings::hooks
