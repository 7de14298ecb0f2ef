// Everything that can happen to a meeting, in every order, eight events deep and until nothing new comes.
#include "meetings/types/life.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <vector>

namespace troupe::meetings {
namespace {

using Kind = Input::Kind;

constexpr std::int64_t kAttempts = 2;
constexpr int kDepth = 8;

/// A meeting, and what runs of it: what an engine would see.
struct World {
  Life life{};
  std::set<std::int64_t> alive{};  ///< numbers of the attempts whose container runs
  int ends = 0;                    ///< terminal states that were entered
  bool stopped_in_time = false;    ///< somebody stopped it before its end

  auto key() const {
    return std::tuple(life.state, life.phase, life.container, life.attempts, life.stop_requested, life.again,
                      life.reason, life.ends_well, life.evidence, alive, ends, stopped_in_time);
  }
};

struct Event {
  std::string name;
  Input input;
  enum class Engine { nothing, starts, exits, takes_away } engine = Engine::nothing;
};

Ending ending(Reason reason) { return {.reason = reason, .raw = {}, .good = ends_well(reason).value_or(false)}; }

std::vector<Event> every_event() {
  using Engine = Event::Engine;
  return {
      {"launch", {.kind = Kind::launch}},
      {"the driver starts it", {.kind = Kind::started}, Engine::starts},
      {"the driver refuses for now", {.kind = Kind::refused, .ending = ending(Reason::start_failed), .passing = true}},
      {"the driver refuses", {.kind = Kind::refused, .ending = ending(Reason::start_failed)}},
      {"callback joining", {.kind = Kind::progress, .phase = Phase::joining}},
      {"callback awaiting_admission", {.kind = Kind::progress, .phase = Phase::awaiting_admission}},
      {"callback active", {.kind = Kind::joined}},
      {"callback left_alone", {.kind = Kind::ended, .ending = ending(Reason::left_alone)}},
      {"callback rejected", {.kind = Kind::ended, .ending = ending(Reason::awaiting_admission_rejected)}},
      {"callback join_failure", {.kind = Kind::ended, .ending = ending(Reason::join_failure)}},
      {"it exits well", {.kind = Kind::exited, .ending = ending(Reason::left_alone)}, Engine::exits},
      {"it crashes", {.kind = Kind::exited, .ending = ending(Reason::bot_failed)}, Engine::exits},
      {"it is taken away", {.kind = Kind::gone}, Engine::takes_away},
      {"it cannot be taken away", {.kind = Kind::stuck}},
      {"a user stops it", {.kind = Kind::stop}},
      {"another language is wanted", {.kind = Kind::reconfigure}},
      {"the bot has followed", {.kind = Kind::reconfigured}},
      {"it has not followed in time", {.kind = Kind::not_applied}},
      {"its time is over", {.kind = Kind::expired, .ending = ending(Reason::awaiting_admission_timeout)}},
  };
}

/// Whether this can happen in that world. Callbacks, commands and time-outs can at any time, also late and repeated.
bool can_happen(const World& world, const Event& event) {
  using Engine = Event::Engine;
  const auto& life = world.life;
  switch (event.engine) {
    case Engine::starts:  // asked for while it is wanted; it may come to be when somebody has stopped it meanwhile
      return life.container == Container::wanted || life.container == Container::leaving;
    case Engine::exits:
      return world.alive.contains(life.attempts);
    case Engine::takes_away:
      return life.container == Container::leaving;
    case Engine::nothing:
      break;
  }
  if (event.input.kind == Kind::refused) return life.container == Container::wanted && world.alive.empty();
  if (event.input.kind == Kind::stuck) return life.container == Container::leaving;
  return true;
}

World after(World world, const Event& event) {
  using Engine = Event::Engine;
  if (event.engine == Engine::starts) world.alive.insert(world.life.attempts);
  if (event.engine == Engine::exits || event.engine == Engine::takes_away) world.alive.erase(world.life.attempts);
  const bool was_over = is_terminal(world.life.state);
  if (event.input.kind == Kind::stop && !was_over) world.stopped_in_time = true;
  const auto decision = decide(world.life, event.input, kAttempts);
  if (decision.ignored) {
    EXPECT_EQ(decision.life, world.life) << event.name;
    EXPECT_FALSE(decision.arrow) << event.name;
  }
  if (decision.arrow) {
    EXPECT_NE(std::ranges::find(kArrows, *decision.arrow), kArrows.end()) << event.name;
    EXPECT_EQ(decision.arrow->from, world.life.state);
    EXPECT_EQ(decision.arrow->to, decision.life.state);
  } else {
    EXPECT_EQ(decision.life.state, world.life.state) << "a state changed without an arrow: " << event.name;
  }
  world.life = decision.life;
  if (!was_over && is_terminal(world.life.state)) ++world.ends;
  return world;
}

void check(const World& world, const std::string& way) {
  const auto& life = world.life;
  EXPECT_LE(world.alive.size(), 1U) << "two containers live: " << way;
  EXPECT_LE(world.ends, 1) << way;
  EXPECT_EQ(world.ends == 1, is_terminal(life.state)) << way;
  EXPECT_LE(life.attempts, kAttempts) << way;
  if (life.state == State::reconfiguring) {
    EXPECT_TRUE(life.container == Container::wanted || life.container == Container::running) << way;
    EXPECT_EQ(life.evidence, Evidence::none) << "it has an end, and is told of a language: " << way;
  }
  for (const auto number : world.alive) EXPECT_EQ(number, life.attempts) << "an earlier container lives: " << way;
  if (!world.alive.empty()) EXPECT_TRUE(needs_care(life)) << "a container lives and nobody looks after it: " << way;
  if (is_terminal(life.state)) {
    EXPECT_NE(life.reason, Reason::none) << way;
    if (life.state != State::error) EXPECT_TRUE(world.alive.empty()) << way;
    if (life.state == State::completed) EXPECT_TRUE(life.ends_well) << way;
    if (life.state == State::failed) EXPECT_FALSE(life.ends_well) << way;
    if (world.stopped_in_time && life.state != State::error) {
      EXPECT_EQ(life.state, State::completed) << way;
      EXPECT_EQ(life.reason, Reason::stopped) << "a user's stop is outranked: " << way;
    }
    if (world.stopped_in_time && life.state == State::error) EXPECT_EQ(life.reason, Reason::stop_failed) << way;
  } else if (life.stop_requested) {
    EXPECT_EQ(life.state, State::stopping) << way;
  }
}

/// What is left to whoever looks after it when nobody says anything any more: it must come to an end.
void must_end(World world, const std::string& way) {
  for (int step = 0; step < 20 && needs_care(world.life); ++step) {
    const auto& life = world.life;
    Event next;
    if (life.state == State::requested) {
      next = {"launch", {.kind = Kind::launch}};
    } else if (life.container == Container::leaving) {
      next = {"gone", {.kind = Kind::gone}, Event::Engine::takes_away};
    } else {
      next = {"expired", {.kind = Kind::expired, .ending = ending(Reason::awaiting_admission_timeout)}};
    }
    world = after(std::move(world), next);
    check(world, way + " … " + next.name);
  }
  EXPECT_FALSE(needs_care(world.life)) << "it never ends: " << way;
  EXPECT_TRUE(world.alive.empty()) << "something is left running: " << way;
}

TEST(MeetingLife, EveryInterleavingKeepsTheRules) {
  const auto events = every_event();
  // Two ways to the same world go on alike, so each world is gone on from once; `ways` counts all of them.
  std::map<decltype(World().key()), std::tuple<World, std::string, std::uint64_t>> now;
  now[World().key()] = {World(), "requested", 1};
  std::uint64_t ways = 0;
  std::set<decltype(World().key())> seen;
  for (int depth = 1; depth <= kDepth; ++depth) {
    decltype(now) next;
    ways = 0;
    for (const auto& [key, entry] : now) {
      const auto& [world, way, count] = entry;
      for (const auto& event : events) {
        if (!can_happen(world, event)) continue;
        auto reached = after(world, event);
        auto reached_by = way + " → " + event.name;
        check(reached, reached_by);
        ways += count;
        auto& place = next[reached.key()];
        std::get<2>(place) += count;
        if (seen.insert(reached.key()).second) must_end(reached, reached_by);
        if (std::get<1>(place).empty()) {
          std::get<0>(place) = std::move(reached);
          std::get<1>(place) = std::move(reached_by);
        }
      }
      if (::testing::Test::HasFailure()) return;
    }
    now = std::move(next);
  }
  EXPECT_GT(ways, 10'000'000U) << "fewer than there were: does the model still let things happen?";
  std::set<State> ends;
  for (const auto& [key, entry] : now) ends.insert(std::get<0>(entry).life.state);
  for (const auto state : {State::completed, State::failed, State::error}) EXPECT_TRUE(ends.contains(state));
}

Life lived(std::initializer_list<Input> inputs) {
  Life life;
  for (const auto& input : inputs) life = decide(life, input, kAttempts).life;
  return life;
}

TEST(MeetingLife, GoesTheUsualWay) {
  const Input launch{.kind = Kind::launch}, started{.kind = Kind::started}, joined{.kind = Kind::joined};
  EXPECT_EQ(lived({launch}).state, State::starting);
  EXPECT_EQ(lived({launch, started, joined}).state, State::active);
  EXPECT_EQ(lived({launch, joined, started}).container, Container::running) << "a callback before the start is known";
  const auto left = lived({launch, started, joined, {.kind = Kind::ended, .ending = ending(Reason::left_alone)}});
  EXPECT_EQ(left.state, State::stopping);
  EXPECT_EQ(left.container, Container::leaving);
  EXPECT_EQ(decide(left, {.kind = Kind::gone}, kAttempts).life.state, State::completed);
}

TEST(MeetingLife, FollowsAnotherLanguageFromWithinTheCallOnly) {
  const Input launch{.kind = Kind::launch}, started{.kind = Kind::started}, joined{.kind = Kind::joined};
  const Input wanted{.kind = Kind::reconfigure}, followed{.kind = Kind::reconfigured}, late{.kind = Kind::not_applied};
  EXPECT_TRUE(decide(lived({launch, started}), wanted, kAttempts).ignored);
  const auto told = lived({launch, started, joined, wanted});
  EXPECT_EQ(told.state, State::reconfiguring);
  EXPECT_TRUE(decide(told, wanted, kAttempts).ignored) << "one after the other";
  for (const auto& settled : {followed, late}) {
    const auto after = decide(told, settled, kAttempts);
    EXPECT_EQ(after.life, lived({launch, started, joined}));
    EXPECT_TRUE(decide(after.life, settled, kAttempts).ignored);
  }
  EXPECT_EQ(lived({launch, started, joined, wanted, {.kind = Kind::stop}, followed}).state, State::stopping);
}

TEST(MeetingLife, ThrownOutEndsIt) {
  const auto out = classify(true, "removed_by_admin", "removed_by_admin");
  EXPECT_EQ(out.reason, Reason::evicted);
  EXPECT_EQ(out.raw, "removed_by_admin");
  const auto life = lived({{.kind = Kind::launch},
                           {.kind = Kind::started},
                           {.kind = Kind::joined},
                           {.kind = Kind::ended, .ending = out},
                           {.kind = Kind::exited, .ending = ending(Reason::left_alone)},
                           {.kind = Kind::gone}});
  EXPECT_EQ(life.state, State::completed);
  EXPECT_EQ(life.reason, Reason::evicted);
  EXPECT_EQ(life.reason_raw, "removed_by_admin");
}

TEST(MeetingLife, TriesAgainWithOneContainerAtATime) {
  const Input crash{.kind = Kind::exited, .ending = ending(Reason::bot_failed)};
  auto life = lived({{.kind = Kind::launch}, {.kind = Kind::started}, crash});
  EXPECT_EQ(life.state, State::starting);
  EXPECT_EQ(life.attempts, 1) << "the first container is not gone yet";
  life = decide(life, {.kind = Kind::gone}, kAttempts).life;
  EXPECT_EQ(life.attempts, 2);
  EXPECT_EQ(life.container, Container::wanted);
  life = decide(decide(life, {.kind = Kind::started}, kAttempts).life, crash, kAttempts).life;
  EXPECT_EQ(life.state, State::stopping);
  life = decide(life, {.kind = Kind::gone}, kAttempts).life;
  EXPECT_EQ(life.state, State::failed);
  EXPECT_EQ(life.reason, Reason::bot_failed);
}

TEST(MeetingLife, NoContainerIsAnError) {
  const Input refused{.kind = Kind::refused, .ending = ending(Reason::start_failed)};
  const auto life = lived({{.kind = Kind::launch}, refused, {.kind = Kind::gone}});
  EXPECT_EQ(life.state, State::error);
  EXPECT_EQ(life.reason, Reason::start_failed);
}

TEST(MeetingReasons, RawWordsAreKeptAndUnderstood) {
  struct Case {
    bool completed;
    std::string_view reason, completion_reason;
    Reason wanted;
    bool good;
  };
  const Case cases[]{
      {true, "self_initiated_leave", "stopped", Reason::stopped, true},
      {true, "admission_timeout", "stopped", Reason::awaiting_admission_timeout, false},
      {true, "left_alone_timeout", "stopped", Reason::left_alone, true},
      {true, "startup_alone_timeout", "stopped", Reason::startup_alone, true},
      {true, "", "removed_by_admin", Reason::evicted, true},
      {true, "admission_rejected_by_admin", "", Reason::awaiting_admission_rejected, false},
      {false, "join_meeting_error", "", Reason::join_failure, false},
      {false, "signal_sigterm", "", Reason::bot_failed, false},
      {false, "", "", Reason::bot_failed, false},
      {true, "", "", Reason::stopped, true},
      {true, "aliens", "", Reason::other, true},
      {false, "aliens", "", Reason::other, false},
      {false, "aliens", "auth_session_missing", Reason::auth_session_missing, false},
  };
  for (const auto& [completed, reason, completion_reason, wanted, good] : cases) {
    const auto found = classify(completed, reason, completion_reason);
    EXPECT_EQ(found.reason, wanted) << reason << "/" << completion_reason;
    EXPECT_EQ(found.good, good) << reason << "/" << completion_reason;
    EXPECT_FALSE(found.raw.empty());
  }
  EXPECT_EQ(classify(true, "aliens", "stopped").raw, "aliens");
  EXPECT_EQ(classify(false, std::string(500, 'x'), "").raw.size(), kMaxRawReason);
  std::string long_one(kMaxRawReason - 1, 'x');
  EXPECT_EQ(classify(false, long_one + "ä", "").raw, long_one) << "no half characters";
  for (const auto reason : kReasons) EXPECT_EQ(parse_reason(to_string(reason)), reason);
}

TEST(MeetingStates, AreTheSeedsAndVexaKnowsThemByItsNames) {
  // The arrows of the diagram; the others are said in docs/meetings.md.
  const std::pair<State, State> drawn[]{
      {State::requested, State::starting}, {State::starting, State::active},      {State::starting, State::error},
      {State::active, State::stopping},    {State::active, State::reconfiguring}, {State::reconfiguring, State::active},
      {State::stopping, State::completed}, {State::stopping, State::failed},      {State::stopping, State::error}};
  for (const auto& [from, to] : drawn) {
    EXPECT_TRUE(std::ranges::any_of(kArrows, [&](const Arrow& a) { return a.from == from && a.to == to; }))
        << to_string(from) << " → " << to_string(to);
  }
  for (const auto& arrow : kArrows) EXPECT_FALSE(is_terminal(arrow.from));
  for (const auto state : kStates) EXPECT_EQ(parse_state(to_string(state)), state);
  EXPECT_EQ(vexa_status(State::starting, Phase::none), "requested");
  EXPECT_EQ(vexa_status(State::starting, Phase::awaiting_admission), "awaiting_admission");
  EXPECT_EQ(vexa_status(State::starting, Phase::needs_help), "needs_human_help");
  EXPECT_EQ(vexa_status(State::reconfiguring, Phase::none), "active");
  EXPECT_EQ(vexa_status(State::error, Phase::none), "failed");
}

}  // namespace
}  // namespace troupe::meetings
