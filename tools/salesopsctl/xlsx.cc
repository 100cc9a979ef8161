#include "tools/salesopsctl/xlsx.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "shared/status/macros.h"
#include "tools/salesopsctl/cell_format.h"
#include "tools/salesopsctl/office_package.h"

namespace salesops::ctl {
namespace {

using Attributes = XmlHandler::Attributes;

constexpr int64_t kSheetLimit = int64_t{2} << 30;
constexpr int64_t kStringsLimit = 256 << 20;
constexpr int64_t kPartLimit = 16 << 20;
constexpr size_t kRowLimit = 16 << 20;
constexpr int64_t kMostRows = 1'048'576;
constexpr int64_t kMostColumns = 16'384;

absl::Status Damaged(const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat("the workbook is damaged: ", what));
}

std::string Value(const Attributes& attributes, const std::string& name) {
  const auto found = attributes.find(name);
  return found == attributes.end() ? "" : found->second;
}

bool IsTrue(const std::string& text) { return text == "1" || text == "true"; }

// The character of "_x000D_", which stands for one that XML cannot hold (22.9.2.19); -1 if `text`
// does not begin with such. Halves of surrogate pairs are no characters.
int EscapedCharacter(absl::string_view text) {
  if (text.size() < 7 || text[0] != '_' || text[1] != 'x' || text[6] != '_') return -1;
  int code = 0;
  for (const char c : text.substr(2, 4)) {
    if (!absl::ascii_isxdigit(c)) return -1;
    code = code * 16 + (absl::ascii_isdigit(c) ? c - '0' : absl::ascii_tolower(c) - 'a' + 10);
  }
  return code >= 0xD800 && code < 0xE000 ? -1 : code;
}

void AppendUtf8(int code, std::string* out) {
  if (code < 0x80) {
    *out += static_cast<char>(code);
    return;
  }
  if (code < 0x800) {
    *out += static_cast<char>(0xC0 | code >> 6);
  } else {
    *out += static_cast<char>(0xE0 | code >> 12);
    *out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
  }
  *out += static_cast<char>(0x80 | (code & 0x3F));
}

std::string Unescaped(absl::string_view text) {
  std::string out;
  while (!text.empty()) {
    const int code = EscapedCharacter(text);
    if (code >= 0) {
      AppendUtf8(code, &out);
      text.remove_prefix(7);
    } else {
      out += text[0];
      text.remove_prefix(1);
    }
  }
  return out;
}

// "AB" -> 27; -1 if it is no column.
int64_t ColumnOf(absl::string_view reference) {
  int64_t column = 0;
  for (const char c : reference) {
    if (!absl::ascii_isupper(c)) break;
    column = column * 26 + (c - 'A' + 1);
    if (column > kMostColumns) return -1;
  }
  return column - 1;
}

std::string LettersOf(int64_t column) {
  std::string letters;
  for (int64_t n = column + 1; n > 0; n = (n - 1) / 26) {
    letters.insert(letters.begin(), static_cast<char>('A' + (n - 1) % 26));
  }
  return letters;
}

// ---- the small parts

struct Relation {
  std::string type, target;
};

class RelationsPart final : public XmlHandler {
 public:
  absl::Status Start(const std::string& element, const Attributes& a) override {
    if (element == "Relationship")
      relations[Value(a, "Id")] = {Value(a, "Type"), Value(a, "Target")};
    return absl::OkStatus();
  }
  absl::Status End(const std::string&) override { return absl::OkStatus(); }
  absl::Status Text(absl::string_view) override { return absl::OkStatus(); }

  std::map<std::string, Relation> relations;
};

class WorkbookPart final : public XmlHandler {
 public:
  absl::Status Start(const std::string& element, const Attributes& a) override {
    if (element == "workbookPr" && IsTrue(Value(a, "date1904"))) system = DateSystem::k1904;
    if (element == "sheet") sheets.emplace_back(Value(a, "name"), Value(a, "id"));
    return absl::OkStatus();
  }
  absl::Status End(const std::string&) override { return absl::OkStatus(); }
  absl::Status Text(absl::string_view) override { return absl::OkStatus(); }

  DateSystem system = DateSystem::k1900;
  std::vector<std::pair<std::string, std::string>> sheets;  // name, relation
};

// What a cell style says of a number.
struct NumberStyle {
  FormatKind kind = FormatKind::kNumber;
  std::string currency;  // "" = none
};

// The styles of cells.
class StylesPart final : public XmlHandler {
 public:
  absl::Status Start(const std::string& element, const Attributes& a) override {
    if (element == "cellXfs") in_formats_ = true;
    if (element == "numFmt") codes_[Value(a, "numFmtId")] = Value(a, "formatCode");
    if (element == "xf" && in_formats_) numbers.push_back(StyleOf(Value(a, "numFmtId")));
    return absl::OkStatus();
  }
  absl::Status End(const std::string& element) override {
    if (element == "cellXfs") in_formats_ = false;
    return absl::OkStatus();
  }
  absl::Status Text(absl::string_view) override { return absl::OkStatus(); }

  std::vector<NumberStyle> numbers;

 private:
  NumberStyle StyleOf(const std::string& id) const {
    const auto own = codes_.find(id);
    if (own != codes_.end()) return {KindOfFormat(own->second), CurrencyOf(own->second)};
    int number = 0;
    return {absl::SimpleAtoi(id, &number) ? KindOfBuiltIn(number) : FormatKind::kNumber, ""};
  }

  std::map<std::string, std::string> codes_;
  bool in_formats_ = false;
};

// All strings in one piece, so that many short ones take little more than their letters.
class StringsPart final : public XmlHandler {
 public:
  absl::Status Start(const std::string& element, const Attributes&) override {
    if (element == "rPh") phonetic_ = true;
    text_ = element == "t" && !phonetic_;
    return absl::OkStatus();
  }
  absl::Status End(const std::string& element) override {
    if (element == "rPh") phonetic_ = false;
    if (element == "si") ends_.push_back(static_cast<uint32_t>(all_.size()));
    text_ = false;
    return absl::OkStatus();
  }
  absl::Status Text(absl::string_view text) override {
    if (text_) all_.append(text.data(), text.size());
    return absl::OkStatus();
  }

  size_t size() const { return ends_.size(); }
  absl::string_view At(size_t i) const {
    const size_t begin = i == 0 ? 0 : ends_[i - 1];
    return absl::string_view(all_).substr(begin, ends_[i] - begin);
  }

 private:
  std::string all_;
  std::vector<uint32_t> ends_;
  bool text_ = false, phonetic_ = false;
};

// What a sheet needs of the rest of its workbook.
struct Book {
  DateSystem system = DateSystem::k1900;
  std::vector<NumberStyle> numbers;
  StringsPart strings;
};

// ---- the sheet

struct Cell {
  int64_t column = 0;
  std::string text;
  std::string reason, message;  // why it cannot be read
};

struct SheetRow {
  int64_t number = 0;
  std::vector<Cell> cells;  // in the order of their columns, without empty ones
};

// Pauses its part after each row that is not empty.
class SheetPart final : public XmlHandler {
 public:
  explicit SheetPart(const Book& book) : book_(book) {}
  void Use(XmlPart* part) { part_ = part; }
  SheetRow& row() { return row_; }

  absl::Status Start(const std::string& element, const Attributes& a) override {
    if (element == "sheetData") in_data_ = true;
    if (!in_data_) return absl::OkStatus();
    if (element == "row") return BeginRow(a);
    if (element == "c") return BeginCell(a);
    if (element == "f") formula_ = true;
    if (element == "rPh") phonetic_ = true;
    text_ = element == "v" || (element == "t" && !phonetic_);
    valued_ = valued_ || element == "v";
    return absl::OkStatus();
  }

  absl::Status End(const std::string& element) override {
    text_ = false;
    if (element == "sheetData") in_data_ = false;
    if (element == "rPh") phonetic_ = false;
    if (!in_data_) return absl::OkStatus();
    if (element == "c") return EndCell();
    if (element == "row" && !row_.cells.empty()) part_->Pause();
    return absl::OkStatus();
  }

  absl::Status Text(absl::string_view text) override {
    if (!text_) return absl::OkStatus();
    RETURN_IF_ERROR(Grow(text.size()));
    content_.append(text.data(), text.size());
    return absl::OkStatus();
  }

 private:
  absl::Status BeginRow(const Attributes& a) {
    int64_t number = row_.number + 1;
    const std::string given = Value(a, "r");
    if (!given.empty() && !absl::SimpleAtoi(given, &number)) number = 0;
    if (number <= row_.number || number > kMostRows) {
      return Damaged(absl::StrCat("row \"", given, "\" comes after row ", row_.number));
    }
    row_ = {number, {}};
    column_ = -1;
    size_ = 0;
    return absl::OkStatus();
  }

  absl::Status BeginCell(const Attributes& a) {
    const std::string reference = Value(a, "r");
    const int64_t column = reference.empty() ? column_ + 1 : ColumnOf(reference);
    if (column <= column_ || column >= kMostColumns) {
      return Damaged(
          absl::StrCat("cell \"", reference, "\" of row ", row_.number, " is out of its place"));
    }
    column_ = column;
    type_ = Value(a, "t");
    style_ = 0;
    if (!absl::SimpleAtoi(Value(a, "s"), &style_)) style_ = 0;
    content_.clear();
    formula_ = valued_ = phonetic_ = false;
    return absl::OkStatus();
  }

  absl::Status EndCell() {
    Cell cell;
    cell.column = column_;
    if (type_ == "e") {
      cell.reason = "CELL_ERROR";
      cell.message = absl::StrCat("holds the error ", content_);
    } else if (formula_ && !valued_) {
      cell.reason = "NO_RESULT";
      cell.message =
          "holds a formula whose result was not saved; open the file in Excel and save it";
    } else if (type_ == "s") {
      size_t index = 0;
      if (!absl::SimpleAtoi(content_, &index) || index >= book_.strings.size()) {
        return Damaged(absl::StrCat("cell ", LettersOf(column_), row_.number,
                                    " names a text that is not there"));
      }
      RETURN_IF_ERROR(Grow(book_.strings.At(index).size()));
      cell.text = Unescaped(book_.strings.At(index));
    } else if (type_ == "b") {
      cell.text = content_ == "1" || content_ == "true" ? "TRUE" : content_.empty() ? "" : "FALSE";
    } else if (type_ == "inlineStr" || type_ == "str") {
      cell.text = Unescaped(content_);
    } else if (type_ == "d" || content_.empty()) {
      cell.text = content_;
    } else {
      Number(&cell);
    }
    if (!cell.text.empty() || !cell.reason.empty()) row_.cells.push_back(std::move(cell));
    return absl::OkStatus();
  }

  void Number(Cell* cell) const {
    const NumberStyle style = style_ >= 0 && static_cast<size_t>(style_) < book_.numbers.size()
                                  ? book_.numbers[static_cast<size_t>(style_)]
                                  : NumberStyle();
    absl::StatusOr<std::string> text = style.currency.empty()
                                           ? NumberText(content_, style.kind, book_.system)
                                           : MoneyText(content_, style.currency);
    if (text.ok()) {
      cell->text = *std::move(text);
    } else {
      cell->reason = "BAD_NUMBER";
      cell->message = std::string(text.status().message());
    }
  }

  absl::Status Grow(size_t by) {
    size_ += by;
    if (size_ <= kRowLimit) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("row ", row_.number, " holds more than ", kRowLimit >> 20, " MiB of text"));
  }

  const Book& book_;
  XmlPart* part_ = nullptr;
  SheetRow row_;
  int64_t column_ = -1;
  size_t size_ = 0;  // of the row's texts
  std::string type_, content_;
  int style_ = 0;
  bool in_data_ = false, text_ = false, phonetic_ = false, formula_ = false, valued_ = false;
};

class XlsxSource final : public RowSource {
 public:
  explicit XlsxSource(std::unique_ptr<OfficePackage> package)
      : RowSource(FileFormat::kXlsx), package_(std::move(package)), sheet_(book_) {
    has_mark_ = true;  // what is written beside it is for Excel
  }

  absl::Status Open(const std::string& sheet) {
    std::string workbook = "xl/workbook.xml";
    if (package_->Has("_rels/.rels")) {
      ASSIGN_OR_RETURN(const auto root, Relations("_rels/.rels"));
      for (const auto& [id, relation] : root) {
        if (absl::EndsWith(relation.type, "/officeDocument"))
          workbook = PathOf("", relation.target);
      }
    }
    WorkbookPart about;
    RETURN_IF_ERROR(package_->Read(workbook, kPartLimit, &about));
    book_.system = about.system;
    const size_t slash = workbook.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : workbook.substr(0, slash + 1);
    ASSIGN_OR_RETURN(
        const auto relations,
        Relations(absl::StrCat(folder, "_rels/", workbook.substr(folder.size()), ".rels")));
    for (const auto& [id, relation] : relations) {
      const std::string part = PathOf(folder, relation.target);
      if (absl::EndsWith(relation.type, "/styles")) {
        StylesPart styles;
        RETURN_IF_ERROR(package_->Read(part, kPartLimit, &styles));
        book_.numbers = std::move(styles.numbers);
      } else if (absl::EndsWith(relation.type, "/sharedStrings")) {
        RETURN_IF_ERROR(package_->Read(part, kStringsLimit, &book_.strings));
      }
    }
    ASSIGN_OR_RETURN(const std::string chosen, Choose(about, sheet));
    const auto relation = relations.find(chosen);
    if (relation == relations.end()) return Damaged("a sheet has no part");
    ASSIGN_OR_RETURN(part_,
                     package_->Part(PathOf(folder, relation->second.target), kSheetLimit, &sheet_));
    sheet_.Use(part_.get());
    return ReadHeader();
  }

  absl::StatusOr<std::optional<Record>> Next() override {
    ASSIGN_OR_RETURN(const bool more, part_->Run());
    if (!more) return std::optional<Record>();
    SheetRow& row = sheet_.row();
    Record record;
    record.row = row.number;
    record.cells.resize(columns_.size());
    for (Cell& cell : row.cells) Put(row.number, &cell, &record);
    return std::optional<Record>(std::move(record));
  }

 private:
  absl::StatusOr<std::map<std::string, Relation>> Relations(const std::string& part) {
    RelationsPart relations;
    RETURN_IF_ERROR(package_->Read(part, kPartLimit, &relations));
    return std::move(relations.relations);
  }

  // A target is relative to the folder of the part that names it, or from the root.
  static std::string PathOf(std::string folder, absl::string_view target) {
    if (absl::ConsumePrefix(&target, "/")) return std::string(target);
    while (absl::ConsumePrefix(&target, "../")) {
      const size_t above =
          folder.size() < 2 ? std::string::npos : folder.rfind('/', folder.size() - 2);
      folder.resize(above == std::string::npos ? 0 : above + 1);
    }
    return absl::StrCat(folder, target);
  }

  // Its relation.
  static absl::StatusOr<std::string> Choose(const WorkbookPart& book, const std::string& sheet) {
    if (book.sheets.empty()) return Damaged("it has no sheets");
    if (sheet.empty()) return book.sheets[0].second;
    std::vector<std::string> names;
    for (const auto& [name, relation] : book.sheets) {
      if (name == sheet) return relation;
      names.push_back(absl::StrCat("\"", name, "\""));
    }
    return absl::InvalidArgumentError(absl::StrCat("the workbook has no sheet \"", sheet,
                                                   "\"; it has ", absl::StrJoin(names, ", ")));
  }

  absl::Status ReadHeader() {
    ASSIGN_OR_RETURN(const bool any, part_->Run());
    if (!any) return absl::InvalidArgumentError("the sheet is empty; it needs a header row");
    const SheetRow& row = sheet_.row();
    for (const Cell& cell : row.cells) {
      if (!cell.reason.empty()) {
        return absl::InvalidArgumentError(
            absl::StrCat("cell ", LettersOf(cell.column), row.number, ": ", cell.message));
      }
      columns_.resize(static_cast<size_t>(cell.column) + 1);
      columns_.back() = std::string(absl::StripAsciiWhitespace(cell.text));
    }
    known_ = columns_.size();
    TakeRejectColumns(&columns_);
    return CheckColumns(columns_, row.number);
  }

  void Put(int64_t number, Cell* cell, Record* record) const {
    const auto column = static_cast<size_t>(cell->column);
    if (column >= known_) {
      record->rejections.push_back({"", "NO_HEADER",
                                    absl::StrCat("cell ", LettersOf(cell->column), number,
                                                 " is outside the columns of the header")});
      return;
    }
    if (column >= columns_.size()) return;  // says why the row was rejected once
    record->cells[column] = std::move(cell->text);
    if (cell->reason.empty()) return;
    record->rejections.push_back(
        {columns_[column], cell->reason,
         absl::StrCat("column \"", columns_[column], "\": cell ", LettersOf(cell->column), number,
                      ": ", cell->message)});
  }

  const std::unique_ptr<OfficePackage> package_;
  Book book_;
  SheetPart sheet_;
  std::unique_ptr<XmlPart> part_;
  size_t known_ = 0;  // columns with those of a reject file
};

absl::StatusOr<std::unique_ptr<RowSource>> OpenBook(
    absl::StatusOr<std::unique_ptr<OfficePackage>> package, const std::string& sheet) {
  RETURN_IF_ERROR(package.status());
  auto source = std::make_unique<XlsxSource>(*std::move(package));
  RETURN_IF_ERROR(source->Open(sheet));
  return source;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RowSource>> OpenXlsx(const std::string& path,
                                                    const std::string& sheet) {
  return OpenBook(OfficePackage::Open(path), sheet);
}

absl::StatusOr<std::unique_ptr<RowSource>> OpenXlsxBytes(absl::string_view bytes,
                                                         const std::string& sheet) {
  return OpenBook(OfficePackage::OpenBytes(bytes), sheet);
}

}  // namespace salesops::ctl
