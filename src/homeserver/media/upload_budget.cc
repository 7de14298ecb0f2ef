#include "homeserver/media/upload_budget.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace troupe::homeserver::media {
namespace {

Error too_many(std::string_view message) {
  return Error(Errc::limit_exceeded, std::string(message)).with_retry_after(std::chrono::seconds(5));
}
constexpr std::string_view kOne = "Finish your other uploads first.";
constexpr std::string_view kAll = "Too much is being uploaded at this moment; try again shortly.";

}  // namespace

UploadBudget::Share::~Share() {
  if (budget_) budget_->give_back(owner_, bytes_);
}

Result<Unit> UploadBudget::Share::grow(std::uint64_t bytes) {
  TRY(budget_->grow(owner_, limits_, bytes));
  bytes_ += bytes;
  return Unit{};
}

Result<UploadBudget::Share> UploadBudget::begin(const std::string& owner, Limits limits) {
  const base::Lock lock(mutex_);
  const auto known = owners_.find(owner);
  if (!owner.empty() && known != owners_.end() && known->second.files >= kMaxFilesOfOne) return too_many(kOne);
  if (all_.files >= kMaxFiles) return too_many(kAll);
  ++all_.files;
  ++owners_[owner].files;
  return Share(*this, owner, limits);
}

Result<Unit> UploadBudget::grow(const std::string& owner, const Limits& limits, std::uint64_t bytes) {
  const base::Lock lock(mutex_);
  auto& own = owners_[owner];
  const auto most = std::max(limits.bytes, limits.one_file);
  const auto most_of_one = owner.empty() ? most : std::max(limits.bytes / 2, limits.one_file);
  if (own.bytes + bytes > most_of_one) return too_many(kOne);
  if (all_.bytes + bytes > most) return too_many(kAll);
  own.bytes += bytes;
  all_.bytes += bytes;
  return Unit{};
}

void UploadBudget::give_back(const std::string& owner, std::uint64_t bytes) {
  const base::Lock lock(mutex_);
  --all_.files;
  all_.bytes -= bytes;
  const auto own = owners_.find(owner);
  own->second.bytes -= bytes;
  if (--own->second.files == 0) owners_.erase(own);
}

}  // namespace troupe::homeserver::media
