#pragma once

// The header fields of one HTTP/2 header block, in the order they came, kept in two allocations.
//
//   HeaderList headers;
//   headers.Add(":path", "/a.B/C");
//   headers.Find(":path");   // "/a.B/C"
//
// Views into a list are good until the next Add or Clear.
//
// Thread-safety: belongs to one thread.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace salesops::gateway {

class HeaderList {
 public:
  struct Field {
    absl::string_view name;
    absl::string_view value;
  };

  void Add(absl::string_view name, absl::string_view value) {
    if (places_.empty()) {
      text_.reserve(1024);
      places_.reserve(16);
    }
    places_.push_back({static_cast<uint32_t>(text_.size()), static_cast<uint32_t>(name.size()),
                       static_cast<uint32_t>(value.size())});
    text_.append(name.data(), name.size());
    text_.append(value.data(), value.size());
  }

  void Clear() {
    text_.clear();
    places_.clear();
  }

  bool empty() const { return places_.empty(); }
  size_t size() const { return places_.size(); }

  Field operator[](size_t i) const {
    const Place& place = places_[i];
    const absl::string_view text(text_.data() + place.begin, place.name + place.value);
    return {text.substr(0, place.name), text.substr(place.name)};
  }

  // What SETTINGS_MAX_HEADER_LIST_SIZE counts (RFC 9113, 6.5.2).
  size_t bytes() const { return text_.size() + 32 * places_.size(); }

  // The first value; empty if there is none.
  absl::string_view Find(absl::string_view name) const {
    for (size_t i = 0; i < size(); ++i) {
      if ((*this)[i].name == name) return (*this)[i].value;
    }
    return {};
  }

  std::vector<absl::string_view> Values(absl::string_view name) const {
    std::vector<absl::string_view> values;
    for (size_t i = 0; i < size(); ++i) {
      if ((*this)[i].name == name) values.push_back((*this)[i].value);
    }
    return values;
  }

 private:
  struct Place {
    uint32_t begin, name, value;
  };
  std::string text_;
  std::vector<Place> places_;
};

}  // namespace salesops::gateway
