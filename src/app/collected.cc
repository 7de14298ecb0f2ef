#include "app/collected.h"

#include <fmt/format.h>

#include "net/route/dialect.h"

namespace troupe::app {
namespace {

class Body final : public net::http::BodyWriter {
 public:
  explicit Body(std::uint64_t most) : most_(most) {}
  Task<Unit> write(std::string piece) override {
    if (piece.size() > most_ - bytes.size()) co_return Error(Errc::internal, "An answer is longer than it said.");
    bytes += piece;
    co_return Unit{};
  }
  std::string bytes;

 private:
  std::uint64_t most_;
};

net::http::Response refused(const Error& error) {
  return net::route::render_error(error, net::route::Dialect::problem, "");
}

}  // namespace

asio::awaitable<net::http::Response> collected(net::http::Response response) {
  if (!response.stream || !response.content_length) co_return response;
  const auto said = *response.content_length;
  if (said > kMostCollectedBytes) {
    co_return refused(Error(
        Errc::too_large, fmt::format("That is {} bytes: ask for a part, of {} at most.", said, kMostCollectedBytes)));
  }
  Body body(said);
  const auto written = co_await response.stream(body);
  if (!written) co_return refused(written.error());
  if (body.bytes.size() != said) co_return refused(Error(Errc::internal, "An answer is shorter than it said."));
  response.stream = {};
  response.content_length.reset();
  response.body = std::move(body.bytes);
  co_return response;
}

}  // namespace troupe::app
