#include "homeserver/media/folder_files.h"

#include "base/on_pool.h"

namespace troupe::homeserver::media {

class FolderFiles::File final : public MediaFile {
 public:
  File(store::BlobReader reader, asio::thread_pool& pool)
      : reader_(std::make_shared<store::BlobReader>(std::move(reader))), pool_(pool) {}
  std::uint64_t bytes() const override { return reader_->bytes(); }
  Task<std::string> read(std::uint64_t offset, std::size_t limit) override {
    auto work = [reader = reader_, offset, limit] { return reader->read(offset, limit); };
    co_return co_await base::on_pool(pool_, std::move(work));
  }
  Task<int> descriptor() override { co_return reader_->descriptor(); }

 private:
  std::shared_ptr<store::BlobReader> reader_;
  asio::thread_pool& pool_;
};

class FolderFiles::Arrival final : public MediaArrival {
 public:
  Arrival(FolderFiles& files, store::BlobUpload upload)
      : files_(files), upload_(std::make_shared<store::BlobUpload>(std::move(upload))) {}

  Task<Unit> write(std::string piece) override {
    auto work = [upload = upload_, piece = std::move(piece)] { return upload->write(piece); };
    co_return co_await base::on_pool(files_.pool_, std::move(work));
  }
  Task<store::Blob> finish() override {
    CO_TRY(const auto pass, co_await files_.syncing_.enter());
    auto work = [upload = upload_] { return upload->finish(); };
    CO_TRY(auto blob, co_await base::on_pool(files_.pool_, std::move(work)));
    sha256_ = blob.sha256;
    co_return blob;
  }
  Task<Unit> settle(bool slow) override {
    // A removal leaves files alone that were written lately.
    if (!slow || co_await files_.open(sha256_)) co_return Unit{};
    co_return Error(Errc::unavailable, "The file was lost on its way: send it again.");
  }

 private:
  FolderFiles& files_;
  std::shared_ptr<store::BlobUpload> upload_;
  std::string sha256_;
};

Task<std::unique_ptr<MediaArrival>> FolderFiles::begin(std::uint64_t limit_bytes) {
  auto work = [this, limit_bytes]() -> Result<std::shared_ptr<store::BlobUpload>> {
    TRY(auto upload, blobs_.begin(limit_bytes));
    return std::make_shared<store::BlobUpload>(std::move(upload));
  };
  CO_TRY(const auto upload, co_await base::on_pool(pool_, std::move(work)));
  co_return std::make_unique<Arrival>(*this, std::move(*upload));
}

Task<std::shared_ptr<MediaFile>> FolderFiles::open(std::string sha256) {
  auto work = [this, sha256 = std::move(sha256)]() -> Result<std::shared_ptr<MediaFile>> {
    TRY(auto reader, blobs_.read(sha256));
    return std::make_shared<File>(std::move(reader), pool_);
  };
  co_return co_await base::on_pool(pool_, std::move(work));
}

Task<bool> FolderFiles::remove_unless_younger(std::string sha256, std::chrono::seconds age) {
  auto work = [this, sha256 = std::move(sha256), age]() -> Result<bool> {
    const auto there = blobs_.read(sha256);
    if (!there && there.error().code() == Errc::not_found) return true;
    return blobs_.remove_unless_younger(sha256, age);
  };
  co_return co_await base::on_pool(pool_, std::move(work));
}

Task<std::vector<std::string>> FolderFiles::list(std::string folder) {
  auto work = [this, folder = std::move(folder)] { return blobs_.list(folder); };
  co_return co_await base::on_pool(pool_, std::move(work));
}

Task<Unit> FolderFiles::sweep_leftovers(std::chrono::seconds age) {
  auto work = [this, age] { return blobs_.sweep_leftovers(age); };
  CO_TRY([[maybe_unused]] const std::size_t swept, co_await base::on_pool(pool_, std::move(work)));
  co_return Unit{};
}

}  // namespace troupe::homeserver::media
