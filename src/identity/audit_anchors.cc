#include "identity/audit_anchors.h"

#include <ranges>

#include "base/log.h"
#include "store/in_pieces.h"

namespace troupe::identity {
namespace {

constexpr std::int64_t kTenantsAtOnce = 100, kMostAnchors = 10'000, kMostShown = 100;
constexpr std::chrono::minutes kAfterFailure{5};
constexpr int kRoundsUntilTrouble = 3;

/// The wrong ones, and the newest.
void shorten(ChainReport& report) {
  report.anchors_total = std::ssize(report.anchors);
  std::vector<Anchored> shown;
  std::int64_t wrong = 0;
  const auto newest_from = report.anchors_total - kMostShown;
  for (std::int64_t i = 0; i < report.anchors_total; ++i) {
    auto& each = report.anchors[static_cast<std::size_t>(i)];
    const bool is_wrong = each.state == AnchorState::contradicts || each.state == AnchorState::unproven;
    if (i >= newest_from || (is_wrong && wrong++ < kMostShown)) shown.push_back(std::move(each));
  }
  report.anchors = std::move(shown);
}

base::UnixMs milliseconds(std::chrono::minutes time) { return std::chrono::milliseconds(time).count(); }

}  // namespace

bool AuditAnchors::may_try(const anchors::Place& place) const {
  const base::Lock lock(mutex_);
  const auto found = failing_.find(place.kind());
  return found == failing_.end() || uses_.clock.steady() >= found->second.again;
}

void AuditAnchors::note(const anchors::Place& place, const Error* failed) {
  const auto now = uses_.clock.unix_ms();
  if (failed != nullptr) {
    base::log_warning("identity", "the audit log's head could not be anchored",
                      {{"place", place.where()}, {"reason", failed->message()}});
  }
  const base::Lock lock(mutex_);
  if (failed == nullptr) {
    failing_.erase(std::string(place.kind()));
    return;
  }
  auto& failing = failing_[std::string(place.kind())];
  if (failing.since_ms == 0) failing.since_ms = now;
  failing.again = uses_.clock.steady() + kAfterFailure;
  failing.why = failed->message();
}

base::UnixMs AuditAnchors::trouble_after_ms() const { return kRoundsUntilTrouble * milliseconds(rules_.every); }

std::optional<std::string> AuditAnchors::trouble() const {
  const auto now = uses_.clock.unix_ms();
  const base::Lock lock(mutex_);
  for (const auto& [kind, failing] : failing_) {
    if (now - failing.since_ms >= trouble_after_ms())
      return "the audit log has not been anchored (" + kind + "): " + failing.why;
  }
  return std::nullopt;
}

Task<Unit> AuditAnchors::anchor(anchors::Place& place, anchors::Head head) {
  const auto now = uses_.clock.unix_ms();
  CO_TRY(auto proof, co_await place.put(head));
  const anchor_store::Kept kept{.anchor = {.kind = std::string(place.kind()),
                                           .place = place.where(),
                                           .head = head.hash,
                                           .last_id = head.last_id,
                                           .record_ms = head.record_ms,
                                           .at_ms = now},
                                .tenant_id = head.tenant_id,
                                .proof = std::move(proof)};
  const auto write = [&kept](store::Tx& tx) -> Result<Unit> {
    anchor_store::insert(tx, kept);
    return Unit{};
  };
  co_return co_await uses_.db.write(write);
}

Task<Unit> AuditAnchors::run_at(anchors::Place& place) {
  const auto now = uses_.clock.unix_ms();
  const anchor_store::Young young{.since = now - milliseconds(rules_.every), .until = now + milliseconds(rules_.every)};
  for (std::int64_t after = 0;;) {
    const auto look = [&](store::Connection& c) -> Result<std::vector<anchors::Head>> {
      return anchor_store::due(c, place.kind(), young, after, kTenantsAtOnce);
    };
    CO_TRY(const auto due, co_await uses_.db.read(look));
    for (const auto& head : due) {
      CO_TRY(co_await anchor(place, head));
    }
    if (std::ssize(due) < kTenantsAtOnce) co_return Unit{};
    after = due.back().tenant_id;
  }
}

Task<Unit> AuditAnchors::run() {
  for (const auto& place : places_) {
    if (!may_try(*place)) continue;
    const auto done = co_await run_at(*place);
    note(*place, done ? nullptr : &done.error());
  }
  co_return Unit{};
}

Task<Unit> AuditAnchors::sweep(base::UnixMs now) {
  if (rules_.keep_days <= 0) co_return Unit{};
  const auto before = now - milliseconds(std::chrono::days(rules_.keep_days));
  co_return co_await store::write_in_pieces(uses_.db,
                                            [before](store::Tx& tx) { return anchor_store::delete_gone(tx, before); });
}

void AuditAnchors::doubt_gone(ChainReport& report) const {
  // The clock that records age by may be some time behind.
  const auto kept_from =
      rules_.keep_days <= 0 ? 1 : uses_.clock.unix_ms() - milliseconds(std::chrono::days(rules_.keep_days - 1));
  for (auto& found : report.anchors) {
    if (found.state != AnchorState::gone || found.record_ms < kept_from) continue;
    found.state = AnchorState::contradicts;
    found.problem = "record " + std::to_string(found.last_id) + " is not there, although it is young enough to be kept";
    if (report.problem.empty())
      report.problem = "the log is another one than was written down elsewhere: " + found.problem;
  }
}

Task<Unit> AuditAnchors::ask(anchors::Place& place, std::int64_t tenant_id, ChainReport& report) {
  auto left = place.most_checked();
  for (auto& found : report.anchors | std::views::reverse) {
    if (found.kind != place.kind() || found.state != AnchorState::matches) continue;
    if (left-- == 0) break;
    const auto look = [&](store::Connection& c) -> Result<std::string> {
      return anchor_store::proof(c, tenant_id, found.id);
    };
    CO_TRY(auto proof, co_await uses_.db.read(look));
    const anchors::Head head{.tenant_id = tenant_id, .last_id = found.last_id, .hash = found.head};
    const auto proven = co_await place.check(head, std::move(proof));
    if (proven) {
      found.state = AnchorState::proven;
      found.proven_ms = *proven;
      continue;
    }
    found.problem = proven.error().message();
    if (proven.error().code() != Errc::forbidden) break;  // nobody answers there: the others are not asked
    found.state = AnchorState::unproven;
    if (report.problem.empty())
      report.problem = "what is kept of an anchor of record " + std::to_string(found.last_id) +
                       " does not prove it: " + found.problem;
  }
  co_return Unit{};
}

Task<ChainReport> AuditAnchors::verify(std::int64_t tenant_id, std::string wanted) {
  const auto look = [tenant_id](store::Connection& c) -> Result<std::vector<Anchored>> {
    return anchor_store::newest(c, tenant_id, kMostAnchors);
  };
  CO_TRY(auto anchored, co_await uses_.db.read(look));
  CO_TRY(auto report, co_await uses_.audit.verify(tenant_id, std::move(wanted), std::move(anchored)));
  doubt_gone(report);
  for (const auto& place : places_) {
    CO_TRY(co_await ask(*place, tenant_id, report));
  }
  shorten(report);
  co_return report;
}

PlaceStanding AuditAnchors::tries_at(const anchors::Place& place) const {
  PlaceStanding standing{.kind = std::string(place.kind()), .place = place.where()};
  const base::Lock lock(mutex_);
  if (const auto found = failing_.find(place.kind()); found != failing_.end()) {
    standing.failing_ms = found->second.since_ms;
    standing.problem = found->second.why;
  }
  return standing;
}

Task<AnchorStanding> AuditAnchors::standing(std::int64_t tenant_id) {
  AnchorStanding all{.every = rules_.every};
  for (const auto& place : places_) all.places.push_back(tries_at(*place));
  const auto look = [&](store::Connection& c) -> Result<Unit> {
    for (auto& each : all.places) {
      each.newest = anchor_store::last_of(c, tenant_id, each.kind);
      each.waiting_ms = anchor_store::oldest_behind(c, tenant_id, each.newest ? each.newest->last_id : 0);
    }
    return Unit{};
  };
  CO_TRY(co_await uses_.db.read(look));
  const auto too_old = uses_.clock.unix_ms() - trouble_after_ms();
  for (auto& each : all.places) {
    const auto passed = [too_old](base::UnixMs since) { return since != 0 && since <= too_old; };
    each.late = passed(each.failing_ms) || passed(each.waiting_ms);
  }
  co_return all;
}

Task<std::vector<anchor_store::Kept>> AuditAnchors::page(std::int64_t tenant_id, std::int64_t after,
                                                         std::int64_t limit) {
  const auto look = [&](store::Connection& c) -> Result<std::vector<anchor_store::Kept>> {
    return anchor_store::page(c, tenant_id, after, limit);
  };
  co_return co_await uses_.db.read(look);
}

}  // namespace troupe::identity
