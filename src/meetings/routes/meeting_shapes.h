// What /api/v1/meetings shows and takes.
#pragma once
#include <string>

#include "api/shape.h"
#include "meetings/life/service.h"
#include "meetings/routes/summary_shapes.h"

namespace troupe::meetings::routes {

struct MeetingBody {
  std::string link;
  std::string language;
  std::string task;
  std::string driver;
  std::string bot_name;
  std::optional<std::int64_t> retention_days;
  std::string room;
  bool recording = false;
  std::optional<std::int64_t> recording_retention_days;
  std::optional<bool> summary;
};

struct ReconfigureBody {
  std::optional<std::string> language;
  std::optional<std::string> task;
};

}  // namespace troupe::meetings::routes

namespace troupe::api {

template <>
struct Words<meetings::State> {
  static constexpr std::string_view name = "MeetingState";
  static constexpr auto values = meetings::kStates;
  static std::string_view word(meetings::State state) { return meetings::to_string(state); }
};
template <>
struct Words<meetings::Platform> {
  static constexpr std::string_view name = {};
  static constexpr auto values = meetings::kPlatforms;
  static std::string_view word(meetings::Platform platform) { return meetings::to_string(platform); }
};
template <>
struct Words<meetings::SpeechTask> {
  static constexpr std::string_view name = {};
  static constexpr auto values = meetings::kSpeechTasks;
  static std::string_view word(meetings::SpeechTask task) { return meetings::to_string(task); }
};
template <>
struct Words<meetings::Container> {
  static constexpr std::string_view name = {};
  static constexpr auto values = meetings::kContainers;
  static std::string_view word(meetings::Container container) { return meetings::to_string(container); }
};

template <>
struct Words<meetings::records::ThreadState> {
  static constexpr std::string_view name = {};
  static constexpr auto values = meetings::records::kThreadStates;
  static std::string_view word(meetings::records::ThreadState state) { return meetings::records::to_string(state); }
};

template <>
struct Words<meetings::AfterTask> {
  static constexpr std::string_view name = {};
  static constexpr auto values = meetings::kAfterTasks;
  static std::string_view word(meetings::AfterTask task) { return meetings::to_string(task); }
};
template <>
struct Words<meetings::AfterState> {
  static constexpr std::string_view name = {};
  static constexpr auto values = meetings::kAfterStates;
  static std::string_view word(meetings::AfterState state) { return meetings::to_string(state); }
};

Shape<meetings::records::Thread> make_shape(Of<meetings::records::Thread>);
Shape<meetings::routes::MeetingBody> make_shape(Of<meetings::routes::MeetingBody>);
Shape<meetings::routes::ReconfigureBody> make_shape(Of<meetings::routes::ReconfigureBody>);
Shape<meetings::Meeting> make_shape(Of<meetings::Meeting>);
Shape<meetings::Transition> make_shape(Of<meetings::Transition>);
Shape<meetings::Attempt> make_shape(Of<meetings::Attempt>);
Shape<meetings::AfterRow> make_shape(Of<meetings::AfterRow>);
Shape<meetings::records::Consent> make_shape(Of<meetings::records::Consent>);
Shape<meetings::life::History> make_shape(Of<meetings::life::History>);

}  // namespace troupe::api
