// Work shared out among the processor's cores.
#pragma once
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace naive_diffusion {

// As many as TensorFlow itself uses within an operation.
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

  // Calls work(i) for every i below n, on this thread and on those that are free, and returns when all are done.
  void run(int64_t n, const std::function<void(int64_t)>& work) {
    const auto job = std::make_shared<Job>(n, work);
    if (n > 1 && helpers_ > 0) {
      {
        std::lock_guard<std::mutex> lock(mutex_);
        for (int64_t i = 0; i < std::min<int64_t>(helpers_, n - 1); i++) jobs_.push_back(job), waiting_++;
      }
      wake_.notify_all();
    }
    job->take();
    // The others are in the middle of their last parts, for which it is not worth going to sleep.
    for (int i = 0; job->done < n; i++) i < patience ? breathe() : std::this_thread::yield();
  }

 private:
  struct Job {
    Job(int64_t n, const std::function<void(int64_t)>& work) : n(n), work(work) {}
    void take() {
      for (int64_t i; (i = next++) < n;) {
        work(i);
        done++;
      }
    }
    const int64_t n;
    const std::function<void(int64_t)>& work;  // the caller's, who waits; nobody touches it when all parts are taken
    std::atomic<int64_t> next{0}, done{0};
  };

  explicit Pool(int helpers) : helpers_(helpers) {
    for (int i = 0; i < helpers; i++) std::thread([this] { help(); }).detach();
  }

  void help() {
    for (;;) {
      // Looks out for work for a while before it goes to sleep, since waking up takes longer than many an operation.
      for (int i = 0; i < patience && waiting_ == 0; i++) breathe();
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

  // A moment that leaves the core to a thread beside this one.
  static void breathe() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    std::this_thread::yield();
#endif
  }

  static constexpr int patience = 2000;  // some 50 µs
  const int helpers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Job>> jobs_;
  std::atomic<int> waiting_{0};  // as many as there are jobs, to be seen without the lock
};

}  // namespace naive_diffusion
