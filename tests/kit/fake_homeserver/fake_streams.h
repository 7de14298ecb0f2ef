// Streams in memory: what each was told.
#pragma once
#include <atomic>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "matrix/event_streams.h"

namespace troupe::kit {

/// There are none until offer_streams(), as on another homeserver.
class FakeStreams : public matrix::EventStreams {
 public:
  struct Told {
    std::string event_id;  ///< empty: before the message was sent
    std::string text;
  };
  void offer_streams(bool others_watch) {
    log_->others_watch = others_watch;
    log_->offered = true;
  }
  /// All updates, in order.
  std::vector<Told> streamed() const {
    const base::Lock lock(log_->mutex);
    return log_->told;
  }
  int open_streams() const { return log_->open; }

  std::unique_ptr<matrix::EventStream> open_stream(std::string, std::string) override {
    if (!log_->offered) return nullptr;
    return std::make_unique<Stream>(log_);
  }
  bool are_followed(std::string_view) const override { return log_->offered && !log_->others_watch; }

 private:
  struct Log {
    mutable base::Mutex mutex;
    std::vector<Told> told GUARDED_BY(mutex);
    std::atomic<bool> offered = false;
    std::atomic<bool> others_watch = true;
    std::atomic<int> open = 0;
  };
  class Stream final : public matrix::EventStream {
   public:
    explicit Stream(std::shared_ptr<Log> log) : log_(std::move(log)) { ++log_->open; }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    ~Stream() override { --log_->open; }
    void describe(matrix::JsonObject& content) override { content["m.stream"] = {{"device_id", "FAKE"}}; }
    void placed(std::string event_id, StreamPos) override { event_id_ = std::move(event_id); }
    void update(std::string_view text) override {
      const base::Lock lock(log_->mutex);
      log_->told.push_back({.event_id = event_id_, .text = std::string(text)});
    }
    bool others_watch() const override { return log_->others_watch; }

   private:
    std::shared_ptr<Log> log_;
    std::string event_id_;
  };
  std::shared_ptr<Log> log_ = std::make_shared<Log>();
};

}  // namespace troupe::kit
