#include "models/carried_out.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace quorumlab::models {

std::vector<Function> carried_out(const ModelEntry& model) {
  static constexpr std::array kChanges = {
      Function::kWrite,   Function::kCas,    Function::kAdd,     Function::kInsert,
      Function::kRemove,  Function::kAppend, Function::kEnqueue, Function::kDequeue,
      Function::kAcquire, Function::kRelease};
  const config::Chosen usual(model.schema.name(), model.schema.make(), model.schema.type());
  std::vector<Function> all;
  std::copy_if(kChanges.begin(), kChanges.end(), std::back_inserter(all),
               [&](Function f) { return serves(model, usual, f); });
  return all;
}

}  // namespace quorumlab::models
