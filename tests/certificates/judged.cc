#include "tests/certificates/judged.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "tests/verifier/verify.h"
#include "tools/finding_json.h"

namespace quorumlab::testing {
namespace {

using Json = nlohmann::ordered_json;

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15 + 7) {}
  std::uint32_t below(std::uint64_t bound) {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = (state_ ^ state_ >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return static_cast<std::uint32_t>((z ^ z >> 31) % bound);
  }
  bool chance(std::uint64_t percent) { return below(100) < percent; }

 private:
  std::uint64_t state_;
};

class Lines {
 public:
  void tell(const char* type, std::uint32_t process, const std::string& f, const Json& value,
            bool unwritten = false) {
    Json line{{"type", type}, {"process", process}, {"f", f}, {"value", value}};
    line["time"] = 1'000'000 * ++position_;
    if (unwritten) line["unwritten"] = true;
    text += line.dump() + "\n";
  }

  std::string text;

 private:
  std::int64_t position_ = 0;
};

// Clients that each begin something, do it at some instant, and end it.
class Clients {
 public:
  struct Deed {
    std::string f;
    Json in;
    Json out;
    bool unwritten = false;
    bool failed = false;
  };

  Clients(Random& random, std::uint32_t count) : random_(random), clients_(count) {
    for (std::uint32_t i = 0; i < count; ++i) clients_[i].process = i;
  }
  virtual ~Clients() = default;
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  std::string run(std::uint64_t count, std::uint64_t unknown) {
    std::uint64_t begun = 0;
    std::size_t busy = 0;
    while (begun < count || busy > 0) {
      Client& client = clients_[random_.below(clients_.size())];
      if (client.phase == 0 && begun < count) {
        ++begun;
        ++busy;
        client.deed = begin(client.process);
        lines_.tell("invoke", client.process, client.deed.f, client.deed.in);
        client.phase = 1;
      } else if (client.phase == 1) {
        act(client.process, client.deed);
        client.phase = 2;
      } else if (client.phase == 2) {
        const bool lost = random_.chance(unknown);
        const char* const type = lost ? "info" : client.deed.failed ? "fail" : "ok";
        const Json& told = lost || client.deed.failed ? client.deed.in : client.deed.out;
        lines_.tell(type, client.process, client.deed.f, told, !lost && client.deed.unwritten);
        if (lost) client.process += 100;
        client.phase = 0;
        --busy;
      }
    }
    return lines_.text;
  }

  std::string& text() { return lines_.text; }

 protected:
  virtual Deed begin(std::uint32_t process) = 0;
  virtual void act(std::uint32_t process, Deed& deed) = 0;

  Random& random_;
  Lines lines_;

 private:
  struct Client {
    std::uint32_t process = 0;
    int phase = 0;
    Deed deed;
  };
  std::vector<Client> clients_;
};

class Registers : public Clients {
 public:
  Registers(Random& random, std::uint64_t stale) : Clients(random, 4), stale_(stale) {}

 private:
  Deed begin(std::uint32_t) override {
    const std::uint32_t key = random_.below(2);
    if (random_.chance(60)) return {"read", Json::array({key, nullptr}), {}};
    return {"write", Json::array({key, ++fresh_}), {}};
  }

  void act(std::uint32_t, Deed& deed) override {
    deed.out = deed.in;
    auto& versions = versions_[deed.in[0].get<std::size_t>()];
    if (deed.f == "write") {
      versions.push_back(deed.in[1]);
      return;
    }
    std::size_t at = versions.size() - 1;
    if (random_.chance(stale_)) at = random_.below(versions.size());
    deed.out[1] = versions[at];
    if (stale_ > 0 && random_.chance(1)) deed.out[1] = fresh_ + 1;
    deed.unwritten = deed.out[1].is_null();
  }

  const std::uint64_t stale_;
  std::uint32_t fresh_ = 0;
  std::vector<Json> versions_[2] = {{Json()}, {Json()}};
};

// Objects that now and then lose or mix up something.
class Sloppy : public Clients {
 public:
  Sloppy(Random& random, std::string object, std::uint64_t sloppy, bool polls)
      : Clients(random, 3), object_(std::move(object)), sloppy_(sloppy), polls_(polls) {}

  std::string run_all() {
    run(8, 0);
    const bool has_looks = object_ != "lock" && object_ != "ids";
    for (std::uint32_t i = 0; has_looks && i < 40 && !is_done_; ++i) {
      Deed deed{look(), nullptr, {}};
      if (is_polled()) deed.in = i;
      lines_.tell("invoke", i % 3, deed.f, is_polled() ? Json::array({i, nullptr}) : deed.in);
      act(i % 3, deed);
      lines_.tell("ok", i % 3, deed.f, deed.out, deed.unwritten);
      if (is_container()) {
        is_done_ = deed.out.is_null();
      } else {
        is_done_ = is_polled() ? i >= fresh_ : i == 5;
      }
    }
    return lines_.text;
  }

 private:
  [[nodiscard]] bool is_container() const { return object_ == "queue" || object_ == "stack"; }
  [[nodiscard]] bool is_polled() const { return object_ == "log" && polls_; }
  [[nodiscard]] std::string look() const {
    return object_ == "queue"   ? "dequeue"
           : object_ == "stack" ? "pop"
           : is_polled()        ? "poll"
                                : "read";
  }

  Deed begin(std::uint32_t process) override {
    if (object_ == "lock") return {held_[process % 3] ? "release" : "acquire", nullptr, {}};
    if (object_ == "ids") return {"generate", nullptr, {}};
    if (object_ == "counter") return {random_.chance(50) ? "inc" : "read", 1, {}};
    const bool adds = random_.chance(65);
    const char* const add = object_ == "queue"      ? "enqueue"
                            : object_ == "stack"    ? "push"
                            : object_ == "set"      ? "add"
                            : object_ == "register" ? "write"
                            : polls_                ? "send"
                                                    : "append";
    if (adds) return {add, ++fresh_, {}};
    if (is_polled()) return {"poll", random_.below(3), {}};
    return {look(), nullptr, {}};
  }

  void act(std::uint32_t process, Deed& deed) override {
    const bool slips = random_.chance(sloppy_);
    deed.out = deed.in;
    if (deed.f == "acquire") {
      deed.failed = is_locked_ && !slips;
      if (deed.failed) return;
      is_locked_ = true;
      held_[process % 3] = true;
      deed.out = slips ? fresh_ : ++fresh_;
    } else if (deed.f == "release") {
      held_[process % 3] = false;
      is_locked_ = held_[0] || held_[1] || held_[2];
    } else if (deed.f == "generate") {
      deed.out = slips && fresh_ > 0 ? fresh_ : ++fresh_;
    } else if (deed.f == "inc") {
      ++total_;
    } else if (object_ == "counter") {
      deed.out = total_ - (slips ? 1 : 0);
    } else if (deed.f == "write") {
      if (!slips || held_elements_.empty()) held_elements_.push_back(deed.in);
    } else if (object_ == "register") {
      deed.unwritten = held_elements_.empty();
      deed.out = deed.unwritten ? Json() : held_elements_.back();
      if (slips && held_elements_.size() > 1) deed.out = held_elements_[held_elements_.size() - 2];
    } else if (deed.f == look()) {
      find(deed, slips);
    } else {
      if (deed.f == "send") deed.out = Json::array({held_elements_.size(), deed.in});
      if (!slips) held_elements_.push_back(deed.in);
    }
  }

  void find(Deed& deed, bool slips) {
    if (is_polled()) {
      const std::size_t at = deed.in;
      deed.out = Json::array({at, at < held_elements_.size() ? held_elements_[at] : Json()});
    } else if (is_container()) {
      deed.out = nullptr;
      if (held_elements_.empty()) return;
      const std::size_t at = object_ == "queue" ? 0 : held_elements_.size() - 1;
      deed.out = held_elements_[at];
      held_elements_.erase(at);
    } else {
      deed.out = held_elements_;
      if (slips && !deed.out.empty()) deed.out.erase(random_.below(deed.out.size()));
    }
  }

  const std::string object_;
  const std::uint64_t sloppy_;
  const bool polls_;
  std::uint32_t fresh_ = 0;
  int total_ = 0;
  Json held_elements_ = Json::array();
  bool is_locked_ = false;
  bool held_[3] = {};
  bool is_done_ = false;
};

class Txns : public Clients {
 public:
  Txns(Random& random, bool lists, std::uint64_t odd)
      : Clients(random, 3), lists_(lists), odd_(odd), states_(1, State(3)) {}

 private:
  using State = std::vector<std::vector<Json>>;  // by key: its versions

  Deed begin(std::uint32_t) override {
    Deed deed{"txn", Json::array(), {}};
    for (std::uint32_t i = 1 + random_.below(3); i > 0; --i) {
      const std::uint32_t key = random_.below(3);
      if (random_.chance(50)) {
        deed.in.push_back(Json::array({"r", key, nullptr}));
      } else {
        deed.in.push_back(Json::array({lists_ ? "append" : "w", key, ++fresh_}));
      }
    }
    deed.failed = random_.chance(5);
    return deed;
  }

  void act(std::uint32_t, Deed& deed) override {
    deed.out = deed.in;
    State view =
        states_[states_.size() - 1 - random_.below(std::min<std::size_t>(3, states_.size()))];
    State next = states_.back();
    for (Json& micro : deed.out) {
      auto& versions = view[micro[1].get<std::size_t>()];
      if (micro[0] != "r") {
        versions.push_back(micro[2]);
        next[micro[1].get<std::size_t>()].push_back(micro[2]);
        continue;
      }
      std::size_t seen = versions.size();
      if (seen > 0 && random_.chance(odd_)) --seen;
      if (lists_) {
        micro[2] = Json::array();
        for (std::size_t v = 0; v < seen; ++v) micro[2].push_back(versions[v]);
      } else if (seen > 0) {
        micro[2] = versions[seen - 1];
      }
    }
    if (!deed.failed) states_.push_back(next);
  }

  const bool lists_;
  const std::uint64_t odd_;
  std::uint32_t fresh_ = 0;
  std::vector<State> states_;
};

}  // namespace

Judged judge_text(const std::string& text, models::JudgeOptions options,
                  const std::string& initial) {
  models::JournalResult read = models::read_journal(text);
  EXPECT_FALSE(read.error) << read.error->message;
  options.certify = true;
  const models::Finding finding = judge_journal(*read.journal, options);
  return {finding.model, finding.verdict, to_jepsen_json(*read.journal),
          tools::certificate_json(*read.journal, finding, options, initial)};
}

std::string verified(const Judged& judged) {
  return verifier::verify(judged.history, judged.certificate);
}

std::string register_text(std::uint64_t seed, std::uint64_t count, std::uint64_t stale) {
  Random random(seed);
  return Registers(random, stale).run(count, 4);
}

std::string promise_text(const std::string& object, std::uint64_t seed) {
  Random random(seed);
  return Sloppy(random, object, seed % 3 * 15, seed % 2 == 0).run_all();
}

std::string txn_text(std::uint64_t seed, bool lists) {
  Random random(seed);
  return Txns(random, lists, seed % 3 * 4).run(4 + seed % 5, 6);
}

}  // namespace quorumlab::testing
