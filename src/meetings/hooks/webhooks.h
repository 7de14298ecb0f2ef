// Webhooks for whoever sets them: makes them, changes them, shows what was told. Callable from any thread, in every
// process.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/crypto.h"
#include "base/task.h"
#include "bus/bus.h"
#include "meetings/hooks/webhook_store.h"
#include "net/http/address_rules.h"

namespace troupe::meetings::hooks {

inline constexpr std::size_t kMostWebhooks = 10;  ///< of a person, and of a tenant
inline constexpr std::size_t kMostSecretBytes = 512;
inline constexpr std::size_t kMostUrlBytes = 2'048;

/// Whose it is.
struct Holder {
  std::int64_t tenant_id = 0;
  std::int64_t owner_id = 0;  ///< 0: the whole tenant's
  std::string label{};
  bool is_admin = false;  ///< of this server: may name private addresses
};

struct NewWebhook {
  std::string url{};
  std::optional<std::string> secret{};          ///< nothing: one is made
  std::optional<boost::json::object> events{};  ///< nothing: what the format's readers expect
  Format format = Format::envelope;
};
struct MadeWebhook {
  Webhook hook{};
  std::string secret{};  ///< in clear: shown this once
};
/// What is not there stays.
struct WebhookChange {
  std::optional<std::string> url{};
  std::optional<std::string> secret{};
  std::optional<boost::json::object> events{};
  std::optional<Format> format{};
  std::optional<bool> enabled{};
};

class Webhooks {
 public:
  struct Uses {
    store::Database& db;
    const base::Clock& clock;
    const base::SealingKey& key;
    bus::Bus& bus;
    net::http::AddressRules rules;
  };
  explicit Webhooks(Uses uses) : uses_(std::move(uses)) {}

  /// Errors: invalid_param (the address, also a private one that the holder may not name; the secret; an event that
  /// there is not), limit_exceeded (kMostWebhooks).
  Task<MadeWebhook> create(Holder holder, NewWebhook wanted);
  /// What Vexa's PUT /user/webhook sets: one for each person, made anew or changed. An empty `url` takes it away; an
  /// empty secret signs nothing; without `events` those of before, or the format's own. Event names that there are not
  /// are kept and never occur. Errors: invalid_param (the address, the secret).
  Task<Unit> set_for(Holder holder, std::string url, std::optional<std::string> secret,
                     std::optional<boost::json::object> events, Format format);
  /// What set_for has set.
  Task<std::optional<Webhook>> get_for(std::int64_t tenant_id, std::int64_t owner_id);

  Task<std::vector<Webhook>> list(records::Whose whose);
  // Errors of these: not_found, also for whoever may not see it.
  Task<Webhook> find(records::Whose whose, std::int64_t id);
  /// Errors: as create(). What waits when it is disabled is given up. A new address is the changer's: `is_admin`.
  Task<Webhook> change(records::Whose whose, std::int64_t id, WebhookChange change, bool is_admin);
  Task<Unit> remove(records::Whose whose, std::int64_t id);
  /// One try. Error: conflict (it is disabled).
  Task<Delivery> test(records::Whose whose, std::int64_t id);
  Task<DeliveryPage> deliveries(records::Whose whose, std::int64_t id, std::int64_t from, std::int64_t limit);
  /// With its body.
  Task<Delivery> delivery(records::Whose whose, std::int64_t id, std::int64_t delivery);
  /// Sent again under the same event id. Error: conflict (it waits, or the webhook is disabled).
  Task<Delivery> replay(records::Whose whose, std::int64_t id, std::int64_t delivery);

 private:
  Result<Unit> check_url(const std::string& url, bool is_admin) const;
  Uses uses_;
};

/// Events that are wanted where nobody says.
boost::json::object usual_events(Format format);

}  // namespace troupe::meetings::hooks
