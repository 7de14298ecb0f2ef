// What Flowise says, read: the JSON answer and the events of its stream. Nothing here trusts a type or a size. Pure.
#pragma once
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/brains/brain.h"

namespace troupe::fleet::brains {

/// A file that Flowise made: a name in its storage, or the bytes themselves.
struct FlowiseFile {
  std::string stored;  ///< file name for get-upload-file; empty: `bytes`
  std::string bytes;
  std::string mime;
  std::string name;
};

/// A question of an agent flow to a person.
struct FlowiseAction {
  std::string node;         ///< where the flow goes on (newer agent flows); empty: older ones
  boost::json::object raw;  ///< as it came, for older flows; at most 16 KiB
  std::string approve = "Proceed";
  std::string reject = "Reject";
};

struct FlowiseAnswer {
  static constexpr std::size_t kMaxTextBytes = 1024 * 1024;
  static constexpr std::size_t kMaxItems = 50;

  std::string text;
  std::string doing;  ///< a stream's: the step that the flow is at, or the tool that it uses
  std::string message_id;
  std::string chat_id;
  std::string question;  ///< as Flowise understood it: what was heard in a voice message
  std::vector<std::string> follow_ups;
  std::vector<Footnote> sources;
  std::vector<FlowiseFile> files;
  std::optional<FlowiseAction> action;
  std::optional<std::string> error;  ///< an `error` event
  Usage usage;
  bool cut = false;      ///< the text was longer than kMaxTextBytes
  bool aborted = false;  ///< somebody stopped the run
  bool ended = false;    ///< the stream said that it is over
};

/// Reads a whole JSON answer (status 200). Error: bad_json.
Result<FlowiseAnswer> read_flowise_answer(std::string_view body);

/// Takes the events of a stream one by one. Flowise writes `message:` where the standard has `event:`, so that parsers
/// see only the data: {"event": name, "data": …}.
class FlowiseStream {
 public:
  /// The data of one event. What is no event of theirs is passed over. True when the text grew.
  bool take(std::string_view data);
  FlowiseAnswer& answer() { return answer_; }
  const FlowiseAnswer& answer() const { return answer_; }

 private:
  FlowiseAnswer answer_;
};

/// Agent flows begin their texts with empty lines.
std::string_view without_empty_lines(std::string_view text);

/// The message of an error answer ({"message": …}), at most 500 bytes; the start of the body when it is something else.
std::string flowise_error_message(std::string_view body);

}  // namespace troupe::fleet::brains
