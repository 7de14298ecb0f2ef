// What makes a bot answer: the interface of a brain. One file per kind; the registry is bot_kind.h.
#pragma once
#include <boost/json/object.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "fleet/types/command.h"
#include "fleet/types/conduct.h"
#include "fleet/types/question.h"
#include "fleet/types/reply.h"
#include "net/client/client.h"

namespace troupe::fleet::brains {

/// Takes an answer while it is being written. Belongs to one call of Brain::answer, on its executor.
class ReplyStream {
 public:
  virtual ~ReplyStream() = default;
  /// The whole text so far (Markdown), not the new piece. Cheap: call it for every token. The room sees it grow in one
  /// message, at a measured pace. What the brain returns at the end replaces it.
  virtual void update(std::string_view text) = 0;
  /// What is going on before there is more text: a tool that is used, a step of a flow. Short; shown under the text
  /// until there is more of that. Empty: nothing any more.
  virtual void doing(std::string_view) {}
  /// Whether somebody still waits for the answer: false after a redaction of the question or a stop of the bot. A brain
  /// that is told so may give up at once, with any error.
  virtual bool wanted() const = 0;
  /// Whether somebody keeps what goes to services for this answer, and comes back.
  virtual bool notes() const { return false; }
  virtual void note(Exchange) {}
  /// A secret made for this answer alone (a one-time token): what is kept shows it to nobody.
  virtual void hide(std::string) {}
};

/// What Brain::look_around found.
struct Finding {
  std::string text;
  bool hinders = true;  ///< answers may fail because of it; else it is only good to know
};

/// A brain of one running bot. Called on the fleet's executor, from several rooms at once (one question at a time per
/// session); must not block.
class Brain {
 public:
  virtual ~Brain() = default;
  /// May be called again for the same question after a crash. An Error's message and detail go to the log; the room
  /// gets what was streamed so far and a general sentence with a reference number. `stream` lives until the task ends.
  virtual Task<Reply> answer(Question question, ReplyStream& stream) = 0;
  /// Whether an answer takes long enough that the room should see typing.
  virtual bool is_slow() const { return true; }
  /// Which files it can use. A message with nothing but other files is not asked.
  virtual bool takes(AttachmentKind) const { return false; }
  /// Whether it keeps conversations: then `!reset` begins a new session, without asking the brain.
  virtual bool has_sessions() const { return false; }
  /// What it has people do by name: rooms are told. Whoever has sessions has `reset` besides.
  virtual std::vector<Command> commands() const { return {}; }
  /// Whether messages of one person that come close together are one question.
  virtual bool joins_messages() const { return has_sessions(); }
  /// Called when nobody waits for an answer any more (the question was removed, the conversation begun anew, the bot
  /// stopped, the time is up), just before answer() is cancelled. The task that it returns runs afterwards, at most a
  /// few seconds: it stops what still works on the answer elsewhere. Takes what it needs of the question at once.
  virtual asio::awaitable<void> abandon(const Question&);
  /// Runs beside the first answers of a bot that has come up: looks whether the service behind the brain is there and
  /// fits. Yields what people should know, for the bot's log and, where it hinders, its state; nothing: all is well.
  /// Never a reason not to run. Asked again from time to time while something hinders.
  virtual asio::awaitable<std::vector<Finding>> look_around();
};

/// When a bot speaks up in a room with more than two members.
enum class Respond {
  automatic,  ///< everything in a room of two; else when mentioned, replied to, called by prefix, or in its own thread
  always,     ///< every message of a person
  mention,    ///< only when spoken to, also in a room of two
};

/// Settings that every brain has, inside its config.
struct CommonConfig {
  Respond respond = Respond::automatic;
  std::string msgtype = "m.notice";  ///< or m.text: `reply_as`
  Conduct conduct = {};
};

/// A config after checking: defaults filled in, secrets apart.
struct PreparedConfig {
  boost::json::object config;                   ///< safe to show
  boost::json::object secrets;                  ///< to be sealed; may be empty
  std::optional<std::string> generated_secret;  ///< made just now, to be shown once
};

struct BrainContext {
  net::client::HttpClient& http;
  const base::Clock& clock;
  std::string bot_id = {};  ///< empty in a connection test
  std::string bot_user_id = {};
  std::string bot_name = {};  ///< display name
  std::int64_t tenant_id = 1;
};

/// What a connection test found, for people. No secrets.
struct BrainTest {
  enum class Verdict {
    good,    ///< it was asked for real, and works
    unsure,  ///< something answers; whether it works shows only with a question
    bad,     ///< it cannot work as it is
  };
  struct Detail {
    Verdict verdict = Verdict::good;
    std::string text;
  };
  Verdict verdict = Verdict::good;
  std::string summary;  ///< one sentence
  std::vector<Detail> details = {};
  /// Adds a detail without a say in the whole.
  void note(Verdict said, std::string text) { details.push_back({.verdict = said, .text = std::move(text)}); }
  /// The end of it: the whole is this.
  BrainTest&& is(Verdict said, std::string text) && {
    verdict = said;
    summary = std::move(text);
    return std::move(*this);
  }
};
std::string_view to_string(BrainTest::Verdict verdict);

/// Reads `respond`, `reply_as` and what conduct.h has; writes the defaults of the first two into the config. Error:
/// invalid_param.
Result<CommonConfig> common_config(boost::json::object& config);
/// Refuses members of a config that its brain does not know and that are not common to all. Error: invalid_param.
Result<Unit> refuse_unknown(const boost::json::object& config, std::initializer_list<std::string_view> known);

}  // namespace troupe::fleet::brains
