// Whom summaries are asked of.
#pragma once
#include <boost/json/object.hpp>
#include <functional>
#include <string>

#include "base/clock.h"
#include "base/task.h"
#include "fleet/models/models.h"
#include "net/client/client.h"

namespace troupe::meetings::summary {

struct Question {
  std::int64_t tenant_id = 0;
  std::string person{};            ///< whose money it is: the label of who asked for the meeting
  boost::json::object members{};   ///< of a chat completion: messages, response_format
  std::function<bool()> wanted{};  ///< false: nobody waits any more
};

class Model {
 public:
  Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;
  virtual ~Model() = default;
  /// Whether there is one for this tenant.
  virtual bool serves(std::int64_t tenant_id) const = 0;
  /// The whole answer. Errors: forbidden (the model refuses, or has no price where money is limited), limit_exceeded
  /// (the day's money), too_large (the question),
  /// bad_json (it was cut off), timed_out (none answered). On the caller's executor.
  virtual Task<std::string> ask(Question question) = 0;
};

/// The server's own models (OPENAI_*, [[assistant.models]]) by their names and in that order. They are the default
/// tenant's, unless the server's administrators say that they are everybody's. Fail-over, breakers and money are
/// fleet's.
class ServerModel final : public Model {
 public:
  struct Uses {
    net::client::HttpClient& http;
    const base::Clock& clock;
    fleet::models::Models& models;
    bool of_every_tenant = false;
  };
  /// `endpoints`: not empty.
  ServerModel(const Uses& uses, std::vector<fleet::models::Endpoint> endpoints);

  bool serves(std::int64_t tenant_id) const override;
  Task<std::string> ask(Question question) override;

 private:
  Uses uses_;
  std::vector<fleet::models::Endpoint> endpoints_;
};

/// As whose spending it is booked, beside the person's (fleet::models::PlannedCall::bot_id).
inline constexpr std::string_view kSpentBy = "meetings";
/// In the setting: all of the server's models, in their order.
inline constexpr std::string_view kAnyModel = "*";

/// Those of `all` that are called so (by name or model), each once, in the order of `names`.
std::vector<fleet::models::Endpoint> chosen(const std::vector<fleet::models::Endpoint>& all,
                                            const std::vector<std::string>& names);

}  // namespace troupe::meetings::summary
