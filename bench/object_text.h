// A history of one object as Jepsen stores it, made while it is read: it is never whole anywhere.
//
//   ObjectText text({.kind = ObjectKind::kRegister, .calls = 10'000'000});
//   std::istream in(&text);
//   judge_stream(in, {});
#pragma once

#include <istream>
#include <streambuf>
#include <string>

#include "bench/object_generator.h"

namespace quorumlab::bench {

class ObjectText : public std::streambuf {
 public:
  explicit ObjectText(const ObjectShape& shape) : generator_(shape) {}

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
    using models::Method;
    const bool asks = call.method == Method::kRead || call.method == Method::kPop ||
                      call.method == Method::kGenerate;
    const models::Cell value = !asks ? call.a : ends ? call.result : models::kNilCell;
    text_ += "{:process ";
    text_ += std::to_string(call.process);
    text_ += ends ? ", :type :ok, :f " : ", :type :invoke, :f ";
    text_ += call.method == Method::kRead       ? ":read"
             : call.method == Method::kAdd      ? ":add"
             : call.method == Method::kPush     ? ":enqueue"
             : call.method == Method::kPop      ? ":dequeue"
             : call.method == Method::kGenerate ? ":generate"
                                                : ":write";
    text_ += ", :value ";
    text_ += value == models::kNilCell ? "nil" : std::to_string(models::integer_of(value));
    text_ += "}\n";
  }

  ObjectGenerator generator_;
  std::string text_;
};

}  // namespace quorumlab::bench
