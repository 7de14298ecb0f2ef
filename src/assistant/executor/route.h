// What decides, besides the arguments, what is sent and where to: somebody who approves a call approves that, too.
#pragma once
#include "assistant/executor/targets.h"
#include "runtime/sandbox/commands.h"

namespace troupe::assistant::executor {

struct Route {
  std::string digest;   ///< tasks::PlannedCall::route
  std::string request;  ///< tasks::PlannedCall::request
};

/// Of a service: the operation's method and path, where its arguments go and how they are written, the address, the
/// headers and the way of signing in (not the key: it may be replaced by another). Of a program: its command line,
/// environment and sandbox. Of a command: where it runs. Pure.
Route route_of(const Target& target, const matrix::JsonObject& arguments, const runtime::sandbox::Commands* commands);

}  // namespace troupe::assistant::executor
