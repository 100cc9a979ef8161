#pragma once

// The toy service of testdata/shelf.proto behind a real gRPC server, for tests of the gateway. It
// keeps the metadata of the last call and answers by simple rules:
//   GetBook       echoes the name; names that begin with "books/fail-N" fail with canonical code N,
//                 "books/hang" never answers
//   ListBooks     page_size books, titles beside them
//   CreateBook, UpdateBook, ArchiveBook   echo
//                 "books/etag" has an etag, "books/stale" is never archived with the etag you have
//   WatchBooks    `count` books, then ends with `fail_code`, or goes on for ever
//   WatchMoves    `count` positions after `after_position`
//   ImportBooks   one reply per message; CountBooks one reply at the end
//   UploadCover   the bytes back
//
// Thread-safety: safe from any thread.

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gateway/testdata/byte_buffer.h"
#include "shared/status/grpc_status.h"
#include "shared/status/status.h"
#include "shelf.pb.h"

namespace salesops::gateway {

class ShelfServer final : public grpc::CallbackGenericService {
 public:
  // Port 0 picks one.
  explicit ShelfServer(int port = 0) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.AddListeningPort(absl::StrCat("127.0.0.1:", port), grpc::InsecureServerCredentials(),
                             &port_);
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
  }
  ~ShelfServer() override {
    if (server_) server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  }

  int port() const { return port_; }
  std::string target() const { return absl::StrCat("127.0.0.1:", port_); }
  // What health says, to those who watch too.
  void SetServing(bool serving) { server_->GetHealthCheckService()->SetServingStatus(serving); }
  int cancelled() const { return cancelled_; }
  // Books that WatchBooks has written.
  int watched() const { return watched_; }
  int calls() const { return calls_; }

  std::multimap<std::string, std::string> last_metadata() const {
    std::lock_guard lock(mu_);
    return last_metadata_;
  }
  // Time the last call had left when it arrived.
  absl::Duration last_timeout() const {
    std::lock_guard lock(mu_);
    return last_timeout_;
  }

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    ++calls_;
    {
      std::lock_guard lock(mu_);
      last_metadata_.clear();
      for (const auto& [key, value] : context->client_metadata()) {
        last_metadata_.emplace(std::string(key.data(), key.size()),
                               std::string(value.data(), value.size()));
      }
      last_timeout_ = absl::FromChrono(context->deadline() - std::chrono::system_clock::now());
    }
    context->AddInitialMetadata("x-initial", "one");
    context->AddTrailingMetadata("x-trailing", "two");
    context->AddTrailingMetadata("x-blob-bin", std::string("\0\xff", 2));
    const std::string& path = context->method();
    const std::string method = path.substr(path.rfind('/') + 1);
    if (method == "WatchBooks") return new Watch(*this);
    if (method == "WatchMoves") return new Moves();
    if (method == "ImportBooks" || method == "CountBooks") {
      return new Import(*this, method == "CountBooks");
    }
    return new Unary(*this, method);
  }

 private:
  class Unary final : public grpc::ServerGenericBidiReactor {
   public:
    Unary(ShelfServer& shelf, std::string method) : shelf_(shelf), method_(std::move(method)) {
      StartRead(&buffer_);
    }
    void OnReadDone(bool ok) override {
      if (!ok) return Finish(grpc::Status::CANCELLED);
      shelf::v1::Book book;
      if (method_ == "GetBook") {
        shelf::v1::GetBookRequest request;
        if (!ParseMessage(buffer_, request)) return Broken();
        int code = 0;
        if (absl::StartsWith(request.name(), "books/fail-") &&
            absl::SimpleAtoi(request.name().substr(11), &code)) {
          return Finish(
              status::ToGrpc(status::Make(static_cast<absl::StatusCode>(code), "TEST_FAILURE",
                                          "as you wished", {{"name", request.name()}})));
        }
        if (request.name() == "books/plain") return Finish({grpc::StatusCode::NOT_FOUND, "plain"});
        if (request.name() == "books/busy") {
          return Finish(status::ToGrpc(status::Exhausted("FULL", "later", absl::Seconds(3))));
        }
        if (request.name() == "books/hang") return Hang();
        if (request.name() == "books/etag") book.set_etag("v1");
        book.set_name(request.name());
        if (request.has_as_of_time()) *book.mutable_print_time() = request.as_of_time();
      } else if (method_ == "ListBooks") {
        shelf::v1::ListBooksRequest request;
        if (!ParseMessage(buffer_, request)) return Broken();
        shelf::v1::ListBooksResponse response;
        for (int i = 0; i < request.page_size(); ++i) {
          response.add_books()->set_name(absl::StrCat("books/", i));
          response.add_titles(absl::StrCat("title ", i));
        }
        buffer_ = SerializeMessage(response);
        return StartWriteAndFinish(&buffer_, {}, grpc::Status::OK);
      } else if (method_ == "CreateBook") {
        shelf::v1::CreateBookRequest request;
        if (!ParseMessage(buffer_, request)) return Broken();
        book = request.book();
        book.set_name("books/" + request.book_id());
      } else if (method_ == "UpdateBook") {
        shelf::v1::UpdateBookRequest request;
        if (!ParseMessage(buffer_, request)) return Broken();
        book = request.book();
      } else if (method_ == "ArchiveBook") {
        shelf::v1::ArchiveBookRequest request;
        if (!ParseMessage(buffer_, request)) return Broken();
        if (request.name() == "books/stale") {
          return Finish(status::ToGrpc(status::EtagMismatch(request.name())));
        }
        book.set_name(request.name());
        book.set_title(request.etag());
      } else if (method_ == "UploadCover") {
        shelf::v1::UploadCoverRequest request;
        if (!ParseMessage(buffer_, request)) return Broken();
        buffer_ = SerializeMessage(request.cover());
        return StartWriteAndFinish(&buffer_, {}, grpc::Status::OK);
      } else if (method_ == "GetOperation") {
        google::longrunning::GetOperationRequest request;
        if (!ParseMessage(buffer_, request)) return Broken();
        google::longrunning::Operation operation;
        operation.set_name(request.name());
        buffer_ = SerializeMessage(operation);
        return StartWriteAndFinish(&buffer_, {}, grpc::Status::OK);
      } else if (method_ == "Ping") {
        buffer_ = SerializeMessage(google::protobuf::Empty());
        return StartWriteAndFinish(&buffer_, {}, grpc::Status::OK);
      } else {
        return Finish({grpc::StatusCode::UNIMPLEMENTED, "no such method"});
      }
      buffer_ = SerializeMessage(book);
      StartWriteAndFinish(&buffer_, {}, grpc::Status::OK);
    }
    void OnCancel() override {
      ++shelf_.cancelled_;
      if (state_.exchange(kCancelled) == kHanging) Finish(grpc::Status::CANCELLED);
    }
    void OnDone() override { delete this; }

   private:
    enum State { kRunning, kHanging, kCancelled };
    void Broken() { Finish({grpc::StatusCode::INTERNAL, "not a request"}); }
    // Until the call is cancelled, which it may be already.
    void Hang() {
      if (state_.exchange(kHanging) == kCancelled) Finish(grpc::Status::CANCELLED);
    }
    std::atomic<State> state_{kRunning};
    ShelfServer& shelf_;
    const std::string method_;
    grpc::ByteBuffer buffer_;
  };

  class Watch final : public grpc::ServerGenericBidiReactor {
   public:
    explicit Watch(ShelfServer& shelf) : shelf_(shelf) { StartRead(&buffer_); }
    void OnReadDone(bool ok) override {
      if (!ok || !ParseMessage(buffer_, request_)) return Finish(grpc::Status::CANCELLED);
      Next();
    }
    void OnWriteDone(bool ok) override {
      if (!ok) return Finish(grpc::Status::CANCELLED);
      ++shelf_.watched_;
      Next();
    }
    void OnCancel() override { ++shelf_.cancelled_; }
    void OnDone() override { delete this; }

   private:
    void Next() {
      if (!request_.forever() && sent_ == request_.count()) {
        if (request_.fail_code() == 0) return Finish(grpc::Status::OK);
        return Finish(status::ToGrpc(status::Make(
            static_cast<absl::StatusCode>(request_.fail_code()), "TEST_FAILURE", "as you wished")));
      }
      shelf::v1::Book book;
      book.set_name(absl::StrCat("books/", sent_++));
      buffer_ = SerializeMessage(book);
      StartWrite(&buffer_);
    }
    ShelfServer& shelf_;
    shelf::v1::WatchBooksRequest request_;
    int sent_ = 0;
    grpc::ByteBuffer buffer_;
  };

  class Moves final : public grpc::ServerGenericBidiReactor {
   public:
    Moves() { StartRead(&buffer_); }
    void OnReadDone(bool ok) override {
      if (!ok || !ParseMessage(buffer_, request_)) return Finish(grpc::Status::CANCELLED);
      Next();
    }
    void OnWriteDone(bool ok) override {
      if (!ok) return Finish(grpc::Status::CANCELLED);
      Next();
    }
    void OnDone() override { delete this; }

   private:
    void Next() {
      if (sent_ == request_.count()) return Finish(grpc::Status::OK);
      shelf::v1::WatchMovesResponse response;
      response.set_position(request_.after_position() + ++sent_);
      buffer_ = SerializeMessage(response);
      StartWrite(&buffer_);
    }
    shelf::v1::WatchMovesRequest request_;
    int sent_ = 0;
    grpc::ByteBuffer buffer_;
  };

  class Import final : public grpc::ServerGenericBidiReactor {
   public:
    Import(ShelfServer& shelf, bool once) : shelf_(shelf), once_(once) { StartRead(&buffer_); }
    void OnReadDone(bool ok) override {
      if (!ok) {
        if (!once_) return Finish(grpc::Status::OK);
        shelf::v1::ImportBooksResponse response;
        response.set_rows(rows_);
        buffer_ = SerializeMessage(response);
        return StartWriteAndFinish(&buffer_, {}, grpc::Status::OK);
      }
      shelf::v1::ImportBooksRequest request;
      ParseMessage(buffer_, request);
      ++rows_;
      if (once_) return StartRead(&buffer_);
      if (request.source() == "bad") {
        return Finish({grpc::StatusCode::FAILED_PRECONDITION, "bad source"});
      }
      shelf::v1::ImportBooksResponse response;
      response.set_rows(rows_);
      response.set_title(request.book().title());
      buffer_ = SerializeMessage(response);
      StartWrite(&buffer_);
    }
    void OnWriteDone(bool ok) override {
      if (!ok) return Finish(grpc::Status::CANCELLED);
      StartRead(&buffer_);
    }
    void OnCancel() override { ++shelf_.cancelled_; }
    void OnDone() override { delete this; }

   private:
    ShelfServer& shelf_;
    const bool once_;
    int rows_ = 0;
    grpc::ByteBuffer buffer_;
  };

  int port_ = 0;
  std::atomic<int> cancelled_{0};
  std::atomic<int> calls_{0};
  std::atomic<int> watched_{0};
  mutable std::mutex mu_;
  std::multimap<std::string, std::string> last_metadata_;
  absl::Duration last_timeout_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace salesops::gateway
