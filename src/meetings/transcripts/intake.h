// Takes in what is said: the rules of what replaces what, inside one transaction.
#pragma once
#include <string>
#include <vector>

#include "meetings/transcripts/transcript_store.h"
#include "meetings/transcripts/vault.h"

namespace troupe::meetings::transcripts {

/// What a meeting may have, so that one that is flooded fills no disk.
inline constexpr std::int64_t kMostSessions = 1'000;
inline constexpr std::int64_t kMostSegments = 50'000;
inline constexpr std::int64_t kMostTextBytes = 16LL * 1024 * 1024;
inline constexpr std::int64_t kMostEvents = 50'000;
/// Of one call.
inline constexpr std::size_t kMostPieces = 200;
inline constexpr std::size_t kMostPieceBytes = 16UL * 1024;
inline constexpr std::size_t kMostNameBytes = 255;
inline constexpr std::size_t kMostIdBytes = 512;
inline constexpr std::size_t kMostUidBytes = 128;
inline constexpr std::int64_t kLongestSessionMs = 7LL * 24 * 3'600 * 1'000;

// What is wrong with what somebody sent. Error: invalid_param.
Result<Unit> check_session(const std::string& uid, const std::string& language);
Result<Unit> check_pieces(const std::vector<Speech>& pieces);
Result<Unit> check_event(const SpeakerEvent& event);
Result<Unit> check_ids(const std::vector<std::string>& ids);

/// What an operation is given from outside, because it may run more than once.
struct Given {
  base::UnixMs now = 0;
  std::string fresh_key{};  ///< of a meeting of which nothing was said yet
};
Given given(base::UnixMs now);

/// A meeting's transcript while something of it is written. Lives in one operation.
class Intake {
 public:
  /// To take something in. Errors: not_found (no such meeting, or its transcript was deleted), conflict (it ended too
  /// long ago).
  static Result<Intake> open(store::Tx& tx, MeetingId meeting, const Given& given);
  /// To go on with what was taken in; nothing: there is nothing.
  static Result<std::optional<Intake>> reopen(store::Tx& tx, MeetingId meeting, const Given& given);

  /// Whether it is new; one that had ended goes on. Error: conflict (as many as a meeting may have).
  Result<bool> begin(const SpeechSession& session);
  /// Errors: limit_exceeded, and as begin().
  Result<Unit> hear(const std::string& session_uid, const std::vector<Speech>& pieces);
  Result<Unit> hear_speaker(const std::string& session_uid, const SpeakerEvent& event);
  Result<Unit> retract(const std::vector<std::string>& ids);
  /// What it yields is how many open pieces there were; at most `limit` are made final.
  Result<std::size_t> close(const std::string& session_uid, std::size_t limit);
  /// The piece is final from now on.
  Result<Unit> finish(Row row);

  /// Writes how much there is by now. Whether anything changed.
  bool save();

 private:
  Intake(store::Tx& tx, Volume volume, Vault vault, Given given)
      : tx_(tx), volume_(std::move(volume)), vault_(std::move(vault)), given_(std::move(given)) {}
  Result<SpeechSession> session_of(const std::string& uid);
  Result<Unit> put(const SpeechSession& session, const Speech& piece);
  Result<Unit> put_new(const SpeechSession& session, const Speech& piece, std::string id, std::int64_t number);
  Result<Unit> replace(Row row, const Speech& piece);
  Result<Attribution> attribution(const Segment& segment);
  Result<Unit> attribute_again(const std::string& session_uid, std::int64_t after_ms);
  /// Seals and stores it with a new position; `is_new` makes its row.
  void write(Row& row, bool is_new);
  Result<Unit> count_text(std::int64_t bytes);

  store::Tx& tx_;
  Volume volume_;
  Vault vault_;
  Given given_;
  bool volume_changed_ = false;
  bool changed_ = false;
};

/// Fills in what is sealed. Error: internal.
Result<Unit> unseal(const Vault& vault, Row& row);

}  // namespace troupe::meetings::transcripts
