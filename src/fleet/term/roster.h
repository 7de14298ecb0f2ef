// What the fleet keeps in memory: its bots, the rooms they are in, and the messages that wait for an answer.
// Belongs to the fleet's executor; nothing here is locked.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/async.h"
#include "fleet/brains/bot_kind.h"
#include "fleet/types/turn.h"

namespace troupe::runtime {
class InProcessTask;
}

namespace troupe::fleet::turns {
class BrainCall;
}

namespace troupe::fleet::term {

/// A turn on its way, with what the brain will need.
struct PendingTurn {
  Turn turn;
  Message message;
  boost::json::object content;                      ///< of the question
  base::UnixMs question_ms = 0;                     ///< as its event says
  std::chrono::steady_clock::time_point seen = {};  ///< when it was read, by the clock that is never set
  std::chrono::milliseconds age_then{0};            ///< how old it was then; 0 when it had only just come
  std::shared_ptr<bool> typing = {};                ///< shows the room that the bot is writing
  std::optional<std::chrono::steady_clock::time_point> taken = {};  ///< when it was picked up
  bool in_group = false;                                            ///< more than two people are in the room
  bool unreadable = false;               ///< an encrypted message: the answer is a fixed sentence
  bool cancelled = false;                ///< the question was redacted, or
  bool overtaken = false;                ///< a later `!reset` took the conversation away (cancelled, too)
  std::size_t bytes = 0;                 ///< held in memory for it
  std::int64_t stops = 0;                ///< how often the bot had been stopped when it was picked up
  std::vector<PendingTurn> joined = {};  ///< later messages that are part of the same question
  boost::json::object remember = {};     ///< of the reply: written with it
  std::string record = {};               ///< what it was answered from, sealed: written with the reply; empty: not kept
  std::int64_t config_version = 0;       ///< of the bot, when its brain was asked
};

/// How long ago the question was asked. The wall clock may be set meanwhile.
inline std::chrono::milliseconds age_of(const PendingTurn& waiting, std::chrono::steady_clock::time_point now) {
  return waiting.age_then + std::chrono::duration_cast<std::chrono::milliseconds>(now - waiting.seen);
}

/// One bot in one room, or in a thread of it: its turns are taken one after the other.
struct Session {
  std::deque<PendingTurn> queue;
  bool busy = false;
  std::shared_ptr<turns::BrainCall> call;  ///< the question that the brain works on
  std::vector<std::string> asking;         ///< the messages that it consists of
  std::shared_ptr<void> closing;           ///< while the message of an answer that was stopped gets its last text
  std::vector<std::string> removed;        ///< those of them that were redacted since
  bool begun_anew = false;                 ///< a `!reset` came since: all of them are removed
};

/// Counts answers in one minute after the other.
struct Pace {
  std::int64_t minute = 0;
  std::int64_t count = 0;
  /// False: the limit of this minute is reached.
  bool takes(base::UnixMs now, std::int64_t limit) const { return now / 60'000 != minute || count < limit; }
  void add(base::UnixMs now) {
    if (now / 60'000 != minute) {
      minute = now / 60'000;
      count = 0;
    }
    ++count;
  }
};

/// When a bot that waits is tried again, by the clock that nobody sets. BackOff::next_try_ms is what people are shown
/// of it, and all that is left of what an earlier program decided: nothing, then.
using RetryAt = std::optional<std::chrono::steady_clock::time_point>;

struct LiveBot {
  /// `home`: the fleet's executor.
  explicit LiveBot(const asio::any_io_executor& home) : sent(home) {}

  Bot row;
  const brains::BotKind* kind = nullptr;  ///< of the row; never null
  std::shared_ptr<brains::Brain> brain;   ///< while running
  brains::CommonConfig common;
  std::map<std::string, Session, std::less<>> sessions;  ///< by session_place()
  std::size_t queued_bytes = 0;
  std::size_t queued = 0;
  int sending = 0;             ///< turns whose reply is being stored or sent
  base::Notify sent;           ///< notified when there is none any more
  bool busy = false;           ///< a start, stop or delete is under way
  bool starting = false;       ///< a start is half done
  bool removing = false;       ///< a deletion is under way
  bool stopping = false;       ///< a stop is half done
  std::vector<Turn> taken_up;  ///< `asked` again by a start that has not come to them yet
  std::int64_t stops = 0;      ///< how often its turns were forgotten
  RetryAt retry_at;
  int bad_turns = 0;                           ///< failed ones in a row since it was started
  std::int64_t good_turns = 0;                 ///< answered ones since it is in memory
  std::int64_t rooms = 0;                      ///< it is in
  Pace pace;                                   ///< of all its answers
  std::string task_run;                        ///< the run of its task that is watched; empty: none
  std::int64_t log_after = 0;                  ///< how far its task's output has been taken over
  std::weak_ptr<runtime::InProcessTask> task;  ///< of a bot with a brain
  std::string trouble;                         ///< what broke a turn off, for its task to end with; empty: nothing
};
using LiveBotPtr = std::shared_ptr<LiveBot>;

/// While it lives the reconciler leaves the bot alone, unless somebody was busy with it before. Whoever held it starts
/// it or asks for another look.
class Hold {
 public:
  explicit Hold(LiveBotPtr bot) : bot_(std::move(bot)), ours_(!std::exchange(bot_->busy, true)) {}
  ~Hold() {
    if (ours_) bot_->busy = false;
  }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

 private:
  LiveBotPtr bot_;
  bool ours_;
};

/// While one exists, a reply of the bot is being stored or sent, and a stop waits.
class Sending {
 public:
  explicit Sending(LiveBotPtr bot) : bot_(std::move(bot)) { ++bot_->sending; }
  ~Sending() {
    if (--bot_->sending == 0) bot_->sent.notify();
  }
  Sending(const Sending&) = delete;
  Sending& operator=(const Sending&) = delete;

 private:
  LiveBotPtr bot_;
};

/// A bot in a room, with what it has said there of late.
struct Member : RoomRow {
  Pace pace;
};

struct LiveRoom {
  std::vector<Member> bots;
  bool encrypted = false;
  std::int64_t bot_streak = 0;  ///< messages of bots since a person's last one
};

class Roster {
 public:
  /// The kinds outlive this. `home`: the fleet's executor.
  Roster(const brains::BotKinds& kinds, asio::any_io_executor home) : kinds_(kinds), home_(std::move(home)) {}

  LiveBotPtr add(Bot bot);
  void remove(BotKey id);
  LiveBotPtr find(BotKey id) const;
  LiveBotPtr find_user(std::string_view user_id) const;
  bool empty() const { return bots_.empty(); }
  const std::map<BotKey, LiveBotPtr>& bots() const { return bots_; }

  /// nullptr when no bot is in it.
  LiveRoom* room(std::string_view room_id);
  const LiveRoom* room(std::string_view room_id) const;
  /// False when the bot was in the room already (the older position stays).
  bool join(const RoomRow& row);
  bool leave(std::string_view room_id, BotKey bot);
  /// In how many rooms a bot is.
  std::int64_t rooms_of(BotKey bot) const;
  /// nullptr when it is not there.
  Member* member(std::string_view room_id, BotKey bot);

 private:
  const brains::BotKinds& kinds_;
  asio::any_io_executor home_;
  std::map<BotKey, LiveBotPtr> bots_;
  std::unordered_map<std::string, LiveBotPtr> by_user_;
  std::map<std::string, LiveRoom, std::less<>> rooms_;
};

}  // namespace troupe::fleet::term
