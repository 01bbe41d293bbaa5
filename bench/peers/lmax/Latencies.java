import com.lmax.disruptor.*;
import java.io.BufferedReader;
import java.io.InputStreamReader;

/**
 * Round trips through two Disruptors, or events at fixed times through one: for each line on the standard input, a line of JSON with the
 * nanoseconds that each took.
 *
 * Arguments: wait strategy, how many a round, and nanoseconds from one event to the next, or 0 for round trips.
 */
public final class Latencies {
  static final class Ping {
    int id;
    long due;
  }

  final int count;
  final long interval;
  final RingBuffer<Ping> there;
  final RingBuffer<Ping> back;
  final SequenceBarrier answers;
  final Sequence answered = new Sequence(-1);
  final long[] latencies;
  boolean right;

  Latencies(String[] args) {
    count = Integer.parseInt(args[1]);
    interval = Long.parseLong(args[2]);
    latencies = new long[count];
    there = RingBuffer.createSingleProducer(Ping::new, interval == 0 ? 1024 : 65536, Topologies.waitStrategy(args[0]));
    back = RingBuffer.createSingleProducer(Ping::new, 1024, Topologies.waitStrategy(args[0]));
    answers = back.newBarrier();
    back.addGatingSequences(answered);
  }

  public static void main(String[] args) throws Exception {
    Latencies latencies = new Latencies(args);
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    BatchEventProcessor<Ping> processor =
        new BatchEventProcessor<>(
            latencies.there, latencies.there.newBarrier(), latencies.interval == 0 ? latencies::echo : latencies::arrive);
    latencies.there.addGatingSequences(processor.getSequence());
    System.out.println("{\"ready\":true}");
    while (lines.readLine() != null) {
      System.gc();
      latencies.right = true;
      Thread thread = Topologies.start(processor);
      if (latencies.interval == 0) latencies.call();
      else latencies.sendPaced();
      while (processor.getSequence().get() < latencies.there.getCursor()) Thread.onSpinWait();
      processor.halt();
      thread.join();
      System.out.println(latencies.answer());
    }
  }

  void echo(Ping ping, long sequence, boolean endOfBatch) {
    send(back, ping.id, 0);
  }

  void arrive(Ping ping, long sequence, boolean endOfBatch) {
    right &= ping.id == sequence % count;
    latencies[ping.id] = System.nanoTime() - ping.due;
  }

  void call() throws Exception {
    for (int id = 0; id < count; id++) {
      long sent = System.nanoTime();
      send(there, id, 0);
      long sequence = answered.get() + 1;
      answers.waitFor(sequence);
      right &= back.get(sequence).id == id;
      answered.set(sequence);
      latencies[id] = System.nanoTime() - sent;
    }
  }

  void sendPaced() {
    long due = System.nanoTime() + 1_000_000;
    for (int id = 0; id < count; id++, due += interval) {
      while (System.nanoTime() < due) Thread.onSpinWait();
      send(there, id, due);
    }
  }

  static void send(RingBuffer<Ping> ring, int id, long due) {
    long sequence = ring.next();
    Ping ping = ring.get(sequence);
    ping.id = id;
    ping.due = due;
    ring.publish(sequence);
  }

  String answer() {
    if (!right) return "{\"fault\":\"out of order\"}";
    StringBuilder list = new StringBuilder("{\"latencies\":[");
    for (int i = 0; i < count; i++) list.append(i == 0 ? "" : ",").append(latencies[i]);
    return list.append("]}").toString();
  }
}
