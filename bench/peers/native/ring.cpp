// A ring in C++ with release stores, in the shapes and scenarios of the benchmark: the limit of what these cores can do.
//
// Arguments, by mode; a round for each line on the standard input, answered by a line of JSON:
//   flow CAPACITY COUNT PRODUCERS BATCH WORKERS NAME:BEFORE+BEFORE...   events a second
//   trip spin|park COUNT                                       latencies of round trips
//   paced COUNT NANOSECONDS                                    latencies of events sent at fixed times
//   bytes SLOTS LENGTH COUNT                                   messages a second
// In mode flow the line "idle MS" answers with the processor time of a waiting consumer, in percent of a core, and "allocation" with bytes an event.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <limits>
#include <linux/futex.h>
#include <malloc.h>
#include <map>
#include <memory>
#include <sched.h>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

using std::memory_order_acquire;
using std::memory_order_relaxed;
using std::memory_order_release;
using std::string;
using std::vector;

// On a line of its own, and its neighbour's.
struct alignas(128) Sequence {
  std::atomic<int64_t> value{-1};
};

struct Trade {
  uint32_t id;
  double price;
  int32_t quantity;
};

constexpr int NUMBER_BITS = 29; // of an id; the producer stands above them

static int64_t now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

static void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Waits a little longer each time, so that the other side keeps its cache line; then lets others run.
struct Backoff {
  int turns = 0;
  void idle() {
    if (++turns > 8) {
      sched_yield();
      return;
    }
    for (int i = 0; i < 1 << turns; i++) relax();
  }
};

// Leaves the ring alone for a while after it found little, longer each time until it finds plenty: each look takes the cursor's line, and
// the newest slots', away from who writes there. One empty look ends it. As slipring's own (src/core/pace.ts), so that this is the limit.
struct Pace {
  const int64_t plenty;
  int64_t gap = 0, turns = 0;
  void rest() {
    for (int64_t i = 0; i < turns; i++) relax();
  }
  void found(int64_t count) {
    if (count >= plenty) {
      turns = 0;
      return;
    }
    turns = gap;
    if (count * 32 < gap) gap >>= 1;
    else gap = std::min<int64_t>(std::max<int64_t>(2 * gap, 1), 2048);
  }
  void foundNothing() { gap = turns = 0; }
};

// Of the trades of a round, whose numbers start at 0: small enough that the sum is exact in whatever order it is made.
static double checksumOf(int64_t count) {
  double sum = 0;
  for (int64_t n = 0; n < count; n++) sum += n * 0.5 + (n & 1023);
  return sum;
}

// ---- flow: producers, consumers in any order, and a group of workers with a microsecond of work an event ----

struct Consumer {
  string name;
  Sequence position;
  vector<Sequence *> before;
  vector<uint32_t> ids;
  double checksum = 0;
  int64_t finished = 0;
};

struct Flow {
  const int64_t capacity, count;
  const int producers;
  const int64_t batch;
  vector<Trade> slots;
  // With several producers: the sequence that a slot was last published with.
  vector<std::atomic<int64_t>> stamps;
  Sequence cursor; // published, or with several producers: claimed
  Sequence taken;  // by the group
  vector<std::unique_ptr<Sequence>> workers;
  vector<std::unique_ptr<Consumer>> consumers;
  vector<Sequence *> gating;
  std::atomic<bool> stopped{false};

  Flow(int64_t capacity, int64_t count, int producers, int64_t batch, int groupSize, const vector<string> &graph)
      : capacity(capacity), count(count), producers(producers), batch(batch), slots(capacity), stamps(producers > 1 ? capacity : 0) {
    for (auto &stamp : stamps) stamp = -1;
    for (int i = 0; i < groupSize; i++) workers.push_back(std::make_unique<Sequence>());
    std::map<string, Sequence *> last;
    std::map<string, vector<Sequence *>> byName;
    for (auto &worker : workers) byName["work"].push_back(worker.get());
    for (const string &node : graph) {
      auto consumer = std::make_unique<Consumer>();
      consumer->name = node.substr(0, node.find(':'));
      std::stringstream names(node.substr(node.find(':') + 1));
      for (string name; std::getline(names, name, '+');) {
        for (Sequence *sequence : byName.at(name)) consumer->before.push_back(sequence);
        last.erase(name);
      }
      consumer->ids.resize(8);
      byName[consumer->name] = {&consumer->position};
      last[consumer->name] = &consumer->position;
      consumers.push_back(std::move(consumer));
    }
    for (auto &[name, sequence] : last) gating.push_back(sequence);
  }

  static int64_t least(const vector<Sequence *> &sequences) {
    int64_t least = std::numeric_limits<int64_t>::max();
    for (Sequence *sequence : sequences) least = std::min(least, sequence->value.load(memory_order_acquire));
    return least;
  }

  // The last sequence from `from` on that is published, or from - 1.
  int64_t published(int64_t from) const {
    int64_t cursor = this->cursor.value.load(memory_order_acquire);
    if (producers == 1) return cursor;
    while (from <= cursor && stamps[from & (capacity - 1)].load(memory_order_acquire) == from) from++;
    return from - 1;
  }

  void fill(int64_t sequence, uint32_t mark, int64_t n) {
    slots[sequence & (capacity - 1)] = {mark | uint32_t(n), n * 0.5, int32_t(n & 1023)};
  }

  void produce(uint32_t mark, int64_t first, int64_t share) {
    int64_t next = cursor.value.load(memory_order_relaxed);
    int64_t free = next;
    for (int64_t n = first; n < first + share;) {
      int64_t high = producers == 1 ? next + batch : cursor.value.fetch_add(batch) + batch;
      if (high - capacity > free || producers > 1)
        for (Backoff backoff; high - capacity > (free = least(gating)); backoff.idle());
      for (int64_t sequence = high - batch + 1; sequence <= high; sequence++) fill(sequence, mark, n++);
      if (producers == 1) {
        cursor.value.store(high, memory_order_release);
        next = high;
        if (free < high - capacity) free = high - capacity;
      } else {
        for (int64_t sequence = high - batch + 1; sequence <= high; sequence++)
          stamps[sequence & (capacity - 1)].store(sequence, memory_order_release);
      }
    }
  }

  void consume(Consumer &consumer, int64_t left) {
    Backoff backoff;
    Pace pace{std::min<int64_t>(1000, capacity / 4)};
    int64_t position = consumer.position.value.load(memory_order_relaxed);
    consumer.checksum = 0;
    while (left > 0) {
      pace.rest();
      int64_t end = consumer.before.empty() ? published(position + 1) : least(consumer.before);
      if (end <= position) {
        if (stopped.load(memory_order_relaxed)) return;
        pace.foundNothing();
        backoff.idle();
        continue;
      }
      backoff.turns = 0;
      pace.found(end - position);
      left -= end - position;
      double sum = 0;
      while (position < end) {
        const Trade &trade = slots[++position & (capacity - 1)];
        if (consumer.ids[trade.id >> NUMBER_BITS]++ != trade.id) sum = std::numeric_limits<double>::quiet_NaN();
        sum += trade.price + trade.quantity;
      }
      consumer.checksum += sum;
      consumer.position.value.store(position, memory_order_release);
    }
    consumer.finished = now();
  }

  void work(Sequence &own) {
    Backoff backoff;
    while (true) {
      int64_t mine = taken.value.load();
      do own.value.store(mine, memory_order_release);
      while (!taken.value.compare_exchange_weak(mine, mine + 1));
      mine++;
      while (published(mine) < mine) {
        if (stopped.load(memory_order_relaxed)) {
          own.value.store(mine, memory_order_release);
          return;
        }
        backoff.idle();
      }
      backoff.turns = 0;
      volatile double price = slots[mine & (capacity - 1)].price;
      (void)price;
      for (int64_t end = now() + 1000; now() < end;);
    }
  }

  string round() {
    stopped = false;
    taken.value = cursor.value.load();
    for (auto &worker : workers) worker->value = taken.value.load();
    std::atomic<bool> go{false};
    int64_t share = count / producers;
    for (auto &consumer : consumers)
      for (uint32_t k = 0; k < consumer->ids.size(); k++) consumer->ids[k] = k << NUMBER_BITS;
    vector<std::thread> threads, group, sources;
    for (auto &consumer : consumers) threads.emplace_back([&] { consume(*consumer, count); });
    for (auto &worker : workers) group.emplace_back([&] { work(*worker); });
    for (int producer = 0; producer < producers; producer++)
      sources.emplace_back([&, producer] {
        for (Backoff backoff; !go.load(memory_order_acquire); backoff.idle());
        produce(uint32_t(producer) << NUMBER_BITS, 0, share);
      });
    int64_t started = now();
    go.store(true, memory_order_release);
    for (auto &thread : sources) thread.join();
    for (auto &thread : threads) thread.join();
    stopped = true;
    for (auto &thread : group) thread.join();
    double right = checksumOf(share) * producers;
    int64_t finished = 0;
    for (auto &consumer : consumers) {
      finished = std::max(finished, consumer->finished);
      if (consumer->checksum != right) return "{\"fault\":\"" + consumer->name + ": a wrong checksum\"}";
    }
    return "{\"figure\":" + std::to_string(count / ((finished - started) / 1e9)) + "}";
  }

  string idle(int ms) {
    stopped = false;
    std::thread waiting([&] { consume(*consumers[0], count); });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    auto used = [] {
      rusage usage;
      getrusage(RUSAGE_SELF, &usage);
      return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e9 + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e3;
    };
    double before = used();
    int64_t from = now();
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
    double percent = (used() - before) / (now() - from) * 100;
    stopped = true;
    waiting.join();
    return "{\"figure\":" + std::to_string(percent) + "}";
  }

  // Bytes an event that publishing and consuming leave on the heap.
  string allocation() {
    auto used = [] {
      struct mallinfo2 info = mallinfo2();
      return double(info.uordblks + info.hblkhd);
    };
    double before = used();
    for (int64_t done = 0; done < count; done += capacity) {
      int64_t some = std::min(capacity, count - done);
      produce(0, done, some);
      consume(*consumers[0], some);
    }
    return "{\"figure\":" + std::to_string((used() - before) / count) + "}";
  }
};

// ---- one value from one thread to another, spinning or parked ----

struct alignas(128) Mailbox {
  std::atomic<int32_t> word{0};
  std::atomic<int32_t> sleeps{0};
  int64_t value = 0;

  void send(int32_t number, int64_t value, bool park) {
    this->value = value;
    word.store(number, park ? std::memory_order_seq_cst : memory_order_release);
    if (park && sleeps.load()) syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
  }

  int64_t receive(int32_t number, bool park) {
    while (word.load(memory_order_acquire) != number) {
      if (!park) {
        relax();
        continue;
      }
      sleeps.store(1);
      if (word.load() == number - 1) syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, number - 1, nullptr, nullptr, 0);
      sleeps.store(0);
    }
    return value;
  }
};

static string listOf(const vector<int64_t> &latencies) {
  std::ostringstream out;
  out << "{\"latencies\":[";
  for (size_t i = 0; i < latencies.size(); i++) out << (i ? "," : "") << latencies[i];
  out << "]}";
  return out.str();
}

static string roundTrips(bool park, int count) {
  Mailbox there, back;
  std::thread echo([&] {
    for (int n = 1; n <= count; n++) back.send(n, there.receive(n, park), park);
  });
  vector<int64_t> latencies(count);
  bool right = true;
  for (int n = 1; n <= count; n++) {
    int64_t sent = now();
    there.send(n, sent, park);
    right = back.receive(n, park) == sent && right;
    latencies[n - 1] = now() - sent;
  }
  echo.join();
  return right ? listOf(latencies) : "{\"fault\":\"an answer to another call\"}";
}

// ---- events at fixed times, through a ring of one producer ----

static string paced(int count, int64_t interval) {
  constexpr int64_t capacity = 65536;
  struct Ping {
    int64_t id, due;
  };
  vector<Ping> slots(capacity);
  Sequence cursor, position;
  vector<int64_t> latencies(count);
  bool right = true;
  std::atomic<bool> ready{false};
  std::thread consumer([&] {
    ready.store(true);
    for (int64_t next = 0; next < count;) {
      int64_t end = cursor.value.load(memory_order_acquire);
      if (end < next) relax();
      for (; next <= end; next++) {
        const Ping &ping = slots[next & (capacity - 1)];
        right = ping.id == next && right;
        latencies[next] = now() - ping.due;
        position.value.store(next, memory_order_release);
      }
    }
  });
  while (!ready.load()) sched_yield();
  int64_t due = now() + 1'000'000;
  for (int64_t n = 0; n < count; n++, due += interval) {
    while (now() < due) relax();
    while (n - capacity > position.value.load(memory_order_acquire)) relax();
    slots[n & (capacity - 1)] = {n, due};
    cursor.value.store(n, memory_order_release);
  }
  consumer.join();
  return right ? listOf(latencies) : "{\"fault\":\"out of order\"}";
}

// ---- messages of bytes, written and read in place ----

static void mark(uint8_t *body, int length, uint32_t n) {
  memset(body, n, length);
  uint32_t front[2] = {n, ~n}, end[2] = {~n, n};
  memcpy(body, front, 8);
  memcpy(body + length - 8, end, 8);
}

static bool isMarked(const uint8_t *body, int length, uint32_t n) {
  uint32_t front[2] = {n, ~n}, end[2] = {~n, n};
  return memcmp(body, front, 8) == 0 && body[length >> 1] == (n & 255) && memcmp(body + length - 8, end, 8) == 0;
}

static string bytes(int64_t capacity, int length, int count) {
  static vector<uint8_t> slots(capacity * length);
  Sequence cursor, position;
  int wrong = 0;
  int64_t started = now();
  std::thread consumer([&] {
    Backoff backoff;
    Pace pace{std::min<int64_t>(1000, capacity / 4)};
    for (int64_t next = 0; next < count;) {
      pace.rest();
      int64_t end = cursor.value.load(memory_order_acquire);
      if (end < next) {
        pace.foundNothing();
        backoff.idle();
        continue;
      }
      backoff.turns = 0;
      pace.found(end - next + 1);
      for (; next <= end; next++)
        if (!isMarked(&slots[(next & (capacity - 1)) * length], length, uint32_t(next))) wrong++;
      position.value.store(next - 1, memory_order_release);
    }
  });
  for (int64_t n = 0; n < count; n++) {
    for (Backoff backoff; n - capacity > position.value.load(memory_order_acquire); backoff.idle());
    mark(&slots[(n & (capacity - 1)) * length], length, uint32_t(n));
    cursor.value.store(n, memory_order_release);
  }
  consumer.join();
  double figure = count / ((now() - started) / 1e9);
  return wrong == 0 ? "{\"figure\":" + std::to_string(figure) + "}" : "{\"fault\":\"wrong bytes\"}";
}

int main(int argc, char **argv) {
  const vector<string> args(argv + 1, argv + argc);
  auto number = [&](size_t i) { return std::stoll(args.at(i)); };
  const string mode = args.at(0);
  std::unique_ptr<Flow> flow;
  if (mode == "flow")
    flow = std::make_unique<Flow>(number(1), number(2), int(number(3)), number(4), int(number(5)), vector<string>(args.begin() + 6, args.end()));
  std::cout << "{\"ready\":true}" << std::endl;
  for (string line; std::getline(std::cin, line);) {
    string answer;
    if (line.rfind("idle ", 0) == 0) answer = flow->idle(std::stoi(line.substr(5)));
    else if (line == "allocation") answer = flow->allocation();
    else if (mode == "flow") answer = flow->round();
    else if (mode == "trip") answer = roundTrips(args.at(1) == "park", int(number(2)));
    else if (mode == "paced") answer = paced(int(number(1)), number(2));
    else answer = bytes(number(1), int(number(2)), int(number(3)));
    std::cout << answer << std::endl;
  }
}
