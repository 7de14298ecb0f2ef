#include "app/own_doctor.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/timex.h>
#include <unistd.h>

#include "net/tls/certificate.h"
#include "store/durable_file.h"
#include "store/inspection.h"

namespace troupe::app {
namespace {

using host::Examination;
using host::Finding;

/// Less than this is a warning; /health has its own, smaller bound.
constexpr std::uint64_t kFewFreeBytes = 1ULL << 30;
constexpr std::uint64_t kFewFreePart = 20;
constexpr std::int64_t kRenewWithinS = 21 * 86'400;
/// The data folder's files are not from the future by more than this, unless the clock was turned back.
constexpr std::chrono::minutes kClockSlack{10};

/// "12 GiB".
std::string size_words(std::uint64_t bytes) {
  constexpr const char* kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  for (; bytes >= 10'240 && unit + 1 < std::size(kUnits); ++unit) bytes >>= 10;
  return fmt::format("{} {}", bytes, kUnits[unit]);
}

Finding examine_folder(const Examination& e) {
  std::error_code failed;
  const auto& folder = e.settings.data_dir;
  if (!std::filesystem::is_directory(folder, failed)) {
    return host::trouble("there is no data folder " + folder.string(), "give --data DIR, or run `troupe init`");
  }
  if (::access(folder.c_str(), R_OK | W_OK | X_OK) != 0) {
    return host::trouble("the data folder " + folder.string() + " cannot be written by this user",
                         "run this command, and the server, as the folder's owner");
  }
  return host::examine_mode(folder, "the data folder");
}

Finding examine_disk(const Examination& e) {
  const auto space = store::disk_space(e.settings.data_dir);
  if (!space) return host::trouble(space.error().message(), "give --data DIR with a folder that can be read");
  auto says = fmt::format("{} of {} are free where {} lies", size_words(space->free_bytes),
                          size_words(space->total_bytes), e.settings.data_dir.string());
  if (space->free_bytes >= std::min(kFewFreeBytes, space->total_bytes / kFewFreePart)) return host::ok(std::move(says));
  return host::trouble(std::move(says), "make room: with a full disk nothing can be written");
}

/// What lies in the middle of the file is met by nobody for months, and then by one person's first sync.
Finding examine_pages(const Examination& e) {
  if (!e.settings.database_url.empty()) return host::ok("the database is PostgreSQL's: its pages are not looked at");
  const auto file = e.settings.data_dir / "troupe.db";
  const auto checked = store::check_pages(file);
  if (!checked) return host::trouble(checked.error().message(), "run this command as the folder's owner");
  if (!checked->damage.empty())
    return host::trouble("the database is damaged: " + checked->damage,
                         "stop the server, keep a copy of the folder, restore a backup, and look after the disk");
  return host::ok(checked->complete ? "the pages of the database fit together"
                                    : "the database is large: no damage in the part that was looked at");
}

/// The kernel knows whether something keeps the time right; the files know the last time it was.
Finding examine_clock(const Examination& e) {
  std::error_code failed;
  const auto written = std::filesystem::last_write_time(e.settings.data_dir / "instance", failed);
  if (!failed && written > std::filesystem::file_time_type::clock::now() + kClockSlack) {
    return host::trouble("the clock is behind the time at which this data folder was made",
                         "set the clock: tokens, history and schedules go by it");
  }
  timex state{};
  if (::adjtimex(&state) == TIME_ERROR || (state.status & STA_UNSYNC) != 0) {
    return host::warning("nothing keeps the machine's clock right",
                         "run a time service (systemd-timesyncd, chrony): schedules and expiries go by the clock");
  }
  return host::ok("the clock is kept right");
}

Finding examine_key(const Examination& e) {
  const auto file = e.settings.data_dir / "secret.key";
  std::error_code failed;
  if (!std::filesystem::exists(file, failed) && std::filesystem::exists(e.settings.data_dir / "troupe.db", failed)) {
    return host::trouble("the sealing key " + file.string() + " is missing: stored credentials cannot be opened",
                         "put it back from a backup, or find out who moved it");
  }
  return host::examine_mode(file, "the sealing key");
}

Finding examine_socket(const Examination& e) {
  if (!e.server_runs) return host::ok("no server runs on this data folder");
  return host::examine_mode(e.settings.data_dir / "run" / "troupe.sock", "the command line's socket");
}

Finding examine_user(const Examination&) {
  if (::geteuid() != 0) return host::ok("this is not root");
  return host::warning("this is root: whoever breaks into a server that runs as root owns the machine",
                       "give Troupe a user of its own");
}

Finding examine_certificate(const Examination& e) {
  const auto& settings = e.settings;
  if (settings.tls_certificate.empty()) return host::ok("TLS is not set up in Troupe itself");
  const auto mode = host::examine_mode(settings.tls_key, "the private key");
  if (mode.level != Finding::Level::ok) return mode;
  const auto end = net::tls::certificate_end(settings.tls_certificate);
  if (!end) return host::trouble(end.error().message(), "set tls.certificate to a PEM file with the chain");
  const auto now_s = e.clock.unix_ms() / 1000;
  auto says = fmt::format("the certificate ends on {:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(*end)));
  if (*end <= now_s) return host::trouble(std::move(says) + ", which is past", "renew it and start the server again");
  if (*end - now_s < kRenewWithinS) return host::warning(std::move(says), "renew it");
  return host::ok(std::move(says));
}

Result<std::vector<host::BackupItem>> list_ledger(const host::Settings& settings) {
  const auto file = settings.data_dir / "troupe.db";
  TRY(const auto found, store::inspect_database(file, settings.database_url));
  const bool here = settings.database_url.empty();
  return std::vector<host::BackupItem>{{.name = here ? file.string() : "all tables in database.url",
                                        .files = here && found.bytes > 0 ? 1ULL : 0ULL,
                                        .bytes = found.bytes}};
}

}  // namespace

std::vector<host::DoctorCheck> own_checks() {
  return {{.name = "data folder", .run = examine_folder}, {.name = "disk", .run = examine_disk},
          {.name = "pages", .run = examine_pages},        {.name = "sealing key", .run = examine_key},
          {.name = "socket", .run = examine_socket},      {.name = "user", .run = examine_user},
          {.name = "clock", .run = examine_clock},        {.name = "certificate", .run = examine_certificate}};
}

std::vector<host::BackupStep> own_backup() {
  return {{.name = "ledger", .help = "all tables of all modules", .list = list_ledger},
          host::backup_of_files("keys", "the sealing key, and the folder's own name",
                                [](const host::Settings& s) -> std::vector<std::filesystem::path> {
                                  return {s.data_dir / "secret.key", s.data_dir / "instance"};
                                })};
}

}  // namespace troupe::app
