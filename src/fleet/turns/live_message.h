// An answer in the room while it is being written: one message, whose stream (matrix/event_streams.h) tells those who
// follow it what is new, then its end as an edit; never a second message. For clients that know no streams there are a
// handful of edits in between.
//
// The message (part 0 of the answer) goes out under the transaction id of part 0, after the turn's row says that it may
// be there. So after a crash the same message is found again, whatever the program got to see of it. The edits in
// between are recorded nowhere: one that fails is left out.
#pragma once
#include <memory>
#include <string>

#include "bus/bus.h"
#include "fleet/answers/reply_content.h"
#include "fleet/brains/brain.h"
#include "fleet/encryption/encryption.h"
#include "fleet/term/limits.h"
#include "fleet/term/roster.h"
#include "fleet/term/term_store.h"
#include "fleet/turns/edit_pacer.h"
#include "matrix/event_streams.h"
#include "matrix/room_actions.h"

namespace troupe::fleet::turns {

/// One per question; on the fleet's executor. Made with make_shared.
class LiveMessage : public brains::ReplyStream, public std::enable_shared_from_this<LiveMessage> {
 public:
  struct Place {
    term::LiveBotPtr bot;
    StreamPos event_pos = 0;  ///< of the turn
    std::string room_id;
    std::string question_id;  ///< the event whose transaction ids the answer uses
    std::string answers_id;   ///< the event that the message answers
    std::string thread_root;
    bool quote = false;
    std::int64_t hops = 1;
    bool streamed = false;  ///< an earlier attempt may have sent the message
  };
  /// All of it outlives the message.
  struct Uses {
    term::Term& term;
    term::TermStore& store;
    matrix::RoomActions& rooms;
    const base::Clock& clock;
    const term::Limits& limits;
    matrix::EventStreams* streams = nullptr;       ///< nullptr: answers grow by edits alone
    bus::Bus* bus = nullptr;                       ///< where others in this program hear of it; nullptr: nowhere
    encryption::Encryption* encryption = nullptr;  ///< nullptr: bots take no part in encrypted rooms
  };
  LiveMessage(const Uses& uses, Place place);

  void update(std::string_view text) override;
  void doing(std::string_view what) override;
  bool wanted() const override { return wanted_ && !uses_.term.stopping(); }
  bool notes() const override { return uses_.limits.records_kept.count() > 0; }
  void note(Exchange exchange) override;
  void hide(std::string secret) override { hidden_.push_back(std::move(secret)); }

  /// Nobody waits any more; the brain may give up.
  void drop() { wanted_ = false; }
  /// No more edits; waits for one that is under way.
  asio::awaitable<void> finish();
  /// Whether the message is or may be in the room.
  bool streamed() const { return place_.streamed; }
  /// The last text given.
  const std::string& text() const { return text_; }
  /// What went to services and came back, the last few.
  const std::vector<Exchange>& exchanges() const { return exchanges_; }
  /// Secrets of this answer alone.
  const std::vector<std::string>& hidden() const { return hidden_; }
  /// What was sent, or would be, as part 0.
  boost::json::object first_content() const;
  /// Gives a message that will get no answer its last text. Best effort.
  asio::awaitable<void> close(std::string text);

 private:
  using Time = std::chrono::steady_clock::time_point;
  answers::ReplyTarget target() const;
  /// What there is to see now: the text, and what the bot is doing.
  std::string shown_text() const;
  void wake();
  asio::awaitable<void> run();
  /// Sends the message, or an edit of it; `last`: it ends the stream.
  asio::awaitable<bool> show(bool last, std::string text);
  asio::awaitable<bool> place(boost::json::object content);
  /// What grows in an encrypted room is shown by edits alone, which are encrypted.
  bool is_encrypted() const;
  void tell_program(std::string_view text) const;
  /// Tells the stream what is new, when it is time. Yields when it will be.
  std::optional<Time> tell_stream(Time now);
  bool edit_is_wanted() const { return !stream_ || stream_->others_watch(); }

  Uses uses_;
  Place place_;
  EditPacer pacer_;
  base::Notify wakeup_;
  base::Notify over_;
  std::vector<Exchange> exchanges_;
  std::vector<std::string> hidden_;
  std::string text_;
  std::string doing_;
  std::string event_id_;
  std::unique_ptr<matrix::EventStream> stream_;
  std::optional<Time> told_at_;  ///< when the stream was told something
  bool untold_ = false;          ///< there is more since
  bool running_ = false;
  bool finishing_ = false;
  bool wanted_ = true;
};

}  // namespace troupe::fleet::turns
