// Files in memory.
#pragma once
#include <map>
#include <optional>

#include "base/mutex.h"
#include "kit/fake_homeserver/elsewhere.h"
#include "matrix/media_repository.h"

namespace troupe::kit {

class FakeMedia : public matrix::MediaRepository {
 public:
  /// Yields the file's address.
  std::string add_media(matrix::Media file) {
    const base::Lock lock(mutex_);
    auto mxc = "mxc://" + kServerName + "/media" + std::to_string(files_.size() + 1);
    files_[mxc] = std::move(file);
    return mxc;
  }
  std::optional<matrix::Media> media(const std::string& mxc) const {
    const base::Lock lock(mutex_);
    auto found = files_.find(mxc);
    return found == files_.end() ? std::nullopt : std::optional(found->second);
  }

  Task<matrix::Media> download(std::string mxc, std::size_t max_bytes) override {
    co_await elsewhere();
    if (!mxc.starts_with("mxc://")) co_return Error(Errc::invalid_param, "Not the address of a file.");
    auto found = media(mxc);
    if (!found) co_return Error(Errc::not_found, "There is no such file on this server.");
    if (found->bytes.size() > max_bytes) co_return Error(Errc::too_large, "The file is too large.");
    co_return *std::move(found);
  }
  Task<std::string> upload(std::string, matrix::Media file) override {
    co_await elsewhere();
    co_return add_media(std::move(file));
  }

 private:
  mutable base::Mutex mutex_;
  std::map<std::string, matrix::Media> files_ GUARDED_BY(mutex_);
};

}  // namespace troupe::kit
