// A server that speaks MongoDB's wire protocol, for tests on machines without mongod: in memory, or in a file to be killed over.

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.AbstractMongoBackend;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.h2.mvstore.MVStore;

class Launcher {
  /** What it says of itself by default is older than what drivers of today speak to. */
  static final MongoVersion VERSION = new MongoVersion() {
    public List<Integer> getVersionArray() {
      return List.of(6, 0, 0);
    }

    public int getWireVersion() {
      return 17;
    }
  };

  /**
   * Writes to its file once a second, between commands. The store would by itself write at any time, also between a
   * document and its entry in an index: after a kill it would hold the one without the other, which MongoDB never does.
   */
  static class FileBackend extends H2Backend {
    private static final long WRITE_EVERY_MS = 1000;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock(true);

    FileBackend(String file) {
      super(new MVStore.Builder().fileName(file).autoCommitDisabled().autoCommitBufferSize(0).open());
      Thread writer = new Thread(this::write);
      writer.setDaemon(true);
      writer.start();
    }

    @Override
    public Document handleMessage(MongoMessage message) {
      lock.readLock().lock();
      try {
        return super.handleMessage(message);
      } finally {
        lock.readLock().unlock();
      }
    }

    private void write() {
      try {
        while (!getMvStore().isClosed()) {
          Thread.sleep(WRITE_EVERY_MS);
          lock.writeLock().lock();
          try {
            commit();
          } finally {
            lock.writeLock().unlock();
          }
        }
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      }
    }
  }

  public static void main(String[] args) {
    AbstractMongoBackend backend = args.length > 1 ? new FileBackend(args[1]) : new MemoryBackend();
    MongoServer server = new MongoServer(backend.version(VERSION));
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
    server.bind("127.0.0.1", Integer.parseInt(args[0]));
  }
}
