#include "base/spare_memory.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/recycling_allocator.hpp>

namespace troupe::base {
namespace {

using Piece = std::array<char, 600>;
boost::asio::recycling_allocator<Piece> pieces;

TEST(SpareMemory, WhatAsioKeepsIsGivenBackOnce) {
  boost::asio::io_context context;
  boost::asio::post(context, [] {
    Piece* const kept = pieces.allocate(1);
    pieces.deallocate(kept, 1);
    Piece* const again = pieces.allocate(1);
    EXPECT_EQ(again, kept) << "Asio keeps nothing: drop_spare_memory() can go";
    pieces.deallocate(again, 1);
    drop_spare_memory();
    // Whatever malloc hands out now, it does so for this size: nothing larger is in the way.
    boost::asio::recycling_allocator<char> bytes;
    char* const small = bytes.allocate(16);
    EXPECT_NE(static_cast<void*>(small), static_cast<void*>(kept));
    bytes.deallocate(small, 16);
  });
  EXPECT_EQ(context.run(), 1U);
}

TEST(SpareMemory, OutsideOfAsioThereIsNothingToGiveBack) { drop_spare_memory(); }

}  // namespace
}  // namespace troupe::base
