#include "store/page_cache.h"

#include <sqlite3.h>

#include <algorithm>
#include <memory>

namespace troupe::store {
namespace {

/// The page in which the locks lie: it is never read or written. The number depends on the size of a page.
constexpr unsigned kLockByte = 0x40000000;

/// SQLite's own cache; set once, before there are threads.
sqlite3_pcache_methods2 own{};

struct Cache {
  sqlite3_pcache* cache = nullptr;
  unsigned no_page = 0;  ///< the number that no page has
  unsigned highest = 0;  ///< no page's number is higher, but that of one in passing
  bool passing = false;  ///< a page has the number that none has
};

Cache& of(sqlite3_pcache* cache) { return *reinterpret_cast<Cache*>(cache); }

sqlite3_pcache* create(int page_bytes, int extra_bytes, int purgeable) {
  auto made = std::make_unique<Cache>();
  made->cache = own.xCreate(page_bytes, extra_bytes, purgeable);
  if (!made->cache) return nullptr;
  made->no_page = kLockByte / static_cast<unsigned>(std::max(page_bytes, 1)) + 1;
  return reinterpret_cast<sqlite3_pcache*>(made.release());
}

void set_size(sqlite3_pcache* cache, int pages) { own.xCachesize(of(cache).cache, pages); }
int count(sqlite3_pcache* cache) { return own.xPagecount(of(cache).cache); }
void shrink(sqlite3_pcache* cache) { own.xShrink(of(cache).cache); }
void unpin(sqlite3_pcache* cache, sqlite3_pcache_page* page, int discard) {
  own.xUnpin(of(cache).cache, page, discard);
}

sqlite3_pcache_page* fetch(sqlite3_pcache* cache, unsigned number, int create) {
  auto& self = of(cache);
  auto* page = own.xFetch(self.cache, number, create);
  if (page && number > self.highest) self.highest = number;
  return page;
}

void rekey(sqlite3_pcache* cache, sqlite3_pcache_page* page, unsigned from, unsigned to) {
  auto& self = of(cache);
  own.xRekey(self.cache, page, from, to);
  if (from == self.no_page) self.passing = false;
  if (to == self.no_page) {
    self.passing = true;
  } else {
    self.highest = std::max(self.highest, to);
  }
}

/// Pages of this number and beyond go.
void truncate(sqlite3_pcache* cache, unsigned first) {
  auto& self = of(cache);
  if (first > self.highest && !self.passing) return;
  own.xTruncate(self.cache, first);
  self.passing = false;
  self.highest = std::min(self.highest, first == 0 ? 0 : first - 1);
}

void destroy(sqlite3_pcache* cache) {
  const std::unique_ptr<Cache> self(&of(cache));
  own.xDestroy(self->cache);
}

int start(void*) { return own.xInit ? own.xInit(own.pArg) : SQLITE_OK; }
void end(void*) {
  if (own.xShutdown) own.xShutdown(own.pArg);
}

}  // namespace

void spare_page_cache_walks() {
  if (sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &own) != SQLITE_OK || own.iVersion != 1 || own.xCreate == create) return;
  static sqlite3_pcache_methods2 methods{.iVersion = 1,
                                         .pArg = nullptr,
                                         .xInit = start,
                                         .xShutdown = end,
                                         .xCreate = create,
                                         .xCachesize = set_size,
                                         .xPagecount = count,
                                         .xFetch = fetch,
                                         .xUnpin = unpin,
                                         .xRekey = rekey,
                                         .xTruncate = truncate,
                                         .xDestroy = destroy,
                                         .xShrink = shrink};
  sqlite3_config(SQLITE_CONFIG_PCACHE2, &methods);
}

}  // namespace troupe::store
