// Lists of client endpoints that an account may call which may not call all: of suspension and of guests.
#pragma once
#include <span>
#include <string_view>

namespace troupe::homeserver::accounts {

/// Whether one of the rows names this request of the client API, whatever its version. A row is "METHOD path", the path
/// after the version; `*` is one segment, `**` at the end any number of them. `path` is as on the wire, without the
/// query. What is no request of the client API is in no list. Callable from any thread.
bool is_listed(std::span<const std::string_view> rows, std::string_view method, std::string_view path);

}  // namespace troupe::homeserver::accounts
