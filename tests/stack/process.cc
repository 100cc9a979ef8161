#include "tests/stack/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

extern char** environ;

namespace salesops::stack {
namespace {

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

std::unique_ptr<Process> Process::Start(const std::vector<std::string>& command,
                                        const std::string& log,
                                        const std::vector<std::string>& environment) {
  // All memory is taken before fork: afterwards another thread's lock could be held for ever.
  std::vector<char*> arguments = Pointers(command);
  std::vector<std::string> settings = environment;
  for (char** setting = environ; *setting != nullptr; ++setting) settings.emplace_back(*setting);
  std::vector<char*> all_settings = Pointers(settings);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("cannot fork");
  if (pid > 0) return std::unique_ptr<Process>(new Process(pid));

  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  const int out = open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  const int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(in, 0);
  dup2(out, 1);
  dup2(out, 2);
  // Listening sockets of the test must not live on in its children.
  for (int fd = 3; fd < 1024; ++fd) close(fd);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execvpe(arguments[0], arguments.data(), all_settings.data());
  _exit(127);
}

Process::~Process() { Kill(); }

void Process::Kill() {
  Signal(SIGKILL);
  Wait(absl::Seconds(60));
}

bool Process::Running() { return !Wait(absl::ZeroDuration()); }

void Process::Signal(int signal) {
  // The id belongs to us until we have waited for it.
  if (!ended_) kill(pid_, signal);
}

std::optional<int> Process::Wait(absl::Duration limit) {
  const absl::Time end = absl::Now() + limit;
  while (!ended_) {
    int status = 0;
    const pid_t got = waitpid(pid_, &status, WNOHANG);
    if (got == pid_) {
      ended_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    } else if (got < 0 && errno != EINTR) {
      ended_ = 127;
    } else if (absl::Now() >= end) {
      return std::nullopt;
    } else {
      absl::SleepFor(absl::Milliseconds(5));
    }
  }
  return ended_;
}

Finished RunToEnd(const std::vector<std::string>& command, const std::string& folder,
                  const std::vector<std::string>& environment, absl::Duration limit) {
  static std::atomic<int> number{0};
  const std::string log = absl::StrCat(folder, "/command-", number++, ".log");
  auto process = Process::Start(command, log, environment);
  const std::optional<int> code = process->Wait(limit);
  process->Kill();
  return {code.value_or(-1), ReadFile(log)};
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void WriteFile(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) throw std::runtime_error(absl::StrCat("cannot write ", path));
}

}  // namespace salesops::stack
