#include "homeserver/sliding/sliding_extensions.h"

#include <algorithm>

#include "homeserver/account_data/account_data_store.h"
#include "homeserver/sliding/shared_people.h"
#include "homeserver/sync/answer_text.h"
#include "matrix/json_out.h"

namespace troupe::homeserver::sliding {
namespace {

using account_data::account_data_store::AccountDataRow;

}  // namespace

unsigned ExtensionsPart::bits_of(const SlidingExtensions& extensions) {
  return (extensions.to_device ? kToDevice : 0U) | (extensions.e2ee ? kE2ee : 0U) |
         (extensions.account_data.enabled ? kAccountData : 0U) | (extensions.receipts.enabled ? kReceipts : 0U) |
         (extensions.typing.enabled ? kTyping : 0U);
}

void ExtensionsPart::go_back(const Mark& to) {
  account_data_.resize(to.account_data);
  receipts_.resize(to.receipts);
  typing_.resize(to.typing);
  news_ = to.news;
}

bool ExtensionsPart::covers(const RoomExtension& extension, const ShownRoom& room) {
  if (!extension.enabled) return false;
  const bool by_list = std::ranges::any_of(room.lists, [&](std::string_view name) {
    return !extension.lists || std::ranges::binary_search(*extension.lists, name);
  });
  if (by_list || !room.subscribed) return by_list;
  return !extension.rooms || std::ranges::binary_search(*extension.rooms, room.listed.room->id());
}

bool ExtensionsPart::begin(store::Connection* connection, const sync::Recipient& recipient) {
  recipient_ = &recipient;
  news_ = false;
  room_data_.clear();
  typing_rooms_.clear();
  global_data_ = "[";
  account_data_ = receipts_ = typing_ = "{";
  to_device_.clear();
  e2ee_.clear();
  if (request_.extensions.typing.enabled) {
    typing_rooms_ = tools_.services.typing.rooms_changed_since(span_.since ? span_.since->ephemeral : 0);
  }
  if (!request_.extensions.account_data.enabled) return true;
  const bool first = !had(kAccountData);
  if (!first && !own_news()) return true;
  if (!connection) return false;
  bool has_rules = false;
  const auto add_global = [&](const AccountDataRow& row) {
    has_rules |= row.type == account_data::kPushRulesType;
    sync::append_data_event(global_data_, row.type, row.content);
  };
  if (first) {
    for (const auto& row : account_data::account_data_store::account_data_of_room(
             *connection, request_.user_id, account_data::account_data_store::kGlobal)) {
      add_global(row);
    }
    if (!has_rules) {
      sync::append_default_push_rules(global_data_, request_.user_id);
    }
  }
  if (span_.since) {
    for (auto& row : account_data::account_data_store::account_data_since(*connection, request_.user_id,
                                                                          span_.since_pos(), span_.upto)) {
      if (row.room != account_data::account_data_store::kGlobal) {
        room_data_[row.room].push_back(std::move(row));
      } else if (!first) {
        add_global(row);
      }
    }
  }
  news_ |= global_data_.size() > 1;
  return true;
}

bool ExtensionsPart::add_room(store::Connection* connection, const ShownRoom& room, SentRoom& now) {
  if (room.listed.part != RoomPart::joined) return true;
  const auto& wanted = request_.extensions;
  const auto cover = [&](const RoomExtension& extension, SentRoom::Flag flag) {
    const bool covered = covers(extension, room);
    if (!covered) now.flags &= static_cast<std::uint8_t>(~flag);  // what comes later counts as the first time
    return covered;
  };
  if (cover(wanted.account_data, SentRoom::kAccountData) && !add_account_data(connection, room, now)) return false;
  if (cover(wanted.receipts, SentRoom::kReceipts) && !add_receipts(connection, room, now)) return false;
  if (cover(wanted.typing, SentRoom::kTyping)) add_typing(room, now);
  return true;
}

bool ExtensionsPart::add_account_data(store::Connection* connection, const ShownRoom& room, SentRoom& now) {
  const auto num = room.listed.room->num();
  std::string events = "[";
  if (now.has(SentRoom::kAccountData) && room.before && room.before->has(SentRoom::kLive)) {
    const auto rows = room_data_.find(num);
    if (rows != room_data_.end()) {
      for (const auto& row : rows->second) sync::append_data_event(events, row.type, row.content);
    }
  } else {
    if (!connection) return false;
    const auto since = now.has(SentRoom::kAccountData) && room.before ? room.before->upto : 0;
    for (const auto& row : account_data::account_data_store::account_data_of_room(*connection, request_.user_id, num)) {
      if (row.pos > since && row.pos <= span_.upto) sync::append_data_event(events, row.type, row.content);
    }
    now.flags |= SentRoom::kAccountData;
  }
  if (events.size() == 1) return true;
  matrix::append_separator(account_data_);
  matrix::append_json_string(account_data_, room.listed.room->id());
  account_data_ += ':';
  account_data_ += events;
  account_data_ += ']';
  news_ = true;
  return true;
}

void ExtensionsPart::open_event(std::string& rooms, const ShownRoom& room, std::string_view type) {
  matrix::append_separator(rooms);
  matrix::append_json_string(rooms, room.listed.room->id());
  rooms += ":{\"type\":\"";
  rooms += type;
  rooms += "\",\"content\":{";
  news_ = true;
}

bool ExtensionsPart::add_receipts(store::Connection* connection, const ShownRoom& room, SentRoom& now) {
  auto& receipts = tools_.services.receipts;
  const auto& where = room.listed.room;
  std::string content;
  if (now.has(SentRoom::kReceipts) && room.before) {
    const auto since = shown_upto(*room.before, span_.since_pos());
    if (where->last_pos() <= since) return true;
    bool own = false;
    if (!receipts.append_since(content, connection, where, request_.user_id, since, span_.upto, own)) return false;
  } else {
    if (!receipts.append_at(content, connection, where, request_.user_id, room.outcome.timeline, span_.upto)) {
      return false;
    }
    now.flags |= SentRoom::kReceipts;
  }
  if (content.empty()) return true;
  open_event(receipts_, room, "m.receipt");
  receipts_ += content;
  receipts_ += "}}";
  return true;
}

void ExtensionsPart::add_typing(const ShownRoom& room, SentRoom& now) {
  const auto num = room.listed.room->num();
  const bool live = room.before && room.before->has(SentRoom::kLive) && had(kTyping);
  if (live && !std::ranges::binary_search(typing_rooms_, num)) return;
  const auto people =
      tools_.services.typing.changed_since(num, live ? std::optional(span_.since->ephemeral) : std::nullopt);
  const bool any = people && !people->empty();
  if (!any && !now.has(SentRoom::kTyping) && !(live && people)) return;
  open_event(typing_, room, "m.typing");
  typing_ += "\"user_ids\":";
  sync::append_strings(typing_, people.value_or(std::vector<std::string>()));
  typing_ += "}}";
  now.flags = static_cast<std::uint8_t>(any ? now.flags | SentRoom::kTyping : now.flags & ~SentRoom::kTyping);
}

std::vector<std::string> ExtensionsPart::passing(std::size_t limit) const {
  const auto since = span_.since ? span_.since->ephemeral : 0;
  if (request_.device_id.empty() || user_.last_ephemeral() <= since) return {};
  return tools_.inbox.read(request_.user_id, request_.device_id, since, span_.ephemeral, limit);
}

bool ExtensionsPart::finish(store::Connection* connection, ConnectionState& next) {
  const auto& wanted = request_.extensions;
  next.to_device_upto = span_.upto;
  if (!wanted.to_device && !wanted.e2ee) return true;
  SharedPeople people;
  if (wanted.e2ee && span_.since &&
      !find_shared_people(people, user_, *recipient_, connection, span_.since_pos(), span_.upto)) {
    return false;
  }
  std::erase_if(people.left, [this](const std::string& other) {
    return other == request_.user_id || user_.shares_room_with(other);
  });

  const auto key = sync::DeviceMemories::key_of(request_.user_id, request_.device_id);
  const bool same_messages = had(kToDevice) && !own_news() && !span_.since->to_device_more &&
                             span_.to_device_since == span_.since->to_device_upto;
  auto counts = own_news() || !people.joined.empty() || !people.left.empty()
                    ? std::string()
                    : tools_.devices.counts_of(key, span_.own_pos);
  crypto::DeviceSyncPart part;
  if ((wanted.to_device && !same_messages) || (wanted.e2ee && counts.empty())) {
    if (!connection) return false;
    auto read = crypto::read_device_sync(
        *connection, {.user_id = request_.user_id,
                      .device_id = request_.device_id,
                      .since = span_.since_pos(),
                      .to_device_since = span_.to_device_since,
                      .head = span_.upto,
                      .wants_lists = wanted.e2ee && span_.since,
                      .to_device_limit = wanted.to_device ? wanted.to_device_limit : 0,
                      .shares_room_with = [this](const std::string& other) { return user_.shares_room_with(other); },
                      .newly_shared = std::move(people.joined),
                      .no_longer_shared = std::move(people.left)});
    if (!read) return false;
    part = *std::move(read);
    counts = sync::key_counts(part);
    tools_.devices.shown(key, span_.own_pos, counts, part.to_device.empty() ? 0 : part.to_device_upto);
  }
  if (wanted.to_device) {
    if (part.more) {
      next.to_device_upto = part.to_device_upto;
      next.to_device_more = true;
    }
    auto passing_now = passing(wanted.to_device_limit - std::min(wanted.to_device_limit, part.to_device.size()));
    part.to_device.insert(part.to_device.end(), std::make_move_iterator(passing_now.begin()),
                          std::make_move_iterator(passing_now.end()));
    to_device_ = "{\"next_batch\":\"" + to_device_token(next.to_device_upto) + "\",\"events\":[";
    for (const auto& event : part.to_device) {
      matrix::append_separator(to_device_);
      to_device_ += event;
    }
    to_device_ += "]}";
    news_ |= !part.to_device.empty();
  }
  if (wanted.e2ee) {
    e2ee_ = "{";
    if (!part.changed.empty() || !part.left.empty()) {
      e2ee_ += "\"device_lists\":{\"changed\":";
      sync::append_strings(e2ee_, part.changed);
      e2ee_ += ",\"left\":";
      sync::append_strings(e2ee_, part.left);
      e2ee_ += "},";
      news_ = true;
    }
    e2ee_ += counts;
    e2ee_ += '}';
  }
  return true;
}

void ExtensionsPart::append(std::string& out) const {
  out += '{';
  const auto add = [&out](std::string_view name, const std::string& text) {
    if (text.empty()) return;
    matrix::append_key(out, name);
    out += text;
  };
  add("to_device", to_device_);
  add("e2ee", e2ee_);
  if (global_data_.size() > 1 || account_data_.size() > 1) {
    add("account_data", "{\"global\":" + global_data_ + "],\"rooms\":" + account_data_ + "}}");
  }
  if (receipts_.size() > 1) add("receipts", "{\"rooms\":" + receipts_ + "}}");
  if (typing_.size() > 1) add("typing", "{\"rooms\":" + typing_ + "}}");
  out += '}';
}

}  // namespace troupe::homeserver::sliding
