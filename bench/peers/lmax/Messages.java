import com.lmax.disruptor.*;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;

/**
 * Messages of bytes through a Disruptor whose events are byte arrays, written and read in place: a round for each line on the standard
 * input, answered by a line of JSON.
 *
 * Arguments: wait strategy, capacity, bytes a message, messages a round.
 */
public final class Messages {
  public static void main(String[] args) throws Exception {
    int length = Integer.parseInt(args[2]);
    int count = Integer.parseInt(args[3]);
    RingBuffer<byte[]> ring =
        RingBuffer.createSingleProducer(
            () -> new byte[length], Integer.parseInt(args[1]), Topologies.waitStrategy(args[0]));
    Reader reader = new Reader(count);
    BatchEventProcessor<byte[]> processor = new BatchEventProcessor<>(ring, ring.newBarrier(), reader);
    ring.addGatingSequences(processor.getSequence());
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    System.out.println("{\"ready\":true}");
    while (lines.readLine() != null) {
      System.gc();
      reader.done = new CountDownLatch(1);
      Thread thread = Topologies.start(processor);
      long started = System.nanoTime();
      for (int i = 0; i < count; i++) {
        long sequence = ring.next();
        mark(ring.get(sequence), (int) sequence);
        ring.publish(sequence);
      }
      reader.done.await();
      double figure = count / ((reader.finished - started) / 1e9);
      processor.halt();
      thread.join();
      System.out.println(reader.wrong == 0 ? "{\"figure\":" + figure + "}" : "{\"fault\":\"wrong bytes\"}");
    }
  }

  static final class Reader implements EventHandler<byte[]> {
    final int count;
    int left;
    int wrong = 0;
    volatile long finished;
    volatile CountDownLatch done;

    Reader(int count) {
      this.count = count;
      left = count;
    }

    @Override
    public void onEvent(byte[] body, long sequence, boolean endOfBatch) {
      if (!isMarked(body, (int) sequence)) wrong++;
      if (--left > 0) return;
      left = count;
      finished = System.nanoTime();
      done.countDown();
    }
  }

  /** Every byte is written: the message's number in front and at the end, its last byte between. */
  static void mark(byte[] body, int n) {
    Arrays.fill(body, (byte) n);
    markAt(body, 0, n);
    markAt(body, body.length - 8, ~n);
  }

  static boolean isMarked(byte[] body, int n) {
    return isMarkedAt(body, 0, n) && body[body.length >> 1] == (byte) n && isMarkedAt(body, body.length - 8, ~n);
  }

  private static void markAt(byte[] body, int at, int n) {
    for (int i = 0; i < 4; i++) {
      body[at + i] = (byte) (n >> (8 * i));
      body[at + 4 + i] = (byte) (~n >> (8 * i));
    }
  }

  private static boolean isMarkedAt(byte[] body, int at, int n) {
    for (int i = 0; i < 4; i++)
      if (body[at + i] != (byte) (n >> (8 * i)) || body[at + 4 + i] != (byte) (~n >> (8 * i))) return false;
    return true;
  }
}
