// What Flowise sends: its stream in any pieces gives the same answer, and its JSON is read or refused, never trusted.

// modules: fleet
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fleet/answers/reply_content.h"
#include "fleet/brains/flowise/flowise_answer.h"
#include "net/client/sse.h"

namespace {
using troupe::fleet::brains::FlowiseAnswer;
using troupe::fleet::brains::FlowiseStream;

std::string summary(const FlowiseAnswer& answer) {
  return answer.text + "|" + answer.message_id + "|" + answer.error.value_or("") + "|" + (answer.ended ? "end" : "") +
         "|" + std::to_string(answer.sources.size()) + std::to_string(answer.files.size()) +
         std::to_string(answer.follow_ups.size()) + (answer.action ? answer.action->node : "");
}

std::string stream(std::string_view bytes, std::size_t step) {
  troupe::net::client::SseParser parser(64 * 1024);
  FlowiseStream events;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    auto go_on = parser.feed(bytes.substr(at, step), [&](const troupe::net::client::ServerSentEvent& event) {
      events.take(event.data);
      return !events.answer().ended;
    });
    if (!go_on || !*go_on) break;
  }
  if (events.answer().text.size() > FlowiseAnswer::kMaxTextBytes) std::abort();
  return summary(events.answer());
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (stream(bytes, size + 1) != stream(bytes, 1)) std::abort();
  (void)troupe::fleet::brains::flowise_error_message(bytes);
  if (auto answer = troupe::fleet::brains::read_flowise_answer(bytes)) {
    // What becomes of it must fit into events.
    troupe::fleet::Reply reply{.text = answer->text};
    reply.footnotes = answer->sources;
    reply.suggestions = answer->follow_ups;
    for (const auto& content : troupe::fleet::answers::reply_contents(
             reply, {.bot_id = "b", .msgtype = "m.notice", .event_id = "$e", .thread_root = {}})) {
      if (boost::json::serialize(content).size() > 61'440) std::abort();
    }
  }
  return 0;
}
