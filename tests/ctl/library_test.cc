// A service that did not exist when the client was built is served like any other, as soon as the
// gateway has its contracts: nothing of it is linked into salesopsctl.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "library.pb.h"
#include "shared/rpc/server.h"
#include "shared/status/status.h"
#include "shared/testing/in_process_server.h"
#include "tests/ctl/terminal.h"

namespace salesops::stack {
namespace {

using library::v1::Book;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The gateway has checked the token.
class AnyToken final : public auth::TokenVerifier {
 public:
  absl::StatusOr<auth::Principal> Verify(absl::string_view token, absl::Time) override {
    auth::Principal principal;
    principal.subject = "somebody";
    return principal;
  }
};

class Library {
 public:
  Library(const Stack& stack, int port) {
    rpc::ServerOptions options;
    options.listen = absl::StrCat("127.0.0.1:", port);
    options.tls = {stack.folder() + "/pipeline.pem", stack.folder() + "/pipeline.key", stack.ca()};
    options.log_calls = false;
    options.drain_wait = absl::ZeroDuration();
    rpc::ServerDependencies dependencies;
    dependencies.clock = &base::SystemClock();
    dependencies.tokens = &tokens_;
    dependencies.access = &access_;
    std::vector<rpc::Binding> bindings;
    bindings.push_back(Bind());
    auto server = rpc::Server::Start(options, dependencies, std::move(bindings));
    if (!server.ok()) throw std::runtime_error(server.status().ToString());
    server_ = *std::move(server);
  }

 private:
  rpc::Binding Bind() {
    using library::v1::CreateBookRequest;
    using library::v1::GetBookRequest;
    using library::v1::LendBookRequest;
    using library::v1::ListBooksRequest;
    using library::v1::ListBooksResponse;
    rpc::Binding binding("salesops.library.v1.BookService");
    binding.Unary<GetBookRequest, Book>("GetBook",
                                        [this](rpc::CallContext&, const GetBookRequest& request) {
                                          return With(request.name(), [](Book&) {});
                                        });
    binding.Unary<ListBooksRequest, ListBooksResponse>(
        "ListBooks",
        [this](rpc::CallContext&,
               const ListBooksRequest& request) -> absl::StatusOr<ListBooksResponse> {
          const std::lock_guard lock(mu_);
          ListBooksResponse response;
          auto at = books_.upper_bound(request.page_token());
          // Two to a page, whatever is asked for.
          for (int i = 0; i < 2 && at != books_.end(); ++i, ++at) {
            *response.add_books() = at->second;
          }
          if (at != books_.end()) response.set_next_page_token(response.books().rbegin()->name());
          return response;
        });
    binding.Unary<CreateBookRequest, Book>(
        "CreateBook",
        [this](rpc::CallContext&, const CreateBookRequest& request) -> absl::StatusOr<Book> {
          const std::lock_guard lock(mu_);
          Book book = request.book();
          book.set_name("books/" + request.book_id());
          books_[book.name()] = book;
          return book;
        });
    binding.Unary<LendBookRequest, Book>("LendBook",
                                         [this](rpc::CallContext&, const LendBookRequest& request) {
                                           return With(request.name(), [&](Book& book) {
                                             book.set_borrower(request.borrower());
                                             *book.mutable_due_date() = request.due_date();
                                           });
                                         });
    return binding;
  }

  absl::StatusOr<Book> With(const std::string& name, const std::function<void(Book&)>& change) {
    const std::lock_guard lock(mu_);
    const auto found = books_.find(name);
    if (found == books_.end()) return status::NotFound(name);
    change(found->second);
    return found->second;
  }

  std::mutex mu_;
  std::map<std::string, Book> books_;
  AnyToken tokens_;
  testing::FakeAccess access_;
  std::unique_ptr<rpc::Server> server_;
};

// A gateway that also has the library, with contracts of its own folder.
Stack::Options WithLibrary(const std::string& script) {
  Stack::Options options;
  options.gateway = false;
  options.gateway_wrapper = {"/bin/sh", script};
  return options;
}

class LibraryTest : public ::testing::Test {
 protected:
  LibraryTest() : stack_(WithLibrary(folder_.path() + "/gateway.sh")), library_(stack_, port_) {
    const std::string contracts = folder_.path() + "/contracts";
    std::filesystem::copy(BuildFolder() + "/descriptors", contracts);
    WriteFile(folder_.path() + "/gateway.sh",
              absl::StrCat("for word; do shift; [ \"$word\" != ", BuildFolder(),
                           "/descriptors ] || word=", contracts,
                           "; set -- \"$@\" \"$word\"; done\n"
                           "exec \"$@\" --upstream library=localhost:",
                           port_, "\n"));
  }

  void AddContracts() {
    std::filesystem::copy(LIBRARY_DESCRIPTORS "/library.binpb",
                          folder_.path() + "/contracts/library.binpb",
                          std::filesystem::copy_options::overwrite_existing);
  }

  const TemporaryFolder folder_;
  const int port_ = FreePort();
  Stack stack_;
  Library library_;
};

TEST_F(LibraryTest, IsServedAsSoonAsTheGatewayHasItsContracts) {
  AddContracts();
  stack_.StartGateway();
  Terminal ann(stack_);
  ann.AsAdmin();
  EXPECT_THAT(ann.Run({"collections", "-o", "name"}).Lines(), Contains("books"));
  for (const std::string id : {"dune", "emma", "ilium", "ulysses", "walden"}) {
    const Said made = ann.Run({"create", "books", "--id", id, "--set", "title=T " + id});
    EXPECT_EQ(made.code, 0) << made.err;
  }
  EXPECT_THAT(
      ann.Run({"list", "books", "--all", "-o", "name"}).Lines(),
      ElementsAre("books/dune", "books/emma", "books/ilium", "books/ulysses", "books/walden"));
  EXPECT_THAT(ann.Run({"list", "books", "--limit", "3", "-o", "csv", "--fields", "name,title"}).out,
              "name,title\nbooks/dune,T dune\nbooks/emma,T emma\nbooks/ilium,T ilium\n");
  // A verb of its own.
  const Said lent = ann.Run({"do", "lend", "books/emma", "--set", "borrower=ann", "--set",
                             "due_date=2026-03-01", "-o", "json"});
  EXPECT_EQ(lent.code, 0) << lent.err;
  EXPECT_EQ(lent.Json()["dueDate"]["month"], 3);
  EXPECT_THAT(ann.Run({"get", "books/emma"}).out, HasSubstr("2026-03-01"));
  EXPECT_EQ(ann.Run({"get", "books/none"}).code, 3);
  EXPECT_EQ(ann.Run({"call", "BookService.GetBook", R"({"name":"books/dune"})"}).Json()["title"],
            "T dune");
  // It has none of these, and says so.
  EXPECT_EQ(ann.Run({"update", "books/emma", "--set", "title=x"}).code, 2);
  EXPECT_EQ(ann.Run({"do", "lend", "books/emma", "--set", "borrower=x", "--dry-run"}).code, 2);
  EXPECT_EQ(ann.Run({"get", "books/emma", "--as-of", "yesterday"}).code, 2);
  EXPECT_EQ(ann.Run({"list", "books", "--filter", "title = 1"}).code, 2);
  EXPECT_THAT(ann.Run({"describe", "LendBook"}).out, HasSubstr("library.books.lend"));
  // What its contracts say, comments included, comes from the gateway or from files.
  EXPECT_THAT(ann.Run({"describe", "books"}).out, HasSubstr("What is on its cover."));
  EXPECT_THAT(ann.Run({"describe", "books", "--descriptors", LIBRARY_DESCRIPTORS}).out,
              HasSubstr("What is on its cover."));
}

TEST_F(LibraryTest, ContractsThatWereKeptAreAskedAgainBeforeAnythingIsCalledUnknown) {
  stack_.StartGateway();
  Terminal ann(stack_);
  ann.AsAdmin();
  EXPECT_EQ(ann.Run({"list", "accounts"}).code, 0);  // the contracts are kept from here
  EXPECT_EQ(ann.Run({"list", "books"}).code, 2);
  AddContracts();
  stack_.gateway().Kill();
  stack_.StartGateway();
  EXPECT_EQ(ann.Run({"create", "books", "--id", "dune", "--set", "title=Dune"}).code, 0);
}

}  // namespace
}  // namespace salesops::stack
