// Numbers in as few bytes as they need, seven bits to a byte, as the binary record writes them.
//
//   std::string out;
//   put_varint(out, 300);                       // AC 02
//   put_varint(out, zigzag(-1));                // 01: small numbers of both signs stay short
//   ByteReader in(out); in.varint();            // 300; in.ok() is false once something was missing
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace quorumlab::traces {

inline void put_varint(std::string& out, std::uint64_t n) {
  while (n >= 0x80) {
    out += static_cast<char>(static_cast<unsigned char>(n | 0x80U));
    n >>= 7U;
  }
  out += static_cast<char>(static_cast<unsigned char>(n));
}

constexpr std::uint64_t zigzag(std::int64_t n) {
  return (static_cast<std::uint64_t>(n) << 1U) ^ static_cast<std::uint64_t>(n >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t n) {
  return static_cast<std::int64_t>(n >> 1U) ^ -static_cast<std::int64_t>(n & 1U);
}

// Little-endian, `bytes` of them.
inline void put_fixed(std::string& out, std::uint64_t n, int bytes) {
  for (int i = 0; i < bytes; ++i)
    out += static_cast<char>(static_cast<unsigned char>((n >> (8U * static_cast<unsigned>(i)))));
}

// Reads from untrusted bytes: what is missing reads as 0 and is remembered.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t varint() {
    std::uint64_t n = 0;
    for (unsigned shift = 0; shift < 64 && at_ < bytes_.size(); shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes_[at_++]);
      n |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) return n;
    }
    ok_ = false;
    return 0;
  }
  std::uint64_t fixed(int bytes) {
    const std::string_view taken = take(static_cast<std::uint64_t>(bytes));
    std::uint64_t n = 0;
    for (std::size_t i = 0; i < taken.size(); ++i)
      n |= static_cast<std::uint64_t>(static_cast<unsigned char>(taken[i])) << (8 * i);
    return n;
  }
  std::string_view take(std::uint64_t bytes) {
    if (bytes > bytes_.size() - at_) {
      ok_ = false;
      return {};
    }
    const std::string_view taken = bytes_.substr(at_, bytes);
    at_ += bytes;
    return taken;
  }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }
  [[nodiscard]] std::size_t position() const { return at_; }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace quorumlab::traces
