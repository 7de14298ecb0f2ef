// An answer in the room while it is being written: one message, then edits of it, never a second message.
//
// The message (part 0 of the answer) goes out under the transaction id of part 0, after the turn's row says that it may
// be there. So after a crash the same message is found again, whatever the program got to see of it. The edits in
// between are recorded nowhere: one that fails is left out.
#pragma once
#include <memory>
#include <string>

#include "fleet/answers/reply_content.h"
#include "fleet/brains/brain.h"
#include "fleet/deps.h"
#include "fleet/roster.h"
#include "fleet/turns/edit_pacer.h"

namespace troupe::fleet {

/// One per question; on the fleet's executor. Made with make_shared.
class LiveMessage : public ReplyStream, public std::enable_shared_from_this<LiveMessage> {
 public:
  struct Place {
    LiveBotPtr bot;
    StreamPos event_pos = 0;  ///< of the turn
    std::string room_id;
    std::string question_id;  ///< the event whose transaction ids the answer uses
    std::string answers_id;   ///< the event that the message answers
    std::string thread_root;
    bool quote = false;
    std::int64_t hops = 1;
    bool streamed = false;  ///< an earlier attempt may have sent the message
  };
  LiveMessage(Shared& shared, Place place);

  void update(std::string_view text) override;
  bool wanted() const override { return wanted_ && !shared_.stopping(); }

  /// Nobody waits any more; the brain may give up.
  void drop() { wanted_ = false; }
  /// No more edits; waits for one that is under way.
  asio::awaitable<void> finish();
  /// Whether the message is or may be in the room.
  bool streamed() const { return place_.streamed; }
  /// The last text given.
  const std::string& text() const { return text_; }
  /// What was sent, or would be, as part 0.
  boost::json::object first_content() const;
  /// Gives a message that will get no answer its last text. Best effort.
  asio::awaitable<void> close(std::string text);

 private:
  ReplyTarget target() const;
  asio::awaitable<void> run();
  asio::awaitable<bool> show(std::string text);
  asio::awaitable<bool> place(boost::json::object content);

  Shared& shared_;
  Place place_;
  EditPacer pacer_;
  Bell bell_;
  Bell over_;
  std::string text_;
  std::string event_id_;
  bool running_ = false;
  bool finishing_ = false;
  bool wanted_ = true;
};

}  // namespace troupe::fleet
