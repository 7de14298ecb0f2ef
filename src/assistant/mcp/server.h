// Troupe as a server of the Model Context Protocol: what its tools do is planned, run, asked and approved like all that
// the assistant does, as whoever calls.
#pragma once
#include <string>
#include <vector>

#include "assistant/dialogue/assistant.h"
#include "assistant/mcp/protocol.h"
#include "assistant/mcp/request_state.h"
#include "assistant/routes/door.h"
#include "assistant/services/services.h"
#include "assistant/tasks/tasks.h"

namespace troupe::assistant::mcp {

/// Who calls, and what of Troupe they see.
struct Client {
  std::int64_t tenant_id = 1;
  std::string owner;  ///< tells people apart: what is asked of one is answered by nobody else
  std::vector<std::string> services;
};

/// One per program; callable from any thread.
class Server {
 public:
  struct Uses {
    services::Services& services;
    const base::Clock& clock;
    std::string version;  ///< of the program
    std::chrono::milliseconds patience{25'000};
  };
  explicit Server(Uses uses) : uses_(std::move(uses)), states_(uses_.clock) {}

  /// Answers one message that was read and checked; a notification with 202.
  Task<net::http::Response> answer(Message message, Client client, routes::OwnAssistant assistant) const;

 private:
  Task<net::http::Response> list_tools(Message message, Client client) const;
  Task<net::http::Response> call_tool(Message message, Client client, routes::OwnAssistant assistant) const;
  Task<dialogue::Reply> run(const Message& message, const Client& client, const routes::OwnAssistant& assistant,
                            std::string_view name, const JsonObject& arguments) const;
  Task<dialogue::Reply> run_own(const routes::OwnAssistant& assistant, std::string_view name,
                                const JsonObject& arguments) const;
  Task<dialogue::Reply> go_on(const Message& message, const routes::OwnAssistant& assistant,
                              const RequestState& state) const;
  /// As a form, where the client can ask its person and that person may answer it; else as it stands.
  JsonObject shown(const Message& message, const std::string& owner, const routes::OwnAssistant& assistant,
                   const dialogue::Reply& reply) const;

  Uses uses_;
  RequestStates states_;
};

}  // namespace troupe::assistant::mcp
