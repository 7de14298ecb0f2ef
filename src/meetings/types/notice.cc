#include "meetings/types/notice.h"

#include "base/transitions.h"

namespace troupe::meetings {

std::string_view to_string(Notice notice) {
  switch (notice) {
    case Notice::given:
      return "given";
    case Notice::off:
      return "off";
    case Notice::failed:
      return "failed";
  }
  return "failed";
}

std::optional<Notice> parse_notice(std::string_view text) { return base::find_named(kNotices, text); }

std::string_view in_words(Notice notice) {
  switch (notice) {
    case Notice::given:
      return "the call was told that a bot listens";
    case Notice::off:
      return "nobody in the call was told that a bot listens: the notice is off";
    case Notice::failed:
      break;
  }
  return "nobody in the call was told that a bot listens: the call's chat did not take the notice";
}

}  // namespace troupe::meetings
