// What somebody else's service posts to /webhook/{hook}: matrix-hookshot's generic body, with our additions. Pure.
// https://matrix-org.github.io/matrix-hookshot/latest/setup/webhooks.html
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "matrix/json.h"

namespace troupe::fleet::triggers {

/// The raw body rides along in the event under this key, as hookshot does it.
inline constexpr std::string_view kHookData = "uk.half-shot.hookshot.webhook_data";
/// A larger body is left out of the event (an event holds 65,536 bytes in all).
inline constexpr std::size_t kMaxHookDataBytes = 16 * 1024;

/// A file of a delivery: its bytes, or where it is already.
struct HookFile {
  std::string name;  ///< without a path; never empty
  std::string mime;
  std::string bytes;
  std::string mxc;  ///< empty: `bytes` are to be uploaded
};
inline constexpr std::size_t kMaxHookFiles = 10;

struct HookMessage {
  std::string text;      ///< Markdown; empty only when there are files
  std::string html;      ///< as given, not yet sanitised; empty: made from the text
  std::string reply_to;  ///< event id; empty: none. Ours, not hookshot's, as the next two
  std::string thread;    ///< event id of the thread's root
  std::string edit;      ///< event id of an earlier message of the same bot
  std::vector<HookFile> files;
  matrix::Json data;  ///< for kHookData, without the bytes of files; null when it is too large
};

/// The body as data: an object or another value for JSON, an object of texts for a form, a text for text/* and XML. The
/// files of a multipart form are its `attachments`. Without a Content-Type: JSON when it reads as JSON, else text.
/// Errors: bad_json, not_json (not UTF-8 and the like).
Result<matrix::Json> read_hook_body(std::string_view content_type, std::string_view body);

/// `text`, `html` and `username` as hookshot reads them; data without `text` is shown as it came. Ours: `reply_to`,
/// `thread`, `edit`, and `attachments`: [{"name"?, "content_type"?, "data": base64 or a data: address}] or
/// [{"url": "mxc://…", …}]; other services' lists of that name (Slack's) are data like any other. Errors: bad_json,
/// when an event id or an attachment is none, there are more than kMaxHookFiles, or an edit has some.
Result<HookMessage> read_hook_message(const matrix::Json& data);

/// Matrix knows no fractions: they become texts, as do integers beyond 2^53.
matrix::Json without_floats(const matrix::Json& value);

}  // namespace troupe::fleet::triggers
