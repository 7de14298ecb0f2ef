// The tables of webhooks. All functions run inside the caller's transaction and throw store::SqlError.
#pragma once
#include <vector>

#include "meetings/hooks/webhook.h"
#include "meetings/records/meeting_store.h"

namespace troupe::meetings::hooks {

void insert_webhook(store::Tx& tx, const Webhook& hook);
void update_webhook(store::Tx& tx, const Webhook& hook);
/// With all that it was told.
void delete_webhook(store::Tx& tx, std::int64_t id);
std::optional<Webhook> find_webhook(store::Connection& c, std::int64_t id);
/// The same for whoever may see it: its owner (then not those of everybody), or the tenant's operators.
std::optional<Webhook> find_webhook(store::Connection& c, const records::Whose& whose, std::int64_t id);
std::vector<Webhook> webhooks_of(store::Connection& c, const records::Whose& whose);
/// The one that Vexa's clients set.
std::optional<Webhook> find_vexa_webhook(store::Connection& c, std::int64_t tenant_id, std::int64_t owner_id);
/// Those who are told of a meeting of this person.
std::vector<Webhook> listening_to(store::Connection& c, std::int64_t tenant_id, std::int64_t owner_id);

/// Nothing is written where it is there already.
void insert_delivery(store::Tx& tx, const Delivery& delivery);
/// What was not sealed, because no transcript was there yet, is no more readable than if it had been.
void forget_bodies(store::Tx& tx, MeetingId meeting);
/// What a try has come to. False: meanwhile somebody else has written of it.
bool update_delivery(store::Tx& tx, const Delivery& delivery, std::int64_t tries_before);
void replay_delivery(store::Tx& tx, std::int64_t id, base::UnixMs now);
std::optional<Delivery> find_delivery(store::Connection& c, std::int64_t webhook, std::int64_t id);
struct DeliveryPage {
  std::vector<Delivery> items{};  ///< newest first, without the bodies
  std::int64_t total = 0;
};
DeliveryPage deliveries_of(store::Connection& c, std::int64_t webhook, std::int64_t from, std::int64_t limit);
/// How many pings were asked for that nobody has answered yet.
std::int64_t waiting_pings(store::Connection& c, std::int64_t webhook);
/// What still waits of a webhook that is told nothing any more.
void give_up_waiting(store::Tx& tx, std::int64_t webhook, std::string_view why, base::UnixMs now);
/// At most so many that were done before this time; yields how many.
std::size_t delete_old_deliveries(store::Tx& tx, base::UnixMs before, std::size_t most);

/// A webhook that has something to send now, and whose it is.
struct Due {
  std::int64_t webhook = 0;
  std::int64_t tenant_id = 0;
  std::int64_t owner_id = 0;
};
std::vector<Due> due_webhooks(store::Connection& c, base::UnixMs now);
/// Its deliveries that are due and the first of their meetings.
struct Head {
  std::int64_t delivery = 0;
  MeetingId meeting = 0;
};
std::vector<Head> due_heads(store::Connection& c, std::int64_t webhook, base::UnixMs now, std::size_t most);

}  // namespace troupe::meetings::hooks
