#pragma once

// Workbooks made by hand, for tests: the XML of a sheet in the archive that Excel would put it in.
//
//   WriteWorkbook(path, Sheet(R"(<row r="1"><c r="A1"
//   t="inlineStr"><is><t>x</t></is></c></row>)"));
//
// Thread-safety: pure but for the file.

#include <zip.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace salesops::ctl {

using Parts = std::map<std::string, std::string>;

// An archive of these files; "" if it could not be made.
inline std::string ArchiveOf(const Parts& parts) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_t* archive = zip_open_from_source(target, ZIP_TRUNCATE, &error);
  zip_error_fini(&error);
  if (archive == nullptr) {
    zip_source_free(target);
    return "";
  }
  zip_source_keep(target);
  for (const auto& [name, content] : parts) {
    zip_source_t* source = zip_source_buffer(archive, content.data(), content.size(), 0);
    if (zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8) < 0) zip_source_free(source);
  }
  std::string bytes;
  zip_stat_t about;
  zip_stat_init(&about);
  if (zip_close(archive) == 0 && zip_source_open(target) == 0) {
    zip_source_stat(target, &about);
    bytes.resize(about.size);
    zip_source_read(target, bytes.data(), bytes.size());
    zip_source_close(target);
  }
  zip_source_free(target);
  return bytes;
}

// True if it was written.
inline bool WriteArchive(const std::string& path, const Parts& parts) {
  const std::string bytes = ArchiveOf(parts);
  std::ofstream out(path, std::ios::binary);
  out << bytes;
  return out && !bytes.empty();
}

inline std::string XmlText(const std::string& text) {
  std::string out;
  for (const char c : text) {
    out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : std::string(1, c);
  }
  return out;
}

// A workbook with one sheet called 客户, whose rows are `rows`. Its styles: 0 plain, 1 the built-in
// day 14, 2 yyyy"年"m"月"d"日", 3 percent, 4 yyyy-mm-dd hh:mm, 5 h:mm.
inline Parts WorkbookOf(const std::string& rows, const std::vector<std::string>& strings = {},
                        bool from_1904 = false) {
  constexpr char kMain[] = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
  constexpr char kDocument[] =
      "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  constexpr char kPackage[] = "http://schemas.openxmlformats.org/package/2006/relationships";
  std::string shared;
  for (const std::string& each : strings) {
    absl::StrAppend(&shared, "<si><t>", XmlText(each), "</t></si>");
  }
  Parts parts;
  parts["_rels/.rels"] =
      absl::StrCat("<Relationships xmlns=\"", kPackage, "\"><Relationship Id=\"rId1\" Type=\"",
                   kDocument, "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>");
  parts["xl/_rels/workbook.xml.rels"] = absl::StrCat(
      "<Relationships xmlns=\"", kPackage, "\"><Relationship Id=\"rId1\" Type=\"", kDocument,
      "/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Type=\"", kDocument,
      "/styles\" Target=\"styles.xml\"/><Relationship Id=\"rId3\" Type=\"", kDocument,
      "/sharedStrings\" Target=\"/xl/sharedStrings.xml\"/></Relationships>");
  parts["xl/workbook.xml"] = absl::StrCat(
      "<workbook xmlns=\"", kMain, "\" xmlns:r=\"", kDocument, "\"><workbookPr date1904=\"",
      from_1904 ? "1" : "0",
      "\"/><sheets><sheet name=\"客户\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>");
  parts["xl/styles.xml"] = absl::StrCat(
      "<styleSheet xmlns=\"", kMain,
      "\"><numFmts><numFmt numFmtId=\"164\" "
      "formatCode=\"yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;\"/>"
      "<numFmt numFmtId=\"165\" formatCode=\"yyyy\\-mm\\-dd\\ hh:mm\"/></numFmts>"
      "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>"
      "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"9\"/>"
      "<xf numFmtId=\"165\"/><xf numFmtId=\"20\"/></cellXfs></styleSheet>");
  parts["xl/sharedStrings.xml"] = absl::StrCat("<sst xmlns=\"", kMain, "\">", shared, "</sst>");
  parts["xl/worksheets/sheet1.xml"] =
      absl::StrCat("<?xml version=\"1.0\" encoding=\"UTF-8\"?><worksheet xmlns=\"", kMain,
                   "\"><sheetData>", rows, "</sheetData></worksheet>");
  return parts;
}

// A row of texts, as other programs than Excel write them.
inline std::string TextRow(const std::vector<std::string>& cells) {
  std::string row = "<row>";
  for (const std::string& cell : cells) {
    absl::StrAppend(&row, "<c t=\"inlineStr\"><is><t>", XmlText(cell), "</t></is></c>");
  }
  return row + "</row>";
}

}  // namespace salesops::ctl
