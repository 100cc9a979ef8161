#include "tools/salesopsctl/row_template.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "shared/base/decimal.h"
#include "shared/status/macros.h"
#include "tools/salesopsctl/transforms.h"

namespace salesops::ctl {
namespace {

using nlohmann::json;

struct Filter {
  std::string name;
  std::string argument;                // as it is written, escapes resolved
  std::vector<std::string> arguments;  // its parts
};

// "{column|filter:argument}"
struct Slot {
  size_t column = 0;  // in columns()
  std::string separator;
  std::vector<size_t> joined;  // columns behind the first
  std::vector<Filter> filters;
};

struct Piece {
  std::string literal;
  std::optional<Slot> slot;  // behind the literal
};

struct Text {
  std::string written;
  std::vector<Piece> pieces;
  bool is_list = false;  // one of its slots splits
};

struct Node {
  enum { kConstant, kText, kList, kObject } kind = kConstant;
  json constant;
  Text text;
  std::vector<std::string> keys;  // one for each of
  std::vector<Node> inner;
};

const std::set<std::string>& FilterNames() {
  static const auto* names = new std::set<std::string>{
      "slug", "lower",   "upper",   "trim", "value", "allowed", "times", "default", "date",
      "time", "decimal", "percent", "bool", "enum",  "lookup",  "split", "join"};
  return *names;
}

absl::Status Wrong(const std::string& text, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\": ", what));
}

// Pieces between separators that no backslash precedes. Escapes stay.
std::vector<std::string> SplitEscaped(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      parts.back() += text[i];
      parts.back() += text[++i];
    } else if (text[i] == separator) {
      parts.emplace_back();
    } else {
      parts.back() += text[i];
    }
  }
  return parts;
}

// "\n" and "\t" are those characters, any other after a backslash is itself.
std::string Unescaped(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    out += c == 'n' ? '\n' : c == 't' ? '\t' : c;
  }
  return out;
}

std::vector<std::string> UnescapedAll(std::vector<std::string> parts) {
  for (std::string& part : parts) part = Unescaped(part);
  return parts;
}

class Parser {
 public:
  Parser(const Tables& tables, std::vector<std::string>* columns)
      : tables_(tables), columns_(*columns) {}

  absl::StatusOr<Node> Parse(const json& value) {
    Node node;
    if (value.is_string()) {
      node.kind = Node::kText;
      ASSIGN_OR_RETURN(node.text, ParseText(value.get<std::string>()));
    } else if (value.is_structured()) {
      node.kind = value.is_array() ? Node::kList : Node::kObject;
      for (const auto& [key, inner] : value.items()) {
        ASSIGN_OR_RETURN(Node child, Parse(inner));
        node.keys.push_back(key);
        node.inner.push_back(std::move(child));
      }
    } else {
      node.constant = value;
    }
    return node;
  }

 private:
  absl::StatusOr<Text> ParseText(const std::string& written) {
    Text text;
    text.written = written;
    size_t at = 0;
    while (at < written.size()) {
      const size_t open = written.find('{', at);
      Piece piece;
      piece.literal = written.substr(at, std::min(open, written.size()) - at);
      at = written.size();
      if (open != std::string::npos) {
        size_t close = open + 1;
        while (close < written.size() && written[close] != '}') {
          close += written[close] == '\\' ? 2 : 1;
        }
        if (close >= written.size()) return Wrong(written, "a { is never closed");
        ASSIGN_OR_RETURN(piece.slot, ParseSlot(written.substr(open + 1, close - open - 1)));
        at = close + 1;
        const bool splits =
            std::any_of(piece.slot->filters.begin(), piece.slot->filters.end(),
                        [](const Filter& filter) { return filter.name == "split"; });
        if (splits && text.is_list) return Wrong(written, "it splits twice");
        text.is_list = text.is_list || splits;
      }
      text.pieces.push_back(std::move(piece));
    }
    return text;
  }

  absl::StatusOr<Slot> ParseSlot(const std::string& written) {
    const std::vector<std::string> parts = SplitEscaped(written, '|');
    Slot slot;
    slot.column = ColumnOf(Unescaped(parts[0]));
    for (size_t i = 1; i < parts.size(); ++i) {
      const size_t colon = std::min(parts[i].find(':'), parts[i].size());
      Filter filter;
      filter.name = parts[i].substr(0, colon);
      const std::string rest = colon < parts[i].size() ? parts[i].substr(colon + 1) : "";
      filter.argument = Unescaped(rest);
      if (FilterNames().count(filter.name) == 0) {
        return absl::InvalidArgumentError(absl::StrCat("unknown filter \"", filter.name,
                                                       "\"; there are ",
                                                       absl::StrJoin(FilterNames(), ", ")));
      }
      if (filter.name == "join") {
        if (i != 1) return Wrong(written, "join comes right after the column");
        RETURN_IF_ERROR(ParseJoin(written, rest, &slot));
        continue;
      }
      RETURN_IF_ERROR(Check(rest, &filter));
      slot.filters.push_back(std::move(filter));
    }
    return slot;
  }

  absl::Status ParseJoin(const std::string& written, const std::string& rest, Slot* slot) {
    const std::vector<std::string> parts = UnescapedAll(SplitEscaped(rest, ':'));
    if (parts.size() < 2) {
      return Wrong(written, "join names a separator and columns, such as join:-:city:street");
    }
    slot->separator = parts[0];
    for (size_t i = 1; i < parts.size(); ++i) slot->joined.push_back(ColumnOf(parts[i]));
    return absl::OkStatus();
  }

  absl::Status Check(const std::string& rest, Filter* filter) const {
    const std::string& name = filter->name;
    if (name == "value" || name == "enum") return Known(tables_.values, "values", "table", *filter);
    if (name == "allowed") return Known(tables_.allowed, "allowed", "list", *filter);
    if (name == "lookup") return Known(tables_.lookups, "lookups", "entry", *filter);
    if (name == "times" && !base::Decimal::Parse(filter->argument).ok()) {
      return Wrong(filter->argument, "times takes a number, such as times:1000");
    }
    if (name == "split" && filter->argument.empty()) filter->argument = kListSeparators;
    if (name == "bool" && !rest.empty()) {
      filter->arguments = UnescapedAll(SplitEscaped(rest, '/'));
      if (filter->arguments.size() != 2) {
        return Wrong(filter->argument, "bool takes two words, such as bool:在职/离职");
      }
    }
    if (name != "date" && name != "time") return absl::OkStatus();
    if (!rest.empty()) filter->arguments = UnescapedAll(SplitEscaped(rest, ';'));
    for (const std::string& form : filter->arguments) {
      RETURN_IF_ERROR(name == "date" ? CheckDayForm(form) : CheckTimeForm(form));
    }
    if (name == "time" && !tables_.zone) {
      return absl::InvalidArgumentError(
          "the filter time needs \"timeZone\" in the mapping file, such as \"Asia/Shanghai\"");
    }
    return absl::OkStatus();
  }

  template <class Map>
  static absl::Status Known(const Map& map, const char* section, const char* what,
                            const Filter& filter) {
    if (map.count(filter.argument) > 0) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat(section, " has no ", what, " \"", filter.argument, "\""));
  }

  size_t ColumnOf(const std::string& name) {
    const auto found = std::find(columns_.begin(), columns_.end(), name);
    if (found != columns_.end()) return static_cast<size_t>(found - columns_.begin());
    columns_.push_back(name);
    return columns_.size() - 1;
  }

  const Tables& tables_;
  std::vector<std::string>& columns_;
};

// Fills the template from one row.
class Filler {
 public:
  Filler(const Tables& tables, const std::vector<std::string>& columns,
         const std::vector<const std::string*>& values, ServerLookups& lookups, Filled* filled)
      : tables_(tables), columns_(columns), values_(values), lookups_(lookups), filled_(*filled) {}

  // nullopt: empty, to be left out. `whole` becomes false if any part was left out.
  std::optional<json> Fill(const Node& node, bool* whole) {
    switch (node.kind) {
      case Node::kText:
        return FillText(node.text, whole);
      case Node::kList:
        return FillList(node, whole);
      case Node::kObject:
        return FillObject(node, whole);
      case Node::kConstant:
        break;
    }
    return std::optional<json>(node.constant);
  }

 private:
  std::optional<json> FillObject(const Node& node, bool* whole) {
    json object = json::object();
    for (size_t i = 0; i < node.inner.size(); ++i) {
      std::optional<json> filled = Fill(node.inner[i], whole);
      if (filled) object[node.keys[i]] = *std::move(filled);
    }
    if (!object.empty()) return std::optional<json>(std::move(object));
    *whole = false;
    return std::nullopt;
  }

  // An element that lost any part is left out as a whole.
  std::optional<json> FillList(const Node& node, bool* whole) {
    json list = json::array();
    for (const Node& inner : node.inner) {
      bool element_whole = true;
      std::optional<json> filled = Fill(inner, &element_whole);
      if (!filled || !element_whole) {
        *whole = false;
      } else if (inner.kind == Node::kText && inner.text.is_list) {
        for (json& each : *filled) list.push_back(std::move(each));
      } else {
        list.push_back(*std::move(filled));
      }
    }
    if (!list.empty()) return std::optional<json>(std::move(list));
    *whole = false;
    return std::nullopt;
  }

  std::optional<json> FillText(const Text& text, bool* whole) {
    // One text, or as many as the slot that splits has parts.
    std::vector<std::string> out(1);
    for (const Piece& piece : text.pieces) {
      for (std::string& each : out) each += piece.literal;
      if (!piece.slot) continue;
      const std::vector<std::string> values = Values(*piece.slot);
      if (values.empty()) {
        *whole = false;
        return std::nullopt;
      }
      const std::string prefix = out[0];
      if (values.size() > 1) out.assign(values.size(), prefix);
      for (size_t i = 0; i < out.size(); ++i) out[i] += values[std::min(i, values.size() - 1)];
    }
    if (!text.is_list) return std::optional<json>(json(std::move(out[0])));
    json list = json::array();
    for (std::string& each : out) list.push_back(std::move(each));
    return std::optional<json>(std::move(list));
  }

  // Empty if the value is; several if it was split.
  std::vector<std::string> Values(const Slot& slot) {
    std::string value = Trimmed(*values_[slot.column]);
    for (const size_t other : slot.joined) {
      const std::string more = Trimmed(*values_[other]);
      if (!value.empty() && !more.empty()) value += slot.separator;
      value += more;
    }
    std::vector<std::string> values = {std::move(value)};
    for (const Filter& filter : slot.filters) {
      if (filter.name == "split") {
        values = SplitList(values.empty() ? "" : values[0], filter.argument);
        continue;
      }
      if (filter.name == "default" && (values.empty() || values[0].empty())) {
        values = {filter.argument};
      }
      for (std::string& each : values) {
        if (!each.empty()) Apply(filter, columns_[slot.column], &each);
      }
    }
    const bool empty = std::any_of(values.begin(), values.end(),
                                   [](const std::string& each) { return each.empty(); });
    return empty ? std::vector<std::string>() : values;
  }

  void Apply(const Filter& filter, const std::string& column, std::string* value) {
    absl::StatusOr<std::string> result = *value;
    const std::string& name = filter.name;
    if (name == "slug") {
      result = Slug(*value);
    } else if (name == "lower") {
      result = absl::AsciiStrToLower(*value);
    } else if (name == "upper") {
      result = absl::AsciiStrToUpper(*value);
    } else if (name == "value") {
      result = Replaced(filter.argument, *value);
    } else if (name == "enum") {
      result = Enumerated(filter.argument, *value);
    } else if (name == "allowed") {
      result = Allowed(filter.argument, *value);
    } else if (name == "times") {
      result = Times(filter.argument, *value);
    } else if (name == "date") {
      result = DayFrom(*value, filter.arguments);
    } else if (name == "time") {
      result = TimeFrom(*value, filter.arguments, *tables_.zone);
    } else if (name == "decimal") {
      result = DecimalFrom(*value);
    } else if (name == "percent") {
      result = PercentFrom(*value);
    } else if (name == "bool") {
      result = filter.arguments.empty()
                   ? BoolFrom(*value, "", "")
                   : BoolFrom(*value, filter.arguments[0], filter.arguments[1]);
    } else if (name == "lookup") {
      result = Found(filter.argument, *value);
    }
    if (result.ok()) {
      *value = *std::move(result);
      return;
    }
    value->clear();
    const std::string message = absl::StrCat(column, ": ", result.status().message());
    // A column that stands twice in the template is told once.
    const auto& told = filled_.rejections;
    if (std::any_of(told.begin(), told.end(),
                    [&](const Rejection& each) { return each.message == message; })) {
      return;
    }
    filled_.rejections.push_back({column, ReasonOf(name), message});
  }

  static std::string ReasonOf(const std::string& filter) {
    if (filter == "lookup") return "LOOKUP";
    if (filter == "allowed" || filter == "enum") return "NOT_ALLOWED";
    return absl::StrCat("BAD_", absl::AsciiStrToUpper(filter == "times" ? "decimal" : filter));
  }

  std::string Replaced(const std::string& table, const std::string& value) {
    const auto& replacements = tables_.values.at(table);
    const auto found = replacements.find(value);
    if (found == replacements.end() || found->second == value) return value;
    // A column that stands twice in the template is one replacement of the row.
    filled_.replacements.insert(absl::StrCat(table, ": ", value, " -> ", found->second));
    return found->second;
  }

  absl::StatusOr<std::string> Enumerated(const std::string& table, const std::string& value) const {
    const auto& words = tables_.values.at(table);
    const auto found = words.find(value);
    if (found != words.end()) return found->second;
    std::vector<std::string> known;
    for (const auto& [word, to] : words) known.push_back(word);
    return absl::InvalidArgumentError(absl::StrCat("\"", value, "\" is none of the words of ",
                                                   table, " (", absl::StrJoin(known, ", "), ")"));
  }

  absl::StatusOr<std::string> Allowed(const std::string& name, const std::string& value) const {
    const auto& list = tables_.allowed.at(name);
    if (list.count(value) > 0) return value;
    return absl::InvalidArgumentError(
        absl::StrCat("\"", value, "\" is not among the allowed values of ", name, " (",
                     absl::StrJoin(list, ", "), "); add it there, or a replacement under values"));
  }

  static absl::StatusOr<std::string> Times(const std::string& factor, const std::string& value) {
    const absl::StatusOr<base::Decimal> number = base::Decimal::Parse(value);
    const absl::StatusOr<base::Decimal> by = base::Decimal::Parse(factor);
    if (!number.ok() || !by.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("\"", value, "\" is not a number"));
    }
    ASSIGN_OR_RETURN(const base::Decimal product, base::Decimal::CheckedMultiply(*number, *by));
    return product.ToCanonicalString();
  }

  absl::StatusOr<std::string> Found(const std::string& name, const std::string& value) {
    const Lookup& lookup = tables_.lookups.at(name);
    const auto missing = [&] {
      return absl::NotFoundError(
          absl::StrCat("\"", value, "\" is not found by ", name, WhereIs(lookup)));
    };
    const auto ambiguous = [&] {
      return absl::NotFoundError(
          absl::StrCat("\"", value, "\" stands for several by ", name, WhereIs(lookup)));
    };
    if (lookup.collection.empty()) {
      const auto found = lookup.table.find(value);
      if (found == lookup.table.end()) return missing();
      if (!found->second) return ambiguous();
      return *found->second;
    }
    const ServerLookups::Answer answer = lookups_.Find(name, value);
    switch (answer.kind) {
      case ServerLookups::Answer::kFound:
        return answer.name;
      case ServerLookups::Answer::kNotFound:
        return missing();
      case ServerLookups::Answer::kAmbiguous:
        return ambiguous();
      case ServerLookups::Answer::kNotAsked:
        break;
    }
    filled_.pending = true;
    return value;
  }

  static std::string WhereIs(const Lookup& lookup) {
    if (lookup.collection.empty()) return "";
    return absl::StrCat(
        " (", lookup.collection, ", by ",
        lookup.by_display_name ? "display name" : absl::StrCat("external key of ", lookup.source),
        ")");
  }

  const Tables& tables_;
  const std::vector<std::string>& columns_;
  const std::vector<const std::string*>& values_;
  ServerLookups& lookups_;
  Filled& filled_;
};

void CollectLeaves(const Node& node, const std::string& path,
                   const std::vector<std::string>& columns,
                   std::vector<RowTemplate::Leaf>* leaves) {
  if (node.kind == Node::kConstant) {
    leaves->push_back({path, node.constant.dump(), {}});
    return;
  }
  if (node.kind == Node::kText) {
    RowTemplate::Leaf leaf{path, node.text.written, {}};
    for (const Piece& piece : node.text.pieces) {
      if (!piece.slot) continue;
      leaf.columns.push_back(columns[piece.slot->column]);
      for (const size_t other : piece.slot->joined) leaf.columns.push_back(columns[other]);
    }
    leaves->push_back(std::move(leaf));
    return;
  }
  for (size_t i = 0; i < node.inner.size(); ++i) {
    const std::string& key = node.keys[i];
    CollectLeaves(node.inner[i],
                  node.kind == Node::kList ? absl::StrCat(path, "[", i, "]")
                  : path.empty()           ? key
                                           : absl::StrCat(path, ".", key),
                  columns, leaves);
  }
}

}  // namespace

struct RowTemplate::Tree {
  const Tables* tables = nullptr;
  std::vector<std::string> columns;
  Node root;
};

RowTemplate::RowTemplate(std::unique_ptr<const Tree> tree) : tree_(std::move(tree)) {}
RowTemplate::~RowTemplate() = default;
RowTemplate::RowTemplate(RowTemplate&&) noexcept = default;
RowTemplate& RowTemplate::operator=(RowTemplate&&) noexcept = default;

absl::StatusOr<RowTemplate> RowTemplate::Parse(const json& row, const Tables& tables) {
  auto tree = std::make_unique<Tree>();
  tree->tables = &tables;
  Parser parser(tables, &tree->columns);
  ASSIGN_OR_RETURN(tree->root, parser.Parse(row));
  return RowTemplate(std::move(tree));
}

const std::vector<std::string>& RowTemplate::columns() const { return tree_->columns; }

Filled RowTemplate::Fill(const std::vector<const std::string*>& values,
                         ServerLookups& lookups) const {
  Filled filled;
  Filler filler(*tree_->tables, tree_->columns, values, lookups, &filled);
  bool whole = true;
  std::optional<json> value = filler.Fill(tree_->root, &whole);
  if (value) filled.value = *std::move(value);
  return filled;
}

std::vector<RowTemplate::Leaf> RowTemplate::Leaves() const {
  std::vector<Leaf> leaves;
  CollectLeaves(tree_->root, "", tree_->columns, &leaves);
  return leaves;
}

}  // namespace salesops::ctl
