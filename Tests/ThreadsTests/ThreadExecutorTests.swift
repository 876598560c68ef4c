import Synchronization
import Testing

@testable import Threads

@Suite("An executor with a thread of its own")
struct ThreadExecutorTests {
  /// An actor whose work must not run twice at a time.
  private actor Worker {
    nonisolated let unownedExecutor: UnownedSerialExecutor
    private let executor: ThreadExecutor
    private let inside = Atomic(0)
    private(set) var sum = 0
    private(set) var wasTogether = false

    init(_ executor: ThreadExecutor) {
      self.executor = executor
      unownedExecutor = executor.asUnownedSerialExecutor()
    }

    /// Takes steps, between which others have their turn.
    func work(_ more: Int) async {
      step()
      for _ in 0..<more {
        await Task.yield()
        step()
      }
    }

    /// Adds one in a way that two at a time would spoil, and has more work come meanwhile.
    private func step() {
      if inside.add(1, ordering: .sequentiallyConsistent).newValue != 1 { wasTogether = true }
      let before = sum
      for _ in 0..<100 { _ = inside.load(ordering: .sequentiallyConsistent) }
      // Comes while this step runs, and must wait for its end.
      Task { self.note() }
      sum = before + 1
      inside.subtract(1, ordering: .sequentiallyConsistent)
    }

    private func note() {
      if inside.load(ordering: .sequentiallyConsistent) != 0 { wasTogether = true }
    }
  }

  @Test("Jobs run one at a time, also where the host gives no thread", arguments: [true, false])
  func serial(startsThread: Bool) async {
    let worker = Worker(ThreadExecutor(startsThread: startsThread))
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<200 { group.addTask { await worker.work(20) } }
    }
    #expect(await worker.sum == 200 * 21)
    #expect(await !worker.wasTogether)
  }
}
