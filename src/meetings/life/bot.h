// The bot as a task: what it is started with, and what its end comes to.
#pragma once
#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "meetings/life/timing.h"
#include "runtime/task_driver.h"

namespace troupe::meetings::life {

/// What is run for every meeting.
struct BotProgram {
  std::vector<std::string> command{};  ///< for drivers that run programs of this machine, or in the image
  /// Instead of an empty command, for drivers whose tasks have no image. Empty: this program came without a bot.
  std::vector<std::string> own_command{};
  std::string image{};                  ///< for drivers whose tasks have an image
  std::string driver{};                 ///< in whose words that is
  boost::json::object driver_config{};  ///< further members
  std::int64_t memory_bytes = 0;        ///< where the driver limits it; 0: no limit
  std::string callback_base{};          ///< where bots reach this server: "http://127.0.0.1:8001"
  bool notice = true;                   ///< it tells the call that it listens
  std::string whisper_url{};            ///< where they speak WhisperLive; empty: nowhere
};

/// What its driver is asked for. `url` and `token` are secrets that Vexa's bots read from their environment: the token
/// reaches the callbacks and commands of this one attempt and nothing else; so does `redis_url` (empty: there is none),
/// unless it is of a Redis that others share. `matrix`: of CallDesk::admit. Error: invalid_param (nothing to run is
/// configured).
Result<runtime::TaskSpec> bot_spec(const Meeting& meeting, const Attempt& attempt, const std::string& url,
                                   const std::string& token, const BotProgram& program, const Timing& timing,
                                   const runtime::TaskDriver& driver, const std::string& redis_url,
                                   const boost::json::object& matrix = {});

/// A bot that ended without a word, or whose word has not come yet. `active`: it was in the call.
Ending ending_of(const runtime::TaskStatus& status, bool active);

}  // namespace troupe::meetings::life
