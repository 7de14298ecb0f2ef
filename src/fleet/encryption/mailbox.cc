// Sending, and the channels for it; what is received: mailbox_inbox.cc.
#include "fleet/encryption/mailbox.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/serialize.hpp>

#include "base/log.h"

namespace troupe::fleet::encryption {
namespace {

constexpr std::size_t kSentAtOnce = 100;
/// Between so many that are encrypted for others have their turn on this thread: it is everybody's.
constexpr std::size_t kSealedAtOnce = 10;
constexpr std::size_t kMaxRemembered = 10'000;
constexpr std::string_view kClaimed = "signed_curve25519";

/// The claimed key of a device, when it has signed it.
std::string one_time_key(const matrix::JsonObject& claimed, const PeerDevice& device) {
  const auto* of_user = matrix::find_object(claimed, device.user_id);
  const auto* of_device = of_user ? matrix::find_object(*of_user, device.device_id) : nullptr;
  if (of_device == nullptr) return {};
  for (const auto& member : *of_device) {
    const auto* object = member.value().if_object();
    if (object == nullptr || !std::string_view(member.key()).starts_with(kClaimed)) continue;
    if (!is_signed_by(*object, device.user_id, device.device_id, device.ed25519)) continue;
    return std::string(matrix::find_string(*object, "key").value_or(""));
  }
  return {};
}

asio::awaitable<void> others_first() { co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable); }

void put_message(matrix::JsonObject& messages, const PeerDevice& to, matrix::JsonObject content) {
  auto& of_user = messages[to.user_id];
  if (!of_user.is_object()) of_user.emplace_object();
  of_user.get_object()[to.device_id] = std::move(content);
}

Channel* fresh_channel(Device& device, const PeerDevice& peer) {
  auto& channels = device.channels[channel_key(peer.user_id, peer.curve25519)];
  const auto found = std::ranges::find_if(channels, [](const Channel& one) { return one.fresh; });
  return found == channels.end() ? nullptr : &*found;
}

void drop_channel(Device& device, const PeerDevice& peer, const Error& why) {
  base::log_warning("fleet", "A channel to a device cannot be written to; it is given up.",
                    {{"user_id", peer.user_id}, {"device_id", peer.device_id}, {"reason", why.message()}});
  auto& channels = device.channels[channel_key(peer.user_id, peer.curve25519)];
  const auto found = std::ranges::find_if(channels, [](const Channel& one) { return one.fresh; });
  if (found != channels.end()) channels.erase(found);
}

}  // namespace

Task<std::vector<PeerDevice>> Mailbox::begin_channels(DevicePtr device, std::vector<PeerDevice> with, bool anew) {
  matrix::JsonObject wanted;
  std::vector<PeerDevice> asked;
  std::set<std::string> keys;
  for (const auto& peer : with) keys.insert(channel_key(peer.user_id, peer.curve25519));
  CO_TRY(co_await uses_.devices.load_channels(device, std::move(keys)));
  for (auto& peer : with) {
    if (!anew && fresh_channel(*device, peer) != nullptr) continue;
    put_message(wanted, peer, {});
    wanted[peer.user_id].get_object()[peer.device_id] = kClaimed;
    asked.push_back(std::move(peer));
  }
  std::vector<PeerDevice> unreached;
  if (asked.empty()) co_return unreached;
  CO_TRY(const auto claimed, co_await uses_.keys.claim_keys(device->user_id, std::move(wanted)));
  std::size_t begun = 0;
  for (auto& peer : asked) {
    if (++begun % kSealedAtOnce == 0) co_await others_first();
    const auto key = one_time_key(claimed, peer);
    auto session = key.empty() ? Result<olm::Session>(std::unexpect, Error(Errc::not_found, "no one-time key"))
                               : device->account.outbound_session(peer.curve25519, key);
    if (!session) {
      base::log_info("fleet", "A device cannot be written to: no channel to it can be begun.",
                     {{"user_id", peer.user_id}, {"device_id", peer.device_id}, {"reason", session.error().message()}});
      unreached.push_back(std::move(peer));
      continue;
    }
    auto& channels = device->channels[channel_key(peer.user_id, peer.curve25519)];
    auto id = session->id();
    channels.insert(channels.begin(), Channel{.id = std::move(id), .session = *std::move(session), .fresh = true});
    if (std::ssize(channels) > kMaxOlmSessions) channels.pop_back();
  }
  co_return unreached;
}

Task<std::vector<PeerDevice>> Mailbox::send(DevicePtr device, std::vector<PeerDevice> to, std::string type,
                                            matrix::JsonObject content) {
  std::vector<PeerDevice> unreached;
  const auto own_keys = device_keys(*device);
  for (std::size_t at = 0; at < to.size(); at += kSentAtOnce) {
    const auto end = std::min(to.size(), at + kSentAtOnce);
    const std::vector<PeerDevice> some(to.begin() + static_cast<std::ptrdiff_t>(at),
                                       to.begin() + static_cast<std::ptrdiff_t>(end));
    CO_TRY(auto without, co_await begin_channels(device, some, false));
    matrix::JsonObject messages;
    Unstored unstored;
    std::size_t sealed_now = 0;
    for (const auto& peer : some) {
      if (++sealed_now % kSealedAtOnce == 0) co_await others_first();
      auto* channel = fresh_channel(*device, peer);
      if (channel == nullptr) continue;
      const matrix::JsonObject payload{{"type", type},
                                       {"content", content},
                                       {"sender", device->user_id},
                                       {"sender_device", device->device_id},
                                       {"keys", {{"ed25519", device->keys.ed25519}}},
                                       {"recipient", peer.user_id},
                                       {"recipient_keys", {{"ed25519", peer.ed25519}}},
                                       {"sender_device_keys", own_keys}};
      auto sealed = channel->session.encrypt(boost::json::serialize(payload));
      if (!sealed) {
        // What the other made of its end (a ratchet key of low order) keeps the bot from nobody else.
        drop_channel(*device, peer, sealed.error());
        without.push_back(peer);
        continue;
      }
      unstored.channels.emplace(channel_key(peer.user_id, peer.curve25519), channel->id);
      put_message(messages, peer,
                  {{"algorithm", kOlmAlgorithm},
                   {"sender_key", device->keys.curve25519},
                   {"ciphertext", {{peer.curve25519, {{"type", sealed->type}, {"body", sealed->body}}}}}});
    }
    for (auto& peer : without) unreached.push_back(std::move(peer));
    if (messages.empty()) continue;
    CO_TRY(co_await uses_.devices.store(device, std::move(unstored)));
    CO_TRY(co_await uses_.keys.send_to_device({.sender = device->user_id,
                                               .sender_device = device->device_id,
                                               .type = "m.room.encrypted",
                                               .messages = std::move(messages),
                                               .txn_id = base::random_token("")}));
  }
  co_return unreached;
}

Task<Unit> Mailbox::send_plain(DevicePtr device, std::vector<PeerDevice> to, std::string type,
                               matrix::JsonObject content) {
  for (std::size_t at = 0; at < to.size(); at += kSentAtOnce) {
    matrix::JsonObject messages;
    for (auto i = at; i < std::min(to.size(), at + kSentAtOnce); ++i) put_message(messages, to[i], content);
    CO_TRY(co_await uses_.keys.send_to_device({.sender = device->user_id,
                                               .sender_device = device->device_id,
                                               .type = type,
                                               .messages = std::move(messages),
                                               .txn_id = base::random_token("")}));
  }
  co_return Unit{};
}

Task<Unit> Mailbox::ask_for_key(DevicePtr device, std::string sender, std::string room_id, std::string session_id) {
  if (asked_for_.size() >= kMaxRemembered) asked_for_.clear();
  if (!asked_for_.emplace(device->bot, room_id, session_id).second) co_return Unit{};
  CO_TRY(co_await uses_.peers.refresh(device->user_id, {sender}));
  matrix::JsonObject content{
      {"action", "request"},
      {"requesting_device_id", device->device_id},
      {"request_id", base::random_token("")},
      {"body", {{"algorithm", kMegolmAlgorithm}, {"room_id", room_id}, {"session_id", session_id}}}};
  co_return co_await send_plain(device, uses_.peers.devices(sender), "m.room_key_request", std::move(content));
}

Task<Unit> Mailbox::mend(DevicePtr device, std::set<std::pair<std::string, std::string>> broken) {
  constexpr std::chrono::hours kMendedEvery{1};
  const auto now = std::chrono::steady_clock::now();
  std::vector<PeerDevice> with;
  for (const auto& [user_id, curve25519] : broken) {
    const auto* peer = uses_.peers.find(user_id, curve25519);
    if (peer == nullptr) continue;
    if (device->mended.size() >= kMaxRemembered) device->mended.clear();
    const auto last = device->mended.find(curve25519);
    if (last != device->mended.end() && now - last->second < kMendedEvery) continue;
    device->mended[curve25519] = now;
    with.push_back(*peer);
  }
  if (with.empty()) co_return Unit{};
  base::log_warning("fleet", "Channels to devices failed; new ones take their place.",
                    {{"user_id", device->user_id}, {"devices", with.size()}});
  auto begun = co_await begin_channels(device, with, true);
  auto sent = begun ? co_await send(device, with, "m.dummy", {}) : std::move(begun);
  if (sent) co_return Unit{};
  for (const auto& peer : with) device->mended.erase(peer.curve25519);  // the next failure tries again
  co_return std::unexpected(std::move(sent).error());
}

std::string Mailbox::withheld(BotKey bot, const std::string& session_id) const {
  const auto found = withheld_.find({bot, session_id});
  return found == withheld_.end() ? std::string() : found->second;
}

}  // namespace troupe::fleet::encryption
