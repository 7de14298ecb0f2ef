// config.json of a pack: what the service is, how it is reached, and what of it is offered.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "assistant/openapi/document.h"
#include "assistant/packs/answers.h"
#include "assistant/packs/credential.h"
#include "assistant/report/findings.h"
#include "assistant/workflows/expression.h"

namespace troupe::assistant::packs {

using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;

/// What undoes a write: an operation of the same pack, with arguments from $args and $result.
struct Undo {
  std::string operation;
  std::vector<std::pair<std::string, workflows::Binding>> bind;
};

/// What config.json says of one operation. The seed's members first.
struct OperationSettings {
  std::string summary, method, path;
  std::vector<std::string> query, body;  ///< arguments of an operation that the document does not have
  std::optional<bool> reads;             ///< a POST that only reads, or a GET that does more
  std::optional<bool> approval;
  std::optional<Paging> paging;
  std::optional<Undo> undo;
  bool only_named = false;  ///< neither method nor path: the document's operation of this name
};

/// What is called to see whether the service is there and takes the key.
struct TestCall {
  std::string operation;  ///< of this pack; it reads
  JsonObject arguments;
};

/// So many calls in so long a time.
struct Rate {
  std::vector<std::string> methods, operations;  ///< both empty: all calls
  std::size_t calls = 0;
  std::size_t seconds = 0;
  std::vector<std::string> per;  ///< "operation", "method" or an argument's pointer: a limit of its own for each value
  bool all_keys = false;         ///< the service counts all that come from this server, whatever key they bear
};

/// What a service takes for more than text, and how text is kept text.
enum class Escape : std::uint8_t {
  slack,  ///< &, < and > as entities: "<!channel>" would call everybody
};

enum class ApprovalOf : std::uint8_t { marked, destructive, writes };
enum class ApprovedBy : std::uint8_t { asker, other };

/// An MCP server in the place of a document.
struct Mcp {
  bool stdio = false;
  std::string url, command;
  std::vector<std::string> arguments;
  /// stdio: what the program finds in its environment. "{key}" in a value stands for that secret.
  std::map<std::string, std::string> environment;
  bool sandbox = false;  ///< stdio: confined as commands are, without network
  bool hints = true;     ///< what its tools say of themselves (readOnlyHint, destructiveHint) is believed
};

struct Config {
  std::string service;
  std::string title;
  std::string openapi_ref;  ///< a file of the folder; empty: none
  bool enabled = true;
  std::vector<std::string> synonyms;
  std::map<std::string, OperationSettings, std::less<>> operations;  ///< empty: all of the document's
  bool offers_all = false;  ///< `"offer": "all"`: those named here, and all others of the document
  std::string base_url;
  Auth auth;
  Paging paging;
  Errors errors;
  std::vector<Rate> rates;
  std::vector<std::string> egress;  ///< hosts, "host" or "host:port"; the base URL's own is always among them
  ApprovalOf approval = ApprovalOf::destructive;
  ApprovedBy approved_by = ApprovedBy::asker;
  std::map<std::string, std::string> headers;             ///< sent with each call
  std::vector<std::string> hidden;                        ///< arguments of the document that nobody is to set
  std::map<std::string, Escape, std::less<>> escape;      ///< argument → how its texts are written
  std::map<std::string, std::string, std::less<>> strip;  ///< argument → characters that its texts do not begin with
  std::optional<Mcp> mcp;
  std::optional<TestCall> test;  ///< nothing: the first that lists something and needs no arguments
};

inline constexpr std::size_t kMaxSynonyms = 100;
inline constexpr std::size_t kMaxSynonymBytes = 60;
inline constexpr std::size_t kMaxSettingBytes = 2'048;

/// What stands in config.json; mistakes stand in `report`, and what they concern is left at its default.
Config read_config(const JsonObject& object, const report::InFile& report);

/// The environment's names of a service: "bolt", "key" is BOLT_API_KEY; "token_name" is BOLT_TOKEN_NAME.
std::string environment_name(std::string_view service, std::string_view secret);

}  // namespace troupe::assistant::packs
