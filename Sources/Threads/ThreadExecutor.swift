import Glibc

/// Runs an actor's work on one thread of its own.
///
/// A library or a socket that waits for the network inside of its functions needs this: on the
/// threads that tasks share, a server that is slow would stop everything else.
package final class ThreadExecutor: SerialExecutor {
  private let queue = JobQueue()

  /// An executor whose thread ends when the executor is released.
  package convenience init() { self.init(startsThread: true) }

  /// An executor with a thread, or without one as on a host that gives none.
  init(startsThread: Bool) {
    guard startsThread else {
      queue.stop()
      return
    }
    var thread = pthread_t()
    let context = Unmanaged.passRetained(queue)
    let status = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<JobQueue>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, context.toOpaque())
    if status == 0 {
      pthread_detach(thread)
    } else {
      // Without a thread, the jobs run where they are enqueued, one after the other all the same.
      context.release()
      queue.stop()
    }
  }

  deinit { queue.stop() }

  /// Has the thread run `job` after those that came before it.
  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let executor = asUnownedSerialExecutor()
    if queue.add(job, executor) { queue.workOff() }
  }
}

/// The jobs that wait for a ``ThreadExecutor``'s thread.
private final class JobQueue: @unchecked Sendable {
  private typealias Entry = (job: UnownedJob, executor: UnownedSerialExecutor)

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  // These are touched with the lock held.
  private var jobs: [Entry] = []
  private var isStopped = false
  /// Whether somebody works off the jobs for which there is no thread.
  private var isWorkedOff = false

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Adds a job; the answer is whether it is the caller who must ``workOff()``: there is no thread,
  /// and nobody else is at it.
  func add(_ job: UnownedJob, _ executor: UnownedSerialExecutor) -> Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    jobs.append((job, executor))
    guard isStopped else {
      pthread_cond_signal(condition)
      return false
    }
    defer { isWorkedOff = true }
    return !isWorkedOff
  }

  /// Runs the jobs that there are, and those that come meanwhile: also what a job itself adds, which
  /// must not run in its middle.
  func workOff() {
    while let batch = takeWork() {
      for entry in batch { entry.job.runSynchronously(on: entry.executor) }
    }
  }

  private func takeWork() -> [Entry]? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    guard !jobs.isEmpty else {
      isWorkedOff = false
      return nil
    }
    defer { jobs = [] }
    return jobs
  }

  func stop() {
    pthread_mutex_lock(mutex)
    isStopped = true
    pthread_cond_signal(condition)
    pthread_mutex_unlock(mutex)
  }

  func run() {
    while let batch = wait() {
      for entry in batch { entry.job.runSynchronously(on: entry.executor) }
    }
  }

  private func wait() -> [Entry]? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while jobs.isEmpty, !isStopped { pthread_cond_wait(condition, mutex) }
    guard !jobs.isEmpty else { return nil }
    defer { jobs = [] }
    return jobs
  }
}
