#include "fleet/triggers/hook_service.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/crypto.h"
#include "base/field_errors.h"
#include "base/utc.h"
#include "fleet/answers/reply_content.h"
#include "fleet/bots/bot_store.h"
#include "fleet/brains/program_brain.h"

namespace troupe::fleet::triggers {
namespace {

constexpr std::size_t kMaxHookNameBytes = 64;
constexpr std::size_t kTokenBytes = 43;  ///< base64url of 256 bits
constexpr std::size_t kMaxKeyBytes = 255;
constexpr base::UnixMs kDayMs = 86'400'000;
constexpr std::int64_t kMaxDays = 3'650;
constexpr std::int64_t kToldDaysBefore = 3;
constexpr std::int64_t kKeptDaysAfter = 30;
constexpr std::int64_t kToldAtOnce = 100;

std::string hash_of(std::string_view text) {
  auto digest = base::sha256(text);
  return base::hex(base::Bytes(digest.data(), digest.size()));
}

Error no_hook() { return Error(Errc::not_found, "Webhook not found"); }

net::route::RateLimits hook_rates(bool enabled) {
  net::route::RateLimits limits;
  limits.enabled = enabled;
  limits.message = kHookRate;
  return limits;
}

std::string day_text(base::UnixMs time) { return base::utc_text(time, "%Y-%m-%d %H:%M"); }

Upload as_upload(const HookFile& file) {
  auto kind = AttachmentKind::file;
  if (file.mime.starts_with("image/") && file.mime != "image/svg+xml") kind = AttachmentKind::image;
  if (file.mime.starts_with("audio/")) kind = AttachmentKind::audio;
  if (file.mime.starts_with("video/")) kind = AttachmentKind::video;
  return {.name = file.name, .mime = file.mime, .bytes = file.bytes, .kind = kind};
}

/// The events that a delivery becomes.
boost::json::array contents_of(const Bot& bot, const HookMessage& message, const std::vector<std::string>& files) {
  auto reply_as = matrix::find_string(bot.brain_config, "reply_as").value_or("notice");
  auto msgtype = "m." + std::string(reply_as == "text" ? "text" : "notice");
  const auto& answered = message.reply_to.empty() ? message.thread : message.reply_to;
  // So far from a person that no other bot answers it.
  Reply said{.text = message.text, .html = message.html};
  for (const auto& file : message.files) said.uploads.push_back(as_upload(file));
  auto contents = answers::reply_contents(said,
                                          {.bot_id = bot.bot_id,
                                           .msgtype = msgtype,
                                           .event_id = answered,
                                           .thread_root = message.thread,
                                           .quote = !message.reply_to.empty(),
                                           .hops = answers::kMaxHops},
                                          files);
  if (contents.empty()) return contents;
  auto& first = contents.front().get_object();
  if (!message.thread.empty() && !message.reply_to.empty()) {
    first["m.relates_to"].get_object()["is_falling_back"] = false;  // a true reply inside the thread
  }
  for (auto& part : contents) part.get_object()[answers::kBotMark].get_object().erase("answers");
  if (!message.data.is_null()) first[kHookData] = message.data;
  if (message.edit.empty()) return contents;
  // An edit is one event: what does not fit is left out.
  contents.resize(1);
  auto& edit = contents.front().get_object();
  edit.erase("m.relates_to");
  matrix::JsonObject now{
      {"msgtype", edit.at("msgtype")}, {"body", edit.at("body")}, {"m.mentions", matrix::JsonObject()}};
  std::string body = "* " + std::string(matrix::find_string(edit, "body").value_or(""));
  edit["body"] = body;
  if (auto html = matrix::find_string(edit, "formatted_body")) {
    now["format"] = "org.matrix.custom.html";
    now["formatted_body"] = *html;
    std::string starred = "* " + std::string(*html);
    edit["formatted_body"] = starred;
  }
  edit["m.new_content"] = std::move(now);
  edit["m.relates_to"] = {{"rel_type", "m.replace"}, {"event_id", message.edit}};
  return contents;
}

}  // namespace

HookService::HookService(store::Database& db, matrix::RoomActions& rooms, matrix::MediaRepository& media,
                         const base::Clock& clock, bus::Bus& bus, bool rate_limits, bool bots_encrypt)
    : db_(db),
      rooms_(rooms),
      media_(media),
      clock_(clock),
      bus_(bus),
      bots_encrypt_(bots_encrypt),
      limiter_(hook_rates(rate_limits), clock) {}

Task<MadeHook> HookService::create(std::int64_t tenant_id, std::string bot_id, NewHook wanted, Actor actor) {
  if (wanted.name.empty() || wanted.name.size() > kMaxHookNameBytes || !base::is_utf8(wanted.name)) {
    co_return base::field_error("/name", "name must be a text of 1 to 64 bytes.");
  }
  if (wanted.expires_in_days && (*wanted.expires_in_days < 1 || *wanted.expires_in_days > kMaxDays)) {
    co_return base::field_error("/expires_in_days",
                                "expires_in_days must be a number from 1 to " + std::to_string(kMaxDays) + ".");
  }
  auto find = [&](store::Connection& c) -> Result<Bot> {
    auto bot = bots::bot_by_id(c, tenant_id, bot_id);
    if (!bot) return Error(Errc::not_found, "Bot with id " + bot_id.substr(0, 64) + " does not exist");
    return *std::move(bot);
  };
  CO_TRY(auto bot, co_await db_.read(find));
  CO_TRY(auto rooms, co_await rooms_.joined_rooms(bot.user_id));
  auto room = std::ranges::find(rooms, wanted.room_id, &matrix::JoinedRoom::room_id);
  if (room == rooms.end()) {
    co_return base::field_error("/room_id",
                                "room_id must be a room that the bot is in. Invite " + bot.user_id + " first.");
  }
  // A program writes with keys of its own, which nothing here has.
  if (room->encrypted && (!bots_encrypt_ || bot.brain_kind == brains::kProgramKind)) {
    co_return base::field_error("/room_id", "The room is encrypted; a bot would have to write there in plain text.");
  }
  MadeHook made;
  auto token = base::random_token("");
  made.path = "/webhook/" + token;
  made.hook = {.id = 0,
               .hook_id = "h" + base::random_alphanumeric(11),
               .bot = bot.id,
               .tenant_id = tenant_id,
               .room_id = std::move(wanted.room_id),
               .name = std::move(wanted.name),
               .wait_for_complete = wanted.wait_for_complete,
               .made_by = std::move(actor.label),
               .created_ms = clock_.unix_ms(),
               .last_used_ms = std::nullopt};
  if (wanted.expires_in_days) {
    made.hook.expires_ms = made.hook.created_ms + *wanted.expires_in_days * kDayMs;
    // Whoever makes a hook for a few days knows it.
    made.hook.expiry_told = *wanted.expires_in_days <= kToldDaysBefore;
  }
  auto insert = [&](store::Tx& tx) -> Result<std::int64_t> {
    if (!bots::bot_by_key(tx, bot.id)) return Error(Errc::not_found, "The bot was deleted.");
    if (hooks_of(tx, bot.id).size() >= kMaxHooksPerBot) {
      return Error(Errc::conflict, "The bot has as many webhooks as it may have: " + std::to_string(kMaxHooksPerBot));
    }
    auto hook = made.hook;
    hook.id = bots::next_id(tx, "hook");
    insert_hook(tx, hook, hash_of(token));
    return hook.id;
  };
  CO_TRY(auto id, co_await db_.write(insert));
  made.hook.id = id;
  co_return made;
}

Task<std::vector<Hook>> HookService::list(std::int64_t tenant_id, std::string bot_id) {
  auto find = [&](store::Connection& c) -> Result<std::vector<Hook>> {
    auto bot = bots::bot_by_id(c, tenant_id, bot_id);
    if (!bot) return Error(Errc::not_found, "Bot with id " + bot_id.substr(0, 64) + " does not exist");
    return hooks_of(c, bot->id);
  };
  co_return co_await db_.read(find);
}

Task<Unit> HookService::remove(std::int64_t tenant_id, std::string bot_id, std::string hook_id) {
  auto drop = [&](store::Tx& tx) -> Result<Unit> {
    auto bot = bots::bot_by_id(tx, tenant_id, bot_id);
    if (!bot) return Error(Errc::not_found, "Bot with id " + bot_id.substr(0, 64) + " does not exist");
    if (!delete_hook(tx, bot->id, hook_id)) return no_hook();
    return Unit{};
  };
  co_return co_await db_.write(drop);
}

Task<HookAccepted> HookService::deliver(std::string token, HookDelivery delivery) {
  if (token.size() != kTokenBytes) co_return no_hook();
  if (delivery.idempotency_key.size() > kMaxKeyBytes) {
    co_return Error(Errc::bad_json, "The Idempotency-Key is longer than 255 bytes.");
  }
  auto hashed = hash_of(token);
  if (auto pause = limiter_.take(net::route::Rate::message, hashed)) {
    co_return Error(Errc::limit_exceeded, "Too many deliveries to this webhook.").with_retry_after(*pause);
  }
  struct Found {
    Hook hook;
    Bot bot;
  };
  auto find = [&](store::Connection& c) -> Result<Found> {
    auto hook = hook_by_token(c, hashed);
    if (!hook) return no_hook();
    auto bot = bots::bot_by_key(c, hook->bot);
    if (!bot) return no_hook();
    return Found{*std::move(hook), *std::move(bot)};
  };
  CO_TRY(auto found, co_await db_.read(find));
  if (found.hook.expires_ms && *found.hook.expires_ms <= clock_.unix_ms()) {
    co_return Error(Errc::not_found, "The webhook has expired").with_status(410);
  }
  if (found.bot.desired != DesiredState::running) {
    co_return Error(Errc::unavailable, "The bot of this webhook is stopped.")
        .with_retry_after(std::chrono::seconds(60));
  }
  CO_TRY(auto data, read_hook_body(delivery.content_type, delivery.body));
  CO_TRY(auto message, read_hook_message(data));
  Outgoing outgoing{.id = 0,
                    .bot = found.bot.id,
                    .tenant_id = found.bot.tenant_id,
                    .room_id = found.hook.room_id,
                    .origin = "hook",
                    .dedup_key = {},
                    .contents = {}};
  // A key of the caller's counts for its own hook only.
  outgoing.dedup_key =
      "hook:" + found.hook.hook_id + ":" +
      (delivery.idempotency_key.empty() ? "r" + base::random_token("") : "k" + hash_of(delivery.idempotency_key));
  if (!message.files.empty()) {
    auto look = [&](store::Connection& c) -> Result<std::optional<std::int64_t>> {
      return outgoing_by_key(c, outgoing.dedup_key);
    };
    CO_TRY(auto known, co_await db_.read(look));
    if (known) {  // its files need not be uploaded again
      co_return HookAccepted{.outgoing_id = *known, .duplicate = true, .wait = found.hook.wait_for_complete};
    }
  }
  encryption::SealedFiles sealed;
  CO_TRY(const bool seals, co_await seals_files(found.hook.room_id, message));
  CO_TRY(auto files, co_await upload(found.bot.user_id, message.files, seals ? &sealed : nullptr));
  outgoing.contents = contents_of(found.bot, message, files);
  encryption::put_sealed(outgoing.contents, sealed);
  auto now = clock_.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<Enqueued> {
    if (count_waiting(tx, found.bot.id) >= kMaxWaitingPerBot) {
      return Error(Errc::unavailable, "Too many messages of this bot are waiting.")
          .with_retry_after(std::chrono::seconds(10));
    }
    auto queued = enqueue(tx, outgoing, now);
    touch_hook(tx, found.hook.id, now);
    return queued;
  };
  CO_TRY(auto queued, co_await db_.write(write));
  bus_.publish(kOutboxChannel, "");
  co_return HookAccepted{.outgoing_id = queued.id, .duplicate = !queued.fresh, .wait = found.hook.wait_for_complete};
}

Task<std::string> HookService::wait(std::int64_t outgoing_id, std::chrono::milliseconds patience) {
  auto executor = co_await asio::this_coro::executor;
  auto until = std::chrono::steady_clock::now() + patience;
  // Looked up rather than signalled: with two processes the other one may be sending.
  for (std::chrono::milliseconds pause{5};;
       pause = std::min<std::chrono::milliseconds>(pause * 2, std::chrono::milliseconds(200))) {
    auto look = [outgoing_id](store::Connection& c) -> Result<std::optional<OutgoingStatus>> {
      return outgoing_status(c, outgoing_id);
    };
    CO_TRY(auto status, co_await db_.read(look));
    if (!status) co_return Error(Errc::not_found, "The delivery is gone.");
    if (status->state == OutgoingState::sent) co_return status->event_id;
    if (status->state == OutgoingState::failed)
      co_return Error(Errc::forbidden, "Failed to process webhook", status->detail);
    if (std::chrono::steady_clock::now() + pause > until) co_return Error(Errc::timed_out, "Failed to handle webhook");
    asio::steady_timer timer(executor, pause);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

Task<bool> HookService::seals_files(std::string room_id, const HookMessage& message) {
  if (!bots_encrypt_ || message.files.empty()) co_return false;
  CO_TRY(const auto room, co_await rooms_.room(std::move(room_id)));
  co_return room.encrypted;
}

Task<std::vector<std::string>> HookService::upload(std::string bot_user_id, const std::vector<HookFile>& files,
                                                   encryption::SealedFiles* sealed) {
  std::vector<std::string> addresses;
  for (const auto& file : files) {
    if (!file.mxc.empty()) {
      addresses.push_back(file.mxc);
      continue;
    }
    matrix::Media media{.bytes = file.bytes, .content_type = file.mime, .name = file.name};
    encryption::EncryptedFile made;
    if (sealed != nullptr) {
      made = encryption::encrypt_file(std::move(media.bytes));
      media = {.bytes = std::move(made.bytes), .content_type = "application/octet-stream", .name = {}};
    }
    CO_TRY(auto mxc, co_await media_.upload(bot_user_id, std::move(media)));
    if (sealed != nullptr) {
      made.file["url"] = mxc;
      sealed->emplace(mxc, std::move(made.file));
    }
    addresses.push_back(std::move(mxc));
  }
  co_return addresses;
}

Task<Unit> HookService::tidy(base::UnixMs aged) {
  auto now = clock_.unix_ms();
  bool told = false;
  auto work = [&](store::Tx& tx) -> Result<Unit> {
    delete_orphan_hooks(tx, aged - kKeptDaysAfter * kDayMs);
    for (const auto& hook : hooks_to_tell(tx, now + kToldDaysBefore * kDayMs, kToldAtOnce)) {
      mark_expiry_told(tx, hook.id);
      auto bot = bots::bot_by_key(tx, hook.bot);
      if (!bot || *hook.expires_ms <= now) continue;
      HookMessage message;
      message.text = "The webhook **" + hook.name + "** of this room ends on " + day_text(*hook.expires_ms) +
                     " (UTC). Make a new one if its service is to go on.";
      enqueue(tx,
              {.id = 0,
               .bot = hook.bot,
               .tenant_id = hook.tenant_id,
               .room_id = hook.room_id,
               .origin = "hook",
               .dedup_key = "hook-ends:" + hook.hook_id,
               .contents = contents_of(*bot, message, {})},
              now);
      told = true;
    }
    return Unit{};
  };
  auto done = co_await db_.write(work, {.lane = store::Lane::bulk});
  if (told) bus_.publish(kOutboxChannel, "");
  co_return done;
}

}  // namespace troupe::fleet::triggers
