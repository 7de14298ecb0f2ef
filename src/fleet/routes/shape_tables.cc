#include "fleet/routes/shape_tables.h"

namespace troupe::api {

using fleet::Hook;
using fleet::NewHook;
using fleet::RestartPolicy;

template <>
const Shape<RestartPolicy>& shape_of<RestartPolicy>() {
  static const auto shape = Shape<RestartPolicy>::request(
      "RestartPolicy",
      {member<&RestartPolicy::mode>("policy", {.description = "When a bot that ended by itself is started again."}),
       member<&RestartPolicy::max_restarts>(
           "max_restarts", {.description = "More within the window are a crash loop.", .least = 1, .most = 1000}),
       member<&RestartPolicy::window_s>("window_s", {.least = 10, .most = 86'400})});
  return shape;
}

template <>
const Shape<Hook>& shape_of<Hook>() {
  static const auto shape = Shape<Hook>::answer(
      "Hook", {member<&Hook::hook_id>("hook_id"), member<&Hook::name>("name"), member<&Hook::room_id>("room_id"),
               member<&Hook::wait_for_complete>("wait_for_complete"), time<&Hook::created_ms>("created_at"),
               time<&Hook::expires_ms>("expires_at", {.description = "Nothing is taken from then on. Absent: never."}),
               time<&Hook::last_used_ms>("last_used_at")});
  return shape;
}

template <>
const Shape<NewHook>& shape_of<NewHook>() {
  static const auto shape = Shape<NewHook>::request(
      "NewHook",
      {member<&NewHook::name>("name", {.least = 1, .most = 64}),
       member<&NewHook::room_id>("room_id", {.least = 1, .most = 255}),
       member<&NewHook::wait_for_complete>(
           "wait_for_complete",
           {.description = "Answer whoever posts only once the message is in the room (200, or 500 after five "
                           "seconds), not as soon as it is durable (202).",
            .may_lack = true}),
       member<&NewHook::expires_in_days>(
           "expires_in_days",
           {.description = "Left out: it stays until it is deleted. The room is told three days before.",
            .least = 1,
            .most = 3650})});
  return shape;
}

}  // namespace troupe::api
