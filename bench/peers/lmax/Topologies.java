import com.lmax.disruptor.*;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;

/**
 * The LMAX Disruptor in a shape, as its own performance tests use it: one round for each line on the standard input, answered by a line
 * of JSON. The ring and its processors stay, their threads live for a round. The line "idle MS" is answered with the processor time of
 * consumers that wait, in percent of a core, and "allocation" with the bytes that an event's publishing and handling allocate.
 *
 * Arguments: wait strategy, events a round, capacity, producers, events a claim, 'single' or 'multi', workers of the group 'work' that each
 * take a microsecond for an event, and each consumer as name:before+before, after those it names.
 */
public final class Topologies {
  /** Bits of an id that count; the producer stands above them. */
  static final int NUMBER_BITS = 29;

  static final class Trade {
    int id;
    double price;
    int quantity;
  }

  final int count;
  final int producers;
  final int batch;
  final RingBuffer<Trade> ring;
  final Map<String, Checker> checkers = new LinkedHashMap<>();
  final List<BatchEventProcessor<Trade>> processors = new ArrayList<>();
  final List<WorkProcessor<Trade>> workers = new ArrayList<>();
  final Sequence taken = new Sequence(-1);
  int round = 0;

  Topologies(String[] args) {
    count = Integer.parseInt(args[1]);
    producers = Integer.parseInt(args[3]);
    batch = Integer.parseInt(args[4]);
    int capacity = Integer.parseInt(args[2]);
    WaitStrategy wait = waitStrategy(args[0]);
    ring =
        args[5].equals("single")
            ? RingBuffer.createSingleProducer(Trade::new, capacity, wait)
            : RingBuffer.createMultiProducer(Trade::new, capacity, wait);
    Map<String, BatchEventProcessor<Trade>> byName = new LinkedHashMap<>();
    Map<String, Sequence> last = new LinkedHashMap<>();
    for (int i = Integer.parseInt(args[6]); i > 0; i--)
      workers.add(
          new WorkProcessor<>(ring, ring.newBarrier(), Topologies::work, new FatalExceptionHandler(), taken));
    for (int i = 7; i < args.length; i++) {
      String[] nameAndBefore = args[i].split(":", -1);
      String[] before = nameAndBefore[1].isEmpty() ? new String[0] : nameAndBefore[1].split("\\+");
      List<Sequence> sequences = new ArrayList<>();
      for (String name : before) {
        if (name.equals("work")) for (WorkProcessor<Trade> worker : workers) sequences.add(worker.getSequence());
        else sequences.add(byName.get(name).getSequence());
        last.remove(name);
      }
      Checker checker = new Checker(count, producers);
      BatchEventProcessor<Trade> processor = new BatchEventProcessor<>(ring, ring.newBarrier(sequences.toArray(new Sequence[0])), checker);
      checkers.put(nameAndBefore[0], checker);
      byName.put(nameAndBefore[0], processor);
      last.put(nameAndBefore[0], processor.getSequence());
      processors.add(processor);
    }
    ring.addGatingSequences(last.values().toArray(new Sequence[0]));
  }

  public static void main(String[] args) throws Exception {
    Topologies topology = new Topologies(args);
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    System.out.println("{\"ready\":true}");
    for (String line; (line = lines.readLine()) != null; )
      System.out.println(
          line.startsWith("idle ") ? topology.idle(Integer.parseInt(line.substring(5)))
              : line.equals("allocation") ? topology.allocation() : topology.round());
  }

  static WaitStrategy waitStrategy(String name) {
    switch (name) {
      case "yielding":
        return new YieldingWaitStrategy();
      case "busy-spin":
        return new BusySpinWaitStrategy();
      case "blocking":
        return new BlockingWaitStrategy();
      default:
        throw new IllegalArgumentException(name);
    }
  }

  String round() throws InterruptedException, BrokenBarrierException {
    System.gc();
    CountDownLatch ready = new CountDownLatch(processors.size());
    CountDownLatch done = new CountDownLatch(processors.size());
    int share = count / producers;
    long firstNumber = (long) share * round++;
    for (Checker checker : checkers.values()) checker.startRound(ready, done, firstNumber);
    List<Thread> threads = new ArrayList<>();
    for (WorkProcessor<Trade> worker : workers) {
      worker.getSequence().set(taken.get());
      threads.add(start(worker));
    }
    for (BatchEventProcessor<Trade> processor : processors) threads.add(start(processor));
    ready.await();

    CyclicBarrier gate = new CyclicBarrier(producers + 1);
    for (int producer = 0; producer < producers; producer++) {
      int mark = producer << NUMBER_BITS;
      threads.add(start(() -> {
        pass(gate);
        if (batch == 1) publish(mark, (int) firstNumber, share);
        else publishBatches(mark, (int) firstNumber, share);
      }));
    }
    long started = System.nanoTime();
    pass(gate);
    done.await();

    for (WorkProcessor<Trade> worker : workers) worker.halt();
    for (BatchEventProcessor<Trade> processor : processors) processor.halt();
    for (Thread thread : threads) thread.join();
    taken.set(ring.getCursor());
    long finished = started;
    String fault = null;
    for (Map.Entry<String, Checker> entry : checkers.entrySet()) {
      finished = Math.max(finished, entry.getValue().finished);
      if (fault == null && entry.getValue().fault() != null) fault = entry.getKey() + ": " + entry.getValue().fault();
    }
    String figure = "{\"figure\":" + count / ((finished - started) / 1e9);
    return fault == null ? figure + "}" : figure + ",\"fault\":\"" + fault + "\"}";
  }

  /** A microsecond. */
  static void work(Trade trade) {
    for (long end = System.nanoTime() + 1000; System.nanoTime() < end; ) ;
  }

  String idle(int ms) throws InterruptedException {
    CountDownLatch ready = new CountDownLatch(processors.size());
    for (Checker checker : checkers.values()) checker.startRound(ready, new CountDownLatch(1), 0);
    List<Thread> threads = new ArrayList<>();
    for (BatchEventProcessor<Trade> processor : processors) threads.add(start(processor));
    ready.await();
    Thread.sleep(100);
    com.sun.management.OperatingSystemMXBean system =
        (com.sun.management.OperatingSystemMXBean) java.lang.management.ManagementFactory.getOperatingSystemMXBean();
    long before = system.getProcessCpuTime();
    long from = System.nanoTime();
    Thread.sleep(ms);
    double percent = (system.getProcessCpuTime() - before) / (double) (System.nanoTime() - from) * 100;
    for (BatchEventProcessor<Trade> processor : processors) processor.halt();
    for (Thread thread : threads) thread.join();
    return "{\"figure\":" + percent + "}";
  }

  /** A round with one producer and one consumer; both threads' bytes are read before they end. */
  String allocation() throws InterruptedException {
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
    CountDownLatch ready = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    Checker checker = checkers.values().iterator().next();
    long first = (long) count * round++;
    checker.startRound(ready, done, first);
    Thread consumer = start(processors.get(0));
    ready.await();
    long own = Thread.currentThread().getId();
    long before = threads.getThreadAllocatedBytes(own) + threads.getThreadAllocatedBytes(consumer.getId());
    publish(0, (int) first, count);
    done.await();
    long bytes = threads.getThreadAllocatedBytes(own) + threads.getThreadAllocatedBytes(consumer.getId()) - before;
    processors.get(0).halt();
    consumer.join();
    String fault = checker.fault();
    return "{\"figure\":" + bytes / (double) count + (fault == null ? "}" : ",\"fault\":\"" + fault + "\"}");
  }

  void publish(int mark, int first, int share) {
    for (int n = first; n < first + share; n++) {
      long sequence = ring.next();
      fill(ring.get(sequence), mark, n);
      ring.publish(sequence);
    }
  }

  void publishBatches(int mark, int first, int share) {
    for (int n = first; n < first + share; ) {
      long high = ring.next(batch);
      long low = high - (batch - 1);
      for (long sequence = low; sequence <= high; sequence++) fill(ring.get(sequence), mark, n++);
      ring.publish(low, high);
    }
  }

  static void fill(Trade trade, int mark, int n) {
    trade.id = mark | n;
    trade.price = n * 0.5;
    trade.quantity = n & 1023;
  }

  static Thread start(Runnable task) {
    Thread thread = new Thread(task);
    thread.start();
    return thread;
  }

  static void pass(CyclicBarrier gate) {
    try {
      gate.await();
    } catch (InterruptedException | BrokenBarrierException error) {
      throw new IllegalStateException(error);
    }
  }

  /** Checks the trades of all producers: order and contents of each producer's, count and checksum of all. */
  static final class Checker implements EventHandler<Trade>, LifecycleAware {
    final int count;
    final int producers;
    final int[] ids = new int[1 << (32 - NUMBER_BITS)];
    int left;
    double checksum;
    double right;
    volatile long finished;
    CountDownLatch ready;
    CountDownLatch done;

    Checker(int count, int producers) {
      this.count = count;
      this.producers = producers;
      for (int k = 0; k < ids.length; k++) ids[k] = k << NUMBER_BITS;
    }

    void startRound(CountDownLatch ready, CountDownLatch done, long firstNumber) {
      this.ready = ready;
      this.done = done;
      left = count;
      checksum = 0;
      right = 0;
      for (long n = firstNumber; n < firstNumber + count / producers; n++) right += producers * (n * 0.5 + (n & 1023));
    }

    @Override
    public void onEvent(Trade trade, long sequence, boolean endOfBatch) {
      if (ids[trade.id >>> NUMBER_BITS]++ != trade.id) checksum = Double.NaN;
      checksum += trade.price + trade.quantity;
      if (--left == 0) {
        finished = System.nanoTime();
        done.countDown();
      }
    }

    String fault() {
      return left == 0 && checksum == right ? null : "checksum " + checksum + ", not " + right + ", with " + left + " to come";
    }

    @Override
    public void onStart() {
      ready.countDown();
    }

    @Override
    public void onShutdown() {}
  }
}
