// The most memory that a piece of work made the process hold, as Linux counts it.
//
//   const PeakMemory peak;   // from here on
//   work();
//   peak.mebibytes();        // resident at the worst moment, all that was held before included
#pragma once

#include <malloc.h>

#include <fstream>
#include <string>

namespace quorumlab::bench {

class PeakMemory {
 public:
  PeakMemory() {
    malloc_trim(0);
    std::ofstream("/proc/self/clear_refs") << "5";  // Linux 4.0: the peak starts over
  }
  [[nodiscard]] double mebibytes() const {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
      if (word != "VmHWM:") continue;
      double kibibytes = 0;
      status >> kibibytes;
      return kibibytes / 1024;
    }
    return 0;
  }
};

}  // namespace quorumlab::bench
