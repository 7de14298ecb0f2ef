// Everything that may go wrong around a meeting, at random: Troupe, the bot, the database and the engine are killed,
// cut off or wrong, in rounds that each follow from a seed. TROUPE_CHAOS_SEED repeats one round; TROUPE_CHAOS_ROUNDS
// says how many there are.
#include <cstdlib>
#include <random>
#include <set>

#include "meetings/life/meetings_fixture.h"

namespace troupe::meetings::life {
namespace {

constexpr std::int64_t kRounds = 150;
constexpr int kMeetings = 3;
constexpr int kSteps = 24;
constexpr std::size_t kDifferentEnds = 7;

std::int64_t number_from(const char* name, std::int64_t otherwise) {
  const char* text = std::getenv(name);
  return text && *text ? std::atoll(text) : otherwise;
}

class MeetingChaos : public MeetingsTest {
 protected:
  MeetingChaos() { options.most_at_once = kMeetings; }

  int below(int most) { return std::uniform_int_distribution<int>(0, most - 1)(random); }
  template <class T>
  T one_of(std::initializer_list<T> items) {
    return *(items.begin() + below(static_cast<int>(items.size())));
  }

  void ask_for_one() {
    const auto made =
        run(service->create(wanted("Round" + std::to_string(seed) + "n" + std::to_string(meetings.size()))));
    if (made) meetings.push_back(made->id);  // else the database refused, and there must be none: see rows()
  }
  MeetingId any() { return meetings[static_cast<std::size_t>(below(static_cast<int>(meetings.size())))]; }

  void bot_speaks() {
    const auto id = any();
    const std::int64_t attempt = 1 + below(2);
    if (!home([&] { return driver->was_started(task_id_of(id, attempt)); })) return;
    auto callback =
        below(3) == 0 ? joined()
        : below(2) == 0
            ? waits(one_of({Phase::joining, Phase::awaiting_admission, Phase::needs_help}))
            : ended(below(2) == 0, one_of<std::string_view>({"removed_by_admin", "left_alone", "self_initiated_leave",
                                                             "admission_timeout", "join_meeting_error", "no such"}));
    (void)say(id, std::move(callback), attempt);  // the database may refuse: the bot goes on all the same
  }
  void bot_ends() {
    const auto id = any();
    const std::int64_t attempt = 1 + below(2);
    runtime::ExitResult result{.code = one_of({0, 1, 137}), .signal = 0, .error = {}};
    result.oom_killed = result.code == 137 && below(2) == 0;
    home([&] {
      if (!driver->was_started(task_id_of(id, attempt))) return;
      if (below(5) == 0) {
        mock->lose_now(task_id_of(id, attempt));
      } else {
        mock->exit_now(task_id_of(id, attempt), result);
      }
    });
  }
  void engine_fails() {
    if (below(3) == 0) {
      mend();
    } else {
      fault({one_of<std::string>({"start", "recover", "list", "stop", "inspect"})},
            one_of({Errc::timed_out, Errc::unavailable, Errc::not_found, Errc::internal}));
    }
  }
  void engine_changes() {
    runtime::MockBehaviour next;
    switch (below(6)) {
      case 0:
        next.start_error = "no such image";
        break;
      case 1:
        next.ignores_stop = true;
        break;
      case 2:
        next.exits_after = seconds(below(100));
        break;
      case 3:
        next.exits_meanwhile = runtime::ExitResult{.code = below(2), .signal = 0, .error = {}};
        break;
      case 4:
        next.lost_at_recover = true;
        break;
      default:
        break;
    }
    behave(std::move(next));
  }
  void disk_fails() {
    faults.arm(below(6), one_of({store::FaultPlan::Kind::disk_full, store::FaultPlan::Kind::io_error}), 1 + below(8));
  }

  void step() {
    if (meetings.size() < kMeetings && below(3) == 0) return ask_for_one();
    switch (below(12)) {
      case 0:
      case 1:
        return pass(one_of({milliseconds(200), milliseconds(5'000), milliseconds(40'000), milliseconds(950'000)}));
      case 2:
      case 3:
      case 4:
        if (!meetings.empty()) bot_speaks();
        return;
      case 5:
        if (!meetings.empty()) bot_ends();
        return;
      case 6:
        return engine_fails();
      case 7:
        return engine_changes();
      case 8:
        return disk_fails();
      case 9:
        if (!meetings.empty()) (void)run(service->stop({.tenant_id = 1}, any(), {.id = 7, .label = "@anna:localhost"}));
        return;
      case 10:
        kill();
        if (below(2) == 0) pass(seconds(below(200)));
        return begin_somehow();
      default:
        if (!meetings.empty()) (void)asks_again();
        return;
    }
  }
  /// Lets what was begun come a little further.
  bool asks_again() { return run(service->find({.tenant_id = 1}, any())).has_value(); }
  /// A start that finds the disk full is tried again, as whoever watches the program does.
  void begin_somehow() {
    faults.disarm();
    begin();
  }

  void mend_all() {
    faults.disarm();
    mend();
    behave({});
  }
  bool all_is_over() {
    return std::ranges::all_of(meetings, [&](MeetingId id) { return !needs_care(look(id).life); });
  }
  void expect_order(MeetingId id) {
    const auto all = history(id);
    const auto ends = std::ranges::count_if(all.transitions, [](const Transition& step) {
      const auto to = parse_state(step.to);
      return to && is_terminal(*to) && step.from != step.to;
    });
    EXPECT_EQ(ends, 1) << way(id);
    for (std::size_t at = 1; at < all.transitions.size(); ++at) {
      const auto& step = all.transitions[at];
      EXPECT_EQ(step.from, all.transitions[at - 1].to) << "step " << at << " of " << way(id);
      EXPECT_EQ(step.number, all.transitions[at - 1].number + 1);
    }
    for (const auto& attempt : all.attempts) EXPECT_EQ(attempt.state, Container::gone) << attempt.number;
    EXPECT_LE(static_cast<std::int64_t>(all.attempts.size()), timing.attempts);
  }
  /// Containers of one meeting that run at once, at most.
  void expect_no_two() {
    for (const auto id : meetings) {
      int alive = 0;
      for (std::int64_t attempt = 1; attempt <= timing.attempts; ++attempt) {
        const auto status = run(mock->inspect(task_id_of(id, attempt)));
        alive += status && status->state == runtime::TaskState::running;
      }
      EXPECT_LE(alive, 1) << "of meeting " << id << ": " << way(id);
    }
  }

  void round(std::int64_t which) {
    seed = which;
    random.seed(static_cast<std::mt19937_64::result_type>(which));
    meetings.clear();
    for (int n = 0; n < kSteps; ++n) {
      step();
      expect_no_two();
    }
    mend_all();
    ASSERT_TRUE(eventually([&] {
      if (all_is_over()) return true;
      pass(seconds(20));
      return false;
    }));
    for (const auto id : meetings) {
      expect_order(id);
      const auto life = look(id).life;
      ends.insert({life.state, life.reason});
    }
    EXPECT_EQ(running(), 0U);
  }

  std::int64_t seed = 0;
  std::mt19937_64 random;
  std::vector<MeetingId> meetings;
  std::set<std::pair<State, Reason>> ends;  ///< that were seen in any round
};

TEST_F(MeetingChaos, EveryMeetingHasOneEndAndLeavesNothing) {
  const auto only = number_from("TROUPE_CHAOS_SEED", 0);
  const auto rounds = only ? 1 : number_from("TROUPE_CHAOS_ROUNDS", store::on_postgres() ? kRounds / 10 : kRounds);
  for (std::int64_t at = 0; at < rounds && !HasFailure(); ++at) {
    SCOPED_TRACE("TROUPE_CHAOS_SEED=" + std::to_string(only ? only : 1 + at));
    round(only ? only : 1 + at);
  }
  if (rounds >= kRounds) EXPECT_GE(ends.size(), kDifferentEnds) << "the rounds have become tame";
}

}  // namespace
}  // namespace troupe::meetings::life
