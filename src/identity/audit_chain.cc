#include "identity/audit_chain.h"

#include <fmt/format.h>

#include <limits>

#include "base/crypto.h"
#include "base/json_text.h"

namespace troupe::identity {
namespace {

void add_field(std::string& all, std::string_view field) {
  base::append_number(all, static_cast<std::int64_t>(field.size()));
  all += ':';
  all += field;
  all += ',';
}

void add_field(std::string& all, std::int64_t number) {
  std::string digits;
  base::append_number(digits, number);
  add_field(all, digits);
}

}  // namespace

std::string link_hash(std::string_view before, const AuditLine& line) {
  std::string all;
  constexpr std::size_t kNumbersAndLengths = 160;
  all.reserve(before.size() + line.actor.size() + line.kind.size() + line.action.size() + line.target.size() +
              line.detail.size() + line.request_id.size() + kNumbersAndLengths);
  add_field(all, before);
  for (auto number : {line.id, line.tenant_id, line.at_ms, line.actor_id}) add_field(all, number);
  for (const auto* text : {&line.actor, &line.kind, &line.action, &line.target, &line.detail, &line.request_id}) {
    add_field(all, *text);
  }
  return base::hex(base::sha256(all));
}

ChainWalk::ChainWalk(AuditChain chain, std::string wanted, std::vector<Anchored> anchors)
    : chain_(std::move(chain)), wanted_(std::move(wanted)) {
  report_.head = chain_.base;
  report_.anchors = std::move(anchors);
  if (wanted_ == chain_.base) report_.found_id = chain_.base_id;
  for (; met_ < report_.anchors.size() && report_.anchors[met_].last_id < chain_.base_id; ++met_)
    report_.anchors[met_].state = AnchorState::gone;
  meet(chain_.base_id, chain_.base);
}

void ChainWalk::meet(std::int64_t id, std::string_view hash) {
  for (; met_ < report_.anchors.size() && report_.anchors[met_].last_id <= id; ++met_) {
    auto& anchor = report_.anchors[met_];
    const bool same = anchor.last_id == id && anchor.head == hash;
    anchor.state = same ? AnchorState::matches : AnchorState::contradicts;
    if (same) continue;
    anchor.problem = fmt::format("record {} is not the one whose hash was written down", anchor.last_id);
  }
}

bool ChainWalk::broken(std::int64_t id, std::string problem) {
  report_.broken_id = id;
  report_.problem = std::move(problem);
  return false;
}

bool ChainWalk::step(const AuditLine& line) {
  if (line.id <= chain_.base_id) {
    // What went took its hash along; those that were never of the chain have none.
    if (!line.hash.empty())
      return broken(line.id, fmt::format("record {} is of the chain, and stands before its beginning", line.id));
    ++report_.unchained;
    return true;
  }
  if (line.hash.empty()) return broken(line.id, fmt::format("record {} has no hash", line.id));
  if (link_hash(report_.head, line) != line.hash) {
    return broken(line.id,
                  fmt::format("record {} does not continue the one before it: it, or one before it, was changed, "
                              "removed or put in",
                              line.id));
  }
  report_.head = line.hash;
  ++report_.checked;
  meet(line.id, line.hash);
  if (line.hash == wanted_) report_.found_id = line.id;
  return true;
}

ChainReport ChainWalk::finish() && {
  if (report_.problem.empty() && report_.head != chain_.head) {
    broken(0, fmt::format("the records end before number {}, the newest", chain_.last_id));
  }
  if (report_.problem.empty() && !wanted_.empty() && !report_.found_id) {
    report_.problem = "no record that is kept has the hash that was asked for";
  }
  if (report_.problem.empty()) meet(std::numeric_limits<std::int64_t>::max(), {});
  for (const auto& anchor : report_.anchors) {
    if (!report_.problem.empty()) break;
    if (anchor.state == AnchorState::contradicts)
      report_.problem = fmt::format("the log is another one than was written down elsewhere: {}", anchor.problem);
  }
  return std::move(report_);
}

}  // namespace troupe::identity
