#include "homeserver/admin/redaction_shapes.h"

#include "matrix/ids.h"

namespace troupe::api {

using homeserver::admin::RedactId;
using homeserver::admin::RedactionState;
using homeserver::admin::RedactUserBody;

Shape<RedactUserBody> make_shape(Of<RedactUserBody>) {
  return Shape<RedactUserBody>::matrix_request(
      {member<&RedactUserBody::rooms>("rooms",
                                      {.description = "where; none: in all rooms that the person is in or was in",
                                       .most = RedactUserBody::kMostRooms,
                                       .each_most = matrix::kMaxIdBytes}),
       member<&RedactUserBody::reason>(
           "reason", {.description = "that is shown with each redaction", .most = RedactUserBody::kLongestReason}),
       member<&RedactUserBody::limit>("limit", {.description = "of the events of each room, the newest first",
                                                .least = 0,
                                                .most = RedactUserBody::kMostLimit,
                                                .may_lack = true}),
       member<&RedactUserBody::before_ts>("before_ts", {.description = "said then or earlier, in ms", .least = 0}),
       member<&RedactUserBody::after_ts>("after_ts", {.description = "said then or later, in ms", .least = 0}),
       member<&RedactUserBody::use_admin>(
           "use_admin", {.description = "redact in the administrator's name, not the person's", .may_lack = true})});
}

Shape<RedactId> make_shape(Of<RedactId>) { return Shape<RedactId>::part({member<&RedactId::redact_id>("redact_id")}); }

Shape<RedactionState> make_shape(Of<RedactionState>) {
  return Shape<RedactionState>::part(
      {member<&RedactionState::status>("status", {.one_of = homeserver::admin::kDeletionWords}),
       member<&RedactionState::failed_redactions>("failed_redactions", {.description = "event ids, and why"}),
       member<&RedactionState::redacted>("redacted", {.description = "events so far"}),
       member<&RedactionState::error>("error", {.description = "why it failed"})});
}

}  // namespace troupe::api
