// What people write to a bot that goes into meetings. Pure.
#pragma once
#include <string>
#include <string_view>

namespace troupe::meetings::bot {

struct Command {
  enum class Kind {
    help,
    here,  ///< nothing but the bot's name: the call of this room, if there is one
    call,  ///< the call of this room
    meet,
    decline,  ///< not to be heard in calls of this room
    accept,
    stop,
    status,
    unknown,
  };
  Kind kind = Kind::help;
  std::string link{};
  std::string language{};  ///< empty: not said
  bool operator==(const Command&) const = default;
};

/// `[!meet] LINK [LANGUAGE]`, `… call [LANGUAGE]`, `!meet`, `… decline`, `… accept`, `… stop`, `… status`, `… help`, in
/// any case, with blanks around; links in <> or as Markdown writes them are links, too.
Command parse_command(std::string_view text);

}  // namespace troupe::meetings::bot
