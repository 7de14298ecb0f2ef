// How Vexa's dialect writes what there is: statuses, reasons, times, and meetings as its clients know them.
#pragma once
#include <boost/json/array.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "meetings/hooks/body.h"
#include "meetings/records/meeting_store.h"
#include "meetings/vexa/user.h"

namespace troupe::meetings::vexa {

/// Names of the first version where later ones differ.
struct Style {
  bool strict_a = false;
};

/// "2026-01-02T03:04:05.000000": UTC, and no zone is said. Its clients compare these as texts.
std::string naive_time(base::UnixMs time);
/// The same with "+00:00", of what was said.
std::string zoned_time(base::UnixMs time);

/// By the names of Style; unknown to none of its clients.
std::string_view status_of(const Meeting& meeting, Style style);
/// One of the dialect's reasons; nothing: it has not ended, or by none of them.
std::optional<std::string> completion_reason_of(const Meeting& meeting);
/// How far it had come when it failed; nothing: it has not failed.
std::optional<std::string> failure_stage_of(const Meeting& meeting, Style style);

/// What is shown of a meeting.
struct Shown {
  Meeting meeting{};
  std::optional<Attempt> attempt{};
  std::vector<Transition> steps{};
  boost::json::object note{};             ///< what its owner noted
  std::optional<hooks::Digest> digest{};  ///< of the words, once it has ended
};

/// Beside the meeting's own members; holds no passcode and no secret.
boost::json::object data_of(const Shown& shown, Style style);

/// A string of at most so many bytes, without a NUL, which no database takes.
bool is_text(const boost::json::value& value, std::size_t most);
bool has_control(std::string_view text);

/// FastAPI's 422 about one place: {"detail": [{loc, msg, type}]}.
Error unprocessable(std::string_view where, std::string_view member, std::string message,
                    std::string_view type = "value_error");
/// 422 with a sentence.
Error unprocessable(std::string message);

}  // namespace troupe::meetings::vexa
