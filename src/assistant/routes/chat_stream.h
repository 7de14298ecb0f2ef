// The chat face's option `stream`: what happens, as server-sent events, until the answer.
#pragma once
#include "assistant/routes/chat_face.h"

namespace troupe::assistant::routes {

/// Whether the client wants events: `stream` in the body, or the Accept header.
bool wants_stream(const net::http::Request& request, bool stream);

/// What is waited for. It may go on after the client has gone.
using Answering = std::function<Task<dialogue::Reply>()>;

/// Events `step` of the task (empty: none, planning has no steps), then one `response` with the ChatResponse, or one
/// `error` with what would have been the body of the refusal. Error: those of StreamLimit.
Result<net::http::Response> chat_stream(ChatFace& face, const net::route::Call& call, std::string task_id,
                                        Answering answering);

}  // namespace troupe::assistant::routes
