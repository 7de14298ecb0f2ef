// What the routes of delayed events take and answer (MSC4140). Two names for one thing: those that clients read today
// (`delay`, `running_since`), and those of the text as it was accepted (`delay_ms`, `delayed_since_ts`).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/shape.h"
#include "homeserver/common/nothing.h"

namespace troupe::homeserver::delayed {

struct PlannedEvent {
  std::string delay_id;
  std::string room_id;
  std::string type;
  std::optional<std::string> state_key;
  std::int64_t delay_ms = 0;
  std::int64_t since_ms = 0;
  boost::json::object content;
};

struct DelayFailure {
  std::string errcode;
  std::string error;
};

/// How one ended, beside the event itself.
struct DelayOutcome {
  std::optional<DelayFailure> error;
  std::optional<std::string> event_id;
  std::int64_t ended_ms = 0;
};

/// GET …/delayed_events/{delay_id}.
struct ShownEvent {
  PlannedEvent event;
  std::optional<DelayOutcome> finalised;
};

/// One that ended, in a list.
struct EndedEvent {
  PlannedEvent event;
  std::string outcome;
  std::string reason;
  DelayOutcome how;
};

/// GET …/delayed_events.
struct DelayedPage {
  std::optional<std::vector<PlannedEvent>> scheduled;
  std::optional<std::vector<EndedEvent>> finalised;
  std::optional<std::string> next_batch;
};

/// Body of POST …/delayed_events/{delay_id}.
struct ActionBody {
  std::optional<std::string> action;
};

/// Body of PUT …/delayed_event/{event_type}/{txn_id}.
struct LaterBody {
  std::optional<std::int64_t> delay_ms;
  std::optional<std::int64_t> delay;
  std::optional<std::string> state_key;
  boost::json::object content;
};

struct DelayIdAnswer {
  std::string delay_id;
};

}  // namespace troupe::homeserver::delayed

namespace troupe::api {
Shape<homeserver::delayed::PlannedEvent> make_shape(Of<homeserver::delayed::PlannedEvent>);
Shape<homeserver::delayed::DelayFailure> make_shape(Of<homeserver::delayed::DelayFailure>);
Shape<homeserver::delayed::DelayOutcome> make_shape(Of<homeserver::delayed::DelayOutcome>);
Shape<homeserver::delayed::ShownEvent> make_shape(Of<homeserver::delayed::ShownEvent>);
Shape<homeserver::delayed::EndedEvent> make_shape(Of<homeserver::delayed::EndedEvent>);
Shape<homeserver::delayed::DelayedPage> make_shape(Of<homeserver::delayed::DelayedPage>);
Shape<homeserver::delayed::ActionBody> make_shape(Of<homeserver::delayed::ActionBody>);
Shape<homeserver::delayed::LaterBody> make_shape(Of<homeserver::delayed::LaterBody>);
Shape<homeserver::delayed::DelayIdAnswer> make_shape(Of<homeserver::delayed::DelayIdAnswer>);
}  // namespace troupe::api
