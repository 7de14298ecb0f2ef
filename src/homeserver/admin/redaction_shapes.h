// Shapes of redacting all that somebody said, as Synapse's admin API has them (api/shape.h).
#pragma once
#include <array>

#include "api/shape.h"
#include "homeserver/admin/redaction_store.h"

namespace troupe::homeserver::admin {

/// Body, and what is kept of the request.
struct RedactUserBody {
  static constexpr std::int64_t kUsualLimit = 1'000;
  static constexpr std::int64_t kMostLimit = 10'000'000;
  static constexpr std::int64_t kMostRooms = 1'000;
  static constexpr std::int64_t kLongestReason = 1'024;

  std::vector<std::string> rooms;  ///< empty: all that the person is in or was in
  std::optional<std::string> reason;
  std::int64_t limit = kUsualLimit;       ///< of each room, the newest first; 0: as usual
  std::optional<std::int64_t> before_ts;  ///< said then or earlier, by the event's own time, ms
  std::optional<std::int64_t> after_ts;   ///< said then or later
  bool use_admin = false;                 ///< the redactions are the administrator's
};

// Answers.

struct RedactId {
  std::string redact_id;
};
struct RedactionState {
  std::string_view status;
  matrix::JsonObject failed_redactions;
  std::int64_t redacted = 0;
  std::optional<std::string> error;
};

}  // namespace troupe::homeserver::admin

namespace troupe::api {

Shape<homeserver::admin::RedactUserBody> make_shape(Of<homeserver::admin::RedactUserBody>);
Shape<homeserver::admin::RedactId> make_shape(Of<homeserver::admin::RedactId>);
Shape<homeserver::admin::RedactionState> make_shape(Of<homeserver::admin::RedactionState>);

}  // namespace troupe::api
