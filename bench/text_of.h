// What a generator writes: at once, piece by piece, or while it is read, never whole anywhere.
//
//   class TxnGenerator : public Writer<TxnGenerator> { bool next() { text_ += ...; } };
//   TxnText text({.txns = 10'000'000});
//   std::istream in(&text);
//   judge_stream(in, {});
#pragma once

#include <streambuf>
#include <string>
#include <utility>

namespace quorumlab::bench {

// A Generator's next() appends to text_; false: there is no more.
template <class Generator>
class Writer {
 public:
  std::string run() {
    while (itself().next()) {
    }
    return std::move(text_);
  }

  // The next so many characters or a few more; empty: there are none.
  std::string piece(std::size_t size) {
    text_.clear();
    while (text_.size() < size && itself().next()) {
    }
    return text_;
  }

 protected:
  std::string text_;

 private:
  Generator& itself() { return static_cast<Generator&>(*this); }
};

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
