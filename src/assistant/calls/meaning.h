// What came back, or did not, means for the call.
#pragma once
#include <chrono>
#include <optional>
#include <vector>

#include "assistant/calls/call.h"
#include "net/client/client.h"

namespace troupe::assistant::calls {

/// What a request ended with.
struct Arrived {
  std::optional<Error> broken;  ///< there is no answer
  bool sent = true;             ///< false: nothing of it went out
  net::client::ClientResponse response;
  std::vector<Blob> files = {};  ///< that came with it (content of MCP tools)
};

enum class Meaning : std::uint8_t {
  done,
  past_end,  ///< a page behind the last
  refused,   ///< for good
  again,     ///< it was certainly not done (or only reads), and another try may help
  sign_in,   ///< 401: not done; the credential is not taken
  lost,      ///< a write of which nobody knows whether it was done
};
std::string_view name_of(Meaning meaning);

struct Judged {
  Meaning meaning = Meaning::refused;
  Json answer;  ///< null: none, or no JSON
  bool is_json = false;
  std::string code, message;  ///< not redacted yet
  std::chrono::milliseconds retry_after{0};
  bool limited = false;  ///< the service says that it is called too often
};

/// A write is sent again only where its answer says that it was not done: 429, what the pack lists as `not_done`, and
/// what never left. A 5xx, a cut connection, a redirect, an answer that cannot be read say nothing of the kind.
Judged judge(const Service& service, const packs::Offered& offered, const Arrived& arrived, base::UnixMs now);

/// Retry-After, RFC 9110 section 10.2.3: seconds or a date; zero when there is none that makes sense. At most a day.
std::chrono::milliseconds retry_after_of(const net::http::Headers& headers, base::UnixMs now);
/// The target of rel="next" in Link, RFC 8288; empty when there is none.
std::string next_link(const net::http::Headers& headers);

}  // namespace troupe::assistant::calls
