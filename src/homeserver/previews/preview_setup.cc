#include "homeserver/previews/preview_setup.h"

#include <libxml/parser.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "homeserver/previews/preview_routes.h"
#include "host/age_clock.h"

namespace troupe::homeserver::previews {
namespace {

constexpr std::chrono::seconds kPatience{5};

}  // namespace

void setup_previews(host::Context& context, const PreviewBasis& basis) {
  xmlInitParser();  // its tables, before several threads use them
  const asio::any_io_executor home = context.io().next().get_executor();
  auto& service = context.make<PreviewService>(PreviewService::Parts{.db = context.db(),
                                                                     .media = basis.media,
                                                                     .removal = basis.removal,
                                                                     .http = context.http(),
                                                                     .settings = context.settings(),
                                                                     .clock = context.clock(),
                                                                     .home = home});
  add_preview_routes(context.routes(), context.make<PreviewApi>(PreviewApi{service, context.settings()}));
  context.every({.name = "homeserver.previews",
                 .every = std::chrono::minutes(10),
                 .run = [&service, &ages = host::age_clock(context)] { return service.sweep(ages.unix_ms()); },
                 .singleton = true});
  context.on_stop([&service, home]() -> Task<Unit> {
    co_await asio::co_spawn(home, service.stop(kPatience), asio::use_awaitable);
    co_return Unit{};
  });
}

}  // namespace troupe::homeserver::previews
