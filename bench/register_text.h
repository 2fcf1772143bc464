// A history of one register as Jepsen stores it, made while it is read: it is never whole anywhere.
//
//   RegisterText text({.kind = ObjectKind::kRegister, .calls = 10'000'000});
//   std::istream in(&text);
//   judge_stream(in, {});
#pragma once

#include <istream>
#include <streambuf>
#include <string>

#include "bench/object_generator.h"

namespace quorumlab::bench {

class RegisterText : public std::streambuf {
 public:
  explicit RegisterText(const ObjectShape& shape) : generator_(shape) {}

 protected:
  int_type underflow() override {
    text_.clear();
    const auto note = [this](const models::ObjectCall& call, bool ends) { tell(call, ends); };
    while (text_.size() < kPiece && generator_.next(note)) {
    }
    if (text_.empty()) return traits_type::eof();
    setg(text_.data(), text_.data(), text_.data() + text_.size());
    return traits_type::to_int_type(text_.front());
  }

 private:
  static constexpr std::size_t kPiece = 1 << 16;

  void tell(const models::ObjectCall& call, bool ends) {
    const bool reads = call.method == models::Method::kRead;
    const models::Cell value = !reads ? call.a : ends ? call.result : models::kNilCell;
    text_ += "{:process ";
    text_ += std::to_string(call.process);
    text_ += ends ? ", :type :ok, :f " : ", :type :invoke, :f ";
    text_ += reads ? ":read, :value " : ":write, :value ";
    text_ += value == models::kNilCell ? "nil" : std::to_string(models::integer_of(value));
    text_ += "}\n";
  }

  ObjectGenerator generator_;
  std::string text_;
};

}  // namespace quorumlab::bench
