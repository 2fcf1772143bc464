// verify_certificate HISTORY.jsonl CERTIFICATE.json: exit code 0 if the certificate is right.
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
  if (problem.empty()) {
    const bool covered = quorumlab::verifier::covers(text[1]);
    std::puts(covered ? "accepted" : "nothing to verify");
    return covered ? 0 : 2;
  }
  std::printf("rejected: %s\n", problem.c_str());
  return 1;
}
