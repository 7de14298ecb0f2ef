// What a service's answers mean: done, refused or worth another try, and where the next page is.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "matrix/json.h"

namespace troupe::assistant::packs {

enum class PagingStyle : std::uint8_t {
  none,
  page,    ///< a number that counts up; a page shorter than asked for is the last
  offset,  ///< how many entries are skipped
  cursor,  ///< a text from the answer; empty or missing: the end
  link,    ///< the answer's Link header with rel="next"
};

struct Paging {
  PagingStyle style = PagingStyle::none;
  std::string parameter;      ///< the argument that moves on: "page", "recordStartIndex", "cursor"
  std::string size;           ///< the argument for the page's size; empty: the service has its own
  std::size_t page_size = 0;  ///< what is asked for
  std::int64_t first = 1;     ///< page and offset: of the first page
  std::string items;          ///< pointer to the entries; "" is the whole answer
  std::string next;           ///< cursor: pointer to the next one
  int end_status = 0;         ///< a status that means "past the end" (416)
};

/// The arguments of the next page; nothing: `answer` was the last. `arguments` are those that it was asked with.
std::optional<matrix::JsonObject> next_page(const Paging& paging, const matrix::JsonObject& arguments, int status,
                                            const matrix::Json& answer);
/// The entries of a page; nullptr when the answer has none.
const matrix::JsonArray* items_of(const Paging& paging, const matrix::Json& answer);

/// How a service says that something is wrong.
struct Errors {
  std::vector<std::string> message;   ///< pointers, in order: "/errors/0", "/detail"
  std::string code;                   ///< pointer: "/error"
  std::string ok;                     ///< pointer to a flag in answers of status 200: "/ok"
  std::vector<std::string> terminal;  ///< codes that no second try mends
  std::vector<std::string> retry;     ///< codes worth another try
  std::vector<int> retry_status;      ///< besides 429, 502, 503 and 504
  std::vector<std::string> not_done;  ///< codes by which the service says that it did nothing: a write may go again
  std::vector<int> not_done_status;   ///< the same by status, besides 429
};

struct Outcome {
  bool ok = false;
  bool retry = false;
  std::string code, message;  ///< of a refusal; the message is cut at 500 bytes
};
/// `text` is the body as it came, for services that answer in plain text.
Outcome judge(const Errors& errors, int status, const matrix::Json* body, std::string_view text);

}  // namespace troupe::assistant::packs
