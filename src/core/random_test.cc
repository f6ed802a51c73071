#include "core/random.h"

#include <gtest/gtest.h>

namespace almanac {
namespace {

TEST(Random, RepeatsItselfForASeedAndDiffersBetweenSeeds) {
  Random a(7), b(7), c(8);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a.next(), b.next());
  EXPECT_NE(Random(7).next(), c.next());
}

TEST(Random, HasTheMomentsOfItsDistributions) {
  Random random(1);
  const int n = 200'000;
  double sum = 0, squares = 0, poisson = 0, exponential = 0;
  for (int i = 0; i < n; ++i) {
    const double x = random.normal();
    sum += x;
    squares += x * x;
    poisson += random.poisson(4.0);
    exponential += random.exponential(2.0);
  }
  EXPECT_NEAR(sum / n, 0.0, 0.01);  // standard error 1/sqrt(n) = 0.0022
  EXPECT_NEAR(squares / n, 1.0, 0.02);
  EXPECT_NEAR(poisson / n, 4.0, 0.03);  // standard error 2/sqrt(n) = 0.0045
  EXPECT_NEAR(exponential / n, 2.0, 0.03);
}

}  // namespace
}  // namespace almanac
