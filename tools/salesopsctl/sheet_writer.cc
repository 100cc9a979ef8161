#include "tools/salesopsctl/sheet_writer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "shared/base/civil.h"
#include "tools/salesopsctl/cell_format.h"
#include "tools/salesopsctl/table.h"
#include "tools/salesopsctl/text_encoding.h"

namespace salesops::ctl {
namespace {

using google::protobuf::Message;

constexpr int kExactDigits = 15;

// "_xHHHH": whether a "_" follows is not asked, since an escape after it would begin with one.
bool LooksEscaped(absl::string_view text) {
  if (text.size() < 6 || text[0] != '_' || text[1] != 'x') return false;
  for (const char c : text.substr(2, 4)) {
    if (!absl::ascii_isxdigit(c)) return false;
  }
  return true;
}

size_t Utf16Units(absl::string_view text) {
  size_t units = 0;
  for (const char each : text) {
    const auto c = static_cast<unsigned char>(each);
    if ((c & 0xC0) != 0x80) units += c >= 0xF0 ? 2 : 1;
  }
  return units;
}

// 27 -> "AB".
std::string LettersOf(size_t column) {
  std::string letters;
  for (size_t n = column + 1; n > 0; n = (n - 1) / 26) {
    letters.insert(letters.begin(), static_cast<char>('A' + (n - 1) % 26));
  }
  return letters;
}

// Without zeros in front; those at the end count.
int SignificantDigits(absl::string_view number) {
  int digits = 0;
  for (const char c : number) {
    if (absl::ascii_isdigit(c) && (c != '0' || digits > 0)) ++digits;
  }
  return digits;
}

// True if a cell that stores `number` reads as `text`.
bool ReadsAs(const std::string& number, FormatKind kind, const std::string& text) {
  const absl::StatusOr<std::string> read = NumberText(number, kind, DateSystem::k1900);
  return read.ok() && *read == text;
}

// The serial number of a day of the 1900 system.
std::optional<std::string> SerialOf(const std::string& text) {
  const absl::StatusOr<base::CivilDay> day = base::ParseDay(text);
  if (!day.ok() || *day < base::CivilDay(1900, 3, 1)) return std::nullopt;
  const std::string serial = absl::StrCat(*day - base::CivilDay(1899, 12, 30));
  if (!ReadsAs(serial, FormatKind::kDay, text)) return std::nullopt;
  return serial;
}

class SheetWriter final : public RowWriter {
 public:
  SheetWriter(std::vector<std::string> fields, int64_t already,
              std::vector<std::string>* currencies, std::ostream& out)
      : fields_(std::move(fields)),
        currencies_(currencies),
        out_(out),
        row_(already < 0 ? 0 : already + 1) {
    for (size_t i = 0; i < fields_.size(); ++i) letters_.push_back(LettersOf(i));
    if (fields_.size() > kMostSheetColumns) {
      Fail(absl::StrFormat("a sheet holds %d columns: name those that are wanted with --fields",
                           kMostSheetColumns));
    }
  }

  void Add(const Message& row) override {
    Begin();
    if (!status_.ok()) return;
    if (row_ >= kMostSheetRows) {
      return Fail(absl::StrFormat(
          "a sheet holds %d rows below its header, and there are more: export them in parts with "
          "--filter, or with --format csv",
          kMostSheetRows - 1));
    }
    ++row_;
    line_ = absl::StrCat("<row r=\"", row_, "\">");
    for (size_t i = 0; i < fields_.size() && status_.ok(); ++i) {
      Put(i, CellOf(row, fields_[i], CellStyle::kExact), CellKindOf(row, fields_[i]));
    }
    line_ += "</row>\n";
    if (status_.ok()) out_ << line_;
  }

  void EndPage() override { out_.flush(); }

  void Finish() override {
    Begin();
    out_ << "</sheetData></worksheet>\n";
  }

  absl::Status status() const override { return status_; }

 private:
  // The parts of a sheet have an order (18.3.1.99). A pane keeps the header in sight.
  void Begin() {
    if (row_ > 0) return;
    row_ = 1;
    out_ << "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
            "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">"
            "<sheetViews><sheetView workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" "
            "activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews>"
            "<sheetFormatPr defaultRowHeight=\"15\"/>";
    // Wide enough for a day, which would be shown as ####### otherwise.
    out_ << absl::StrCat("<cols><col min=\"1\" max=\"", fields_.size(),
                         "\" width=\"18\" customWidth=\"1\"/></cols><sheetData>\n");
    line_ = "<row r=\"1\">";
    for (size_t i = 0; i < fields_.size(); ++i) PutText(i, kHeaderStyle, fields_[i]);
    out_ << line_ << "</row>\n";
  }

  void Put(size_t column, const std::string& text, CellKind kind) {
    if (text.empty()) return;
    switch (kind) {
      case CellKind::kBool:
        return PutValue(column, kPlainStyle, "b", text == "true" ? "1" : "0");
      case CellKind::kNumber:
        if (SignificantDigits(text) <= kExactDigits && ReadsAs(text, FormatKind::kNumber, text)) {
          return PutValue(column, kPlainStyle, "n", text);
        }
        break;
      case CellKind::kDay:
        if (const std::optional<std::string> serial = SerialOf(text)) {
          return PutValue(column, kDayStyle, "n", *serial);
        }
        break;
      case CellKind::kMoney:
        if (PutMoney(column, text)) return;
        break;
      case CellKind::kText:
        break;
    }
    const bool like_formula = absl::string_view("=+-@").find(text[0]) != absl::string_view::npos;
    PutText(column, like_formula ? kQuotedStyle : kPlainStyle, text);
  }

  // False if it would not come back as it is.
  bool PutMoney(size_t column, const std::string& text) {
    const size_t space = text.find(' ');
    if (space == std::string::npos) return false;
    const std::string amount = text.substr(0, space), currency = text.substr(space + 1);
    const bool named = !currency.empty() && CurrencyOf(MoneyFormat(currency)) == currency;
    if (!named || SignificantDigits(amount) > kExactDigits) return false;
    const absl::StatusOr<std::string> read = MoneyText(amount, currency);
    if (!read.ok() || *read != text) return false;
    const auto known = std::find(currencies_->begin(), currencies_->end(), currency);
    const int style = kFirstCurrencyStyle + static_cast<int>(known - currencies_->begin());
    if (known == currencies_->end()) currencies_->push_back(currency);
    PutValue(column, style, "n", amount);
    return true;
  }

  void PutValue(size_t column, int style, absl::string_view type, absl::string_view value) {
    Open(column, style, type);
    absl::StrAppend(&line_, "<v>", value, "</v></c>");
  }

  void PutText(size_t column, int style, const std::string& text) {
    if (text.size() > kMostCellUnits) {
      const size_t units = Utf16Units(text);
      if (units > kMostCellUnits) {
        return Fail(absl::StrFormat(
            "row %d: %s has %d characters, and a cell of a workbook holds %d: leave it out with "
            "--fields, or export with --format csv or jsonl",
            row_ - 1, fields_[column], units, kMostCellUnits));
      }
    }
    if (!IsUtf8(text)) {
      return Fail(absl::StrFormat("row %d: %s is not text in UTF-8", row_ - 1, fields_[column]));
    }
    Open(column, style, "inlineStr");
    // White space at its ends is its own (18.4.12).
    const bool bare = absl::ascii_isspace(static_cast<unsigned char>(text.front())) ||
                      absl::ascii_isspace(static_cast<unsigned char>(text.back()));
    absl::StrAppend(&line_, bare ? "<is><t xml:space=\"preserve\">" : "<is><t>", SheetText(text),
                    "</t></is></c>");
  }

  void Open(size_t column, int style, absl::string_view type) {
    absl::StrAppend(&line_, "<c r=\"", letters_[column], row_, "\"");
    if (style != kPlainStyle) absl::StrAppend(&line_, " s=\"", style, "\"");
    if (type != "n") absl::StrAppend(&line_, " t=\"", type, "\"");
    line_ += '>';
  }

  void Fail(const std::string& why) {
    if (status_.ok()) status_ = absl::OutOfRangeError(why);
  }

  const std::vector<std::string> fields_;
  std::vector<std::string> letters_;  // of the columns
  std::vector<std::string>* const currencies_;
  std::ostream& out_;
  int64_t row_;  // the last one written, from 1; 0 = none
  std::string line_;
  absl::Status status_;
};

}  // namespace

std::unique_ptr<RowWriter> MakeSheetWriter(std::vector<std::string> fields, int64_t already,
                                           std::vector<std::string>* currencies,
                                           std::ostream& out) {
  return std::make_unique<SheetWriter>(std::move(fields), already, currencies, out);
}

std::string SheetText(absl::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '_' && LooksEscaped(text.substr(i))) {
      out += "_x005F_";
    } else if (c < 0x20 && c != '\t' && c != '\n') {
      // XML reads a carriage return as a line feed (2.11 of XML 1.0).
      absl::StrAppendFormat(&out, "_x%04X_", static_cast<unsigned>(c));
    } else if (c == 0xEF &&
               (text.substr(i, 3) == "\xEF\xBF\xBE" || text.substr(i, 3) == "\xEF\xBF\xBF")) {
      absl::StrAppendFormat(&out, "_x%04X_", text[i + 2] == '\xBE' ? 0xFFFE : 0xFFFF);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace salesops::ctl
