#include "homeserver/account_data/account_data.h"

#include "homeserver/account_data/account_data_store.h"
#include "homeserver/memory/notes.h"
#include "matrix/push_rules.h"

namespace troupe::homeserver::account_data {
namespace {

constexpr std::size_t kMaxCachedSettings = 50'000;
constexpr std::size_t kMaxIgnored = 10'000;
constexpr std::size_t kMaxTags = 200;

/// Stored JSON was parsed when it came in; damage is not the caller's fault.
Result<matrix::JsonObject> stored_object(std::string_view text) {
  auto json = matrix::parse_json(text);
  if (!json || !json->is_object()) return Error(Errc::internal, "Stored account data is damaged.");
  return std::move(json->get_object());
}

matrix::JsonObject global_rules(const matrix::JsonObject& content) {
  const auto* global = matrix::find_object(content, "global");
  return global ? *global : matrix::JsonObject();
}

/// Damaged entries count as absent: nobody's messages hang on them.
UserSettingsPtr read_settings(store::Connection& connection, const std::string& user_id,
                              const std::string& server_account) {
  const auto read = [&](std::string_view type) -> std::optional<matrix::JsonObject> {
    const auto row = account_data_store::find_account_data(connection, user_id, account_data_store::kGlobal, type);
    if (!row) return std::nullopt;
    auto content = stored_object(row->content);
    return content ? std::optional(*std::move(content)) : std::nullopt;
  };
  auto settings = std::make_shared<UserSettings>();
  if (const auto rules = read(kPushRulesType)) {
    settings->push_rules = std::make_shared<const matrix::JsonObject>(global_rules(*rules));
  }
  const auto list = read(kIgnoredType);
  const auto* users = list ? matrix::find_object(*list, "ignored_users") : nullptr;
  if (users && !users->empty()) {
    auto ignored = std::make_shared<IgnoredUsers>();
    for (const auto& [user, nothing] : *users) {
      if (ignored->size() < kMaxIgnored && std::string_view(user) != user_id) ignored->emplace(user);
    }
    settings->ignored = std::move(ignored);
  }
  settings->blocks_invites = blocks_invites(connection, user_id);
  settings->server_account = server_account;
  return settings;
}

bool is_acted_on(std::string_view type) {
  return type == kPushRulesType || type == kIgnoredType || type == kInvitePermissionType;
}

}  // namespace

bool blocks_invites(store::Connection& connection, std::string_view user_id) {
  const auto row =
      account_data_store::find_account_data(connection, user_id, account_data_store::kGlobal, kInvitePermissionType);
  const auto content = row ? stored_object(row->content) : Result<matrix::JsonObject>(matrix::JsonObject());
  return content && matrix::find_string(*content, "default_action") == "block";
}

AccountData::AccountData(store::Database& db, memory::Rooms& rooms, memory::Users& users, std::uint64_t max_bytes,
                         std::string server_account)
    : db_(db),
      rooms_(rooms),
      users_(users),
      max_bytes_(static_cast<std::int64_t>(max_bytes)),
      server_account_(std::move(server_account)) {}

Result<memory::RoomNum> AccountData::room_number(store::Connection& connection,
                                                 const std::optional<std::string>& room_id) {
  if (!room_id) return account_data_store::kGlobal;
  if (auto room = rooms_.find(*room_id)) return room->num();
  if (auto row = memory::event_store::find_room(connection, *room_id)) return row->room;
  return Error(Errc::not_found, "There is no such room.");
}

Result<StreamPos> AccountData::put(store::Tx& tx, const std::string& user_id, memory::RoomNum room,
                                   const std::string& type, const matrix::JsonObject& content) {
  auto text = boost::json::serialize(content);
  const auto before = account_data_store::find_account_data(tx, user_id, room, type);
  const auto old_bytes = before ? before->content.size() : 0;
  const auto used = account_data_store::account_data_usage(tx, user_id);
  if (text.size() > old_bytes && text.size() > kSmallAccountDataBytes) {
    const auto grown = static_cast<std::int64_t>(text.size() - old_bytes);
    if (used.bytes + grown > max_bytes_) {
      return Error(Errc::too_large, "This account's data is full: make other entries smaller first.");
    }
  }
  if (!before && used.entries >= static_cast<std::int64_t>(kMaxAccountDataEntries)) {
    return Error(Errc::limit_exceeded, "This account holds too much account data: reuse existing types.");
  }
  const auto pos = tx.next_pos();
  account_data_store::put_account_data(tx, user_id, {room, type, std::move(text), pos}, before);
  UserSettingsPtr settings;
  if (room == account_data_store::kGlobal && is_acted_on(type)) {
    settings = read_settings(tx, user_id, server_account_);
  }
  if (settings)
    memory::notes::settings_changed(tx, user_id, pos);
  else
    memory::notes::own_changed(tx, user_id, pos);
  tx.after_commit([this, user_id, pos, settings = std::move(settings)] {
    if (settings) remember(user_id, settings, true);
    users_.touch(user_id, pos);
  });
  return pos;
}

Task<Unit> AccountData::set(std::string user_id, std::optional<std::string> room_id, std::string type,
                            matrix::JsonObject content) {
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    TRY(const auto room, room_number(tx, room_id));
    TRY(put(tx, user_id, room, type, content));
    return Unit{};
  };
  co_return co_await db_.write(write, {.lane = store::Lane::receipts});
}

Task<matrix::JsonObject> AccountData::get(std::string user_id, std::optional<std::string> room_id, std::string type) {
  auto read = [&](store::Connection& connection) -> Result<matrix::JsonObject> {
    TRY(const auto room, room_number(connection, room_id));
    const auto row = account_data_store::find_account_data(connection, user_id, room, type);
    if (row) return stored_object(row->content);
    if (!room_id && type == kPushRulesType) return matrix::JsonObject{{"global", matrix::default_push_rules(user_id)}};
    return Error(Errc::not_found, "There is no account data of this type.");
  };
  co_return co_await db_.read(read);
}

void AccountData::remember(const std::string& user_id, UserSettingsPtr settings, bool replace) {
  const base::Lock lock(mutex_);
  if (settings_.size() >= kMaxCachedSettings) settings_.clear();
  // What a commit says beats what a reader found: the reader's snapshot may be older.
  if (replace) {
    settings_.insert_or_assign(user_id, std::move(settings));
  } else {
    settings_.try_emplace(user_id, std::move(settings));
  }
}

UserSettingsPtr AccountData::settings(store::Connection* connection, const std::string& user_id) {
  {
    const base::Lock lock(mutex_);
    if (const auto found = settings_.find(user_id); found != settings_.end()) return found->second;
  }
  if (!connection) return nullptr;
  auto settings = read_settings(*connection, user_id, server_account_);
  remember(user_id, settings, false);
  return settings;
}

// Kept also for a user who is not in memory: a reader with an older snapshot may be about to remember what it found.
void AccountData::refresh(store::Connection& connection, const std::string& user_id) {
  remember(user_id, read_settings(connection, user_id, server_account_), true);
}

void AccountData::clear() {
  const base::Lock lock(mutex_);
  settings_.clear();
}

Task<matrix::JsonObject> AccountData::push_rules(std::string user_id) {
  CO_TRY(auto content, co_await get(std::move(user_id), std::nullopt, std::string(kPushRulesType)));
  co_return global_rules(content);
}

Task<Unit> AccountData::change_push_rules(std::string user_id,
                                          std::function<Result<Unit>(matrix::JsonObject&)> change) {
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    matrix::JsonObject rules;
    const auto row = account_data_store::find_account_data(tx, user_id, account_data_store::kGlobal, kPushRulesType);
    if (row) {
      TRY(auto content, stored_object(row->content));
      rules = global_rules(content);
    } else {
      rules = matrix::default_push_rules(user_id);
    }
    TRY(change(rules));
    matrix::JsonObject content{{"global", std::move(rules)}};
    TRY(put(tx, user_id, account_data_store::kGlobal, std::string(kPushRulesType), content));
    return Unit{};
  };
  co_return co_await db_.write(write, {.lane = store::Lane::receipts});
}

Task<Unit> AccountData::change_tags(std::string user_id, std::string room_id,
                                    std::function<Result<Unit>(matrix::JsonObject&)> change) {
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    TRY(const auto room, room_number(tx, room_id));
    matrix::JsonObject content;
    if (const auto row = account_data_store::find_account_data(tx, user_id, room, kTagType)) {
      TRY(content, stored_object(row->content));
    }
    auto& tags = content["tags"];
    if (!tags.is_object()) tags.emplace_object();
    TRY(change(tags.get_object()));
    TRY(put(tx, user_id, room, std::string(kTagType), content));
    return Unit{};
  };
  co_return co_await db_.write(write, {.lane = store::Lane::receipts});
}

Task<Unit> AccountData::set_tag(std::string user_id, std::string room_id, std::string tag, matrix::JsonObject content) {
  auto add = [&](matrix::JsonObject& tags) -> Result<Unit> {
    if (!tags.contains(tag) && tags.size() >= kMaxTags)
      return Error(Errc::limit_exceeded, "This room has too many tags.");
    tags[tag] = content;
    return Unit{};
  };
  co_return co_await change_tags(user_id, room_id, add);
}

Task<Unit> AccountData::remove_tag(std::string user_id, std::string room_id, std::string tag) {
  auto remove = [&](matrix::JsonObject& tags) -> Result<Unit> {
    tags.erase(tag);
    return Unit{};
  };
  co_return co_await change_tags(user_id, room_id, remove);
}

}  // namespace troupe::homeserver::account_data
