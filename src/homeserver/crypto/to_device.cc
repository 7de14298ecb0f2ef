#include "homeserver/crypto/to_device.h"

#include <algorithm>
#include <map>
#include <set>

#include "homeserver/appservice/device_notes_store.h"
#include "homeserver/common/settings.h"
#include "homeserver/crypto/to_device_store.h"
#include "homeserver/memory/event_store.h"
#include "homeserver/memory/notes.h"
#include "matrix/ids.h"
#include "store/in_pieces.h"

namespace troupe::homeserver::crypto {
namespace {

constexpr std::string_view kAllDevices = "*";
constexpr std::size_t kMostForStreams = 50;  ///< of one request
/// In place of the sender of what guests send: no user id.
constexpr std::string_view kGuests = "guests";
/// What sender and type add to a content at most: one message fits into every queue.
constexpr std::size_t kMostAround = 4 * 1024;

/// The event up to its content, which is the same for all messages of a request.
std::string event_head(const SendToDevice& request) {
  std::string head = "{\"sender\":";
  matrix::append_json_string(head, request.sender);
  head += ",\"type\":";
  matrix::append_json_string(head, request.type);
  head += ",\"content\":";
  return head;
}

/// User to device to content. What names a device beats what names all.
using ByDevice = std::map<std::string_view, std::map<std::string_view, std::string_view>>;

ByDevice by_device(const std::vector<DeviceMessage>& messages) {
  ByDevice wanted;
  for (const auto& message : messages) wanted[message.user_id][message.device_id] = message.content;
  return wanted;
}

}  // namespace

Result<std::vector<DeviceMessage>> read_device_messages(const matrix::JsonObject& body) {
  const auto* given = matrix::find(body, "messages");
  if (!given) return Error(Errc::missing_param, "messages is missing.");
  if (!given->is_object()) return Error(Errc::bad_json, "messages must be an object of user ids.");
  std::vector<DeviceMessage> messages;
  for (const auto& [user_id, devices] : given->get_object()) {
    if (!devices.is_object()) return Error(Errc::bad_json, "messages must hold an object of devices for each user.");
    for (const auto& [device_id, content] : devices.get_object()) {
      if (!content.is_object()) return Error(Errc::bad_json, "The message for a device must be an object.");
      if (messages.size() >= ToDevice::kMaxMessages) {
        return Error(Errc::invalid_param, "Send to at most 5000 devices at once.");
      }
      auto serialized = boost::json::serialize(content);
      if (serialized.size() > ToDevice::kMaxContentBytes) {
        return Error(Errc::too_large, "A message to a device is larger than 64 KiB.");
      }
      messages.push_back({std::string(user_id), std::string(device_id), std::move(serialized)});
    }
  }
  return messages;
}

void ToDevice::hear_streams(SendToDevice& request) const {
  if (!streams_ || !streams::EventStreams::is_ours(request.type)) return;
  std::size_t heard = 0;
  std::erase_if(request.messages, [&](const DeviceMessage& message) {
    if (message.device_id != streams::kPublisher) return false;
    if (++heard > kMostForStreams) return true;  // each is answered; what is passed over may be asked again
    const auto content = matrix::parse_json(message.content);
    if (content && content->is_object()) {
      streams_->hear({.sender = request.sender,
                      .sender_device = request.sender_device,
                      .type = request.type,
                      .to = message.user_id,
                      .content = content->get_object()});
    }
    return true;
  });
}

std::vector<const appservice::Service*> ToDevice::services_of(std::string_view user_id) const {
  std::vector<const appservice::Service*> found;
  if (!services_) return found;
  for (const auto& service : services_->all())
    if (service->hears_messages() && service->has_user(user_id)) found.push_back(service.get());
  return found;
}

Task<Unit> ToDevice::send(SendToDevice request) {
  const bool had_messages = !request.messages.empty();
  hear_streams(request);
  if (had_messages && request.messages.empty()) co_return Unit{};
  const auto head = event_head(request);
  const auto wanted = by_device(request.messages);
  const std::string_view sender = request.by_guest ? kGuests : request.sender;
  const auto now = clock_.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    if (memory::event_store::find_txn(tx, request.txn_hash)) return Unit{};
    // Everything is looked up before the first change.
    std::vector<std::pair<std::string_view, std::vector<std::pair<std::string, std::string_view>>>> targets;
    std::size_t count = 0;
    std::size_t bytes = 0;
    const auto limit = std::max(settings_.of<KeepSettings>().to_device_queue_bytes, kMaxContentBytes + kMostAround);
    std::vector<std::pair<std::string_view, std::string>> overflowing;
    for (const auto& [user_id, devices] : wanted) {
      const auto parts = matrix::parse_user_id(user_id);
      if (!parts || parts->server != settings_.server_name) continue;
      std::vector<std::pair<std::string, std::string_view>> found;
      const auto all = devices.find(kAllDevices);
      for (auto& [device_id, queued] : to_device_store::queues(tx, user_id)) {
        const auto named = devices.find(device_id);
        const auto& message = named != devices.end() ? named : all;
        if (message == devices.end()) continue;
        const auto size = head.size() + message->second.size() + 1;
        bytes += size;
        if (queued + size > limit) overflowing.emplace_back(user_id, device_id);
        found.emplace_back(std::move(device_id), message->second);
      }
      count += found.size();
      if (!found.empty()) targets.emplace_back(user_id, std::move(found));
    }
    if (count > kMaxMessages) return Error(Errc::invalid_param, "Send to at most 5000 devices at once.");
    if (bytes > kMaxStoredBytes) {
      return Error(Errc::too_large, "Messages to devices may take 8 MiB in all, counted once for each device.");
    }
    memory::event_store::insert_txn(tx, request.txn_hash, 0, now);
    if (targets.empty()) return Unit{};
    const auto pos = tx.next_pos();
    std::string json;
    for (const auto& [user_id, devices] : targets) {
      const auto services = services_of(user_id);
      for (const auto& [device_id, content] : devices) {
        json.assign(head).append(content).push_back('}');
        to_device_store::insert(tx, user_id, device_id, pos, {sender, json}, now);
        for (const auto* service : services) {
          appservice::device_notes_store::note_message(
              tx, service->id(), {.pos = pos, .user_id = std::string(user_id), .device_id = device_id});
        }
      }
      memory::notes::own_changed(tx, user_id, pos);
      tx.after_commit([this, user = std::string(user_id), pos] { users_.touch(user, pos); });
    }
    for (const auto& [user_id, device_id] : overflowing) to_device_store::shrink(tx, user_id, device_id, limit);
    return Unit{};
  };
  co_return co_await db_.write(write);
}

Task<Unit> ToDevice::forget_old(base::UnixMs now) {
  const auto before =
      now - std::chrono::milliseconds(std::chrono::days(settings_.of<KeepSettings>().to_device_days)).count();
  // Of before the column was there, or from a process that does not know it.
  auto date = [now](store::Tx& tx) { return to_device_store::date_undated(tx, now, store::kPiece); };
  CO_TRY(co_await store::write_in_pieces(db_, date));
  auto remove = [before](store::Tx& tx) { return to_device_store::remove_older(tx, before, store::kPiece); };
  co_return co_await store::write_in_pieces(db_, remove);
}

}  // namespace troupe::homeserver::crypto
