// A meeting in a real database, and somebody who speaks in it. Only tests include this.
#pragma once
#include <gmock/gmock.h>

#include "host/migrations.gen.h"
#include "kit/migrate.h"
#include "kit/task_runner.h"
#include "meetings/migrations.gen.h"
#include "meetings/transcripts/transcripts.h"
#include "net/server/server.h"
#include "store/fault_plan.h"
#include "store/test_database.h"

namespace troupe::meetings::transcripts {

class TranscriptsTest : public ::testing::Test, protected kit::TaskRunner {
 protected:
  TranscriptsTest() {
    open();
    for (const auto& [module, all] : {std::pair("host", host::migrations()), std::pair("meetings", migrations())}) {
      kit::migrate(*db, module, all);
    }
    meeting = add_meeting();
    heard_ = bell.listen_to_all([this](MeetingId) { ++rings; });
  }
  ~TranscriptsTest() override {
    db->stop();
    io.stop();
  }
  asio::any_io_executor tasks_run_on() override { return io.at(0).get_executor(); }

  void open() {
    store::DatabaseOptions options;
    options.faults = &faults;
    options.first_back_off = std::chrono::milliseconds(1);
    db = store::open_database(dir, metrics, options);
    all = std::make_unique<Transcripts>(Transcripts::Uses{.db = *db, .clock = time, .bell = bell});
  }
  /// What a kill leaves is what was committed.
  void kill() {
    all.reset();
    db->stop();
    db.reset();
    open();
  }

  MeetingId add_meeting(std::int64_t tenant = 1, std::int64_t owner = 7) {
    MeetingId id = 0;
    kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
      id = tx.next_pos();
      Meeting made{.id = id, .tenant_id = tenant, .owner_id = owner, .native_id = std::to_string(id)};
      made.created_ms = time.unix_ms();
      records::insert_meeting(tx, made);
      return Unit{};
    }));
    return id;
  }
  void end_meeting(MeetingId id) {
    kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
      auto kept = records::find_meeting(tx, id);
      kept->meeting.life.state = State::completed;
      kept->meeting.ended_ms = time.unix_ms();
      records::update_meeting(tx, kept->meeting);
      return Unit{};
    }));
  }
  void begin(const std::string& uid, std::string language = "en") {
    must(all->open_session(
        {.meeting = meeting, .uid = uid, .language = std::move(language), .began_ms = time.unix_ms()}));
  }
  static Speech piece(std::int64_t start_ms, std::int64_t end_ms, std::string text, bool completed = true) {
    return {.start_ms = start_ms, .end_ms = end_ms, .text = std::move(text), .completed = completed};
  }
  static Speech of(std::string speaker, Speech said) {
    said.speaker = std::move(speaker);
    return said;
  }
  void hear(const std::string& uid, std::vector<Speech> pieces) { must(all->hear(meeting, uid, std::move(pieces))); }
  void speaks(const std::string& uid, std::int64_t at_ms, bool begins, std::string name) {
    must(all->speaker(meeting, uid, {.at_ms = at_ms, .begins = begins, .name = std::move(name)}));
  }
  std::vector<Segment> read() { return must(all->read(meeting, 0, 100'000)).items; }
  std::vector<Segment> changes(StreamPos after = 0) { return must(all->changes(meeting, after, 1'000)); }
  /// "speaker: text" of each, or the text where nobody knows.
  std::vector<std::string> said() {
    std::vector<std::string> out;
    for (const auto& s : read()) out.push_back(s.speaker.empty() ? s.text : s.speaker + ": " + s.text);
    return out;
  }
  /// When the meeting says that its transcript was deleted.
  Task<std::optional<base::UnixMs>> erased_at(MeetingId id) {
    auto look = [id](store::Connection& c) -> Result<std::optional<base::UnixMs>> {
      const auto kept = records::find_meeting(c, id);
      if (!kept) return Error(Errc::not_found, "There is no such meeting.");
      return kept->meeting.transcript_erased_ms;
    };
    co_return co_await db->read(look);
  }
  template <class T>
  Errc code(Task<T> task) {
    const auto done = run(std::move(task));
    return done ? Errc::internal : done.error().code();
  }

  store::TempDir dir;
  base::MetricRegistry metrics;
  base::ManualClock time{1'700'000'000'000};
  store::FaultPlan faults;
  net::server::IoThreads io{1};
  std::unique_ptr<bus::Bus> bus = bus::make_local_bus();
  records::Bell bell{*bus};
  std::atomic<int> rings = 0;
  std::unique_ptr<store::Database> db;
  std::unique_ptr<Transcripts> all;
  MeetingId meeting = 0;

 private:
  bus::SubscriptionPtr heard_;
};

}  // namespace troupe::meetings::transcripts
