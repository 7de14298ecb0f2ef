#include "homeserver/appservice_feed/ephemeral_buffer.h"

#include "matrix/json.h"

namespace troupe::homeserver::appservice_feed {
namespace {

matrix::JsonObject json_of(const matrix::TypingEdu& edu) {
  return {{"type", "m.typing"},
          {"room_id", edu.room_id},
          {"content", {{"user_ids", boost::json::value_from(edu.user_ids)}}}};
}

matrix::JsonObject json_of(const matrix::ReceiptEdu& edu) {
  matrix::JsonObject receipt{{"ts", edu.ts_ms}};
  if (!edu.thread_id.empty()) receipt["thread_id"] = edu.thread_id;
  matrix::JsonObject readers;
  readers[edu.user_id] = std::move(receipt);
  matrix::JsonObject content;
  content[edu.event_id] = {{"m.read", std::move(readers)}};
  return {{"type", "m.receipt"}, {"room_id", edu.room_id}, {"content", std::move(content)}};
}

matrix::JsonObject json_of(const matrix::PresenceEdu& edu) {
  matrix::JsonObject content{{"presence", edu.presence}, {"currently_active", edu.presence == "online"}};
  if (!edu.status_msg.empty()) content["status_msg"] = edu.status_msg;
  return {{"type", "m.presence"}, {"sender", edu.user_id}, {"content", std::move(content)}};
}

}  // namespace

void EphemeralBuffer::add(matrix::Edu edu) {
  const base::Lock lock(mutex_);
  if (entries_.size() >= kMax) entries_.pop_front();
  entries_.push_back({clock_.steady(), std::move(edu)});
}

std::vector<matrix::Edu> EphemeralBuffer::take() {
  std::deque<Entry> entries;
  {
    const base::Lock lock(mutex_);
    entries.swap(entries_);
  }
  const auto oldest = clock_.steady() - kLife;
  std::vector<matrix::Edu> fresh;
  for (auto& entry : entries)
    if (entry.at >= oldest) fresh.push_back(std::move(entry.edu));
  return fresh;
}

std::string edu_json(const matrix::Edu& edu) {
  return boost::json::serialize(std::visit([](const auto& its) { return json_of(its); }, edu));
}

}  // namespace troupe::homeserver::appservice_feed
