#include "app/meeting_watch.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "app/print.h"

namespace troupe::app {
namespace {

bool is_set(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_bool() && value->get_bool();
}

}  // namespace

std::string segment_line(const boost::json::value& segment) {
  const auto name = text_at(segment, "/speaker");
  return fmt::format("{} {}: {}", local_time(text_at(segment, "/said_at")),
                     name.empty() ? "Somebody" : for_terminal(name), for_terminal(text_at(segment, "/text")));
}

Result<bool> MeetingWatch::take(const net::client::ServerSentEvent& event) {
  if (event.event != "segment" && event.event != "state") return true;
  boost::system::error_code failed;
  const auto data = boost::json::parse(event.data, failed);
  if (failed || !data.is_object()) return Error(Errc::bad_json, "The server sent an event that is no JSON object.");
  if (event.event == "state") return take_meeting(data.get_object());
  take_segment(data.get_object());
  return true;
}

bool MeetingWatch::take_meeting(const boost::json::object& meeting) {
  state_ = text_at(meeting, "/state");
  auto shown = state_;
  // How far a bot had come that was starting says nothing of one that has ended.
  const auto phase = text_at(meeting, "/phase");
  if (state_ == "starting" && !phase.empty()) shown += " (" + phase + ")";
  if (shown != shown_) {
    const auto reason = text_at(meeting, "/reason");
    tell_(as_json_ ? boost::json::serialize(meeting)
                   : fmt::format("-- {}{}{}", for_terminal(shown), reason.empty() ? "" : ": ", for_terminal(reason)));
    shown_ = std::move(shown);
  }
  return text_at(meeting, "/ended_at").empty();
}

void MeetingWatch::take_segment(const boost::json::object& segment) {
  if (!is_set(segment, "final") || is_set(segment, "retracted")) return;
  if (!told_.insert(text_at(segment, "/id")).second) return;
  tell_(as_json_ ? boost::json::serialize(segment) : segment_line(segment));
}

}  // namespace troupe::app
