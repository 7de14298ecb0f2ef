#include "fleet/encryption/devices.h"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "base/log.h"

namespace troupe::fleet::encryption {
namespace {

constexpr std::size_t kKeysWanted = olm::Account::kMaxOneTimeKeys;
constexpr std::int64_t kKeysAtLeast = kKeysWanted / 2;
constexpr std::chrono::hours kFallbackEvery{1};
constexpr std::string_view kDisplayName = "Troupe";
/// Readers of all rooms that devices in memory know of.
constexpr std::size_t kMaxReadersInMemory = 500'000;

Error bot_is_gone() { return Error(Errc::not_found, "The bot is deleted."); }

std::size_t readers_of(const Device& device) {
  std::size_t count = 0;
  for (const auto& [room_id, room] : device.rooms) count += room.shared.size() + 1;
  return count;
}

std::string new_device_id() {
  auto random = base::random_alphanumeric(10);
  std::ranges::transform(random, random.begin(), [](unsigned char c) { return std::toupper(c); });
  return "TROUPE" + random;
}

matrix::JsonObject cross_key(const Device& device, std::string_view usage, const olm::SigningKey& key) {
  matrix::JsonObject object{
      {"user_id", device.user_id}, {"usage", {usage}}, {"keys", {{"ed25519:" + key.public_key(), key.public_key()}}}};
  if (usage != "master") {
    sign_object(object, device.user_id, device.master.public_key(),
                [&](std::string_view text) { return device.master.sign(text); });
  }
  return object;
}

matrix::JsonObject claimable_key(const Device& device, const olm::OneTimeKey& key, bool fallback) {
  matrix::JsonObject object{{"key", key.curve25519}};
  if (fallback) object["fallback"] = true;
  sign_object(object, device.user_id, device.device_id,
              [&](std::string_view text) { return device.account.sign(text); });
  return object;
}

Result<olm::SigningKey> seed_of(const matrix::JsonObject& seeds, std::string_view name) {
  return olm::SigningKey::from_seed(matrix::find_string(seeds, name).value_or(""));
}

}  // namespace

matrix::JsonObject device_keys(const Device& device) {
  matrix::JsonObject object{{"user_id", device.user_id},
                            {"device_id", device.device_id},
                            {"algorithms", {kOlmAlgorithm, kMegolmAlgorithm}},
                            {"keys",
                             {{"curve25519:" + device.device_id, device.keys.curve25519},
                              {"ed25519:" + device.device_id, device.keys.ed25519}}}};
  sign_object(object, device.user_id, device.device_id,
              [&](std::string_view text) { return device.account.sign(text); });
  return object;
}

std::shared_ptr<Line> Devices::line(BotKey bot) {
  auto& line = lines_[bot];
  if (!line) line = std::make_shared<Line>(home_);
  return line;
}

Task<DevicePtr> Devices::open(term::LiveBotPtr bot) {
  const auto id = bot->row.id;
  auto known = devices_.find(id);
  DevicePtr device = known == devices_.end() ? nullptr : known->second;
  if (!device) {
    CO_TRY(device, co_await load(bot));
    if (!device) {
      CO_TRY(device, co_await make(bot));
    }
    devices_[id] = device;
    put_out_oldest();
  }
  if (!device->published) {
    CO_TRY(co_await publish(device, std::string(kDisplayName)));
  }
  co_return device;
}

void Devices::tidy(const std::function<bool(BotKey)>& stays) {
  std::erase_if(devices_, [&](const auto& one) { return one.second.use_count() == 1 && !stays(one.first); });
  std::erase_if(lines_, [&](const auto& one) { return one.second.use_count() == 1 && !stays(one.first); });
  put_out_oldest();
}

void Devices::put_out_oldest() {
  std::size_t readers = 0;
  for (const auto& [bot, device] : devices_) readers += readers_of(*device);
  while (devices_.size() > uses_.limits.devices_in_memory || readers > kMaxReadersInMemory) {
    auto oldest = devices_.end();
    for (auto at = devices_.begin(); at != devices_.end(); ++at) {
      if (at->second.use_count() > 1) continue;  // somebody is at work with it
      if (oldest == devices_.end() || at->second->wrote < oldest->second->wrote) oldest = at;
    }
    if (oldest == devices_.end()) return;
    readers -= readers_of(*oldest->second);
    devices_.erase(oldest);
  }
}

void Devices::put_out_channels(const DevicePtr& device, const std::set<std::string>& except) {
  std::size_t all = 0;
  for (const auto& [bot, one] : devices_) all += one->channels.size();
  // Whoever is at work has those that it needs now; of all others none is needed.
  if (all > uses_.limits.channels_in_memory) {
    for (const auto& [bot, one] : devices_) {
      if (one.use_count() == 1) one->channels.clear();
    }
  }
  if (device->channels.size() > uses_.limits.channels_of_device) {
    std::erase_if(device->channels, [&](const auto& one) { return !except.contains(one.first); });
  }
}

Task<DevicePtr> Devices::load(term::LiveBotPtr bot) {
  const auto id = bot->row.id;
  auto look = [id](store::Connection& c) -> Result<std::optional<DeviceRow>> { return find_device(c, id); };
  CO_TRY(const auto row, co_await uses_.store.look(look));
  if (!row) co_return nullptr;
  CO_TRY(const auto opened, uses_.sealing_key.open(row->cross_signing));
  CO_TRY(const auto parsed, matrix::parse_json(opened));
  if (!parsed.is_object()) co_return Error(Errc::internal, "What is kept of a bot's cross-signing keys is damaged.");
  const auto& seeds = parsed.get_object();
  CO_TRY(auto account, olm::Account::from_pickle(row->account, uses_.sealing_key));
  CO_TRY(auto master, seed_of(seeds, "master"));
  CO_TRY(auto self_signing, seed_of(seeds, "self_signing"));
  CO_TRY(auto user_signing, seed_of(seeds, "user_signing"));
  auto keys = account.identity_keys();
  co_return std::make_shared<Device>(Device{.bot = id,
                                            .user_id = bot->row.user_id,
                                            .device_id = row->device_id,
                                            .account = std::move(account),
                                            .master = std::move(master),
                                            .self_signing = std::move(self_signing),
                                            .user_signing = std::move(user_signing),
                                            .keys = std::move(keys),
                                            .published = row->published,
                                            .inbox_pos = row->inbox_pos});
}

Task<DevicePtr> Devices::make(term::LiveBotPtr bot) {
  auto account = olm::Account::create();
  auto keys = account.identity_keys();
  auto device = std::make_shared<Device>(Device{.bot = bot->row.id,
                                                .user_id = bot->row.user_id,
                                                .device_id = new_device_id(),
                                                .account = std::move(account),
                                                .master = olm::SigningKey::create(),
                                                .self_signing = olm::SigningKey::create(),
                                                .user_signing = olm::SigningKey::create(),
                                                .keys = std::move(keys)});
  const auto seeds = boost::json::serialize(matrix::JsonObject{{"master", device->master.seed()},
                                                               {"self_signing", device->self_signing.seed()},
                                                               {"user_signing", device->user_signing.seed()}});
  const DeviceRow row{.bot = device->bot,
                      .device_id = device->device_id,
                      .account = device->account.pickle(uses_.sealing_key),
                      .cross_signing = uses_.sealing_key.seal(seeds),
                      .published = false,
                      .inbox_pos = 0,
                      .created_ms = uses_.clock.unix_ms()};
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    if (!insert_device(tx, row)) return bot_is_gone();
    return Unit{};
  };
  CO_TRY(co_await uses_.store.write(write));
  co_return device;
}

Task<Unit> Devices::publish(DevicePtr device, std::string display_name) {
  auto& keys = uses_.keys;
  const auto& user_id = device->user_id;
  CO_TRY(co_await keys.ensure_device(user_id, device->device_id, std::move(display_name)));
  auto identity = device_keys(*device);
  // What follows may fail, and is then tried again from here: the keys that are there are enough.
  CO_TRY(const auto there, co_await keys.inbox(user_id, device->device_id, device->inbox_pos, 1));
  const auto have = device->account.unpublished_one_time_keys().size() + static_cast<std::size_t>(there.one_time_keys);
  device->account.generate_one_time_keys(kKeysWanted - std::min(kKeysWanted, have));
  if (!there.fallback_key && !device->account.unpublished_fallback_key()) device->account.generate_fallback_key();
  CO_TRY(co_await upload_claimable(device, {{"device_keys", identity}}));
  auto master = cross_key(*device, "master", device->master);
  CO_TRY(co_await keys.upload_cross_signing(
      user_id, {{"master_key", master},
                {"self_signing_key", cross_key(*device, "self_signing", device->self_signing)},
                {"user_signing_key", cross_key(*device, "user_signing", device->user_signing)}}));
  identity.erase("signatures");
  sign_object(identity, user_id, device->self_signing.public_key(),
              [&](std::string_view text) { return device->self_signing.sign(text); });
  sign_object(master, user_id, device->device_id, [&](std::string_view text) { return device->account.sign(text); });
  CO_TRY(co_await keys.upload_signatures(
      user_id,
      {{user_id, {{device->device_id, std::move(identity)}, {device->master.public_key(), std::move(master)}}}}));
  auto write = [&, bot = device->bot](store::Tx& tx) -> Result<Unit> {
    set_published(tx, bot, true);
    return Unit{};
  };
  CO_TRY(co_await uses_.store.write(write));
  device->published = true;
  base::log_info("fleet", "A bot's device for encrypted rooms is published.",
                 {{"user_id", user_id}, {"device_id", device->device_id}});
  co_return Unit{};
}

Task<Unit> Devices::upload_claimable(DevicePtr device, matrix::JsonObject body) {
  matrix::JsonObject one_time;
  for (const auto& key : device->account.unpublished_one_time_keys()) {
    one_time["signed_curve25519:" + key.id] = claimable_key(*device, key, false);
  }
  if (!one_time.empty()) body["one_time_keys"] = std::move(one_time);
  if (const auto key = device->account.unpublished_fallback_key()) {
    body["fallback_keys"] = matrix::JsonObject{{"signed_curve25519:" + key->id, claimable_key(*device, *key, true)}};
  }
  // Before they leave: a kill after it loses keys that nobody has, a kill before it would offer one a second time that
  // somebody has begun a channel with.
  device->account.mark_keys_published();
  CO_TRY(co_await store(device, {.account = true}));
  co_return co_await uses_.keys.upload_keys(device->user_id, device->device_id, std::move(body));
}

Task<Unit> Devices::replenish(DevicePtr device, const matrix::DeviceInbox& inbox) {
  const auto now = std::chrono::steady_clock::now();
  const auto waiting = static_cast<std::int64_t>(device->account.unpublished_one_time_keys().size());
  const bool few = inbox.one_time_keys < kKeysAtLeast;
  // Whoever has the last fallback key may still be on the way with it, so they do not follow one another closely.
  const bool new_fallback = !inbox.fallback_key && now - device->new_fallback_at >= kFallbackEvery;
  if (!few && !new_fallback) co_return Unit{};
  const auto have = inbox.one_time_keys + waiting;
  if (few && have < static_cast<std::int64_t>(kKeysWanted)) {
    device->account.generate_one_time_keys(kKeysWanted - static_cast<std::size_t>(have));
  }
  if (new_fallback) {
    device->new_fallback_at = now;
    if (!device->account.unpublished_fallback_key()) device->account.generate_fallback_key();
  }
  auto uploaded = co_await upload_claimable(device, {});
  if (!uploaded && uploaded.error().code() == Errc::unknown_token) {
    // Somebody has removed the device: it is made again, with the keys it had.
    base::log_warning("fleet", "A bot's device was removed from its account; it is published again.",
                      {{"user_id", device->user_id}, {"device_id", device->device_id}});
    device->published = false;
    co_return co_await publish(device, std::string(kDisplayName));
  }
  co_return uploaded;
}

Task<Unit> Devices::store(DevicePtr device, Unstored unstored) {
  std::vector<OlmRow> rows;
  for (const auto& [peer, id] : unstored.channels) {
    for (const auto& channel : device->channels[peer]) {
      if (channel.id == id) {
        rows.push_back({.peer_key = peer,
                        .session_id = id,
                        .pickle = channel.session.pickle(uses_.sealing_key),
                        .made_by = channel.fresh ? term_ : std::string()});
      }
    }
  }
  const auto account = unstored.account ? device->account.pickle(uses_.sealing_key) : std::string();
  const auto now = uses_.clock.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    if (!has_bot(tx, device->bot)) return bot_is_gone();
    if (unstored.account) set_account(tx, device->bot, account);
    for (const auto& row : rows) put_olm_session(tx, device->bot, row, now);
    for (const auto& row : unstored.room_keys) put_room_key(tx, device->bot, row);
    if (unstored.inbox_pos) set_inbox_pos(tx, device->bot, *unstored.inbox_pos);
    return Unit{};
  };
  auto written = co_await uses_.store.write(write);
  if (!written) {
    forget(device->bot);
    co_return written;
  }
  if (unstored.inbox_pos) device->inbox_pos = std::max(device->inbox_pos, *unstored.inbox_pos);
  co_return Unit{};
}

Task<Unit> Devices::load_channels(DevicePtr device, std::set<std::string> channel_keys) {
  std::vector<std::string> missing;
  std::ranges::copy_if(channel_keys, std::back_inserter(missing),
                       [&](const std::string& key) { return !device->channels.contains(key); });
  if (missing.empty()) co_return Unit{};
  put_out_channels(device, channel_keys);
  // Opened where they are read: it costs, and the home thread is everybody's.
  struct Loaded {
    std::map<std::string, std::vector<Channel>> channels;
    std::string damage;
  };
  auto look = [&](store::Connection& c) -> Result<Loaded> {
    Loaded loaded;
    for (const auto& key : missing) {
      auto& channels = loaded.channels[key];
      for (const auto& row : olm_sessions(c, device->bot, key)) {
        auto session = olm::Session::from_pickle(row.pickle, uses_.sealing_key);
        if (session) {
          channels.push_back({.id = row.session_id, .session = *std::move(session), .fresh = row.made_by == term_});
        } else {
          loaded.damage = session.error().message();
        }
      }
    }
    return loaded;
  };
  CO_TRY(auto loaded, co_await uses_.store.look(look));
  if (!loaded.damage.empty()) {
    base::log_error("fleet", "A bot's channel to a device cannot be opened; a new one takes its place.",
                    {{"user_id", device->user_id}, {"reason", loaded.damage}});
  }
  device->channels.merge(loaded.channels);
  co_return Unit{};
}

}  // namespace troupe::fleet::encryption
