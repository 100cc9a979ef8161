#pragma once

// Random numbers that are the same on every machine: the generator is xoshiro256** (Blackman and
// Vigna, "Scrambled linear pseudorandom number generators", 2021) seeded by SplitMix64 (Steele, Lea
// and Flood, 2014), and the distributions use only operations that IEEE 754 defines to the bit, so
// neither the standard library's distributions nor a machine's libm has a say.
//
//   Random random(seed, "account", 17);   // its own stream: other entities do not disturb it
//   double days = random.LogNormal(std::log(9.0), 0.8);
//
// Thread-safety: one object belongs to one thread.

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"

namespace salesops::company {

class Random {
 public:
  Random(uint64_t seed, absl::string_view stream, uint64_t index);

  uint64_t Next();
  // In [0, 1), 53 bits.
  double Uniform();
  // In [0, n); n > 0.
  int Below(int n);
  bool Chance(double probability);
  // Standard normal, by the polar method (Marsaglia and Bray, 1964).
  double Normal();
  double LogNormal(double mu, double sigma);
  // The index of one of the weights, which are not negative and not all 0.
  int Choose(const std::vector<double>& weights);

 private:
  uint64_t state_[4];
};

// Natural logarithm of x > 0 and exponential of |x| < 700, with error below 1e-14 and the same bits
// everywhere.
double ExactLog(double x);
double ExactExp(double x);

// 1 / (1 + e^-x).
double Logistic(double x);
// ln(p / (1 - p)), 0 < p < 1.
double Logit(double p);

}  // namespace salesops::company
