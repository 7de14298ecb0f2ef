// A hash table in a mapped file: 64-bit key → positions. Derived data: it may be lost, and says which database it
// belongs to and how far it can be trusted.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace troupe::homeserver::memory {

/// The id of the machine's present boot; empty when it cannot be read.
std::string machine_boot_id();

/// Open addressing with linear probing; entries are only added. One thread adds, and nobody reads meanwhile (the caller
/// locks). What a killed process wrote survives in the page cache; after a power cut only what was synced is trusted.
class LookupTable {
 public:
  static constexpr std::uint64_t kFirstSlots = 1U << 16;
  static constexpr std::uint64_t kSlotBytes = 16;

  /// How far the table is complete: everything up to the position, which is that of the event with this key.
  struct Mark {
    StreamPos pos = 0;
    std::uint64_t key = 0;
    bool operator==(const Mark&) const = default;
  };
  struct Options {
    /// Names the database that the entries come from, at most 39 bytes: the file of another one gives an empty table.
    std::string database;
    std::uint64_t first_slots = kFirstSlots;  ///< a power of two
    /// What stays free of the disk: a file that would leave less is not made.
    std::uint64_t reserve_bytes = 0;
    std::string boot_id = machine_boot_id();
  };

  /// Opens the file, and reads it once; a missing, damaged or foreign one is made anew. What a growth left half done
  /// beside it is removed. When no file can be made (full disk, rights) the table lies in memory alone: file_trouble()
  /// says why.
  static std::unique_ptr<LookupTable> open(std::filesystem::path file, Options options);
  ~LookupTable();
  LookupTable(const LookupTable&) = delete;
  LookupTable& operator=(const LookupTable&) = delete;

  /// A file in place of the old one with the same entries and this many slots, a power of two. With `durable` it is
  /// synced before it takes the old one's place: a power cut then leaves one of the two. Refused when the disk is too
  /// full; then nothing is left on it. Errors: unavailable.
  Result<std::unique_ptr<LookupTable>> copy(std::uint64_t slots, bool durable) const;
  /// An empty one in place of the old one, whose space is given back first.
  std::unique_ptr<LookupTable> anew() const;

  std::uint64_t slots() const;
  std::uint64_t count() const;  ///< entries
  bool wants_growth() const;    ///< 5/8 full: searches get slow beyond
  bool is_full() const;         ///< 7/8 full: takes no more
  /// False when it is full.
  bool add(std::uint64_t key, StreamPos pos);
  std::vector<StreamPos> find(std::uint64_t key) const;

  Mark applied() const;
  void set_applied(Mark mark);
  /// Whether something was added since the last sync.
  bool dirty() const;
  /// Writes it all to the disk. Error: unavailable; from then on the file is only trusted as far as it was before.
  Result<Unit> sync();
  /// The last sync: nothing is added after it.
  void close_cleanly();
  /// Why there is no file; empty when there is one.
  const std::string& file_trouble() const { return file_trouble_; }
  /// Whether its file is still the one of that name: somebody may have deleted it.
  bool in_place() const;

 private:
  struct Header;
  struct Slot;
  LookupTable(std::filesystem::path file, Options options, void* map, std::size_t bytes);
  static Result<std::unique_ptr<LookupTable>> make(const std::filesystem::path& file, const Options& options,
                                                   std::uint64_t slots);
  static std::unique_ptr<LookupTable> make_or_stay_in_memory(std::filesystem::path file, Options options);
  void begin_writing();
  bool recover();

  std::filesystem::path file_;
  Options options_;
  void* map_;
  std::size_t bytes_;
  Header* header_;
  Slot* slots_;
  std::uint64_t inode_ = 0;
  struct Beyond {
    StreamPos pos;
    std::uint64_t share;
  };
  std::vector<Beyond> beyond_;         ///< what lay behind `applied` when it was opened, last first
  std::uint64_t beyond_of_start_ = 0;  ///< their sum
  bool writing_ = false;               ///< the header on the disk names this boot
  bool sync_failed_ = false;           ///< what the disk holds is not known any more
  std::string file_trouble_;
};

}  // namespace troupe::homeserver::memory
