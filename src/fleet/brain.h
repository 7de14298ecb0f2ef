// What makes a bot answer: the interface of a brain, and the registry of the kinds there are. One file per kind.
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
#include "net/client.h"

namespace troupe::fleet {

/// One message that asks a bot for an answer.
struct Question {
  std::string bot_id;
  std::string bot_user_id;
  std::string room_id;
  std::string event_id;
  std::string sender;
  std::string text;         ///< the body without quoted reply and without the bot's own name in front
  std::string msgtype;      ///< m.text, m.emote
  std::string thread_root;  ///< empty: not in a thread
  std::int64_t timestamp_ms = 0;
  boost::json::object content;  ///< of the event, whole
  /// The same for every attempt at this message: a brain that keeps it answers a repeated question once.
  std::string idempotency_key;
};

/// Empty text: nothing to say.
struct Reply {
  std::string text;
  std::string html;  ///< optional; formatted body
};

/// A brain of one running bot. Called on the fleet's executor, from several rooms at once; must not block.
class Brain {
 public:
  virtual ~Brain() = default;
  /// May be called again for the same question after a crash. An Error's message and detail go to the log; the room
  /// gets a general sentence with a reference number.
  virtual Task<Reply> answer(Question question) = 0;
  /// Whether an answer takes long enough that the room should see typing.
  virtual bool is_slow() const { return true; }
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
};

/// A config after checking: defaults filled in, secrets apart.
struct PreparedConfig {
  boost::json::object config;                   ///< safe to show
  boost::json::object secrets;                  ///< to be sealed; may be empty
  std::optional<std::string> generated_secret;  ///< made just now, to be shown once
};

struct BrainContext {
  net::HttpClient& http;
  const base::Clock& clock;
};

/// A kind of brain, as the registry lists it.
struct BrainKind {
  std::string kind;
  std::string title;
  std::string description;
  std::string_view config_schema;  ///< JSON Schema of the config, for people and forms
  /// Checks a config a person wrote. `old_secrets` stay unless new ones are given. Error: invalid_param, naming the
  /// field.
  std::function<Result<PreparedConfig>(boost::json::object config, boost::json::object old_secrets)> prepare;
  std::function<Result<std::unique_ptr<Brain>>(const BrainContext& context, const boost::json::object& config,
                                               const boost::json::object& secrets)>
      make;
};

/// Filled while modules start, then only read.
class BrainRegistry {
 public:
  /// Throws std::logic_error when the kind is there already.
  void add(BrainKind kind);
  const BrainKind* find(std::string_view kind) const;
  const std::vector<BrainKind>& kinds() const { return kinds_; }

 private:
  std::vector<BrainKind> kinds_;
};

/// Reads `respond` and `reply_as`, writes their defaults into the config. Error: invalid_param.
Result<CommonConfig> common_config(boost::json::object& config);
/// Refuses members of a config that its brain does not know. Error: invalid_param.
Result<Unit> refuse_unknown(const boost::json::object& config, std::initializer_list<std::string_view> known);

/// Says back what it hears.
BrainKind echo_brain();
/// Asks a web service.
BrainKind webhook_brain();

}  // namespace troupe::fleet
