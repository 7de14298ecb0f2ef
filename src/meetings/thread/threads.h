// Tells transcripts in rooms while they grow: one thread for each, one message for each person's turn, edited until it
// is final. Each message is there once, whatever is killed when. Takes all of it back when a transcript is deleted.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "base/async.h"
#include "host/lease.h"
#include "matrix/room_actions.h"
#include "meetings/records/thread_store.h"
#include "meetings/thread/turns.h"
#include "meetings/transcripts/transcripts.h"

namespace troupe::meetings::thread {

struct Pace {
  std::chrono::milliseconds edit_every{2'000};  ///< of one message, at most
  std::chrono::milliseconds rest{100};          ///< between two looks at a thread, however often it is rung for
  std::chrono::milliseconds look_every{5'000};  ///< for what no bell told
  std::chrono::milliseconds quiet{120'000};     ///< without a change after the meeting's end: it is done
  /// From the last redaction until the server's index of words has followed it (within a second, more under load).
  std::chrono::milliseconds index_follows{4'000};
  std::chrono::milliseconds first_retry{1'000};
  std::chrono::milliseconds longest_retry{60'000};
  /// Between two looks at threads that are done, for transcripts that were deleted meanwhile.
  std::chrono::milliseconds sweep_every{60'000};
};

/// start() and stop() from any thread; the rest runs on `home`, which is one thread.
class Threads {
 public:
  /// Sends what a bot says into an encrypted room, once by its txn_id. Errors: unavailable (not from here, or not now),
  /// conflict with matrix::kEncryptedRoom (the sender has no device to write there); those of RoomActions::send.
  using SaySealed = std::function<Task<matrix::SentEvent>(matrix::NewEvent)>;
  /// All of it outlives this. `lease`: only its holder tells anything, so it is that of whoever can say something
  /// sealed; none: nobody else can be there. `say_sealed`: none: nothing is told in encrypted rooms.
  struct Uses {
    store::Database& db;
    matrix::RoomActions& rooms;
    SaySealed say_sealed;
    transcripts::Transcripts& transcripts;
    const records::Bell& bell;
    const base::Clock& clock;
    asio::any_io_executor home;
    host::Lease* lease = nullptr;
  };
  Threads(const Uses& uses, Pace pace);
  ~Threads();

  Task<Unit> start();
  Task<Unit> stop();

 private:
  struct Live;
  using LivePtr = std::shared_ptr<Live>;
  using Wait = std::chrono::milliseconds;
  struct Facts {
    records::Thread thread{};
    Meeting meeting{};
    bool is_gone = false;  ///< the meeting was deleted, and its transcript with it
  };

  bool is_mine() const;
  asio::awaitable<void> run();
  Task<Unit> look();
  Task<Unit> sweep();
  void take_up(MeetingId id);
  asio::awaitable<void> follow(MeetingId id, LivePtr live);
  /// How long until the next look; nothing: there is no more to do.
  Task<std::optional<Wait>> round(MeetingId id, LivePtr live);
  Task<Unit> load(MeetingId id, LivePtr live);
  Task<Unit> hear(MeetingId id, LivePtr live);
  /// The time until the next edit that has to wait; nothing: the room shows all of it.
  Task<std::optional<Wait>> tell(Facts facts, LivePtr live, bool over);
  /// The last message, once all of the rest is there.
  Task<std::optional<Wait>> tell_summary(Facts facts, LivePtr live);
  /// The same, of one message.
  Task<std::optional<Wait>> show(Facts facts, LivePtr live, std::int64_t number, boost::json::object content,
                                 bool settled);
  /// A message, sealed where the room is encrypted.
  Task<std::string> say(const Facts& facts, LivePtr live, std::string txn, boost::json::object content);
  /// As it is: what takes words back is welcome everywhere.
  Task<Unit> redact(const Facts& facts, std::string event_id);
  /// Its transcript was deleted. The time until the next look; nothing: it is done.
  Task<std::optional<Wait>> end_erased(Facts facts, LivePtr live);
  /// Deletes every message of it.
  Task<Unit> take_back(Facts facts, LivePtr live);
  template <class F>
  Task<Unit> write(F change);

  Uses uses_;
  Pace pace_;
  base::StopSource stopping_;
  base::TaskGroup tasks_;
  std::shared_ptr<base::Notify> look_;
  std::map<MeetingId, LivePtr> live_;
  std::set<MeetingId> rung_;      ///< that nobody follows here
  std::set<MeetingId> unheeded_;  ///< they have no thread
  std::optional<std::chrono::steady_clock::time_point> swept_at_;
  base::SubscriptionPtr listening_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace troupe::meetings::thread
