#include "assistant/dialogue/lessons.h"

namespace troupe::assistant::dialogue {
namespace {

constexpr std::size_t kMostTenants = 256;
constexpr auto kMost = static_cast<std::int64_t>(router::Choices::kMost);

}  // namespace

Taught::Taught(std::shared_ptr<const services::Offer> of, std::vector<Lesson> all)
    : offer(std::move(of)), lessons(std::move(all)), choices(offer->router()) {
  for (const auto& each : lessons) choices.add({.id = each.id, .text = each.text, .service = each.service});
}

Task<std::vector<Lesson>> Lessons::list(std::int64_t tenant_id) {
  auto look = [&](store::Connection& c) -> Result<std::vector<Lesson>> {
    return lessons_store::all(c, tenant_id, kMost);
  };
  co_return co_await db_.read(look);
}

Task<std::shared_ptr<const Taught>> Lessons::of(std::int64_t tenant_id, std::shared_ptr<const services::Offer> offer) {
  // Read anew each time: another process may have learned.
  CO_TRY(auto lessons, co_await list(tenant_id));
  {
    const base::Lock lock(mutex_);
    const auto known = made_.find(tenant_id);
    if (known != made_.end() && known->second->offer == offer && known->second->lessons == lessons) {
      co_return known->second;
    }
  }
  auto made = std::make_shared<const Taught>(std::move(offer), std::move(lessons));
  const base::Lock lock(mutex_);
  if (made_.size() >= kMostTenants) made_.clear();
  made_[tenant_id] = made;
  co_return made;
}

Task<Unit> Lessons::add(tasks::Who who, std::string id, std::string text, std::string service) {
  const Lesson lesson{.id = std::move(id),
                      .text = tasks::cut(secrets_.redactor(who.tenant_id)->text(text), kMostTextBytes),
                      .service = std::move(service),
                      .chosen_by = who.principal_id,
                      .created_ms = clock_.unix_ms()};
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    lessons_store::put(tx, who.tenant_id, lesson, kMost);
    return Unit{};
  };
  co_return co_await db_.write(write);
}

Task<Unit> Lessons::remove(tasks::Who who, std::string id, store::AlsoWrite also) {
  if (tasks::storable(id) != id) co_return Error(Errc::not_found, "There is no such choice.");
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    const auto chosen_by = lessons_store::chosen_by(tx, who.tenant_id, id);
    const bool may = chosen_by && (who.administrator || *chosen_by == who.principal_id);
    if (!may || !lessons_store::remove(tx, who.tenant_id, id))
      return Error(Errc::not_found, "There is no such choice.");
    if (also) also(tx);
    return Unit{};
  };
  co_return co_await db_.write(write);
}

Task<Unit> Lessons::remove_of(tasks::Who who, std::string conversation_id) {
  if (tasks::storable(conversation_id) != conversation_id) co_return Unit{};
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    lessons_store::remove_of(tx, who.tenant_id, who.principal_id, conversation_id);
    return Unit{};
  };
  co_return co_await db_.write(write);
}

}  // namespace troupe::assistant::dialogue
