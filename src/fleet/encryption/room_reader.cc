#include "fleet/encryption/room_reader.h"

#include "base/log.h"
#include "fleet/encryption/signed_keys.h"

namespace troupe::fleet::encryption {
namespace {

/// Opened ones in memory; more are read from the database again.
constexpr std::size_t kMaxSessions = 5'000;
constexpr std::size_t kMaxRead = 20'000;

/// What the sender wrote, in place of what the room carries. Only messages: what decides about rooms is never hidden.
bool put_plain(matrix::FeedEvent& event, matrix::JsonObject& payload) {
  const auto type = matrix::find_string(payload, "type");
  const auto* content = matrix::find_object(payload, "content");
  if (!type || content == nullptr || matrix::find_string(payload, "room_id") != event.room_id) return false;
  auto plain = *content;
  // Relations stand outside, where servers see them.
  if (const auto* relation = matrix::find_object(event.content, "m.relates_to"); relation != nullptr) {
    plain["m.relates_to"] = *relation;
  }
  event.type = *type;
  event.content = std::move(plain);
  return true;
}

}  // namespace

std::string session_of(const matrix::FeedEvent& event) {
  if (matrix::find_string(event.content, "algorithm") != kMegolmAlgorithm) return {};
  auto id = std::string(matrix::find_string(event.content, "session_id").value_or(""));
  return id.size() > 255 ? std::string() : id;
}

void RoomReader::forget(BotKey bot, const std::string& room_id, const std::string& session_id) {
  const auto is_of_it = [&](const Key& key) {
    return std::tie(std::get<0>(key), std::get<1>(key), std::get<2>(key)) == std::tie(bot, room_id, session_id);
  };
  auto at = sessions_.lower_bound({bot, room_id, session_id, ""});
  while (at != sessions_.end() && is_of_it(at->first)) at = sessions_.erase(at);
}

Task<olm::InboundGroupSession*> RoomReader::find(Key key) {
  if (const auto known = sessions_.find(key); known != sessions_.end()) co_return &known->second;
  auto look = [&](store::Connection& c) -> Result<std::optional<RoomKeyRow>> {
    const auto& [bot, room_id, session_id, sender] = key;
    return find_room_key(c, bot, room_id, session_id, sender);
  };
  CO_TRY(const auto row, co_await store_.read(look));
  if (!row) co_return nullptr;
  auto session = olm::InboundGroupSession::from_pickle(row->pickle, key_);
  if (!session) {
    base::log_error("fleet", "A room key cannot be opened.", {{"reason", session.error().message()}});
    co_return nullptr;
  }
  if (sessions_.size() >= kMaxSessions) sessions_.clear();
  co_return &sessions_.insert_or_assign(std::move(key), *std::move(session)).first->second;
}

Task<Opened> RoomReader::open(BotKey bot, matrix::FeedEvent event) {
  Opened opened;
  opened.session_id = session_of(event);
  const auto ciphertext = std::string(matrix::find_string(event.content, "ciphertext").value_or(""));
  if (event.content.empty()) co_return opened;
  auto told = [&](store::Connection& c) -> Result<bool> {
    return is_told_unreadable(c, bot, event.room_id, opened.session_id);
  };
  CO_TRY(auto* session, co_await find({bot, event.room_id, opened.session_id, event.sender}));
  if (session == nullptr && !opened.session_id.empty()) {
    opened.kind = Opened::Kind::no_key;
    CO_TRY(opened.told, co_await store_.read(told));
    co_return opened;
  }
  opened.kind = Opened::Kind::refused;
  opened.why = "it is not encrypted in a way that bots know";
  if (session != nullptr) {
    auto plain = session->decrypt(ciphertext);
    const auto reason = plain ? olm::Reason::none : olm::reason_of(plain.error());
    if (reason == olm::Reason::unknown_index) opened.kind = Opened::Kind::no_key;
    opened.why = plain ? "" : plain.error().message();
    if (plain) {
      opened.index = plain->index;
      const Place place{.session_id = opened.session_id, .sender = event.sender, .index = opened.index};
      auto look = [&](store::Connection& c) -> Result<std::string> { return read_as(c, bot, place); };
      CO_TRY(auto before, co_await store_.read(look));
      const auto [as, first] = read_.try_emplace({bot, place}, event.event_id);
      if (before.empty() && !first) before = as->second;
      if (read_.size() >= kMaxRead) read_.clear();
      auto parsed = matrix::parse_json(plain->text);
      if (!before.empty() && before != event.event_id) {
        opened.why = "it repeats another message";
      } else if (!parsed || !parsed->is_object() || !put_plain(event, parsed->get_object())) {
        opened.why = "what is in it is damaged, or was written for another room";
      } else {
        opened.kind = Opened::Kind::read;
        opened.event = std::move(event);
        co_return opened;
      }
    }
  }
  CO_TRY(opened.told, co_await store_.read(told));
  if (opened.kind == Opened::Kind::refused) {
    base::log_warning("fleet", "An encrypted message is refused.",
                      {{"event_id", event.event_id}, {"sender", event.sender}, {"reason", opened.why}});
  }
  co_return opened;
}

}  // namespace troupe::fleet::encryption
