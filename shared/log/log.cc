#include "shared/log/log.h"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "shared/base/clock.h"
#include "shared/log/json_text.h"

namespace salesops::log {
namespace {

constexpr const char* kLevelNames[] = {"debug", "info", "warning", "error"};

void AppendInteger(int64_t value, std::string* out) {
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  out->append(buffer, end);
}

void AppendDouble(double value, std::string* out) {
  if (!std::isfinite(value)) {
    out->append(std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    return;
  }
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  out->append(buffer, end);
}

// "2026-03-01T08:00:00.000123Z". The part up to the second is kept per thread: breaking a time into
// civil fields costs more than the rest of a line.
void AppendTime(absl::Time time, std::string* out) {
  thread_local int64_t cached_second = -1;
  thread_local std::string cached_text;
  const int64_t micros = absl::ToUnixMicros(time);
  const int64_t second = micros / 1'000'000;
  if (second != cached_second) {
    const auto civil = absl::ToCivilSecond(absl::FromUnixSeconds(second), absl::UTCTimeZone());
    cached_text = absl::StrFormat("%04d-%02d-%02dT%02d:%02d:%02d.", civil.year(), civil.month(),
                                  civil.day(), civil.hour(), civil.minute(), civil.second());
    cached_second = second;
  }
  out->append(cached_text);
  char digits[7] = "000000";
  int64_t rest = micros % 1'000'000;
  for (int i = 5; i >= 0; --i, rest /= 10) digits[i] = static_cast<char>('0' + rest % 10);
  out->append(digits, 6).push_back('Z');
}

// Builds one line.
class Line {
 public:
  Line(Level level, absl::string_view message) {
    text_.reserve(512);
    text_.append("{\"time\":\"");
    AppendTime(base::SystemClock().Now(), &text_);
    text_.append("\",\"level\":\"");
    text_.append(kLevelNames[static_cast<int>(level)]);
    text_.append("\",\"message\":");
    AppendJsonString(message, &text_);
  }

  void Add(absl::string_view key, const Value& value) {
    text_.push_back(',');
    AppendJsonString(key, &text_);
    text_.push_back(':');
    value.AppendJson(&text_);
  }

  void AddUnlessEmpty(absl::string_view key, absl::string_view value) {
    if (!value.empty()) Add(key, value);
  }

  std::string Finish() && {
    text_.push_back('}');
    return std::move(text_);
  }

 private:
  std::string text_;
};

// Hands whole lines to the kernel. Everything it cannot write is lost: there is nobody to tell.
void WriteAll(int fd, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t n = write(fd, data, size);
    if (n < 0 && errno != EINTR) return;
    if (n < 0) continue;
    data += n;
    size -= static_cast<size_t>(n);
  }
}

// The end of spdlog's queue. Collects lines while more are waiting, so that a busy process makes
// one write for many lines and an idle one writes each line at once.
class LineSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  // The pool outlives the sink: its thread is the one that runs it.
  LineSink(const Options& options, spdlog::details::thread_pool* pool)
      : fd_(options.fd), sink_(options.sink), pool_(pool) {}
  ~LineSink() override { flush_(); }

  // Lines handed to the kernel or the sink.
  int64_t written() const { return written_.load(std::memory_order_acquire); }

 private:
  static constexpr size_t kWorthWriting = 16 * 1024;

  void sink_it_(const spdlog::details::log_msg& message) override {
    Append(absl::string_view(message.payload.data(), message.payload.size()));
    ++collected_;
    const bool idle = pool_->queue_size() == 0;
    if (idle) ReportDrops();
    if (idle || buffer_.size() >= kWorthWriting) flush_();
  }

  void Append(absl::string_view line) {
    if (sink_) return sink_(line);
    buffer_.append(line.data(), line.size());
    buffer_.push_back('\n');
  }

  void ReportDrops() {
    const size_t dropped = pool_->overrun_counter();
    if (dropped == reported_drops_) return;
    Line line(Level::kWarning, "log lines dropped");
    line.Add("count", dropped - reported_drops_);
    Append(std::move(line).Finish());
    reported_drops_ = dropped;
  }

  void flush_() override {
    WriteAll(fd_, buffer_.data(), buffer_.size());
    buffer_.clear();
    written_.fetch_add(std::exchange(collected_, 0), std::memory_order_release);
  }

  const int fd_;
  const std::function<void(absl::string_view)> sink_;
  spdlog::details::thread_pool* const pool_;
  std::string buffer_;
  int64_t collected_ = 0;  // lines taken since the last flush
  size_t reported_drops_ = 0;
  std::atomic<int64_t> written_{0};
};

// A running log: the queue, its thread and where lines go. Ending it writes what is queued.
class Running {
 public:
  explicit Running(const Options& options)
      : pool_(std::make_shared<spdlog::details::thread_pool>(
            static_cast<size_t>(std::max(options.queue, 1)), 1)),
        sink_(std::make_shared<LineSink>(options, pool_.get())),
        logger_(std::make_shared<spdlog::async_logger>(
            "log", sink_, pool_, spdlog::async_overflow_policy::overrun_oldest)) {}

  void Write(absl::string_view line) {
    queued_.fetch_add(1, std::memory_order_relaxed);
    logger_->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  }

  // spdlog does not say when a line has arrived, so this looks until all have.
  void Flush() const {
    const int64_t target = queued_.load(std::memory_order_relaxed);
    while (sink_->written() + dropped() < target) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }

  int64_t dropped() const { return static_cast<int64_t>(pool_->overrun_counter()); }

 private:
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<LineSink> sink_;
  std::shared_ptr<spdlog::async_logger> logger_;
  std::atomic<int64_t> queued_{0};
};

struct Process {
  std::atomic<Level> level{Level::kInfo};
  std::mutex mutex;  // guards what follows
  std::shared_ptr<Running> running;
  int64_t dropped_before = 0;  // by logs that have ended
};

// Never destroyed: threads may log until the very end.
Process& TheProcess() {
  static auto* const process = new Process;
  return *process;
}

std::shared_ptr<Running> CurrentlyRunning() {
  Process& process = TheProcess();
  const std::lock_guard lock(process.mutex);
  return process.running;
}

void Replace(std::shared_ptr<Running> next) {
  Process& process = TheProcess();
  std::shared_ptr<Running> previous;
  {
    const std::lock_guard lock(process.mutex);
    previous = std::exchange(process.running, std::move(next));
  }
  if (!previous) return;
  previous->Flush();
  const std::lock_guard lock(process.mutex);
  process.dropped_before += previous->dropped();
}

void Write(std::string line) {
  if (const std::shared_ptr<Running> running = CurrentlyRunning()) return running->Write(line);
  line.push_back('\n');
  WriteAll(STDERR_FILENO, line.data(), line.size());
}

bool IsWritten(Level level) { return level >= TheProcess().level.load(std::memory_order_relaxed); }

void Log(Level level, absl::string_view message, Fields fields) {
  if (!IsWritten(level)) return;
  Line line(level, message);
  for (const Field& field : fields) line.Add(field.key, field.value);
  Write(std::move(line).Finish());
}

}  // namespace

void Value::AppendJson(std::string* out) const {
  switch (kind_) {
    case Kind::kText:
      return AppendJsonString(text_, out);
    case Kind::kBool:
      out->append(integer_ != 0 ? "true" : "false");
      return;
    case Kind::kInteger:
      return AppendInteger(integer_, out);
    case Kind::kDouble:
      return AppendDouble(double_, out);
    case Kind::kDuration:
      return AppendDouble(absl::ToDoubleSeconds(duration_), out);
  }
}

void Debug(absl::string_view message, Fields fields) { Log(Level::kDebug, message, fields); }
void Info(absl::string_view message, Fields fields) { Log(Level::kInfo, message, fields); }
void Warning(absl::string_view message, Fields fields) { Log(Level::kWarning, message, fields); }
void Error(absl::string_view message, Fields fields) { Log(Level::kError, message, fields); }

void Call(const CallLine& call) {
  const bool broken = call.code == "INTERNAL" || call.code == "UNKNOWN" || call.code == "DATA_LOSS";
  const Level level = broken ? Level::kError : Level::kInfo;
  if (!IsWritten(level)) return;
  Line line(level, "call");
  line.Add("method", call.method);
  line.Add("code", call.code);
  line.AddUnlessEmpty("reason", call.reason);
  line.Add("duration_us", absl::ToInt64Microseconds(call.duration));
  line.Add("queued_us", absl::ToInt64Microseconds(call.queued));
  line.AddUnlessEmpty("subject", call.subject);
  line.AddUnlessEmpty("trace_id", call.trace_id);
  line.AddUnlessEmpty("request_id", call.request_id);
  line.AddUnlessEmpty("peer", call.peer);
  line.Add("request_bytes", call.request_bytes);
  line.Add("response_bytes", call.response_bytes);
  line.AddUnlessEmpty("detail", call.detail);
  Write(std::move(line).Finish());
}

void Start(const Options& options) {
  // Whoever reads the lines may go away; that must not end the process.
  std::signal(SIGPIPE, SIG_IGN);
  // Lines that say why a main returned early must not be lost with it.
  static const int at_exit = std::atexit(Stop);
  (void)at_exit;
  TheProcess().level = options.level;
  Replace(std::make_shared<Running>(options));
}

void Flush() {
  if (const std::shared_ptr<Running> running = CurrentlyRunning()) running->Flush();
}

void Stop() { Replace(nullptr); }

int64_t DroppedLines() {
  Process& process = TheProcess();
  const std::lock_guard lock(process.mutex);
  return process.dropped_before + (process.running ? process.running->dropped() : 0);
}

bool ParseLevel(absl::string_view text, Level* level) {
  for (size_t i = 0; i < std::size(kLevelNames); ++i) {
    if (text != kLevelNames[i]) continue;
    *level = static_cast<Level>(i);
    return true;
  }
  return false;
}

}  // namespace salesops::log
