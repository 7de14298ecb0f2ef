// What handlers that wait for long yield.
#pragma once
#include <string>
#include <utility>

#include "homeserver/common/client_route.h"

namespace troupe::homeserver::sync {

/// The text of a JSON answer, or why there is none: becomes the response where a coroutine keeps its result. A response
/// that was made in the coroutine itself would have room in its frame for as long as it waits.
struct JsonText {
  explicit JsonText(Result<std::string>&& yielded) : text(yielded) {}
  Result<std::string>& text;  ///< where the coroutine has it already

  operator Result<net::http::Response>() && {  // NOLINT(google-explicit-constructor)
    return json_answer(std::move(text));
  }
};

}  // namespace troupe::homeserver::sync
