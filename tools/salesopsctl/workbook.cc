#include "tools/salesopsctl/workbook.h"

#include <zip.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "tools/salesopsctl/cell_format.h"
#include "tools/salesopsctl/sheet_writer.h"

namespace salesops::ctl {
namespace {

using Parts = std::vector<std::pair<std::string, std::string>>;  // name, XML

constexpr char kDeclaration[] = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
constexpr char kMain[] = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
constexpr char kDocument[] = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
constexpr char kPackage[] = "http://schemas.openxmlformats.org/package/2006/relationships";
constexpr char kTypes[] = "http://schemas.openxmlformats.org/package/2006/content-types";
constexpr char kSheetPart[] = "xl/worksheets/sheet1.xml";
constexpr int kFirstOwnFormat = 164;  // those below are built in (18.8.30)
constexpr size_t kLongestName = 31;

std::string ContentTypes() {
  constexpr char kSpreadsheet[] = "application/vnd.openxmlformats-officedocument.spreadsheetml.";
  return absl::StrCat(kDeclaration, "<Types xmlns=\"", kTypes,
                      "\"><Default Extension=\"rels\" "
                      "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
                      "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
                      "<Override PartName=\"/xl/workbook.xml\" ContentType=\"",
                      kSpreadsheet, "sheet.main+xml\"/><Override PartName=\"/", kSheetPart,
                      "\" ContentType=\"", kSpreadsheet,
                      "worksheet+xml\"/><Override PartName=\"/xl/styles.xml\" ContentType=\"",
                      kSpreadsheet, "styles+xml\"/></Types>");
}

std::string Relations(const std::vector<std::pair<std::string, std::string>>& type_and_target) {
  std::string xml = absl::StrCat(kDeclaration, "<Relationships xmlns=\"", kPackage, "\">");
  int id = 0;
  for (const auto& [type, target] : type_and_target) {
    absl::StrAppend(&xml, "<Relationship Id=\"rId", ++id, "\" Type=\"", kDocument, "/", type,
                    "\" Target=\"", target, "\"/>");
  }
  return xml + "</Relationships>";
}

std::string Workbook(const std::string& sheet_name) {
  return absl::StrCat(kDeclaration, "<workbook xmlns=\"", kMain, "\" xmlns:r=\"", kDocument,
                      "\"><sheets><sheet name=\"", SheetText(sheet_name),
                      "\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>");
}

// Formats of numbers, fonts and so on, and then the styles of cells in the order of SheetStyle. Two
// fills are the least that Excel opens.
std::string Styles(const std::vector<std::string>& currencies) {
  std::string formats =
      absl::StrCat("<numFmt numFmtId=\"", kFirstOwnFormat, "\" formatCode=\"yyyy\\-mm\\-dd\"/>");
  std::string styles = absl::StrCat(
      "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>"
      "<xf numFmtId=\"0\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyFont=\"1\"/>"
      "<xf numFmtId=\"",
      kFirstOwnFormat,
      "\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>"
      "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" quotePrefix=\"1\"/>");
  int format = kFirstOwnFormat;
  for (const std::string& currency : currencies) {
    ++format;
    absl::StrAppend(&formats, "<numFmt numFmtId=\"", format, "\" formatCode=\"",
                    SheetText(MoneyFormat(currency)), "\"/>");
    absl::StrAppend(&styles, "<xf numFmtId=\"", format,
                    "\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" "
                    "applyNumberFormat=\"1\"/>");
  }
  return absl::StrCat(
      kDeclaration, "<styleSheet xmlns=\"", kMain, "\"><numFmts count=\"", currencies.size() + 1,
      "\">", formats,
      "</numFmts><fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>"
      "<font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>"
      "<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>"
      "<fill><patternFill patternType=\"gray125\"/></fill></fills>"
      "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
      "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/>"
      "</cellStyleXfs><cellXfs count=\"",
      currencies.size() + kFirstCurrencyStyle, "\">", styles,
      "</cellXfs><cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/>"
      "</cellStyles></styleSheet>");
}

// Gives the archive a part; the source is the archive's from then on.
bool AddPart(zip_t* archive, const std::string& name, zip_source_t* source) {
  if (source == nullptr) return false;
  if (zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8) >= 0) return true;
  zip_source_free(source);
  return false;
}

}  // namespace

std::string SheetName(const std::string& name) {
  std::string plain;
  for (const char c : name.substr(0, kLongestName)) {
    const bool barred = absl::string_view("[]:*?/\\'").find(c) != absl::string_view::npos;
    plain += barred ? '-' : c;
  }
  return plain.empty() ? "rows" : plain;
}

absl::Status WriteWorkbook(const std::string& path, const std::string& sheet,
                           const std::string& sheet_name,
                           const std::vector<std::string>& currencies) {
  // Buffers that the archive reads when it is closed.
  const Parts parts = {
      {"[Content_Types].xml", ContentTypes()},
      {"_rels/.rels", Relations({{"officeDocument", "xl/workbook.xml"}})},
      {"xl/workbook.xml", Workbook(sheet_name)},
      {"xl/_rels/workbook.xml.rels",
       Relations({{"worksheet", "worksheets/sheet1.xml"}, {"styles", "styles.xml"}})},
      {"xl/styles.xml", Styles(currencies)}};
  int code = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  if (archive == nullptr) return absl::UnknownError(absl::StrCat("cannot write \"", path, "\""));
  bool added = true;
  for (const auto& [name, xml] : parts) {
    added = added &&
            AddPart(archive, name, zip_source_buffer(archive, xml.data(), xml.size(), /*freep=*/0));
  }
  added =
      added && AddPart(archive, kSheetPart, zip_source_file(archive, sheet.c_str(), 0, /*len=*/-1));
  // Nothing is written before it is closed: to a file beside `path`, which then takes its place.
  if (added && zip_close(archive) == 0) return absl::OkStatus();
  const std::string why = zip_strerror(archive);
  zip_discard(archive);
  return absl::UnknownError(absl::StrCat("cannot write \"", path, "\": ", why));
}

}  // namespace salesops::ctl
