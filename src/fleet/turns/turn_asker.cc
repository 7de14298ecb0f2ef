#include "fleet/turns/turn_asker.h"

#include <boost/json/serialize.hpp>

#include "base/log.h"
#include "fleet/answers/choices.h"
#include "fleet/answers/reply_content.h"
#include "fleet/answers/sentences.h"
#include "fleet/bots/session_store.h"
#include "fleet/encryption/encrypted_file.h"
#include "fleet/turns/rules.h"
#include "fleet/turns/stored_memory.h"
#include "fleet/turns/turn_record.h"
#include "fleet/turns/turn_store.h"
#include "fleet/turns/voice_messages.h"
#include "matrix/json.h"

namespace troupe::fleet::turns {
namespace {

constexpr std::int64_t kSameSentenceMs = 60'000;
constexpr std::size_t kSaidRemembered = 4'096;
constexpr std::size_t kMaxUploads = 10;
constexpr std::string_view kReset = "!reset";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\n')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.remove_suffix(1);
  return text;
}

answers::Sentence sentence_for(Errc code) {
  switch (code) {
    case Errc::timed_out:
      return answers::Sentence::timed_out;
    case Errc::limit_exceeded:
      return answers::Sentence::busy;
    case Errc::invalid_param:
    case Errc::too_large:
      return answers::Sentence::refused;
    case Errc::forbidden:
    case Errc::unknown_token:
    case Errc::missing_token:
    case Errc::not_found:
      return answers::Sentence::misconfigured;
    default:
      return answers::Sentence::failed;
  }
}

Task<std::string> topic_of(matrix::RoomActions& rooms, std::string room_id) {
  CO_TRY(auto room, co_await rooms.room(std::move(room_id)));
  co_return std::move(room.topic);
}

Task<matrix::Media> download(matrix::MediaRepository& media, std::shared_ptr<encryption::FileCipher> cipher,
                             Attachment attachment, std::size_t max_bytes) {
  CO_TRY(auto file, co_await media.download(std::move(attachment.mxc), max_bytes));
  if (attachment.sealed.empty()) co_return file;
  CO_TRY(file.bytes, co_await cipher->decrypt(std::move(file.bytes), attachment.sealed));
  file.content_type = attachment.mime;
  file.name = attachment.name;
  co_return file;
}

/// The event that a reaction is to; empty: the content is of another kind.
std::string reacts_to(const boost::json::object& content) {
  const auto* relation = matrix::find_object(content, "m.relates_to");
  return relation == nullptr ? std::string() : std::string(matrix::find_string(*relation, "event_id").value_or(""));
}

Reader reader_for(const term::LiveBot& bot) {
  return {.bot_id = bot.row.bot_id,
          .user_id = bot.row.user_id,
          .display_name = bot.row.display_name,
          .respond = bot.common.respond};
}

}  // namespace

const term::PendingTurn& last_of(const term::PendingTurn& waiting) {
  return waiting.joined.empty() ? waiting : waiting.joined.back();
}

std::string said_to(const term::LiveBot& bot, const term::PendingTurn& waiting) {
  return std::string(trimmed(strip_mention(waiting.message.text, reader_for(bot))));
}

bool asks_for_reset(const term::LiveBot& bot, const term::PendingTurn& waiting) {
  return bot.brain && bot.brain->has_sessions() && said_to(bot, waiting) == kReset;
}

TurnAsker::TurnAsker(const LiveMessage::Uses& live, Typing& typing, matrix::MediaRepository& media,
                     const base::SealingKey& sealing_key, base::MetricRegistry& metrics,
                     const TranscriberRegistry* transcribers)
    : live_(live),
      typing_(typing),
      media_(media),
      sealing_key_(sealing_key),
      transcribers_(transcribers),
      failures_total_(
          metrics.counter("troupe_fleet_brain_failures_total", "Failed answers of brains.", {"brain", "reason"})),
      tokens_total_(metrics.counter("troupe_fleet_tokens_total", "Tokens as brains count them.", {"brain", "way"})) {}

bool TurnAsker::may_say(BotKey bot, std::string_view room_id, std::string_view what) {
  // Not the wall clock: set back, it would silence the bot.
  auto now = std::chrono::duration_cast<std::chrono::milliseconds>(live_.clock.steady().time_since_epoch()).count();
  if (said_.size() >= kSaidRemembered) {
    std::erase_if(said_, [now](const auto& entry) { return now - entry.second >= kSameSentenceMs; });
    if (said_.size() >= kSaidRemembered) said_.clear();
  }
  auto key = std::to_string(bot) + "\n" + std::string(room_id) + "\n" + std::string(what);
  auto [entry, fresh] = said_.try_emplace(key, now);
  if (!fresh && now - entry->second < kSameSentenceMs) return false;
  entry->second = now;
  return true;
}

LiveMessage::Place TurnAsker::place_of(const term::LiveBotPtr& bot, const term::PendingTurn& waiting) const {
  return {.bot = bot,
          .event_pos = waiting.turn.event_pos,
          .room_id = waiting.turn.room_id,
          .question_id = waiting.turn.event_id,
          .answers_id = last_of(waiting).turn.event_id,
          .thread_root = waiting.turn.thread_root,
          .quote = waiting.in_group,
          .hops = waiting.message.hops + 1,
          .streamed = waiting.turn.streamed};
}

asio::awaitable<Question> TurnAsker::make_question(term::LiveBotPtr bot, const term::PendingTurn& waiting,
                                                   std::vector<Choice>& choices) {
  const auto& turn = waiting.turn;
  const auto& last = last_of(waiting);
  auto reader = reader_for(*bot);
  Question question{.bot_id = bot->row.bot_id,
                    .bot_user_id = bot->row.user_id,
                    .room_id = turn.room_id,
                    .event_id = last.turn.event_id,
                    .sender = turn.sender,
                    .text = strip_mention(waiting.message.text, reader),
                    .msgtype = last.message.msgtype,
                    .thread_root = turn.thread_root,
                    .timestamp_ms = last.question_ms,
                    .content = last.content,
                    .idempotency_key = answers::idempotency_key(bot->row.user_id, turn.event_id)};
  question.attachments = waiting.message.attachments;
  for (const auto& more : waiting.joined) {
    auto text = strip_mention(more.message.text, reader);
    if (!question.text.empty() && !text.empty()) question.text += "\n";
    question.text += text;
    // Another set of messages is another question.
    question.idempotency_key = answers::idempotency_key(question.idempotency_key, more.turn.event_id);
    question.attachments.insert(question.attachments.end(), more.message.attachments.begin(),
                                more.message.attachments.end());
  }
  question.in_group = waiting.in_group;
  question.language = answers::guess_language(question.text);
  question.download = [&media = media_, cipher = cipher_](Attachment attachment, std::size_t max_bytes) {
    return download(media, cipher, std::move(attachment), max_bytes);
  };
  question.room_topic = [&rooms = live_.rooms, room_id = turn.room_id] { return topic_of(rooms, room_id); };
  auto place = bots::session_place(turn.room_id, turn.thread_root);
  struct Kept {
    std::int64_t number = 0;
    std::optional<boost::json::value> choices;
    std::string about;
  };
  const auto target = last.message.msgtype == "m.reaction" ? reacts_to(last.content) : last.message.replies_to;
  auto look = [&](store::Connection& c) -> Result<Kept> {
    return Kept{.number = bots::session_number(c, turn.bot, place),
                .choices = bots::session_value(c, turn.bot, place, answers::kChoicesKey),
                .about = question_of_answer(c, target, turn.bot)};
  };
  question.memory = std::make_shared<StoredMemory>(live_.store, live_.clock, turn.bot, place);
  question.session = bot->row.bot_id + ":" + place;
  // Without its number this would be another conversation: better late than that.
  auto kept = co_await live_.store.read(look);
  if (!kept) {
    base::log_warning("fleet", "What is kept of a session could not be read.", {{"reason", kept.error().message()}});
    co_return question;
  }
  if (kept->number > 0) question.session += "~" + std::to_string(kept->number);
  question.about = std::move(kept->about);
  if (kept->choices) {
    choices = answers::choices_from_json(*kept->choices);
    question.choice_id = answers::picked_choice(choices, question.text).value_or("");
  }
  co_return question;
}

asio::awaitable<bool> TurnAsker::hear(term::LiveBotPtr bot, term::Session& session, term::PendingTurn& waiting,
                                      Question& question) {
  auto* transcriber = transcribers_ ? transcribers_->get() : nullptr;
  if (transcriber == nullptr) co_return true;
  auto recorded = question;
  std::erase_if(recorded.attachments, [&](const Attachment& file) { return !is_to_be_heard(*bot, file); });
  if (recorded.attachments.empty()) co_return true;
  if (!session.removed.empty()) co_return false;
  std::erase_if(question.attachments, [&](const Attachment& file) { return is_to_be_heard(*bot, file); });
  if (!waiting.typing) waiting.typing = show_typing(bot, waiting.turn.room_id);
  auto call =
      std::make_shared<BrainCall>(live_.term, live_.limits.voice_patience, std::make_shared<Listener>(*transcriber),
                                  std::make_shared<LiveMessage>(live_, place_of(bot, waiting)));
  session.call = call;
  auto heard = co_await call->ask(std::move(recorded));
  session.call.reset();
  if (call->dropped() || live_.term.stopping()) co_return false;
  if (!question.text.empty()) question.text += "\n";
  question.text += heard ? heard->text : unheard("it took too long");
  question.language = answers::guess_language(question.text);
  co_return true;
}

asio::awaitable<TurnAsker::Outcome> TurnAsker::ask(term::LiveBotPtr bot, term::Session& session,
                                                   term::PendingTurn& waiting) {
  auto brain = bot->brain;
  if (!brain) co_return Outcome::dropped;
  const auto& turn = waiting.turn;
  live_.term.tasks.spawn("read receipt", mark_read(bot, turn.room_id, last_of(waiting).turn.event_id));
  if (brain->is_slow() && !waiting.typing) waiting.typing = show_typing(bot, turn.room_id);
  auto live = std::make_shared<LiveMessage>(live_, place_of(bot, waiting));
  std::vector<Choice> open_choices;
  auto question = co_await make_question(bot, waiting, open_choices);
  if (!co_await hear(bot, session, waiting, question)) co_return Outcome::dropped;
  std::erase_if(question.attachments, [&](const Attachment& file) { return !brain->takes(file.kind); });
  auto language = question.language;
  bool had_files = !waiting.message.attachments.empty();
  for (const auto& more : waiting.joined) had_files = had_files || !more.message.attachments.empty();

  Reply said;
  std::string_view msgtype = bot->common.msgtype;
  if (brain->has_sessions() && trimmed(question.text) == kReset) {
    auto reset = co_await question.memory->reset();
    said.text =
        answers::sentence(reset ? answers::Sentence::new_session : answers::Sentence::failed, language, "reset");
    said.own_words = true;
    open_choices.clear();
  } else if (had_files && trimmed(question.text).empty() && question.attachments.empty()) {
    // Nothing in it for this brain. In a group somebody else may have been meant.
    said.own_words = true;
    if (!waiting.in_group && may_say(turn.bot, turn.room_id, "only text")) {
      said.text = answers::sentence(answers::Sentence::only_text, language);
      msgtype = "m.notice";
    }
  } else {
    if (!session.removed.empty()) co_return Outcome::dropped;
    auto call = std::make_shared<BrainCall>(live_.term, live_.limits.brain_patience, brain, live);
    session.call = call;
    auto kept = begin_record(*bot, question);
    auto reply = co_await call->ask(std::move(question));
    session.call.reset();
    co_await live->finish();
    waiting.turn.streamed = live->streamed();
    if (call->dropped() || live_.term.stopping()) co_return Outcome::dropped;
    if (kept) end_record(*std::move(kept), reply, *live, waiting);
    if (reply && reply->trouble.empty()) {
      said = *std::move(reply);
    } else {
      auto told = reply ? excuse(*bot, waiting, *std::move(reply), language)
                        : failure(*bot, waiting, reply.error(), live->text(), language);
      if (!told && !waiting.turn.streamed) co_return Outcome::failed;
      said = told ? *std::move(told) : Reply{.text = answers::sentence(answers::Sentence::no_answer, language)};
      msgtype = "m.notice";
    }
  }
  tell_usage(*bot, waiting, said.usage);
  waiting.turn.own_words = said.own_words;
  waiting.remember = {};
  for (const auto& member : said.remember) {
    if (auto fits = check_memory(member.key(), member.value())) {
      waiting.remember[member.key()] = member.value();
    } else {
      base::log_warning("fleet", "A brain wants to remember what cannot be kept.",
                        {{"bot", bot->row.bot_id}, {"reason", fits.error().message()}});
    }
  }
  if (!said.choices.empty()) {
    waiting.remember[answers::kChoicesKey] = answers::choices_to_json(said.choices);
  } else if (!open_choices.empty()) {
    waiting.remember[answers::kChoicesKey] = nullptr;
  }

  bool streamed = waiting.turn.streamed;
  if (streamed && said.text.empty() && said.html.empty()) {
    // The message is there: it must end as something.
    said.text = live->text().empty() ? answers::sentence(answers::Sentence::no_answer, language) : live->text();
  }
  bool in_file = answers::is_too_long(said.text, streamed);
  if (in_file) {
    said.uploads.insert(said.uploads.begin(), {.name = "answer.md", .mime = "text/markdown", .bytes = said.text});
  }
  encryption::SealedFiles sealed;
  const bool encrypted = live_.encryption != nullptr && live_.encryption->is_encrypted(turn.room_id);
  auto files = co_await upload(bot, said, encrypted ? &sealed : nullptr);
  in_file = in_file && !files.empty() && said.uploads.front().name == "answer.md";
  answers::ReplyTarget target{.bot_id = bot->row.bot_id,
                              .msgtype = msgtype,
                              .event_id = last_of(waiting).turn.event_id,
                              .thread_root = turn.thread_root,
                              .quote = waiting.in_group,
                              .hops = waiting.message.hops + 1,
                              .language = language,
                              .streamed = streamed,
                              .in_file = in_file};
  auto contents = answers::reply_contents(said, target, files);
  encryption::put_sealed(contents, sealed);
  waiting.turn.reply.clear();
  for (std::size_t part = 0; part < contents.size(); ++part) {
    if (part == 0 && streamed) {
      waiting.turn.reply.push_back(live->first_content());
      waiting.turn.reply.push_back(answers::edit_content(std::move(contents[part].as_object()), ""));
    } else {
      waiting.turn.reply.push_back(std::move(contents[part]));
    }
    if (part + files.size() + 1 == contents.size()) {  // the last with text: the choices are in it
      for (const auto& choice : said.choices) {
        if (!choice.reaction.empty()) waiting.turn.reply.push_back(answers::reaction_content(choice.reaction));
      }
    }
  }
  co_return Outcome::reply;
}

std::optional<TurnAsker::Kept> TurnAsker::begin_record(const term::LiveBot& bot, const Question& question) const {
  if (live_.limits.records_kept.count() == 0) return std::nullopt;
  auto secrets = secret_values(sealing_key_, bot.row.sealed_secrets);
  if (!secrets) {  // what cannot be taken out of it must not be in it
    base::log_warning("fleet", "What a turn is answered from is not kept: the bot's secrets cannot be read.",
                      {{"bot", bot.row.bot_id}, {"reason", secrets.error().message()}});
    return std::nullopt;
  }
  return Kept{.question = question, .secrets = *std::move(secrets), .config_version = bot.row.config_version};
}

void TurnAsker::end_record(Kept kept, const Result<Reply>& reply, const LiveMessage& live,
                           term::PendingTurn& waiting) const {
  kept.secrets.insert(kept.secrets.end(), live.hidden().begin(), live.hidden().end());
  const auto record = turn_record(kept.question, reply, live.exchanges(), kept.secrets);
  waiting.record = sealing_key_.seal(boost::json::serialize(record));
  waiting.config_version = kept.config_version;
}

void TurnAsker::tell_usage(const term::LiveBot& bot, term::PendingTurn& waiting, const Usage& usage) {
  if (usage.tokens_in > 0) {
    tokens_total_.with({bot.row.brain_kind, "in"}).add(static_cast<std::uint64_t>(usage.tokens_in));
  }
  if (usage.tokens_out > 0) {
    tokens_total_.with({bot.row.brain_kind, "out"}).add(static_cast<std::uint64_t>(usage.tokens_out));
  }
  waiting.turn.tokens_in += usage.tokens_in;
  waiting.turn.tokens_out += usage.tokens_out;
}

std::string TurnAsker::note_failure(const term::LiveBot& bot, term::PendingTurn& waiting, std::string_view kind,
                                    const Error& error) {
  const auto& turn = waiting.turn;
  auto reference = base::hex(base::as_bytes(base::random_bytes(4)));
  base::log_warning("fleet", "A brain failed.",
                    {{"bot", bot.row.bot_id},
                     {"room_id", turn.room_id},
                     {"event_id", turn.event_id},
                     {"reference", reference},
                     {"reason", error.message()},
                     {"detail", error.detail()}});
  waiting.turn.detail = reference + ": " + error.message();
  failures_total_.with({bot.row.brain_kind, std::string(kind)}).add();
  return reference;
}

std::optional<Reply> TurnAsker::failure(const term::LiveBot& bot, term::PendingTurn& waiting, const Error& error,
                                        const std::string& streamed, std::string_view language) {
  const auto& turn = waiting.turn;
  auto reference = note_failure(bot, waiting, base::info(error.code()).name, error);
  if (!streamed.empty()) {
    return Reply{.text = streamed + "\n\n" + answers::sentence(answers::Sentence::broken_off, language, reference)};
  }
  auto which = sentence_for(error.code());
  if (!may_say(turn.bot, turn.room_id, answers::sentence(which, "en"))) return std::nullopt;
  return Reply{.text = answers::sentence(which, language, reference)};
}

std::optional<Reply> TurnAsker::excuse(const term::LiveBot& bot, term::PendingTurn& waiting, Reply reply,
                                       std::string_view language) {
  const auto& turn = waiting.turn;
  auto reference = note_failure(bot, waiting, reply.trouble, Error(Errc::unavailable, "Trouble: " + reply.trouble));
  tell_usage(bot, waiting, reply.usage);
  reply.usage = {};
  if (!waiting.turn.streamed && !reply.each_time && !may_say(turn.bot, turn.room_id, reply.trouble)) {
    return std::nullopt;
  }
  reply.text += " " + answers::sentence(answers::Sentence::reference, language, reference);
  reply.html.clear();
  return reply;
}

asio::awaitable<std::vector<std::string>> TurnAsker::upload(term::LiveBotPtr bot, Reply& reply,
                                                            encryption::SealedFiles* sealed) {
  std::vector<std::string> files;
  std::vector<Upload> kept;
  for (auto& file : reply.uploads) {
    if (kept.size() == kMaxUploads) break;
    matrix::Media media{.bytes = file.bytes, .content_type = file.mime, .name = file.name};
    boost::json::object opens;
    if (sealed != nullptr) {
      auto made = co_await cipher_->encrypt(std::move(media.bytes));
      if (!made) {
        base::log_warning("fleet", "A file of an answer could not be encrypted.",
                          {{"bot", bot->row.bot_id}, {"reason", made.error().message()}});
        continue;
      }
      media = {.bytes = std::move(made->bytes), .content_type = "application/octet-stream", .name = {}};
      opens = std::move(made->file);
    }
    auto mxc = co_await media_.upload(bot->row.user_id, std::move(media));
    if (!mxc) {
      base::log_warning("fleet", "A file of an answer could not be uploaded.",
                        {{"bot", bot->row.bot_id}, {"reason", mxc.error().message()}});
      continue;
    }
    if (sealed != nullptr) {
      opens["url"] = *mxc;
      sealed->emplace(*mxc, std::move(opens));
    }
    files.push_back(*std::move(mxc));
    kept.push_back(std::move(file));
  }
  reply.uploads = std::move(kept);
  co_return files;
}

asio::awaitable<void> TurnAsker::close(term::LiveBotPtr bot, const term::PendingTurn& waiting, std::string text) {
  auto live = std::make_shared<LiveMessage>(live_, place_of(bot, waiting));
  co_await live->close(std::move(text));
}

asio::awaitable<void> TurnAsker::mark_read(term::LiveBotPtr bot, std::string room_id, std::string event_id) {
  auto marked = co_await live_.rooms.mark_read(room_id, bot->row.user_id, event_id);
  if (!marked) base::log_debug("fleet", "A read receipt could not be set.", {{"reason", marked.error().message()}});
}

}  // namespace troupe::fleet::turns
