// The assistant in Slack: hears what people say to the app, and answers by the pack's own slack.send_message.
#pragma once
#include "assistant/calls/caller.h"
#include "assistant/surfaces/people.h"
#include "assistant/surfaces/slack_settings.h"
#include "assistant/surfaces/slack_store.h"
#include "assistant/surfaces/talk.h"
#include "assistant/surfaces/watcher.h"

namespace troupe::assistant::surfaces {

/// One per program; callable from any thread. The app, its key and its people are the default tenant's.
class SlackDesk : public Teller {
 public:
  static constexpr std::chrono::seconds kEvery{1};
  static constexpr std::int64_t kMostWaiting = 10'000;
  struct Uses {
    const SlackSettings& settings;
    const People& people;
    const Talk& talk;
    std::function<Task<calls::Service>()> service;  ///< the default tenant's; unavailable: it is not enabled
    calls::Caller& caller;
    const tasks::Journal& journal;
    store::Database& db;
    const base::Clock& clock;
  };
  explicit SlackDesk(const Uses& uses) : uses_(uses) {}

  /// What was posted, with the headers that sign it: yields the challenge to send back, or nothing. What is acted on is
  /// durable when it completes, and the same event again is the same one. Errors: not_found (no secret is set),
  /// forbidden (not Slack's, or too old), bad_json, unavailable (too much waits).
  Task<std::string> accept(std::string timestamp, std::string signature, std::string body);

  /// Hears what has come, and posts what is to be said: a job of one process. Each event is acted on once, and each
  /// message posted once, whatever is killed when.
  Task<Unit> round();
  /// Forgets what is done with.
  Task<Unit> prune(base::UnixMs aged);

  Result<Unit> tell(store::Tx& tx, const Watch& watch, const Shown& shown, const std::string& key,
                    base::UnixMs now) override;
  Result<bool> is_open(store::Connection&, const tasks::JsonObject&) override { return true; }
  void ring() override {}

 private:
  Task<Unit> hear_all();
  Task<Unit> hear(SlackHeard heard);
  /// The answer to an event, and what the person's conversation is by then.
  Task<Shown> answer(const SlackEvent& event, const std::string& session, Thread& thread);
  Task<Unit> post_all();
  Task<Unit> post(SlackWords words, calls::Service service);

  Uses uses_;
};

}  // namespace troupe::assistant::surfaces
