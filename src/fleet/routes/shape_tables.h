// Shapes of the fleet that are tables: schema, writer and reader in one (api/shape.h).
#pragma once
#include "api/shape.h"
#include "fleet/brains/bot_kind.h"
#include "fleet/service/bot_service.h"
#include "fleet/triggers/hook_service.h"
#include "matrix/room_actions.h"

namespace troupe::fleet::routes {

// Bodies, and answers that are no rows of the fleet.

struct BrainChoice {
  std::string kind;
  std::optional<boost::json::object> config;
};
struct NewBotBody {
  std::string bot_id;
  std::string display_name;
  BrainChoice brain;
  std::string flowise_url;
  std::optional<RestartPolicy> restart;
};
struct BotPatchBody {
  std::optional<std::string> display_name;
  std::optional<BrainChoice> brain;
  std::optional<std::string> flowise_url;
  std::optional<RestartPolicy> restart;
};
struct BrainTestBody {
  boost::json::object config;
  std::optional<std::string> bot_id;
};
struct BrainTested {
  brains::BrainTest found;
  std::int64_t took_ms = 0;
};
struct Lifecycle {
  std::vector<BotState> states;
  std::vector<Transition> transitions;
};
struct CreatedHook {
  triggers::Hook hook;
  std::string url;
};

/// Makes the shapes of /api/v1/bots, /brains and /lifecycle known to the API document.
void add_fleet_shapes(const api::Kit& kit);

}  // namespace troupe::fleet::routes

namespace troupe::api {

template <>
struct Words<fleet::RestartPolicy::Mode> {
  using Mode = fleet::RestartPolicy::Mode;
  static constexpr std::string_view name = {};
  static constexpr Mode values[] = {Mode::always, Mode::on_failure, Mode::never};
  static std::string_view word(Mode mode) { return fleet::to_string(mode); }
};
template <>
struct Words<fleet::BotState> {
  static constexpr std::string_view name = "BotState";
  static constexpr auto values = fleet::kBotStates;
  static std::string_view word(fleet::BotState state) { return fleet::to_string(state); }
};
template <>
struct Words<fleet::DesiredState> {
  using State = fleet::DesiredState;
  static constexpr std::string_view name = {};
  static constexpr State values[] = {State::running, State::stopped, State::deleted};
  static std::string_view word(State state) { return fleet::to_string(state); }
};
template <>
struct Words<fleet::brains::BrainTest::Verdict> {
  using Verdict = fleet::brains::BrainTest::Verdict;
  static constexpr std::string_view name = "TestOutcome";
  static constexpr Verdict values[] = {Verdict::good, Verdict::unsure, Verdict::bad};
  static std::string_view word(Verdict verdict) { return fleet::brains::to_string(verdict); }
};

Shape<fleet::RestartPolicy> make_shape(Of<fleet::RestartPolicy>);
Shape<fleet::Trouble> make_shape(Of<fleet::Trouble>);
Shape<fleet::BotView> make_shape(Of<fleet::BotView>);
Shape<fleet::service::MadeBot> make_shape(Of<fleet::service::MadeBot>);
Shape<fleet::routes::BrainChoice> make_shape(Of<fleet::routes::BrainChoice>);
Shape<fleet::routes::NewBotBody> make_shape(Of<fleet::routes::NewBotBody>);
Shape<fleet::routes::BotPatchBody> make_shape(Of<fleet::routes::BotPatchBody>);
Shape<fleet::brains::BotKind> make_shape(Of<fleet::brains::BotKind>);
Shape<fleet::routes::BrainTestBody> make_shape(Of<fleet::routes::BrainTestBody>);
Shape<fleet::routes::BrainTested> make_shape(Of<fleet::routes::BrainTested>);
Shape<fleet::routes::Lifecycle> make_shape(Of<fleet::routes::Lifecycle>);
Shape<fleet::LogLine> make_shape(Of<fleet::LogLine>);
Shape<fleet::LogPage> make_shape(Of<fleet::LogPage>);
Shape<fleet::UsageHour> make_shape(Of<fleet::UsageHour>);
Shape<fleet::HistoryRow> make_shape(Of<fleet::HistoryRow>);
Shape<matrix::RoomSummary> make_shape(Of<matrix::RoomSummary>);
Shape<fleet::triggers::Hook> make_shape(Of<fleet::triggers::Hook>);
Shape<fleet::triggers::NewHook> make_shape(Of<fleet::triggers::NewHook>);
Shape<fleet::routes::CreatedHook> make_shape(Of<fleet::routes::CreatedHook>);

}  // namespace troupe::api
