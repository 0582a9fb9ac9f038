// Several processes that train one model. TensorFlow's own distributed runtime carries what they send each other; here
// a process joins the others before its first tensor is made, and watches whether they are still there.
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "listen.h"
#include "operation.h"
#include "signals.h"
#include "tensorflow/c/c_api_experimental.h"
#include "tensorflow/c/eager/c_api.h"

namespace naive_diffusion {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::string;

// How often each of the others is asked whether it is there, how long it may take to answer once, and for how long it
// may refuse to: a machine that answers "nobody listens there" needs no more time to be believed.
constexpr milliseconds kPause{250}, kAnswer{2000}, kRefusal{750};

// A protocol message, as bytes: numbers in groups of seven bits, fields with their number and kind in front.
class Message {
 public:
  Message& field(int number, const string& value) {
    varint(static_cast<uint64_t>(number) << 3 | 2);
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  Message& field(int number, uint64_t value) {
    varint(static_cast<uint64_t>(number) << 3);
    varint(value);
    return *this;
  }
  const string& bytes() const { return bytes_; }

 private:
  void varint(uint64_t value) {
    for (; value > 127; value >>= 7) bytes_ += static_cast<char>((value & 127) | 128);
    bytes_ += static_cast<char>(value);
  }
  string bytes_;
};

string nameOf(size_t task) { return "/job:worker/replica:0/task:" + std::to_string(task); }

// ServerDef { cluster: 1, job_name: 2, task_index: 3, default_session_config: 4, protocol: 5 }, whose cluster has one
// job with a number and an address for each task, and whose ConfigProto.experimental (16) names the leader (1).
string serverDef(const std::vector<string>& addresses, size_t task) {
  Message job;
  job.field(1, "worker");
  for (size_t i = 0; i < addresses.size(); i++)
    job.field(2, Message().field(1, uint64_t{i}).field(2, addresses[i]).bytes());
  const string config = Message().field(16, Message().field(1, nameOf(0)).bytes()).bytes();
  const string cluster = Message().field(1, job.bytes()).bytes();
  return Message()
      .field(1, cluster)
      .field(2, "worker")
      .field(3, uint64_t{task})
      .field(4, config)
      .field(5, "grpc")
      .bytes();
}

// This process and the others, if there are any. Never destroyed: the process takes it with it.
class Workers {
 public:
  // From the environment: NAIVE_DIFFUSION_WORKERS=host:port,host:port,… NAIVE_DIFFUSION_TASK=n and, in seconds,
  // NAIVE_DIFFUSION_TIMEOUT. lib/src/workers sets and checks them.
  static Workers& shared() {
    static auto* workers = new Workers;
    return *workers;
  }

  void join(TFE_Context* context) {
    try {
      joinOrThrow(context);
    } catch (const std::exception& error) {
      fault_ = error.what();
    }
  }

  // Throws unless this process has joined.
  void check() const {
    if (!fault_.empty()) throw Refused(fault_.c_str());
    if (!context_) throw Refused("this process was not asked to join others");
  }

  // From now on whoever is gone ends what the others wait for.
  void watch() {
    static const bool registered = std::atexit([] { shared().stopWatching(); }) == 0; // before TensorFlow goes
    (void)registered;
    std::lock_guard<std::mutex> lock(mutex_);
    isOver_ = false;
    for (size_t peer = 0; peer < addresses_.size(); peer++)
      if (peer != task_) watchers_.emplace_back([this, peer] { watchPeer(peer); });
  }

  void stopWatching() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      isOver_ = true;
    }
    changed_.notify_all();
    for (std::thread& watcher : watchers_) watcher.join();
    watchers_.clear();
  }

  // Throws what has become of the others, as soon as it is known; returns if they are all there after a while.
  void findOut() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, 2 * (kAnswer + kRefusal), [this] { return !gone_.empty() || isOver_; });
    if (!gone_.empty()) throw Refused(gone_.c_str());
  }

 private:
  void joinOrThrow(TFE_Context* context) {
    const char* hosts = std::getenv("NAIVE_DIFFUSION_WORKERS");
    if (!hosts || !*hosts) return;
    std::stringstream list(hosts);
    for (string one; std::getline(list, one, ',');) addresses_.push_back(one);
    const char* task = std::getenv("NAIVE_DIFFUSION_TASK");
    task_ = task ? std::strtoul(task, nullptr, 10) : 0;
    const char* seconds = std::getenv("NAIVE_DIFFUSION_TIMEOUT");
    timeout_ = milliseconds(1000 * (seconds ? std::atol(seconds) : 60));
    if (task_ >= addresses_.size()) throw std::runtime_error("there is no address for this task");
    gone_.clear();
    refusedSince_.resize(addresses_.size());

    const Address own(addresses_[task_]);
    const ListenOnlyAt there(own);
    const string definition = serverDef(addresses_, task_);
    TF_Status* status = TF_NewStatus();
    TFE_EnableCollectiveOps(context, definition.data(), definition.size(), status);
    const string message = TF_GetCode(status) == TF_OK ? "" : TF_Message(status);
    TF_DeleteStatus(status);
    if (!message.empty()) throw std::runtime_error(message);
    if (!there.wasBound()) throw std::runtime_error("TensorFlow listens elsewhere than it was asked to");
    context_ = context;
  }

  void watchPeer(size_t peer) {
    const string name = nameOf(peer);
    const int64_t answer = std::min(kAnswer, timeout_).count();
    const std::unique_ptr<TF_Status, decltype(&TF_DeleteStatus)> status(TF_NewStatus(), TF_DeleteStatus);
    std::unique_lock<std::mutex> lock(mutex_);
    while (!isOver_) {
      const auto asked = Clock::now();
      lock.unlock();
      TFE_CollectiveOpsCheckPeerHealth(context_, name.c_str(), answer, status.get());
      lock.lock();
      auto& since = refusedSince_[peer];
      if (TF_GetCode(status.get()) == TF_OK) {
        since.reset();
      } else {
        if (!since) since = asked;
        const bool isSilent = TF_GetCode(status.get()) == TF_DEADLINE_EXCEEDED;
        if (Clock::now() - *since >= (isSilent ? timeout_ : std::min(kRefusal, timeout_))) return end(missing(isSilent));
      }
      changed_.wait_for(lock, kPause, [this] { return isOver_; });
    }
  }

  // Which of the others has been missing for longest: who stops because of it is missing soon after.
  string missing(bool isSilent) const {
    size_t first = task_;
    for (size_t peer = 0; peer < addresses_.size(); peer++)
      if (refusedSince_[peer] && (first == task_ || *refusedSince_[peer] < *refusedSince_[first])) first = peer;
    return "worker " + std::to_string(first) + " (" + addresses_[first] + ") " +
           (isSilent ? "does not answer any more" : "is gone");
  }

  // Ends what waits for the others. The lock is held.
  void end(const string& reason) {
    if (isOver_ || !gone_.empty()) return;
    gone_ = reason;
    TF_Status* status = TF_NewStatus();
    TF_SetStatus(status, TF_UNAVAILABLE, reason.c_str());
    TFE_AbortCollectiveOps(context_, status);
    TF_DeleteStatus(status);
    isOver_ = true;
    changed_.notify_all();
  }

  TFE_Context* context_ = nullptr;
  std::vector<string> addresses_;
  size_t task_ = 0;
  milliseconds timeout_{60'000};
  string fault_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool isOver_ = true;
  string gone_;
  std::vector<std::optional<Clock::time_point>> refusedSince_; // by worker, while it does not answer
  std::vector<std::thread> watchers_;
};

// What JavaScript asks for, through the only door that the binding has: an operation without inputs.
struct Asked {
  enum { kJoined, kWatch, kFindOut, kStopWatching };
  explicit Asked(TF_OpKernelConstruction* construction) : what(number(construction, "what")) {}
  const int64_t what;
};

void answer(const Asked& asked, Call& call) {
  Workers& workers = Workers::shared();
  workers.check();
  if (asked.what == Asked::kWatch) workers.watch();
  if (asked.what == Asked::kFindOut) workers.findOut();
  if (asked.what == Asked::kStopWatching) workers.stopWatching();
  *call.output(0, {}) = 1;
}

[[maybe_unused]] const bool defined = [] {
  define<Asked, answer>("NaiveDiffusionWorkers", {}, {"done: float"}, {"what: int"});
  return true;
}();

}  // namespace
}  // namespace naive_diffusion

// The binding's own code calls this for TFE_NewContext (scripts/setup/native/binding.mjs).
extern "C" TFE_Context* naive_diffusion_NewContext(const TFE_ContextOptions* options, TF_Status* status) {
  naive_diffusion::keepSignalsApart();
  TFE_Context* context = TFE_NewContext(options, status);
  // What goes wrong is told when JavaScript asks: the binding would keep the reason to itself.
  if (context && TF_GetCode(status) == TF_OK) naive_diffusion::Workers::shared().join(context);
  return context;
}
