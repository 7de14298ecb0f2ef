// What the messages of a page need to know of earlier turns: collected first, asked in one read.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "fleet/types/turn.h"
#include "store/database.h"

namespace troupe::fleet::turns {

using InThread = std::tuple<std::string, std::string, BotKey>;  ///< room, root of the thread, bot

/// A reaction, which may be a choice that a bot offered.
struct Pick {
  StreamPos pos = 0;
  BotKey bot = 0;
  std::string room_id;
  std::string target;                 ///< the event reacted to
  std::string key;                    ///< the emoji
  std::optional<std::string> thread;  ///< of the answer that the target is, when that is known without asking
  bool any = false;                   ///< the bot's brain hears it, choice or not
};

struct PageQuestions {
  std::set<std::pair<std::string, BotKey>> answers;  ///< is this event an answer of this bot?
  std::set<InThread> threads;
  std::vector<Pick> picks;
  bool empty() const { return answers.empty() && threads.empty() && picks.empty(); }
};

struct PageFacts {
  struct Thread {
    bool reader = false;  ///< the bot has answered in it
    bool other = false;   ///< another bot has, or is about to
  };
  std::set<std::pair<std::string, BotKey>> answers;  ///< those that are
  std::map<InThread, Thread> threads;                ///< each that was asked for
  std::map<std::pair<StreamPos, BotKey>, std::string>
      picks;  ///< the thread of the answer, of each real choice and each reaction that is heard anyway
};

/// Throws store::SqlError.
PageFacts look_up(store::Connection& c, const PageQuestions& questions);

}  // namespace troupe::fleet::turns
