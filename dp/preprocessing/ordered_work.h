#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

namespace assay::dp {

/// Does `count` pieces of work on so many threads, and takes their results in order.
///
/// `worker()` makes what one thread keeps to itself: a callable that does piece i (0 <= i < count)
/// and returns its result, called by that thread alone. `commit(i, result)` is called for i = 0, 1,
/// ... one after another, so it needs no locks. A thread takes its next piece after its result has
/// been taken: memory holds one result for each thread, however slow a piece is.
///
/// Errors: what a worker or commit throws; of several, that of the earliest piece.
template <class MakeWorker, class Commit>
void work_in_order(std::size_t count, int threads, MakeWorker make_worker, Commit commit) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::condition_variable moved;
  std::size_t turn = 0;
  std::exception_ptr failure;

  const auto body = [&] {
    std::optional<decltype(make_worker())> made;
    try {
      made.emplace(make_worker());
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
      moved.notify_all();
      return;
    }
    auto& worker = *made;
    for (std::size_t i = next++; i < count; i = next++) {
      std::exception_ptr error;
      decltype(worker(i)) result{};
      try {
        result = worker(i);
      } catch (...) {
        error = std::current_exception();
      }
      std::unique_lock lock(mutex);
      moved.wait(lock, [&] { return turn == i || failure; });
      if (failure) return;
      if (!error) {
        lock.unlock();
        try {
          commit(i, std::move(result));
        } catch (...) {
          error = std::current_exception();
        }
        lock.lock();
      }
      ++turn;
      failure = error;
      moved.notify_all();
      if (failure) return;
    }
  };
  std::vector<std::thread> others;
  try {
    for (int t = 1; t < threads; ++t)
      others.emplace_back(body);
  } catch (const std::system_error&) {
    // No more threads to be had: those that there are do the work.
  }
  body();
  for (auto& thread : others)
    thread.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace assay::dp
