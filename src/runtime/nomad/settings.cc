#include "runtime/nomad/settings.h"

#include "net/http/url.h"
#include "runtime/in_clear.h"
#include "runtime/instance.h"

namespace troupe::runtime::nomad {
namespace {

std::optional<std::string> wrong_address(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto url = net::http::Url::parse(text);
  if (!url) return url.error().message();
  if (url->target != "/") return "must be an address without a path";
  return std::nullopt;
}

std::optional<std::string> wrong_instance(const std::string& text) {
  if (text.empty() || is_instance(text)) return std::nullopt;
  return "must be up to 32 of a-z, 0-9 and -";
}

std::optional<std::string> wrong_job(const std::string& text) {
  if (is_instance(text)) return std::nullopt;
  return "must be up to 32 of a-z, 0-9 and -";
}

}  // namespace

std::vector<host::Setting> nomad_settings() {
  return {
      {.key = "nomad.address",
       .environment = {"TROUPE_NOMAD_ADDRESS", "NOMAD_ADDR"},
       .value = host::text(&NomadSettings::address, "http(s)://host:port", &wrong_address),
       .help = "Nomad's HTTP API; empty: tasks cannot run there"},
      {.key = "nomad.token",
       .environment = {"TROUPE_NOMAD_TOKEN", "NOMAD_TOKEN"},
       .value = host::text(&NomadSettings::token),
       .help = "its ACL token: submit-job, dispatch-job, read-job, read-logs and alloc-lifecycle of the namespace",
       .secret = host::Secret::yes},
      {.key = "nomad.namespace",
       .environment = {"TROUPE_NOMAD_NAMESPACE", "NOMAD_NAMESPACE"},
       .value = host::text(&NomadSettings::name_space),
       .help = "the namespace of all jobs"},
      {.key = "nomad.region",
       .environment = {"TROUPE_NOMAD_REGION", "NOMAD_REGION"},
       .value = host::text(&NomadSettings::region),
       .help = "the region; empty: the server's own"},
      {.key = "nomad.ca_file",
       .environment = {"TROUPE_NOMAD_CA_FILE", "NOMAD_CACERT"},
       .value = host::text(&NomadSettings::ca_file),
       .help = "PEM certificates that Nomad's is checked with; empty: the system's"},
      {.key = "nomad.job",
       .value = host::text(&NomadSettings::job, "up to 32 of a-z, 0-9 and -", &wrong_job),
       .help = "what the names of all jobs begin with"},
      {.key = "nomad.instance",
       .value = host::text(&NomadSettings::instance, "up to 32 of a-z, 0-9 and -", &wrong_instance),
       .help = "whose jobs they are, where several installations share a Nomad; empty: the id in the data folder"},
      {.key = "nomad.start_s",
       .value = host::number(&NomadSettings::start_s, {.least = 5, .most = 3'600, .unit = "seconds"}),
       .help = "from the order to the running task, pulling of its image included"},
  };
}

void review_nomad(const host::Settings& settings, host::Review& review) {
  const auto& nomad = settings.of<NomadSettings>();
  if (!is_in_clear(nomad.address)) return;
  review.problems.push_back(
      {.fatal = false,
       .where = "nomad.address",
       .message = "is spoken to without TLS: who hears it can read the token and the secrets of tasks; use https://"});
}

}  // namespace troupe::runtime::nomad
