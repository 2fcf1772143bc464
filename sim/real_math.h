// Logarithms, powers and quantiles that give the same bits with every compiler on every machine.
//
//   real::log(10.0);               // 0x1.26bb1bbb55516p+1, everywhere
//   real::exp(0.5);                // 1.6487212707001282
//   real::normal_quantile(0.975);  // 1.95996398454005
//
// The C library's own may differ in the last bit from one version to the next, and one such bit
// would change every event after it. These use nothing but + - * / and sqrt, which IEEE 754 rounds
// correctly. log and exp are within 1 unit in the last place, pow within 3, and special values
// (0, infinities, NaN, overflow, underflow) are as in C.
#pragma once

namespace quorumlab::sim::real {

// The natural logarithm; -infinity for 0, NaN for less.
[[nodiscard]] double log(double x);

[[nodiscard]] double exp(double x);

// x to the power y; NaN for a negative x unless y is a whole number.
[[nodiscard]] double pow(double x, double y);

// The z that a standard normal variable stays below with probability p: one uniform p in (0, 1)
// makes one normal sample. Relative error about 1e-15; -infinity for p <= 0 and infinity for p
// >= 1. M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution",
// Applied Statistics 37 (1988), procedure PPND16.
[[nodiscard]] double normal_quantile(double p);

}  // namespace quorumlab::sim::real
