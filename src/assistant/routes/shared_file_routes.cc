// /_troupe/files/{token}: a file that somebody posted, for the service that it was sent to by its address.
#include <functional>

#include "api/words.h"
#include "assistant/routes/downloads.h"
#include "assistant/routes/routes.h"
#include "host/listeners.h"

namespace troupe::assistant::routes {
namespace {

using namespace api::words;

constexpr std::chrono::seconds kDeadline{120};

/// Few for each address, for whoever has the address is nobody that we know.
std::int64_t seat_of(std::string_view token) { return static_cast<std::int64_t>(std::hash<std::string_view>()(token)); }

Task<Response> give(SharedFileApi& files, Call& call) {
  const auto token = std::string(call.param("token"));
  CO_TRY(auto seat, files.seats.take(seat_of(token)));
  CO_TRY(auto file, co_await files.media.shared(token));
  CO_TRY(seat.grow(file.bytes.size()));
  co_return download({.content = std::move(file.bytes), .type = std::move(file.content_type)}, std::move(seat));
}

}  // namespace

void add_shared_file_routes(net::route::Router& routes, SharedFileApi& api) {
  const api::Group group(routes, {.prefix = std::string(services::FileLinks::kPath),
                                  .needs = net::route::Access::open,
                                  .listener = std::string(host::kMatrixListener),
                                  .dialect = net::route::Dialect::matrix});
  group.add({.method = "GET",
             .path = "/{token}",
             .summary = "A file that somebody posted, for the service that was given this address",
             .reply = R"({"type":"string"})",
             .reply_type = kUnknownType,
             .deadline = kDeadline,
             .run = api::bind(give, api)});
}

}  // namespace troupe::assistant::routes
