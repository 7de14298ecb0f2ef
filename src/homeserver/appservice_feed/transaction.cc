#include "homeserver/appservice_feed/transaction.h"

#include <algorithm>

#include "homeserver/accounts/account_store.h"
#include "homeserver/crypto/device_keys_store.h"
#include "homeserver/crypto/device_sync.h"
#include "homeserver/crypto/to_device_store.h"
#include "homeserver/sync/event_view.h"
#include "matrix/json_out.h"

namespace troupe::homeserver::appservice_feed {
namespace {

std::string joined(std::span<const std::string> parts) {
  std::string out;
  for (const auto& part : parts) {
    if (!out.empty()) out += ',';
    out += part;
  }
  return out;
}

namespace notes = appservice::device_notes_store;
namespace keys = crypto::device_keys_store;

constexpr std::string_view kEphemeralPrefix = "de.sorunome.msc2409.";
constexpr std::string_view kDevicesPrefix = "org.matrix.msc3202.";

/// A member of the body under its name and under the one that it has while it is a proposal: libraries read either.
void append_both(std::string& body, std::string_view name, std::string_view prefix, std::string_view json) {
  for (const auto before : {std::string_view(), prefix}) {
    body += ",\"";
    body += before;
    body += name;
    body += "\":";
    body += json;
  }
}

std::optional<std::string> message_of(store::Connection& connection, const notes::MessageNote& note) {
  auto found = crypto::to_device_store::waiting(connection, note.user_id, note.device_id, note.pos - 1, note.pos, 1);
  if (found.empty()) return std::nullopt;
  return std::move(found.front().json);
}

/// Whether another service may still be told of the message, or of one before it.
bool is_awaited(store::Connection& connection, const appservice::Services& services, const appservice::Service& told,
                const notes::MessageNote& note) {
  return std::ranges::any_of(services.all(), [&](const auto& other) {
    if (other.get() == &told || !other->hears_messages() || !other->has_user(note.user_id)) return false;
    const auto oldest = notes::messages(connection, other->id(), 1);
    return !oldest.empty() && oldest.front().pos <= note.pos;
  });
}

void read_messages(store::Connection& connection, const std::string& service, DeviceBatch& batch) {
  std::vector<std::string> events;
  std::size_t bytes = 0;
  for (auto& note : notes::messages(connection, service, kMaxMessages)) {
    if (bytes >= kMaxBodyBytes / 2) break;
    auto json = message_of(connection, note);
    if (json) {
      json->pop_back();
      *json += ",\"to_user_id\":";
      matrix::append_json_string(*json, note.user_id);
      *json += ",\"to_device_id\":";
      matrix::append_json_string(*json, note.device_id);
      *json += '}';
      bytes += json->size();
      events.push_back(*std::move(json));
    }
    batch.messages.push_back(std::move(note));
  }
  if (events.empty()) return;
  batch.count += std::ssize(events);
  append_both(batch.members, "to_device", kEphemeralPrefix, "[" + joined(events) + "]");
}

void read_lists(store::Connection& connection, const std::string& service, DeviceBatch& batch) {
  batch.lists = notes::lists(connection, service, kMaxLists);
  if (batch.lists.empty()) return;
  matrix::JsonArray changed;
  matrix::JsonArray left;
  for (const auto& note : batch.lists) (note.has_left ? left : changed).emplace_back(note.user_id);
  const matrix::JsonObject lists{{"changed", std::move(changed)}, {"left", std::move(left)}};
  batch.count += std::ssize(batch.lists);
  append_both(batch.members, "device_lists", kDevicesPrefix, boost::json::serialize(lists));
}

void read_counts(store::Connection& connection, const std::string& service, DeviceBatch& batch) {
  batch.counts = notes::counts(connection, service, kMaxCounts);
  matrix::JsonObject counts;
  matrix::JsonObject fallbacks;
  for (const auto& note : batch.counts) {
    matrix::JsonObject of_user;
    matrix::JsonObject unused_of_user;
    for (const auto& device : accounts::account_store::devices(connection, note.user_id)) {
      if (!keys::device_key(connection, note.user_id, device.device_id)) continue;
      matrix::JsonObject of_device{{"signed_curve25519", 0}};
      for (const auto& [algorithm, count] : keys::count_one_time_keys(connection, note.user_id, device.device_id))
        of_device[algorithm] = count;
      of_user[device.device_id] = std::move(of_device);
      unused_of_user[device.device_id] =
          boost::json::value_from(keys::unused_fallback_types(connection, note.user_id, device.device_id));
    }
    if (of_user.empty()) continue;
    counts[note.user_id] = std::move(of_user);
    fallbacks[note.user_id] = std::move(unused_of_user);
  }
  if (counts.empty()) return;
  batch.count += static_cast<std::int64_t>(counts.size());
  append_both(batch.members, "device_one_time_keys_count", kDevicesPrefix, boost::json::serialize(counts));
  append_both(batch.members, "device_unused_fallback_key_types", kDevicesPrefix, boost::json::serialize(fallbacks));
}

}  // namespace

EventBatch read_batch(store::Connection& connection, memory::Rooms& rooms, std::string_view service,
                      std::int64_t now_ms) {
  EventBatch batch;
  const sync::Recipient recipient{.user_id = {}, .device_id = {}, .now_ms = now_ms};
  for (const auto pos : feed_store::waiting(connection, service, kMaxEvents)) {
    if (batch.events.size() >= kMaxBodyBytes) break;
    batch.upto = pos;
    const auto stored = memory::event_store::load_event(connection, pos);
    const auto room = stored ? rooms.load(connection, stored->room) : nullptr;
    if (!room) continue;
    const auto before = stored->replaces ? memory::event_store::load_event(connection, *stored->replaces) : nullptr;
    const auto redaction =
        stored->redacted_by ? memory::event_store::load_event(connection, *stored->redacted_by) : nullptr;
    if (!batch.events.empty()) batch.events += ',';
    sync::append_event(batch.events, *stored, recipient, {.room_id = room->id()},
                       {.membership = {}, .replaced = before.get(), .redaction = redaction.get(), .relations = {}});
    ++batch.count;
  }
  return batch;
}

DeviceBatch read_devices(store::Connection& connection, const appservice::Service& service) {
  DeviceBatch batch;
  if (service.hears_messages()) read_messages(connection, service.id(), batch);
  if (service.hears_devices()) {
    read_lists(connection, service.id(), batch);
    read_counts(connection, service.id(), batch);
  }
  return batch;
}

void settle_devices(store::Tx& tx, const appservice::Services& services, const appservice::Service& service,
                    const DeviceBatch& batch) {
  for (const auto& note : batch.messages) {
    notes::remove_message(tx, service.id(), note);
    if (!is_awaited(tx, services, service, note) &&
        !accounts::account_store::has_token(tx, note.user_id, note.device_id))
      crypto::forget_delivered_to_device(tx, note.user_id, note.device_id, note.pos);
  }
  for (const auto& note : batch.lists) notes::remove_list(tx, service.id(), note);
  for (const auto& note : batch.counts) notes::remove_count(tx, service.id(), note);
}

std::size_t forget_lost_messages(store::Tx& tx, std::string_view service, std::int64_t limit) {
  std::size_t lost = 0;
  for (const auto& note : notes::messages(tx, service, limit)) {
    if (message_of(tx, note)) continue;
    notes::remove_message(tx, service, note);
    ++lost;
  }
  return lost;
}

std::string transaction_body(std::string_view events, std::span<const std::string> edus, std::string_view devices) {
  std::string body = "{\"events\":[";
  body += events;
  body += ']';
  if (!edus.empty()) append_both(body, "ephemeral", kEphemeralPrefix, "[" + joined(edus) + "]");
  body += devices;
  body += '}';
  return body;
}

}  // namespace troupe::homeserver::appservice_feed
