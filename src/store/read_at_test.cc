#include "store/read_at.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "base/descriptor.h"

namespace troupe::store {
namespace {

int file_with(std::string_view bytes) {
  const int file = ::memfd_create("read_at", MFD_CLOEXEC);
  EXPECT_EQ(::write(file, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  return file;
}

TEST(ReadAt, APartAndNoMoreThanThereIs) {
  const base::Descriptor file(file_with("0123456789"));
  EXPECT_EQ(read_at(file.get(), 0, 10), "0123456789");
  EXPECT_EQ(read_at(file.get(), 3, 4), "3456");
  EXPECT_EQ(read_at(file.get(), 8, 100), "89");
  EXPECT_EQ(read_at(file.get(), 10, 5), "");
  EXPECT_EQ(read_at(file.get(), 3, 0), "");
}

TEST(ReadAt, WhatCannotBeReadSaysWhy) {
  const auto read = read_at(-1, 0, 1);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error(), EBADF);
}

}  // namespace
}  // namespace troupe::store
