#include "identity/audit_store.h"

#include "base/text.h"
#include "store/in_pieces.h"
#include "store/words.h"

namespace troupe::identity::audit_store {
namespace {

using namespace store::words;

/// A principal, or the program itself: 0, stored as NULL.
struct ActorNumber {
  static void read(store::Rows& rows, std::int64_t& id) { rows >> id; }
  static store::Value write(std::int64_t id) { return id == 0 ? store::Value(nullptr) : store::Value(id); }
};

constexpr auto kRecord = store::columns(
    column("id", &AuditRecord::id), column("tenant_id", &AuditRecord::tenant_id), column("at_ms", &AuditRecord::at_ms),
    column<ActorNumber>("actor_id", &AuditRecord::actor_id), column("actor", &AuditRecord::actor),
    column("action", &AuditRecord::action), column("target", &AuditRecord::target),
    column<store::Json>("detail", &AuditRecord::detail), column("request_id", &AuditRecord::request_id),
    column("kind", &AuditRecord::kind), column("hash", &AuditRecord::hash));
constexpr auto kLine = store::columns(
    column("id", &AuditLine::id), column("tenant_id", &AuditLine::tenant_id), column("at_ms", &AuditLine::at_ms),
    column<ActorNumber>("actor_id", &AuditLine::actor_id), column("actor", &AuditLine::actor),
    column("kind", &AuditLine::kind), column("action", &AuditLine::action), column("target", &AuditLine::target),
    column("detail", &AuditLine::detail), column("request_id", &AuditLine::request_id),
    column("hash", &AuditLine::hash));
constexpr auto kInsert = store::insert("id_audit", kLine);
// strpos-like search that both databases know: replace() changes the text exactly when the part is in it.
constexpr auto kMatching =
    sql(" FROM id_audit WHERE tenant_id = ?1 AND (?2 = '' OR REPLACE(LOWER(actor || ' ' || action || ' ' || target), "
        "?2, '') <> LOWER(actor || ' ' || action || ' ' || target)) AND (?3 = '' OR actor = ?3) "
        "AND (?4 = '' OR action = ?4 OR action LIKE ?5 ESCAPE '\\') AND (?6 = '' OR target = ?6) "
        "AND at_ms >= ?7 AND at_ms < ?8 AND (?9 = '' OR kind = ?9)");
constexpr auto kPage = sql("SELECT ", kRecord, kMatching, " ORDER BY id DESC LIMIT ?11 OFFSET ?10");
constexpr auto kCount = sql("SELECT COUNT(*)", kMatching);

constexpr auto kLines =
    sql("SELECT ", kLine, " FROM id_audit WHERE tenant_id = ?1 AND id > ?2 AND id <= ?3 ORDER BY id LIMIT ?4");

constexpr auto kChain = store::columns(column("head", &AuditChain::head), column("last_id", &AuditChain::last_id),
                                       column("base", &AuditChain::base), column("base_id", &AuditChain::base_id));
constexpr auto kChainOf = sql("SELECT ", kChain, " FROM id_audit_chain WHERE tenant_id = ?1");
/// One statement sees both as one commit left them. Without a chain nothing with a hash may be there.
constexpr std::string_view kOutside =
    "SELECT MIN(a.id) FROM id_audit a LEFT JOIN id_audit_chain c ON c.tenant_id = a.tenant_id "
    "WHERE a.tenant_id = ?1 AND (a.id > c.last_id OR (c.last_id IS NULL AND a.hash <> ''))";
constexpr auto kBeginChain = store::insert("id_audit_chain", kChain, "tenant_id");
/// The number of the newest record of all, and what the tenant's next one continues: NULL where it is the first.
constexpr std::string_view kChainEnd =
    "SELECT n.last, c.head FROM id_counter n LEFT JOIN id_audit_chain c ON c.tenant_id = ?1 WHERE n.name = 'audit'";
constexpr std::string_view kSetNewest = "UPDATE id_counter SET last = ?1 WHERE name = 'audit'";
constexpr std::string_view kSetHead = "UPDATE id_audit_chain SET head = ?2, last_id = ?3 WHERE tenant_id = ?1";
constexpr std::string_view kSetBase = "UPDATE id_audit_chain SET base = ?2, base_id = ?3 WHERE tenant_id = ?1";

/// Where the next record goes.
struct End {
  std::int64_t id = 0;
  std::optional<std::string> head;
};
constexpr auto kEnd = store::columns(column("last", &End::id), column("head", &End::head));

/// What may go of one record.
struct Aged {
  std::int64_t id = 0;
  base::UnixMs at_ms = 0;
  std::string hash;
};
constexpr auto kAged =
    store::columns(column("id", &Aged::id), column("at_ms", &Aged::at_ms), column("hash", &Aged::hash));
constexpr auto kOldest = sql("SELECT ", kAged, " FROM id_audit WHERE tenant_id = ?1 ORDER BY id LIMIT ?2");

/// Only from the beginning, so that what stays is one chain: a record with a later time holds up those behind it.
std::int64_t delete_old_of(store::Tx& tx, std::int64_t tenant_id, base::UnixMs before, std::int64_t most) {
  std::int64_t count = 0;
  Aged last;
  for (auto& oldest : store::all(tx.query(kOldest, tenant_id, most), kAged)) {
    if (oldest.at_ms >= before) break;
    last = std::move(oldest);
    ++count;
  }
  if (count == 0) return 0;
  tx.run("DELETE FROM id_audit WHERE tenant_id = ?1 AND id <= ?2", tenant_id, last.id);
  if (!last.hash.empty()) tx.run(kSetBase, tenant_id, last.hash, last.id);
  return count;
}

}  // namespace

void insert(store::Tx& tx, AuditLine& line) {
  const auto newest = store::one(tx.query(kChainEnd, line.tenant_id), kEnd);
  if (!newest) throw store::SqlError("no counter named audit", false);
  line.id = newest->id + 1;
  line.hash = link_hash(newest->head.value_or(std::string(kChainGenesis)), line);
  tx.run(kSetNewest, line.id);
  store::run_insert(tx, kInsert, kLine, line);
  if (newest->head) {
    tx.run(kSetHead, line.tenant_id, line.hash, line.id);
  } else {
    const AuditChain fresh{.head = line.hash, .last_id = line.id, .base_id = line.id - 1};
    store::run_insert(tx, kBeginChain, kChain, fresh, line.tenant_id);
  }
}

std::int64_t delete_old(store::Tx& tx, base::UnixMs before) {
  constexpr auto kMost = static_cast<std::int64_t>(store::kPiece);
  std::int64_t done = 0;
  std::int64_t tenant_id = 0;
  while (done < kMost) {
    const auto next =
        store::value<std::int64_t>(tx.query("SELECT MIN(tenant_id) FROM id_audit WHERE tenant_id > ?1", tenant_id));
    if (!next) break;
    tenant_id = *next;
    done += delete_old_of(tx, tenant_id, before, kMost - done);
  }
  return done;
}

AuditPage page(store::Connection& c, std::int64_t tenant_id, const AuditQuery& query) {
  const auto search = base::ascii_lower(query.search);
  // "user" finds "user.create", too.
  std::string family;
  for (char ch : query.action) {
    if (ch == '%' || ch == '_' || ch == '\\') family += '\\';
    family += ch;
  }
  family += ".%";
  return {.items = store::all(c.query(kPage, tenant_id, search, query.actor, query.action, family, query.target,
                                      query.since_ms, query.until_ms, query.kind, query.from, query.limit),
                              kRecord),
          .total = store::number(c.query(kCount, tenant_id, search, query.actor, query.action, family, query.target,
                                         query.since_ms, query.until_ms, query.kind))};
}

AuditChain chain(store::Connection& c, std::int64_t tenant_id) {
  return store::one(c.query(kChainOf, tenant_id), kChain).value_or(AuditChain());
}

std::optional<std::int64_t> first_outside(store::Connection& c, std::int64_t tenant_id) {
  return store::value<std::int64_t>(c.query(kOutside, tenant_id));
}

std::int64_t count(store::Connection& c, std::int64_t tenant_id) {
  return store::number(c.query("SELECT COUNT(*) FROM id_audit WHERE tenant_id = ?1", tenant_id));
}

std::vector<AuditLine> lines(store::Connection& c, std::int64_t tenant_id, std::int64_t after, std::int64_t last,
                             std::int64_t limit) {
  return store::all(c.query(kLines, tenant_id, after, last, limit), kLine);
}

}  // namespace troupe::identity::audit_store
