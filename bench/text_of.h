// What a generator makes, made while it is read: it is never whole anywhere.
//
//   TxnText text({.txns = 10'000'000});
//   std::istream in(&text);
//   judge_stream(in, {});
#pragma once

#include <streambuf>
#include <string>

namespace quorumlab::bench {

// piece(n) of a Generator gives the next n characters or a little more; none: it has ended.
template <class Generator, class Shape>
class TextOf : public std::streambuf {
 public:
  explicit TextOf(const Shape& shape) : generator_(shape) {}

  [[nodiscard]] const Generator& generator() const { return generator_; }

 protected:
  int_type underflow() override {
    text_ = generator_.piece(kPiece);
    if (text_.empty()) return traits_type::eof();
    setg(text_.data(), text_.data(), text_.data() + text_.size());
    return traits_type::to_int_type(text_.front());
  }

 private:
  static constexpr std::size_t kPiece = std::size_t{1} << 16U;

  Generator generator_;
  std::string text_;
};

}  // namespace quorumlab::bench
