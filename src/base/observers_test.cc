#include "base/observers.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace troupe::base {
namespace {

TEST(Observers, WhateverOneThrowsTheOthersAreToldAndItsEndDoesNotWaitForIt) {
  Observers<int> observers;
  int heard = 0;
  auto throws_an_exception = observers.add([](int) { throw std::runtime_error("broken"); });
  auto throws_something = observers.add([](int number) { throw number; });
  const auto listens = observers.add([&heard](int number) { heard += number; });
  EXPECT_NO_THROW(observers.tell(3));
  EXPECT_EQ(heard, 3);
  throws_an_exception.reset();
  throws_something.reset();
  observers.tell(4);
  EXPECT_EQ(heard, 7);
}

}  // namespace
}  // namespace troupe::base
