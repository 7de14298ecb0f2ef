#include "assistant/packs/answers.h"

#include <algorithm>
#include <array>

#include "assistant/schema/validator.h"

namespace troupe::assistant::packs {
namespace {

using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;
using matrix::view;

constexpr std::array<int, 4> kAlwaysRetry{429, 502, 503, 504};
constexpr std::size_t kMaxMessageBytes = 500;
constexpr std::size_t kMaxCursorBytes = 4'096;

const Json* at(const Json& value, std::string_view pointer) {
  boost::system::error_code failed;
  return value.find_pointer(pointer, failed);
}

std::int64_t number_of(const JsonObject& arguments, std::string_view name, std::int64_t otherwise) {
  return matrix::find_integer(arguments, name).value_or(otherwise);
}

std::string message_of(const Errors& errors, const Json* body, std::string_view text) {
  for (std::size_t i = 0; body && i < errors.message.size(); ++i) {
    const auto* found = at(*body, errors.message[i]);
    if (found && found->is_string() && !found->get_string().empty())
      return std::string(view(found->get_string()).substr(0, kMaxMessageBytes));
  }
  return body ? std::string() : std::string(text.substr(0, kMaxMessageBytes));
}

}  // namespace

const JsonArray* items_of(const Paging& paging, const Json& answer) {
  const auto* found = at(answer, paging.items);
  return found ? found->if_array() : nullptr;
}

std::optional<JsonObject> next_page(const Paging& paging, const JsonObject& arguments, int status, const Json& answer) {
  if (paging.style == PagingStyle::none || paging.style == PagingStyle::link) return std::nullopt;
  if (status >= 300) return std::nullopt;  // the end, or a mistake that `judge` tells
  auto next = arguments;
  if (paging.style == PagingStyle::cursor) {
    const auto* cursor = at(answer, paging.next);
    if (cursor && (cursor->is_int64() || cursor->is_uint64()) &&
        !schema::same(*cursor, arguments.contains(paging.parameter) ? arguments.at(paging.parameter) : Json())) {
      next[paging.parameter] = *cursor;  // a position rather than a text
      return next;
    }
    if (!cursor || !cursor->is_string() || cursor->get_string().empty() ||
        cursor->get_string().size() > kMaxCursorBytes)
      return std::nullopt;
    // A service that hands out the same cursor again would be asked for ever.
    if (matrix::find_string(arguments, paging.parameter) == view(cursor->get_string())) return std::nullopt;
    next[paging.parameter] = *cursor;
    return next;
  }
  const auto* items = items_of(paging, answer);
  if (!items || items->empty()) return std::nullopt;
  const auto size = paging.size.empty()
                        ? static_cast<std::int64_t>(paging.page_size)
                        : number_of(arguments, paging.size, static_cast<std::int64_t>(paging.page_size));
  const auto count = static_cast<std::int64_t>(items->size());
  if (size > 0 && count < size) return std::nullopt;
  next[paging.parameter] =
      number_of(arguments, paging.parameter, paging.first) + (paging.style == PagingStyle::page ? 1 : count);
  return next;
}

Outcome judge(const Errors& errors, int status, const Json* body, std::string_view text) {
  Outcome out;
  const auto* code = body && !errors.code.empty() ? at(*body, errors.code) : nullptr;
  const auto* flag = body && !errors.ok.empty() ? at(*body, errors.ok) : nullptr;
  const bool refused = flag && flag->is_bool() && !flag->get_bool();
  out.ok = status >= 200 && status < 300 && !refused;
  if (out.ok) return out;
  if (code && code->is_string()) out.code = view(code->get_string()).substr(0, kMaxMessageBytes);
  out.message = message_of(errors, body, text);
  const auto among = [](const auto& list, const auto& value) { return std::ranges::find(list, value) != list.end(); };
  out.retry = among(kAlwaysRetry, status) || among(errors.retry_status, status) || among(errors.retry, out.code);
  if (!out.code.empty() && among(errors.terminal, out.code)) out.retry = false;
  return out;
}

}  // namespace troupe::assistant::packs
