#include "fleet/triggers/voice.h"

#include "base/log.h"
#include "fleet/answers/reply_content.h"
#include "fleet/bots/bot_store.h"
#include "fleet/bots/schedule_store.h"
#include "fleet/triggers/outbox.h"
#include "matrix/json.h"

namespace troupe::fleet::triggers {

asio::awaitable<LateFiles> Voice::put(std::string bot_user_id, std::string room_id, std::vector<Upload> files) const {
  LateFiles put;
  if (!places_ || files.empty()) co_return put;
  auto looking = places_->rooms.room(std::move(room_id));
  const auto room = co_await std::move(looking);
  // Nothing goes unencrypted where nobody can say whether it may.
  if (!room || (room->encrypted && !places_->bots_encrypt)) co_return put;
  for (auto& file : files) {
    matrix::Media media{.bytes = file.bytes, .content_type = file.mime, .name = file.name};
    encryption::EncryptedFile made;
    if (room->encrypted) {
      made = encryption::encrypt_file(std::move(media.bytes));
      media = {.bytes = std::move(made.bytes), .content_type = "application/octet-stream", .name = {}};
    }
    auto uploading = places_->media.upload(bot_user_id, std::move(media));
    auto mxc = co_await std::move(uploading);
    if (!mxc) {
      base::log_warning("fleet", "A file could not be uploaded.",
                        {{"bot", bot_user_id}, {"reason", mxc.error().message()}});
      continue;
    }
    if (room->encrypted) {
      made.file["url"] = *mxc;
      put.sealed.emplace(*mxc, std::move(made.file));
    }
    put.addresses.push_back(*std::move(mxc));
    put.uploads.push_back(std::move(file));
  }
  co_return put;
}

Result<Unit> Voice::say(store::Tx& tx, const LateWords& words, base::UnixMs now) const {
  std::int64_t tenant_id = 0;
  auto key = bots::bot_key_of(tx, words.bot_user_id, tenant_id);
  auto bot = key ? bots::bot_by_key(tx, *key) : std::nullopt;
  if (!bot) return Error(Errc::not_found, "The bot is gone.");
  if (count_waiting(tx, *key) >= kMaxWaitingPerBot) {
    return Error(Errc::limit_exceeded, "Too many messages of this bot are waiting.");
  }
  const auto reply_as = matrix::find_string(bot->brain_config, "reply_as").value_or("notice");
  const auto msgtype = "m." + std::string(reply_as == "text" ? "text" : "notice");
  auto reply = words.reply;
  reply.uploads = words.files.uploads;
  Outgoing outgoing{.id = 0,
                    .bot = *key,
                    .tenant_id = tenant_id,
                    .room_id = words.room_id,
                    .origin = std::string(kAnswerOrigin),
                    .dedup_key = words.key,
                    .contents = answers::reply_contents(reply,
                                                        {.bot_id = bot->bot_id,
                                                         .msgtype = msgtype,
                                                         .event_id = words.about,
                                                         .thread_root = words.thread_root,
                                                         .quote = !words.about.empty(),
                                                         // So far from a person that no other bot answers.
                                                         .hops = answers::kMaxHops,
                                                         .language = words.language},
                                                        words.files.addresses)};
  if (outgoing.contents.empty()) return Unit{};
  encryption::put_sealed(outgoing.contents, words.files.sealed);
  for (const auto& choice : words.reply.choices) {
    if (!choice.reaction.empty()) outgoing.contents.push_back(answers::reaction_content(choice.reaction));
  }
  enqueue(tx, outgoing, now);
  return Unit{};
}

Result<bool> Voice::runs(store::Connection& c, std::string_view bot_user_id) {
  std::int64_t tenant_id = 0;
  const auto key = bots::bot_key_of(c, bot_user_id, tenant_id);
  const auto bot = key ? bots::bot_by_key(c, *key) : std::nullopt;
  if (!bot) return Error(Errc::not_found, "The bot is gone.");
  return bot->desired == DesiredState::running;
}

void Voice::ring() const { bus_.publish(kOutboxChannel, ""); }

}  // namespace troupe::fleet::triggers
