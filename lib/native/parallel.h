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
        for (int64_t i = 0; i < std::min<int64_t>(helpers_, n - 1); i++) jobs_.push_back(job);
      }
      wake_.notify_all();
    }
    job->take();
    job->wait();
  }

 private:
  struct Job {
    Job(int64_t n, const std::function<void(int64_t)>& work) : n(n), work(work) {}
    void take() {
      for (int64_t i; (i = next++) < n;) {
        work(i);
        if (++done == n) {
          std::lock_guard<std::mutex> lock(mutex);
          finished.notify_all();
        }
      }
    }
    void wait() {
      std::unique_lock<std::mutex> lock(mutex);
      finished.wait(lock, [&] { return done >= n; });
    }
    const int64_t n;
    const std::function<void(int64_t)>& work;  // the caller's, who waits; nobody touches it when all parts are taken
    std::atomic<int64_t> next{0}, done{0};
    std::mutex mutex;
    std::condition_variable finished;
  };

  explicit Pool(int helpers) : helpers_(helpers) {
    for (int i = 0; i < helpers; i++) std::thread([this] { help(); }).detach();
  }

  void help() {
    for (;;) {
      std::shared_ptr<Job> job;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, [&] { return !jobs_.empty(); });
        job = jobs_.front();
        jobs_.pop_front();
      }
      job->take();
    }
  }

  const int helpers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Job>> jobs_;
};

}  // namespace naive_diffusion
