// What decides about a meeting: a pure function of what is known and what happens, so that a test can try everything.
// Whoever runs it writes each decision down before it acts on it (records/meeting_store.h, life/keeper.h).
#pragma once
#include <optional>
#include <string>

#include "meetings/types/reason.h"
#include "meetings/types/state.h"

namespace troupe::meetings {

/// The container of the present attempt, as far as it is known.
enum class Container {
  none,     ///< there was none yet
  wanted,   ///< to be made; after a kill it may be there already
  running,  ///< the driver has made it
  leaving,  ///< to be taken away, with whatever runs in it
  gone,     ///< the driver says that nothing of it is left
};
inline constexpr std::array kContainers{Container::none, Container::wanted, Container::running, Container::leaving,
                                        Container::gone};
std::string_view to_string(Container container);
std::optional<Container> parse_container(std::string_view text);

/// Whose word an ending stands on. A stronger one replaces a weaker one, and of equals the first stays.
enum class Evidence { none, engine, bot, clock, user };
inline constexpr std::array kEvidence{Evidence::none, Evidence::engine, Evidence::bot, Evidence::clock, Evidence::user};
std::string_view to_string(Evidence evidence);
std::optional<Evidence> parse_evidence(std::string_view text);

struct Life {
  State state = State::requested;
  Phase phase = Phase::none;
  Container container = Container::none;
  std::int64_t attempts = 0;    ///< containers that were asked for; the present one's number
  bool stop_requested = false;  ///< by somebody; it outranks every other reason
  bool again = false;           ///< another container is to be made when this one is gone
  Reason reason = Reason::none;
  std::string reason_raw{};
  bool ends_well = false;
  Evidence evidence = Evidence::none;

  bool operator==(const Life&) const = default;
};

/// Whether somebody has to look after it: it has no end yet, or something of it may still run.
constexpr bool needs_care(const Life& life) {
  return !is_terminal(life.state) || (life.container != Container::none && life.container != Container::gone);
}

struct Input {
  enum class Kind {
    launch,        ///< the making of a container begins
    started,       ///< the driver has made it
    refused,       ///< the driver could not
    progress,      ///< the bot says how far it is
    joined,        ///< the bot says that it is in the call
    ended,         ///< the bot says that it is over
    exited,        ///< the driver says that it does not run any more
    gone,          ///< the driver says that nothing of it is left
    stuck,         ///< it could not be taken away in time; that is tried on
    stop,          ///< somebody wants it to end
    expired,       ///< its time is over
    reconfigure,   ///< somebody wants another language or task
    reconfigured,  ///< the bot has followed
    not_applied,   ///< it has not in time
  };
  Kind kind = Kind::launch;
  Phase phase = Phase::none;  ///< of progress
  Ending ending{};            ///< of refused, ended, exited and expired
  bool passing = false;       ///< refused: another try may be accepted
};

struct Decision {
  Life life;
  std::optional<Arrow> arrow{};  ///< that it took
  bool ignored = false;          ///< it changes nothing: a repetition, or too late
};

/// At most `most_attempts` containers are made, one after the other.
Decision decide(const Life& life, const Input& input, std::int64_t most_attempts);

}  // namespace troupe::meetings
