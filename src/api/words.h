// The words of files of handlers: `using namespace api::words` in place of a list of them.
#pragma once
#include "api/reply.h"
#include "net/route/router.h"

namespace troupe::api::words {

using api::reply;
using api::rfc3339;
using net::http::Response;
using net::route::Access;
using net::route::Call;

}  // namespace troupe::api::words
