// Flowise's HTTP calls, with the defences that its habits ask for. Threads: chat-bots of many rooms share one.
//
// What has to be known about Flowise 3.1 (each was measured):
//  - A request with `streaming` that fails before its stream is open gets no HTTP answer, ever. A stream that does open
//    sends its head at once, so a streamed request whose head does not come soon is asked about, not waited for.
//  - `streaming` may be answered with plain JSON. The content type decides.
//  - Two streams with one chatId: the first hangs, the second gets both. A run goes on after its client has left. So a
//    chatId is used by one request at a time, and never again after a request that did not end well.
//  - A wrong key of a flow is status 500 with "Unauthorized" in its message.
#pragma once
#include <boost/json/array.hpp>
#include <optional>
#include <string>

#include "fleet/brains/brain.h"
#include "fleet/brains/flowise/flowise_answer.h"
#include "fleet/brains/flowise/flowise_target.h"

namespace troupe::fleet::brains {

/// A multipart/form-data body.
struct Multipart {
  std::string content_type;
  std::string body;
};

/// Callable from one executor; outlives its calls.
class FlowiseApi {
 public:
  FlowiseApi(BrainContext context, FlowiseTarget target) : context_(std::move(context)), target_(std::move(target)) {}
  const FlowiseTarget& target() const { return target_; }

  /// Asks without a stream. `body` is the request without `streaming`.
  /// Errors: forbidden (key), not_found (flow), limit_exceeded (with retry_after), too_large, invalid_param (Flowise
  /// refuses the question), timed_out, unavailable.
  Task<FlowiseAnswer> ask(boost::json::object body, ReplyStream& stream);
  /// The same with a stream; `stream` sees the text grow. The answer may be without text: then the caller looks for it.
  /// An `error` event is an Error (unavailable, or forbidden).
  /// `begun` becomes true with the first event: a time-out before may mean that the stream will never open.
  Task<FlowiseAnswer> ask_streaming(boost::json::object body, ReplyStream& stream, bool& begun);
  /// Whether the flow streams. Errors as ask().
  Task<bool> is_streaming();
  /// The text of a stored answer; nothing when it cannot be read (it needs the key).
  Task<std::optional<std::string>> stored_answer(std::string chat_id, std::string message_id);
  /// Stops a run; best effort.
  asio::awaitable<void> abort(std::string chat_id);

  struct Uploads {
    bool images = false;
    bool speech = false;
    bool rag = false;
  };
  Task<Uploads> uploads();
  /// The text of a document, as Flowise reads it. Errors as ask(); invalid_param when the flow takes no files or not
  /// this type.
  Task<std::string> extract(std::string chat_id, matrix::Media file);
  struct Upserted {
    std::int64_t added = 0;
    std::int64_t updated = 0;
    std::int64_t skipped = 0;
  };
  /// Puts files into the flow's vector store. `fields`: further form fields.
  Task<Upserted> upsert(std::vector<matrix::Media> files, std::vector<std::pair<std::string, std::string>> fields);
  /// A file that a run made.
  Task<std::string> stored_file(std::string chat_id, std::string name);
  /// Whether Flowise is there at all.
  Task<Unit> ping();
  Task<std::string> version();
  /// Whether the key may read answers back: nothing without a key.
  Task<std::optional<bool>> key_works();

 private:
  net::client::ClientRequest request(std::string method, std::string path) const;
  /// What is no 2xx is an error.
  Task<net::client::ClientResponse> send(net::client::ClientRequest wanted);
  Task<net::client::ClientResponse> get(std::string path);
  Task<net::client::ClientResponse> send_form(std::string path, Multipart form, std::chrono::milliseconds patience);
  Error key_refused(std::string detail) const;
  /// The error that a status means; nothing for 2xx.
  std::optional<Error> refusal(const net::client::ClientResponse& response) const;

  BrainContext context_;
  FlowiseTarget target_;
};

Multipart make_multipart(const std::vector<std::pair<std::string, std::string>>& fields,
                         const std::vector<matrix::Media>& files);

/// Padded base64, as data: addresses have it.
std::string data_uri(std::string_view mime, std::string_view bytes);

}  // namespace troupe::fleet::brains
