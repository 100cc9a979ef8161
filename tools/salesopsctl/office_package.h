#pragma once

// The parts of an Office document (OPC, ECMA-376 part 2): XML files in a ZIP archive, read in a
// stream. Whoever sends a file can send a hostile one, so everything is bounded:
//
//   entries of the archive     10,000
//   a part, inflated           what the caller allows
//   inflated to packed size    200 to 1, beyond the first 32 MiB
//   depth of elements          64
//   one name, attribute, tag   1 MiB
//   document types, entities   refused
//
// Thread-safety: one thread.

#include <zip.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct XML_ParserStruct;

namespace salesops::ctl {

// What happens in an XML part. Names are without name space and prefix.
class XmlHandler {
 public:
  using Attributes = std::map<std::string, std::string>;

  virtual ~XmlHandler() = default;
  virtual absl::Status Start(const std::string& element, const Attributes& attributes) = 0;
  virtual absl::Status End(const std::string& element) = 0;
  virtual absl::Status Text(absl::string_view text) = 0;
};

class OfficePackage;

// One part, read as far as its handler wants.
class XmlPart {
 public:
  ~XmlPart();
  XmlPart(const XmlPart&) = delete;
  XmlPart& operator=(const XmlPart&) = delete;

  // Goes on until the handler has called Pause (true) or to the part's end (false).
  absl::StatusOr<bool> Run();
  // For the handler: come back from Run after this event.
  void Pause();

 private:
  friend class OfficePackage;
  struct Callbacks;

  XmlPart(std::string name, zip_file_t* file, int64_t packed, int64_t limit, XmlHandler* handler);

  absl::Status Read(std::string* block);
  void Fail(absl::Status status);
  absl::Status Wrong(const std::string& what) const;

  const std::string name_;
  zip_file_t* const file_;
  const int64_t packed_, limit_;
  XmlHandler* const handler_;
  XML_ParserStruct* parser_;
  absl::Status failed_;
  int64_t inflated_ = 0;
  int64_t quiet_ = 0;  // bytes since the last event
  int depth_ = 0;
  bool paused_ = false, last_ = false;
};

class OfficePackage {
 public:
  // INVALID_ARGUMENT if it is no such document, or more than the bounds.
  static absl::StatusOr<std::unique_ptr<OfficePackage>> Open(const std::string& path);
  // `bytes` must outlive it.
  static absl::StatusOr<std::unique_ptr<OfficePackage>> OpenBytes(absl::string_view bytes);
  ~OfficePackage();
  OfficePackage(const OfficePackage&) = delete;
  OfficePackage& operator=(const OfficePackage&) = delete;

  bool Has(const std::string& part) const;
  // `handler` and the package must outlive it.
  absl::StatusOr<std::unique_ptr<XmlPart>> Part(const std::string& part, int64_t limit,
                                                XmlHandler* handler) const;
  // Reads all of it.
  absl::Status Read(const std::string& part, int64_t limit, XmlHandler* handler) const;

 private:
  explicit OfficePackage(zip_t* archive) : archive_(archive) {}
  absl::Status CheckEntries() const;

  zip_t* const archive_;
};

}  // namespace salesops::ctl
