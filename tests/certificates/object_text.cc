#include "tests/certificates/object_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

namespace quorumlab::testing {
namespace {

using Json = nlohmann::ordered_json;

class Generator {
 public:
  explicit Generator(const ObjectText& options)
      : options_(options), state_(options.seed * 0x9e3779b97f4a7c15 + 1) {}

  std::string run() {
    struct Client {
      std::uint32_t process = 0;
      bool busy = false;
      bool done = false;  // it has taken effect
      Json op;
      Json out;
    };
    std::vector<Client> clients(options_.processes);
    for (std::uint32_t i = 0; i < options_.processes; ++i) clients[i].process = i;
    std::uint32_t begun = 0;
    const std::uint32_t wrong_at = options_.operations * 3 / 4;
    bool wrong = options_.is_wrong;
    std::size_t busy = 0;
    while (begun < options_.operations || busy > 0) {
      Client& client = clients[below(options_.processes)];
      if (!client.busy) {
        if (begun == options_.operations) continue;
        ++begun;
        client.op = choose(client.process);
        client.busy = true;
        client.done = false;
        ++busy;
        tell("invoke", client.process, client.op["f"], client.op["in"]);
      } else if (!client.done) {
        client.out = apply(client.op, client.process);
        client.done = true;
      } else {
        --busy;
        client.busy = false;
        if (below(100) < options_.unknown) {
          tell("info", client.process, client.op["f"], client.op["in"]);
          client.process += options_.processes;
          continue;
        }
        if (wrong && begun >= wrong_at && spoil(client.op, client.out)) wrong = false;
        tell(client.out == "fail" ? "fail" : "ok", client.process, client.op["f"],
             client.out == "fail" ? client.op["in"] : client.out);
      }
    }
    return text_;
  }

 private:
  std::uint32_t below(std::uint32_t bound) {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = (state_ ^ state_ >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return static_cast<std::uint32_t>((z ^ z >> 31) % bound);
  }

  void tell(const char* type, std::uint32_t process, const Json& f, const Json& value) {
    text_ += Json{{"type", type}, {"process", process}, {"f", f}, {"value", value}}.dump() + "\n";
  }

  static Json op(const char* f, Json in) { return {{"f", f}, {"in", std::move(in)}}; }

  Json choose(std::uint32_t process) {
    const std::string& o = options_.object;
    const bool reads = below(2) == 0;
    const std::uint32_t small = 1 + below(3);
    if (o == "register") {
      if (below(4) == 0) return op("cas", Json::array({small, 1 + below(3)}));
      return reads ? op("read", nullptr) : op("write", small);
    }
    if (o == "kv") return reads ? op("get", nullptr) : op("append", std::to_string(++fresh_) + " ");
    if (o == "counter") return reads ? op("read", nullptr) : op("inc", small);
    if (o == "set") {
      if (below(5) == 0) return op("read", nullptr);
      return reads ? op("contains", small) : op(below(2) == 0 ? "add" : "remove", small);
    }
    if (o == "queue") return reads ? op("dequeue", nullptr) : op("enqueue", ++fresh_);
    if (o == "stack") return reads ? op("pop", nullptr) : op("push", 1 + ++fresh_ / 3);
    if (o == "log") {
      return reads ? op("poll", below(static_cast<std::uint32_t>(held_.size()) + 1))
                   : op("send", ++fresh_);
    }
    if (o == "lock") return op(holder_ == process ? "release" : "acquire", nullptr);
    return op("generate", nullptr);
  }

  // What the operation does and gives back; "fail": it did not happen.
  Json apply(const Json& call, std::uint32_t process) {
    const std::string f = call["f"];
    const Json& in = call["in"];
    if (f == "read" && options_.object == "set") {
      Json sorted = held_;
      std::sort(sorted.begin(), sorted.end());
      return sorted;
    }
    if (f == "read" || f == "get") return value_.is_null() ? Json("fail") : value_;
    if (f == "write") return value_ = in;
    if (f == "append") {
      value_ = (value_.is_null() ? "" : value_.get<std::string>()) + in.get<std::string>();
      return in;
    }
    if (f == "cas") {
      if (value_ != in[0]) return "fail";
      value_ = in[1];
      return in;
    }
    if (f == "inc") {
      value_ = (value_.is_null() ? 0 : value_.get<int>()) + in.get<int>();
      return in;
    }
    const auto at = std::find(held_.begin(), held_.end(), in);
    if (f == "contains") return Json::array({in, at != held_.end()});
    if (f == "add" || f == "remove") {
      if (f == "remove" && at != held_.end()) held_.erase(at);
      if (f == "add" && at == held_.end()) held_.push_back(in);
      return in;
    }
    if (f == "enqueue" || f == "push" || f == "send") {
      held_.push_back(in);
      return f == "send" ? Json::array({held_.size() - 1, in}) : in;
    }
    if (f == "poll") {
      const std::size_t offset = in;
      return Json::array({in, offset < held_.size() ? held_[offset] : Json()});
    }
    if (f == "acquire") {
      if (holder_ != UINT32_MAX) return "fail";
      holder_ = process;
      return ++fresh_;
    }
    if (f == "release") {
      holder_ = UINT32_MAX;
      return nullptr;
    }
    if (f == "generate") return ++fresh_;
    if (held_.empty()) return nullptr;
    const std::size_t out = f == "dequeue" ? 0 : held_.size() - 1;
    Json taken = held_[out];
    held_.erase(out);
    return taken;
  }

  // Makes a result wrong, if the operation has one.
  static bool spoil(const Json& call, Json& out) {
    const std::string f = call["f"];
    if (out == "fail") return false;
    if (f == "read" && out.is_array()) {
      out.push_back(77);
    } else if (f == "read" || f == "dequeue" || f == "pop") {
      out = 77;
    } else if (f == "get") {
      out = "x" + out.get<std::string>();
    } else if (f == "generate" || f == "acquire") {
      out = 1;
    } else if (f == "poll") {
      out[1] = 77;
    } else {
      return false;
    }
    return true;
  }

  const ObjectText options_;
  std::uint64_t state_;
  std::string text_;
  Json value_;
  Json held_ = Json::array();
  std::uint32_t holder_ = UINT32_MAX;
  std::uint32_t fresh_ = 0;
};

}  // namespace

std::string object_text(const ObjectText& options) {
  return Generator(options).run();
}

}  // namespace quorumlab::testing
