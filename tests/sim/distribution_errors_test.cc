// What is said of texts that are no distribution.
#include <gtest/gtest.h>

#include "tests/sim/wrong_law.h"

namespace quorumlab::sim {
namespace {

constexpr WrongLaw kWrong[] = {
    {"",  //
     "^", "expected a duration", "for example 5ms"},
    {"5",  //
     "^", "`5` lacks its unit", "expected ns, us, ms, s, min, h or d"},
    {"5 mss",  //
     "  ^^^", "unknown unit `mss`", "expected ns, us, ms, s, min, h or d"},
    {"!",  //
     "^", "`!` is no duration", "for example 5ms"},
    {"0.1ns",  //
     "^^^^^", "`0.1ns` is no whole number of ns", "use fewer digits"},
    {"99999999999s",  //
     "^^^^^^^^^^^^", "`99999999999s` is out of range", ""},
    {"60000d",  //
     "^^^^^^", "`60000d` is out of range", "at most 146 years"},
    {"-60000d",  //
     "^^^^^^^", "`-60000d` is out of range", "at most 146 years"},
    {"unform(1ms, 5ms)",  //
     "^^^^^^", "unknown distribution `unform`", "did you mean `uniform`?"},
    {"pareeto(1ms, 2)",  //
     "^^^^^^^", "unknown distribution `pareeto`", "did you mean `pareto`?"},
    {"fast",  //
     "^^^^", "unknown distribution `fast`",
     "expected constant, uniform, exponential, normal, lognormal, pareto, empirical"},
    {"lognorml(median 0.5ms, p99 3ms)",  //
     "^^^^^^^^", "unknown distribution `lognorml`", "did you mean `lognormal`?"},
    {"expnential(1s)",  //
     "^^^^^^^^^^", "unknown distribution `expnential`", "did you mean `exponential`?"},
    {"exponential",  //
     "           ^", "expected `(` after `exponential`", "for example exponential(mean 10s)"},
    {"exponential 10s",  //
     "            ^^^", "expected `(` after `exponential`", "for example exponential(mean 10s)"},
    {"exponential(10s",  //
     "               ^", "expected `)`", "for example exponential(mean 10s)"},
    {"exponential(10s) + 1s",  //
     "                 ^^^^", "unexpected `+ 1s` after `)`", "for example exponential(mean 10s)"},
    {"exponential()",  //
     "            ^", "`exponential` lacks its mean", "for example exponential(mean 10s)"},
    {"exponential(0s)",  //
     "            ^^", "`0s` must be above 0", ""},
    {"normal(mean 30ms)",  //
     "                ^", "`normal` lacks its stddev", "for example normal(mean 30ms, stddev 1ms)"},
    {"normal(30ms, 1ms, 2ms)",  //
     "                  ^^^", "too many parameters for `normal`",
     "for example normal(mean 30ms, stddev 1ms)"},
    {"normal(mean 30ms, sttdev 1ms)",  //
     "                  ^^^^^^", "`normal` has no parameter `sttdev`", "did you mean `stddev`?"},
    {"normal(mean 30ms, variance 1ms)",  //
     "                  ^^^^^^^^", "`normal` has no parameter `variance`", "expected mean, stddev"},
    {"normal(mean 30ms, mean 1ms)",  //
     "                  ^^^^^^^^", "`normal` has its mean twice",
     "for example normal(mean 30ms, stddev 1ms)"},
    {"normal(30ms, mean 1ms)",  //
     "             ^^^^^^^^", "`normal` has its mean twice",
     "for example normal(mean 30ms, stddev 1ms)"},
    {"normal(mean -30ms, stddev 1ms)",  //
     "            ^^^^^", "`-30ms` is negative", "only constant and uniform durations may be"},
    {"normal(mean 30ms,, stddev 1ms)",  //
     "                 ^", "expected a parameter", "for example normal(mean 30ms, stddev 1ms)"},
    {"normal(mean 30, stddev 1ms)",  //
     "            ^^", "`30` lacks its unit", "expected ns, us, ms, s, min, h or d"},
    {"normal(mean 30ms, stddev)",  //
     "                        ^", "expected a duration", "for example 5ms"},
    {"uniform(5ms, 1ms)",  //
     "       ^^^^^^^^^^", "the range ends before it begins", "did you mean uniform(1ms, 5ms)?"},
    {"5ms..1ms",  //
     "^^^^^^^^", "the range ends before it begins", "did you mean uniform(1ms, 5ms)?"},
    {"1ms..",  //
     "     ^", "expected a duration", "for example 5ms"},
    {"1..5ms",  //
     "^", "`1` lacks its unit", "expected ns, us, ms, s, min, h or d"},
    {"lognormal(median 3ms, p99 0.5ms)",  //
     "                          ^^^^^", "the p99 is below the median", "expected at least 3ms"},
    {"lognormal(median 0s, p99 1s)",  //
     "                 ^^", "`0s` must be above 0", ""},
    {"pareto(1ms, many)",  //
     "            ^^^^", "`pareto` has no parameter `many`", "expected scale, shape, cap"},
    {"pareto(1ms, 1.5x)",  //
     "            ^^^^", "the shape `1.5x` is no number", "for example 1.5"},
    {"pareto(1ms, shape)",  //
     "                 ^", "the shape `` is no number", "for example 1.5"},
    {"pareto(1ms, 0)",  //
     "            ^", "the shape `0` is out of range", "expected a number from 0.001 to 1000000"},
    {"pareto(1ms, 1.5, 1us)",  //
     "                 ^^^", "the cap is below the scale", "expected at least 1ms"},
    {"empirical()",  //
     "         ^^", "`empirical` lacks its values", "for example empirical(1ms:50, 5ms:40)"},
    {"empirical(1ms:50, 5ms)",  //
     "                  ^^^", "`5ms` lacks its weight", "write value:weight, for example 5ms:40"},
    {"empirical(1ms:50,)",  //
     "                 ^", "expected a value", "write value:weight, for example 5ms:40"},
    {"empirical(1ms:0)",  //
     "              ^", "`0` is no weight", "expected a whole number from 1 to 4294967295"},
    {"empirical(1ms:0.5)",  //
     "              ^^^", "`0.5` is no weight", "expected a whole number from 1 to 4294967295"},
    {"empirical(1ms:4294967296)",  //
     "              ^^^^^^^^^^", "`4294967296` is no weight",
     "expected a whole number from 1 to 4294967295"},
    {"empirical(-1ms:5)",  //
     "          ^^^^", "`-1ms` is negative", "only constant and uniform durations may be"},
};

TEST(Distribution, ErrorsPointAtTheSpotAndHelp) {
  expect_errors<Distribution>(kWrong);
}

}  // namespace
}  // namespace quorumlab::sim
