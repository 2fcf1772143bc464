#include "tools/cli.h"

int main(int argc, char** argv) {
  return quorumlab::tools::main(argc, argv, quorumlab::models::builtin_models());
}
