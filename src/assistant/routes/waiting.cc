#include "assistant/routes/waiting.h"

namespace troupe::assistant::routes {

Result<std::chrono::milliseconds> patience_of(const net::http::Request& request) {
  constexpr net::route::NumberRange kWait{.otherwise = kUsualWaitSeconds, .least = 0, .most = kLongestWaitSeconds};
  TRY(const auto seconds, net::route::query_number(request, "wait_s", kWait));
  return std::chrono::seconds(seconds);
}

net::route::QueryParam wait_parameter() {
  return {.name = "wait_s",
          .description = "How long to wait for the end or the next question; then the task goes on by itself",
          .schema = R"({"type":"integer","minimum":0,"maximum":60,"default":20})"};
}

}  // namespace troupe::assistant::routes
