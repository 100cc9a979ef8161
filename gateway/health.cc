#include "gateway/health.h"

#include <string>

#include "gateway/byte_buffer.h"
#include "gateway/standard_services.pb.h"

namespace salesops::gateway {

using wire::HealthCheckRequest;
using wire::HealthCheckResponse;

int Health::StatusOf(const std::string& service, bool watching) const {
  if (!service.empty() && !known_(service)) {
    return watching ? HealthCheckResponse::SERVICE_UNKNOWN : HealthCheckResponse::UNKNOWN;
  }
  return serving() ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

class Health::CheckCall final : public grpc::ServerGenericBidiReactor {
 public:
  explicit CheckCall(const Health& health) : health_(health) { StartRead(&buffer_); }

  void OnReadDone(bool ok) override {
    HealthCheckRequest request;
    if (!ok || !ParseMessage(buffer_, request)) {
      return Finish({grpc::StatusCode::INVALID_ARGUMENT, "a health check request is expected"});
    }
    HealthCheckResponse response;
    const int status = health_.StatusOf(request.service(), /*watching=*/false);
    if (status == HealthCheckResponse::UNKNOWN) {
      return Finish({grpc::StatusCode::NOT_FOUND, "unknown service"});
    }
    response.set_status(static_cast<HealthCheckResponse::ServingStatus>(status));
    buffer_ = SerializeMessage(response);
    StartWriteAndFinish(&buffer_, grpc::WriteOptions(), grpc::Status::OK);
  }
  void OnDone() override { delete this; }

 private:
  const Health& health_;
  grpc::ByteBuffer buffer_;
};

// Writes the status, and again each time it changes.
class Health::WatchCall final : public grpc::ServerGenericBidiReactor {
 public:
  explicit WatchCall(Health& health) : health_(health) { StartRead(&buffer_); }

  void OnReadDone(bool ok) override {
    HealthCheckRequest request;
    if (!ok || !ParseMessage(buffer_, request)) {
      return End({grpc::StatusCode::INVALID_ARGUMENT, "a health check request is expected"});
    }
    service_ = request.service();
    {
      std::lock_guard lock(health_.mu_);
      if (!health_.ended_) {
        place_ = health_.watches_.insert(health_.watches_.end(), this);
        listed_ = true;
      }
    }
    if (!listed_) return End(GoingAway());
    Notify();
  }

  void OnWriteDone(bool ok) override {
    {
      std::lock_guard lock(mu_);
      writing_ = false;
      if (!ok) return;  // OnCancel follows
    }
    Notify();
  }

  void OnCancel() override { End(grpc::Status::CANCELLED); }

  void OnDone() override {
    if (listed_) {
      std::lock_guard lock(health_.mu_);
      health_.watches_.erase(place_);
    }
    delete this;
  }

  // Writes the status unless it was the last one written.
  void Notify() {
    const int status = health_.StatusOf(service_, /*watching=*/true);
    std::lock_guard lock(mu_);
    if (writing_ || finished_ || status == written_) return;
    HealthCheckResponse response;
    response.set_status(static_cast<HealthCheckResponse::ServingStatus>(status));
    written_ = status;
    writing_ = true;
    buffer_ = SerializeMessage(response);
    StartWrite(&buffer_);
  }

  void End(const grpc::Status& status) {
    {
      std::lock_guard lock(mu_);
      if (finished_) return;
      finished_ = true;
    }
    Finish(status);
  }

  static grpc::Status GoingAway() {
    return {grpc::StatusCode::UNAVAILABLE, "the gateway is going away"};
  }

 private:
  Health& health_;
  grpc::ByteBuffer buffer_;
  std::string service_;
  std::list<WatchCall*>::iterator place_;
  bool listed_ = false;
  std::mutex mu_;
  bool writing_ = false;
  bool finished_ = false;
  int written_ = -1;
};

void Health::SetServing(bool serving) {
  serving_ = serving;
  std::lock_guard lock(mu_);
  for (WatchCall* watch : watches_) watch->Notify();
}

void Health::EndWatches() {
  std::lock_guard lock(mu_);
  ended_ = true;
  for (WatchCall* watch : watches_) watch->End(WatchCall::GoingAway());
}

grpc::ServerGenericBidiReactor* Health::Check() { return new CheckCall(*this); }
grpc::ServerGenericBidiReactor* Health::Watch() { return new WatchCall(*this); }

}  // namespace salesops::gateway
