// What the planner needs of a language model: one question, one whole answer. Who asks it, over which endpoints and for
// whose money, is somebody else's.
#pragma once
#include <string>
#include <vector>

#include "assistant/planner/task_spec.h"
#include "base/task.h"

namespace troupe::assistant::planner {

enum class Role : std::uint8_t { system, user, assistant };
struct ModelMessage {
  Role role = Role::user;
  std::string text;
};

/// A function as models take it: names have no dots (openapi::tool_name).
struct ModelTool {
  std::string name;
  std::string description;
  JsonObject parameters;
  bool strict = false;
};

/// What the answer has to be like.
enum class Form : std::uint8_t {
  schema,     ///< `response_format: json_schema`: what every server constrains
  functions,  ///< tool calls
};

struct ModelRequest {
  std::vector<ModelMessage> messages;
  Form form = Form::schema;
  std::string name;   ///< of the schema
  JsonObject schema;  ///< Form::schema
  bool strict = false;
  std::vector<ModelTool> tools;  ///< Form::functions
};

/// The members of a chat completion's body that this request is: messages, response_format or tools, tool_choice,
/// parallel_tool_calls. Model, temperature and streaming are the caller's.
JsonObject body_of(const ModelRequest& request);

struct ToolCall {
  std::string name;
  std::string arguments;  ///< JSON text, as far as it came
};

/// Joined, when it was streamed. Whatever a model says is possible.
struct ModelAnswer {
  std::string text;
  std::string refusal;
  std::vector<ToolCall> calls;
  std::string finish_reason;  ///< "length": it was cut off
};

class ModelCaller {
 public:
  ModelCaller() = default;
  ModelCaller(const ModelCaller&) = delete;
  ModelCaller& operator=(const ModelCaller&) = delete;
  virtual ~ModelCaller() = default;
  /// Errors: unavailable, limit_exceeded and the like: the planner goes on without a model. On the caller's executor.
  virtual Task<ModelAnswer> ask(ModelRequest request) = 0;
  /// As what the requests so far, and what came back, were written down, in their order; empty where nobody does.
  virtual std::vector<std::string> exchanges() const { return {}; }
};

}  // namespace troupe::assistant::planner
