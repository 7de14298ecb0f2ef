// The chat face: POST /api/chat, POST /api/execute and GET /api/conversations, word for word as clients of an earlier
// assistant know them, web front included: paths, members, statuses and the bodies of refusals, which are
// {"error"[, "message", "statusCode"]}. New programs use /api/v1.
//
// NOTSPEC: conversations, tasks and approvals are the caller's own, others' are 404; an internal error is 500 and not a
// 200 that looks like an answer; a second execute of a task is refused also while the first one runs; any key with the
// scope `assistant` and any console session will do beside AUTH_DEV_TOKEN, and each has its own 100 requests a minute.
#pragma once
#include <expected>

#include "assistant/routes/minute_window.h"
#include "assistant/routes/routes.h"

namespace troupe::assistant::routes {

/// What the handlers use. Lives as long as the route table.
struct ChatFace {
  AssistantApi& api;
  MinuteWindow& window;
  bool limited = true;  ///< rate limits are on
};

using ChatHandler = Task<net::http::Response> (*)(ChatFace&, net::route::Call&);

/// Runs a handler for a caller who may, within their minute, and answers its errors in this face's words.
Task<net::http::Response> guarded(ChatFace& face, net::route::Call& call, ChatHandler handler);

/// {"error"} alone, as this face refuses what is foreseen.
net::http::Response plain_refusal(int status, std::string_view error);
/// What stopped a call.
net::http::Response chat_failure(const Error& error);
/// Of a body that is not as it must be: which members, and why.
net::http::Response validation_refusal(const Error& error);

void add_chat_routes(net::route::Router& routes, ChatFace& face);

}  // namespace troupe::assistant::routes
