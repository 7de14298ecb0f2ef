// A hash table in a mapped file: 64-bit key → positions. Derived data: it may be lost, and says how far it can be
// trusted.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace troupe::homeserver {

/// Open addressing with linear probing; entries are only added. One thread adds, and nobody reads meanwhile (the caller
/// locks). What a killed process wrote survives in the page cache; after a power cut only what was synced is trusted.
class LookupTable {
 public:
  static constexpr std::uint64_t kFirstSlots = 1U << 16;

  /// Opens the file; a missing, damaged or foreign one gives an empty table. Errors: unavailable (cannot write there).
  static Result<std::unique_ptr<LookupTable>> open(std::filesystem::path file);
  /// A table of twice the size with the same entries, already in place of the old file. Errors: unavailable (disk
  /// full).
  Result<std::unique_ptr<LookupTable>> grown() const;
  static Result<std::unique_ptr<LookupTable>> empty(std::filesystem::path file);
  ~LookupTable();
  LookupTable(const LookupTable&) = delete;
  LookupTable& operator=(const LookupTable&) = delete;

  bool is_full() const;  ///< grow before adding more
  void add(std::uint64_t key, StreamPos pos);
  std::vector<StreamPos> find(std::uint64_t key) const;

  /// Everything up to this position is in the table.
  StreamPos applied() const;
  /// Removes all entries.
  void clear();
  void set_applied(StreamPos pos);
  /// Writes it all to the disk.
  void sync();
  /// The last sync: nothing is added after it.
  void close_cleanly();

 private:
  struct Header;
  struct Slot;
  LookupTable(std::filesystem::path file, void* map, std::size_t bytes);
  static Result<std::unique_ptr<LookupTable>> make(const std::filesystem::path& file, std::uint64_t slots);
  std::filesystem::path file_;
  void* map_;
  std::size_t bytes_;
  Header* header_;
  Slot* slots_;
};

}  // namespace troupe::homeserver
