#include "assistant/routes/downloads.h"

#include <memory>

namespace troupe::assistant::routes {
namespace {

/// The bytes with their place among those that are on their way.
struct Seated {
  std::string content;
  UploadSeats::Seat seat;
};

}  // namespace

net::http::Response download(Download file, UploadSeats::Seat seat) {
  net::http::Response response;
  response.headers.add("Content-Type", file.type.empty() ? std::string(kUnknownType) : std::move(file.type));
  response.headers.add("Content-Disposition", std::move(file.disposition));
  response.headers.add("Content-Security-Policy", "sandbox; default-src 'none'");
  response.headers.add("Cache-Control", "private, no-store");
  auto seated = std::make_shared<const Seated>(std::move(file.content), std::move(seat));
  response.shared_body = {seated, &seated->content};
  return response;
}

}  // namespace troupe::assistant::routes
