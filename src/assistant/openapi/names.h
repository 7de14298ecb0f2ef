// What operations and arguments are called: names that people, workflows and models share.
#pragma once
#include <set>
#include <string>
#include <string_view>

namespace troupe::assistant::openapi {

/// A function's name at a model: `^[a-zA-Z0-9_-]{1,64}$`.
inline constexpr std::size_t kMaxToolNameBytes = 64;
inline constexpr std::size_t kMaxServiceBytes = 24;
/// An operation's own, whatever the service; `most_operation_bytes` is exact.
inline constexpr std::size_t kMaxOperationBytes = kMaxToolNameBytes - 3;
inline constexpr std::size_t kMaxArgumentBytes = 64;

/// "listProjects", "Contacts-GetByID" as "list_projects", "contacts_get_by_id": lower case, no two underscores
/// together, none at the ends. Longer ones are cut and end in a mark of their own. Empty when nothing of the text
/// remains.
std::string snake_case(std::string_view text, std::size_t most_bytes = kMaxOperationBytes);
/// For an operation that its document does not name: "GET", "/open/v1/jobs/{id}" is "get_open_v1_jobs_id".
std::string name_of_path(std::string_view method, std::string_view path, std::size_t most_bytes = kMaxOperationBytes);
/// The name, or with "_2", "_3" … the first that `taken` does not have; it is taken then.
std::string unique_name(std::string name, std::set<std::string, std::less<>>& taken,
                        std::size_t most_bytes = kMaxOperationBytes);
/// With the service and two underscores an operation's name is still a tool's.
constexpr std::size_t most_operation_bytes(std::string_view service) { return kMaxToolNameBytes - service.size() - 2; }

/// An argument's name as models take it: what is not a letter, digit, '_', '.' or '-' becomes '_'.
std::string argument_name(std::string_view text);

/// `[a-z][a-z0-9_]*` without two underscores together.
bool is_service(std::string_view text);
bool is_operation(std::string_view text);

/// What one asks to be allowed by OAuth 2 (RFC 6749 section 3.3): a word without spaces, quotes and backslashes, at
/// most 256 bytes.
bool is_scope(std::string_view text);

/// "slack", "send_message": "slack__send_message", and back to "slack.send_message"; empty when it is no tool's name.
std::string tool_name(std::string_view service, std::string_view operation);
std::string action_of_tool(std::string_view tool);

}  // namespace troupe::assistant::openapi
