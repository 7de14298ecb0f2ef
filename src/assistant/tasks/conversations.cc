#include "assistant/tasks/conversations.h"

#include <algorithm>

#include "assistant/tasks/conversation_store.h"
#include "assistant/tasks/task_store.h"
#include "base/ordered_id.h"
#include "store/in_pieces.h"

namespace troupe::assistant::tasks {
namespace {

constexpr std::size_t kConversationIdLength = 22;
constexpr std::size_t kTitleCharacters = 100;
constexpr std::int64_t kMostConversationsAtOnce = 100;
constexpr std::int64_t kMostMessagesAtOnce = 200;

Error no_conversation() { return Error(Errc::not_found, "Conversation not found"); }

/// The first characters of a text that is UTF-8.
std::string beginning(const std::string& text, std::size_t characters) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
    if (begins && characters-- == 0) break;
  }
  return text.substr(0, at);
}

}  // namespace

Task<Conversation> Conversations::open(Who who, std::string id, std::string title) {
  const auto redactor = uses_.secrets.redactor(who.tenant_id);
  const auto now = uses_.clock.unix_ms();
  const Conversation fresh{.id = base::ordered_id(now, kConversationIdLength),
                           .tenant_id = who.tenant_id,
                           .owner_id = who.principal_id,
                           .title = cut(beginning(redactor->text(title), kTitleCharacters), kMaxTitleBytes),
                           .created_ms = now,
                           .updated_ms = now};
  // What is no id of ours cannot be one that is stored, and not every text may be asked for.
  const bool may_exist = !id.empty() && id.size() <= kMaxNameBytes && storable(id) == id;
  auto open = [&](store::Tx& tx) -> Result<Conversation> {
    if (may_exist) {
      if (auto found = conversation_store::find(tx, who.tenant_id, who.principal_id, id)) return *std::move(found);
    }
    if (conversation_store::count(tx, who.tenant_id, who.principal_id) >= kMaxConversations) {
      return Error(Errc::limit_exceeded, "You have too many conversations. Go on in one of them.");
    }
    conversation_store::insert(tx, fresh);
    return fresh;
  };
  co_return co_await uses_.db.write(open);
}

Task<Conversation> Conversations::find(Who who, std::string id) {
  if (storable(id) != id) co_return no_conversation();
  auto look = [&](store::Connection& c) -> Result<Conversation> {
    auto found = conversation_store::find(c, who.tenant_id, who.principal_id, id);
    if (!found) return no_conversation();
    return *std::move(found);
  };
  co_return co_await uses_.db.read(look);
}

namespace {

/// Error: limit_exceeded.
Result<Message> append(store::Tx& tx, Conversation conversation, Message message) {
  if (conversation.messages >= kMaxMessages) {
    return Error(Errc::limit_exceeded, "The conversation is full. Begin a new one.");
  }
  message.number = ++conversation.messages;
  conversation.updated_ms = std::max(conversation.updated_ms, message.created_ms);
  conversation_store::insert_message(tx, message);
  conversation_store::update(tx, conversation);
  return message;
}

/// Whether it is this one's to say.
bool is_to_be_told(store::Tx& tx, const Who& who, const Standing& standing) {
  if (!is_claimed(standing.phase)) {
    return task_store::take_telling(tx, standing.task_id, standing.phase, standing.updated_ms);
  }
  const auto task = task_store::find(tx, who.tenant_id, who.principal_id, standing.task_id);
  return task && task->phase == standing.phase && task->attempt == standing.attempt;
}

}  // namespace

Task<std::optional<Message>> Conversations::tell(Who who, std::string conversation_id, std::string content,
                                                 Standing standing, bool again) {
  if (storable(conversation_id) != conversation_id || storable(standing.task_id) != standing.task_id) {
    co_return std::nullopt;
  }
  const auto redactor = uses_.secrets.redactor(who.tenant_id);
  const Message draft{.conversation_id = conversation_id,
                      .role = Role::assistant,
                      .content = cut(redactor->text(content), kMaxMessageBytes),
                      .task_id = cut(standing.task_id, kMaxNameBytes),
                      .created_ms = uses_.clock.unix_ms()};
  auto write = [&](store::Tx& tx) -> Result<std::optional<Message>> {
    const bool is_ours = is_to_be_told(tx, who, standing);
    if (!is_ours && !again) return std::optional<Message>();
    auto found = conversation_store::find(tx, who.tenant_id, who.principal_id, conversation_id);
    // A full one says nothing more, and it is not tried for ever.
    if (!found || found->messages >= kMaxMessages) return std::optional<Message>();
    TRY(auto message, append(tx, *std::move(found), draft));
    return std::optional(std::move(message));
  };
  co_return co_await uses_.db.write(write);
}

Task<Conversation> Conversations::rename(Who who, std::string id, std::string title) {
  if (storable(id) != id) co_return no_conversation();
  const auto redactor = uses_.secrets.redactor(who.tenant_id);
  const auto fresh = cut(beginning(redactor->text(title), kTitleCharacters), kMaxTitleBytes);
  if (fresh.find_first_not_of(" \t\r\n") == std::string::npos) {
    co_return Error(Errc::invalid_param, "A title has letters in it.");
  }
  auto write = [&](store::Tx& tx) -> Result<Conversation> {
    auto found = conversation_store::find(tx, who.tenant_id, who.principal_id, id);
    if (!found) return no_conversation();
    found->title = fresh;
    conversation_store::update(tx, *found);
    return *std::move(found);
  };
  co_return co_await uses_.db.write(write);
}

Task<Unit> Conversations::note_removal(Who who, std::string id, store::AlsoWrite note) {
  CO_TRY(co_await find(who, id));
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    if (!conversation_store::find(tx, who.tenant_id, who.principal_id, id)) return no_conversation();
    note(tx);
    return Unit{};
  };
  co_return co_await uses_.db.write(write);
}

Task<Unit> Conversations::remove(Who who, std::string id) {
  CO_TRY(co_await find(who, id));
  auto piece = [&who, &id](store::Tx& tx) {
    return conversation_store::remove_piece(tx, who.tenant_id, who.principal_id, id);
  };
  co_return co_await store::write_in_pieces(uses_.db, piece);
}

Task<Message> Conversations::say(Who who, std::string conversation_id, Role role, std::string content,
                                 std::string task_id) {
  if (content.size() > kMaxMessageBytes) co_return Error(Errc::too_large, "The message is longer than 64 KiB.");
  if (storable(conversation_id) != conversation_id) co_return no_conversation();
  const auto redactor = uses_.secrets.redactor(who.tenant_id);
  const Message draft{.conversation_id = conversation_id,
                      .role = role,
                      .content = redactor->text(content),
                      .task_id = cut(storable(task_id), kMaxNameBytes),
                      .created_ms = uses_.clock.unix_ms()};
  auto write = [&](store::Tx& tx) -> Result<Message> {
    auto found = conversation_store::find(tx, who.tenant_id, who.principal_id, conversation_id);
    if (!found) return no_conversation();
    return append(tx, *std::move(found), draft);
  };
  co_return co_await uses_.db.write(write);
}

Task<std::vector<Conversation>> Conversations::page(Who who, std::int64_t from, std::int64_t limit) {
  auto look = [&](store::Connection& c) -> Result<std::vector<Conversation>> {
    return conversation_store::page(c, who.tenant_id, who.principal_id, std::max<std::int64_t>(from, 0),
                                    std::clamp<std::int64_t>(limit, 0, kMostConversationsAtOnce));
  };
  co_return co_await uses_.db.read(look);
}

Task<std::vector<Message>> Conversations::messages(Who who, std::string conversation_id, std::int64_t after,
                                                   std::int64_t limit) {
  if (storable(conversation_id) != conversation_id) co_return no_conversation();
  auto look = [&](store::Connection& c) -> Result<std::vector<Message>> {
    if (!conversation_store::find(c, who.tenant_id, who.principal_id, conversation_id)) return no_conversation();
    return conversation_store::messages(c, conversation_id, after,
                                        std::clamp<std::int64_t>(limit, 0, kMostMessagesAtOnce));
  };
  co_return co_await uses_.db.read(look);
}

}  // namespace troupe::assistant::tasks
