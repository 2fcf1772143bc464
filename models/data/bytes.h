// Numbers into bytes and back, for what models keep on their disks.
//
//   Encoder out; out.put(std::uint32_t{7}); out.put_text("abc");
//   Decoder in(out.bytes()); in.get<std::uint32_t>(); in.get_text();
//   in.good();                                  // false: there was less than was asked for
//
// Little-endian on every machine that the project builds for. A Decoder never reads beyond its end:
// what is missing comes back as zero, and good() tells.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace quorumlab::models {

class Encoder {
 public:
  template <class T>
  void put(T number) {
    static_assert(std::is_integral_v<T> || std::is_enum_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof(T));
  }
  void put_text(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    bytes_.append(text);
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : left_(bytes) {}

  template <class T>
  T get() {
    static_assert(std::is_integral_v<T> || std::is_enum_v<T>);
    T number{};
    if (left_.size() < sizeof(T)) {
      fail();
      return number;
    }
    std::memcpy(&number, left_.data(), sizeof(T));
    left_.remove_prefix(sizeof(T));
    return number;
  }
  std::string_view get_text() {
    const auto size = get<std::uint32_t>();
    if (left_.size() < size) {
      fail();
      return {};
    }
    const std::string_view text = left_.substr(0, size);
    left_.remove_prefix(size);
    return text;
  }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] std::size_t left() const { return left_.size(); }

 private:
  void fail() {
    good_ = false;
    left_ = {};
  }

  std::string_view left_;
  bool good_ = true;
};

}  // namespace quorumlab::models
