// What a call of a tool came to, as calls/ judges it.
#pragma once
#include "assistant/calls/tools.h"
#include "assistant/mcp_client/message.h"

namespace troupe::assistant::mcp_client {

/// What a tool yields: structuredContent where there is one; else its only text, as JSON where that is what it is; else
/// {"content": […]}. What is no text is there as its type, its name and the number of its bytes.
Json value_of(const JsonObject& result);
/// The files of its `content`, at most calls::kMaxFilesOfAnswer, in their order.
std::vector<calls::Blob> files_of(const JsonObject& result);

/// As calls::Tools has it.
calls::Arrived arrived_of(Reply reply);

}  // namespace troupe::assistant::mcp_client
