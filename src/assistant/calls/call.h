// One call of one operation of a service: what it is made with, and how it ended.
#pragma once
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "assistant/calls/files.h"
#include "assistant/packs/pack.h"
#include "base/clock.h"

namespace troupe::assistant::calls {

using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;

struct KnownSecrets;  // redactor.h

/// A pack as one tenant uses it. Shared by the calls under way: not changed once it is handed over.
struct Service {
  std::shared_ptr<const packs::Pack> pack;
  std::string base_url;  ///< the pack's, or what an administrator set in its place
  /// An administrator named the base URL: it may lead into the private network. A pack's own may not, but for what
  /// the settings list (net::client::ClientOptions::allowed_private).
  bool base_is_configured = false;
  std::map<std::string, std::string> secrets;  ///< by name: "key", "token_name", …
  std::string account;  ///< whose key it is: tenant and service; limits and tokens are kept by it
  std::shared_ptr<const KnownSecrets> known = {};  ///< of `secrets`; others, or none: each call makes its own
};

/// The text that a call is known by at the service: the same for the same step of the same task, however often it is
/// tried and whoever resumes it, and no other's. `entry` counts what `each` runs.
std::string marker_of(std::string_view task, std::string_view step, std::size_t entry = 0);

struct CallContext {
  std::string call_id;  ///< what the journal knows it by
  std::string marker;   ///< marker_of(); `$marker` in probes
  std::string person;   ///< who asks: the files of the arguments are read with that person's right
  std::chrono::milliseconds patience{5 * 60'000};  ///< for all tries, pauses and probes together
  /// For turns in the service's limits, its Retry-After included: so long is not counted towards `patience`.
  std::chrono::milliseconds turns{0};
  /// Set: a try went out then and nobody knows what became of it (a restart). A write begins with its probe.
  std::optional<base::UnixMs> sent_ms;
  /// Becomes true when nobody wants it any more: looked at between tries, pauses and pages, not inside a request.
  std::shared_ptr<const std::atomic<bool>> cancelled;
  Files* files = nullptr;  ///< where the arguments' files lie besides, asked first; outlives the call
};

enum class CallState : std::uint8_t {
  done,       ///< the service did it, or answered what was asked
  refused,    ///< the service says no, and would again
  failed,     ///< it was not done: out of reach, over its limits, out of order; later it may be
  unknown,    ///< a write that may have been done or not: a person has to look
  cancelled,  ///< it was not done: nobody wants it any more
};
std::string_view name_of(CallState state);

/// Nothing of it holds a secret of the service, whatever the service answered.
struct CallOutcome {
  CallState state = CallState::failed;
  int status = 0;                            ///< of the last answer; 0: there was none
  Json answer;                               ///< JSON; null where the answer is none
  std::string content_type;                  ///< of the last answer
  std::string bytes;                         ///< the body of an answer that is a text and no JSON
  std::vector<Blob> files;                   ///< of one that is a file, or has some; at most kMaxFilesOfAnswer
  std::string code, message;                 ///< of what is not done, fit for people
  bool past_end = false;                     ///< a page behind the last
  bool found = false;                        ///< done, as its probe says: the answer is what it found
  int tries = 0;                             ///< requests sent, without those of probes
  std::chrono::milliseconds retry_after{0};  ///< failed: not sooner
  std::string next_url;                      ///< Link header, rel="next"
};

}  // namespace troupe::assistant::calls
