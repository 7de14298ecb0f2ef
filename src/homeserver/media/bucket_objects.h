// Other modules' files in the bucket of media, beside it: <prefix>recordings/…
#pragma once
#include "homeserver/media/bucket_owner.h"
#include "homeserver/s3/bucket.h"
#include "host/object_store.h"

namespace troupe::homeserver::media {

class BucketObjects final : public host::ObjectStore {
 public:
  struct Parts {
    s3::Bucket& bucket;
    BucketOwner& owner;
    std::string prefix{};  ///< of every key; empty, or ends with '/'
  };
  explicit BucketObjects(Parts parts) : parts_(std::move(parts)) {}

  Task<Unit> put(std::string name, std::string bytes) override;
  Task<std::string> get(std::string name, std::size_t most) override;
  Task<Unit> remove(std::string name) override;
  Task<Page> list(std::string begin, std::string from) override;

 private:
  Parts parts_;
};

}  // namespace troupe::homeserver::media
