// Bytes from outside as a request of sliding sync, in both shapes, and as a position.

// modules: homeserver
#include <cstdint>
#include <cstdlib>
#include <string>

#include "homeserver/common/sync_token.h"
#include "homeserver/sliding/sliding_request.h"

using namespace troupe;
using namespace troupe::homeserver;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto pos = parse_sliding_pos(text)) {
    std::string written;
    append_sliding_pos(written, *pos);
    const auto again = parse_sliding_pos(written);
    if (!again || again->pos != pos->pos || again->number != pos->number || again->ephemeral != pos->ephemeral) abort();
    const auto token = parse_token(text);
    if (!token || token->pos != pos->pos || token->to_device) abort();
  }
  const auto json = matrix::parse_json(text);
  if (!json || !json->is_object()) return 0;
  for (const auto shape : {sliding::SlidingShape::unstable, sliding::SlidingShape::accepted}) {
    const auto request = sliding::read_sliding_request(shape, json->get_object(), "@me:example.org");
    if (!request) continue;
    if (request->lists.size() > sliding::kMaxSlidingLists ||
        request->subscriptions.size() > sliding::kMaxSlidingSubscriptions)
      abort();
    sliding::RequiredState all;
    for (const auto& [name, list] : request->lists) {
      all.add(list.rule.required_state);
      if (list.rule.timeline_limit > 100) abort();
      if (!list.ranges) continue;
      for (const auto& [first, last] : *list.ranges) {
        if (first > last) abort();
      }
    }
    for (const auto& [room, rule] : request->subscriptions) all.add(rule.required_state);
    (void)all.wants("m.room.member", "@me:example.org");
    (void)all.lazy_members();
    (void)all.bytes();
  }
  return 0;
}
