#include "homeserver/media/bucket_objects.h"

namespace troupe::homeserver::media {

Task<Unit> BucketObjects::put(std::string name, std::string bytes) {
  // Another owner would delete it. Asked here, as the service may have been away at the start.
  if (auto own = co_await parts_.owner.check(); !own) {
    co_return Error(Errc::unavailable, "Files cannot be stored at the moment.", own.error().message());
  }
  co_return co_await parts_.bucket.put(parts_.prefix + name, std::move(bytes));
}

Task<std::string> BucketObjects::get(std::string name, std::size_t most) {
  co_return co_await parts_.bucket.get(parts_.prefix + name, 0, most);
}

Task<Unit> BucketObjects::remove(std::string name) {
  CO_TRY(co_await parts_.owner.check());
  co_return co_await parts_.bucket.remove(parts_.prefix + name);
}

Task<host::ObjectStore::Page> BucketObjects::list(std::string begin, std::string from) {
  const auto whole = parts_.prefix + begin;
  CO_TRY(auto page, co_await parts_.bucket.list(whole, std::move(from)));
  Page found{.next = std::move(page.next)};
  for (const auto& key : page.keys) {
    if (key.starts_with(whole)) found.names.push_back(key.substr(parts_.prefix.size()));
  }
  co_return found;
}

}  // namespace troupe::homeserver::media
