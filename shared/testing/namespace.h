#pragma once

// Code in namespace salesops that says `testing::Test` finds salesops::testing before GoogleTest's
// ::testing. This makes both meanings work. Every header of this folder includes it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace salesops::testing {
using namespace ::testing;  // NOLINT(google-build-using-namespace)
}  // namespace salesops::testing
