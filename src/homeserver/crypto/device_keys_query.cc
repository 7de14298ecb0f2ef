// Reading and handing out keys: query, claim, changed devices.
#include <algorithm>
#include <set>

#include "base/mutex.h"
#include "homeserver/crypto/device_keys.h"
#include "homeserver/memory/event_store.h"
#include "matrix/ids.h"

namespace troupe::homeserver::crypto {
namespace {

/// A comma unless an object or list has just been opened.
void append_comma(std::string& out) {
  if (out.back() != '{' && out.back() != '[') out += ',';
}

void append_escaped_key(std::string& out, std::string_view key) {
  append_comma(out);
  matrix::append_json_string(out, key);
  out += ':';
}

/// The stored key with its signatures and, of a device, its name.
void append_signed(std::string& out, std::string_view json, const std::vector<SignatureRow>& signatures,
                   std::string_view target, const std::optional<std::string>& display_name) {
  out.append(json.substr(0, json.size() - 1));
  append_escaped_key(out, "signatures");
  out += '{';
  std::string_view signer;
  for (const auto& row : signatures) {  // in order of target, signer
    if (row.target != target) continue;
    if (row.signer != signer) {
      if (!signer.empty()) out += '}';
      signer = row.signer;
      append_escaped_key(out, signer);
      out += '{';
    }
    append_escaped_key(out, row.key_id);
    matrix::append_json_string(out, row.signature);
  }
  if (!signer.empty()) out += '}';
  out += '}';
  if (display_name) {
    out += ",\"unsigned\":{\"device_display_name\":";
    matrix::append_json_string(out, *display_name);
    out += '}';
  }
  out += '}';
}

/// The sections of the answer of /keys/query, each an object that is still open.
struct QueryAnswer {
  std::string devices = "{";
  std::string master = "{";
  std::string self_signing = "{";
  std::string user_signing = "{";

  void add_user(store::Connection& connection, const std::string& asker, const std::string& user_id,
                const std::vector<std::string>& wanted) {
    const auto signatures = device_keys_store::signatures(connection, user_id, asker);
    append_escaped_key(devices, user_id);
    devices += '{';
    for (const auto& row : device_keys_store::device_keys(connection, user_id)) {
      if (!wanted.empty() && std::ranges::find(wanted, row.device_id) == wanted.end()) continue;
      append_escaped_key(devices, row.device_id);
      append_signed(devices, row.json, signatures, row.device_id, row.display_name);
    }
    devices += '}';
    for (const auto& key : device_keys_store::cross_signing_keys(connection, user_id)) {
      auto* section = key.usage == "master" ? &master : key.usage == "self_signing" ? &self_signing : nullptr;
      if (key.usage == "user_signing" && user_id == asker) section = &user_signing;
      if (!section) continue;
      append_escaped_key(*section, user_id);
      append_signed(*section, key.json, signatures, key.public_key, std::nullopt);
    }
  }
};

/// What is said of other servers: `{server: {…}}`.
std::string failures_of(const std::set<std::string>& servers) {
  std::string out = "{";
  for (const auto& server : servers) {
    append_escaped_key(out, server);
    out += R"({"status":503,"message":"This server does not federate."})";
  }
  out += '}';
  return out;
}

std::string server_of(std::string_view user_id) {
  const auto parts = matrix::parse_user_id(user_id);
  return parts ? std::string(parts->server) : std::string();
}

/// Users with this membership; under no lock.
std::set<std::string> members(const memory::Room& room, std::string_view membership) {
  std::set<std::string> found;
  const base::ReadLock lock(room.mutex());
  room.members().walk([&](const memory::Members::Member& member) {
    if (member.membership() == membership) found.emplace_hint(found.end(), member.user_id());
    return true;
  });
  return found;
}

/// A user's newest time in a room: the events by which it began, as far back as was asked, and ended.
struct Stay {
  StreamPos begun = 0;
  StreamPos ended = 0;  ///< 0: not yet
};

/// Nothing when they never were in the room. A join at or before `from` counts as the begin.
std::optional<Stay> newest_stay(store::Connection& connection, const memory::MembershipRow& own, StreamPos from) {
  Stay stay;
  auto event = memory::event_store::load_event(connection, own.pos);
  for (; event; event = event->replaces ? memory::event_store::load_event(connection, *event->replaces) : nullptr) {
    if (matrix::find_string(event->event->content, "membership") == "join") {
      stay.begun = event->pos;
      if (stay.begun <= from) break;
    } else if (stay.begun) {
      break;
    } else {
      stay.ended = event->pos;
    }
  }
  return stay.begun ? std::optional(stay) : std::nullopt;
}

bool is_joined(const memory::StoredEvent& member) {
  return matrix::find_string(member.event->content, "membership") == "join";
}

/// Who came into and went out of the sight of a user.
struct Company {
  std::set<std::string> present;
  std::set<std::string> came;
  std::set<std::string> went;

  void add_room(store::Connection& connection, const memory::Room& room, const memory::MembershipRow& own,
                StreamPos from) {
    const auto stay = newest_stay(connection, own, from);
    if (!stay || (stay->ended && stay->ended <= from)) return;
    if (stay->ended) {
      for (const auto& member : memory::event_store::state_at(connection, room.num(), stay->ended, "m.room.member")) {
        if (is_joined(*member)) went.insert(*member->event->state_key);
      }
    } else {
      auto now = members(room, "join");
      if (stay->begun > from) came.insert(now.begin(), now.end());
      present.merge(now);
    }
    const auto begin = std::max(from, stay->begun);
    const auto end = stay->ended ? stay->ended : room.last_pos();
    if (end <= begin) return;
    for (const auto& change : memory::event_store::state_changes(connection, room.num(), begin, end)) {
      if (change->event->type != "m.room.member" || !change->event->state_key) continue;
      (is_joined(*change) ? came : went).insert(*change->event->state_key);
    }
  }
};

}  // namespace

bool DeviceKeys::is_local(std::string_view user_id) const { return server_of(user_id) == settings_.server_name; }

Task<std::string> DeviceKeys::query(std::string user_id, DeviceSelection wanted) {
  auto read = [&](store::Connection& connection) -> Result<std::string> {
    QueryAnswer answer;
    std::set<std::string> foreign;
    for (const auto& [target, devices] : wanted) {
      if (is_local(target)) {
        answer.add_user(connection, user_id, target, devices);
      } else {
        foreign.insert(server_of(target));
      }
    }
    return "{\"device_keys\":" + answer.devices + "},\"failures\":" + failures_of(foreign) +
           ",\"master_keys\":" + answer.master + "},\"self_signing_keys\":" + answer.self_signing +
           "},\"user_signing_keys\":" + answer.user_signing + "}}";
  };
  co_return co_await db_.read(read);
}

Task<std::string> DeviceKeys::claim(std::vector<KeyClaim> claims) {
  auto write = [&](store::Tx& tx) -> Result<std::string> {
    std::map<std::string_view, std::map<std::string_view, std::string>> given;
    std::set<std::string> foreign;
    std::set<std::string_view> touched;
    StreamPos pos = 0;
    for (const auto& claim : claims) {
      if (!is_local(claim.user_id)) {
        foreign.insert(server_of(claim.user_id));
        continue;
      }
      auto key = device_keys_store::take_one_time_key(tx, claim.user_id, claim.device_id, claim.algorithm);
      if (key) {
        touched.insert(claim.user_id);
        if (pos == 0) pos = tx.next_pos();
        device_keys_store::note_claimed(tx, claim.user_id, claim.device_id, claim.algorithm, key->key_id,
                                        key_fingerprint(key->json), pos);
      } else {
        const auto fallback = device_keys_store::fallback_key(tx, claim.user_id, claim.device_id, claim.algorithm);
        if (!fallback) continue;
        key = fallback->key;
        if (!fallback->used) {
          device_keys_store::mark_fallback_used(tx, claim.user_id, claim.device_id, claim.algorithm);
          touched.insert(claim.user_id);
        }
      }
      auto& shown = given[claim.user_id][claim.device_id];
      matrix::append_json_string(shown, claim.algorithm + ':' + key->key_id);
      shown += ':' + key->json;
    }
    if (!touched.empty()) {
      if (pos == 0) pos = tx.next_pos();
      for (const auto user : touched) changes_.touched(tx, user, pos);
    }
    std::string body = "{\"one_time_keys\":{";
    for (const auto& [user, devices] : given) {
      append_escaped_key(body, user);
      body += '{';
      for (const auto& [device, shown] : devices) {
        append_escaped_key(body, device);
        body += '{' + shown + '}';
      }
      body += '}';
    }
    return body + "},\"failures\":" + failures_of(foreign) + '}';
  };
  co_return co_await db_.write(write);
}

Task<DeviceListChanges> DeviceKeys::changed_between(std::string user_id, StreamPos from, StreamPos to) {
  auto read = [&](store::Connection& connection) -> Result<DeviceListChanges> {
    Company company;
    for (const auto& own : memory::event_store::memberships_of(connection, user_id)) {
      if (const auto room = rooms_.load(connection, own.room)) company.add_room(connection, *room, own, from);
    }
    company.present.insert(user_id);
    std::set<std::string> changed;
    // Only the last change of each user is kept: one after `to` may hide one before it.
    for (auto& user : device_keys_store::changed_since(connection, from, std::max(to, db_.head()))) {
      if (company.present.contains(user)) changed.insert(std::move(user));
    }
    for (auto& user : device_keys_store::signed_users_since(connection, user_id, from, to)) {
      changed.insert(std::move(user));
    }
    for (const auto& user : company.came) {
      if (company.present.contains(user)) changed.insert(user);
    }
    DeviceListChanges found;
    for (const auto& user : company.went) {
      if (!company.present.contains(user)) found.left.push_back(user);
    }
    found.changed.assign(changed.begin(), changed.end());
    return found;
  };
  co_return co_await db_.read(read);
}

}  // namespace troupe::homeserver::crypto
