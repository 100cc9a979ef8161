#include "gateway/health.h"

#include <utility>

#include "absl/status/status.h"
#include "gateway/standard_services.pb.h"

namespace salesops::gateway {
namespace {

using wire::HealthCheckRequest;
using wire::HealthCheckResponse;

absl::Status NotARequest() {
  return absl::InvalidArgumentError("a health check request is expected");
}

absl::Status GoingAway() { return absl::UnavailableError("the gateway is going away"); }

bool Parse(absl::string_view message, HealthCheckRequest& request) {
  return request.ParseFromArray(message.data(), static_cast<int>(message.size()));
}

std::string Serialize(int status) {
  HealthCheckResponse response;
  response.set_status(static_cast<HealthCheckResponse::ServingStatus>(status));
  return response.SerializeAsString();
}

}  // namespace

int Health::StatusOf(const std::string& service, bool watching) const {
  if (!service.empty() && !known_(service)) {
    return watching ? HealthCheckResponse::SERVICE_UNKNOWN : HealthCheckResponse::UNKNOWN;
  }
  return serving() ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

class Health::CheckCall final : public LocalMethod {
 public:
  CheckCall(const Health& health, std::shared_ptr<LocalAnswer> answer)
      : health_(health), answer_(std::move(answer)) {}

  void OnMessage(absl::string_view message) override {
    HealthCheckRequest request;
    if (!Parse(message, request)) return answer_->Finish(NotARequest());
    const int status = health_.StatusOf(request.service(), /*watching=*/false);
    if (status == HealthCheckResponse::UNKNOWN) {
      return answer_->Finish(absl::NotFoundError("no service of this name is served here"));
    }
    answer_->Write(Serialize(status));
    answer_->Finish(absl::OkStatus());
  }

  // Only if there was no message.
  void OnRequestEnd() override { answer_->Finish(NotARequest()); }

 private:
  const Health& health_;
  const std::shared_ptr<LocalAnswer> answer_;
};

// Writes the status, and again each time it changes.
class Health::WatchCall final : public LocalMethod {
 public:
  WatchCall(Health& health, std::shared_ptr<LocalAnswer> answer)
      : health_(health), answer_(std::move(answer)) {}

  ~WatchCall() override {
    if (!listed_) return;
    std::lock_guard lock(health_.mu_);
    health_.watches_.erase(place_);
  }

  void OnMessage(absl::string_view message) override {
    if (listed_) return;
    HealthCheckRequest request;
    if (!Parse(message, request)) return answer_->Finish(NotARequest());
    service_ = request.service();
    std::lock_guard lock(health_.mu_);
    if (health_.ended_) return answer_->Finish(GoingAway());
    place_ = health_.watches_.insert(health_.watches_.end(), this);
    listed_ = true;
    Notify();
  }

  void OnRequestEnd() override {
    if (!listed_) answer_->Finish(NotARequest());
  }

  // Under the health's lock. Writes the status unless it was the last one written.
  void Notify() {
    const int status = health_.StatusOf(service_, /*watching=*/true);
    if (std::exchange(written_, status) != status) answer_->Write(Serialize(status));
  }

  void End() { answer_->Finish(GoingAway()); }

 private:
  Health& health_;
  const std::shared_ptr<LocalAnswer> answer_;
  std::string service_;
  std::list<WatchCall*>::iterator place_;
  bool listed_ = false;
  int written_ = -1;
};

void Health::SetServing(bool serving) {
  std::lock_guard lock(mu_);
  serving_ = serving;
  for (WatchCall* watch : watches_) watch->Notify();
}

void Health::EndWatches() {
  std::lock_guard lock(mu_);
  ended_ = true;
  for (WatchCall* watch : watches_) watch->End();
}

std::unique_ptr<LocalMethod> Health::Check(std::shared_ptr<LocalAnswer> answer) {
  return std::make_unique<CheckCall>(*this, std::move(answer));
}

std::unique_ptr<LocalMethod> Health::Watch(std::shared_ptr<LocalAnswer> answer) {
  return std::make_unique<WatchCall>(*this, std::move(answer));
}

}  // namespace salesops::gateway
