// verify_certificate HISTORY.jsonl CERTIFICATE.json: exit code 0 if the certificate is right, 1 if
// it is not, 2 if it has no proof.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/verifier/verify.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: verify_certificate HISTORY.jsonl CERTIFICATE.json\n", stderr);
    return 64;
  }
  std::string text[2];
  for (int i = 0; i < 2; ++i) {
    std::ifstream file(argv[i + 1], std::ios::binary);
    if (!file) {
      std::fprintf(stderr, "cannot read %s\n", argv[i + 1]);
      return 64;
    }
    text[i].assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  const std::string problem = quorumlab::verifier::verify(text[0], text[1]);
  if (problem == quorumlab::verifier::kNoProof) {
    std::puts(problem.c_str());
    return 2;
  }
  std::puts(problem.empty() ? "accepted" : ("rejected: " + problem).c_str());
  return problem.empty() ? 0 : 1;
}
