// SQLite's own cache of pages, spared what it does in vain.
#pragma once

namespace troupe::store {

/// Before SQLite is initialised. It keeps its own cache when this cannot be had.
///
/// When SQLite sorts pages of a tree it moves one for a moment to a number that no page ever has, far beyond the end of
/// the file. Its cache takes that for the highest number that it holds, and so looks through all of its pages at the
/// next commit for those beyond the end: 16,000 of them, of which none is. This layer over the same cache knows better
/// and asks for that only when there are some.
void spare_page_cache_walks();

}  // namespace troupe::store
