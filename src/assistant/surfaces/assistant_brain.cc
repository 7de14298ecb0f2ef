#include "assistant/surfaces/assistant_brain.h"

#include <algorithm>
#include <charconv>

#include "assistant/dialogue/words.h"
#include "assistant/surfaces/reply_files.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "base/text.h"

namespace troupe::assistant::surfaces {
namespace {

constexpr std::size_t kMaxFilesOfMessage = 10;
constexpr std::size_t kHashBytes = 22;
constexpr std::size_t kMaxSaidBytes = 16 * 1024;
constexpr std::int64_t kTasksListed = 10;
constexpr std::size_t kNameBytes = 100;

constexpr std::string_view kHowTo =
    R"(Say in your own words what should be done: "tell #ops that the roof is finished". I show the plan, and nothing runs before you say so.

- `yes` or ✅ runs a plan or approves calls, `no` or ❌ does not; a choice is its number, its name or the reaction
- `!tasks` lists your last tasks, `!open` shows what waits for you, `!cancel` ends it
- `!schedule "0 9 * * 1-5" list the open jobs` says a sentence again and again (minute, hour, day, month, day of the week; UTC, or `!schedule "0 9 * * 1-5" Europe/Berlin …`); `!schedule list`, `!schedule cancel 2`
- `!reset` begins a new conversation, `!help` shows this)";

std::string hash_of_person(std::string_view user_id) {
  return base::base64url(base::sha256(user_id)).substr(0, kHashBytes);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::pair<std::string_view, std::string_view> word_and_rest(std::string_view text) {
  text = trimmed(text);
  const auto end = std::min(text.find_first_of(" \t\r\n"), text.size());
  return {text.substr(0, end), trimmed(text.substr(end))};
}

/// What stands in quotes at the front, as keyboards write them, and what follows; the whole otherwise.
std::pair<std::string_view, std::string_view> in_quotes_first(std::string_view text) {
  for (const auto& [open, close] :
       {std::pair<std::string_view, std::string_view>{"\"", "\""}, {"“", "”"}, {"„", "“"}, {"'", "'"}, {"`", "`"}}) {
    if (!text.starts_with(open)) continue;
    const auto end = text.find(close, open.size());
    if (end == text.npos) return {};
    return {text.substr(open.size(), end - open.size()), trimmed(text.substr(end + close.size()))};
  }
  return {};
}

/// "awaiting_choice": "awaiting choice".
std::string spoken(std::string_view name) {
  std::string text(name);
  std::ranges::replace(text, '_', ' ');
  return dialogue::plain(text, kNameBytes);
}

fleet::Reply own_words(std::string text) { return {.text = std::move(text), .own_words = true}; }

struct PostedFiles {
  std::vector<std::string> files;
  std::vector<std::string> names;
  std::string complaint;

  boost::json::value as_json() const {
    boost::json::array list;
    for (std::size_t i = 0; i < files.size(); ++i) list.push_back({{"mxc", files[i]}, {"name", names[i]}});
    return list;
  }
  void add(std::string mxc, std::string name) {
    if (files.size() == kMaxFilesOfMessage) return;
    files.push_back(std::move(mxc));
    names.push_back(std::move(name));
  }
};

Task<PostedFiles> files_of(const fleet::Question& question, const std::string& key) {
  PostedFiles posted;
  CO_TRY(auto kept, co_await question.memory->get(key));
  if (kept && kept->is_array()) {
    for (const auto& item : kept->get_array()) {
      if (!item.is_object()) continue;
      posted.add(std::string(matrix::find_string(item.get_object(), "mxc").value_or("")),
                 std::string(matrix::find_string(item.get_object(), "name").value_or("")));
    }
  }
  for (const auto& file : question.attachments) {
    if (file.sealed.empty()) {
      posted.add(file.mxc, file.name);
    } else {
      posted.complaint = "A file of an encrypted room cannot be given to a service. ";
    }
  }
  co_return posted;
}

}  // namespace

Session room_session(std::string_view fleet_session) { return {.surface = "room", .name = std::string(fleet_session)}; }

tasks::JsonObject room_place(std::string_view bot_user_id, std::string_view room_id, std::string_view thread_root,
                             std::string_view about, std::string_view language) {
  return {{"bot", bot_user_id}, {"room", room_id}, {"thread", thread_root}, {"about", about}, {"language", language}};
}

fleet::Reply room_reply(const Said& said) {
  fleet::Reply reply;
  reply.own_words = !said.reply;
  reply.text = said.words;
  if (!said.reply) return reply;
  auto put = shown(*said.reply);
  reply.text += (reply.text.empty() ? "" : "\n\n") + put.text;
  for (auto& pick : put.picks) {
    reply.choices.push_back({.id = pick.id, .label = std::move(pick.label), .reaction = std::move(pick.reaction)});
  }
  return reply;
}

AssistantBrain::AssistantBrain(fleet::brains::BrainContext context, BrainUses uses, BrainConfig config)
    : context_(std::move(context)), uses_(uses), config_(std::move(config)) {}

std::vector<fleet::Command> AssistantBrain::commands() const {
  return {{.name = "help", .description = "What this bot can do."},
          {.name = "tasks", .description = "Your last tasks here, and how they stand."},
          {.name = "open", .description = "What waits for your answer."},
          {.name = "cancel", .description = "End what waits for your answer."},
          {.name = "schedule", .description = "Say a sentence again and again, by the clock."}};
}

std::string AssistantBrain::help() const {
  return config_.greeting.empty() ? std::string(kHowTo) : config_.greeting + "\n\n" + std::string(kHowTo);
}

Task<fleet::Reply> AssistantBrain::answer(fleet::Question question, fleet::brains::ReplyStream& stream) {
  const bool reaction = question.msgtype == "m.reaction";
  if (question.text.size() > kMaxSaidBytes) {
    co_return own_words("That is more than I read at once: 16 KiB at most.");
  }
  const bool listed =
      config_.people.empty() || std::ranges::find(config_.people, question.sender) != config_.people.end();
  if (!listed)
    co_return reaction ? fleet::Reply{} : own_words("I work for some people only, and you are not on my list.");
  auto who = co_await uses_.people.of(question.sender, context_.tenant_id);
  if (!who && who.error().code() != Errc::forbidden) co_return std::unexpected(std::move(who).error());
  if (!who) co_return reaction ? fleet::Reply{} : own_words(who.error().message());
  if (!reaction) {
    CO_TRY(auto obeyed, co_await command(question, *who));
    if (obeyed) co_return *std::move(obeyed);
  }
  co_return co_await talk(std::move(question), *std::move(who), stream);
}

Task<fleet::Reply> AssistantBrain::talk(fleet::Question question, tasks::Who who, fleet::brains::ReplyStream& stream) {
  const auto hash = hash_of_person(question.sender);
  const auto thread_key = "t." + hash;
  const auto files_key = "f." + hash;
  const bool reaction = question.msgtype == "m.reaction";
  CO_TRY(auto posted, co_await files_of(question, files_key));
  const auto text = trimmed(question.text);
  if (text.empty()) {
    if (posted.files.empty()) co_return own_words(posted.complaint.empty() ? help() : posted.complaint);
    auto reply = own_words(posted.complaint + "What shall I do with " +
                           (posted.files.size() == 1 ? posted.names.front() : "these files") + "?");
    reply.remember[files_key] = posted.as_json();
    co_return reply;
  }
  CO_TRY(auto kept, co_await question.memory->get(thread_key));
  auto thread = kept && kept->is_object() ? thread_from(kept->get_object()) : Thread{};
  const auto whose = who;
  Heard heard{.who = std::move(who),
              .session = room_session(question.session),
              .person = question.sender,
              .text = std::string(text),
              .reaction = reaction,
              .about = question.about,
              .message = question.event_id,
              .key = question.idempotency_key,
              .place = room_place(question.bot_user_id, question.room_id, question.thread_root, question.event_id,
                                  question.language),
              .matrix_user = question.sender};
  if (!reaction) {
    heard.files = posted.files;
    heard.file_names = posted.names;
  }
  const Attending attending{.wanted = [&stream] { return stream.wanted(); },
                            .doing = [&stream](std::string_view step) { stream.doing(step); },
                            .keep = [&](Thread begun) { return question.memory->put(thread_key, to_json(begun)); }};
  CO_TRY(auto said, co_await uses_.talk.hear(std::move(heard), thread, config_.rules, attending));
  auto reply = room_reply(said);
  if (said.reply) {
    CO_TRY(reply.uploads, co_await uploads_of(uses_.tasks, whose, *said.reply));
    const auto where = where_files_are(*said.reply, reply.uploads.size());
    if (!where.empty()) reply.text += "\n\n" + where;
  }
  if (!posted.complaint.empty()) reply.text = posted.complaint + reply.text;
  if (said.reply && said.reply->view && said.reply->kind == dialogue::ReplyKind::running) {
    reply.text += "\n\nIt takes longer; I say here what comes of it.";
  }
  reply.remember[thread_key] = to_json(thread);
  if (!reaction && !posted.files.empty()) reply.remember[files_key] = nullptr;
  co_return reply;
}

Task<std::optional<fleet::Reply>> AssistantBrain::command(const fleet::Question& question, const tasks::Who& who) {
  auto [word, rest] = word_and_rest(question.text);
  if (!word.starts_with('!')) co_return std::nullopt;
  const auto name = base::ascii_lower(word.substr(1));
  const auto session = room_session(question.session);
  if (name == "help" || name == "start") co_return own_words(help());
  if (name == "tasks") co_return co_await tasks_of(question, who);
  if (name == "open") {
    CO_TRY(auto open, co_await uses_.talk.open(who, session, question.sender));
    if (!open) co_return own_words("Nothing waits for you here.");
    // Shown, not put before them anew: reactions belong to the message that asked.
    auto reply = room_reply({.reply = std::move(open)});
    for (auto& choice : reply.choices) choice.reaction.clear();
    co_return reply;
  }
  if (name == "schedule" || name == "schedules") {
    co_return co_await schedule(question, who, std::string(rest));
  }
  // "!cancel" is the word; what is no command is said as it stands.
  co_return std::nullopt;
}

Task<fleet::Reply> AssistantBrain::tasks_of(const fleet::Question& question, const tasks::Who& who) {
  CO_TRY(auto kept, co_await question.memory->get("t." + hash_of_person(question.sender)));
  auto thread = kept && kept->is_object() ? thread_from(kept->get_object()) : Thread{};
  if (thread.conversation.empty()) co_return own_words("There are none yet.");
  CO_TRY(auto page, co_await uses_.talk.tasks_in(who, thread.conversation, kTasksListed));
  if (page.empty()) co_return own_words("There are none yet.");
  std::string lines;
  for (const auto& task : page) {
    lines += "- " + dialogue::plain(task.spec.service, kNameBytes) + ": " + spoken(task.spec.intent) + ": " +
             spoken(tasks::to_string(task.phase)) + (task.reason.empty() ? "" : " (" + task.reason + ")") + "\n";
  }
  co_return own_words(std::move(lines));
}

Task<fleet::Reply> AssistantBrain::schedule(const fleet::Question& question, const tasks::Who& who, std::string rest) {
  const auto session = room_session(question.session);
  auto [verb, argument] = word_and_rest(rest);
  if (verb.empty() || verb == "list") {
    CO_TRY(auto all, co_await uses_.schedules.list(who, session));
    if (all.empty()) co_return own_words("You have no schedules here.");
    std::string lines;
    for (const auto& one : all) {
      lines += "- " + std::to_string(one.number) + ": `" + one.cron + "` " + one.zone + " " +
               tasks::cut(one.text, 200) + "\n";
    }
    co_return own_words(std::move(lines));
  }
  if (verb == "cancel" || verb == "remove") {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(argument.data(), argument.data() + argument.size(), number);
    const bool whole = error == std::errc() && end == argument.data() + argument.size();
    if (!whole) co_return own_words("Say it like this: `!schedule cancel 2`.");
    CO_TRY(const bool gone, co_await uses_.schedules.remove(who, session, number));
    co_return own_words(gone ? "Schedule " + std::to_string(number) + " is gone." : "You have no such schedule here.");
  }
  auto [cron, sentence] = in_quotes_first(rest);
  if (cron.empty() && verb.starts_with('@')) {
    cron = verb;
    sentence = argument;
  }
  if (cron.empty()) co_return own_words("Say it like this: `!schedule \"0 9 * * 1-5\" list the open jobs`.");
  std::string zone = "UTC";
  auto [first, others] = word_and_rest(sentence);
  if (first.find('/') != first.npos || first == "UTC") {
    zone = first;
    sentence = others;
  }
  tasks::JsonArray allowed;
  for (const auto& service : config_.rules.services) allowed.emplace_back(service);
  Schedule draft{.session = session.name,
                 .person = question.sender,
                 .place = room_place(question.bot_user_id, question.room_id, question.thread_root, question.event_id,
                                     question.language),
                 .rules = {{"services", std::move(allowed)}},
                 .cron = std::string(cron),
                 .zone = std::move(zone),
                 .text = std::string(sentence),
                 .made_by = question.idempotency_key};
  auto made = co_await uses_.schedules.create(who, std::move(draft));
  if (!made) {
    const auto code = made.error().code();
    if (code != Errc::invalid_param && code != Errc::limit_exceeded) co_return std::unexpected(std::move(made).error());
    co_return own_words(made.error().message());
  }
  co_return own_words("Schedule " + std::to_string(made->number) +
                      " is set. What only reads runs by itself; what changes something asks you first.");
}

asio::awaitable<std::vector<fleet::brains::Finding>> AssistantBrain::look_around() {
  std::vector<fleet::brains::Finding> found;
  auto offer = co_await uses_.services.offer(context_.tenant_id);
  if (!offer) {
    found.push_back({.text = "What services there are could not be read."});
    co_return found;
  }
  for (const auto& name : config_.rules.services) {
    if ((*offer)->find(name) == nullptr) {
      found.push_back({.text = "There is no service " + name + ", or it is not enabled.", .hinders = false});
    }
  }
  for (const auto& one : (*offer)->all()) {
    const auto& name = one.service.pack->config.service;
    const auto& used = config_.rules.services;
    if (one.missing_secrets.empty() || (!used.empty() && std::ranges::find(used, name) == used.end())) continue;
    found.push_back({.text = "The service " + name + " has no key: what it is asked is planned, and does not run.",
                     .hinders = false});
  }
  co_return found;
}

}  // namespace troupe::assistant::surfaces
