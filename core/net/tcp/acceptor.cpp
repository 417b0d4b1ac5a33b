#include "core/net/tcp/acceptor.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <atomic>

namespace assay {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::size_t kMostGreetings = 64;
constexpr auto kGreetingTime = 10s;

}  // namespace

Acceptor::Acceptor(const Listener& listener, const Identity& identity, const Wake& cancel,
                   Deadline until, OnPeer on_peer)
    : listener_(listener),
      identity_(identity),
      cancel_(cancel),
      until_(until),
      on_peer_(std::move(on_peer)),
      thread_([this] { run(); }) {}

Acceptor::~Acceptor() {
  finish();
}

std::string Acceptor::finish() {
  if (thread_.joinable()) thread_.join();
  std::lock_guard lock(mutex_);
  return last_refusal_;
}

void Acceptor::run() {
  while (true) {
    join_finished();
    const bool full = greetings_.size() >= kMostGreetings;
    const auto until = full ? std::min(until_, steady_clock::now() + 10ms) : until_;
    const auto ready = await(full ? -1 : listener_.number(), POLLIN, cancel_, until);
    if (ready == Ready::woken || steady_clock::now() >= until_) break;
    if (ready == Ready::late) continue;
    auto socket = listener_.accept();
    if (socket.number() < 0) {
      // Gone already, or this process has no descriptor left: do not spin.
      await(-1, 0, cancel_, std::min(until_, steady_clock::now() + 1ms));
      continue;
    }
    auto done = std::make_shared<std::atomic<bool>>(false);
    std::thread thread([this, done, socket = std::move(socket)]() mutable {
      greet(std::move(socket));
      *done = true;
    });
    greetings_.push_back({std::move(thread), std::move(done)});
  }
  for (auto& greeting : greetings_)
    greeting.thread.join();
}

void Acceptor::join_finished() {
  std::erase_if(greetings_, [](Greeting& greeting) {
    if (!*greeting.done) return false;
    greeting.thread.join();
    return true;
  });
}

void Acceptor::greet(Descriptor socket) {
  std::string from = "a stranger";
  try {
    from = address_of_peer(socket.number());
    const auto until = std::min(until_, steady_clock::now() + kGreetingTime);
    on_peer_(Connection::accept(std::move(socket), identity_, cancel_, until));
  } catch (const std::exception& error) {
    std::lock_guard lock(mutex_);
    last_refusal_ = fmt::format("{} ({})", error.what(), from);
  }
}

}  // namespace assay
