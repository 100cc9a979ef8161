#include "tools/company/random.h"

#include <cmath>

namespace salesops::company {
namespace {

constexpr double kLn2 = 0.6931471805599453;

uint64_t SplitMix(uint64_t& state) {
  uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

uint64_t RotateLeft(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

// FNV-1a: turns the name of a stream into a number.
uint64_t Hash(absl::string_view text) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (unsigned char c : text) hash = (hash ^ c) * 0x100000001b3ULL;
  return hash;
}

}  // namespace

Random::Random(uint64_t seed, absl::string_view stream, uint64_t index) {
  uint64_t mix = seed;
  mix = SplitMix(mix) ^ Hash(stream);
  mix = SplitMix(mix) ^ index;
  for (uint64_t& word : state_) word = SplitMix(mix);
}

uint64_t Random::Next() {
  const uint64_t result = RotateLeft(state_[1] * 5, 7) * 9;
  const uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = RotateLeft(state_[3], 45);
  return result;
}

double Random::Uniform() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

int Random::Below(int n) { return static_cast<int>(Uniform() * n); }

bool Random::Chance(double probability) { return Uniform() < probability; }

double Random::Normal() {
  while (true) {
    const double u = 2 * Uniform() - 1;
    const double v = 2 * Uniform() - 1;
    const double s = u * u + v * v;
    if (s > 0 && s < 1) return u * std::sqrt(-2 * ExactLog(s) / s);
  }
}

double Random::LogNormal(double mu, double sigma) { return ExactExp(mu + sigma * Normal()); }

int Random::Choose(const std::vector<double>& weights) {
  double total = 0;
  for (double weight : weights) total += weight;
  double left = Uniform() * total;
  for (size_t i = 0; i + 1 < weights.size(); ++i) {
    if (left < weights[i]) return static_cast<int>(i);
    left -= weights[i];
  }
  return static_cast<int>(weights.size()) - 1;
}

// x = m * 2^e with m in [sqrt(1/2), sqrt(2)); ln m = 2 atanh((m - 1) / (m + 1)) by its series.
double ExactLog(double x) {
  int exponent = 0;
  double m = std::frexp(x, &exponent);
  if (m < 0.7071067811865476) {
    m *= 2;
    --exponent;
  }
  const double z = (m - 1) / (m + 1);
  const double z2 = z * z;
  double sum = 0;
  for (int k = 25; k >= 1; k -= 2) sum = sum * z2 + 1.0 / k;
  return 2 * z * sum + exponent * kLn2;
}

// e^x = 2^n e^r with |r| <= ln(2) / 2, e^r by its series.
double ExactExp(double x) {
  const int n = static_cast<int>(std::floor(x / kLn2 + 0.5));
  const double r = x - n * kLn2;
  double sum = 1;
  for (int k = 18; k >= 1; --k) sum = 1 + sum * r / k;
  return std::ldexp(sum, n);
}

double Logistic(double x) { return 1 / (1 + ExactExp(-x)); }

double Logit(double p) { return ExactLog(p / (1 - p)); }

}  // namespace salesops::company
