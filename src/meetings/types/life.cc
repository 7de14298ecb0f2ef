#include "meetings/types/life.h"

#include <algorithm>
#include <stdexcept>

namespace troupe::meetings {
namespace {

using Kind = Input::Kind;

constexpr std::array<std::string_view, kContainers.size()> kContainerWords{"none", "wanted", "running", "leaving",
                                                                           "gone"};
constexpr std::array<std::string_view, kEvidence.size()> kEvidenceWords{"none", "engine", "bot", "clock", "user"};

/// It may be there.
bool may_run(const Life& life) { return life.container == Container::wanted || life.container == Container::running; }

class Deciding {
 public:
  Deciding(const Life& life, std::int64_t most_attempts) : life_(life), most_attempts_(most_attempts) {}

  Decision run(const Input& input) && {
    const bool done = is_terminal(life_.state) ? after_the_end(input) : before_the_end(input);
    return {.life = std::move(life_), .arrow = arrow_, .ignored = !done};
  }

 private:
  bool after_the_end(const Input& input) {
    if (input.kind != Kind::gone || life_.container != Container::leaving) return false;
    life_.container = Container::gone;
    return true;
  }

  bool before_the_end(const Input& input) {
    switch (input.kind) {
      case Kind::launch:
        return launch();
      case Kind::started:
        return started();
      case Kind::refused:
        return refused(input);
      case Kind::progress:
        return progress(input.phase);
      case Kind::joined:
        return joined();
      case Kind::ended:
        return over(input.ending, Evidence::bot);
      case Kind::exited:
        return over(input.ending, Evidence::engine);
      case Kind::gone:
        return gone();
      case Kind::stuck:
        return stuck();
      case Kind::stop:
        return stop();
      case Kind::expired:
        return expired(input.ending);
      case Kind::reconfigure:
        return reconfigure();
      case Kind::reconfigured:
        return settle(Trigger::reconfigured);
      case Kind::not_applied:
        return settle(Trigger::not_applied);
    }
    return false;
  }

  void go(Trigger trigger) {
    const auto to = next_state(life_.state, trigger);
    if (!to) throw std::logic_error("a meeting would leave its table");
    arrow_ = Arrow{life_.state, trigger, *to};
    life_.state = *to;
  }
  void set_ending(Ending ending, Evidence evidence) {
    life_.reason = ending.reason;
    life_.reason_raw = std::move(ending.raw);
    life_.ends_well = ending.good;
    life_.evidence = evidence;
  }
  void take_away() {
    if (may_run(life_)) life_.container = Container::leaving;
  }
  bool is_up() const { return life_.state == State::active || life_.state == State::reconfiguring; }

  bool launch() {
    if (life_.state != State::requested) return false;
    go(Trigger::launch);
    life_.attempts = 1;
    life_.container = Container::wanted;
    return true;
  }

  bool started() {
    if (life_.container != Container::wanted) return false;
    life_.container = Container::running;
    return true;
  }

  bool refused(const Input& input) {
    if (life_.container != Container::wanted) return false;
    // What a start that failed has left is taken away, too.
    life_.container = Container::leaving;
    if (life_.state == State::starting) {
      life_.again = input.passing && life_.attempts < most_attempts_;
      set_ending(input.ending, Evidence::engine);
    } else if (is_up()) {  // its bot called, and yet the driver knows nothing of it
      set_ending(input.ending, Evidence::engine);
      go(Trigger::end);
    }
    return true;
  }

  bool progress(Phase phase) {
    if (life_.state != State::starting || !may_run(life_) || phase <= life_.phase) return false;
    life_.phase = phase;
    return true;
  }

  bool joined() {
    if (life_.state != State::starting || !may_run(life_)) return false;
    go(Trigger::join);
    return true;
  }

  bool reconfigure() {
    if (life_.state != State::active) return false;
    go(Trigger::reconfigure);
    return true;
  }

  bool settle(Trigger trigger) {
    if (life_.state != State::reconfiguring) return false;
    go(trigger);
    return true;
  }

  bool over(const Ending& ending, Evidence evidence) {
    if (life_.state == State::stopping) return said_later(ending, evidence);
    if (life_.state == State::starting) return over_while_starting(ending, evidence);
    if (!is_up()) return false;
    set_ending(ending, evidence);
    take_away();
    go(Trigger::end);
    return true;
  }

  /// The driver says that it is over, the bot says why, and they come in any order.
  bool said_later(const Ending& ending, Evidence evidence) {
    const bool better = evidence > life_.evidence;
    if (better) set_ending(ending, evidence);
    const bool ran = may_run(life_);
    take_away();
    return better || ran;
  }

  bool over_while_starting(const Ending& ending, Evidence evidence) {
    const bool first = may_run(life_);
    if (!first && (life_.container != Container::leaving || evidence <= life_.evidence)) return false;
    set_ending(ending, evidence);
    take_away();
    life_.again = !ending.good && may_pass(ending.reason) && life_.attempts < most_attempts_;
    if (!life_.again) go(Trigger::end);
    return true;
  }

  bool gone() {
    if (life_.container != Container::leaving) return false;
    life_.container = Container::gone;
    if (life_.state == State::stopping) {
      go(life_.ends_well ? Trigger::exit_well : Trigger::exit_badly);
    } else if (!life_.again) {
      go(Trigger::fail_start);
    } else {
      life_.again = false;
      life_.attempts += 1;
      life_.container = Container::wanted;
      life_.phase = Phase::none;
      set_ending({}, Evidence::none);
    }
    return true;
  }

  bool stuck() {
    if (life_.container != Container::leaving) return false;
    life_.again = false;
    set_ending({.reason = Reason::stop_failed, .raw = "stop_failed", .good = false}, life_.evidence);
    go(life_.state == State::stopping ? Trigger::fail_stop : Trigger::fail_start);
    return true;
  }

  bool stop() {
    if (life_.stop_requested) return false;
    life_.stop_requested = true;
    life_.again = false;
    set_ending({.reason = Reason::stopped, .raw = "stop_requested", .good = true}, Evidence::user);
    take_away();
    if (life_.state == State::requested) {
      go(Trigger::cancel);
    } else if (life_.state != State::stopping) {
      go(Trigger::stop);
    }
    return true;
  }

  bool expired(const Ending& ending) {
    if ((life_.state != State::starting && !is_up()) || !may_run(life_)) return false;
    set_ending(ending, Evidence::clock);
    take_away();
    go(Trigger::expire);
    return true;
  }

  Life life_;
  std::int64_t most_attempts_;
  std::optional<Arrow> arrow_;
};

template <class E, std::size_t N>
std::optional<E> worded(const std::array<std::string_view, N>& words, std::string_view text) {
  const auto found = std::ranges::find(words, text);
  return found == words.end() ? std::nullopt : std::optional(static_cast<E>(found - words.begin()));
}

}  // namespace

std::string_view to_string(Container container) { return kContainerWords[static_cast<std::size_t>(container)]; }
std::optional<Container> parse_container(std::string_view text) { return worded<Container>(kContainerWords, text); }
std::string_view to_string(Evidence evidence) { return kEvidenceWords[static_cast<std::size_t>(evidence)]; }
std::optional<Evidence> parse_evidence(std::string_view text) { return worded<Evidence>(kEvidenceWords, text); }

Decision decide(const Life& life, const Input& input, std::int64_t most_attempts) {
  return Deciding(life, most_attempts).run(input);
}

}  // namespace troupe::meetings
