// Work shared out among the processor's cores.
#pragma once
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace naive_diffusion {

// As many as TensorFlow itself uses within an operation. lib/src/backend/select.ts sets the variable where a container
// may use less than the machine has.
inline int threads() {
  static const int count = [] {
    const char* wanted = std::getenv("TF_NUM_INTRAOP_THREADS");
    const int n = wanted ? std::atoi(wanted) : 0;
    return n > 0 ? n : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }();
  return count;
}

// Threads that wait for work. They are never ended: the process takes them with it.
class Pool {
 public:
  static Pool& shared() {
    static Pool* pool = new Pool(threads() - 1);
    return *pool;
  }

  // Calls work(i) for every i below n, on this thread and on those that are free, and returns when all are done. Throws
  // what a part throws first; parts that nobody has begun by then are left out.
  void run(int64_t n, const std::function<void(int64_t)>& work) {
    const auto job = std::make_shared<Job>(n, work);
    if (n > 1 && helpers_ > 0) {
      offer(job, std::min<int64_t>(helpers_, n - 1));
      wake_.notify_all();
    }
    job->take();
    job->wait();
    if (job->failure) std::rethrow_exception(job->failure);
  }

 private:
  class Job {
   public:
    Job(int64_t n, const std::function<void(int64_t)>& work) : n_(n), work_(work) {}

    void take() {
      for (int64_t i; (i = next_++) < n_;) {
        try {
          if (!failed_) work_(i);
        } catch (...) {
          std::lock_guard<std::mutex> lock(mutex_);
          if (!failed_) failure = std::current_exception();
          failed_ = true;
        }
        if (++done_ == n_) {
          std::lock_guard<std::mutex> lock(mutex_);
          finished_.notify_one();
        }
      }
    }

    void wait() {
      // The others are in the middle of their last parts, for which it is seldom worth going to sleep.
      lookOut([&] { return done_ == n_; });
      if (done_ == n_) return;
      std::unique_lock<std::mutex> lock(mutex_);
      finished_.wait(lock, [&] { return done_ == n_; });
    }

    std::exception_ptr failure;  // to be read when all are done

   private:
    const int64_t n_;
    const std::function<void(int64_t)>& work_;  // the caller's, who waits; nobody touches it when all parts are taken
    std::atomic<int64_t> next_{0}, done_{0};
    std::atomic<bool> failed_{false};
    std::mutex mutex_;
    std::condition_variable finished_;
  };

  explicit Pool(int wanted) {
    try {
      for (; helpers_ < wanted; helpers_++) std::thread([this] { help(); }).detach();
    } catch (const std::exception&) {
      // There are no more threads, or no memory for them: those that are there do the work, and the caller's own. They
      // work for this pool by now, which must not end.
    }
  }

  void offer(const std::shared_ptr<Job>& job, int64_t times) {
    std::lock_guard<std::mutex> lock(mutex_);
    try {
      for (int64_t i = 0; i < times; i++) {
        jobs_.push_back(job);
        waiting_++;
      }
    } catch (const std::bad_alloc&) {
      // Fewer helpers will do: the caller takes whatever nobody else takes.
    }
  }

  void help() {
    for (;;) {
      // Looks out for work for a while before it goes to sleep, since waking up takes longer than many an operation.
      lookOut([&] { return waiting_ > 0; });
      std::shared_ptr<Job> job;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, [&] { return !jobs_.empty(); });
        job = jobs_.front();
        jobs_.pop_front();
        waiting_--;
      }
      job->take();
    }
  }

  // Waits until something has happened, or for so long that it is time to sleep.
  template <class Happened>
  static void lookOut(const Happened& happened) {
    for (int i = 1; i <= patience && !happened(); i++) i % politeness ? breathe() : std::this_thread::yield();
  }

  // A moment that leaves the core to a thread beside this one.
  static void breathe() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#else
    std::this_thread::yield();
#endif
  }

  static constexpr int patience = 10'000;  // some 300 µs on x86, where nobody else wants the core
  static constexpr int politeness = 50;    // so often it is offered to others
  int helpers_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Job>> jobs_;
  std::atomic<int> waiting_{0};  // as many as there are jobs, to be seen without the lock
};

}  // namespace naive_diffusion
