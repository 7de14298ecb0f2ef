#include "app/sealing_key.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <optional>
#include <string>

#include "base/encoding.h"
#include "base/log.h"
#include "store/columns.h"
#include "store/durable_file.h"

namespace troupe::app {
namespace {

constexpr std::size_t kKeyBytes = 32;
/// A file of another kind under this name is refused by its size, whatever it is.
constexpr std::size_t kMostFileBytes = 4'096;
/// Sealed and stored by the first start: whoever can open it has the database's key.
constexpr std::string_view kPlain = "troupe";

constexpr std::string_view kFindSealed = "SELECT value FROM app_setting WHERE name = 'sealed'";

struct Seen {
  std::optional<std::string> sealed;  ///< what the first start sealed
  bool holds_secrets = false;
};

Result<Seen> look(store::Database& db, std::span<const std::string_view> sealed_queries) {
  Seen seen;
  TRY(db.read_now([&](store::Connection& connection) -> Result<Unit> {
    seen = {.sealed = store::value<std::string>(connection.query(kFindSealed))};
    for (const auto query : sealed_queries) seen.holds_secrets |= store::any(connection.query(query));
    return Unit{};
  }));
  return seen;
}

std::string what_is_wrong(const std::filesystem::path& file, const std::optional<std::string>& raw) {
  if (!raw) return fmt::format("{} is missing", file.string());
  return fmt::format("{} holds {} bytes, and a key has {}", file.string(), raw->size(), kKeyBytes);
}

Error damaged(const std::filesystem::path& file, const std::optional<std::string>& raw) {
  return Error(Errc::conflict,
               fmt::format("{}: the credentials in the database are sealed with it. Copy secret.key from a backup, or "
                           "from the data folder of another process of this server, to {} (mode 0600, owned by this "
                           "user), and start again. Without it the bots' passwords and keys cannot be read any more.",
                           what_is_wrong(file, raw), file.string()));
}

Result<std::string> make_key(const std::filesystem::path& file, const std::optional<std::string>& leftover) {
  if (leftover) {
    base::log_warning("app", "An earlier start was interrupted while it made the sealing key; it is made again.",
                      {{"file", file.string()}});
  }
  auto raw = base::random_bytes(kKeyBytes);
  TRY(store::write_durably(file, raw));
  return raw;
}

/// A key that other users of this machine may read is theirs, too: an older file, or one that was copied without care.
void close_to_others(const std::filesystem::path& file) {
  using std::filesystem::perms;
  std::error_code failed;
  const auto mode = std::filesystem::status(file, failed).permissions();
  if (failed || (mode & (perms::group_all | perms::others_all)) == perms::none) return;
  // Of another user, by whose group this one reads it: closed, that user's server could not read it either.
  struct stat owner{};
  if (::stat(file.c_str(), &owner) == 0 && owner.st_uid != ::geteuid()) {
    if ((mode & perms::others_all) == perms::none) return;
    base::log_warning(
        "app",
        "Every user of this machine may open the sealing key, and it belongs to another user than the one "
        "that Troupe runs as: its owner should take that away (chmod o= and a group for both).",
        {{"file", file.string()}});
    return;
  }
  std::filesystem::permissions(file, perms::owner_read | perms::owner_write, failed);
  if (failed) {
    base::log_warning("app",
                      "Other users of this machine may open the sealing key, and Troupe cannot close it to them: give "
                      "the file to the user that Troupe runs as, with mode 0600.",
                      {{"file", file.string()}, {"reason", failed.message()}});
    return;
  }
  base::log_warning("app",
                    "Other users of this machine could open the sealing key; its mode is 0600 now. Whoever read it can "
                    "open what a copy of the database holds.",
                    {{"file", file.string()}});
}

/// Notes in the database what this key seals, unless another key was noted before.
Result<Unit> agree(store::Database& db, const base::SealingKey& key, const std::filesystem::path& file) {
  const auto bytes_sealed = key.seal(kPlain);
  const auto sealed = base::base64(base::as_bytes(bytes_sealed));
  std::string stored;
  TRY(db.write_now([&](store::Tx& tx) -> Result<Unit> {
    tx.run("INSERT INTO app_setting (name, value) VALUES ('sealed', ?1) ON CONFLICT (name) DO NOTHING", sealed);
    stored = store::value<std::string>(tx.query(kFindSealed)).value_or("");
    return Unit{};
  }));
  const auto bytes = base::base64_decode(stored);
  if (auto opened = key.open(bytes.value_or("")); opened && *opened == kPlain) return Unit{};
  return Error(Errc::conflict, fmt::format("{} is not the key that this database's secrets are sealed with. Copy "
                                           "secret.key from the data folder of the server's first process, or from a "
                                           "backup of this one.",
                                           file.string()));
}

}  // namespace

Result<base::SealingKey> load_sealing_key(const std::filesystem::path& file, store::Database& db,
                                          std::span<const std::string_view> sealed_queries) {
  TRY(auto raw, store::read_whole(file, kMostFileBytes));
  if (!raw || raw->size() != kKeyBytes) {
    TRY(const auto seen, look(db, sealed_queries));
    // A file that is too long was never ours in the making.
    if (seen.sealed || seen.holds_secrets || (raw && raw->size() > kKeyBytes)) return damaged(file, raw);
    TRY(raw, make_key(file, raw));
  }
  close_to_others(file);
  TRY(auto key, base::SealingKey::from_raw(*std::move(raw)));
  TRY(agree(db, key, file));
  return key;
}

}  // namespace troupe::app
