#include "matrix/push_rules.h"

#include <gtest/gtest.h>

#include <random>

#include "matrix/glob.h"
#include "matrix/golden_test.h"

namespace troupe::matrix {
namespace {

Event event_of(const JsonObject& row) {
  Event event;
  event.type = find_string(row, "type").value_or("m.room.message");
  event.sender = find_string(row, "sender").value_or("@bob:a");
  event.room_id = "!room:a";
  event.event_id = "$" + std::string(43, 'e');
  if (const auto key = find_string(row, "state_key")) event.state_key = std::string(*key);
  event.content = row.at("content").as_object();
  return event;
}

PushRoom room_of(const JsonObject& row) {
  PushRoom room;
  room.joined_members = static_cast<std::size_t>(find_integer(row, "members").value_or(3));
  room.sender_power = find_integer(row, "power").value_or(0);
  return room;
}

void switch_rules(JsonObject& rules, const JsonObject& row, std::string_view member, bool enabled) {
  const auto* list = find_array(row, member);
  for (std::size_t i = 0; list && i < list->size(); ++i) {
    const auto name = view((*list)[i].as_string());
    const auto slash = name.find('/');
    ASSERT_TRUE(set_push_rule_enabled(rules, name.substr(0, slash), name.substr(slash + 1), enabled)) << name;
  }
}

JsonObject rules_of(const JsonObject& row) {
  auto rules = default_push_rules("@alice:a");
  switch_rules(rules, row, "disabled", false);
  switch_rules(rules, row, "enabled", true);
  const auto* own = find_array(row, "rules");
  for (std::size_t i = own ? own->size() : 0; i-- > 0;) {
    const auto& rule = (*own)[i].as_object();
    PushRuleEdit edit{
        .kind = text_of(rule, "kind"), .rule_id = text_of(rule, "rule_id"), .before = {}, .after = {}, .body = rule};
    const auto put = put_push_rule(rules, edit);
    EXPECT_TRUE(put) << put.error().message();
    if (const auto enabled = find_bool(rule, "enabled")) {
      EXPECT_TRUE(set_push_rule_enabled(rules, edit.kind, edit.rule_id, *enabled));
    }
  }
  return rules;
}

std::string name_of(const PushOutcome& outcome) {
  EXPECT_TRUE(outcome.notify || !outcome.highlight);
  return !outcome.notify ? "none" : outcome.highlight ? "highlight" : "notify";
}

TEST(EvaluatePushRules, FollowsTheTable) {
  const auto table = golden("push_evaluation.json");
  for (const auto& item : table.at("cases").as_array()) {
    const auto& row = item.as_object();
    SCOPED_TRACE(text_of(row, "name"));
    const auto event = event_of(row.at("event").as_object());
    const auto rules = rules_of(row);
    EXPECT_EQ(name_of(evaluate_push_rules(rules, event, "@alice:a", "Alice B", room_of(row))), text_of(row, "want"));
    if (row.contains("rules") || row.contains("disabled") || row.contains("enabled")) continue;
    const DefaultPush shared(event, room_of(row));
    EXPECT_EQ(name_of(shared.outcome("@alice:a", "Alice B")), text_of(row, "want"));
    if (!shared.is_personal()) EXPECT_EQ(name_of(shared.everyone()), text_of(row, "want"));
  }
}

/// Random events from parts that the predefined rules look at.
class RandomEvents {
 public:
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[random_() % from.size()];
  }
  Event next() {
    Event event;
    event.type =
        pick<std::string>({"m.room.message", "m.room.message", "m.room.encrypted", "m.reaction", "m.call.invite", "x",
                           "m.room.member", "m.room.tombstone", "m.room.server_acl", "M.Room.Message"});
    event.sender = "@bob:a";
    event.room_id = "!room:a";
    if (random_() % 2) event.state_key = pick<std::string>({"", "@alice:a", "@carl:a", "x"});
    if (random_() % 2) event.content["msgtype"] = pick<std::string>({"m.text", "m.notice", "M.NOTICE"});
    if (random_() % 2) event.content["membership"] = pick<std::string>({"invite", "join", "leave"});
    if (random_() % 4) {
      event.content["body"] =
          pick<std::string>({"hi", "alice", "hi Alice B!", "@room", "xalice", "alice b @room", "carl: alicex"});
    }
    if (random_() % 3 == 0) {
      event.content["m.mentions"] =
          pick<Json>({JsonObject{}, JsonObject{{"room", true}}, JsonArray{}, JsonObject{{"user_ids", {"@carl:a"}}},
                      JsonObject{{"user_ids", {"@alice:a"}}, {"room", true}}});
    }
    if (random_() % 4 == 0) {
      event.content["m.relates_to"] = pick<Json>({JsonObject{{"rel_type", "m.replace"}}, JsonObject{}, Json(3)});
    }
    return event;
  }
  PushRoom room() {
    return {.joined_members = random_() % 4, .sender_power = static_cast<std::int64_t>(random_() % 3) * 50};
  }

 private:
  std::mt19937 random_{7};
};

TEST(DefaultPush, AgreesWithTheRules) {
  RandomEvents events;
  const std::vector<std::pair<std::string, std::string>> members{
      {"@alice:a", "Alice B"}, {"@carl:a", ""}, {"@dora:a", "hi"}};
  std::vector<JsonObject> rules;
  for (const auto& [user_id, name] : members) rules.push_back(default_push_rules(user_id));
  for (int i = 0; i < 20'000; ++i) {
    const auto event = events.next();
    const auto room = events.room();
    const DefaultPush shared(event, room);
    for (std::size_t m = 0; m < members.size(); ++m) {
      const auto& [user_id, name] = members[m];
      const auto wanted = evaluate_push_rules(rules[m], event, user_id, name, room);
      ASSERT_EQ(name_of(shared.outcome(user_id, name)), name_of(wanted))
          << user_id << " " << event.type << " " << canonical_json(event.content);
      if (!shared.is_personal())
        ASSERT_EQ(name_of(shared.everyone()), name_of(wanted)) << canonical_json(event.content);
    }
  }
}

TEST(DefaultPushRules, AreTheGoldenOnes) {
  EXPECT_EQ(canonical_json(default_push_rules("@alice:example.org")), canonical_json(golden("push_defaults.json")));
}

PushRuleEdit edit(std::string kind, std::string rule_id, JsonObject body = {{"actions", {"notify"}}}) {
  return {.kind = std::move(kind), .rule_id = std::move(rule_id), .before = {}, .after = {}, .body = std::move(body)};
}

std::vector<std::string> ids(const JsonObject& rules, std::string_view kind) {
  std::vector<std::string> out;
  for (const auto& item : rules.at(kind).as_array()) out.push_back(text_of(item.as_object(), "rule_id"));
  return out;
}

TEST(PutPushRule, OrdersRules) {
  auto rules = default_push_rules("@alice:a");
  const auto put = [&](std::string id, std::string before, std::string after) {
    auto change = edit("room", std::move(id));
    change.before = std::move(before);
    change.after = std::move(after);
    return put_push_rule(rules, change);
  };
  ASSERT_TRUE(put("a", "", ""));
  ASSERT_TRUE(put("b", "", ""));
  EXPECT_EQ(ids(rules, "room"), (std::vector<std::string>{"b", "a"}));
  ASSERT_TRUE(put("c", "a", ""));
  EXPECT_EQ(ids(rules, "room"), (std::vector<std::string>{"b", "c", "a"}));
  ASSERT_TRUE(put("d", "", "c"));
  EXPECT_EQ(ids(rules, "room"), (std::vector<std::string>{"b", "c", "d", "a"}));
  ASSERT_TRUE(put("a", "b", "")) << "moves";
  EXPECT_EQ(ids(rules, "room"), (std::vector<std::string>{"a", "b", "c", "d"}));
  ASSERT_TRUE(put("d", "", "")) << "stays";
  EXPECT_EQ(ids(rules, "room"), (std::vector<std::string>{"a", "b", "c", "d"}));
  EXPECT_EQ(put("e", "zzz", "").error().code(), Errc::not_found);
  EXPECT_EQ(put("a", "zzz", "").error().code(), Errc::not_found);
  EXPECT_EQ(put("e", ".m.rule.master", "").error().code(), Errc::invalid_param);
  EXPECT_EQ(put("a", "a", "").error().code(), Errc::invalid_param);
  EXPECT_EQ(ids(rules, "room"), (std::vector<std::string>{"a", "b", "c", "d"})) << "failed edits change nothing";
}

TEST(PutPushRule, NothingIsAboveTheMasterSwitch) {
  auto rules = default_push_rules("@alice:a");
  ASSERT_TRUE(put_push_rule(rules, edit("override", "mine")));
  EXPECT_EQ(ids(rules, "override")[0], ".m.rule.master");
  EXPECT_EQ(ids(rules, "override")[1], "mine");
  ASSERT_TRUE(put_push_rule(rules, edit("content", "word", {{"actions", JsonArray{}}, {"pattern", "w"}})));
  EXPECT_EQ(ids(rules, "content"), (std::vector<std::string>{"word", ".m.rule.contains_user_name"}));
}

TEST(PutPushRule, KeepsWhatTheKindHas) {
  auto rules = default_push_rules("@alice:a");
  ASSERT_TRUE(put_push_rule(rules, edit("content", "c",
                                        {{"actions", {"dont_notify", "notify", "coalesce"}},
                                         {"pattern", "p"},
                                         {"conditions", JsonArray{}},
                                         {"junk", 1}})));
  EXPECT_EQ(
      canonical_json(*find_push_rule(rules, "content", "c")),
      R"({"actions":["dont_notify","notify","coalesce"],"default":false,"enabled":true,"pattern":"p","rule_id":"c"})");
  ASSERT_TRUE(set_push_rule_enabled(rules, "content", "c", false));
  ASSERT_TRUE(put_push_rule(rules, edit("content", "c", {{"actions", JsonArray{}}, {"pattern", "q"}})));
  EXPECT_EQ(canonical_json(*find_push_rule(rules, "content", "c")),
            R"({"actions":[],"default":false,"enabled":false,"pattern":"q","rule_id":"c"})");
  ASSERT_TRUE(put_push_rule(rules, edit("override", "o")));
  EXPECT_EQ(canonical_json(*find_push_rule(rules, "override", "o")),
            R"({"actions":["notify"],"conditions":[],"default":false,"enabled":true,"rule_id":"o"})");
}

TEST(PutPushRule, RefusesBadRules) {
  auto rules = default_push_rules("@alice:a");
  const auto before = canonical_json(rules);
  const JsonArray many_conditions(33, JsonObject{{"kind", "x"}});
  const std::string long_pattern(513, 'x');
  const std::vector<PushRuleEdit> bad{
      edit("overide", "x"),
      edit("", "x"),
      edit("override", ""),
      edit("override", ".mine"),
      edit("override", "a/b"),
      edit("override", "a\\b"),
      edit("override", std::string(513, 'x')),
      edit("override", "x", {}),
      edit("override", "x", {{"actions", "notify"}}),
      edit("override", "x", {{"actions", {1}}}),
      edit("override", "x", {{"actions", {"shout"}}}),
      edit("override", "x", {{"actions", {JsonObject{{"set_tweak", 1}}}}}),
      edit("override", "x", {{"actions", JsonArray(33, "notify")}}),
      edit("override", "x", {{"actions", JsonArray{}}, {"conditions", 1}}),
      edit("override", "x", {{"actions", JsonArray{}}, {"conditions", {1}}}),
      edit("override", "x", {{"actions", JsonArray{}}, {"conditions", {JsonObject{}}}}),
      edit("override", "x", {{"actions", JsonArray{}}, {"conditions", many_conditions}}),
      edit("override", "x",
           {{"actions", JsonArray{}}, {"conditions", {JsonObject{{"kind", "k"}, {"pattern", long_pattern}}}}}),
      edit("override", "x", {{"actions", JsonArray{}}, {"conditions", {JsonObject{{"kind", std::string(9000, 'k')}}}}}),
      edit("content", "x", {{"actions", JsonArray{}}}),
      edit("content", "x", {{"actions", JsonArray{}}, {"pattern", 1}}),
      edit("content", "x", {{"actions", JsonArray{}}, {"pattern", long_pattern}}),
  };
  for (const auto& change : bad) {
    const auto put = put_push_rule(rules, change);
    ASSERT_FALSE(put) << change.kind << " " << canonical_json(change.body);
    EXPECT_TRUE(put.error().code() == Errc::invalid_param || put.error().code() == Errc::missing_param);
  }
  EXPECT_EQ(canonical_json(rules), before);
}

TEST(PutPushRule, LimitsTheNumber) {
  auto rules = default_push_rules("@alice:a");
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(put_push_rule(rules, edit("room", "r" + std::to_string(i))));
  EXPECT_FALSE(put_push_rule(rules, edit("sender", "one more")));
  EXPECT_TRUE(put_push_rule(rules, edit("room", "r0"))) << "changing is no adding";
  EXPECT_TRUE(delete_push_rule(rules, "room", "r0"));
  EXPECT_TRUE(put_push_rule(rules, edit("sender", "one more")));
}

TEST(PushRuleChanges, HaveTheirErrors) {
  auto rules = default_push_rules("@alice:a");
  ASSERT_TRUE(put_push_rule(rules, edit("room", "r")));
  EXPECT_TRUE(find_push_rule(rules, "room", "r"));
  EXPECT_FALSE(find_push_rule(rules, "room", "x"));
  EXPECT_FALSE(find_push_rule(rules, "attic", "r"));
  EXPECT_TRUE(delete_push_rule(rules, "room", "r"));
  EXPECT_EQ(delete_push_rule(rules, "room", "r").error().code(), Errc::not_found);
  EXPECT_EQ(delete_push_rule(rules, "attic", "r").error().code(), Errc::invalid_param);
  EXPECT_EQ(delete_push_rule(rules, "override", ".m.rule.master").error().code(), Errc::invalid_param);
  EXPECT_EQ(set_push_rule_enabled(rules, "override", ".m.rule.nothing", true).error().code(), Errc::not_found);
  EXPECT_TRUE(set_push_rule_actions(rules, "underride", ".m.rule.message", {"dont_notify"}));
  EXPECT_EQ(canonical_json(*find(*find_push_rule(rules, "underride", ".m.rule.message"), "actions")),
            R"(["dont_notify"])");
  EXPECT_EQ(set_push_rule_actions(rules, "underride", ".m.rule.message", {1}).error().code(), Errc::invalid_param);
  EXPECT_EQ(set_push_rule_actions(rules, "underride", "x", {}).error().code(), Errc::not_found);
}

TEST(EvaluatePushRules, SurvivesDamagedRules) {
  const auto event = event_of(parse_json(R"({"content":{"body":"x"}})").value().as_object());
  for (const std::string_view text : {R"({})", R"({"override":1})", R"({"override":[1,null,{},{"enabled":false}]})",
                                      R"({"override":[{"conditions":[1]}]})", R"({"content":[{"pattern":1}]})",
                                      R"({"underride":[{"actions":[1,{},{"set_tweak":"highlight"}]}]})"}) {
    EXPECT_EQ(name_of(evaluate_push_rules(parse_json(text).value().as_object(), event, "@a:b", "", {})), "none")
        << text;
  }
}

TEST(Glob, MatchesWholeTexts) {
  const std::vector<std::tuple<std::string, std::string, bool>> table{
      {"", "", true},          {"", "a", false},        {"a", "A", true},      {"a", "ab", false},
      {"*", "", true},         {"*", "anything", true}, {"?", "", false},      {"?", "ü", true},
      {"??", "ü", false},      {"a*b", "ab", true},     {"a*b", "axxb", true}, {"a*b", "axxbc", false},
      {"a*b*c", "abbc", true}, {"*a*", "bab", true},    {"**", "x", true},     {"a**b", "a-b", true},
      {"*ab", "aab", true},    {"*aab", "aaaab", true}, {"a*a", "a", false},   {"*?", "", false},
      {"*?", "🎭", true},      {"?*?", "a🎭", true},    {"[a]", "[a]", true},  {"a.c", "abc", false},
      {"*x?", "axbxc", true}};
  for (const auto& [pattern, text, wanted] : table)
    EXPECT_EQ(glob_matches(pattern, text), wanted) << pattern << " " << text;
}

TEST(Glob, MatchesWords) {
  const std::vector<std::tuple<std::string, std::string, bool>> table{{"", "", false},
                                                                      {"", "a", false},
                                                                      {"cake", "cake", true},
                                                                      {"cake", "my cake!", true},
                                                                      {"cake", "cakes", false},
                                                                      {"cake", "x_cake", false},
                                                                      {"cake", "pancake cake", true},
                                                                      {"@room", "x@room", true},
                                                                      {"@room", "@roomy", false},
                                                                      {"ex*ple", "An example event.", true},
                                                                      {"ex*ple", "exple", true},
                                                                      {"ex*ple", "An exciting triple-whammy", true},
                                                                      {"ex*ple", "examples", false},
                                                                      {"c?ke", "a coke", true},
                                                                      {"c?ke", "ckey", false},
                                                                      {"*", "", true},
                                                                      {"*ke", "x cake", true},
                                                                      {"ca*", "x cake", true},
                                                                      {"ca*", "xcake", false},
                                                                      {"a*b", "a b bc", true},
                                                                      {"a*b", "xa b", false},
                                                                      {"?", "ü", true},
                                                                      {"hello world", "Hello World", true}};
  for (const auto& [pattern, text, wanted] : table) {
    EXPECT_EQ(glob_matches_words(pattern, text), wanted) << pattern << " | " << text;
  }
  EXPECT_TRUE(contains_words("a*b?", "x a*b? y"));
  EXPECT_FALSE(contains_words("a*b?", "x aab! y"));
  EXPECT_FALSE(contains_words("", "x"));
  EXPECT_TRUE(contains_words("Zoë", "hi zoë!"));
}

TEST(Glob, HostilePatternsCostLittle) {
  const std::string text(65'000, 'a');
  std::string stars;
  for (int i = 0; i < 250; ++i) stars += "a*";
  EXPECT_FALSE(glob_matches(stars + "b", text));
  EXPECT_FALSE(glob_matches_words(stars + "b", text));
  for (const auto& hostile : {"*" + std::string(440, 'a') + "b", "*" + std::string(440, '?') + "b"}) {
    MatchBudget budget{.comparisons = 100'000};
    EXPECT_FALSE(glob_matches(hostile, text, budget));
    MatchBudget of_words{.comparisons = 100'000};
    EXPECT_FALSE(glob_matches_words(hostile, text, of_words));
    EXPECT_EQ(budget.comparisons * of_words.comparisons, 0) << hostile;
  }
  MatchBudget budget{.comparisons = 100'000};
  EXPECT_FALSE(contains_words(std::string(255, '-') + "x", std::string(60'000, '-'), budget));
  EXPECT_EQ(budget.comparisons, 0);
  EXPECT_FALSE(glob_matches("a", "a", budget)) << "there is nothing left to match with";
}

TEST(Glob, OrdinaryPatternsCompareAByteAboutOnce) {
  std::string text;
  while (text.size() < 60'000) text += "the quick brown fox jumps over the lazy dog, ";
  MatchBudget budget;
  EXPECT_TRUE(glob_matches_words("gardener", text + "gardener", budget));
  EXPECT_GT(budget.comparisons, MatchBudget().comparisons - 61'000);
}

}  // namespace
}  // namespace troupe::matrix
