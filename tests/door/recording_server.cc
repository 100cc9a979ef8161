#include "tests/door/recording_server.h"

#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/byte_buffer.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"

namespace salesops::door {
namespace {

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

grpc::ByteBuffer BufferOf(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace

// Reads to the end, then answers.
class RecordingServer::Call final : public grpc::ServerGenericBidiReactor {
 public:
  Call(RecordingServer& server, grpc::GenericCallbackServerContext& context)
      : server_(server), context_(context) {
    ++server_.running_;
    received_.method = context.method();
    for (const auto& [key, value] : context.client_metadata()) {
      received_.metadata.emplace(std::string(key.data(), key.size()),
                                 std::string(value.data(), value.size()));
    }
    StartRead(&buffer_);
  }

  void OnReadDone(bool ok) override {
    if (ok) {
      received_.messages.push_back(BytesOf(buffer_));
      return StartRead(&buffer_);
    }
    if (context_.IsCancelled()) return Finish(grpc::Status::CANCELLED);
    {
      std::lock_guard lock(server_.mu_);
      reply_ = server_.reply_;
      if (reply_.echo) reply_.messages = received_.messages;
      server_.received_.push_back(std::move(received_));
    }
    for (const auto& [key, value] : reply_.initial_metadata) {
      context_.AddInitialMetadata(key, value);
    }
    for (const auto& [key, value] : reply_.trailing_metadata) {
      context_.AddTrailingMetadata(key, value);
    }
    if (reply_.never) {
      std::lock_guard lock(mu_);
      waiting_ = !cancelled_;
      if (!waiting_) Finish(grpc::Status::CANCELLED);
      return;
    }
    WriteNext();
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::CANCELLED);
    WriteNext();
  }

  void OnCancel() override {
    ++server_.cancelled_;
    std::lock_guard lock(mu_);
    cancelled_ = true;
    if (waiting_) Finish(grpc::Status::CANCELLED);
  }

  void OnDone() override {
    --server_.running_;
    delete this;
  }

 private:
  void WriteNext() {
    if (next_ == reply_.messages.size()) {
      if (!reply_.forever) return Finish(reply_.status);
      next_ = 0;
    }
    buffer_ = BufferOf(reply_.messages[next_++]);
    StartWrite(&buffer_);
  }

  RecordingServer& server_;
  grpc::GenericCallbackServerContext& context_;
  grpc::ByteBuffer buffer_;
  Received received_;
  Reply reply_;
  size_t next_ = 0;
  std::mutex mu_;
  bool waiting_ = false;
  bool cancelled_ = false;
};

RecordingServer::RecordingServer() {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
  builder.RegisterCallbackGenericService(this);
  server_ = builder.BuildAndStart();
}

RecordingServer::~RecordingServer() {
  server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
}

std::string RecordingServer::target() const { return absl::StrCat("127.0.0.1:", port_); }

void RecordingServer::SetReply(Reply reply) {
  std::lock_guard lock(mu_);
  reply_ = std::move(reply);
}

std::vector<Received> RecordingServer::Take() {
  std::lock_guard lock(mu_);
  return std::exchange(received_, {});
}

grpc::ServerGenericBidiReactor* RecordingServer::CreateReactor(
    grpc::GenericCallbackServerContext* context) {
  ++begun_;
  return new Call(*this, *context);
}

}  // namespace salesops::door
