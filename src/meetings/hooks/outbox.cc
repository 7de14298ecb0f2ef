#include "meetings/hooks/outbox.h"

#include <fmt/format.h>

#include "meetings/hooks/webhook_store.h"
#include "meetings/transcripts/vault_of.h"

namespace troupe::meetings::hooks {
namespace {

/// One delivery for each webhook that wants the event; which ones want anything is looked up once.
class Letters {
 public:
  Letters(store::Tx& tx, const Told& told, const transcripts::Vault* vault, base::UnixMs now)
      : tx_(tx),
        told_(told),
        vault_(vault),
        now_(now),
        hooks_(listening_to(tx, told.meeting.tenant_id, told.meeting.owner_id)) {}
  bool nobody() const { return hooks_.empty(); }

  /// `step` tells this event from others of its type of this meeting.
  void add(std::string_view event, std::string_view step, const std::optional<StatusChange>& change,
           const Recording* recording = nullptr) {
    for (const auto& hook : hooks_) {
      if (!hook.wants(event) || !is_told(hook.format, event, change)) continue;
      const auto id = event_id_of(hook.id, told_.meeting.id, fmt::format("{} {}", event, step));
      auto body = hook.format == Format::legacy ? legacy_body(told_, change)
                                                : envelope_body(id, event, told_, change, now_, recording);
      insert_delivery(tx_, {.id = tx_.next_pos(),
                            .webhook = hook.id,
                            .meeting = told_.meeting.id,
                            .event_id = id,
                            .event_type = std::string(event),
                            .body = vault_ ? vault_->seal(body) : std::move(body),
                            .is_sealed = vault_ != nullptr,
                            .begun_ms = now_,
                            .due_ms = now_});
    }
  }

 private:
  /// Vexa 0.6 tells what bots call back, and any end; its successors tell of a failure when it happens.
  bool is_told(Format format, std::string_view event, const std::optional<StatusChange>& change) const {
    if (format == Format::envelope) return event != kCompleted || told_.meeting.life.state == State::completed;
    if (change) return event == kStatusChange && change->to != "requested" && change->to != "stopping";
    return event == kCompleted;
  }

  store::Tx& tx_;
  const Told& told_;
  const transcripts::Vault* vault_;
  base::UnixMs now_;
  std::vector<Webhook> hooks_;
};

}  // namespace

void tell_step(store::Tx& tx, const Happened& happened) {
  const auto& life = happened.meeting.life;
  StatusChange change{.from = {},
                      .to = std::string(vexa_status(life.state, life.phase)),
                      .reason = happened.cause,
                      .source = happened.source,
                      .at_ms = happened.at_ms};
  if (happened.before) change.from = vexa_status(happened.before->state, happened.before->phase);
  if (change.from == change.to) return;
  const Told told{.meeting = happened.meeting, .container = happened.container};
  Letters letters(tx, told, nullptr, happened.at_ms);
  if (letters.nobody()) return;
  // Between two transitions of one attempt a phase is reached once.
  const auto step = fmt::format("{} {} {} {}", happened.meeting.transitions, life.attempts, change.from, change.to);
  letters.add(kStatusChange, step, change);
  if (change.to == "active") letters.add(kStarted, step, change);
  if (change.to == "failed") letters.add(kBotFailed, step, change);
}

void tell_end(store::Tx& tx, const Told& told, const transcripts::Vault* vault, base::UnixMs now) {
  Letters letters(tx, told, vault, now);
  if (letters.nobody()) return;
  if (told.meeting.active_ms) letters.add(kTranscriptReady, "end", std::nullopt);
  for (const auto& recording : told.recordings) {
    letters.add(kRecordingReady, std::to_string(recording.id), std::nullopt, &recording);
  }
  letters.add(kCompleted, "end", std::nullopt);
}

void tell_summary(store::Tx& tx, const Told& told, const transcripts::Vault& vault, base::UnixMs now) {
  Letters letters(tx, told, &vault, now);
  if (!letters.nobody()) letters.add(kSummarized, std::to_string(now), std::nullopt);
}

Result<bool> open_body(store::Connection& c, Delivery& delivery) {
  if (!delivery.is_sealed) return true;
  TRY(const auto vault, transcripts::vault_of(c, delivery.meeting));
  if (!vault) return false;
  TRY(delivery.body, vault->open(delivery.body));
  delivery.is_sealed = false;
  return true;
}

}  // namespace troupe::meetings::hooks
