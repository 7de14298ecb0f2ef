// What must hold for the rules of every room version, on many small rooms made by chance (the same ones each time).
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "matrix/auth.h"
#include "matrix/level_values.h"
#include "matrix/member_rules.h"
#include "matrix/state_test.h"

namespace troupe::matrix {
namespace {

constexpr std::array<const char*, 4> kUsers{"@creator:a", "@bob:a", "@carl:a", "@dora:b"};
constexpr std::size_t kRooms = 1500;

class Chance {
 public:
  explicit Chance(std::uint32_t seed) : engine_(seed) {}
  std::size_t below(std::size_t count) { return engine_() % count; }
  bool one_in(std::size_t count) { return below(count) == 0; }
  template <class T, std::size_t N>
  T of(const std::array<T, N>& choices) {
    return choices[below(N)];
  }
  Json level() {
    const auto number = of(std::array<int, 5>{0, 10, 50, 60, 100});
    if (one_in(6)) return Json(std::string_view(of(std::array<const char*, 4>{"50", " 60", "-1", "none"})));
    if (one_in(8)) return Json(number + 0.5);
    return Json(number);
  }
  JsonObject levels() {
    JsonObject content;
    for (const auto key : kLevelKeys)
      if (one_in(4)) content[key] = level();
    for (const auto* type : {"m.room.topic", "m.room.power_levels", "m.room.redaction"})
      if (one_in(3)) map(content, "events")[type] = level();
    if (one_in(3)) map(content, "notifications")["room"] = level();
    for (const auto* user : kUsers)
      if (one_in(2)) map(content, "users")[user] = level();
    return content;
  }

 private:
  static JsonObject& map(JsonObject& content, std::string_view key) {
    auto& value = content[key];
    if (!value.is_object()) value = JsonObject{};
    return value.get_object();
  }
  std::mt19937 engine_;
};

/// One room, as each version has it, and one event that somebody tries.
struct Try {
  JsonObject levels;
  bool has_levels = false;
  std::string join_rule;
  std::map<std::string, std::string> members;
  EventDraft draft;

  static std::string room_id(const RoomVersion& version) {
    return version.room_id_is_create_hash ? "!" + std::string(43, 'e') : "!room:a";
  }
  StateOfTest state(const RoomVersion& version) const {
    StateOfTest made;
    made.set_room_id(room_id(version));
    made.set("m.room.create", "", kUsers[0], {{"room_version", version.id}, {"creator", kUsers[0]}});
    if (has_levels) made.set("m.room.power_levels", "", kUsers[0], levels);
    if (!join_rule.empty()) made.set("m.room.join_rules", "", kUsers[0], {{"join_rule", join_rule}});
    for (const auto& [user, word] : members) made.set("m.room.member", user, user, {{"membership", word}});
    return made;
  }
  bool allowed(const RoomVersion& version) const {
    const auto verdict = authorize(version, draft, room_id(version), state(version));
    if (!verdict) EXPECT_EQ(verdict.error().code(), Errc::forbidden);
    return verdict.has_value();
  }
};

Try make_try(std::uint32_t seed) {
  Chance chance(seed);
  constexpr std::array<const char*, 6> kWords{"join", "join", "invite", "leave", "ban", "knock"};
  Try made;
  made.has_levels = !chance.one_in(5);
  made.levels = chance.levels();
  made.join_rule = chance.of(
      std::array<const char*, 7>{"", "public", "invite", "knock", "restricted", "knock_restricted", "private"});
  for (const auto* user : kUsers)
    if (!chance.one_in(5)) made.members[user] = chance.of(kWords);
  auto& draft = made.draft;
  draft.sender = chance.of(kUsers);
  switch (chance.below(6)) {
    case 0:
    case 1: {
      draft.type = "m.room.member";
      draft.state_key = chance.one_in(2) ? draft.sender : chance.of(kUsers);
      draft.content = {{"membership", chance.of(kWords)}};
      if (chance.one_in(3)) draft.content["join_authorised_via_users_server"] = chance.of(kUsers);
      break;
    }
    case 2:
    case 3:
      draft.type = "m.room.power_levels";
      draft.state_key = "";
      // Near what is there, so that it has a chance.
      draft.content = made.has_levels ? made.levels : chance.levels();
      for (const auto& change : chance.levels())
        if (chance.one_in(3)) draft.content.insert_or_assign(change.key(), change.value());
      break;
    case 4:
      draft.type = chance.of(std::array<const char*, 3>{"m.room.topic", "m.room.aliases", "x"});
      draft.state_key = chance.of(std::array<const char*, 4>{"", "a", "b", "@bob:a"});
      break;
    default:
      draft.type = chance.one_in(2) ? "m.room.redaction" : "m.room.message";
      if (draft.type == "m.room.redaction") draft.redacts = chance.one_in(2) ? "$1:a" : "$1:b";
  }
  return made;
}

/// Whether the content holds something that is a level in some versions and not in others.
bool has_odd_levels(const JsonObject& content) {
  const auto odd = [](const Json& value) { return !value.is_int64(); };
  for (const auto key : kLevelKeys)
    if (const auto* value = find(content, key); value && odd(*value)) return true;
  for (const auto map : kLevelMaps)
    if (const auto* levels = find_object(content, map))
      if (std::ranges::any_of(*levels, [&](const auto& entry) { return odd(entry.value()); })) return true;
  return false;
}

/// Whether the change from the version before to this one may speak about the try at all.
bool may_differ(const Try& one, const RoomVersion& before, const RoomVersion& now) {
  const auto& draft = one.draft;
  const auto word = find_string(draft.content, "membership").value_or("");
  const bool is_member = draft.type == "m.room.member";
  const bool levels_matter = (one.has_levels && has_odd_levels(one.levels)) ||
                             (draft.type == "m.room.power_levels" && has_odd_levels(draft.content));
  if (before.redaction_needs_right != now.redaction_needs_right && draft.type == "m.room.redaction") return true;
  if (before.aliases_have_own_rule != now.aliases_have_own_rule && draft.type == "m.room.aliases") return true;
  if (before.notification_levels_guarded != now.notification_levels_guarded && draft.type == "m.room.power_levels")
    return true;
  if (before.levels != now.levels && levels_matter) return true;
  if (before.knocking != now.knocking && is_member) {
    if (word == "knock" || one.members.contains(draft.sender)) return true;
  }
  if (is_join_rule(before, one.join_rule) != is_join_rule(now, one.join_rule) && is_member &&
      (word == "join" || word == "knock"))
    return true;
  return before.creators_have_infinite_power != now.creators_have_infinite_power;
}

TEST(AuthorizeVersions, ChangeOnlyWhatTheyAreAbout) {
  std::size_t allowed = 0;
  for (std::uint32_t seed = 0; seed < kRooms; ++seed) {
    const auto one = make_try(seed);
    const auto versions = room_versions();
    for (std::size_t i = 1; i < versions.size(); ++i) {
      const bool now = one.allowed(versions[i]);
      allowed += now;
      if (may_differ(one, versions[i - 1], versions[i])) continue;
      ASSERT_EQ(one.allowed(versions[i - 1]), now)
          << "seed " << seed << ", versions " << versions[i - 1].id << " and " << versions[i].id;
    }
  }
  EXPECT_GT(allowed, kRooms) << "the rooms are no use when nearly everything is refused";
  EXPECT_LT(allowed, kRooms * 8);
}

TEST(AuthorizeVersions, NobodyRisesAboveThemselvesOrTouchesTheirEquals) {
  std::size_t looked = 0;
  for (std::uint32_t seed = 0; seed < kRooms; ++seed) {
    auto one = make_try(seed);
    if (one.draft.type != "m.room.power_levels" || !one.has_levels) continue;
    for (const auto& version : room_versions()) {
      if (!one.allowed(version)) continue;
      ++looked;
      SCOPED_TRACE("seed " + std::to_string(seed) + ", version " + std::string(version.id));
      auto state = one.state(version);
      const PowerLevels before(version, state);
      const auto own = before.user(one.draft.sender);
      EXPECT_GE(own, before.needed_for("m.room.power_levels", true));
      state.set("m.room.power_levels", "", one.draft.sender, one.draft.content);
      const PowerLevels after(version, state);
      const auto* was_named = find_object(one.levels, "users");
      const auto* is_named = find_object(one.draft.content, "users");
      for (const auto* user : kUsers) {
        if (is_named && is_named->contains(user)) EXPECT_LE(after.user(user), std::max(own, before.user(user)));
        const bool was_equal = was_named && find_level(version, *was_named, user).value_or(own - 1) >= own;
        if (was_equal && one.draft.sender != user && is_named && is_named->contains(user))
          EXPECT_EQ(after.user(user), before.user(user)) << user;
      }
    }
  }
  EXPECT_GT(looked, 100U);
}

TEST(AuthorizeVersions, WhoIsNotInTheRoomOnlyComesOrGoes) {
  for (std::uint32_t seed = 0; seed < kRooms; ++seed) {
    const auto one = make_try(seed);
    const auto found = one.members.find(one.draft.sender);
    if (found != one.members.end() && found->second == "join") continue;
    for (const auto& version : room_versions()) {
      if (!one.allowed(version)) continue;
      if (one.draft.type == "m.room.aliases" && version.aliases_have_own_rule) continue;
      EXPECT_EQ(one.draft.type, "m.room.member") << "seed " << seed << ", version " << version.id;
      EXPECT_EQ(one.draft.state_key, one.draft.sender) << "seed " << seed << ", version " << version.id;
    }
  }
}

}  // namespace
}  // namespace troupe::matrix
