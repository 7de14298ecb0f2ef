// From the arguments that somebody wants to those that are sent: the mark, the escapes of the service, the request.
#pragma once
#include "assistant/calls/call.h"
#include "assistant/openapi/request.h"

namespace troupe::assistant::calls {

struct Prepared {
  JsonObject arguments;      ///< as they are sent; `$args` of probes
  openapi::Request request;  ///< without server and credential
  bool marked = false;       ///< the write bears its mark; false where an argument of its own stands in that place
};

/// Pure: a dry run and the digest that somebody approves show the same bytes. `arguments` have passed the operation's
/// schema. Errors: as openapi::build_request.
Result<Prepared> prepare(const packs::Pack& pack, const packs::Offered& offered, JsonObject arguments,
                         std::string_view marker);

}  // namespace troupe::assistant::calls
