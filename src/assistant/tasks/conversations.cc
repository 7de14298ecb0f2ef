#include "assistant/tasks/conversations.h"

#include <algorithm>

#include "assistant/tasks/conversation_store.h"
#include "base/crypto.h"

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
  const Conversation fresh{.id = base::random_alphanumeric(kConversationIdLength),
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
  auto append = [&](store::Tx& tx) -> Result<Message> {
    auto found = conversation_store::find(tx, who.tenant_id, who.principal_id, conversation_id);
    if (!found) return no_conversation();
    if (found->messages >= kMaxMessages) {
      return Error(Errc::limit_exceeded, "The conversation is full. Begin a new one.");
    }
    auto message = draft;
    message.number = ++found->messages;
    found->updated_ms = std::max(found->updated_ms, message.created_ms);
    conversation_store::insert_message(tx, message);
    conversation_store::update(tx, *found);
    return message;
  };
  co_return co_await uses_.db.write(append);
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
