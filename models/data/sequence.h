// A replicated growable array: a sequence that several write at once (Roh, Jeon, Kim, Lee,
// "Replicated abstract data types: Building blocks for collaborative applications", JPDC 2011,
// section 5).
//
//   Sequence<int> a, b;
//   a.merge(a.inserted(n1, {}, 7));             // Id{}: at the beginning
//   b.merge(a); b.merge(b.removed(b.elements()[0].first));
//   b.elements();                               // nothing, but others can still insert after it
//
// Each element has a name that is greater than all that its writer knew, and says after which one
// it was inserted. Of several that were inserted after the same one the greatest comes first; so an
// element skips those after its left neighbour that are greater than itself, and replicas agree.
// That keeps it right of its left neighbour and left of what its writer saw on the right. Attiya
// and others ("Specification and complexity of collaborative text editing", PODC 2016) prove that
// this is the strong list specification, and that whoever keeps it has to remember, in the worst
// case, as much as was removed: hence the tombstones.
//
// It does not keep two users' runs apart under all circumstances: whoever types backwards, each
// element before his last one, interleaves with another who does the same (Kleppmann and others,
// "Interleaving anomalies in collaborative text editors", PaPoC 2019); runs typed forwards stay
// whole.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "models/data/dots.h"
#include "models/data/stamp.h"

namespace quorumlab::models {

template <class V>
class Sequence {
 public:
  using Id = Stamp;  // of an element; Id{} is the beginning

  [[nodiscard]] Sequence inserted(sim::NodeId node, const Id& left, V value) const {
    const std::int64_t latest = elements_.empty() ? 0 : elements_.rbegin()->first.time;
    return only({latest + 1, 0, node, {}}, {left, std::move(value), false});
  }
  // With where it stood, for those who have not heard of it. Requires: it is here.
  [[nodiscard]] Sequence removed(const Id& id) const {
    Element element = elements_.at(id);
    element.gone = true;
    return only(id, std::move(element));
  }

  void merge(const Sequence& other) {
    for (const auto& [id, element] : other.elements_) {
      const auto [mine, added] = elements_.try_emplace(id, element);
      if (!added) mine->second.gone = mine->second.gone || element.gone;
      if (added) place(id);
    }
  }
  // Nothing is kept for later: an element whose left neighbour is not here, or the removal of one
  // that is not, finds nothing to do.
  void perform(const Sequence& operation) {
    for (const auto& [id, element] : operation.elements_) {
      const bool fits = element.gone ? elements_.contains(id)
                                     : element.left == Id{} || elements_.contains(element.left);
      if (fits) merge(only(id, element));
    }
  }
  // A mistake: whoever inserts after it finds no place.
  void forget_removed() {
    std::erase_if(order_, [&](const Id& id) { return elements_.at(id).gone; });
    std::erase_if(elements_, [](const auto& entry) { return entry.second.gone; });
  }

  // In their order, without what was removed.
  [[nodiscard]] std::vector<std::pair<Id, V>> elements() const {
    std::vector<std::pair<Id, V>> all;
    for (const Id& id : order_) {
      const Element& element = elements_.at(id);
      if (!element.gone) all.emplace_back(id, element.value);
    }
    return all;
  }
  [[nodiscard]] std::size_t tombstones() const {
    return static_cast<std::size_t>(std::count_if(
        elements_.begin(), elements_.end(), [](const auto& entry) { return entry.second.gone; }));
  }
  bool operator==(const Sequence&) const = default;

  void encode(Encoder& out) const {
    out.put(static_cast<std::uint32_t>(elements_.size()));
    for (const auto& [id, element] : elements_) {
      id.encode(out);
      element.left.encode(out);
      out.put(static_cast<std::uint8_t>(element.gone));
      put_item(out, element.value);
    }
  }
  [[nodiscard]] static Sequence decode(Decoder& in) {
    Sequence sequence;
    for (auto left = in.get<std::uint32_t>(); left > 0 && in.good(); --left) {
      const Id id = Id::decode(in);
      Element element;
      element.left = Id::decode(in);
      element.gone = in.get<std::uint8_t>() != 0;
      element.value = get_item<V>(in);
      sequence.elements_.emplace(id, std::move(element));
      sequence.place(id);
    }
    return sequence;
  }

 private:
  struct Element {
    Id left;
    V value{};
    bool gone = false;
    bool operator==(const Element&) const = default;
  };

  [[nodiscard]] static Sequence only(const Id& id, Element element) {
    Sequence one;
    one.elements_.emplace(id, std::move(element));
    one.place(id);
    return one;
  }

  // An element whose left neighbour is not here yet has no place until that one has.
  void place(const Id& id) {
    if (std::find(order_.begin(), order_.end(), id) != order_.end()) return;
    const Id& left = elements_.at(id).left;
    auto at = order_.begin();
    if (left != Id{}) {
      at = std::find(order_.begin(), order_.end(), left);
      if (at == order_.end()) return;
      ++at;
    }
    at = std::find_if(at, order_.end(), [&](const Id& next) { return next < id; });
    order_.insert(at, id);
    for (const auto& [other, element] : elements_) {
      if (element.left == id) place(other);
    }
  }

  std::map<Id, Element> elements_;
  std::vector<Id> order_;  // of those that have a place, tombstones among them
};

}  // namespace quorumlab::models
