#include "meetings/hooks/webhooks.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/field_errors.h"
#include "meetings/hooks/body.h"
#include "meetings/hooks/outbox.h"
#include "meetings/hooks/signature.h"
#include "net/http/url.h"

namespace troupe::meetings::hooks {
namespace {

constexpr std::size_t kMostEvents = 32;
/// One goes out at a time, and may take the sender's whole patience.
constexpr std::int64_t kMostWaitingPings = 5;
constexpr std::chrono::seconds kPingPause{10};
constexpr std::string_view kDisabled = "the webhook was disabled";

Error no_such_webhook() { return Error(Errc::not_found, "There is no such webhook."); }

/// `known` alone: our own routes; Vexa's take any.
Result<Unit> check_events(const boost::json::object& events, bool known) {
  if (events.size() > kMostEvents) return base::field_error("/events", "At most 32 events.");
  for (const auto& [name, wanted] : events) {
    if (!wanted.is_bool()) return base::field_error("/events", "Each event is true or false.");
    if (known && std::ranges::find(kEvents, std::string_view(name)) == kEvents.end()) {
      return base::field_error("/events", "There is no event '" + std::string(name).substr(0, 64) + "'.");
    }
  }
  return Unit{};
}

Result<Unit> check_secret(std::string_view secret) {
  if (secret.size() > kMostSecretBytes) return base::field_error("/secret", "At most 512 bytes.");
  if (!base::is_utf8(secret)) return base::field_error("/secret", "Not UTF-8.");
  return Unit{};
}

Result<Webhook> seen(store::Connection& c, const records::Whose& whose, std::int64_t id) {
  auto hook = find_webhook(c, whose, id);
  if (!hook) return no_such_webhook();
  return *std::move(hook);
}

}  // namespace

boost::json::object usual_events(Format format) {
  boost::json::object events{{kCompleted, true}};
  if (format == Format::legacy) events[kStatusChange] = true;
  return events;
}

Result<Unit> Webhooks::check_url(const std::string& url, bool is_admin) const {
  if (url.size() > kMostUrlBytes) return base::field_error("/url", "At most 2048 bytes.");
  const auto parsed = net::http::Url::parse(url);
  if (!parsed) return base::field_error("/url", "It must be an http or https address without a user name.");
  if (is_admin) return Unit{};
  // Names are looked up, and so judged, when something is sent; what is private by itself is said at once.
  const auto address = net::http::address_named_by(parsed->host);
  if (!address || uses_.rules.allows(*address)) return Unit{};
  return base::field_error("/url", "It leads into a private network (network.allowed_private).");
}

Task<MadeWebhook> Webhooks::create(Holder holder, NewWebhook wanted) {
  CO_TRY(check_url(wanted.url, holder.is_admin));
  if (wanted.events) CO_TRY(check_events(*wanted.events, true));
  if (wanted.secret) CO_TRY(check_secret(*wanted.secret));
  auto secret = wanted.secret && !wanted.secret->empty() ? *std::move(wanted.secret) : make_secret();
  Webhook hook{.tenant_id = holder.tenant_id,
               .owner_id = holder.owner_id,
               .owner = std::move(holder.label),
               .url = std::move(wanted.url),
               .sealed_secret = uses_.key.seal(secret),
               .events = wanted.events ? *std::move(wanted.events) : usual_events(wanted.format),
               .format = wanted.format,
               .is_trusted = holder.is_admin,
               .created_ms = uses_.clock.unix_ms()};
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    const auto theirs = webhooks_of(tx, {.tenant_id = hook.tenant_id});
    const auto count = std::ranges::count(theirs, hook.owner_id, &Webhook::owner_id);
    if (std::cmp_greater_equal(count, kMostWebhooks)) {
      return Error(Errc::limit_exceeded, fmt::format("There may be {} webhooks.", kMostWebhooks));
    }
    hook.id = tx.next_pos();
    insert_webhook(tx, hook);
    return Unit{};
  };
  CO_TRY(co_await uses_.db.write(write));
  co_return MadeWebhook{.hook = std::move(hook), .secret = std::move(secret)};
}

Task<Unit> Webhooks::set_for(Holder holder, std::string url, std::optional<std::string> secret,
                             std::optional<boost::json::object> events, Format format) {
  if (!url.empty()) CO_TRY(check_url(url, holder.is_admin));
  if (events) CO_TRY(check_events(*events, false));
  if (secret) CO_TRY(check_secret(*secret));
  const auto sealed = secret && !secret->empty() ? uses_.key.seal(*secret) : std::string();
  const auto now = uses_.clock.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    auto hook = find_vexa_webhook(tx, holder.tenant_id, holder.owner_id);
    if (url.empty()) {
      if (hook) delete_webhook(tx, hook->id);
      return Unit{};
    }
    const bool is_new = !hook;
    if (is_new) {
      hook = Webhook{.id = tx.next_pos(),
                     .tenant_id = holder.tenant_id,
                     .owner_id = holder.owner_id,
                     .owner = holder.label,
                     .events = usual_events(format),
                     .is_vexa = true,
                     .created_ms = now};
    } else if (!events && hook->format != format) {
      hook->events = usual_events(format);
    }
    hook->url = url;
    hook->format = format;
    hook->is_trusted = holder.is_admin;
    hook->enabled = true;
    hook->disabled_why.clear();
    if (secret) hook->sealed_secret = sealed;
    if (events) hook->events = *events;
    is_new ? insert_webhook(tx, *hook) : update_webhook(tx, *hook);
    return Unit{};
  };
  co_return co_await uses_.db.write(write);
}

Task<std::optional<Webhook>> Webhooks::get_for(std::int64_t tenant_id, std::int64_t owner_id) {
  auto look = [=](store::Connection& c) -> Result<std::optional<Webhook>> {
    return find_vexa_webhook(c, tenant_id, owner_id);
  };
  co_return co_await uses_.db.read(look);
}

Task<std::vector<Webhook>> Webhooks::list(records::Whose whose) {
  auto look = [&](store::Connection& c) -> Result<std::vector<Webhook>> { return webhooks_of(c, whose); };
  co_return co_await uses_.db.read(look);
}

Task<Webhook> Webhooks::find(records::Whose whose, std::int64_t id) {
  auto look = [&](store::Connection& c) -> Result<Webhook> { return seen(c, whose, id); };
  co_return co_await uses_.db.read(look);
}

Task<Webhook> Webhooks::change(records::Whose whose, std::int64_t id, WebhookChange change, bool is_admin) {
  if (change.url) CO_TRY(check_url(*change.url, is_admin));
  if (change.events) CO_TRY(check_events(*change.events, true));
  if (change.secret) CO_TRY(check_secret(*change.secret));
  if (change.secret && change.secret->empty()) co_return base::field_error("/secret", "It may not be empty.");
  const auto sealed = change.secret ? uses_.key.seal(*change.secret) : std::string();
  const auto now = uses_.clock.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<Webhook> {
    TRY(auto hook, seen(tx, whose, id));
    if (change.url) {
      hook.url = *change.url;
      hook.is_trusted = is_admin;
    }
    if (change.secret) hook.sealed_secret = sealed;
    if (change.events) hook.events = *change.events;
    if (change.format) hook.format = *change.format;
    if (change.enabled) {
      hook.enabled = *change.enabled;
      hook.disabled_why.clear();
      if (!hook.enabled) give_up_waiting(tx, hook.id, kDisabled, now);
    }
    update_webhook(tx, hook);
    return hook;
  };
  co_return co_await uses_.db.write(write);
}

Task<Unit> Webhooks::remove(records::Whose whose, std::int64_t id) {
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    TRY(seen(tx, whose, id));
    delete_webhook(tx, id);
    return Unit{};
  };
  co_return co_await uses_.db.write(write);
}

Task<Delivery> Webhooks::test(records::Whose whose, std::int64_t id) {
  const auto now = uses_.clock.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<Delivery> {
    TRY(const auto hook, seen(tx, whose, id));
    if (!hook.enabled) return Error(Errc::conflict, "The webhook is disabled.");
    if (waiting_pings(tx, hook.id) >= kMostWaitingPings) {
      return Error(Errc::limit_exceeded, "Pings that were asked for before wait yet.").with_retry_after(kPingPause);
    }
    Delivery made{
        .id = tx.next_pos(), .webhook = hook.id, .event_type = std::string(kPing), .begun_ms = now, .due_ms = now};
    made.event_id = event_id_of(hook.id, 0, fmt::format("ping {}", made.id));
    made.body = ping_body(made.event_id, hook.id, now);
    insert_delivery(tx, made);
    return made;
  };
  CO_TRY(auto made, co_await uses_.db.write(write));
  uses_.bus.publish(kHooksChannel, {});
  co_return made;
}

Task<DeliveryPage> Webhooks::deliveries(records::Whose whose, std::int64_t id, std::int64_t from, std::int64_t limit) {
  auto look = [&](store::Connection& c) -> Result<DeliveryPage> {
    TRY(seen(c, whose, id));
    return deliveries_of(c, id, from, limit);
  };
  co_return co_await uses_.db.read(look);
}

Task<Delivery> Webhooks::delivery(records::Whose whose, std::int64_t id, std::int64_t delivery) {
  auto look = [&](store::Connection& c) -> Result<Delivery> {
    TRY(seen(c, whose, id));
    auto found = find_delivery(c, id, delivery);
    if (!found) return Error(Errc::not_found, "There is no such delivery.");
    TRY(const bool is_readable, open_body(c, *found));
    if (!is_readable) found->body.clear();
    return *std::move(found);
  };
  co_return co_await uses_.db.read(look);
}

Task<Delivery> Webhooks::replay(records::Whose whose, std::int64_t id, std::int64_t delivery) {
  const auto now = uses_.clock.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<Delivery> {
    TRY(const auto hook, seen(tx, whose, id));
    const auto found = find_delivery(tx, id, delivery);
    if (!found) return Error(Errc::not_found, "There is no such delivery.");
    if (!hook.enabled) return Error(Errc::conflict, "The webhook is disabled.");
    if (found->state == DeliveryState::waiting) return Error(Errc::conflict, "It is on its way.");
    replay_delivery(tx, delivery, now);
    auto again = *find_delivery(tx, id, delivery);
    again.body.clear();
    return again;
  };
  CO_TRY(auto again, co_await uses_.db.write(write));
  uses_.bus.publish(kHooksChannel, {});
  co_return again;
}

}  // namespace troupe::meetings::hooks
