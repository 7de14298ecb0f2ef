// How much, how long and how often: what tests shorten.
#pragma once
#include <chrono>
#include <cstddef>

namespace troupe::fleet::term {

struct Limits {
  std::chrono::milliseconds catch_up_max_age = std::chrono::hours(1);  ///< older questions are skipped
  std::size_t queued_per_bot = 10'000;
  std::size_t queued_bytes_per_bot = 16 * 1024 * 1024;
  std::chrono::milliseconds stop_patience{10'000};  ///< how long a stop waits for a reply that is being sent
  /// How long whoever stops or deletes a bot waits for it; it then goes on by itself, shown as `stopping`.
  std::chrono::milliseconds request_patience{2'000};
  std::chrono::milliseconds brain_patience{std::chrono::minutes(15)};  ///< a brain's own time-outs are shorter
  std::chrono::milliseconds voice_patience = std::chrono::minutes(2);  ///< for what voice messages say
  /// Messages of one person that come within this of each other, while an earlier question is being answered, are one
  /// question, for brains that hold conversations; a file without words waits so long for them.
  std::chrono::milliseconds join_within{1'000};
  /// How long the feed waits for the homeserver to say how many are in a room; then the room is put aside.
  std::chrono::milliseconds room_patience{300};
  /// How long a bot waits for the key of an encrypted message before it says that it cannot read it.
  std::chrono::milliseconds key_patience = std::chrono::minutes(2);
  /// How often bots' devices are looked after when nothing else asks for it.
  std::chrono::milliseconds house_every = std::chrono::minutes(10);
  std::size_t devices_in_memory = 2'000;    ///< of bots, for encrypted rooms
  std::size_t channels_of_device = 2'000;   ///< of these channels to others in memory: of one that is at work
  std::size_t channels_in_memory = 10'000;  ///< and of all
  /// For how long what turns were answered from is kept; 0: it is not.
  std::chrono::days records_kept{0};
  std::chrono::milliseconds first_edit{500};     ///< from an answer's first text until the room sees it
  std::chrono::milliseconds first_retry{200};    ///< doubled up to ten seconds
  std::chrono::milliseconds start_retry{2'000};  ///< after the first failure of a bot; doubled up to max_retry
  std::chrono::milliseconds max_retry = std::chrono::minutes(5);
  std::chrono::milliseconds look_every{1'000};       ///< how soon the reconciler sees that a time has come
  std::chrono::milliseconds commands_pause{100};     ///< between two rooms that are told a bot's commands
  std::chrono::milliseconds commands_retry{60'000};  ///< a room that refused them is asked again no oftener
  std::size_t starts_at_once = 256;
};

}  // namespace troupe::fleet::term
