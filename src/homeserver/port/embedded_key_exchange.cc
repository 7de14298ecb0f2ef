#include "homeserver/port/embedded_key_exchange.h"

#include <algorithm>

#include "homeserver/crypto/device_keys_store.h"
#include "homeserver/crypto/device_sync.h"
#include "homeserver/crypto/to_device_store.h"
#include "homeserver/memory/event_store.h"

namespace troupe::homeserver::port {
namespace {

constexpr std::size_t kMaxInbox = 100;
constexpr std::string_view kOneTimeKeys = "signed_curve25519";

/// What our own routes would write as a body.
Result<matrix::JsonObject> read_body(std::string_view text) {
  TRY(auto parsed, matrix::parse_json(text));
  if (auto* object = parsed.if_object()) return std::move(*object);
  return Error(Errc::internal, "An answer about keys is no object.");
}

/// Nothing for what is no message: it is passed over.
std::optional<matrix::DeviceMessage> read_message(const crypto::to_device_store::Waiting& waiting) {
  auto parsed = matrix::parse_json(waiting.json);
  auto* object = parsed ? parsed->if_object() : nullptr;
  if (object == nullptr) return std::nullopt;
  const auto* content = matrix::find_object(*object, "content");
  return matrix::DeviceMessage{.pos = waiting.pos,
                               .sender = std::string(matrix::find_string(*object, "sender").value_or("")),
                               .type = std::string(matrix::find_string(*object, "type").value_or("")),
                               .content = content ? *content : matrix::JsonObject()};
}

}  // namespace

Task<Unit> EmbeddedKeyExchange::ensure_device(std::string user_id, std::string device_id, std::string display_name) {
  co_return co_await parts_.devices.create(std::move(user_id), std::move(device_id), std::move(display_name));
}

Task<Unit> EmbeddedKeyExchange::upload_keys(std::string user_id, std::string device_id, matrix::JsonObject body) {
  CO_TRY(auto upload, crypto::read_key_upload(body, user_id, device_id));
  CO_TRY(co_await parts_.keys.upload(std::move(user_id), std::move(device_id), std::move(upload)));
  co_return Unit{};
}

Task<Unit> EmbeddedKeyExchange::upload_cross_signing(std::string user_id, matrix::JsonObject body) {
  CO_TRY(auto keys, crypto::read_cross_signing_keys(body, user_id));
  co_return co_await parts_.cross_signing.upload(std::move(user_id), std::move(keys), true);
}

Task<Unit> EmbeddedKeyExchange::upload_signatures(std::string user_id, matrix::JsonObject body) {
  CO_TRY(auto objects, crypto::read_signed_objects(body, user_id));
  CO_TRY(const auto failed, co_await parts_.cross_signing.add_signatures(std::move(user_id), std::move(objects)));
  for (const auto& [signed_user, targets] : failed) {
    if (!targets.empty()) co_return std::unexpected(targets.begin()->second);
  }
  co_return Unit{};
}

Task<matrix::JsonObject> EmbeddedKeyExchange::query_keys(std::string user_id, std::vector<std::string> user_ids) {
  crypto::DeviceSelection wanted;
  wanted.reserve(user_ids.size());
  for (auto& asked : user_ids) wanted.emplace_back(std::move(asked), std::vector<std::string>());
  CO_TRY(const auto body, co_await parts_.keys.query(std::move(user_id), std::move(wanted)));
  co_return read_body(body);
}

Task<matrix::JsonObject> EmbeddedKeyExchange::claim_keys(std::string, matrix::JsonObject wanted) {
  CO_TRY(auto claims, crypto::read_key_claim({{"one_time_keys", std::move(wanted)}}));
  CO_TRY(const auto body, co_await parts_.keys.claim(std::move(claims)));
  CO_TRY(const auto answer, read_body(body));
  const auto* keys = matrix::find_object(answer, "one_time_keys");
  co_return keys ? *keys : matrix::JsonObject();
}

Task<Unit> EmbeddedKeyExchange::send_to_device(matrix::NewDeviceMessages messages) {
  crypto::SendToDevice request;
  CO_TRY(request.messages, crypto::read_device_messages({{"messages", std::move(messages.messages)}}));
  // Apart from every path that a client can send on: those have no such first segment.
  request.txn_hash = memory::txn_hash(messages.sender, messages.sender_device,
                                      memory::txn_path({"port", "sendToDevice", messages.type, messages.txn_id}));
  request.sender = std::move(messages.sender);
  request.sender_device = std::move(messages.sender_device);
  request.type = std::move(messages.type);
  co_return co_await parts_.to_device.send(std::move(request));
}

Task<matrix::DeviceInbox> EmbeddedKeyExchange::inbox(std::string user_id, std::string device_id, StreamPos after,
                                                     std::size_t limit) {
  limit = std::clamp<std::size_t>(limit, 1, kMaxInbox);
  auto read = [&](store::Connection& connection) -> Result<matrix::DeviceInbox> {
    matrix::DeviceInbox found;
    auto waiting = crypto::to_device_store::waiting(connection, user_id, device_id, after,
                                                    std::numeric_limits<StreamPos>::max(), limit + 1);
    found.more = waiting.size() > limit;
    if (found.more) waiting.pop_back();
    for (const auto& one : waiting) {
      if (auto message = read_message(one)) found.messages.push_back(*std::move(message));
    }
    const auto counts = crypto::device_keys_store::count_one_time_keys(connection, user_id, device_id);
    if (const auto count = counts.find(std::string(kOneTimeKeys)); count != counts.end()) {
      found.one_time_keys = count->second;
    }
    const auto unused = crypto::device_keys_store::unused_fallback_types(connection, user_id, device_id);
    found.fallback_key = std::ranges::find(unused, kOneTimeKeys) != unused.end();
    return found;
  };
  co_return co_await parts_.db.read(read);
}

Task<Unit> EmbeddedKeyExchange::forget_inbox(std::string user_id, std::string device_id, StreamPos upto) {
  auto forget = [&](store::Tx& tx) -> Result<Unit> {
    crypto::forget_delivered_to_device(tx, user_id, device_id, upto);
    return Unit{};
  };
  co_return co_await parts_.db.write(forget);
}

Task<matrix::KeyChanges> EmbeddedKeyExchange::key_changes(StreamPos after) {
  const auto head = parts_.db.head();  // before the snapshot: it holds everything up to here
  if (after == 0) co_return matrix::KeyChanges{.user_ids = {}, .upto = head};
  if (head <= after) co_return matrix::KeyChanges{.user_ids = {}, .upto = after};
  auto read = [&](store::Connection& connection) -> Result<matrix::KeyChanges> {
    return matrix::KeyChanges{.user_ids = crypto::device_keys_store::changed_since(connection, after, head),
                              .upto = head};
  };
  co_return co_await parts_.db.read(read);
}

}  // namespace troupe::homeserver::port
