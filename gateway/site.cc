#include "gateway/site.h"

#include <openssl/sha.h>

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "gateway/content_coding.h"
#include "gateway/docs_page_files.h"
#include "gateway/entity_tag.h"
#include "gateway/error_body.h"
#include "gateway/site_document.h"
#include "shared/status/status.h"

namespace salesops::gateway {
namespace {

// As Content-Security-Policy names an inline text.
std::string HashSource(const std::string& text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return absl::StrCat(
      "'sha256-",
      absl::Base64Escape(absl::string_view(reinterpret_cast<const char*>(digest), sizeof digest)),
      "'");
}

struct DocsPage {
  SiteDocument document;
  std::string policy;
};

// One file that asks for nothing but /openapi.json and the calls that are tried.
const DocsPage& TheDocsPage() {
  static const auto* page = [] {
    const std::string style = kPageCss;
    const std::string script =
        absl::StrCat(kDocumentJs, kElementsJs, kReferenceJs, kTryItJs, kMainJs);
    auto* made = new DocsPage;
    made->document = MakeSiteDocument(
        "text/html; charset=utf-8",
        absl::StrReplaceAll(kPageHtml, {{"/*STYLE*/", style}, {"/*SCRIPT*/", script}}));
    made->policy = absl::StrCat("default-src 'none'; script-src ", HashSource(script),
                                "; style-src ", HashSource(style),
                                "; connect-src 'self'; img-src data:; base-uri 'none'; "
                                "form-action 'none'; frame-ancestors 'none'");
    return made;
  }();
  return *page;
}

bool IsKnownToCaller(const HttpRequest& request, const std::string& etag) {
  for (absl::string_view known : request.HeaderValues("if-none-match")) {
    if (MatchesAny(known, etag)) return true;
  }
  return false;
}

HttpResponse Show(const HttpRequest& request, const SiteDocument& document) {
  const bool gzip = AcceptsGzip(request.Header("accept-encoding"));
  const std::string& etag = gzip ? document.gzipped_etag : document.etag;
  HttpResponse response;
  response.headers = {{"etag", etag},
                      {"cache-control", "no-cache"},
                      {"vary", "accept-encoding"},
                      {"x-content-type-options", "nosniff"},
                      {"referrer-policy", "no-referrer"}};
  if (IsKnownToCaller(request, etag)) {
    response.code = 304;
    return response;
  }
  response.headers.emplace_back("content-type", document.content_type);
  if (gzip) response.headers.emplace_back("content-encoding", "gzip");
  response.body = gzip ? document.gzipped : document.content;
  return response;
}

HttpResponse OnlyRead() {
  HttpResponse response;
  response.code = 405;
  response.headers = {{"allow", "GET, HEAD"}, {"content-type", "application/json"}};
  response.body = ErrorBody(status::Make(absl::StatusCode::kUnimplemented, "METHOD_NOT_ALLOWED",
                                         "this path takes GET, HEAD"),
                            405);
  return response;
}

}  // namespace

std::optional<HttpResponse> SitePage(const HttpRequest& request, const Contracts& contracts) {
  const bool openapi = request.path == "/openapi.json";
  if (!openapi && request.path != "/docs") return std::nullopt;
  if (request.method != "GET" && request.method != "HEAD") return OnlyRead();
  if (openapi) return Show(request, contracts.openapi);
  HttpResponse response = Show(request, TheDocsPage().document);
  response.headers.emplace_back("content-security-policy", TheDocsPage().policy);
  return response;
}

}  // namespace salesops::gateway
