#include "base/transitions.h"

#include <gtest/gtest.h>

#include <array>

namespace troupe::base {
namespace {

enum class Door { open, shut, locked };
enum class Hand { push, pull, turn };
constexpr std::array kDoors{Door::open, Door::shut, Door::locked};
constexpr std::string_view to_string(Door door) {
  constexpr std::array<std::string_view, 3> kNames{"open", "shut", "locked"};
  return kNames[static_cast<std::size_t>(door)];
}
using Row = Transition<Door, Hand>;
constexpr std::array kTable{Row{Door::open, Hand::pull, Door::shut}, Row{Door::shut, Hand::push, Door::open},
                            Row{Door::shut, Hand::turn, Door::locked}, Row{Door::locked, Hand::turn, Door::shut}};

TEST(Transitions, AnEventLeadsWhereItsRowSays) {
  EXPECT_EQ(next_state(kTable, Door::open, Hand::pull), Door::shut);
  EXPECT_EQ(next_state(kTable, Door::shut, Hand::turn), Door::locked);
  EXPECT_EQ(next_state(kTable, Door::locked, Hand::turn), Door::shut);
}

TEST(Transitions, WhatHasNoRowIsRefused) {
  EXPECT_EQ(next_state(kTable, Door::locked, Hand::push), std::nullopt);
  EXPECT_EQ(next_state(kTable, Door::open, Hand::turn), std::nullopt);
}

TEST(Transitions, TwoRowsForTheSameAreSeen) {
  static_assert(is_decided_once(kTable));
  auto twice = kTable;
  twice[3] = Row{Door::shut, Hand::turn, Door::open};
  EXPECT_FALSE(is_decided_once(twice));
}

TEST(Transitions, AValueIsFoundByItsName) {
  for (const auto door : kDoors) EXPECT_EQ(find_named(kDoors, to_string(door)), door);
  EXPECT_EQ(find_named(kDoors, "Open"), std::nullopt);
  EXPECT_EQ(find_named(kDoors, ""), std::nullopt);
}

}  // namespace
}  // namespace troupe::base
