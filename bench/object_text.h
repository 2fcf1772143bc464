// A history of one object as Jepsen stores it, made while it is read: it is never whole anywhere.
//
//   ObjectText text({.kind = ObjectKind::kRegister, .calls = 10'000'000});
//   std::istream in(&text);
//   judge_stream(in, {});
#pragma once

#include <string>

#include "bench/object_generator.h"
#include "bench/text_of.h"

namespace quorumlab::bench {

class ObjectWriter : public Writer<ObjectWriter> {
 public:
  explicit ObjectWriter(const ObjectShape& shape) : shape_(shape), generator_(shape) {}

  // Has the wrong result been given, if one was asked for? Where too little happens, none shows.
  [[nodiscard]] bool is_planted() const { return generator_.is_planted(); }

 private:
  friend class Writer<ObjectWriter>;

  bool next() {
    return generator_.next([this](const models::ObjectCall& call, bool ends) { tell(call, ends); });
  }

  void tell(const models::ObjectCall& call, bool ends) {
    using models::Method;
    const bool asks = call.method == Method::kRead || call.method == Method::kPop ||
                      call.method == Method::kGenerate;
    const bool looks = call.method == Method::kContains;
    text_ += "{:process ";
    text_ += std::to_string(call.process);
    const bool swaps = call.method == Method::kCas;
    const bool refused = swaps && models::payload_of(call.result) == 0;
    text_ += !ends ? ", :type :invoke, :f " : refused ? ", :type :fail, :f " : ", :type :ok, :f ";
    text_ += name(call.method);
    text_ += ", :value ";
    if ((looks && ends) || swaps) text_ += '[';
    put(!asks ? call.a : ends ? call.result : models::kNilCell, call.many);
    if (looks && ends) {
      text_ += ' ';
      put(call.result, {});
      text_ += ']';
    } else if (swaps) {
      text_ += ' ';
      put(call.b, {});
      text_ += ']';
    }
    if (shape_.timed) text_ += ", :time " + std::to_string(now_++);
    text_ += "}\n";
  }

  [[nodiscard]] const char* name(models::Method method) const {
    using models::Method;
    const bool is_stack = shape_.kind == models::ObjectKind::kStack;
    switch (method) {
      case Method::kRead:
        return ":read";
      case Method::kAdd:
        return ":add";
      case Method::kRemove:
        return ":remove";
      case Method::kContains:
        return ":contains";
      case Method::kPush:
        return is_stack ? ":push" : ":enqueue";
      case Method::kPop:
        return is_stack ? ":pop" : ":dequeue";
      case Method::kGenerate:
        return ":generate";
      case Method::kCas:
        return ":cas";
      default:
        return ":write";
    }
  }

  void put(models::Cell value, const std::vector<models::Cell>& many) {
    if (models::is_sequence(value)) {
      text_ += '[';
      for (const models::Cell cell : many) {
        put(cell, {});
        text_ += ' ';
      }
      text_ += ']';
    } else if (models::tag_of(value) == models::Tag::kBoolean) {
      text_ += models::payload_of(value) == 0 ? "false" : "true";
    } else {
      text_ += value == models::kNilCell ? "nil" : std::to_string(models::integer_of(value));
    }
  }

  ObjectShape shape_;
  std::uint64_t now_ = 0;
  ObjectGenerator generator_;
};

using ObjectText = TextOf<ObjectWriter, ObjectShape>;

}  // namespace quorumlab::bench
