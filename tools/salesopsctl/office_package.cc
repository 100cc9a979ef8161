#include "tools/salesopsctl/office_package.h"

#include <expat.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "shared/status/macros.h"

namespace salesops::ctl {
namespace {

constexpr zip_int64_t kMostEntries = 10'000;
constexpr int64_t kRatio = 200;
constexpr int64_t kRatioFrom = 32 << 20;
constexpr int kDepth = 64;
constexpr int64_t kLongestToken = 1 << 20;
constexpr size_t kBlock = 1 << 16;
constexpr char kSeparator = '|';

absl::Status NoDocument() {
  return absl::InvalidArgumentError("the file is not an Office document (xlsx)");
}

std::string LocalName(const char* name) {
  const absl::string_view whole(name);
  const size_t at = whole.rfind(kSeparator);
  return std::string(at == absl::string_view::npos ? whole : whole.substr(at + 1));
}

}  // namespace

// The C functions that the parser calls. After a failure none of them does anything.
struct XmlPart::Callbacks {
  static void OnStart(void* part, const XML_Char* name, const XML_Char** attributes) {
    auto* self = static_cast<XmlPart*>(part);
    self->quiet_ = 0;
    if (!self->failed_.ok()) return;
    if (++self->depth_ > kDepth) {
      return self->Fail(
          self->Wrong(absl::StrCat("elements stand in each other more than ", kDepth, " deep")));
    }
    XmlHandler::Attributes named;
    for (; *attributes != nullptr; attributes += 2) named[LocalName(attributes[0])] = attributes[1];
    self->Fail(self->handler_->Start(LocalName(name), named));
  }
  static void OnEnd(void* part, const XML_Char* name) {
    auto* self = static_cast<XmlPart*>(part);
    self->quiet_ = 0;
    --self->depth_;
    if (self->failed_.ok()) self->Fail(self->handler_->End(LocalName(name)));
  }
  static void OnText(void* part, const XML_Char* text, int size) {
    auto* self = static_cast<XmlPart*>(part);
    self->quiet_ = 0;
    if (!self->failed_.ok()) return;
    self->Fail(self->handler_->Text({text, static_cast<size_t>(size)}));
  }
  static void OnDocumentType(void* part, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    auto* self = static_cast<XmlPart*>(part);
    self->Fail(self->Wrong("a document type is not allowed"));
  }
  static void OnAnything(void* part, const XML_Char*, int) {
    static_cast<XmlPart*>(part)->quiet_ = 0;
  }
};

XmlPart::XmlPart(std::string name, zip_file_t* file, int64_t packed, int64_t limit,
                 XmlHandler* handler)
    : name_(std::move(name)),
      file_(file),
      packed_(packed),
      limit_(limit),
      handler_(handler),
      parser_(XML_ParserCreateNS(nullptr, kSeparator)) {
  XML_SetUserData(parser_, this);
  XML_SetElementHandler(parser_, Callbacks::OnStart, Callbacks::OnEnd);
  XML_SetCharacterDataHandler(parser_, Callbacks::OnText);
  XML_SetStartDoctypeDeclHandler(parser_, Callbacks::OnDocumentType);
  XML_SetDefaultHandler(parser_, Callbacks::OnAnything);
}

XmlPart::~XmlPart() {
  XML_ParserFree(parser_);
  zip_fclose(file_);
}

absl::Status XmlPart::Wrong(const std::string& what) const {
  return absl::InvalidArgumentError(absl::StrCat(name_, " of the document: ", what));
}

void XmlPart::Fail(absl::Status status) {
  if (status.ok() || !failed_.ok()) return;
  failed_ = std::move(status);
  XML_StopParser(parser_, XML_FALSE);
}

void XmlPart::Pause() {
  if (XML_StopParser(parser_, XML_TRUE) == XML_STATUS_OK) paused_ = true;
}

absl::Status XmlPart::Read(std::string* block) {
  block->resize(kBlock);
  const zip_int64_t n = zip_fread(file_, block->data(), kBlock);
  if (n < 0) return Wrong("it cannot be inflated; the file is damaged");
  block->resize(static_cast<size_t>(n));
  inflated_ += n;
  quiet_ += n;
  if (inflated_ > limit_) {
    return Wrong(absl::StrCat("it is larger than ", limit_ >> 20, " MiB"));
  }
  if (inflated_ > kRatioFrom && inflated_ / kRatio > packed_) {
    return Wrong(absl::StrCat("it is packed more than ", kRatio, " to 1, as no table is"));
  }
  if (quiet_ > kLongestToken + static_cast<int64_t>(kBlock)) {
    return Wrong(absl::StrCat("a tag or comment is longer than ", kLongestToken >> 20, " MiB"));
  }
  last_ = n == 0;
  return absl::OkStatus();
}

absl::StatusOr<bool> XmlPart::Run() {
  for (std::string block;;) {
    XML_Status status = XML_STATUS_OK;
    if (paused_) {
      paused_ = false;
      status = XML_ResumeParser(parser_);
    } else {
      if (last_) return false;
      RETURN_IF_ERROR(Read(&block));
      status = XML_Parse(parser_, block.data(), static_cast<int>(block.size()), last_ ? 1 : 0);
    }
    if (!failed_.ok()) return failed_;
    if (status == XML_STATUS_SUSPENDED) return true;
    if (status == XML_STATUS_ERROR) {
      return Wrong(absl::StrCat("line ", XML_GetCurrentLineNumber(parser_), ": ",
                                XML_ErrorString(XML_GetErrorCode(parser_))));
    }
  }
}

absl::StatusOr<std::unique_ptr<OfficePackage>> OfficePackage::Open(const std::string& path) {
  std::error_code error;
  std::ifstream in(path, std::ios::binary);
  if (!in || std::filesystem::is_directory(path, error)) {
    return absl::NotFoundError(absl::StrCat("cannot read \"", path, "\""));
  }
  std::string first(8, '\0');
  in.read(first.data(), static_cast<std::streamsize>(first.size()));
  if (absl::StartsWith(first, "\xD0\xCF\x11\xE0")) {
    return absl::InvalidArgumentError(
        "the file is an old workbook (xls), or one with a password; save it as xlsx without one");
  }
  int code = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_RDONLY, &code);
  if (archive == nullptr) return NoDocument();
  std::unique_ptr<OfficePackage> package(new OfficePackage(archive));
  RETURN_IF_ERROR(package->CheckEntries());
  return package;
}

absl::StatusOr<std::unique_ptr<OfficePackage>> OfficePackage::OpenBytes(absl::string_view bytes) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), /*freep=*/0, &error);
  zip_t* archive = source == nullptr ? nullptr : zip_open_from_source(source, ZIP_RDONLY, &error);
  zip_error_fini(&error);
  if (archive == nullptr) {
    if (source != nullptr) zip_source_free(source);
    return NoDocument();
  }
  std::unique_ptr<OfficePackage> package(new OfficePackage(archive));
  RETURN_IF_ERROR(package->CheckEntries());
  return package;
}

OfficePackage::~OfficePackage() { zip_discard(archive_); }

absl::Status OfficePackage::CheckEntries() const {
  if (zip_get_num_entries(archive_, 0) <= kMostEntries) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the document has more than ", kMostEntries, " parts"));
}

bool OfficePackage::Has(const std::string& part) const {
  return zip_name_locate(archive_, part.c_str(), ZIP_FL_NOCASE) >= 0;
}

absl::StatusOr<std::unique_ptr<XmlPart>> OfficePackage::Part(const std::string& part, int64_t limit,
                                                             XmlHandler* handler) const {
  const zip_int64_t index = zip_name_locate(archive_, part.c_str(), ZIP_FL_NOCASE);
  zip_stat_t about;
  zip_stat_init(&about);
  if (index < 0 || zip_stat_index(archive_, static_cast<zip_uint64_t>(index), 0, &about) != 0) {
    return absl::InvalidArgumentError(absl::StrCat("the document has no part ", part));
  }
  zip_file_t* file = zip_fopen_index(archive_, static_cast<zip_uint64_t>(index), 0);
  if (file == nullptr || (about.valid & ZIP_STAT_COMP_SIZE) == 0) {
    if (file != nullptr) zip_fclose(file);
    return absl::InvalidArgumentError(
        absl::StrCat(part,
                     " of the document cannot be read: encrypted, or packed in a way that "
                     "Office does not use"));
  }
  return std::unique_ptr<XmlPart>(
      new XmlPart(part, file, static_cast<int64_t>(about.comp_size), limit, handler));
}

absl::Status OfficePackage::Read(const std::string& part, int64_t limit,
                                 XmlHandler* handler) const {
  ASSIGN_OR_RETURN(const std::unique_ptr<XmlPart> xml, Part(part, limit, handler));
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, xml->Run());
    if (!more) return absl::OkStatus();
  }
}

}  // namespace salesops::ctl
